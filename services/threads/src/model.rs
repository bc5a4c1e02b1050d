//! Waiting and ending in every order in which threads can meet, as [loom] tries them.
//!
//! A task that is parked is a thread of the model that is parked, and waking one is what
//! [`crate::Tasks::wake`] promises: the task is ready, or is at once when it parks. That the
//! scheduler keeps this promise is for the model of the kernel's core to show. A task that is not
//! woken, though it should be, never ends, which loom reports. `tools/test.sh` runs this.
//!
//! [loom]: https://docs.rs/loom

use crate::futex::Futexes;
use crate::members::Members;
use crate::sync::atomic::{AtomicU32, Ordering};
use loom::sync::Arc;
use loom::thread::{self, JoinHandle, Thread};
use runtime::{End, waited};

const ADDRESS: u64 = 8;

/// One task waits until `value` is not 0, as locks and condition variables do.
fn wait_for_a_value(futexes: &Futexes, task: u32, value: &AtomicU32) {
    // Relaxed: what orders it is the futexes' lock alone.
    while futexes.wait(ADDRESS, task, &|| value.load(Ordering::Relaxed) == 0) {
        wait_for_the_outcome(futexes, task);
    }
}

fn wait_for_the_outcome(futexes: &Futexes, task: u32) {
    while futexes.outcome(task, || false).is_none() {
        thread::park();
    }
}

/// Starts a thread that shares `state` with the test.
fn spawn<S: 'static, R: 'static>(
    state: &Arc<S>,
    body: impl FnOnce(&S) -> R + 'static,
) -> JoinHandle<R> {
    let state = Arc::clone(state);
    thread::spawn(move || body(&state))
}

#[test]
fn a_value_that_is_stored_and_notified_while_a_task_looks_is_not_missed() {
    loom::model(|| {
        let state = Arc::new((Futexes::default(), AtomicU32::new(0)));
        let waiter = spawn(&state, |(futexes, value)| wait_for_a_value(futexes, 1, value));

        let (futexes, value) = &*state;
        value.store(1, Ordering::Relaxed);
        futexes.notify(ADDRESS, 1, |_| waiter.thread().unpark());

        waiter.join().unwrap();
    });
}

#[test]
fn two_that_notify_wake_two() {
    loom::model(|| {
        let futexes = Arc::new(Futexes::default());
        let waiter = |task| {
            futexes.wait(ADDRESS, task, &|| true);
            spawn(&futexes, move |futexes| wait_for_the_outcome(futexes, task))
        };
        let waiters = [waiter(0), waiter(1)];
        let threads = waiters.each_ref().map(|waiter| waiter.thread().clone());
        let notify = move |futexes: &Futexes, threads: &[Thread; 2]| {
            futexes.notify(ADDRESS, 1, |task| threads[task as usize].unpark())
        };
        let other = {
            let threads = threads.clone();
            spawn(&futexes, move |futexes| notify(futexes, &threads))
        };

        assert_eq!(notify(&futexes, &threads), 1);
        assert_eq!(other.join().unwrap(), 1);

        for waiter in waiters {
            waiter.join().unwrap();
        }
    });
}

/// Of two that wait, the first one's time is up. Either it says that it was woken, or the other is.
#[test]
fn a_notification_is_not_lost_in_one_whose_time_is_up() {
    loom::model(|| {
        let futexes = Arc::new(Futexes::default());
        futexes.wait(ADDRESS, 1, &|| true);
        futexes.wait(ADDRESS, 2, &|| true);
        let late = spawn(&futexes, |futexes| futexes.outcome(1, || true));

        let woken = futexes.notify(ADDRESS, 1, |_| {});

        let first = late.join().unwrap();
        let other = futexes.outcome(2, || false);
        assert_eq!(woken, 1);
        match first {
            Some(waited::WOKEN) => assert_eq!(other, None),
            _ => assert_eq!((first, other), (Some(waited::TIMED_OUT), Some(waited::WOKEN))),
        }
    });
}

/// As a semaphore's user does: whoever is woken though its time is up wakes the next.
#[test]
fn one_that_waits_beside_one_whose_time_is_up_is_woken() {
    loom::model(|| {
        let futexes = Arc::new(Futexes::default());
        futexes.wait(ADDRESS, 1, &|| true);
        futexes.wait(ADDRESS, 2, &|| true);
        let waiter = spawn(&futexes, |futexes| wait_for_the_outcome(futexes, 2));
        let late = {
            let waiter = waiter.thread().clone();
            spawn(&futexes, move |futexes| {
                if futexes.outcome(1, || true) == Some(waited::WOKEN) {
                    futexes.notify(ADDRESS, 1, |_| waiter.unpark());
                }
            })
        };

        futexes.notify(ADDRESS, 1, |task| {
            if task == 2 {
                waiter.thread().unpark();
            }
        });

        waiter.join().unwrap();
        late.join().unwrap();
    });
}

/// What the threads of a process share.
struct Process {
    members: Members<()>,
    futexes: Futexes,
}

impl Process {
    fn with_seats(seats: usize) -> Arc<Self> {
        let members = Members::new([()].repeat(seats));
        Arc::new(Self { members, futexes: Futexes::default() })
    }

    /// The turns of a thread that waits for what never comes, until its process ends.
    fn wait_for_the_end(&self, task: u32) {
        if self.members.has_ended() || !self.futexes.wait(ADDRESS, task, &|| true) {
            return;
        }
        while !self.members.has_ended() && self.futexes.outcome(task, || false).is_none() {
            thread::park();
        }
    }
}

#[test]
fn a_thread_that_begins_to_wait_when_its_process_ends_is_woken() {
    loom::model(|| {
        let process = Process::with_seats(1);
        assert!(process.members.enter(1).is_some());
        let waiter = spawn(&process, |process| process.wait_for_the_end(1));

        process.members.end(End::Exit(0), |_| waiter.thread().unpark());

        waiter.join().unwrap();
        assert_eq!(process.members.ending(), Some(End::Exit(0)));
    });
}

/// The first thread waits for the others as the kernel does it, see its `end_process`.
#[test]
fn a_thread_that_is_spawned_when_its_process_ends_is_waited_for_or_never_was() {
    loom::model(|| {
        let process = Process::with_seats(3);
        assert!(process.members.enter(1).is_some());
        let first = thread::current();
        let spawner = spawn(&process, move |process| {
            let leave = |task| process.members.leave(task, |_| {}, || first.unpark());
            if process.members.enter(2).is_some() {
                process.wait_for_the_end(2);
                leave(2);
            }
            leave(1);
        });

        process.members.end(End::Exit(0), |_| spawner.thread().unpark());
        while process.members.spawned_count() > 0 {
            thread::park();
        }

        spawner.join().unwrap();
        assert!(process.members.enter(3).is_none());
    });
}

#[test]
fn of_two_that_end_a_process_one_says_how() {
    loom::model(|| {
        let process = Process::with_seats(1);
        let other = spawn(&process, |process| {
            process.members.end(End::Exit(1), |_| {});
            process.members.ending()
        });

        process.members.end(End::Exit(2), |_| {});
        let ending = process.members.ending();

        assert!(ending.is_some());
        assert_eq!(other.join().unwrap(), ending);
    });
}
