//! What a board has said so far, and waiting for it to say more.

use std::io::{self, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How a line of the kernel begins when it has crashed.
const CRASH: &[u8] = b"kernel: crash";

/// How long a crashed kernel may take to print its report.
const REPORT_MAX: Duration = Duration::from_secs(2);

const CHUNK_BYTES: usize = 16 * 1024;

/// Gets a copy of what a console says.
pub(crate) type Echo = Box<dyn FnMut(&[u8]) + Send>;

/// The console of one board, filled by a thread and read by others.
#[derive(Default)]
pub(crate) struct Console {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// All that came from the serial port.
    text: Vec<u8>,
    /// All that QEMU itself said.
    complaints: Vec<u8>,
    /// Where the next wait begins to look.
    from: usize,
    crashed_at: Option<Instant>,
    ended: bool,
}

/// Why a wait on the console ended without what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Time ran out.
    TimedOut,
    /// The kernel crashed.
    Crashed,
    /// QEMU ended.
    Ended,
}

impl Console {
    /// Reads `serial` to its end; `echo` gets a copy of each piece.
    pub(crate) fn fill(&self, serial: impl Read, mut echo: Echo) {
        for_each_piece(serial, |piece| {
            echo(piece);
            self.add(piece);
        });
    }

    /// Reads to its end what QEMU itself has to say.
    pub(crate) fn fill_complaints(&self, stderr: impl Read) {
        for_each_piece(stderr, |piece| self.lock().complaints.extend_from_slice(piece));
    }

    /// Notes that nothing more will come.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }

    /// Waits for `text`; later waits look again at all that came since the last
    /// [`Self::forget`].
    pub(crate) fn wait_for(
        &self,
        text: &str,
        limit: Duration,
        crash_ends: bool,
    ) -> Result<(), Silence> {
        let mut looked_at = self.lock().from;
        self.wait(Some(limit), crash_ends, |state| {
            let found = find(&state.text[looked_at..], text.as_bytes());
            looked_at = state.text.len().saturating_sub(text.len()).max(looked_at);
            found.map(|_| ())
        })
    }

    /// Waits for `first`, and behind it for `then`.
    pub(crate) fn wait_for_both(
        &self,
        [first, then]: [&str; 2],
        limit: Duration,
        crash_ends: bool,
    ) -> Result<(), Silence> {
        let from = self.lock().from;
        self.wait(Some(limit), crash_ends, |state| {
            let at = from + find(&state.text[from..], first.as_bytes())? + first.len();
            find(&state.text[at..], then.as_bytes()).map(|_| ())
        })
    }

    /// Waits for a line with `text` in it, and for the line's end.
    pub(crate) fn wait_for_line(
        &self,
        text: &str,
        limit: Duration,
        crash_ends: bool,
    ) -> Result<String, Silence> {
        let mut looked_at = self.lock().from;
        self.wait(Some(limit), crash_ends, |state| {
            let (lines, unfinished) = split_lines(&state.text[looked_at..]);
            let found = lines.split(|byte| *byte == b'\n').find(|line| has(line, text));
            looked_at = state.text.len() - unfinished.len();
            found.map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
        })
    }

    /// Waits until nothing more will come.
    pub(crate) fn wait_for_end(
        &self,
        limit: Option<Duration>,
        crash_ends: bool,
    ) -> Result<(), Silence> {
        match self.wait(limit, crash_ends, |state| state.ended.then_some(())) {
            Err(Silence::Ended) => Ok(()),
            other => other,
        }
    }

    /// Lets later waits see only what comes from now on.
    pub(crate) fn forget(&self) {
        let mut state = self.lock();
        state.from = state.text.len();
    }

    /// All of it so far; bytes that are no UTF-8 are replaced.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.lock().text).into_owned()
    }

    /// All that QEMU itself said.
    pub(crate) fn complaints(&self) -> String {
        String::from_utf8_lossy(&self.lock().complaints).into_owned()
    }

    fn add(&self, piece: &[u8]) {
        let mut state = self.lock();
        let seam = state.text.len().saturating_sub(CRASH.len());
        state.text.extend_from_slice(piece);
        if state.crashed_at.is_none() && has_crash_line(&state.text, seam) {
            state.crashed_at = Some(Instant::now());
        }
        drop(state);
        self.changed.notify_all();
    }

    fn wait<R>(
        &self,
        limit: Option<Duration>,
        crash_ends: bool,
        mut look: impl FnMut(&State) -> Option<R>,
    ) -> Result<R, Silence> {
        let out_of_time = limit.map(|limit| Instant::now() + limit);
        let mut state = self.lock();
        loop {
            if let Some(result) = look(&state) {
                return Ok(result);
            }
            if state.ended {
                return Err(Silence::Ended);
            }

            let crashed_at = state.crashed_at.filter(|_| crash_ends);
            let report_done = crashed_at.map(|at| at + REPORT_MAX);
            let wake_at = [out_of_time, report_done].into_iter().flatten().min();
            let Some(wake_at) = wake_at else {
                state = self.changed.wait(state).expect("no reader panics");
                continue;
            };

            let now = Instant::now();
            if now >= wake_at {
                let crashed = report_done == Some(wake_at);
                return Err(if crashed { Silence::Crashed } else { Silence::TimedOut });
            }
            state = self.changed.wait_timeout(state, wake_at - now).expect("no reader panics").0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no reader panics")
    }
}

