//! Which core runs what: a queue for each core, and work that moves to cores with less of it.
//!
//! A core takes tasks from its own queue, whose lock nobody else wants while all have work; a turn
//! itself holds no lock. A core whose queue is shorter than another's by two or more, or empty,
//! takes one task from the longest. A task parks in the queue of the core that ran it, whose own
//! timer wakes it.
//!
//! **Who wakes whom.** A core that takes a task and sees that others are left wakes one sleeper,
//! which does the same in its turn. Whoever makes a task ready must therefore go on to
//! [`Scheduler::take`]; and a core that is about to sleep says so first and looks for work
//! afterwards ([`Scheduler::lie_down`]), so that one of the two sees the other.

#[cfg(test)]
mod tests;

#[cfg(doc)]
use crate::run_queue::WAKE;
use crate::run_queue::{Park, RunQueue, TaskId};
use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use spin::Mutex;

/// The tasks of `CORES` cores.
///
/// # Panics
///
/// All calls that name a core, if its number is not below `CORES`.
pub struct Scheduler<const CORES: usize> {
    cores: [Core; CORES],
    /// One bit for each core that sleeps, or is about to, and that nobody is waking.
    asleep: AtomicUsize,
    /// How often events were fired.
    fires: AtomicU64,
    /// The core whose queue is looked at first for an event of which one task is to know.
    next_fired: AtomicUsize,
    /// Tasks that are in a queue or run.
    tasks: AtomicUsize,
}

/// One core's queue, and what others may know of it without its lock.
struct Core {
    queue: Mutex<RunQueue>,
    ready: AtomicUsize,
    awaited: AtomicU32,
}

/// A task that has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The task; it is in no queue until it is given back.
    pub task: TaskId,
    /// A sleeping core that must be interrupted: there is work for it.
    pub wake: Option<usize>,
    /// How often events had been fired before the turn.
    fires: u64,
}

/// What a core that wants to sleep may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// There is work after all.
    None,
    /// Sleep until it is woken or, if there is one, until this time.
    Until(Option<u64>),
}

impl<const CORES: usize> Scheduler<CORES> {
    /// Without any task; all cores are awake.
    pub const fn new() -> Self {
        Self {
            cores: [const { Core::new() }; CORES],
            asleep: AtomicUsize::new(0),
            fires: AtomicU64::new(0),
            next_fired: AtomicUsize::new(0),
            tasks: AtomicUsize::new(0),
        }
    }

