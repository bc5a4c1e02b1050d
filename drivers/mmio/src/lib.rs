//! What a driver needs to reach its device: register handles, registers, DMA buffers.
//!
//! A driver describes its registers with `tock_registers::register_structs!`, using the
//! register types from here, and works on a [`Mmio`] of them that a board file gave it. Tests
//! use a `fake::Bank` instead of a device. All `unsafe` of the drivers stands in this crate.

#![no_std]

#[cfg(feature = "fake")]
extern crate std;

mod dma;
#[cfg(feature = "fake")]
pub mod fake;
mod lent;
mod register;

pub use dma::{CACHE_LINE_BYTES, Dma, DmaBuffer};
pub use lent::{CacheLine, Lent};
pub use register::{ReadOnly, ReadWrite, WriteOnly};

use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// Exclusive handle to one device's register block, laid out as `R`.
///
/// `R` comes from `tock_registers::register_structs!` with the register types of this crate,
/// whose accessors are volatile. The handle is neither `Clone` nor `Sync`: whoever holds it
/// owns the device.
pub struct Mmio<R> {
    base: NonNull<R>,
    owns: PhantomData<R>,
}

// SAFETY: the handle is the only way to reach the block (contract of `new`), so moving it
// to another core moves the device with it. It stays `!Sync`; sharing takes a lock.
unsafe impl<R> Send for Mmio<R> {}

impl<R> Mmio<R> {
    /// Takes ownership of the register block at the address `base`.
    ///
    /// # Safety
    ///
    /// - `base` is non-zero, aligned for `R`, and starts a register block laid out as `R`.
    /// - The whole block stays mapped as device memory until power-off.
    /// - No other handle to any part of this block exists or will exist. A block that the
    ///   hardware banks by core counts as one block for each core, and its handle stays on it.
    #[must_use]
    pub const unsafe fn new(base: usize) -> Self {
        let base = core::ptr::with_exposed_provenance_mut(base);
        // SAFETY: the caller promises that `base` is non-zero.
        let base = unsafe { NonNull::new_unchecked(base) };
        Self { base, owns: PhantomData }
    }
}

impl<R> Deref for Mmio<R> {
    type Target = R;

    fn deref(&self) -> &R {
        // SAFETY: the caller of `new` promised a block laid out as `R` for all time, reached
        // through this handle alone; its registers are cells, so `&R` allows them to change.
        unsafe { self.base.as_ref() }
    }
}

/// Looks at a device up to `polls_max` times, and gives what `look` found; `None` if it never
/// found anything.
pub fn poll<T>(polls_max: u32, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    for _ in 0..polls_max {
        if let Some(found) = look() {
            return Some(found);
        }
        core::hint::spin_loop();
    }
    None
}

/// Waits until every access to memory and devices before it is complete and visible to all.
///
/// Needed where a register write tells another core or a device to look at memory.
#[inline]
pub fn barrier() {
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a barrier only orders accesses; it changes no register and no memory.
    unsafe {
        core::arch::asm!("dsb sy", options(nostack, preserves_flags));
    }
    #[cfg(not(target_arch = "aarch64"))]
    core::sync::atomic::fence(core::sync::atomic::Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_ends_with_the_first_find_or_after_its_last_look() {
        let mut looks = 0;
        let mut third = || {
            looks += 1;
            (looks == 3).then_some(looks)
        };

        assert_eq!(poll(2, &mut third), None);
        assert_eq!(poll(2, &mut third), Some(3));
        assert_eq!(looks, 3);
    }
}
