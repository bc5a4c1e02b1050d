//! What the tests have in common: an app with a few host calls, and pools.

use abi::Errno;
use runtime::{
    Caller, End, Guest, GuestMemory, Imports, Itself, Limits, LoadError, Outcome, Pool, Program,
    Turn, Until, Wait, call,
};

/// Fuel that is more than any of these guests needs.
pub const PLENTY: u64 = 1_000_000_000;

/// Limits that are wider than any of these guests needs.
pub const WIDE: Limits = Limits {
    module_bytes_max: 1 << 20,
    function_bytes_max: 1 << 16,
    memory_pages_max: 16,
    table_elements_max: 10_000,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

/// A machine with memory enough.
pub static ROOMY: Roomy = Roomy;

pub struct Roomy;

impl Pool for Roomy {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// A machine that can give so many bytes at once.
pub struct AtMost(pub usize);

impl Pool for AtMost {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= self.0
    }
}

/// Whether there may be a tail call in `wasm`: none is without the opcode of `return_call` or
/// `return_call_indirect`, though other instructions have these bytes too.
fn may_tail_call(wasm: &[u8]) -> bool {
    wasm.iter().any(|byte| [0x12, 0x13].contains(byte))
}

/// The state of an app in these tests.
#[derive(Default)]
pub struct App {
    /// What the guest passed to `log`.
    pub logged: Vec<i32>,
    /// What `wait` answers when it has waited.
    pub answer: i32,
    /// How often `wait` waits yet again.
    pub more_waits: u32,
    /// Held by each wait, so that its end can be seen.
    pub held: std::sync::Arc<()>,
}

/// A wait that ends with the answer that the app has by then, and writes it to address 64.
fn wait(app: &App) -> Outcome<App> {
    let held = app.held.clone();
    Outcome::Wait(Wait {
        until: Until { at_ns: Some(7), ..Until::default() },
        resume: Box::new(move |memory, app| {
            let _held = held;
            if app.more_waits > 0 {
                app.more_waits -= 1;
                return Ok(wait(app));
            }
            memory.write(64, &app.answer.to_le_bytes())?;
            Ok(Outcome::Return(app.answer))
        }),
    })
}

/// Offers the calls of [`IMPORTS`].
pub fn link(imports: &mut Imports<'_, App>) -> Result<(), LoadError> {
    type C<'a> = Caller<'a, App>;
    imports.offer("env", "log", |mut caller: C<'_>, value: i32| {
        caller.data_mut().app.logged.push(value);
    })?;
    imports.offer("env", "wait", |mut caller: C<'_>| {
        call(&mut caller, Itself, |_, app| Ok(wait(app)))
    })?;
    imports.offer("env", "wait_silently", |mut caller: C<'_>| {
        call(&mut caller, Itself, |_, app| Ok(wait(app))).map(|_| ())
    })?;
    imports.offer("env", "wait_then_fault", |mut caller: C<'_>| {
        call(&mut caller, Itself, |_, _| Ok(resume_with(|| Err(Errno::Fault))))
    })?;
    imports.offer("env", "wait_then_exit", |mut caller: C<'_>| {
        call(&mut caller, Itself, |_, _| Ok(resume_with(|| Ok(Outcome::Exit(4)))))
    })?;
    imports.offer("env", "exit", |mut caller: C<'_>, code: u32| {
        call(&mut caller, Itself, |_, _| Ok(Outcome::Exit(code))).map(|_| ())
    })?;
    imports.offer("env", "read", |mut caller: C<'_>, at: u32, length_bytes: u32| {
        call(&mut caller, Itself, |memory, _| read(memory, at, length_bytes))
    })?;
    imports.offer("env", "fail", |_: C<'_>| -> Result<i32, wasmi::Error> {
        Err(wasmi::Error::new("the disk is on fire"))
    })
}

fn read(memory: &mut GuestMemory<'_>, at: u32, length_bytes: u32) -> Result<(), Errno> {
    memory.slice(at, length_bytes).map(|_| ())
}

fn resume_with(then: fn() -> Result<Outcome<App>, Errno>) -> Outcome<App> {
    Outcome::Wait(Wait { until: Until::NEXT_TURN, resume: Box::new(move |_, _| then()) })
}

/// The host calls of these tests, for modules in the text format.
pub const IMPORTS: &str = r#"
    (import "env" "log" (func $log (param i32)))
    (import "env" "wait" (func $wait (result i32)))
    (import "env" "wait_silently" (func $wait_silently))
    (import "env" "wait_then_fault" (func $wait_then_fault (result i32)))
    (import "env" "wait_then_exit" (func $wait_then_exit (result i32)))
    (import "env" "exit" (func $exit (param i32)))
    (import "env" "read" (func $read (param i32 i32) (result i32)))
    (import "env" "fail" (func $fail (result i32)))
"#;

/// A module with all imports of `link`, one page of memory and `body`.
pub fn module(body: &str) -> Vec<u8> {
    let memory = r#"(memory (export "memory") 1 16)"#;
    wat::parse_str(format!("(module {IMPORTS} {memory} {body})")).unwrap()
}

/// A module whose `_start` is `code`.
pub fn start(code: &str) -> Vec<u8> {
    module(&format!(r#"(func (export "_start") {code})"#))
}

pub fn load(wasm: &[u8], limits: &Limits) -> Result<Guest<App>, LoadError> {
    load_from(wasm, limits, &ROOMY)
}

pub fn load_from(
    wasm: &[u8],
    limits: &Limits,
    pool: &'static dyn Pool,
) -> Result<Guest<App>, LoadError> {
    let program = Program::load(wasm, may_tail_call(wasm), limits, pool)?;
    Guest::new(&program, App::default(), limits, pool, link)
}

pub fn guest(wasm: &[u8]) -> Guest<App> {
    load(wasm, &WIDE).unwrap()
}

/// Gives `guest` turns of `fuel` until it ends; waits are over at once.
pub fn run(guest: &mut Guest<App>, fuel: u64) -> End {
    for _ in 0..1_000_000 {
        if let Turn::Ended(end) = guest.turn(fuel) {
            return end;
        }
    }
    panic!("the guest has not ended after a million turns");
}

/// Runs `_start` with `code` to its end.
pub fn run_start(code: &str) -> (End, Vec<i32>) {
    let mut guest = guest(&start(code));
    let end = run(&mut guest, PLENTY);
    (end, std::mem::take(&mut guest.app_mut().logged))
}
