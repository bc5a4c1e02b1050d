use super::*;
use crate::ready::BACKGROUND_ONE_IN;
use alloc::sync::Arc;
use alloc::vec::Vec;

extern crate std;
use std::sync::atomic::AtomicBool;
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

const INPUT: u32 = 1;
const OUTPUT: u32 = 1 << 1;

type Two = Scheduler<2>;

fn normal(id: TaskId) -> Task {
    Task { id, priority: Priority::Normal, core: None }
}

fn realtime(id: TaskId) -> Task {
    Task { priority: Priority::Realtime, ..normal(id) }
}

fn pinned(id: TaskId, core: u8) -> Task {
    Task { core: Some(core), ..normal(id) }
}

/// Brings a task in, ready on `core`.
fn enter<const CORES: usize>(scheduler: &Scheduler<CORES>, core: usize, task: Task) {
    scheduler.enter();
    scheduler.make_ready(core, task);
}

fn take<const CORES: usize>(scheduler: &Scheduler<CORES>, core: usize) -> Option<TaskId> {
    take_at(scheduler, core, 0)
}

fn take_at<const CORES: usize>(
    scheduler: &Scheduler<CORES>,
    core: usize,
    now_ns: u64,
) -> Option<TaskId> {
    scheduler.take(core, now_ns).map(|taken| taken.task.id)
}

fn lie_down<const CORES: usize>(scheduler: &Scheduler<CORES>, core: usize) -> Rest {
    scheduler.lie_down(core, || 0)
}

fn parked(events: u32) -> Park {
    Park { at_ns: None, events }
}

#[test]
fn a_core_without_work_takes_some_of_another() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(7));

    assert_eq!(take(&scheduler, 1), Some(7));
    assert_eq!(take(&scheduler, 0), None);
}

#[test]
fn work_moves_until_no_queue_is_longer_by_two() {
    let scheduler = Two::new();
    for task in 0..8 {
        enter(&scheduler, 0, normal(task));
    }

    // Each gives its task back after the turn, as one that loops without end.
    for _ in 0..16 {
        for core in 0..2 {
            let task = take(&scheduler, core).unwrap();
            scheduler.make_ready(core, normal(task));
        }
    }

    let lengths: Vec<_> =
        scheduler.cores.iter().map(|core| core.load().all(Priority::Normal)).collect();
    assert!(lengths[0].abs_diff(lengths[1]) <= 1, "{lengths:?}");
}

#[test]
fn a_core_keeps_its_only_task_from_turn_to_turn() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(0));
    enter(&scheduler, 1, normal(1));

    for _ in 0..3 {
        for core in 0..2 {
            let taken = scheduler.take(core, 0).unwrap();
            assert_eq!((taken.task.id as usize, scheduler.sleeper_to_wake()), (core, None));
            scheduler.make_ready(core, taken.task);
        }
    }
}

#[test]
fn whoever_leaves_work_behind_wakes_one_sleeper_and_only_once() {
    let scheduler = Scheduler::<4>::new();
    for core in 1..4 {
        assert_eq!(lie_down(&scheduler, core), Rest::Until(None));
    }
    for task in 0..4 {
        enter(&scheduler, 0, normal(task));
    }

    let wakes: Vec<_> = (0..4)
        .map(|_| {
            take(&scheduler, 0).unwrap();
            scheduler.sleeper_to_wake()
        })
        .collect();

    assert_eq!(wakes, [Some(1), Some(2), Some(3), None]);
}

#[test]
fn who_takes_the_only_task_wakes_nobody() {
    let scheduler = Two::new();
    assert_eq!(lie_down(&scheduler, 1), Rest::Until(None));
    enter(&scheduler, 0, normal(0));

    assert_eq!((take(&scheduler, 0), scheduler.sleeper_to_wake()), (Some(0), None));
}

#[test]
fn a_core_does_not_lie_down_beside_work_of_another() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(0));

    assert_eq!(lie_down(&scheduler, 1), Rest::None);
    scheduler.get_up(1);
    assert_eq!(take(&scheduler, 1), Some(0));
}

