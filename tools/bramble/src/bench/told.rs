//! Reads what the kernel tells of itself on the console: lines that begin with `bench:`, and how
//! each app ended.

use anyhow::{Context, anyhow};
use std::str::SplitAsciiWhitespace;

/// What the console said, line by line.
pub(super) struct Told<'a>(pub(super) &'a str);

/// What an app took from its bytes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cost {
    /// Nanoseconds of processor time for load, start and turns.
    pub(super) ran_ns: u64,
    /// Units of fuel.
    pub(super) fuel: u64,
}

impl<'a> Told<'a> {
    /// Nanoseconds from the kernel's entry to each stage of the boot.
    ///
    /// # Errors
    ///
    /// The kernel told of no stage, or told what is no number.
    pub(super) fn stages(&self) -> anyhow::Result<Vec<(&'a str, u64)>> {
        let stages: Option<Vec<_>> = self
            .after("bench: stage ")
            .map(|rest| {
                let (name, ns) = rest.split_once(": ")?;
                Some((name, ns.parse().ok()?))
            })
            .collect();
        stages.filter(|stages| !stages.is_empty()).ok_or_else(|| self.missing("stages"))
    }

    /// What `app` took.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn cost(&self, app: &str) -> anyhow::Result<Cost> {
        let mut words = self.words(&format!("bench: app {app} ran "));
        let cost = (|| {
            let ran_ns = words.next()?.parse().ok()?;
            let fuel = words.nth(1)?.parse().ok()?;
            Some(Cost { ran_ns, fuel })
        })();
        cost.ok_or_else(|| self.missing(&format!("costs of `{app}`")))
    }

    /// Nanoseconds of a start of `app` from its parsed module to its end, on average.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn start_ns(&self, app: &str) -> anyhow::Result<u64> {
        let mut words = self.words(&format!("bench: start {app} min "));
        let mean = words.nth(2).and_then(|word| word.parse().ok());
        mean.ok_or_else(|| self.missing(&format!("starts of `{app}`")))
    }

    /// Bytes that a guest of `app` holds beside its linear memory and the parsed module.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn held_bytes(&self, app: &str) -> anyhow::Result<u64> {
        let mut words = self.words(&format!("bench: start {app} min "));
        let bytes = words.nth(4).and_then(|word| word.parse().ok());
        bytes.ok_or_else(|| self.missing(&format!("memory of `{app}`")))
    }

    /// For how long the core was awake that ran the only app, until its end.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn awake_ns(&self) -> anyhow::Result<u64> {
        self.number("bench: awake ")
    }

    /// How many pixels were painted.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn painted_pixels(&self) -> anyhow::Result<u64> {
        self.number("bench: painted ")
    }

    /// Over how many pixels a window was moved, and the nanoseconds that it took.
    ///
    /// # Errors
    ///
    /// The kernel did not tell.
    pub(super) fn moves(&self) -> anyhow::Result<(u64, u64)> {
        let ns = self.words("bench: moved ").nth(2).and_then(|word| word.parse().ok());
        Ok((self.number("bench: moved ")?, ns.ok_or_else(|| self.missing("moves"))?))
    }

    fn number(&self, start: &str) -> anyhow::Result<u64> {
        let number = self.words(start).next().and_then(|word| word.parse().ok());
        number.ok_or_else(|| self.missing(start))
    }

    /// The exit code of `app`.
    ///
    /// # Errors
    ///
    /// It did not end by itself.
    pub(super) fn exit_code(&self, app: &str) -> anyhow::Result<u64> {
        let mut words = self.words(&format!("kernel: {app} exited with code "));
        let code = words.next().and_then(|word| word.parse().ok());
        code.ok_or_else(|| self.missing(&format!("exit code of `{app}`")))
    }

    /// The numbers that apps said, each in a line of its own.
    pub(super) fn numbers(&self) -> Vec<u64> {
        let number = |line: &str| line.split_once(" | ")?.1.trim().parse().ok();
        self.0.lines().filter_map(number).collect()
    }

    /// The words of the first line that begins with `start`, after it.
    fn words(&self, start: &str) -> SplitAsciiWhitespace<'a> {
        self.after(start).next().unwrap_or_default().split_ascii_whitespace()
    }

    fn after(&self, start: &str) -> impl Iterator<Item = &'a str> {
        self.0.lines().filter_map(move |line| line.trim_end().strip_prefix(start))
    }

    fn missing(&self, what: &str) -> anyhow::Error {
        anyhow!("{}", self.0.trim_end()).context(format!("the kernel did not tell of the {what}"))
    }
}

