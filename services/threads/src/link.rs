//! The list of calls: spawning a thread, and waiting at an address.

use crate::Threads;
use crate::thread::Taken;
use abi::Errno;
use abi::threads::{THREAD_SPAWN, WASI};
use abi::wasi::Call;
use alloc::boxed::Box;
use runtime::{
    Caller, Events, Find, Futex, Imports, LoadError, Outcome, Until, Wait, call_without_memory,
    offer_atomics, offer_waits, waited,
};

/// What `thread-spawn` answers if there can be no further thread (wasi-threads: less than 0).
const NO_THREAD: i32 = -1;

/// Offers a program with threads what it imports for them; `state` finds an app's [`Threads`] in
/// the app. A program that shares no memory is offered nothing.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the program imports a call with another type.
pub fn link<T: Send + 'static>(
    imports: &mut Imports<'_, T>,
    state: impl Find<T, Threads<T>>,
) -> Result<(), LoadError> {
    offer_atomics(imports)?;
    offer_waits(imports, state)?;
    let spawn = move |caller: &mut Caller<'_, T>, args: &[u64]| {
        let argument = args.first().map_or(0, |argument| *argument as i32);
        let id = call_without_memory(caller, state, |threads| {
            let id = threads.seat()?.process.spawn(argument);
            Ok(Outcome::Return(id.unwrap_or(NO_THREAD)))
        });
        id.map(|id| id as u64)
    };
    let Call { name, params, results } = *THREAD_SPAWN;
    imports.offer_any(WASI, name, (params, results), Box::new(spawn))
}

impl<T: 'static> Threads<T> {
    fn seat(&self) -> Result<&Taken<T>, Errno> {
        self.seat.as_ref().ok_or(Errno::NoSys)
    }
}

impl<T: Send + 'static> Futex for Threads<T> {
    fn wait(
        &mut self,
        address: u64,
        is_expected: &dyn Fn() -> bool,
        timeout_ns: Option<u64>,
    ) -> Result<Outcome<Self>, Errno> {
        let Taken { process, task } = self.seat()?;
        if !process.futexes.wait(address, *task, is_expected) {
            return Ok(Outcome::Return(waited::NOT_EQUAL));
        }
        let at_ns = timeout_ns.map(|timeout_ns| process.now_ns().saturating_add(timeout_ns));
        Ok(parked(at_ns))
    }

    fn notify(&mut self, address: u64, count: u32) -> u32 {
        let Some(Taken { process, .. }) = &self.seat else { return 0 };
        process.futexes.notify(address, count, |task| process.wake(task))
    }
}

/// Parked until `at_ns`, or until the task is notified and woken.
fn parked<T: Send + 'static>(at_ns: Option<u64>) -> Outcome<Threads<T>> {
    let resume = move |_: &mut runtime::GuestMemory<'_>, threads: &mut Threads<T>| {
        let Taken { process, task } = threads.seat()?;
        let is_late = || at_ns.is_some_and(|at_ns| at_ns <= process.now_ns());
        Ok(match process.futexes.outcome(*task, is_late) {
            Some(outcome) => Outcome::Return(outcome),
            None => parked(at_ns),
        })
    };
    Outcome::Wait(Wait { until: Until { at_ns, events: Events::WAKE }, resume: Box::new(resume) })
}
