//! Memory that the threads of one app share, and the only unsafe code of the execution layer.
//!
//! wasmi has no shared memory. What it has is [`Memory::new_static`], which makes a memory of
//! bytes that live for ever. Here the same bytes are attached in several stores, one for each
//! thread, which run at the same time on several cores.
//!
//! # Why this is sound on this machine
//!
//! By Rust's own rules it is not: wasmi takes a `&'static mut` in each store and makes a `&mut`
//! to the whole memory out of its pointer whenever it needs one, and two plain accesses from two
//! threads are a data race. So this rests on wasmi 2.0.0 as it is built, and each point has to be
//! looked at again when wasmi changes:
//!
//! - **Nobody else can reach the bytes.** [`attach`] allocates them, and attaches them in all
//!   stores before it returns. There is no way to attach them later. This must be so:
//!   `new_static` fills them with zeroes (wasmi_core, `ByteBuffer::new_static`).
//! - **The bytes stay where they are.** Each memory has its maximum as its size from the
//!   beginning, so that `grow` never has anything to add; lowered code does not call it anyway.
//!   The pointer and length that wasmi keeps in registers hold for ever.
//! - **The bytes outlive the stores.** Each store's [`Host`] holds an [`Arc`] of them, and
//!   nothing takes it out. That wasmi drops a static memory without touching it (`ByteBuffer`'s
//!   `drop` frees only what is a `Vec`) makes the order within a store irrelevant.
//! - **The references do not overlap in one function.** `noalias` tells LLVM something about
//!   other pointers in the same function, and nothing about another core. wasmi's handler of a
//!   load or store makes the reference, uses it once, and is left by a tail call through a
//!   pointer, so no value of the memory is kept across two Wasm instructions. Atomic access is
//!   below this: host functions go by a raw pointer of our own, never through a reference, and
//!   wasmi calls them through a pointer, which no memory access is moved across.
//! - **A race of plain accesses gives some bytes and nothing worse.** To LLVM a racing load is
//!   an undefined value, of which it could make use only if it saw the other store in the same
//!   function. What it emits for a load or store of up to 8 bytes is one instruction, and on
//!   AArch64 an aligned one is single-copy atomic (*Arm Architecture Reference Manual*, B2.2.1),
//!   as the threads proposal asks of aligned plain accesses. Bounds are checked against a length
//!   that no guest can write, and wasmi trusts nothing that it reads from the memory.
//! - **Host calls read once what they check.** A service sees the memory as [`GuestMemory`],
//!   and another thread of the same app may write to it meanwhile. Numbers are copied out by
//!   [`read_once`], which is volatile, so that what was checked is what is used. Bytes of a slice
//!   may change under a service's hands, and that gives the app, and nobody else, garbled bytes:
//!   as long as no service makes a `str` of such a slice, whose methods trust that it stays
//!   UTF-8. It has to be copied first.
//! - **Order comes from atomic access alone.** All of it is sequentially consistent, which on
//!   AArch64 is `ldar`, `stlr` and exclusives, or the instructions of LSE, in cacheable memory
//!   that all cores share.
//!
//! What was looked at: the image's handlers (each has one `ldr` or `str` of its width, then `br`),
//! and `tests/threads` under ThreadSanitizer, which finds nothing there, and finds the race of a
//! guest that increments without a lock.
//!
//! [`GuestMemory`]: crate::GuestMemory

#![allow(unsafe_code)]

use crate::{Host, LoadError, limits::PAGE_BYTES};
use abi::threads::{Place, Update};
use alloc::{
    alloc::{alloc_zeroed, dealloc},
    sync::Arc,
    vec::Vec,
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
    slice,
    sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, Ordering::SeqCst},
};
use wasmi::{Memory, MemoryType, Store};

/// Bytes that several stores have as their memory.
pub struct SharedMemory {
    bytes: NonNull<u8>,
    layout: Layout,
    /// What the program sees, in pages; it only ever grows.
    pages: AtomicU32,
    pages_max: u32,
}

// SAFETY: the bytes belong to this value until it is dropped, wherever it is.
unsafe impl Send for SharedMemory {}

