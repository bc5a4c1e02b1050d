//! A board that runs: reading its console, typing, and its end.

use crate::console::{Console, Echo, Silence, for_each_piece};
use crate::{Board, Machine};
use std::fmt;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A running board. Dropping it switches it off.
pub struct Qemu {
    console: Arc<Console>,
    /// `None` if a person has it.
    keyboard: Option<ChildStdin>,
    stopper: Stopper,
    crash_ends: bool,
}

/// What a board's console is connected to.
pub(crate) enum Wiring {
    /// A program, which sees all of it again and again.
    OnPipes {
        /// Gets a copy of what comes.
        echo: Echo,
        /// Whether a crash of the kernel ends every wait.
        crash_ends: bool,
    },
    /// A person, who sees it once.
    OnTerminal {
        /// Gets what comes.
        show: Echo,
    },
}

/// Switches a board off from another thread.
#[derive(Clone)]
pub struct Stopper {
    child: Arc<Mutex<Child>>,
}

/// Why a board has not ended by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// Time ran out.
    TimedOut,
    /// The kernel crashed and did not reset the board.
    Crashed,
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "time ran out",
            Self::Crashed => "the kernel crashed",
        })
    }
}

impl std::error::Error for WaitError {}

impl Qemu {
    /// Boots `image` on `board` with nothing but a serial console.
    ///
    /// # Panics
    ///
    /// If QEMU could not be started.
    #[track_caller]
    pub fn boot(board: Board, image: &Path) -> Self {
        match Machine::new(board, image).boot() {
            Ok(qemu) => qemu,
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) fn start(mut command: Command, wiring: Wiring) -> io::Result<Self> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Wiring::OnPipes { .. } = wiring {
            // In a group of its own, so that Ctrl-C on the terminal ends it only through us.
            command.stdin(Stdio::piped()).process_group(0);
        }

        let mut child = command.spawn()?;
        let keyboard = child.stdin.take();
        let serial = child.stdout.take().expect("stdout is piped");
        let stderr = child.stderr.take().expect("stderr is piped");
        let stopper = Stopper { child: Arc::new(Mutex::new(child)) };

        let console = Arc::new(Console::default());
        let crash_ends = matches!(wiring, Wiring::OnPipes { crash_ends: true, .. });
        let reader = Arc::clone(&console);
        let complaints = thread::spawn(move || reader.fill_complaints(stderr));
        let reader = Arc::clone(&console);
        thread::spawn(move || {
            match wiring {
                Wiring::OnPipes { echo, .. } => reader.fill(serial, echo),
                Wiring::OnTerminal { show } => for_each_piece(serial, show),
            }
            complaints.join().expect("the reader of stderr does not panic");
            reader.end();
        });

        Ok(Self { console, keyboard, stopper, crash_ends })
    }

    /// Waits for `text` anywhere in the console.
    ///
    /// # Panics
    ///
    /// If it has not come after `limit`, and at once when the kernel crashed or QEMU ended; the
    /// message is the console so far.
    #[track_caller]
    pub fn expect(&self, text: &str, limit: Duration) {
        if let Err(silence) = self.console.wait_for(text, limit, self.crash_ends) {
            self.fail(&format!("`{text}` did not come"), silence);
        }
    }

    /// Waits for `first` anywhere in the console, and for `then` behind it.
    ///
    /// # Panics
    ///
    /// As [`Self::expect`].
    #[track_caller]
    pub fn expect_both(&self, first: &str, then: &str, limit: Duration) {
        if let Err(silence) = self.console.wait_for_both([first, then], limit, self.crash_ends) {
            self.fail(&format!("`{first}` and then `{then}` did not come"), silence);
        }
    }

    /// Waits for a line with `text` in it, to its end, and returns it.
    ///
    /// # Panics
    ///
    /// As [`Self::expect`].
    #[track_caller]
    pub fn expect_line(&self, text: &str, limit: Duration) -> String {
        match self.console.wait_for_line(text, limit, self.crash_ends) {
            Ok(line) => line,
            Err(silence) => self.fail(&format!("a line with `{text}` did not come"), silence),
        }
    }

