//! The scheduler in every order in which two cores can meet, as [loom] tries them.
//!
//! A core that sleeps is a thread that is parked: one that is not woken though there is work for it
//! never ends, which loom reports. `tools/test.sh` runs this with at most three preemptions in each
//! run: without a bound there are more orders than can be tried.
//!
//! [loom]: https://docs.rs/loom

use super::*;
use crate::run_queue::WAKE;
use loom::sync::Arc;
use loom::thread::{self, Thread};

extern crate std;
use core::array;
use std::vec::Vec;

const EVENT: u32 = 1;

type Two = Scheduler<2>;

/// What the constants of the kernel cannot make of loom's types.
impl<const CORES: usize> Scheduler<CORES> {
    fn new() -> Self {
        Self {
            cores: array::from_fn(|_| Core::new()),
            asleep: AtomicUsize::new(0),
            fires: AtomicU64::new(0),
            next_fired: AtomicUsize::new(0),
            tasks: AtomicUsize::new(0),
        }
    }
}

impl Core {
    fn new() -> Self {
        Self {
            queue: Mutex::new(RunQueue::new()),
            load: AtomicU64::new(Load::NONE.to_bits()),
            awaited: AtomicU32::new(0),
            due_ns: AtomicU64::new(NEVER_NS),
            has_moved: AtomicBool::new(false),
        }
    }
}

fn movable(id: TaskId) -> Task {
    Task { id, priority: Priority::Normal, core: None }
}

fn pinned(id: TaskId, core: u8) -> Task {
    Task { core: Some(core), ..movable(id) }
}

/// What a core does with a turn's end: takes a task if there is one, and wakes `other` if it is to.
fn take(scheduler: &Two, core: usize, now_ns: u64, other: Option<&Thread>) -> Option<Taken> {
    let taken = scheduler.take(core, now_ns);
    if let (Some(_), Some(other)) = (scheduler.sleeper_to_wake(), other) {
        other.unpark();
    }
    taken
}

/// Core 1 until it has a task: it sleeps as long as it is not woken.
fn sleep_until_there_is_work(scheduler: &Two, now_ns: impl Fn() -> u64) -> Taken {
    loop {
        if let Some(taken) = take(scheduler, 1, now_ns(), None) {
            return taken;
        }
        if let Rest::Until(_) = scheduler.lie_down(1, &now_ns) {
            thread::park();
        }
        scheduler.get_up(1);
    }
}

/// Starts core 1 in a thread of its own, which ends with the task that it took.
fn sleeper(scheduler: &Arc<Two>) -> thread::JoinHandle<TaskId> {
    let scheduler = Arc::clone(scheduler);
    thread::spawn(move || sleep_until_there_is_work(&scheduler, || 0).task.id)
}

#[test]
fn a_task_that_is_left_while_a_core_lies_down_is_taken_by_it() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let sleeper = sleeper(&scheduler);

        scheduler.make_ready(0, movable(0));
        scheduler.make_ready(0, movable(1));
        // Its turn, of whatever length: it takes no other until the sleeper has the second.
        let own = take(&scheduler, 0, 0, Some(sleeper.thread())).map(|taken| taken.task.id);

        let its = sleeper.join().unwrap();
        let other = own.or_else(|| take(&scheduler, 0, 0, None).map(|taken| taken.task.id));
        assert_eq!(other.map(|other| other + its), Some(1));
    });
}

#[test]
fn a_pinned_task_made_ready_by_another_core_wakes_its_own() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let sleeper = sleeper(&scheduler);

        scheduler.make_ready(0, pinned(0, 1));
        assert_eq!(take(&scheduler, 0, 0, Some(sleeper.thread())), None);

        assert_eq!(sleeper.join().unwrap(), 0);
    });
}

#[test]
fn a_task_made_ready_in_the_midst_of_a_turn_wakes_a_core() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let sleeper = sleeper(&scheduler);

        scheduler.make_ready(0, movable(0));
        if scheduler.sleeper_to_wake().is_some() {
            sleeper.thread().unpark();
        }

        assert_eq!(sleeper.join().unwrap(), 0);
    });
}

