//! Starting other apps of the image and talking with them: the calls, and the layouts of what they
//! take.
//!
//! Every call gives an errno. An app that was started is known by a number from 1 on to the one
//! that started it; to the app itself, whoever started it is number [`PARENT`].

use crate::wasi::Call;

/// Module name of the calls.
pub const MODULE: &str = "bramble_actors";

/// Who started the app that calls.
pub const PARENT: u32 = 0;

/// Every call. A time limit is in nanoseconds: below zero it never ends, and with 0 the call does
/// not wait. `EAGAIN` says that it ended.
pub const CALLS: &[Call] = &[
    call(names::SPAWN, "iiiiii"),
    call(names::SEND, "iiiIi"),
    call(names::RECEIVE, "iiiIi"),
    call(names::SHUTDOWN, "i"),
    call(names::WAIT, "iIi"),
    call(names::CLOSE, "i"),
];

/// The names of [`CALLS`].
pub mod names {
    /// Starts an app: its name and arguments, as a list and its length in bytes; the paths of the
    /// directories that it is to have, likewise; its [`streams`](super::streams); where its number
    /// is written.
    ///
    /// A list holds texts, each with a zero byte behind it. An app that is given no arguments has
    /// its manifest's. The paths are those at which the caller has the directories; one that ends in
    /// `:ro` is handed down to be read only.
    pub const SPAWN: &str = "spawn";
    /// Sends at least one byte: to whom, bytes and how many, time limit, where it is written how
    /// many were sent. `EPIPE` if nobody can receive them any more.
    pub const SEND: &str = "send";
    /// Receives at least one byte: from whom, where to and how many, time limit, where it is written
    /// how many came; 0 are the end.
    pub const RECEIVE: &str = "receive";
    /// Nothing more will be sent: to whom.
    pub const SHUTDOWN: &str = "shutdown";
    /// Waits for an app's end: which one, time limit, where its [`ending`](super::ending) is written.
    pub const WAIT: &str = "wait";
    /// Ends an app if it still runs, at the end of its turn, and gives its number back: which one.
    pub const CLOSE: &str = "close";
}

/// Which of a started app's standard streams are the channel, one bit each.
pub mod streams {
    /// It reads what is sent to it from its standard input.
    pub const STDIN: u32 = 1;
    /// What it writes to its standard output is sent to whoever started it.
    pub const STDOUT: u32 = 1 << 1;
}

/// How an app ended.
pub mod ending {
    /// How, a u32: one of the numbers below.
    pub const HOW: u32 = 0;
    /// Its exit code, a u32, if it exited.
    pub const CODE: u32 = 4;
    /// Size of the struct.
    pub const BYTES: u32 = 8;

    /// It exited.
    pub const EXITED: u32 = 0;
    /// It trapped, or used up its fuel.
    pub const TRAPPED: u32 = 1;
    /// Somebody ended it.
    pub const KILLED: u32 = 2;
    /// It did not start: what is wrong with it is on the console.
    pub const REFUSED: u32 = 3;
}

/// The call that a program imports under these two names.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    CALLS.iter().find(|call| module == MODULE && call.name == name)
}

const fn call(name: &'static str, params: &'static str) -> Call {
    Call { name, params, results: "i" }
}
