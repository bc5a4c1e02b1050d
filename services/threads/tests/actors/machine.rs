//! A machine on which one app may start another: each runs on a thread of the host.

use crate::host::{Host, now_ns};
use abi::Errno;
use abi::actors::ending;
use abi::wasi::WASI_SNAPSHOT_PREVIEW1;
use runtime::{
    Caller, End, Guest, Imports, Itself, Limits, LoadError, Outcome, Program, State, Turn, Until,
    call_without_memory,
};
use service_threads::Wake;
use service_threads::actors::{Actors, Birth, Ending, Request, Spawner};
use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How an app ended.
pub type Answer = Ending;

const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 16,
    memory_pages_max: 1,
    table_elements_max: 10,
    stack_bytes_max: 1 << 16,
    fuel_max: None,
};

thread_local! {
    static TASK: Cell<u32> = const { Cell::new(0) };
}

/// The state of an app.
struct App {
    actors: State<Actors>,
}

impl App {
    fn actors(&mut self) -> &mut State<Actors> {
        &mut self.actors
    }
}

/// What the two apps have in common.
struct Machine {
    child: String,
    state: Mutex<Shared>,
    changed: Condvar,
}

#[derive(Default)]
struct Shared {
    woken: BTreeSet<u32>,
    to_end: BTreeSet<u32>,
    running: Vec<JoinHandle<()>>,
}

/// Runs the program of the text `parent`, which may start the one of the text `child` as often as
/// it likes, and says how it ended.
pub fn run(parent: &str, child: &str) -> Answer {
    let machine: &'static Machine = Box::leak(Box::new(Machine {
        child: child.to_owned(),
        state: Mutex::default(),
        changed: Condvar::new(),
    }));
    let spawner: Arc<dyn Spawner> = Arc::new(machine);
    let answer = machine.live(0, parent, Actors::new(machine, &Host, Some(spawner), None));
    let running = std::mem::take(&mut machine.state().running);
    running.into_iter().for_each(|thread| thread.join().expect("no app panics"));
    answer
}

impl Machine {
    fn state(&self) -> MutexGuard<'_, Shared> {
        self.state.lock().expect("no app panics")
    }

    /// The life of the task `task`.
    fn live(&self, task: u32, text: &str, actors: Actors) -> Answer {
        TASK.set(task);
        let wasm = wat::parse_str(text).expect("the text is a module");
        let program = Program::load(&wasm, false, &LIMITS, &Host).expect("it is a program");
        let app = App { actors: State::Own(actors) };
        let mut guest = Guest::new(&program, app, &LIMITS, &Host, link).expect("it can start");
        loop {
            if self.state().to_end.contains(&task) {
                return Ending { how: ending::KILLED, code: 0 };
            }
            match guest.turn(1_000) {
                Turn::OutOfFuel => {}
                Turn::Parked(until) => self.sleep(task, until),
                Turn::Ended(End::Exit(code)) => return Ending { how: ending::EXITED, code },
                Turn::Ended(end) => panic!("{end}"),
            }
        }
    }

    fn sleep(&self, task: u32, until: Until) {
        let left = |at_ns: u64| Duration::from_nanos(at_ns.saturating_sub(now_ns()));
        let timeout = until.at_ns.map_or(Duration::from_secs(60), left);
        let is_asleep = |state: &mut Shared| !state.woken.remove(&task);
        drop(self.changed.wait_timeout_while(self.state(), timeout, is_asleep));
    }
}

impl Wake for Machine {
    fn wake(&self, task: u32) {
        self.state().woken.insert(task);
        self.changed.notify_all();
    }

    fn current(&self) -> u32 {
        TASK.get()
    }
}

impl Spawner for &'static Machine {
    fn spawn(&self, request: Request, birth: Birth) -> Result<u32, Errno> {
        if request.name != "child" {
            return Err(Errno::Access);
        }
        let machine = *self;
        let mut state = self.state();
        let task = state.running.len() as u32 + 1;
        state.running.push(thread::spawn(move || {
            let actors = Actors::new(machine, &Host, None, Some(birth.side));
            birth.teller.tell(machine.live(task, &machine.child, actors));
        }));
        Ok(task)
    }

    fn end(&self, task: u32) {
        self.state().to_end.insert(task);
        self.wake(task);
    }
}

fn link(imports: &mut Imports<'_, App>) -> Result<(), LoadError> {
    service_threads::actors::link(imports, App::actors)?;
    imports.offer(WASI_SNAPSHOT_PREVIEW1, "proc_exit", |mut caller: Caller<'_, App>, code: u32| {
        call_without_memory(&mut caller, Itself, |_| Ok(Outcome::Exit(code))).map(|_| ())
    })
}
