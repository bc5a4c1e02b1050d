//! A machine whose cores are threads of the host: one for each thread of a process.

use crate::app::{App, link};
use crate::host::{Host, now_ns};
use runtime::{End, Guest, Limits, Program, Turn, Until};
use service_threads::{Process, Start, Step, Tasks, Thread, Threads, Wake};
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Fuel of one turn: little, so that threads come and go often.
const TURN_FUEL: u64 = 5_000;

/// The task of each process's first thread.
const MAIN_TASK: u32 = 0;

const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 16,
    memory_pages_max: 16,
    table_elements_max: 10_000,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

/// The tasks of one process.
#[derive(Default)]
struct Cores {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Tasks so far, without the first.
    count: u32,
    /// Tasks that have a number.
    reserved: BTreeSet<u32>,
    /// Those that were woken since they last began a turn.
    woken: BTreeSet<u32>,
    running: Vec<JoinHandle<()>>,
}

/// Runs the module of the text `wat` in a process of so many threads at most.
pub fn run(wat: &str, threads_max: usize) -> End {
    run_wasm(&wat::parse_str(wat).expect("the text is a module"), threads_max)
}

/// Runs the module `wasm` in a process of so many threads at most, and says how it ended.
pub fn run_wasm(wasm: &[u8], threads_max: usize) -> End {
    run_within(wasm, threads_max, LIMITS)
}

/// The same within other limits.
pub fn run_within(wasm: &[u8], threads_max: usize, limits: Limits) -> End {
    let cores: &'static Cores = Box::leak(Box::default());
    let lowered = lower::lower(wasm, limits.memory_pages_max).expect("the module can be lowered");
    let program =
        Program::load(&lowered, false, &limits, &Host).expect("the program can be loaded");
    let start = Start {
        program: Arc::new(program),
        limits,
        threads_max,
        pool: &Host,
        clock: &Host,
        link: Box::new(link),
        find: App::threads,
        tasks: Box::leak(Box::new(cores)),
        main_task: MAIN_TASK,
    };
    let (process, main) =
        Process::start(start, || App { threads: runtime::State::Own(Threads::NONE) })
            .expect("the process can begin");

    cores.run_main(&process, main);
    while process.spawned_count() > 0 {
        cores.sleep(MAIN_TASK, Until::default());
    }
    cores.assert_is_idle();
    assert_eq!(Arc::strong_count(&process), 1, "what is left of a process keeps it alive");
    process.ending().expect("it has ended")
}

impl Cores {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics")
    }

    fn run_main(&self, process: &Process<App>, mut guest: Guest<App>) {
        loop {
            match process.turn(&mut guest, TURN_FUEL) {
                Turn::OutOfFuel => {}
                Turn::Parked(until) => self.sleep(MAIN_TASK, until),
                Turn::Ended(end) => return process.end(end),
            }
        }
    }

    fn run_thread(&self, task: u32, mut thread: Thread<App>) {
        loop {
            match thread.turn(TURN_FUEL) {
                Step::Ready => {}
                Step::Parked(until) => self.sleep(task, until),
                Step::Over => return thread.leave(),
            }
        }
    }

    /// Sleeps until then, or until the task was woken since its last sleep.
    fn sleep(&self, task: u32, until: Until) {
        let left = |at_ns: u64| Duration::from_nanos(at_ns.saturating_sub(now_ns()));
        let timeout = until.at_ns.map_or(Duration::from_secs(60), left);
        let is_asleep = |state: &mut State| !state.woken.contains(&task);
        let (mut state, _) =
            self.changed.wait_timeout_while(self.state(), timeout, is_asleep).expect("no panic");
        state.woken.remove(&task);
    }

    /// Waits for the threads of the host, and fails if a task is left.
    fn assert_is_idle(&self) {
        let running = std::mem::take(&mut self.state().running);
        running.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
        assert_eq!(self.state().reserved, BTreeSet::new());
    }
}

impl Tasks<App> for &'static Cores {
    fn reserve(&self) -> Option<u32> {
        let mut state = self.state();
        state.count += 1;
        let task = state.count;
        state.reserved.insert(task);
        Some(task)
    }

    fn start(&self, task: u32, thread: Thread<App>) {
        let cores = *self;
        let running = thread::spawn(move || cores.run_thread(task, thread));
        self.state().running.push(running);
    }

    fn release(&self, task: u32) {
        self.state().reserved.remove(&task);
    }
}

impl Wake for &'static Cores {
    fn wake(&self, task: u32) {
        self.state().woken.insert(task);
        self.changed.notify_all();
    }

    fn current(&self) -> u32 {
        unreachable!("nothing of these programs asks")
    }
}
