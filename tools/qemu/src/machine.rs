//! What is booted and how: the words of QEMU's command line.

use crate::console::{Echo, to_stderr};
use crate::qemu::Wiring;
use crate::{Board, Qemu};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const PROGRAM: &str = "qemu-system-aarch64";

/// What QEMU calls the card in the slot.
pub(crate) const CARD: &str = "card";

/// Where the first serial port goes.
const SERIAL_ON_PIPES: &[&str] = &["-monitor", "none", "-serial", "stdio"];

/// As above, for a person: Ctrl-A C is QEMU's monitor, Ctrl-A X and Ctrl-C end it.
const SERIAL_ON_TERMINAL: &[&str] = &[
    "-chardev",
    "stdio,id=terminal,mux=on,signal=on",
    "-serial",
    "chardev:terminal",
    "-mon",
    "chardev=terminal",
];

/// A board with an image that is not yet switched on.
#[derive(Clone, Debug)]
pub struct Machine {
    board: Board,
    image: PathBuf,
    words: Vec<String>,
    options: Vec<OsString>,
    display: &'static str,
    has_firmware: bool,
    reset_ends: bool,
    echo: bool,
    crash_ends: bool,
}

impl Machine {
    /// A `board` that boots `image`, the shipped `kernel8.img`; a reset ends it.
    pub fn new(board: Board, image: impl Into<PathBuf>) -> Self {
        Self {
            board,
            image: image.into(),
            words: Vec::new(),
            options: Vec::new(),
            display: "none",
            has_firmware: true,
            reset_ends: true,
            echo: false,
            crash_ends: true,
        }
    }

    /// Adds `word` to the kernel's command line, which the firmware's mailbox hands over.
    #[must_use]
    pub fn append(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// Adds options of QEMU's own.
    #[must_use]
    pub fn options<I: IntoIterator<Item: Into<OsString>>>(mut self, options: I) -> Self {
        self.options.extend(options.into_iter().map(Into::into));
        self
    }

    /// Puts a card into the slot whose bytes are those of the file `path`, as large as a power of
    /// two. What the board writes is in the file at once.
    #[must_use]
    pub fn card(self, path: impl AsRef<Path>) -> Self {
        let mut drive = OsString::from(format!("if=sd,format=raw,id={CARD},file="));
        // A comma in the name is two in an option of QEMU's.
        drive.push(path.as_ref().to_string_lossy().replace(',', ",,"));
        self.options([OsString::from("-drive"), drive])
    }

    /// Lets a [`Monitor`](crate::Monitor) connect at the socket `path`.
    #[must_use]
    pub fn monitor(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_string_lossy().replace(',', ",,");
        self.options(["-qmp".into(), format!("unix:{path},server=on,wait=off")])
    }

    /// Shows the screen on this display of QEMU's.
    #[must_use]
    pub(crate) fn display(mut self, display: &'static str) -> Self {
        self.display = display;
        self
    }

    /// Lets the kernel use the host's files and end QEMU with an exit code.
    #[must_use]
    pub fn semihosting(self) -> Self {
        self.options(["-semihosting-config", "enable=on,target=native"])
    }

    /// Makes time a count of instructions, one nanosecond each, the same in every run.
    #[must_use]
    pub fn counted(self) -> Self {
        self.options(["-icount", "shift=0,sleep=off"])
    }

    /// Boots again after a reset instead of ending.
    #[must_use]
    pub fn reset_boots_again(mut self) -> Self {
        self.reset_ends = false;
        self
    }

    /// Leaves out the firmware, which goes to EL2 and holds the other cores back: all cores
    /// begin at the image's first instruction, at EL3. Nothing unpacks the image then, so it
    /// has to be the flat one.
    #[must_use]
    pub fn without_firmware(mut self) -> Self {
        self.has_firmware = false;
        self
    }

    /// Copies the console to stderr as it comes.
    #[must_use]
    pub fn echo(mut self, echo: bool) -> Self {
        self.echo = echo;
        self
    }

    /// A crash of the kernel is what the test is about, so it ends no wait.
    #[must_use]
    pub fn crash_expected(mut self) -> Self {
        self.crash_ends = false;
        self
    }

    /// Switches the board on, with its console in the hands of a program.
    ///
    /// # Errors
    ///
    /// QEMU could not be started; the message says so and what to do.
    pub fn boot(&self) -> io::Result<Qemu> {
        let echo: Echo = if self.echo { Box::new(to_stderr) } else { Box::new(|_| {}) };
        let wiring = Wiring::OnPipes { echo, crash_ends: self.crash_ends };
        Qemu::start(self.command(SERIAL_ON_PIPES), wiring).map_err(explain_start)
    }

    /// Switches the board on, with its console in the hands of a person: QEMU reads this
    /// process's stdin, and `show` gets what the console says as it comes.
    ///
    /// # Errors
    ///
    /// As [`Self::boot`].
    pub fn boot_on_terminal(&self, show: impl FnMut(&[u8]) + Send + 'static) -> io::Result<Qemu> {
        let wiring = Wiring::OnTerminal { show: Box::new(show) };
        Qemu::start(self.command(SERIAL_ON_TERMINAL), wiring).map_err(explain_start)
    }

    fn command(&self, serial: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["-M", self.board.name(), "-display", self.display]);
        if self.has_firmware {
            command.arg("-kernel").arg(&self.image);
        } else {
            self.load_without_firmware(&mut command);
        }
        if !self.words.is_empty() {
            command.arg("-append").arg(self.words.join(" "));
        }
        if self.reset_ends {
            command.arg("-no-reboot");
        }
        command.args(serial).args(&self.options);
        command
    }

