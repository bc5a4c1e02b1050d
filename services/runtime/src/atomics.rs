//! The host calls that stand for atomic instructions, and for a shared memory's size.
//!
//! The waiting ones, `wait32`, `wait64` and `notify`, are for a service that parks guests; it
//! finds the memory through [`Host::shared`].

use crate::{
    Caller, Host, Imports, LoadError, SharedMemory,
    call::{CALL_FUEL, pay_without_leaving},
    shared::AccessError,
};
use abi::threads::{MODULE, Place, names};
use alloc::sync::Arc;
use core::sync::atomic::{Ordering, fence};
use wasmi::{Error, TrapCode};

impl From<AccessError> for Error {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::OutOfBounds => TrapCode::MemoryOutOfBounds.into(),
            AccessError::Unaligned => Self::new("unaligned atomic"),
        }
    }
}

/// Offers atomic access to the memory that the guest shares, and that memory itself. A guest
/// that shares none is offered nothing.
///
/// Each call costs fuel as any host call does. It never ends the turn by itself, so between two
/// looks at the fuel a guest can make as many calls as fit into one block of a function, of 4
/// bytes each at least.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the module was not lowered by this project.
pub fn offer_atomics<T: 'static>(imports: &mut Imports<'_, T>) -> Result<(), LoadError> {
    let Some(shared) = imports.share_memory() else { return Ok(()) };
    offer_loads(imports, &shared)?;
    offer_stores(imports, &shared)?;
    offer_updates(imports, &shared)?;
    offer_exchanges(imports, &shared)?;
    offer_sizes(imports, &shared)
}

fn offer_loads<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: &Arc<SharedMemory>,
) -> Result<(), LoadError> {
    let memory = Arc::clone(shared);
    imports.offer(MODULE, names::LOAD32, move |caller: Caller<'_, T>, at: u32, place: u64| {
        paid(caller, memory.load(at, Place::decode(place)).map(|value| value as u32))
    })?;
    let memory = Arc::clone(shared);
    imports.offer(MODULE, names::LOAD64, move |caller: Caller<'_, T>, at: u32, place: u64| {
        paid(caller, memory.load(at, Place::decode(place)))
    })
}

fn offer_stores<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: &Arc<SharedMemory>,
) -> Result<(), LoadError> {
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::STORE32,
        move |caller: Caller<'_, T>, at: u32, value: u32, place: u64| {
            paid(caller, memory.store(at, Place::decode(place), value.into()))
        },
    )?;
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::STORE64,
        move |caller: Caller<'_, T>, at: u32, value: u64, place: u64| {
            paid(caller, memory.store(at, Place::decode(place), value))
        },
    )
}

fn offer_updates<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: &Arc<SharedMemory>,
) -> Result<(), LoadError> {
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::UPDATE32,
        move |caller: Caller<'_, T>, at: u32, operand: u32, place: u64| {
            let old = memory.update(at, Place::decode(place), operand.into());
            paid(caller, old.map(|old| old as u32))
        },
    )?;
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::UPDATE64,
        move |caller: Caller<'_, T>, at: u32, operand: u64, place: u64| {
            paid(caller, memory.update(at, Place::decode(place), operand))
        },
    )
}

fn offer_exchanges<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: &Arc<SharedMemory>,
) -> Result<(), LoadError> {
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::COMPARE32,
        move |caller: Caller<'_, T>, at: u32, expected: u32, new: u32, place: u64| {
            let place = Place::decode(place);
            let old = memory.compare_exchange(at, place, expected.into(), new.into());
            paid(caller, old.map(|old| old as u32))
        },
    )?;
    let memory = Arc::clone(shared);
    imports.offer(
        MODULE,
        names::COMPARE64,
        move |caller: Caller<'_, T>, at: u32, expected: u64, new: u64, place: u64| {
            paid(caller, memory.compare_exchange(at, Place::decode(place), expected, new))
        },
    )
}

fn offer_sizes<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: &Arc<SharedMemory>,
) -> Result<(), LoadError> {
    imports.offer(MODULE, names::FENCE, |caller: Caller<'_, T>| {
        fence(Ordering::SeqCst);
        paid(caller, Ok(()))
    })?;
    let memory = Arc::clone(shared);
    imports.offer(MODULE, names::SIZE, move |caller: Caller<'_, T>| {
        paid(caller, Ok(memory.pages()))
    })?;
    let memory = Arc::clone(shared);
    imports.offer(MODULE, names::GROW, move |caller: Caller<'_, T>, pages: u32| {
        paid(caller, Ok(memory.grow(pages).unwrap_or(u32::MAX)))
    })
}

/// What the host function returns, when the guest has paid for the call.
#[inline(always)]
fn paid<T: 'static, R>(
    mut caller: Caller<'_, T>,
    answer: Result<R, AccessError>,
) -> Result<R, Error> {
    pay_without_leaving(&mut caller, CALL_FUEL);
    Ok(answer?)
}

impl<T> Host<T> {
    /// The memory that the guest shares with other threads; `None` if it is alone.
    pub fn shared(&self) -> Option<&Arc<SharedMemory>> {
        self.shared.as_ref()
    }
}
