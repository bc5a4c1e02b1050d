//! The system as it is at one moment: apps, their threads, the heap and the interrupts.
//!
//! The kernel fills these in; the [`shell`](crate::shell) shows them.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};

/// All apps at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// When that was, in nanoseconds since power-on.
    pub at_ns: u64,
    /// The apps, and behind them those that others started.
    pub apps: Vec<AppView>,
}

/// One app, whether it runs or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppView {
    /// By which the system knows it.
    pub number: usize,
    /// Its name in the manifest; of one that another app started, its number comes after it.
    pub name: String,
    /// Its linear memory.
    pub memory_bytes: usize,
    /// Its threads, the main thread first: one at least, even if it does not run.
    pub threads: Vec<ThreadView>,
}

/// One thread of an app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadView {
    /// Its number within the app.
    pub number: u32,
    /// What it does.
    pub state: State,
    /// Since when it does that, in nanoseconds since power-on.
    pub since_ns: u64,
    /// The core that it runs on, or ran on last.
    pub core: usize,
    /// Fuel that it used.
    pub fuel: u64,
    /// Turns that it had.
    pub turns: u64,
    /// Processor time that it took.
    pub ran_ns: u64,
}

/// What a thread does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing, and it never did anything.
    #[default]
    NeverStarted,
    /// It waits for a core.
    Ready,
    /// It has its turn.
    Running,
    /// It waits for something else.
    Parked(Parked),
    /// It came to its end, or was refused; the rest of a sentence about the app.
    Ended(String),
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// A time, in nanoseconds since power-on.
    Sleep(u64),
    /// Standard input.
    Input,
    /// Room for its output.
    Output,
    /// Another thread or app, which wakes it.
    Thread,
    /// Something that comes from the network, or can be sent.
    Network,
    /// The next picture, or what somebody does to its window.
    Window,
    /// It ended and starts again at this time, in nanoseconds since power-on.
    Restart(u64),
}

/// For small blocks, below 1 GiB, from there to 4 GiB, and above.
pub const HEAP_PIECES: usize = 4;

/// What is counted by cores: interrupts of the timer, the console, the USB controller and other
/// cores, and milliseconds awake.
pub const CORE_ROWS: usize = 5;

/// Cores of every board.
pub const CORES: usize = 4;

/// One of the pieces of RAM that make up the heap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeapPiece {
    /// All of it; 0 if the board has none there.
    pub total_bytes: usize,
    /// What of it is not in use.
    pub free_bytes: usize,
    /// The most that one allocation could have.
    pub largest_bytes: usize,
}

/// How often an interrupt came, or something else that is counted by cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreRow {
    /// Who raises it, or what it is.
    pub name: &'static str,
    /// A count for each core.
    pub counts: [u32; CORES],
}

impl Snapshot {
    /// The app with this name.
    pub fn find(&self, name: &str) -> Option<&AppView> {
        self.apps.iter().find(|app| app.name == name)
    }
}

impl AppView {
    /// Whether it runs, waits, or is to start again.
    pub fn is_alive(&self) -> bool {
        self.threads
            .iter()
            .any(|thread| matches!(thread.state, State::Ready | State::Running | State::Parked(_)))
    }
}

impl State {
    /// In words, as it is at `now_ns`.
    pub fn text(&self, now_ns: u64) -> String {
        let (words, until_ns) = match self {
            Self::NeverStarted => ("never started", None),
            Self::Ready => ("ready", None),
            Self::Running => ("running", None),
            Self::Parked(Parked::Sleep(at_ns)) => ("sleeps for ", Some(at_ns)),
            Self::Parked(Parked::Input) => ("waits for input", None),
            Self::Parked(Parked::Output) => ("waits for output", None),
            Self::Parked(Parked::Thread) => ("waits for another", None),
            Self::Parked(Parked::Network) => ("waits for network", None),
            Self::Parked(Parked::Window) => ("waits for its window", None),
            Self::Parked(Parked::Restart(at_ns)) => ("starts in ", Some(at_ns)),
            Self::Ended(text) => (text.as_str(), None),
        };
        let mut text = String::from(words);
        if let Some(at_ns) = until_ns {
            // It fails only where the text cannot grow.
            let _ = write!(text, "{}", Seconds(at_ns.saturating_sub(now_ns)));
        }
        text
    }
}

/// Nanoseconds shown in seconds with one place.
pub struct Seconds(pub u64);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tenths = self.0 / 100_000_000;
        write!(f, "{}.{} s", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_how_long_it_lasts_if_that_is_known() {
        let text = |state: State| state.text(1_000_000_000);

        assert_eq!(text(State::Parked(Parked::Sleep(3_550_000_000))), "sleeps for 2.5 s");
        assert_eq!(text(State::Parked(Parked::Restart(1_100_000_000))), "starts in 0.1 s");
        assert_eq!(text(State::Parked(Parked::Sleep(0))), "sleeps for 0.0 s");
        assert_eq!(text(State::Ended("exited with code 3".into())), "exited with code 3");
    }

    #[test]
    fn an_app_is_alive_while_any_of_its_threads_is() {
        let thread = |state| ThreadView {
            number: 0,
            state,
            since_ns: 0,
            core: 0,
            fuel: 0,
            turns: 0,
            ran_ns: 0,
        };
        let app = |states: &[State]| AppView {
            number: 0,
            name: "app".into(),
            memory_bytes: 0,
            threads: states.iter().cloned().map(thread).collect(),
        };
        let ended = State::Ended("was killed".into());

        assert!(app(&[ended.clone(), State::Parked(Parked::Thread)]).is_alive());
        assert!(app(&[State::Parked(Parked::Restart(7))]).is_alive());
        assert!(!app(&[ended, State::NeverStarted]).is_alive());
    }
}
