//! The heap: all RAM that nothing else has, in at most three pieces.
//!
//! Guests are refused before the heap is used up ([`GuestPool`]), since a failed allocation of
//! the kernel's own would end the machine.

use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::{NonNull, null_mut};
use linked_list_allocator::Heap;
use spin::Mutex;

/// What guests leave for the kernel.
const RESERVE_BYTES: usize = 4 << 20;

/// From this size on, memory comes from above the first gibibyte where there is any: the
/// first is the only one that every device can reach.
const LARGE_BYTES: usize = 1 << 20;

/// Below 1 GiB, from there to 4 GiB, and above.
const PIECES: usize = 3;

struct KernelHeap {
    pieces: [Mutex<Heap>; PIECES],
}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap { pieces: [const { Mutex::new(Heap::empty()) }; PIECES] };

/// Gives `ram` to the heap.
///
/// # Safety
///
/// - `ram` is mapped as data, and nothing else uses it.
/// - It lies in one gibibyte-aligned piece of [`PIECES`], and that piece has none yet.
pub(crate) unsafe fn add(ram: Range<u64>) {
    let (start, length) = (ram.start as usize, ram.end.saturating_sub(ram.start) as usize);
    if length == 0 {
        return;
    }
    // SAFETY: the caller promises that the range is free memory.
    unsafe { HEAP.piece_of(start).lock().init(start as *mut u8, length) };
}

/// All of the heap, in bytes.
pub(crate) fn size_bytes() -> usize {
    HEAP.pieces.iter().map(|piece| piece.lock().size()).sum()
}

/// What of the heap is not in use, in bytes.
pub(crate) fn free_bytes() -> usize {
    HEAP.pieces.iter().map(|piece| piece.lock().free()).sum()
}

impl KernelHeap {
    fn piece_of(&self, address: usize) -> &Mutex<Heap> {
        let [low, middle, high] = &self.pieces;
        match address >> 30 {
            0 => low,
            1..=3 => middle,
            _ => high,
        }
    }
}

// SAFETY: each piece is a correct allocator behind a lock, and memory goes back to the piece
// that it came from, which its address tells. No interrupt handler allocates.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let order = if layout.size() >= LARGE_BYTES { [2, 1, 0] } else { [0, 1, 2] };
        order
            .into_iter()
            .find_map(|index| self.pieces[index].lock().allocate_first_fit(layout).ok())
            .map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let Some(address) = NonNull::new(pointer) else { return };
        // SAFETY: the caller promises that `pointer` came from `alloc` with this layout.
        unsafe { self.piece_of(pointer as usize).lock().deallocate(address, layout) };
    }
}

/// The heap as guests draw on it.
pub(crate) struct GuestPool;

impl runtime::Pool for GuestPool {
    fn can_take(&self, bytes: usize) -> bool {
        // Free memory in small holes is no use to a large allocation, so one is tried out: what
        // comes of `bytes` in pieces then fits this hole, if it fits no other.
        let wanted = bytes.checked_add(RESERVE_BYTES);
        let Some(layout) = wanted.and_then(|size| Layout::from_size_align(size, 16).ok()) else {
            return false;
        };
        HEAP.pieces.iter().any(|piece| {
            let mut heap = piece.lock();
            let Ok(hole) = heap.allocate_first_fit(layout) else { return false };
            // SAFETY: it was allocated from this heap with this layout just now.
            unsafe { heap.deallocate(hole, layout) };
            true
        })
    }
}