#[test]
fn an_event_that_is_fired_while_its_task_parks_is_not_missed() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let has_come = Arc::new(AtomicUsize::new(0));
        scheduler.make_ready(1, pinned(0, 1));
        let core = {
            let (scheduler, has_come) = (Arc::clone(&scheduler), Arc::clone(&has_come));
            thread::spawn(move || {
                let mut taken = take(&scheduler, 1, 0, None).unwrap();
                // Its turns: it looks, and waits if nothing came.
                while has_come.load(Ordering::Relaxed) == 0 {
                    scheduler.park(1, &taken, Park { at_ns: None, events: EVENT });
                    taken = sleep_until_there_is_work(&scheduler, || 0);
                }
            })
        };

        has_come.store(1, Ordering::Relaxed);
        scheduler.fire(EVENT);
        take(&scheduler, 0, 0, Some(core.thread()));

        core.join().unwrap();
    });
}

/// What `Tasks::wake` of the threads' service promises: who notifies has ended the wait before.
#[test]
fn a_task_that_is_woken_while_it_parks_is_ready_at_once() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let is_over = Arc::new(AtomicUsize::new(0));
        scheduler.make_ready(1, pinned(0, 1));
        let core = {
            let (scheduler, is_over) = (Arc::clone(&scheduler), Arc::clone(&is_over));
            thread::spawn(move || {
                let mut taken = take(&scheduler, 1, 0, None).unwrap();
                while is_over.load(Ordering::Relaxed) == 0 {
                    scheduler.park(1, &taken, Park { at_ns: None, events: WAKE });
                    taken = sleep_until_there_is_work(&scheduler, || 0);
                }
            })
        };

        is_over.store(1, Ordering::Relaxed);
        scheduler.wake(0);
        if scheduler.sleeper_to_wake().is_some() {
            core.thread().unpark();
        }

        core.join().unwrap();
    });
}

#[test]
fn two_cores_that_take_at_once_get_each_task_once() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        scheduler.make_ready(0, movable(0));
        scheduler.make_ready(0, movable(1));
        let other = {
            let scheduler = Arc::clone(&scheduler);
            thread::spawn(move || take(&scheduler, 1, 0, None).map(|taken| taken.task.id))
        };

        let mut taken = Vec::from_iter(take(&scheduler, 0, 0, None).map(|taken| taken.task.id));
        taken.extend(other.join().unwrap());
        taken.extend(take(&scheduler, 0, 0, None).map(|taken| taken.task.id));

        taken.sort_unstable();
        assert_eq!(taken, [0, 1]);
        assert_eq!(take(&scheduler, 1, 0, None), None);
    });
}

#[test]
fn a_task_that_is_due_is_made_ready_once_whoever_looks() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        scheduler.park_until(0, movable(0), 100);
        let other = {
            let scheduler = Arc::clone(&scheduler);
            thread::spawn(move || take(&scheduler, 1, 100, None))
        };

        let own = take(&scheduler, 0, 100, None);
        let its = other.join().unwrap();

        // Each may have looked while the other moved it, and looks again before it sleeps.
        let left = scheduler.take(0, 100);
        assert_eq!([own, its, left].iter().flatten().count(), 1);
    });
}

/// The interrupt of a core that is at its turn asks another to look at the clock. Either that one
/// lay down before, and is woken, or it looks at the clock itself.
#[test]
fn a_task_whose_core_is_at_its_turn_when_it_is_due_is_taken_by_one_that_lies_down() {
    loom::model(|| {
        let scheduler = Arc::new(Two::new());
        let clock_ns = Arc::new(AtomicU64::new(0));
        scheduler.park_until(0, movable(0), 100);
        let sleeper = {
            let (scheduler, clock_ns) = (Arc::clone(&scheduler), Arc::clone(&clock_ns));
            thread::spawn(move || {
                let now_ns = || clock_ns.load(Ordering::Relaxed);
                sleep_until_there_is_work(&scheduler, now_ns).task.id
            })
        };

        // The turn of core 0 goes on for ever; this is its interrupt.
        clock_ns.store(100, Ordering::Relaxed);
        if scheduler.deputy(0).is_some() {
            sleeper.thread().unpark();
        }

        assert_eq!(sleeper.join().unwrap(), 0);
    });
}