// SAFETY: every method goes to the bytes by atomic access; who else does is said above.
unsafe impl Sync for SharedMemory {}

/// Why an atomic instruction traps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessError {
    /// It reaches beyond the memory's size.
    OutOfBounds,
    /// Its address is no multiple of its width.
    Unaligned,
}

/// Allocates memory of `pages` for a program, which can grow it to `pages_max`, and attaches it in
/// all of `stores`.
///
/// # Errors
///
/// [`LoadError::OutOfMemory`] if there is not so much; no store has changed.
pub(crate) fn attach<T>(
    stores: &mut [Store<Host<T>>],
    pages: u32,
    pages_max: u32,
) -> Result<Arc<SharedMemory>, LoadError> {
    let shared = Arc::new(SharedMemory::allocate(pages, pages_max)?);
    let memories: Result<Vec<_>, LoadError> =
        stores.iter_mut().map(|store| shared.attach(store)).collect();
    for (store, memory) in stores.iter_mut().zip(memories?) {
        store.data_mut().share(memory, Arc::clone(&shared));
    }
    Ok(shared)
}

/// Makes the bytes at `$at` an atomic cell as wide as `$place` says, for `$body`, whose value is
/// zero-extended.
macro_rules! by_width {
    ($place:expr, $at:expr, |$cell:ident, $Number:ident| $body:expr) => {
        match $place.width_log2 {
            0 => by_width!(@of AtomicU8, u8, $at, $cell, $Number, $body),
            1 => by_width!(@of AtomicU16, u16, $at, $cell, $Number, $body),
            2 => by_width!(@of AtomicU32, u32, $at, $cell, $Number, $body),
            _ => by_width!(@of AtomicU64, u64, $at, $cell, $Number, $body),
        }
    };
    (@of $Atomic:ident, $number:ty, $at:expr, $cell:ident, $Number:ident, $body:expr) => {{
        type $Number = $number;
        // SAFETY: `locate` checked that so many bytes are there, aligned, and they live as long
        // as `self`; who else uses them meanwhile is said at the top of this file.
        let $cell = unsafe { $Atomic::from_ptr($at.cast()) };
        u64::from($body)
    }};
}

impl SharedMemory {
    fn allocate(pages: u32, pages_max: u32) -> Result<Self, LoadError> {
        // A memory of no pages takes the room of one, since nothing can be allocated of no size.
        let bytes = (pages_max.max(1) as usize).saturating_mul(PAGE_BYTES);
        let refused = LoadError::OutOfMemory { bytes };
        let layout = Layout::from_size_align(bytes, PAGE_BYTES).map_err(|_| refused.clone())?;
        // SAFETY: the layout's size is not zero.
        let allocated = unsafe { alloc_zeroed(layout) };
        let bytes = NonNull::new(allocated).ok_or(refused)?;
        Ok(Self { bytes, layout, pages: AtomicU32::new(pages), pages_max })
    }

    /// Makes a memory of the bytes in `store`; they are zeroes after that.
    fn attach<T>(&self, store: &mut Store<Host<T>>) -> Result<Memory, LoadError> {
        let ty = MemoryType::new(self.pages_max, Some(self.pages_max));
        let length_bytes = self.pages_max as usize * PAGE_BYTES;
        // SAFETY: the bytes are allocated and initialised, and outlive the store (its host holds
        // them); no code of any store that has them has run, so that no other reference is used
        // during the call. For what comes after it see the top of this file.
        let bytes = unsafe { slice::from_raw_parts_mut(self.bytes.as_ptr(), length_bytes) };
        Ok(Memory::new_static(store, ty, bytes)?)
    }

    /// The size that the program sees, in pages.
    pub fn pages(&self) -> u32 {
        self.pages.load(SeqCst)
    }

    /// The size that the program sees, in bytes.
    pub fn size_bytes(&self) -> usize {
        self.pages() as usize * PAGE_BYTES
    }

    /// Makes the memory larger by `pages`, and gives its old size; `None` if that is too much.
    pub fn grow(&self, pages: u32) -> Option<u32> {
        let grown = |old: u32| old.checked_add(pages).filter(|new| *new <= self.pages_max);
        self.pages.fetch_update(SeqCst, SeqCst, grown).ok()
    }

