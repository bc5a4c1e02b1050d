//! Who belongs to a process, and how it ends.
//!
//! Nobody misses the end: it stands before anybody is woken, and each thread asks for it before it
//! goes on. A thread is counted in under the lock under which the process ends, so it is woken as
//! the others are, or is refused.

use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering};
use alloc::vec::Vec;
use runtime::End;

/// The largest number of a thread (wasi-threads: the upper three bits are not used).
const THREAD_ID_MAX: i32 = (1 << 29) - 1;

/// The threads of a process, and seats, `S`, for more of them.
pub(crate) struct Members<S> {
    list: Mutex<List<S>>,
    has_ended: AtomicBool,
}

struct List<S> {
    /// Seats that no thread has.
    free: Vec<S>,
    /// The tasks of all threads but the first.
    spawned: Vec<u32>,
    /// The number of the thread that was spawned last.
    last_id: i32,
    end: Option<End>,
}

impl<S> Members<S> {
    /// The first thread alone; `free` are seats for others.
    pub(crate) fn new(free: Vec<S>) -> Self {
        let list = List { free, spawned: Vec::new(), last_id: 0, end: None };
        Self { list: Mutex::new(list), has_ended: AtomicBool::new(false) }
    }

    /// Counts `task` in, and gives it a seat and its number as a thread.
    pub(crate) fn enter(&self, task: u32) -> Option<(S, i32)> {
        let mut list = self.list.lock();
        if list.end.is_some() {
            return None;
        }
        let seat = list.free.pop()?;
        list.spawned.push(task);
        list.last_id = list.last_id % THREAD_ID_MAX + 1;
        Some((seat, list.last_id))
    }

    /// The seat of a thread that came to its end is free for the next.
    pub(crate) fn take_back(&self, seat: S) {
        self.list.lock().free.push(seat);
    }

    /// Counts a thread out, whose number `release` takes back, and calls `tell_first` if it was
    /// the last of a process that has ended. The first thread finds it gone only afterwards, or it
    /// could be told when it is something else already.
    pub(crate) fn leave(&self, task: u32, release: impl FnOnce(u32), tell_first: impl FnOnce()) {
        let mut list = self.list.lock();
        list.spawned.retain(|member| *member != task);
        release(task);
        if list.end.is_some() && list.spawned.is_empty() {
            tell_first();
        }
    }

    /// Ends the process and wakes the tasks of all threads that were spawned. Only the first call
    /// says how it ended.
    pub(crate) fn end(&self, end: End, wake: impl Fn(u32)) {
        let mut list = self.list.lock();
        list.end.get_or_insert(end);
        self.has_ended.store(true, Ordering::SeqCst);
        for task in &list.spawned {
            wake(*task);
        }
    }

    /// Whether no thread will go on.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    /// How the process ended, if it has.
    pub(crate) fn ending(&self) -> Option<End> {
        if self.has_ended() { self.list.lock().end.clone() } else { None }
    }

    /// Threads beside the first.
    pub(crate) fn spawned_count(&self) -> usize {
        self.list.lock().spawned.len()
    }
}
