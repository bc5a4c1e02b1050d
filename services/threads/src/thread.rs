//! One thread of a process, as its services and as the kernel see it.

use crate::Process;
use alloc::sync::Arc;
use runtime::{Guest, Turn, Until};

/// What the calls of this service find in an app: the seat of the thread that calls. An app
/// without threads has none.
pub struct Threads<T: 'static> {
    pub(crate) seat: Option<Taken<T>>,
}

/// Whose thread it is, and which task of the kernel.
pub(crate) struct Taken<T: 'static> {
    pub(crate) process: Arc<Process<T>>,
    pub(crate) task: u32,
}

impl<T: 'static> Threads<T> {
    /// Of an app that has no threads, or of a seat that is free.
    pub const NONE: Self = Self { seat: None };
}

/// A thread that another one spawned.
pub struct Thread<T: 'static> {
    pub(crate) guest: Guest<T>,
    pub(crate) process: Arc<Process<T>>,
    pub(crate) task: u32,
}

/// How a turn of a thread went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It wants to go on.
    Ready,
    /// It has nothing to do until then, or until its process ends.
    Parked(Until),
    /// It is over; [`Thread::leave`] is next.
    Over,
}

impl<T: Send + 'static> Thread<T> {
    /// Runs the thread until `fuel` units are spent, it waits, or it ends, with its process or
    /// without it.
    pub fn turn(&mut self, fuel: u64) -> Step {
        match self.process.turn(&mut self.guest, fuel) {
            Turn::OutOfFuel => Step::Ready,
            Turn::Parked(until) => Step::Parked(until),
            Turn::Ended(end) => {
                if !self.guest.has_returned() {
                    self.process.end(end);
                }
                Step::Over
            }
        }
    }

    /// The app as its services see it.
    pub fn app_mut(&mut self) -> &mut T {
        self.guest.app_mut()
    }

    /// Fuel that the thread has used.
    pub fn fuel_used(&self) -> u64 {
        self.guest.fuel_used()
    }

    /// Whose thread it is.
    pub fn process(&self) -> &Arc<Process<T>> {
        &self.process
    }

    /// Gives back what the thread has: its seat to the process, if it came to its end, and its
    /// task to the kernel.
    pub fn leave(self) {
        let Self { guest, process, task } = self;
        if guest.has_returned() {
            process.take_back(guest);
        } else {
            // Before anybody is told that the thread is gone.
            drop(guest);
        }
        process.leave(task);
    }
}
