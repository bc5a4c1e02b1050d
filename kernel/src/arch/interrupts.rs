//! Data that an interrupt handler shares with the rest of the kernel.

use aarch64_cpu::registers::{DAIF, Readable, Writeable};
use spin::Mutex;

/// How often [`IrqLock::seize`] looks whether the lock is free: in the order of 10 ms, in which
/// the console's holder has copied what it has.
const SEIZE_LOOKS_MAX: u32 = 1_000_000;

/// A lock that keeps other cores out, and whose holder is not interrupted: the handler on the same core would wait for ever.
pub(crate) struct IrqLock<T>(Mutex<T>);

impl<T> IrqLock<T> {
    /// Holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Calls `body` with the value, interrupts off.
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        masked(|| body(&mut self.0.lock()))
    }

    /// Calls `body` with the value even if it stays locked: another core that holds it, and
    /// is about to stop, is given a while to be done with it.
    ///
    /// # Safety
    ///
    /// - Whoever then still holds the lock never runs again: the machine is crashing.
    pub(crate) unsafe fn seize<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        mask();
        if (0..SEIZE_LOOKS_MAX).all(|_| self.0.is_locked()) {
            // SAFETY: the caller promises that no holder goes on.
            unsafe { self.0.force_unlock() };
        }
        body(&mut self.0.lock())
    }
}

/// Calls `body` with interrupts off, and then leaves them as they were.
pub(crate) fn masked<R>(body: impl FnOnce() -> R) -> R {
    let before = DAIF.get();
    mask();
    let result = body();
    DAIF.set(before);
    result
}

/// Interrupts stay pending from here on.
pub(crate) fn mask() {
    DAIF.write(DAIF::D::Masked + DAIF::A::Masked + DAIF::I::Masked + DAIF::F::Masked);
}

/// Interrupts are taken from here on. System errors too: they are reported as a crash.
pub(crate) fn unmask() {
    DAIF.write(DAIF::D::Masked + DAIF::A::Unmasked + DAIF::I::Unmasked + DAIF::F::Masked);
}
