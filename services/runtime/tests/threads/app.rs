//! The app of these tests: the calls that wait, spawn and exit, as simple as they can be.

use crate::cores::Process;
use abi::threads::{MODULE, Place, names};
use abi::wasi::WASI_SNAPSHOT_PREVIEW1;
use runtime::{
    Caller, Imports, LoadError, Outcome, SharedMemory, Until, Wait, call, call_without_memory,
    offer_atomics,
};
use std::sync::Arc;

/// What a wait answers (the proposal's `memory.atomic.wait`).
pub const WOKEN: i32 = 0;
pub const NOT_EQUAL: i32 = 1;
pub const TIMED_OUT: i32 = 2;

/// What `thread-spawn` answers when there is no seat.
pub const NO_SEAT: i32 = -1;

/// The state of a thread.
pub struct App {
    pub process: Arc<Process>,
}

fn itself(app: &mut App) -> &mut App {
    app
}

/// Offers all that these programs import.
pub fn link(imports: &mut Imports<'_, App>) -> Result<(), LoadError> {
    offer_atomics(imports)?;
    imports.offer(MODULE, names::WAIT32, wait::<u32>)?;
    imports.offer(MODULE, names::WAIT64, wait::<u64>)?;
    imports.offer(MODULE, names::NOTIFY, notify)?;
    imports.offer("wasi", "thread-spawn", |mut caller: Caller<'_, App>, argument: i32| {
        call_without_memory(&mut caller, itself, |app| {
            Ok(Outcome::Return(app.process.spawn(argument)))
        })
    })?;
    imports.offer(
        WASI_SNAPSHOT_PREVIEW1,
        "proc_exit",
        |mut caller: Caller<'_, App>, code: u32| {
            call_without_memory(&mut caller, itself, |_| Ok(Outcome::Exit(code))).map(|_| ())
        },
    )?;
    imports.offer(WASI_SNAPSHOT_PREVIEW1, "fd_read", fd_read)?;
    imports.offer(WASI_SNAPSHOT_PREVIEW1, "poll_oneoff", poll_oneoff)
}

/// The memory that the guest shares, and where in it the call is about.
fn place<'a>(
    caller: &'a Caller<'_, App>,
    at: u32,
    place: Place,
) -> Result<(&'a Arc<SharedMemory>, u64), wasmi::Error> {
    let shared = caller.data().shared().expect("only a guest in a seat has these calls");
    Ok((shared, shared.check(at, place)?))
}

fn wait<N: Into<u64>>(
    mut caller: Caller<'_, App>,
    at: u32,
    expected: N,
    timeout_ns: i64,
    encoded: u64,
) -> Result<i32, wasmi::Error> {
    let access = Place::decode(encoded);
    let (shared, key) = place(&caller, at, access)?;
    if access.unshared {
        return Err(wasmi::Error::new("expected shared memory"));
    }
    let shared = Arc::clone(shared);
    let is_expected = move || shared.load(at, access) == Ok(expected.into());
    call_without_memory(&mut caller, itself, |app| {
        Ok(app.process.wait(key, is_expected, u64::try_from(timeout_ns).ok()))
    })
}

fn notify(
    mut caller: Caller<'_, App>,
    at: u32,
    count: u32,
    encoded: u64,
) -> Result<i32, wasmi::Error> {
    let (_, key) = place(&caller, at, Place::decode(encoded))?;
    call_without_memory(&mut caller, itself, |app| {
        Ok(Outcome::Return(app.process.notify(key, count)))
    })
}

/// Standard input is silent.
fn fd_read(
    mut caller: Caller<'_, App>,
    _descriptor: u32,
    _vectors: u32,
    _count: u32,
    _read: u32,
) -> Result<i32, wasmi::Error> {
    call_without_memory(&mut caller, itself, |_| Ok(forever()))
}

fn forever() -> Outcome<App> {
    let resume = Box::new(|_: &mut runtime::GuestMemory<'_>, _: &mut App| Ok(forever()));
    Outcome::Wait(Wait { until: Until::default(), resume })
}

/// Waits for the one clock that is subscribed to; its timeout is 24 bytes in.
fn poll_oneoff(
    mut caller: Caller<'_, App>,
    subscriptions: u32,
    _events: u32,
    _count: u32,
    _written: u32,
) -> Result<i32, wasmi::Error> {
    call(&mut caller, itself, |memory, app| {
        let timeout_ns = u64::from_le_bytes(memory.read(subscriptions + 24)?);
        let until = Until { at_ns: Some(app.process.now_ns() + timeout_ns), ..Until::default() };
        Ok(Outcome::Wait(Wait { until, resume: Box::new(|_, _| Ok(Outcome::Return(0))) }))
    })
}
