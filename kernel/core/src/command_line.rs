//! The words that the firmware hands to the kernel: `cmdline.txt` on a card, `-append` in QEMU.
//!
//! The firmware adds words of its own, so unknown ones are left alone.

/// What the board's owner asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandLine<'a> {
    /// `bramble.run=FOLDER`: run the program that the host left there, by semihosting.
    pub run: Option<&'a str>,
    /// `bramble.crash=KIND`: crash on purpose, to see the report.
    pub crash: Option<CrashTest>,
    /// `bramble.bench=COUNT`: tell what each app costs, and once all have ended start each so
    /// many times more.
    pub bench_starts: Option<u32>,
    /// `bramble.turn=FUEL`: the length of a turn.
    pub turn_fuel: Option<u64>,
    /// `bramble.frames=COUNT`: tell the host when the program of `run` has presented so many
    /// pictures, and leave the last on the screen.
    pub frames: Option<u32>,
}

/// A way to crash on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashTest {
    /// An instruction that does not exist.
    Undefined,
    /// A load from an address where nothing is mapped.
    Abort,
    /// A store into the kernel's own code.
    Write,
    /// Recursion into the stack's guard page.
    Stack,
    /// A Rust panic.
    Panic,
}

impl<'a> CommandLine<'a> {
    /// Reads the words of `text`; the last of several alike counts.
    pub fn parse(text: &'a str) -> Self {
        let mut line = Self::default();
        for word in text.split_ascii_whitespace() {
            match word.split_once('=') {
                Some(("bramble.run", folder)) => line.run = Some(folder),
                Some(("bramble.crash", kind)) => line.crash = CrashTest::parse(kind),
                Some(("bramble.bench", count)) => line.bench_starts = count.parse().ok(),
                Some(("bramble.turn", fuel)) => line.turn_fuel = fuel.parse().ok(),
                Some(("bramble.frames", count)) => line.frames = count.parse().ok(),
                _ => {}
            }
        }
        line
    }
}

impl CrashTest {
    fn parse(kind: &str) -> Option<Self> {
        match kind {
            "undefined" => Some(Self::Undefined),
            "abort" => Some(Self::Abort),
            "write" => Some(Self::Write),
            "stack" => Some(Self::Stack),
            "panic" => Some(Self::Panic),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_words_are_found_among_the_firmwares() {
        let line = CommandLine::parse("coherent_pool=1M bramble.run=/tmp/x vc_mem=0 8250.nr=1\n");

        assert_eq!(line.run, Some("/tmp/x"));
        assert_eq!(line.crash, None);
    }

    #[test]
    fn a_number_that_is_none_is_as_if_the_word_were_not_there() {
        let line = CommandLine::parse("bramble.bench=1000 bramble.turn=7 bramble.frames=3");
        assert_eq!((line.bench_starts, line.turn_fuel), (Some(1000), Some(7)));
        assert_eq!(line.frames, Some(3));

        let line = CommandLine::parse("bramble.bench=many bramble.turn=-1");
        assert_eq!((line.bench_starts, line.turn_fuel), (None, None));
    }

    #[test]
    fn a_kind_of_crash_that_does_not_exist_is_none() {
        assert_eq!(CommandLine::parse("bramble.crash=stack").crash, Some(CrashTest::Stack));
        assert_eq!(CommandLine::parse("bramble.crash=never").crash, None);
    }
}
