//! What a host call may answer: at once, later, or never again.

use crate::{Find, GuestMemory, SharedMemory, limits::Limiter};
use abi::Errno;
use alloc::{boxed::Box, sync::Arc};
use core::ops::BitOr;
use wasmi::{Error, Memory};

/// Fuel that a host call costs beside the memory that it touches: leaving and entering Wasm
/// takes about as long as so many plain instructions.
pub(crate) const CALL_FUEL: u64 = 32;

/// Fuel for host calls that a guest may owe until the end of its turn. To take it from the
/// interpreter's count at each call would make an empty one half as long again.
const OWED_FUEL_MAX: u64 = 4096;

/// Bytes that a host call touches for one unit of fuel.
pub(crate) const TOUCHED_BYTES_PER_FUEL: u64 = 8;

/// What a store holds beside the guest: the app's own state and the runtime's.
pub struct Host<T> {
    /// The app as its services see it.
    pub app: T,
    /// What the guest that called waits for, until its turn has ended.
    pub(crate) pending: Option<Wait<T>>,
    /// The code with which the guest asked to end.
    pub(crate) exit: Option<u32>,
    /// The guest's exported memory, or the one that it shares.
    pub(crate) memory: Option<Memory>,
    /// What `memory` consists of, if other threads have it too. It must stay here as long as the
    /// store does, see [`crate::shared`].
    pub(crate) shared: Option<Arc<SharedMemory>>,
    /// Fuel for host calls that is not paid yet; the turn's end settles it.
    pub(crate) owed_fuel: u64,
    pub(crate) limiter: Limiter,
}

impl<T> Host<T> {
    pub(crate) fn new(app: T, limiter: Limiter) -> Self {
        Self { app, pending: None, exit: None, memory: None, shared: None, owed_fuel: 0, limiter }
    }

    /// Makes `memory`, which consists of `shared`, the guest's memory.
    pub(crate) fn share(&mut self, memory: Memory, shared: Arc<SharedMemory>) {
        self.memory = Some(memory);
        self.shared = Some(shared);
    }

    /// Takes note that the instance is there, with this exported memory. One that is shared stays
    /// the guest's, exported or not.
    pub(crate) fn begin(&mut self, memory: Option<Memory>) {
        if self.shared.is_none() {
            self.memory = memory;
        }
        self.limiter.set_running();
    }

    /// Forgets what the guest was about, for the next one in this store.
    pub(crate) fn forget_call(&mut self) {
        self.pending = None;
        self.exit = None;
        self.owed_fuel = 0;
    }

    /// Bytes of the guest's memories.
    pub(crate) fn memory_bytes(&self) -> usize {
        match &self.shared {
            Some(shared) => shared.size_bytes(),
            None => self.limiter.memory_bytes(),
        }
    }

    /// What a host call sees of `bytes`, the guest's memory: of one that is shared, as much as
    /// it has grown to.
    #[inline(always)]
    pub(crate) fn view<'m>(&self, bytes: &'m mut [u8]) -> GuestMemory<'m> {
        match &self.shared {
            Some(shared) => GuestMemory::shared(bytes, shared.size_bytes()),
            None => GuestMemory::new(bytes),
        }
    }

    /// Adds `fuel` to what the guest owes.
    #[inline(always)]
    fn owe(&mut self, fuel: u64) {
        // What one call touches is far from overflowing it, and what is owed is paid soon.
        self.owed_fuel += fuel;
    }

    /// Keeps `outcome` for the turn, and gives what the host function is to return.
    #[inline(always)]
    fn settle<S: 'static>(
        &mut self,
        outcome: Result<Outcome<S>, Errno>,
        state: impl Find<T, S>,
    ) -> Result<i32, Error>
    where
        T: 'static,
    {
        match outcome {
            Ok(Outcome::Return(answer)) => return Ok(answer),
            Err(errno) => return Ok(errno as i32),
            Ok(Outcome::Wait(wait)) => self.pending = Some(widen(wait, state)),
            Ok(Outcome::Exit(code)) => self.exit = Some(code),
        }
        // Which error is no matter, and this one is the cheapest: the turn looks at the host.
        Err(Error::i32_exit(0))
    }
}

/// A guest's side of a host call, as wasmi hands it to a host function.
pub type Caller<'a, T> = wasmi::Caller<'a, Host<T>>;

/// Things that happen outside all guests and that one may wait for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Events(u32);

impl Events {
    /// None of them.
    pub const NONE: Self = Self(0);
    /// Standard input has bytes, or has ended.
    pub const INPUT: Self = Self(1);
    /// The console's queue has room again.
    pub const OUTPUT: Self = Self(1 << 1);
    /// Something came from the network, or can be sent there.
    pub const NETWORK: Self = Self(1 << 2);
    /// A window has an event, or it became known whether there is a display.
    pub const DISPLAY: Self = Self(1 << 3);
    /// Somebody who knows which guest it is wakes it.
    pub const WAKE: Self = Self(1 << 31);

    /// One bit for each event.
    pub const fn bits(self) -> u32 {
        self.0
    }
}

impl BitOr for Events {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// When a parked guest is to be looked at again: at a time, or on an event, whichever is first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Until {
    /// By the monotonic clock, in nanoseconds since power-on; `None` is never.
    pub at_ns: Option<u64>,
    /// Any of these.
    pub events: Events,
}

impl Until {
    /// At once, but after every other guest had its turn.
    pub const NEXT_TURN: Self = Self { at_ns: Some(0), events: Events::NONE };
}

/// A host call that must wait. It has changed nothing but what `resume` carries.
pub struct Wait<S> {
    /// When to call `resume`.
    pub until: Until,
    /// Goes on with the call, outside Wasm; it may ask to wait again.
    pub resume: Resume<S>,
}

