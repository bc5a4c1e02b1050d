//! Data that an interrupt handler shares with the rest of the kernel.

use aarch64_cpu::registers::{DAIF, Readable, Writeable};
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

/// How often [`IrqLock::seize`] looks whether the lock is free: in the order of 10 ms, in which
/// the console's holder has copied what it has.
const SEIZE_LOOKS_MAX: u32 = 1_000_000;

/// A lock that keeps other cores out, and whose holder is not interrupted: the handler on the same
/// core would wait for ever.
///
/// Its own, and not one of `spin`, since taking that is ten instructions at each of many places.
pub(crate) struct IrqLock<T> {
    is_held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `value` is reached by who holds the lock alone, one core at a time (`with`, `seize`), so
// sharing the lock does no more than sending the value from core to core.
unsafe impl<T: Send> Sync for IrqLock<T> {}

impl<T> IrqLock<T> {
    /// Holds `value`.
    pub(crate) const fn new(value: T) -> Self {
        Self { is_held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Calls `body` with the value, interrupts off.
    pub(crate) fn with<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        let before = take(&self.is_held);
        // SAFETY: nobody else has the value between `take` and `give_back`.
        let result = body(unsafe { &mut *self.value.get() });
        give_back(&self.is_held, before);
        result
    }

    /// Calls `body` with the value even if it stays locked: another core that holds it, and
    /// is about to stop, is given a while to be done with it.
    ///
    /// # Safety
    ///
    /// - Whoever then still holds the lock never runs again: the machine is crashing.
    pub(crate) unsafe fn seize<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        mask();
        if (0..SEIZE_LOOKS_MAX).all(|_| self.is_held.load(Ordering::Relaxed)) {
            self.is_held.store(false, Ordering::Release);
        }
        self.with(body)
    }
}

/// Turns interrupts off, waits until nobody has the lock, has it, and gives how interrupts were.
#[inline(never)]
fn take(is_held: &AtomicBool) -> u64 {
    let before = DAIF.get();
    mask();
    while is_held.swap(true, Ordering::Acquire) {
        core::hint::spin_loop();
    }
    before
}

/// Has the lock no longer, and leaves interrupts as they were.
#[inline(never)]
fn give_back(is_held: &AtomicBool, before: u64) {
    is_held.store(false, Ordering::Release);
    DAIF.set(before);
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
