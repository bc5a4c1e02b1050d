//! Locks and atomics for what cores share: the machine's own, or a model's.
//!
//! With `--cfg loom` they are those of [loom](https://docs.rs/loom), which runs a test in every
//! order in which its threads can meet, up to a number of preemptions. Two things have to be known
//! of it: what is made of these types must be made within `loom::model`, and it takes an access
//! that is `SeqCst` for one that is `AcqRel`, so an order over several variables has to be made
//! with [`atomic::fence`], which it knows.

#[cfg(not(loom))]
pub use core::sync::atomic;
#[cfg(loom)]
pub use loom::sync::atomic;

#[cfg(loom)]
pub use model::Mutex;
#[cfg(not(loom))]
pub use spin::Mutex;

#[cfg(loom)]
mod model {
    use loom::sync::MutexGuard;

    /// loom's lock as `spin` has it: it is never poisoned.
    pub struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        /// A lock around `value`.
        pub fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        /// Waits until nobody else has the lock.
        ///
        /// # Panics
        ///
        /// The model's thread that held it panicked, and the test has failed already.
        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no thread of the model panicked")
        }
    }
}
