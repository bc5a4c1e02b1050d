//! The host calls that stand for atomic instructions, and for a shared memory's size.
//!
//! The waiting ones, `wait32`, `wait64` and `notify`, are for a service that parks guests, see
//! [`Futex`].

use crate::{
    AnyFunction, Caller, Find, Host, Imports, LoadError, Outcome, SharedMemory,
    call::{CALL_FUEL, call_without_memory, pay_without_leaving},
    shared::AccessError,
};
use abi::{
    Errno,
    threads::{self, MODULE, Place, names},
};
use alloc::{boxed::Box, sync::Arc};
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

/// What an instruction does, given its operands and what stands in it; see [`names`].
type Access = fn(&SharedMemory, &[u64]) -> Result<u64, AccessError>;

/// Each instruction that does not wait.
const ACCESSES: [(&str, Access); 11] = [
    (names::LOAD32, load),
    (names::LOAD64, load),
    (names::STORE32, store),
    (names::STORE64, store),
    (names::UPDATE32, update),
    (names::UPDATE64, update),
    (names::COMPARE32, compare_exchange),
    (names::COMPARE64, compare_exchange),
    (names::FENCE, |_, _| {
        fence(Ordering::SeqCst);
        Ok(0)
    }),
    (names::SIZE, |memory, _| Ok(memory.pages().into())),
    (names::GROW, grow),
];

fn load(memory: &SharedMemory, operands: &[u64]) -> Result<u64, AccessError> {
    let &[at, place] = operands else { return Err(AccessError::OutOfBounds) };
    memory.load(at as u32, Place::decode(place))
}

fn store(memory: &SharedMemory, operands: &[u64]) -> Result<u64, AccessError> {
    let &[at, value, place] = operands else { return Err(AccessError::OutOfBounds) };
    memory.store(at as u32, Place::decode(place), value).map(|()| 0)
}

fn update(memory: &SharedMemory, operands: &[u64]) -> Result<u64, AccessError> {
    let &[at, operand, place] = operands else { return Err(AccessError::OutOfBounds) };
    memory.update(at as u32, Place::decode(place), operand)
}

fn compare_exchange(memory: &SharedMemory, operands: &[u64]) -> Result<u64, AccessError> {
    let &[at, expected, new, place] = operands else { return Err(AccessError::OutOfBounds) };
    memory.compare_exchange(at as u32, Place::decode(place), expected, new)
}

fn grow(memory: &SharedMemory, operands: &[u64]) -> Result<u64, AccessError> {
    let &[pages] = operands else { return Err(AccessError::OutOfBounds) };
    Ok(memory.grow(pages as u32).unwrap_or(u32::MAX).into())
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
    for (name, access) in ACCESSES {
        let shared = Arc::clone(&shared);
        let function = move |caller: &mut Caller<'_, T>, operands: &[u64]| {
            pay_without_leaving(caller, CALL_FUEL);
            Ok(access(&shared, operands)?)
        };
        offer(imports, name, Box::new(function))?;
    }
    offer_update32(imports, shared)
}

/// Offers that instruction once more by a function of its own type, which is faster: it is what
/// counters and locks are made of.
fn offer_update32<T: 'static>(
    imports: &mut Imports<'_, T>,
    shared: Arc<SharedMemory>,
) -> Result<(), LoadError> {
    let update = move |mut caller: Caller<'_, T>, at: u32, operand: u32, place: u64| {
        pay_without_leaving(&mut caller, CALL_FUEL);
        let old = shared.update(at, Place::decode(place), operand.into())?;
        Ok::<_, Error>(old as u32)
    };
    imports.offer(MODULE, names::UPDATE32, update)
}

/// Offers a call of [`threads::CALLS`].
fn offer<T: 'static>(
    imports: &mut Imports<'_, T>,
    name: &str,
    function: AnyFunction<T>,
) -> Result<(), LoadError> {
    let Some(call) = threads::find(MODULE, name) else { return Ok(()) };
    imports.offer_any(MODULE, name, (call.params, call.results), function)
}

/// What `memory.atomic.wait` answers (*Threading proposal*, "Wait").
pub mod waited {
    /// Somebody notified.
    pub const WOKEN: i32 = 0;
    /// The value was another.
    pub const NOT_EQUAL: i32 = 1;
    /// Nobody notified in time.
    pub const TIMED_OUT: i32 = 2;
}

/// What parks guests at addresses, for [`offer_waits`].
pub trait Futex: Sized + 'static {
    /// Lets the guest wait at `address`, unless `is_expected` denies that the value there is the
    /// one that it expects: that is asked where nobody can notify at the same time. Without a
    /// timeout it waits for ever. The outcome is one of [`waited`].
    ///
    /// # Errors
    ///
    /// What the service cannot do; the guest gets the number.
    fn wait(
        &mut self,
        address: u64,
        is_expected: &dyn Fn() -> bool,
        timeout_ns: Option<u64>,
    ) -> Result<Outcome<Self>, Errno>;

    /// Wakes at most `count` guests that wait at `address`, and gives how many it were.
    fn notify(&mut self, address: u64, count: u32) -> u32;
}

/// Offers waiting at an address of the memory that the guest shares, and waking who waits there.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the module was not lowered by this project.
pub fn offer_waits<T: 'static, S: Futex>(
    imports: &mut Imports<'_, T>,
    state: impl Find<T, S>,
) -> Result<(), LoadError> {
    for name in [names::WAIT32, names::WAIT64] {
        offer(imports, name, Box::new(move |caller, operands| wait(caller, state, operands)))?;
    }
    let notify = move |caller: &mut Caller<'_, T>, operands: &[u64]| {
        let &[at, count, place] = operands else { return Err(TrapCode::MemoryOutOfBounds.into()) };
        let (_, address) = locate(caller, at, place)?;
        let woken = call_without_memory(caller, state, |futex| {
            Ok(Outcome::Return(futex.notify(address, count as u32) as i32))
        });
        woken.map(|woken| woken as u64)
    };
    offer(imports, names::NOTIFY, Box::new(notify))
}

fn wait<T: 'static, S: Futex>(
    caller: &mut Caller<'_, T>,
    state: impl Find<T, S>,
    operands: &[u64],
) -> Result<u64, Error> {
    let &[at, expected, timeout_ns, place] = operands else {
        return Err(TrapCode::MemoryOutOfBounds.into());
    };
    let (shared, address) = locate(caller, at, place)?;
    let place = Place::decode(place);
    if place.unshared {
        return Err(Error::new("expected shared memory"));
    }
    let is_expected = || shared.load(at as u32, place) == Ok(expected);
    let answer = call_without_memory(caller, state, |futex| {
        futex.wait(address, &is_expected, u64::try_from(timeout_ns as i64).ok())
    });
    answer.map(|answer| answer as u64)
}

/// The memory that the guest shares, and where in it the call is about.
fn locate<T>(
    caller: &Caller<'_, T>,
    at: u64,
    place: u64,
) -> Result<(Arc<SharedMemory>, u64), Error> {
    // A guest without is offered none of these calls, so the words do not matter.
    let shared = caller.data().shared().ok_or(TrapCode::MemoryOutOfBounds)?;
    Ok((Arc::clone(shared), shared.check(at as u32, Place::decode(place))?))
}

impl<T> Host<T> {
    /// The memory that the guest shares with other threads; `None` if it is alone.
    pub fn shared(&self) -> Option<&Arc<SharedMemory>> {
        self.shared.as_ref()
    }
}
