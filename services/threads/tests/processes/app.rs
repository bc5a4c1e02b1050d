//! The app of these tests: beside threads a little of WASI, as simple as it can be.

use crate::host::now_ns;
use abi::wasi::WASI_SNAPSHOT_PREVIEW1;
use runtime::{
    Caller, GuestMemory, Imports, Itself, LoadError, Outcome, State, Until, Wait, call,
    call_without_memory,
};
use service_threads::Threads;

/// The state of a thread.
pub struct App {
    pub threads: State<Threads<App>>,
}

impl App {
    pub fn threads(&mut self) -> &mut State<Threads<Self>> {
        &mut self.threads
    }
}

/// Offers all that these programs import.
pub fn link(imports: &mut Imports<'_, App>) -> Result<(), LoadError> {
    service_threads::link(imports, App::threads)?;
    imports.offer(
        WASI_SNAPSHOT_PREVIEW1,
        "proc_exit",
        |mut caller: Caller<'_, App>, code: u32| {
            call_without_memory(&mut caller, Itself, |_| Ok(Outcome::Exit(code))).map(|_| ())
        },
    )?;
    imports.offer(WASI_SNAPSHOT_PREVIEW1, "fd_read", fd_read)?;
    imports.offer(WASI_SNAPSHOT_PREVIEW1, "poll_oneoff", poll_oneoff)
}

/// Standard input is silent.
fn fd_read(
    mut caller: Caller<'_, App>,
    _descriptor: u32,
    _vectors: u32,
    _count: u32,
    _read: u32,
) -> Result<i32, wasmi::Error> {
    call_without_memory(&mut caller, Itself, |_| Ok(forever()))
}

fn forever() -> Outcome<App> {
    let resume = Box::new(|_: &mut GuestMemory<'_>, _: &mut App| Ok(forever()));
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
    call(&mut caller, Itself, |memory, _| {
        let timeout_ns = u64::from_le_bytes(memory.read(subscriptions + 24)?);
        let until = Until { at_ns: Some(now_ns() + timeout_ns), ..Until::default() };
        Ok(Outcome::Wait(Wait { until, resume: Box::new(|_, _| Ok(Outcome::Return(0))) }))
    })
}