/// An echo to stderr; a stderr that is closed gets nothing.
pub(crate) fn to_stderr(piece: &[u8]) {
    let _ = io::stderr().write_all(piece);
}

/// Reads `from` to its end, or to an error, which for a pipe is the same.
pub(crate) fn for_each_piece(mut from: impl Read, mut take: impl FnMut(&[u8])) {
    let mut chunk = [0; CHUNK_BYTES];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return,
            Ok(length) => take(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

fn has_crash_line(text: &[u8], from: usize) -> bool {
    let mut from = from;
    while let Some(found) = find(&text[from..], CRASH) {
        let at = from + found;
        if at == 0 || text[at - 1] == b'\n' {
            return true;
        }
        from = at + 1;
    }
    false
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

fn has(line: &[u8], text: &str) -> bool {
    find(line, text.as_bytes()).is_some()
}

/// The lines that have ended, and the one that has not.
fn split_lines(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_ONCE: Duration = Duration::ZERO;
    const LONG: Duration = Duration::from_secs(60);

    fn console(text: &[u8]) -> Console {
        let console = Console::default();
        console.add(text);
        console
    }

    #[test]
    fn the_line_of_a_text_is_found_wherever_it_is() {
        let console = console(b"one\r\ntwo three\r\nfour\r\n");

        assert_eq!(console.wait_for_line("three", AT_ONCE, true), Ok("two three".into()));
        assert_eq!(console.wait_for_line("one", AT_ONCE, true), Ok("one".into()));
    }

    #[test]
    fn a_line_is_found_once_it_has_ended_but_a_prompt_at_once() {
        let console = console(b"one\r\nlogin: ");

        assert_eq!(console.wait_for("login:", AT_ONCE, true), Ok(()));
        assert_eq!(console.wait_for_line("login:", AT_ONCE, true), Err(Silence::TimedOut));

        console.add(b"root\r\n");
        assert_eq!(console.wait_for_line("login:", AT_ONCE, true), Ok("login: root".into()));
    }

    #[test]
    fn what_was_forgotten_is_not_found_again() {
        let console = console(b"one\n");

        console.forget();

        assert_eq!(console.wait_for("one", AT_ONCE, true), Err(Silence::TimedOut));
        console.add(b"one more\n");
        assert_eq!(console.wait_for_line("one", AT_ONCE, true), Ok("one more".into()));
    }

    #[test]
    fn a_text_that_comes_in_pieces_is_found() {
        let console = Console::default();

        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| console.wait_for("hello world", LONG, true));
            for piece in ["he", "llo", " wor", "ld"] {
                console.add(piece.as_bytes());
            }
            assert_eq!(waiter.join().unwrap(), Ok(()));
        });
    }

    #[test]
    fn the_end_of_qemu_ends_every_wait() {
        let console = Console::default();

        console.fill(&b"bye"[..], Box::new(|_| {}));
        console.end();

        assert_eq!(console.wait_for("hello", LONG, true), Err(Silence::Ended));
        assert_eq!(console.wait_for_end(Some(LONG), true), Ok(()));
    }

    #[test]
    fn a_crash_ends_a_wait_once_its_report_is_out() {
        let console = console(b"up\r\nkernel: crash: undefined instruction\r\n");
        console.lock().crashed_at = Some(Instant::now() - REPORT_MAX);

        assert_eq!(console.wait_for("hello", LONG, true), Err(Silence::Crashed));
        assert_eq!(console.wait_for("hello", AT_ONCE, false), Err(Silence::TimedOut));
    }

    #[test]
    fn a_crash_is_one_only_at_the_beginning_of_a_line() {
        let quoted = console(b"first | kernel: crash, said the guest\n");
        let cut = console(b"up\nkernel: cr");
        cut.add(b"ash: undefined instruction");

        assert_eq!(quoted.lock().crashed_at, None);
        assert!(cut.lock().crashed_at.is_some());
    }
}