    fn load_without_firmware(&self, command: &mut Command) {
        /// Where the firmware would have loaded the image.
        const LOAD_ADDRESS: &str = "0x80000";
        const CORES: u32 = 4;

        let image = self.image.display();
        command.arg("-device").arg(format!("loader,file={image},addr={LOAD_ADDRESS},force-raw=on"));
        for core in 0..CORES {
            command.arg("-device").arg(format!("loader,addr={LOAD_ADDRESS},cpu-num={core}"));
        }
    }
}

/// Says what to do about a QEMU that could not be started.
fn explain_start(error: io::Error) -> io::Error {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "it is not installed; `make setup` installs it",
        _ => "`cargo bramble doctor` says what is missing",
    };
    io::Error::new(error.kind(), format!("cannot start {PROGRAM}: {error}; {advice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(command: &Command) -> String {
        let words = command.get_args().map(|word| word.to_string_lossy());
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_reset_ends_the_machine_unless_it_should_boot_again() {
        let machine = Machine::new(Board::Raspi3b, "kernel8.img");

        assert!(line_of(&machine.command(SERIAL_ON_PIPES)).contains("-no-reboot"));
        assert!(
            !line_of(&machine.reset_boots_again().command(SERIAL_ON_PIPES)).contains("-no-reboot")
        );
    }

    #[test]
    fn the_kernel_gets_its_words_in_one_argument() {
        let machine = Machine::new(Board::Raspi4b, "kernel8.img").append("a=1").append("b");

        let command = machine.command(SERIAL_ON_PIPES);

        assert!(line_of(&command).starts_with("-M raspi4b"));
        assert!(command.get_args().any(|word| word == "a=1 b"));
    }

    #[test]
    fn the_host_is_out_of_reach_unless_asked_for() {
        let machine = Machine::new(Board::Raspi3b, "kernel8.img");

        assert!(!line_of(&machine.command(SERIAL_ON_PIPES)).contains("semihosting"));
        assert!(line_of(&machine.semihosting().command(SERIAL_ON_PIPES)).contains("semihosting"));
    }

    #[test]
    fn a_card_is_the_file_whatever_its_name() {
        let machine = Machine::new(Board::Raspi3b, "kernel8.img").card("a,b.img");

        let line = line_of(&machine.command(SERIAL_ON_PIPES));

        assert!(line.ends_with("-drive if=sd,format=raw,id=card,file=a,,b.img"), "{line}");
    }

    #[test]
    fn a_missing_qemu_is_explained() {
        let error = explain_start(io::ErrorKind::NotFound.into());

        assert!(error.to_string().contains("make setup"), "{error}");
    }
}
