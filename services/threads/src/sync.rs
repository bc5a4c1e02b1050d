//! Locks and atomics for what threads share: the machine's own or, with `--cfg loom`, those of
//! [loom](https://docs.rs/loom), for the model. The kernel's core has the same, with what has to be
//! known of it.

#[cfg(not(loom))]
pub(crate) use core::sync::atomic;
#[cfg(loom)]
pub(crate) use loom::sync::atomic;

#[cfg(loom)]
pub(crate) use model::Mutex;
#[cfg(not(loom))]
pub(crate) use spin::Mutex;

#[cfg(loom)]
mod model {
    use loom::sync::MutexGuard;

    /// loom's lock as `spin` has it: it is never poisoned.
    #[derive(Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of the model panicked")
        }
    }
}
