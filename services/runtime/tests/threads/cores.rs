//! One process whose threads run on threads of the host.

use crate::app::{App, NO_SEAT, NOT_EQUAL, TIMED_OUT, WOKEN, link};
use runtime::{
    End, Guest, Limits, LoadError, Outcome, Pool, Program, Seat, Thread, Turn, Until, Wait,
};
use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Fuel of one turn: little, so that threads come and go often.
const TURN_FUEL: u64 = 5_000;

pub const LIMITS: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 16,
    memory_pages_max: 16,
    table_elements_max: 10_000,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

pub struct Roomy;

impl Pool for Roomy {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

pub static ROOMY: Roomy = Roomy;

/// A program that runs.
pub struct Process {
    program: Program,
    began: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    free: Vec<Seat<App>>,
    spawned: Vec<JoinHandle<()>>,
    waiters: Vec<Waiter>,
    /// Threads and waits so far.
    count: i32,
    /// What was notified so far, so that no notification is missed between turn and sleep.
    notified: u64,
    end: Option<End>,
}

struct Waiter {
    key: u64,
    ticket: i32,
    is_woken: bool,
}

/// The program of the module `wasm`, lowered.
pub fn load(wasm: &[u8]) -> Result<Program, LoadError> {
    let lowered = lower::lower(wasm, LIMITS.memory_pages_max).expect("the module can be lowered");
    Program::load(&lowered, false, &LIMITS, &ROOMY)
}

/// Runs the module of the text `wat` in a process of so many seats.
pub fn run(wat: &str, seats: usize) -> End {
    run_wasm(&wat::parse_str(wat).expect("the text is a module"), seats)
}

/// Runs the module `wasm` in a process of so many seats, and says how it ended.
pub fn run_wasm(wasm: &[u8], seats: usize) -> End {
    let program = load(wasm).expect("the program can be loaded");
    let process = Arc::new(Process {
        program,
        began: Instant::now(),
        state: Mutex::default(),
        changed: Condvar::new(),
    });
    let app = || App { process: Arc::clone(&process) };
    let mut seats = Seat::make(&process.program, seats, &LIMITS, &ROOMY, app).expect("seats");
    let main = seats.pop().expect("one seat at least");
    process.state().free = seats;

    run_thread(&process, main, Thread::Main);
    // Nobody spawns once the process has ended, so these are all.
    let spawned = std::mem::take(&mut process.state().spawned);
    spawned.into_iter().for_each(|thread| thread.join().expect("no thread panics"));
    let mut state = process.state();
    state.free.clear();
    state.end.clone().expect("the main thread ends the process")
}

/// Runs one thread to its end, or to that of the process.
fn run_thread(process: &Arc<Process>, seat: Seat<App>, thread: Thread) {
    let mut guest =
        seat.take(&process.program, thread, &LIMITS, link).expect("the thread can begin");
    loop {
        let notified = process.state().notified;
        match guest.turn(TURN_FUEL) {
            Turn::OutOfFuel => {}
            Turn::Parked(until) => process.sleep(until, notified),
            Turn::Ended(end) => return process.thread_ended(guest, end, thread),
        }
        if process.state().end.is_some() {
            return;
        }
    }
}

impl Process {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no thread panics")
    }

    pub fn now_ns(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }

    /// Starts a thread of the guest, and gives its number.
    pub fn spawn(self: &Arc<Self>, argument: i32) -> i32 {
        let mut state = self.state();
        let Some(seat) = state.free.pop().filter(|_| state.end.is_none()) else { return NO_SEAT };
        state.count += 1;
        let id = state.count;
        let process = Arc::clone(self);
        state.spawned.push(thread::spawn(move || {
            run_thread(&process, seat, Thread::Spawned { id, argument });
        }));
        id
    }

    /// Waits at `key` if `is_expected`, which is asked while nobody can notify.
    pub fn wait(
        &self,
        key: u64,
        is_expected: impl FnOnce() -> bool,
        timeout_ns: Option<u64>,
    ) -> Outcome<App> {
        let mut state = self.state();
        if !is_expected() {
            return Outcome::Return(NOT_EQUAL);
        }
        state.count += 1;
        let ticket = state.count;
        state.waiters.push(Waiter { key, ticket, is_woken: false });
        let at_ns = timeout_ns.map(|timeout_ns| self.now_ns().saturating_add(timeout_ns));
        parked(ticket, at_ns)
    }

    /// Wakes so many who wait at `key`, those first who came first.
    pub fn notify(&self, key: u64, count: u32) -> i32 {
        let mut state = self.state();
        let waiting = state.waiters.iter_mut().filter(|waiter| waiter.key == key);
        let woken = waiting.filter(|waiter| !waiter.is_woken).take(count as usize);
        let woken = woken.map(|waiter| waiter.is_woken = true).count();
        state.notified += 1;
        self.changed.notify_all();
        woken as i32
    }

    /// What the wait `ticket` answers, if it is over.
    fn answer(&self, ticket: i32, at_ns: Option<u64>) -> Option<i32> {
        let mut state = self.state();
        let place = state.waiters.iter().position(|waiter| waiter.ticket == ticket)?;
        let is_late = at_ns.is_some_and(|at_ns| at_ns <= self.now_ns());
        let is_woken = state.waiters[place].is_woken;
        if !is_woken && !is_late {
            return None;
        }
        state.waiters.remove(place);
        Some(if is_woken { WOKEN } else { TIMED_OUT })
    }

    /// Sleeps until then, or until something was notified since `notified`, or the process ends.
    fn sleep(&self, until: Until, notified: u64) {
        let timeout = until.at_ns.map_or(Duration::MAX, |at_ns| {
            Duration::from_nanos(at_ns.saturating_sub(self.now_ns()))
        });
        let is_quiet = |state: &mut State| state.notified == notified && state.end.is_none();
        let state = self.state();
        if timeout == Duration::MAX {
            drop(self.changed.wait_while(state, is_quiet));
        } else {
            drop(self.changed.wait_timeout_while(state, timeout, is_quiet));
        }
    }

    /// A thread that returns leaves its seat; any other end is the end of all.
    fn thread_ended(&self, guest: Guest<App>, end: End, thread: Thread) {
        let mut state = self.state();
        if guest.has_returned() && thread != Thread::Main {
            state.free.extend(guest.leave_seat());
        } else {
            state.end.get_or_insert(end);
        }
        self.changed.notify_all();
    }
}

/// A wait that looks for its answer whenever it is resumed.
fn parked(ticket: i32, at_ns: Option<u64>) -> Outcome<App> {
    Outcome::Wait(Wait {
        until: Until { at_ns, ..Until::default() },
        resume: Box::new(move |_, app| {
            let answer = app.process.answer(ticket, at_ns);
            Ok(answer.map_or_else(|| parked(ticket, at_ns), Outcome::Return))
        }),
    })
}