/// Checks that two boards that count instructions told the same.
///
/// # Errors
///
/// They did not; the error shows the first line in which they differ.
pub(super) fn ensure_agreement(one: &str, other: &str) -> anyhow::Result<()> {
    let mut lines = one.lines().zip(other.lines());
    match lines.find(|(one, other)| one != other) {
        Some((one, other)) => Err(anyhow!("`{}` and `{}`", one.trim_end(), other.trim_end())),
        None if one.lines().count() != other.lines().count() => Err(anyhow!("one told more")),
        None => Ok(()),
    }
    .context("two runs did not agree, though they count instructions")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONSOLE: &str = "\
first | hello from wasm\r
kernel: Raspberry Pi 3B, 4 cores, 928 MiB for apps\r
bench: stage kernel entry: 0\r
bench: stage first wasm: 371008\r
kernel: first exited with code 7\r
bench: app first ran 48112 fuel 55\r
bench: start first min 24000 mean 24128 held 8192 free 973078528 973078528\r
bench: churn 1000 free 973078528 973078528\r
bench: awake 5000\r
bench: painted 640\r
bench: moved 70 ns 140\r
";

    #[test]
    fn what_the_kernel_tells_is_read() {
        let told = Told(CONSOLE);

        assert_eq!(told.stages().unwrap(), [("kernel entry", 0), ("first wasm", 371_008)]);
        assert_eq!(told.cost("first").unwrap(), Cost { ran_ns: 48_112, fuel: 55 });
        assert_eq!(told.start_ns("first").unwrap(), 24_128);
        assert_eq!((told.awake_ns().unwrap(), told.painted_pixels().unwrap()), (5000, 640));
        assert_eq!(told.moves().unwrap(), (70, 140));
        assert_eq!(told.held_bytes("first").unwrap(), 8192);
        assert_eq!(told.exit_code("first").unwrap(), 7);
    }

    #[test]
    fn numbers_are_those_of_apps() {
        let told = Told("first | 12\r\nfirst | hello\r\nkernel: 4 cores\r\nother | 7\r\n");

        assert_eq!(told.numbers(), [12, 7]);
    }

    #[test]
    fn what_was_not_told_is_an_error_that_shows_the_console() {
        let told = Told("kernel: first trapped\r\nbench: app second ran many fuel 1\r\n");

        assert!(told.stages().is_err() && told.start_ns("first").is_err());
        assert!(told.cost("second").is_err() && told.held_bytes("first").is_err());
        let message = format!("{:#}", told.exit_code("first").unwrap_err());
        assert!(message.contains("exit code of `first`"), "{message}");
        assert!(message.contains("kernel: first trapped"), "{message}");
    }

    #[test]
    fn two_runs_that_differ_are_an_error_that_shows_where() {
        let other = CONSOLE.replace("371008", "371024");

        assert!(ensure_agreement(CONSOLE, CONSOLE).is_ok());
        let message = format!("{:#}", ensure_agreement(CONSOLE, &other).unwrap_err());
        assert!(message.contains("371008") && message.contains("371024"), "{message}");
        assert!(ensure_agreement(CONSOLE, "first | hello from wasm\r\n").is_err());
    }
}
