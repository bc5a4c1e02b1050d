//! Which core runs what: a queue for each core, and work that moves to cores with less of it.
//!
//! A core takes tasks from its own queue, whose lock nobody else wants while all have work; a turn
//! itself holds no lock. A core looks at the queues of the others, one word each, and takes a task
//! from the longest if it has none of that priority or a higher one itself, or two less of it. Of
//! `realtime` no difference is needed: wherever such a task is ready, the first core takes it whose
//! turn ends, and a core that has one itself takes every other turn from elsewhere. A task that is
//! pinned to a core stays there. A task parks in the queue of the core that ran it.
//!
//! **Who wakes whom.** A core that sees that tasks are left which a sleeping core may take wakes
//! that one, which does the same in its turn. Whoever makes a task ready must therefore go on to
//! [`Scheduler::take`] and [`Scheduler::sleeper_to_wake`], or to the latter alone if it is long at
//! something else; and a core that is about to sleep says so first and looks for work afterwards
//! ([`Scheduler::lie_down`]), so that one of the two sees the other. A fence stands between the two
//! steps of either: without it both might see what was before.
//!
//! **Who looks at the clock.** Each core tells the others when its next task is due, and whoever
//! takes a task first makes those ready that are due, on all cores. So a task waits no longer than
//! until some core's turn ends. A core that sleeps sets its timer for the tasks that it parked
//! itself. One that has a turn does too: its interrupt asks for a sleeping core that looks in its
//! place ([`Scheduler::deputy`]).

#[cfg(all(test, loom))]
mod model;
#[cfg(all(test, not(loom)))]
mod tests;

use crate::bundle::Priority;
use crate::ready::{Load, Task, TaskId};
#[cfg(doc)]
use crate::run_queue::WAKE;
use crate::run_queue::{Park, RunQueue};
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// The time of a core that waits for none.
const NEVER_NS: u64 = u64::MAX;

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
    /// The ready tasks: a [`Load`].
    load: AtomicU64,
    awaited: AtomicU32,
    /// When the next task is due; [`NEVER_NS`] if none waits for a time.
    due_ns: AtomicU64,
    /// The last turn was that of a task from elsewhere, though there were others of its priority.
    has_moved: AtomicBool,
}