    /// Lets later waits see only what comes from now on.
    pub fn forget(&self) {
        self.console.forget();
    }

    /// Types `text` on the console.
    ///
    /// # Panics
    ///
    /// If QEMU has ended, or a person has the keyboard.
    #[track_caller]
    pub fn send(&mut self, text: &str) {
        let keyboard = self.keyboard.as_mut().expect("the console is on pipes");
        if keyboard.write_all(text.as_bytes()).is_err() {
            self.fail(&format!("`{text}` could not be typed"), Silence::Ended);
        }
    }

    /// The console so far.
    pub fn console(&self) -> String {
        self.console.text()
    }

    /// What QEMU itself said on stderr.
    pub fn complaints(&self) -> String {
        self.console.complaints()
    }

    /// Waits until QEMU ends by itself and returns how; without a `limit`, for ever.
    ///
    /// # Errors
    ///
    /// [`WaitError`] if it did not; it runs on.
    pub fn wait_exit(&self, limit: Option<Duration>) -> Result<ExitStatus, WaitError> {
        match self.console.wait_for_end(limit, self.crash_ends) {
            Ok(()) | Err(Silence::Ended) => Ok(self.stopper.wait()),
            Err(Silence::TimedOut) => Err(WaitError::TimedOut),
            Err(Silence::Crashed) => Err(WaitError::Crashed),
        }
    }

    /// A handle that switches the board off from another thread.
    pub fn stopper(&self) -> Stopper {
        self.stopper.clone()
    }

    #[track_caller]
    fn fail(&self, what: &str, silence: Silence) -> ! {
        let why = match silence {
            Silence::TimedOut => "in time",
            Silence::Crashed => "since the kernel crashed",
            Silence::Ended => "since QEMU ended",
        };
        let console = self.console();
        let complaints = self.complaints();
        panic!("{what} {why}; the console so far:\n{console}\n{complaints}")
    }
}

impl Drop for Qemu {
    fn drop(&mut self) {
        self.stopper.stop();
        self.stopper.wait();
    }
}

impl Stopper {
    /// Switches the board off at once; one that has ended stays as it is.
    pub fn stop(&self) {
        let mut child = self.child.lock().expect("no holder of the lock panics");
        // Fails only for a child that has ended and was waited for.
        let _ = child.kill();
    }

    fn wait(&self) -> ExitStatus {
        let mut child = self.child.lock().expect("no holder of the lock panics");
        child.wait().expect("QEMU is a child of this process")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const LIMIT: Duration = Duration::from_secs(20);

    /// A shell that plays the board.
    fn play(script: &str) -> Qemu {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let wiring = Wiring::OnPipes { echo: Box::new(|_| {}), crash_ends: true };
        Qemu::start(command, wiring).expect("there is a shell")
    }

    #[test]
    fn what_is_typed_reaches_the_board_and_its_answer_comes_back() {
        let mut board = play("read line; echo got $line; exit 3");

        board.send("hello\n");

        assert_eq!(board.expect_line("got", LIMIT), "got hello");
        assert_eq!(board.wait_exit(Some(LIMIT)).unwrap().code(), Some(3));
    }

    #[test]
    #[should_panic(expected = "`ready` did not come since QEMU ended; the console so far:\nup\n")]
    fn a_failed_expectation_shows_the_console() {
        let board = play("echo up");

        board.expect("ready", LIMIT);
    }

    #[test]
    fn a_board_that_does_not_end_is_reported_and_switched_off_by_drop() {
        let board = play("exec sleep 600");
        let start = Instant::now();

        assert_eq!(board.wait_exit(Some(Duration::from_millis(1))), Err(WaitError::TimedOut));
        drop(board);

        assert!(start.elapsed() < LIMIT);
    }

    #[test]
    fn a_stopper_ends_a_wait_in_another_thread() {
        let board = play("exec sleep 600");
        let stopper = board.stopper();

        let stopping = thread::spawn(move || stopper.stop());

        assert_eq!(board.wait_exit(Some(LIMIT)).unwrap().code(), None);
        stopping.join().unwrap();
    }
}