#[test]
fn a_core_sleeps_until_the_time_of_the_tasks_that_it_parked() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(5));
    let taken = scheduler.take(1, 0).unwrap();
    scheduler.park(1, &taken, Park { at_ns: Some(100), events: 0 });

    assert_eq!(lie_down(&scheduler, 0), Rest::Until(None));
    assert_eq!(lie_down(&scheduler, 1), Rest::Until(Some(100)));
    scheduler.get_up(1);
    assert_eq!((take_at(&scheduler, 1, 99), take_at(&scheduler, 1, 100)), (None, Some(5)));
}

#[test]
fn an_event_that_came_during_the_turn_is_not_missed_by_parking() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(0));
    let taken = scheduler.take(0, 0).unwrap();

    scheduler.fire(INPUT);
    scheduler.park(0, &taken, parked(INPUT));

    let again = scheduler.take(0, 0).unwrap();
    assert_eq!(again.task.id, 0);
    scheduler.park(0, &again, parked(INPUT));
    assert_eq!(take(&scheduler, 0), None);
}

#[test]
fn an_event_wakes_those_who_wait_for_it_on_every_core() {
    let scheduler = Two::new();
    for core in 0..2 {
        enter(&scheduler, core, normal(core as TaskId));
    }
    for core in 0..2 {
        let taken = scheduler.take(core, 0).unwrap();
        scheduler.park(core, &taken, parked(INPUT));
    }

    assert!(scheduler.awaits(INPUT) && !scheduler.awaits(OUTPUT));
    scheduler.fire(INPUT);

    assert_eq!([take(&scheduler, 0), take(&scheduler, 1)], [Some(0), Some(1)]);
}

#[test]
fn what_one_may_use_up_goes_to_the_cores_in_turn() {
    let scheduler = Two::new();
    let park = |core, task| {
        enter(&scheduler, core, normal(task));
        let taken = scheduler.take(core, 0).unwrap();
        scheduler.park(core, &taken, parked(OUTPUT));
    };
    park(0, 0);
    park(0, 1);
    park(1, 2);

    let woken: Vec<_> = (0..3)
        .map(|_| {
            scheduler.fire_one(OUTPUT);
            take(&scheduler, 0).unwrap()
        })
        .collect();

    assert_eq!(woken, [0, 2, 1]);
    assert!(!scheduler.awaits(OUTPUT));
}

#[test]
fn it_is_empty_once_all_have_left_and_not_while_one_runs_or_waits() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(0));
    enter(&scheduler, 0, normal(1));
    let taken = scheduler.take(0, 0).unwrap();
    scheduler.park(0, &taken, Park::default());
    assert_eq!(take(&scheduler, 0), Some(1));

    assert!(!scheduler.leave());
    assert!(!scheduler.is_empty());
    assert!(scheduler.leave());
    assert!(scheduler.is_empty());
}

#[test]
fn a_core_takes_what_is_of_higher_priority_elsewhere_before_its_own() {
    let scheduler = Two::new();
    enter(&scheduler, 0, realtime(0));
    enter(&scheduler, 1, normal(1));

    assert_eq!(take(&scheduler, 1), Some(0));
    assert_eq!(take(&scheduler, 1), Some(1));
}

#[test]
fn a_core_with_two_less_of_a_priority_takes_one_and_leaves_what_is_lower() {
    let scheduler = Two::new();
    for id in 0..3 {
        enter(&scheduler, 0, realtime(id));
    }
    for id in 3..6 {
        enter(&scheduler, 0, normal(id));
    }
    enter(&scheduler, 1, realtime(6));

    assert_eq!([take(&scheduler, 1), take(&scheduler, 1)], [Some(0), Some(6)]);
    let loads: Vec<_> = scheduler.cores.iter().map(|core| core.load()).collect();
    assert_eq!([loads[0].all(Priority::Realtime), loads[0].all(Priority::Normal)], [2, 3]);
    assert!(loads[1].is_none());
}

/// The other core may be long at its turn.
#[test]
fn a_core_with_a_realtime_loop_takes_one_that_woke_elsewhere_at_the_end_of_its_turn() {
    let scheduler = Two::new();
    enter(&scheduler, 1, realtime(1));
    assert_eq!(take(&scheduler, 1), Some(1));

    enter(&scheduler, 0, realtime(0));
    scheduler.make_ready(1, realtime(1));

    assert_eq!([take(&scheduler, 1), take(&scheduler, 1)], [Some(0), Some(1)]);
}