/// A task that has its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The task; it is in no queue until it is given back.
    pub task: Task,
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
    #[cfg(not(loom))]
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

    /// Has room for tasks with numbers below `tasks` to be parked by `core`, so that it takes no
    /// memory in the midst of its work. Others can be parked too.
    pub fn make_room(&self, core: usize, tasks: TaskId) {
        self.cores[core].with(|queue| queue.make_room(tasks as usize));
    }

    /// Takes the task whose turn it is on `core`. [`Self::sleeper_to_wake`] follows, whatever
    /// there is to take.
    pub fn take(&self, core: usize, now_ns: u64) -> Option<Taken> {
        self.expire(now_ns);
        let moved = self.better_elsewhere(core).and_then(|(from, priority)| {
            self.cores[from].with(|queue| queue.take_movable(priority))
        });
        let fires = self.fires.load(Ordering::Acquire);
        let task = self.cores[core].with(|queue| {
            if let Some(task) = moved {
                queue.move_in(task);
            }
            queue.take()
        })?;
        Some(Taken { task, fires })
    }

    /// A sleeping core that must be interrupted, since there is work for it; it counts as awake
    /// from here on.
    pub fn sleeper_to_wake(&self) -> Option<usize> {
        // Between what was made ready and the look at who sleeps; see `lie_down`.
        fence(Ordering::SeqCst);
        loop {
            let sleeper = self.sleeper_with_work()?;
            // Another core may be waking it.
            if self.rouse(sleeper) {
                return Some(sleeper);
            }
        }
    }

    /// A sleeping core that must be interrupted to look at the clock and at events for `core`,
    /// which is at its turn; none if `core` itself sleeps. It counts as awake from here on.
    pub fn deputy(&self, core: usize) -> Option<usize> {
        fence(Ordering::SeqCst);
        let asleep = self.asleep.load(Ordering::Relaxed);
        if asleep & 1 << core != 0 {
            return None;
        }
        (0..CORES).find(|&other| asleep & 1 << other != 0 && self.rouse(other))
    }

    /// Puts a task that is in no queue behind all of its priority that are ready on `core`, or on
    /// the core that it is pinned to.
    pub fn make_ready(&self, core: usize, task: Task) {
        let core = task.core.map_or(core, usize::from);
        self.cores[core].with(|queue| queue.make_ready(task));
    }

    /// Lets a task that had its turn on `core` wait. If events were fired since it was taken, it
    /// may have missed one, and is ready at once to look again.
    pub fn park(&self, core: usize, taken: &Taken, park: Park) {
        self.cores[core].with(|queue| {
            // Asked under the lock: who fires later finds the task in the queue.
            let may_have_missed = self.fires.load(Ordering::Acquire) != taken.fires;
            if park.events != 0 && may_have_missed {
                queue.make_ready(taken.task);
            } else {
                queue.park(taken.task, park);
            }
        });
    }

    /// Lets a task that had its turn on `core` wait for a time alone.
    pub fn park_until(&self, core: usize, task: Task, at_ns: u64) {
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

    /// Makes the task `id` ready if it is parked. If it has its turn and parks for [`WAKE`] at its
    /// end, it is ready at once to look again.
    pub fn wake(&self, id: TaskId) {
        self.fires.fetch_add(1, Ordering::SeqCst);
        for core in &self.cores {
            if core.with(|queue| queue.wake(id)) {
                return;
            }
        }
    }

    /// Whether some parked task waits for any of `events`.
    pub fn awaits(&self, events: u32) -> bool {
        self.cores.iter().any(|core| core.awaits(events))
    }

    /// Says that `core` is about to sleep, unless there is work for it. After it has slept, or if
    /// it does not sleep after all, it calls [`Self::get_up`]. `now_ns` reads the clock.
    pub fn lie_down(&self, core: usize, now_ns: impl FnOnce() -> u64) -> Rest {
        self.asleep.fetch_or(1 << core, Ordering::AcqRel);
        // Either this core sees the work, or whoever brings it sees that this core sleeps.
        fence(Ordering::SeqCst);
        if self.has_work_for(core) || self.is_due(now_ns()) {
            return Rest::None;
        }
        Rest::Until(self.next_time_ns(core))
    }

    /// `core` is awake.
    pub fn get_up(&self, core: usize) {
        self.asleep.fetch_and(!(1 << core), Ordering::AcqRel);
    }

    /// When the next task that `core` parked is due.
    pub fn next_time_ns(&self, core: usize) -> Option<u64> {
        Some(self.cores[core].due_ns()).filter(|&due_ns| due_ns != NEVER_NS)
    }

    /// Makes all tasks ready that are due, on all cores.
    fn expire(&self, now_ns: u64) {
        for core in self.cores.iter().filter(|core| core.due_ns() <= now_ns) {
            core.with(|queue| queue.expire(now_ns));
        }
    }

    fn is_due(&self, now_ns: u64) -> bool {
        self.cores.iter().any(|core| core.due_ns() <= now_ns)
    }

    fn has_work_for(&self, core: usize) -> bool {
        !self.cores[core].load().is_none() || self.has_movable()
    }

    fn has_movable(&self) -> bool {
        self.cores.iter().any(|core| core.load().movables() != 0)
    }

    /// The core with the most tasks of the highest priority that can move to `core`, and that
    /// priority, if one of these is better there than what `core` has.
    fn better_elsewhere(&self, core: usize) -> Option<(usize, Priority)> {
        let others = (0..CORES).filter(|&other| other != core);
        let longest = others.max_by_key(|&other| self.cores[other].load().movables())?;
        let (here, there) = (self.cores[core].load(), self.cores[longest].load());
        // The next turn is one of its own, or these might never have one.
        let has_moved = self.cores[core].has_moved.load(Ordering::Relaxed);
        self.cores[core].has_moved.store(false, Ordering::Relaxed);
        for priority in Priority::ALL {
            let own = here.all(priority);
            let is_longer = there.all(priority) >= own + lead(priority);
            if there.movable(priority) > 0 && (own == 0 || is_longer && !has_moved) {
                self.cores[core].has_moved.store(own > 0, Ordering::Relaxed);
                return Some((longest, priority));
            }
            if own > 0 {
                return None;
            }
        }
        None
    }

    fn sleeper_with_work(&self) -> Option<usize> {
        let asleep = self.asleep.load(Ordering::Relaxed);
        if asleep == 0 {
            return None;
        }
        let has_movable = self.has_movable();
        (0..CORES).find(|&core| {
            asleep & 1 << core != 0 && (has_movable || !self.cores[core].load().is_none())
        })
    }

    /// Makes a sleeping core count as awake; `false` if it does already.
    fn rouse(&self, sleeper: usize) -> bool {
        self.asleep.fetch_and(!(1 << sleeper), Ordering::AcqRel) & 1 << sleeper != 0
    }
}

#[cfg(not(loom))]
impl<const CORES: usize> Default for Scheduler<CORES> {
    fn default() -> Self {
        Self::new()
    }
}

/// By how many tasks of `priority` another core must have more for one of them to move to a core
/// that has some itself.
fn lead(priority: Priority) -> u64 {
    // The core that ends a turn is there first, and its own task just had one.
    if priority == Priority::Realtime { 0 } else { 2 }
}

impl Core {
    #[cfg(not(loom))]
    const fn new() -> Self {
        Self {
            queue: Mutex::new(RunQueue::new()),
            load: AtomicU64::new(Load::NONE.to_bits()),
            awaited: AtomicU32::new(0),
            due_ns: AtomicU64::new(NEVER_NS),
            has_moved: AtomicBool::new(false),
        }
    }

    /// Calls `body` with the queue, and tells the others how it is afterwards.
    fn with<R>(&self, body: impl FnOnce(&mut RunQueue) -> R) -> R {
        let mut queue = self.queue.lock();
        let result = body(&mut queue);
        self.tell_of(&queue);
        result
    }

    fn tell_of(&self, queue: &RunQueue) {
        self.load.store(queue.load().to_bits(), Ordering::Release);
        self.awaited.store(queue.awaited(), Ordering::Release);
        self.due_ns.store(queue.next_time_ns().unwrap_or(NEVER_NS), Ordering::Release);
    }

    fn load(&self) -> Load {
        Load::from_bits(self.load.load(Ordering::Acquire))
    }

    fn awaits(&self, events: u32) -> bool {
        self.awaited.load(Ordering::Acquire) & events != 0
    }

    fn due_ns(&self) -> u64 {
        self.due_ns.load(Ordering::Acquire)
    }
}
