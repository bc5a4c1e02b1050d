//! A program with threads while it runs.

use crate::futex::Futexes;
use crate::members::Members;
use crate::thread::Taken;
use crate::{Tasks, Thread, Threads};
use alloc::boxed::Box;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use device::Clock;
use runtime::{End, Guest, Imports, Limits, LoadError, Pool, Program, Seat, State, Turn};

/// Offers a thread its host calls.
pub type Link<T> = Box<dyn Fn(&mut Imports<'_, T>) -> Result<(), LoadError> + Send + Sync>;

/// What a process is made of.
pub struct Start<T: 'static> {
    /// Its module, lowered.
    pub program: Arc<Program>,
    /// What it may take. The fuel is that of all threads together.
    pub limits: Limits,
    /// How many threads it may have at once, the first one included.
    pub threads_max: usize,
    /// Where memory comes from.
    pub pool: &'static dyn Pool,
    /// The machine's clock.
    pub clock: &'static dyn Clock,
    /// Offers each thread its host calls, [`crate::link`]'s among them.
    pub link: Link<T>,
    /// Finds this service's state in an app.
    pub find: fn(&mut T) -> &mut State<Threads<T>>,
    /// What runs the threads.
    pub tasks: &'static dyn Tasks<T>,
    /// The task of the first thread.
    pub main_task: u32,
}

/// A program with threads while it runs; its threads share it.
pub struct Process<T: 'static> {
    start: Start<T>,
    pub(crate) futexes: Futexes,
    members: Members<Seat<T>>,
    fuel_used: AtomicU64,
}

/// No further thread can be spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoThread;

impl<T: Send + 'static> Process<T> {
    /// Makes the memory of a program with threads, and its first thread; none of its code runs
    /// yet. `app` makes the state of each thread.
    ///
    /// The kernel gives the first thread its turns by [`Process::turn`], and calls
    /// [`Process::end`] when it has ended in any way.
    ///
    /// # Errors
    ///
    /// [`LoadError`] as for [`Seat::make`] and [`Seat::take`].
    pub fn start(
        start: Start<T>,
        app: impl FnMut() -> T,
    ) -> Result<(Arc<Self>, Guest<T>), LoadError> {
        let Start { ref program, limits, threads_max, pool, ref link, .. } = start;
        let mut free = Seat::make(program, threads_max.max(1), &limits, pool, app)?;
        // Five sixths of what it takes to spawn a thread.
        for seat in &mut free {
            seat.fit(program, &limits, link)?;
        }
        let main = free.pop();
        let process = Arc::new(Self {
            start,
            futexes: Futexes::default(),
            members: Members::new(free),
            fuel_used: AtomicU64::new(0),
        });
        let main = main.ok_or(LoadError::OutOfMemory { bytes: 0 })?;
        let guest = process.seat(main, runtime::Thread::Main, process.start.main_task)?;
        Ok((process, guest))
    }

    /// Makes a guest of `seat` that is the task `task` and runs `thread`.
    fn seat(
        self: &Arc<Self>,
        mut seat: Seat<T>,
        thread: runtime::Thread,
        task: u32,
    ) -> Result<Guest<T>, LoadError> {
        let Start { program, limits, link, find, .. } = &self.start;
        let taken = Taken { process: Arc::clone(self), task };
        find(seat.app_mut()).with(|threads| threads.seat = Some(taken));
        seat.take(program, thread, limits, link)
    }

    /// Starts a thread with `argument`, and gives its number.
    ///
    /// # Errors
    ///
    /// [`NoThread`] if the process or the machine has as many as it may have, or has not got the
    /// memory; nothing has changed.
    pub fn spawn(self: &Arc<Self>, argument: i32) -> Result<i32, NoThread> {
        let task = self.start.tasks.reserve().ok_or(NoThread)?;
        let spawned = self.prepare(task, argument);
        if spawned.is_err() {
            self.leave(task);
        }
        let (id, guest) = spawned?;
        self.start.tasks.start(task, Thread { guest, process: Arc::clone(self), task });
        Ok(id)
    }

    fn prepare(self: &Arc<Self>, task: u32, argument: i32) -> Result<(i32, Guest<T>), NoThread> {
        let (seat, id) = self.members.enter(task).ok_or(NoThread)?;
        let thread = runtime::Thread::Spawned { id, argument };
        let guest = self.seat(seat, thread, task).map_err(|_| NoThread)?;
        Ok((id, guest))
    }

    /// Gives one of its threads a turn, which ends at once if the process has ended.
    pub fn turn(&self, guest: &mut Guest<T>, fuel: u64) -> Turn {
        if let Some(end) = self.ending() {
            return Turn::Ended(end);
        }
        let before = guest.fuel_used();
        let turn = guest.turn(fuel);
        let used = guest.fuel_used() - before;
        let all_used = self.fuel_used.fetch_add(used, Ordering::Relaxed) + used;
        match self.start.limits.fuel_max {
            Some(fuel_max) if all_used > fuel_max => {
                self.end(End::FuelExhausted { fuel_max });
                Turn::Ended(End::FuelExhausted { fuel_max })
            }
            _ => turn,
        }
    }

    /// Fuel that all its threads have used.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used.load(Ordering::Relaxed)
    }

    /// Ends the process: no thread goes on after the turn that it has now. Only the first call
    /// says how it ended.
    pub fn end(&self, end: End) {
        self.members.end(end, |task| self.wake(task));
        self.wake(self.start.main_task);
    }

    /// Whether no thread will go on.
    pub fn has_ended(&self) -> bool {
        self.members.has_ended()
    }

    /// How the process ended, if it has.
    pub fn ending(&self) -> Option<End> {
        self.members.ending()
    }

    /// The task of the first thread.
    pub fn main_task(&self) -> u32 {
        self.start.main_task
    }

    /// Threads beside the first.
    pub fn spawned_count(&self) -> usize {
        self.members.spawned_count()
    }

    /// The seat of a thread that came to its end is free for the next.
    pub(crate) fn take_back(&self, guest: Guest<T>) {
        let Some(mut seat) = guest.leave_seat() else { return };
        // It would keep the process alive that keeps it.
        (self.start.find)(seat.app_mut()).with(|threads| threads.seat = None);
        self.members.take_back(seat);
    }

    /// Counts a thread out, and tells the first when it is the last.
    pub(crate) fn leave(&self, task: u32) {
        let release = |task| self.start.tasks.release(task);
        self.members.leave(task, release, || self.wake(self.start.main_task));
    }

    pub(crate) fn now_ns(&self) -> u64 {
        self.start.clock.now_ns()
    }

    pub(crate) fn wake(&self, task: u32) {
        self.start.tasks.wake(task);
    }
}