/// How a call goes on after its wait, given the guest's memory and the service's state.
pub type Resume<S> =
    Box<dyn FnOnce(&mut GuestMemory<'_>, &mut S) -> Result<Outcome<S>, Errno> + Send>;

/// How a host call went.
pub enum Outcome<S> {
    /// It is done, and the guest gets this number.
    Return(i32),
    /// The guest is parked.
    Wait(Wait<S>),
    /// The guest asked to end, with this exit code.
    Exit(u32),
}

/// What a host call's body may give back on success.
pub trait IntoOutcome<S> {
    /// As an [`Outcome`].
    fn into_outcome(self) -> Outcome<S>;
}

impl<S> IntoOutcome<S> for () {
    fn into_outcome(self) -> Outcome<S> {
        Outcome::Return(0)
    }
}

impl<S> IntoOutcome<S> for Outcome<S> {
    fn into_outcome(self) -> Outcome<S> {
        self
    }
}

/// Runs the body of a host call for the service whose state `state` finds in the app.
///
/// An [`Errno`] is what the guest gets as the call's result. The guest pays 32 units of fuel,
/// and one for each 8 bytes of memory that `body` touched.
///
/// # Errors
///
/// Only what makes wasmi leave the guest: a wait or an exit.
pub fn call<T, S, O>(
    caller: &mut Caller<'_, T>,
    state: impl Find<T, S>,
    body: impl FnOnce(&mut GuestMemory<'_>, &mut S) -> Result<O, Errno>,
) -> Result<i32, Error>
where
    T: 'static,
    S: 'static,
    O: IntoOutcome<S>,
{
    let handle = caller.data().memory;
    let (bytes, host) = match handle {
        Some(handle) => handle.data_and_store_mut(&mut *caller),
        None => (&mut [][..], caller.data_mut()),
    };
    let mut memory = host.view(bytes);
    let outcome = state.with(&mut host.app, |state| body(&mut memory, state)).map(O::into_outcome);

    host.owe(CALL_FUEL + touched_fuel(&memory));
    let answer = host.settle(outcome, state);
    pay_if_much(caller, answer)
}

/// Runs the body of a host call that does nothing with the guest's memory; otherwise as [`call`].
///
/// # Errors
///
/// As [`call`].
pub fn call_without_memory<T, S, O>(
    caller: &mut Caller<'_, T>,
    state: impl Find<T, S>,
    body: impl FnOnce(&mut S) -> Result<O, Errno>,
) -> Result<i32, Error>
where
    T: 'static,
    S: 'static,
    O: IntoOutcome<S>,
{
    let host = caller.data_mut();
    let outcome = state.with(&mut host.app, body).map(O::into_outcome);
    host.owe(CALL_FUEL);
    let answer = host.settle(outcome, state);
    pay_if_much(caller, answer)
}

/// Fuel for the memory that a call touched.
pub(crate) fn touched_fuel(memory: &GuestMemory<'_>) -> u64 {
    memory.touched_bytes() / TOUCHED_BYTES_PER_FUEL
}

/// Takes what the guest owes if it is much, and hands on what the host function is to return.
#[inline(always)]
fn pay_if_much<T: 'static>(
    caller: &mut Caller<'_, T>,
    answer: Result<i32, Error>,
) -> Result<i32, Error> {
    if caller.data().owed_fuel < OWED_FUEL_MAX { answer } else { pay(caller, answer) }
}

/// Makes the guest owe `fuel`, and takes what it owes if it is much, for a call that may not
/// park it: if the guest has not got that much, its turn is over where the next block begins.
#[inline(always)]
pub(crate) fn pay_without_leaving<T: 'static>(caller: &mut Caller<'_, T>, fuel: u64) {
    let host = caller.data_mut();
    host.owe(fuel);
    if host.owed_fuel >= OWED_FUEL_MAX {
        take_owed(caller);
    }
}

/// Takes from the guest what it owes. If it has not got that much its turn is over, and it gets
/// its `answer` in the next one: wasmi looks at the fuel where a block of code begins, so a block
/// of many calls would otherwise run to its end.
#[cold]
fn pay<T: 'static>(caller: &mut Caller<'_, T>, answer: Result<i32, Error>) -> Result<i32, Error> {
    let has_paid = take_owed(caller);
    let answer = answer?;
    if has_paid {
        return Ok(answer);
    }
    let resume: Resume<T> = Box::new(move |_, _| Ok(Outcome::Return(answer)));
    caller.data_mut().pending = Some(Wait { until: Until::NEXT_TURN, resume });
    Err(Error::i32_exit(0))
}

/// Takes from the guest what it owes, as far as it has it; gives whether it had all of it.
#[cold]
fn take_owed<T: 'static>(caller: &mut Caller<'_, T>) -> bool {
    let left = caller.get_fuel().unwrap_or(0);
    let owed = caller.data().owed_fuel;
    // It fails only where fuel is not counted.
    let _ = caller.set_fuel(left.saturating_sub(owed));
    caller.data_mut().owed_fuel = owed.saturating_sub(left);
    owed <= left
}

/// A service's wait as one of the app.
fn widen<T: 'static, S: 'static>(wait: Wait<S>, state: impl Find<T, S>) -> Wait<T> {
    let Wait { until, resume } = wait;
    let resume: Resume<T> = Box::new(move |memory, app| {
        let outcome = state.with(app, |state| resume(memory, state))?;
        Ok(match outcome {
            Outcome::Return(answer) => Outcome::Return(answer),
            Outcome::Exit(code) => Outcome::Exit(code),
            Outcome::Wait(wait) => Outcome::Wait(widen(wait, state)),
        })
    });
    Wait { until, resume }
}