    /// Where the access of `place` at guest address `address` is.
    ///
    /// # Errors
    ///
    /// [`AccessError`] says why it cannot be.
    #[inline(always)]
    fn locate(&self, address: u32, place: Place) -> Result<*mut u8, AccessError> {
        let width_bytes = 1_u64 << place.width_log2;
        let start = u64::from(address) + u64::from(place.offset_bytes);
        if !start.is_multiple_of(width_bytes) {
            return Err(AccessError::Unaligned);
        }
        // The size is a multiple of every width.
        if start >= self.size_bytes() as u64 {
            return Err(AccessError::OutOfBounds);
        }
        // SAFETY: `start` is below the size, which is at most what was allocated.
        Ok(unsafe { self.bytes.as_ptr().add(start as usize) })
    }

    /// Guest address and offset as one number, for who waits there.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if there can be no access.
    pub fn check(&self, address: u32, place: Place) -> Result<u64, AccessError> {
        self.locate(address, place)?;
        Ok(u64::from(address) + u64::from(place.offset_bytes))
    }

    /// Loads, zero-extended.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if the instruction traps.
    #[inline(always)]
    pub fn load(&self, address: u32, place: Place) -> Result<u64, AccessError> {
        let at = self.locate(address, place)?;
        Ok(by_width!(place, at, |cell, _Number| cell.load(SeqCst)))
    }

    /// Stores the low bytes of `value`.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if the instruction traps; nothing is stored.
    #[inline(always)]
    pub fn store(&self, address: u32, place: Place, value: u64) -> Result<(), AccessError> {
        let at = self.locate(address, place)?;
        by_width!(place, at, |cell, Number| {
            cell.store(value as Number, SeqCst);
            0_u8
        });
        Ok(())
    }

    /// Does what `place` says with the low bytes of `operand`, and gives the old value.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if the instruction traps; nothing is changed.
    #[inline(always)]
    pub fn update(&self, address: u32, place: Place, operand: u64) -> Result<u64, AccessError> {
        let at = self.locate(address, place)?;
        Ok(by_width!(place, at, |cell, Number| {
            let operand = operand as Number;
            // One loop for all of them: without LSE each would be a loop of its own anyway.
            let new = |old: Number| match place.update {
                Update::Add => old.wrapping_add(operand),
                Update::Subtract => old.wrapping_sub(operand),
                Update::And => old & operand,
                Update::Or => old | operand,
                Update::ExclusiveOr => old ^ operand,
                Update::Exchange => operand,
            };
            let mut old = cell.load(SeqCst);
            while let Err(found) = cell.compare_exchange_weak(old, new(old), SeqCst, SeqCst) {
                old = found;
            }
            old
        }))
    }

    /// Stores the low bytes of `new` if what is there, zero-extended, is `expected`; gives what
    /// was there.
    ///
    /// # Errors
    ///
    /// [`AccessError`] if the instruction traps; nothing is changed.
    #[inline(always)]
    pub fn compare_exchange(
        &self,
        address: u32,
        place: Place,
        expected: u64,
        new: u64,
    ) -> Result<u64, AccessError> {
        let at = self.locate(address, place)?;
        Ok(by_width!(place, at, |cell, Number| {
            match Number::try_from(expected) {
                Ok(expected) => cell
                    .compare_exchange(expected, new as Number, SeqCst, SeqCst)
                    .unwrap_or_else(|found| found),
                // Wider than what is there, so it cannot be equal.
                Err(_) => cell.load(SeqCst),
            }
        }))
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: they were allocated with this layout, and the last store that had them is gone
        // or goes without touching them.
        unsafe { dealloc(self.bytes.as_ptr(), self.layout) }
    }
}

/// Reads `bytes`, which another thread may write to, so that they are read just once.
pub(crate) fn read_once<const N: usize>(bytes: &[u8; N]) -> [u8; N] {
    // SAFETY: a reference is valid for a read.
    unsafe { ptr::read_volatile(bytes) }
}