#[test]
fn more_loops_of_a_priority_than_cores_all_have_their_turns() {
    const LOOPS: usize = 5;
    for priority in Priority::ALL {
        let scheduler = Two::new();
        let mut turns = [0; LOOPS];
        for id in 0..LOOPS {
            enter(&scheduler, 0, Task { priority, ..normal(id as TaskId) });
        }

        // Both cores always have a turn, and they end by turns.
        let mut running = [scheduler.take(0, 0).unwrap(), scheduler.take(1, 0).unwrap()];
        for turn in 0..100 * LOOPS {
            let core = turn % 2;
            turns[running[core].task.id as usize] += 1;
            scheduler.make_ready(core, running[core].task);
            running[core] = scheduler.take(core, 0).unwrap();
        }

        assert!(turns.iter().all(|&count| count >= 66), "{priority:?}: {turns:?}");
    }
}

#[test]
fn a_pinned_task_is_ready_on_its_core_alone_whoever_made_it_ready() {
    let scheduler = Two::new();
    enter(&scheduler, 0, pinned(0, 1));

    assert_eq!([take(&scheduler, 0), take(&scheduler, 1)], [None, Some(0)]);
}

#[test]
fn a_pinned_task_wakes_its_core_and_no_other() {
    let scheduler = Scheduler::<4>::new();
    for core in 1..4 {
        assert_eq!(lie_down(&scheduler, core), Rest::Until(None));
    }
    enter(&scheduler, 0, pinned(0, 2));

    assert_eq!(take(&scheduler, 0), None);
    assert_eq!([scheduler.sleeper_to_wake(), scheduler.sleeper_to_wake()], [Some(2), None]);
    assert_eq!(lie_down(&scheduler, 1), Rest::Until(None));
}

#[test]
fn background_is_not_starved_by_what_moves_in_from_another_core() {
    let scheduler = Two::new();
    enter(&scheduler, 0, Task { priority: Priority::Background, ..pinned(0, 0) });

    let had = (0..10 * BACKGROUND_ONE_IN).filter(|turn| {
        // What ran before waits, and another is ready on the other core.
        enter(&scheduler, 1, normal(1 + turn));
        let taken = scheduler.take(0, 0).unwrap();
        match taken.task.id {
            0 => scheduler.make_ready(0, taken.task),
            _ => scheduler.park(0, &taken, Park::default()),
        }
        taken.task.id == 0
    });

    assert!(had.count() >= 10);
}

#[test]
fn whoever_ends_its_turn_first_takes_a_task_that_another_core_parked_and_whose_time_has_come() {
    let scheduler = Two::new();
    enter(&scheduler, 0, realtime(7));
    let taken = scheduler.take(0, 0).unwrap();
    scheduler.park(0, &taken, Park { at_ns: Some(100), events: INPUT });
    enter(&scheduler, 1, normal(8));

    assert_eq!(take_at(&scheduler, 1, 99), Some(8));
    scheduler.make_ready(1, normal(8));
    assert_eq!(take_at(&scheduler, 1, 100), Some(7));
}

#[test]
fn a_core_does_not_lie_down_when_a_task_of_another_is_due() {
    let scheduler = Two::new();
    enter(&scheduler, 0, normal(0));
    let taken = scheduler.take(0, 0).unwrap();
    scheduler.park(0, &taken, Park { at_ns: Some(100), events: 0 });

    assert_eq!(scheduler.lie_down(1, || 99), Rest::Until(None));
    scheduler.get_up(1);
    assert_eq!(scheduler.lie_down(1, || 100), Rest::None);
}

#[test]
fn one_sleeper_looks_at_the_clock_for_a_core_that_is_at_its_turn() {
    let scheduler = Scheduler::<4>::new();
    lie_down(&scheduler, 0);
    lie_down(&scheduler, 2);

    // A core that sleeps looks itself.
    assert_eq!(scheduler.deputy(2), None);
    assert_eq!([scheduler.deputy(1), scheduler.deputy(1)], [Some(0), Some(2)]);
    assert_eq!(scheduler.deputy(1), None);
}

const CORES: usize = 4;
const TASKS: u32 = 64;
const TURNS: usize = 2000;

/// Far more than the test takes: only one that sleeps over its work waits so long.
const LIMIT: Duration = Duration::from_secs(60);

/// Cores that are threads, with `unpark` for an interrupt.
struct Machine {
    scheduler: Scheduler<CORES>,
    running: Vec<AtomicBool>,
    turns: Vec<AtomicUsize>,
    began: Instant,
}

