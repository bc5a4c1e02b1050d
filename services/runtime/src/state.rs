//! Where a service finds its state while a guest calls it.

use alloc::sync::Arc;
use core::ops::{Deref, DerefMut};
use spin::{Mutex, MutexGuard};

/// Apart from the callers, of which there are many, and which are mostly alone.
#[inline(never)]
fn lock<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock()
}

/// What an app holds for a service: a state of its own, or that of all threads of the app.
pub enum State<S> {
    /// Nobody else has it.
    Own(S),
    /// One thread at a time has it, for as long as a host call takes.
    Shared(Arc<Mutex<S>>),
}

impl<S> State<S> {
    /// The state as one that can be shared.
    pub fn share(self) -> Arc<Mutex<S>> {
        match self {
            Self::Own(state) => Arc::new(Mutex::new(state)),
            Self::Shared(state) => state,
        }
    }

    /// The state for a host call; waits until no other thread has it.
    #[inline(always)]
    pub fn hold(&mut self) -> Held<'_, S> {
        match self {
            Self::Own(state) => Held::Own(state),
            Self::Shared(state) => Held::Locked(lock(state)),
        }
    }
}

/// A service's state while somebody uses it.
pub enum Held<'a, S> {
    /// Of one that is not shared.
    Own(&'a mut S),
    /// Of one that others wait for.
    Locked(MutexGuard<'a, S>),
}

impl<S> Deref for Held<'_, S> {
    type Target = S;

    #[inline(always)]
    fn deref(&self) -> &S {
        match self {
            Self::Own(state) => state,
            Self::Locked(state) => state,
        }
    }
}

impl<S> DerefMut for Held<'_, S> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut S {
        match self {
            Self::Own(state) => state,
            Self::Locked(state) => state,
        }
    }
}

/// Finds a service's state in an app.
pub type Find<T, S> = fn(&mut T) -> Held<'_, S>;
