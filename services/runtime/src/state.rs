//! Where a service finds its state while a guest calls it.

use alloc::sync::Arc;
use spin::{Mutex, MutexGuard};

/// What an app holds for a service: a state of its own, or that of all threads of the app.
pub enum State<S> {
    /// Nobody else has it.
    Own(S),
    /// One thread at a time has it, for as long as a host call takes.
    Shared(Arc<Mutex<S>>),
}

/// Finds a service's state in an app, as a rule by a function.
pub trait Find<T, S>: Copy + Send + Sync + 'static {
    /// Calls `body` with the state that `app` has.
    fn with<R>(self, app: &mut T, body: impl FnOnce(&mut S) -> R) -> R;
}

impl<T, S, F> Find<T, S> for F
where
    F: Fn(&mut T) -> &mut State<S> + Copy + Send + Sync + 'static,
{
    #[inline(always)]
    fn with<R>(self, app: &mut T, body: impl FnOnce(&mut S) -> R) -> R {
        self(app).with(body)
    }
}

/// Finds a service's state where the app is nothing else.
#[derive(Clone, Copy)]
pub struct Itself;

impl<T> Find<T, T> for Itself {
    fn with<R>(self, app: &mut T, body: impl FnOnce(&mut T) -> R) -> R {
        body(app)
    }
}

impl<S> State<S> {
    /// The state as one that can be shared.
    pub fn share(self) -> Arc<Mutex<S>> {
        match self {
            Self::Own(state) => Arc::new(Mutex::new(state)),
            Self::Shared(state) => state,
        }
    }

    /// Calls `body` with the state, when no other thread has it.
    #[inline(always)]
    pub fn with<R>(&mut self, body: impl FnOnce(&mut S) -> R) -> R {
        let mut guard;
        let state = match self {
            Self::Own(state) => state,
            Self::Shared(state) => {
                guard = lock(state);
                &mut *guard
            }
        };
        body(state)
    }
}

/// Apart from the callers, of which there are many, and which are mostly alone.
#[inline(never)]
fn lock<S>(state: &Mutex<S>) -> MutexGuard<'_, S> {
    state.lock()
}