    /// Counts a new task in, which is in no queue yet.
    pub fn enter(&self) {
        self.tasks.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a task out that is in no queue; tells whether it was the last.
    pub fn leave(&self) -> bool {
        self.tasks.fetch_sub(1, Ordering::SeqCst) == 1
    }

    /// Whether no task is left in any queue or at work.
    pub fn is_empty(&self) -> bool {
        self.tasks.load(Ordering::SeqCst) == 0
    }

    /// Takes the task whose turn it is on `core`.
    pub fn take(&self, core: usize, now_ns: u64) -> Option<Taken> {
        let moved = self.longest_but(core).and_then(|from| self.cores[from].with(RunQueue::take));
        let fires = self.fires.load(Ordering::SeqCst);
        let task = self.cores[core].with(|queue| {
            queue.expire(now_ns);
            if let Some(task) = moved {
                queue.make_ready(task);
            }
            queue.take()
        })?;
        Some(Taken { task, wake: self.sleeper_to_wake(), fires })
    }

    /// Puts a task that is in no queue behind all that are ready on `core`.
    pub fn make_ready(&self, core: usize, task: TaskId) {
        self.cores[core].with(|queue| queue.make_ready(task));
    }

    /// Lets a task that had its turn on `core` wait. If events were fired since it was taken, it
    /// may have missed one, and is ready at once to look again.
    pub fn park(&self, core: usize, taken: &Taken, park: Park) {
        self.cores[core].with(|queue| {
            // Asked under the lock: who fires later finds the task in the queue.
            let may_have_missed = self.fires.load(Ordering::SeqCst) != taken.fires;
            if park.events != 0 && may_have_missed {
                queue.make_ready(taken.task);
            } else {
                queue.park(taken.task, park);
            }
        });
    }

    /// Lets a task that had its turn on `core` wait for a time alone.
    pub fn park_until(&self, core: usize, task: TaskId, at_ns: u64) {
        self.cores[core].with(|queue| queue.park(task, Park { at_ns: Some(at_ns), events: 0 }));
    }

    /// Makes all tasks ready that wait for any of `events`.
    pub fn fire(&self, events: u32) {
        if events == 0 {
            return;
        }
        self.fires.fetch_add(1, Ordering::SeqCst);
        for core in &self.cores {
            // With the lock, even if nobody seems to wait: one may be about to.
            core.with(|queue| queue.fire(events));
        }
    }

    /// Makes one task ready that waits for any of `events`: the queues take turns at it, and in
    /// each the one that has waited longest comes first.
    pub fn fire_one(&self, events: u32) {
        let first = self.next_fired.load(Ordering::Relaxed);
        let mut numbers = (first..first + CORES).map(|number| number % CORES);
        let waiting = numbers.find(|&number| self.cores[number].awaits(events));
        if let Some(number) = waiting {
            self.next_fired.store(number + 1, Ordering::Relaxed);
            self.cores[number].with(|queue| queue.fire_one(events));
        }
    }

    /// Makes `task` ready if it is parked. If it has its turn and parks for [`WAKE`] at its end,
    /// it is ready at once to look again.
    pub fn wake(&self, task: TaskId) {
        self.fires.fetch_add(1, Ordering::SeqCst);
        for core in &self.cores {
            if core.with(|queue| queue.wake(task)) {
                return;
            }
        }
    }

    /// Whether some parked task waits for any of `events`.
    pub fn awaits(&self, events: u32) -> bool {
        self.cores.iter().any(|core| core.awaits(events))
    }

    /// Says that `core` is about to sleep, unless there is work for it. After it has slept, or if
    /// it does not sleep after all, it calls [`Self::get_up`].
    pub fn lie_down(&self, core: usize) -> Rest {
        self.asleep.fetch_or(1 << core, Ordering::SeqCst);
        if self.has_ready() {
            return Rest::None;
        }
        Rest::Until(self.cores[core].queue.lock().next_time_ns())
    }

    /// `core` is awake.
    pub fn get_up(&self, core: usize) {
        self.asleep.fetch_and(!(1 << core), Ordering::SeqCst);
    }

    fn has_ready(&self) -> bool {
        self.cores.iter().any(|core| core.ready.load(Ordering::SeqCst) > 0)
    }

    /// The core with the most ready tasks, if some of these are better moved to `core`.
    fn longest_but(&self, core: usize) -> Option<usize> {
        let ready = |number: usize| self.cores[number].ready.load(Ordering::SeqCst);
        let own = ready(core);
        let others = (0..CORES).filter(|&other| other != core);
        let longest = others.max_by_key(|&other| ready(other))?;
        let there = ready(longest);
        let is_better = if own == 0 { there > 0 } else { there >= own + 2 };
        is_better.then_some(longest)
    }

    /// A core that sleeps though there is work, for who made work and goes on with his own; it
    /// counts as awake from here on, and must be interrupted.
    pub fn sleeper_to_wake(&self) -> Option<usize> {
        while self.has_ready() {
            let asleep = self.asleep.load(Ordering::SeqCst);
            if asleep == 0 {
                return None;
            }
            let sleeper = asleep.trailing_zeros() as usize;
            // Another core may be waking it.
            if self.asleep.fetch_and(!(1 << sleeper), Ordering::SeqCst) & 1 << sleeper != 0 {
                return Some(sleeper);
            }
        }
        None
    }
}

impl<const CORES: usize> Default for Scheduler<CORES> {
    fn default() -> Self {
        Self::new()
    }
}

impl Core {
    const fn new() -> Self {
        Self {
            queue: Mutex::new(RunQueue::new()),
            ready: AtomicUsize::new(0),
            awaited: AtomicU32::new(0),
        }
    }

    /// Calls `body` with the queue, and tells the others how it is afterwards.
    fn with<R>(&self, body: impl FnOnce(&mut RunQueue) -> R) -> R {
        let mut queue = self.queue.lock();
        let result = body(&mut queue);
        self.ready.store(queue.ready_count(), Ordering::SeqCst);
        self.awaited.store(queue.awaited(), Ordering::SeqCst);
        result
    }

    fn awaits(&self, events: u32) -> bool {
        self.awaited.load(Ordering::SeqCst) & events != 0
    }
}
