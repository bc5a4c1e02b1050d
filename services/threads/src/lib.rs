//! Threads of one app: starting them, waiting for each other, and ending together; and [`actors`],
//! which are apps that an app starts.
//!
//! A program with threads is a [`Process`]: seats around one shared memory (see
//! [`runtime::Seat`]), of which each thread takes one. Its threads are tasks of the kernel as
//! apps are, which it runs on any core; what this service wants of the kernel is [`Tasks`].
//!
//! Path of a call: guest `thread-spawn` → [`link`] → [`Process::spawn`] → [`Tasks::start`].
//! Guest `memory.atomic.wait32`, which the host tool made a call of, → [`link`] → the futex of
//! that address, where the thread is parked until another notifies it.
//!
//! **How it ends.** A thread that returns leaves its seat to the next. Anything else that ends a
//! thread (a trap, `proc_exit`, no fuel), and the first thread's return, ends the process: each of
//! the others ends with its turn, and the first is told when it is the last.
//!
//! Source: *wasi-threads* (`wasi-threads.abi.md`); *Threading proposal for WebAssembly*.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod actors;
mod futex;
mod link;
mod members;
#[cfg(all(test, loom))]
mod model;
mod process;
mod sync;
mod thread;

pub use link::link;
pub use process::{Link, NoThread, Process, Start};
pub use thread::{Step, Thread, Threads};

/// What waits and is woken: the tasks of the kernel, which each have a number.
pub trait Wake: Send + Sync {
    /// Makes the task ready if it is parked, or if it parks itself with [`runtime::Events::WAKE`]
    /// at the end of the turn that it has now.
    fn wake(&self, task: u32);

    /// The task that has its turn on the calling core.
    fn current(&self) -> u32;
}

/// What the threads of all apps are to the kernel that runs them.
pub trait Tasks<T: 'static>: Wake {
    /// Gives a number to a task that [`Tasks::start`] or [`Tasks::release`] will follow for;
    /// `None` if there are as many as there can be.
    fn reserve(&self) -> Option<u32>;

    /// Gives the thread its turns from now on, as the task `task`.
    fn start(&self, task: u32, thread: Thread<T>);

    /// Takes the number of a task back that never started, or that will have no more turns.
    fn release(&self, task: u32);
}