impl Machine {
    fn now_ns(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    /// One core's life, until all tasks have left.
    fn run(&self, core: usize, threads: &[Thread]) {
        let mut steps = core;
        while !self.scheduler.is_empty() {
            assert!(self.began.elapsed() < LIMIT, "core {core} waits for work that there is");
            let taken = self.scheduler.take(core, self.now_ns());
            if let Some(sleeper) = self.scheduler.sleeper_to_wake() {
                threads[sleeper].unpark();
            }
            let Some(taken) = taken else {
                self.sleep(core);
                continue;
            };
            steps += 1;
            if self.turn(core, taken, steps) {
                threads.iter().for_each(Thread::unpark);
            }
        }
    }

    /// One turn, in which the task may fire an event; `true` if it was the last of all.
    fn turn(&self, core: usize, taken: Taken, step: usize) -> bool {
        let task = taken.task.id as usize;
        assert!(taken.task.core.is_none_or(|own| usize::from(own) == core), "{task} was moved");
        assert!(!self.running[task].swap(true, Ordering::SeqCst), "{task} runs on two cores");
        let turn = self.turns[task].fetch_add(1, Ordering::SeqCst) + 1;
        if step.is_multiple_of(3) {
            self.scheduler.fire(INPUT);
        }
        self.running[task].store(false, Ordering::SeqCst);

        // Task 0 never waits for an event, so there is always one who fires the next.
        match (turn, step % 4) {
            (TURNS.., _) => {
                // Nobody may be left to fire for those who still wait.
                self.scheduler.fire(INPUT);
                return self.scheduler.leave();
            }
            (_, 0) if task > 0 => self.scheduler.park(core, &taken, self.short_wait()),
            (_, 1) => self.scheduler.park_until(core, taken.task, self.now_ns() + 1000),
            _ => self.scheduler.make_ready(core, taken.task),
        }
        false
    }

    /// For an event, or a time that is long after the test would have ended without it.
    fn short_wait(&self) -> Park {
        Park { at_ns: Some(self.now_ns() + 1_000_000), events: INPUT }
    }

    fn sleep(&self, core: usize) {
        if let Rest::Until(at_ns) = self.scheduler.lie_down(core, || self.now_ns())
            && !self.scheduler.is_empty()
        {
            match at_ns {
                None => thread::park_timeout(LIMIT * 2),
                Some(at_ns) => {
                    thread::park_timeout(Duration::from_nanos(at_ns.saturating_sub(self.now_ns())));
                }
            }
        }
        self.scheduler.get_up(core);
    }
}

/// All priorities, and every fifth task pinned to one of the cores.
fn of_any_kind(id: TaskId) -> Task {
    let core = id.is_multiple_of(5).then_some((id / 5 % CORES as u32) as u8);
    Task { id, priority: Priority::ALL[id as usize % Priority::COUNT], core }
}

#[test]
fn cores_that_run_at_once_lose_no_task_and_run_none_twice() {
    let machine = Arc::new(Machine {
        scheduler: Scheduler::new(),
        running: (0..TASKS).map(|_| AtomicBool::new(false)).collect(),
        turns: (0..TASKS).map(|_| AtomicUsize::new(0)).collect(),
        began: Instant::now(),
    });
    for task in 0..TASKS {
        enter(&machine.scheduler, 0, of_any_kind(task));
    }

    let (start, started) = std::sync::mpsc::channel::<()>();
    let started = Arc::new(std::sync::Mutex::new(started));
    let threads: Arc<std::sync::OnceLock<Vec<Thread>>> = Arc::default();
    let handles: Vec<_> = (0..CORES)
        .map(|core| {
            let (machine, threads, started) =
                (Arc::clone(&machine), Arc::clone(&threads), Arc::clone(&started));
            thread::spawn(move || {
                // It ends once all threads are known.
                let _ = started.lock().unwrap().recv();
                machine.run(core, threads.get().unwrap());
            })
        })
        .collect();
    let known = handles.iter().map(|handle| handle.thread().clone()).collect();
    assert!(threads.set(known).is_ok());
    drop(start);
    handles.into_iter().for_each(|handle| handle.join().unwrap());

    let turns: Vec<_> = machine.turns.iter().map(|turns| turns.load(Ordering::SeqCst)).collect();
    assert!(turns.iter().all(|&count| count == TURNS), "{turns:?}");
}
