//! The heap: all RAM that nothing else has, in at most four pieces.
//!
//! Each piece is a list of holes behind a lock, which takes the longer to walk the more there are.
//! Most allocations are small, and take no part in that ([`small`]).
//!
//! Guests are refused before the heap is used up ([`GuestPool`]), since a failed allocation of
//! the kernel's own would end the machine. What one core's guest was told to be free and has not
//! taken yet is not free for the guests of other cores.

mod small;

use crate::arch::cores::CORES;
use crate::boards;
use core::alloc::{GlobalAlloc, Layout};
use core::ops::Range;
use core::ptr::{NonNull, null_mut};
use core::sync::atomic::{AtomicUsize, Ordering};
#[cfg(feature = "shell")]
use kernel_core::system_view::HeapPiece;
use linked_list_allocator::Heap;
use spin::Mutex;

/// What guests leave for the kernel.
const RESERVE_BYTES: usize = 4 << 20;

/// Below this address is what is smaller than a linear memory. Some of that stays for long: among
/// the memories it would be in the way of a large one when those around it are gone.
const SMALL_END: usize = 64 << 20;

/// The smallest linear memory.
const PAGE_BYTES: usize = 64 << 10;

/// From this size on, memory comes from above the first gibibyte where there is any: the
/// first is the only one that every device can reach.
const LARGE_BYTES: usize = 1 << 20;

/// Below [`SMALL_END`], from there to 1 GiB, from there to 4 GiB, and above.
const PIECES: usize = 4;

/// A look for a hole that finds one so much larger saves the next ones.
const SPARE_BYTES: usize = 16 << 20;

/// What an allocation may take of a hole beside its size and alignment.
const OVERHEAD_BYTES: usize = 32;

struct KernelHeap {
    pieces: [Piece; PIECES],
}

struct Piece {
    heap: Mutex<Heap>,
    /// All that was ever allocated.
    taken_bytes: AtomicUsize,
    /// A hole was found that cannot be smaller than what `taken_bytes` lacks to this: even if all
    /// since came out of it.
    hole_until_bytes: AtomicUsize,
}

#[global_allocator]
static HEAP: KernelHeap = KernelHeap { pieces: [const { Piece::new() }; PIECES] };

/// For each core, the most that its guest was told to be free in the turn that it has now.
static PROMISED_BYTES: [AtomicUsize; CORES] = [const { AtomicUsize::new(0) }; CORES];

/// Gives `ram` to the heap.
///
/// # Safety
///
/// - `ram` is mapped as data, and nothing else uses it.
/// - It lies below 1 GiB, from there to 4 GiB, or above, and nothing was added there yet.
pub(crate) unsafe fn add(ram: Range<u64>) {
    let (start, end) = (ram.start as usize, ram.end as usize);
    let middle = SMALL_END.clamp(start, end.max(start));
    for (start, end) in [(start, middle), (middle, end)] {
        if start < end {
            let mut heap = HEAP.piece_of(start).heap.lock();
            // SAFETY: the caller promises that the range is free memory, and the piece is new.
            unsafe { heap.init(start as *mut u8, end - start) };
        }
    }
}

/// All of the heap, in bytes.
pub(crate) fn size_bytes() -> usize {
    HEAP.pieces.iter().map(|piece| piece.heap.lock().size()).sum()
}

/// What of the heap is not in use, in bytes.
pub(crate) fn free_bytes() -> usize {
    let in_pieces: usize = HEAP.pieces.iter().map(|piece| piece.heap.lock().free()).sum();
    in_pieces + small::free_bytes()
}

/// The heap's pieces as they are now.
#[cfg(feature = "shell")]
pub(crate) fn pieces() -> [HeapPiece; PIECES] {
    // What the shelves keep for the next block is free.
    small::trim();
    let mut views = [HeapPiece::default(); PIECES];
    for (view, piece) in views.iter_mut().zip(&HEAP.pieces) {
        *view = piece.view();
    }
    // As a rule all chunks are of the first piece.
    views[0].free_bytes += small::free_bytes();
    views
}

impl KernelHeap {
    fn piece_of(&self, address: usize) -> &Piece {
        let [small, low, middle, high] = &self.pieces;
        match address >> 30 {
            0 if address < SMALL_END => small,
            0 => low,
            1..=3 => middle,
            _ => high,
        }
    }

    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        self.try_allocate(layout).or_else(|| {
            small::trim();
            self.try_allocate(layout)
        })
    }

    fn try_allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        let order = match layout.size() {
            0..PAGE_BYTES => [0, 1, 2, 3],
            PAGE_BYTES..LARGE_BYTES => [1, 2, 3, 0],
            LARGE_BYTES.. => [3, 2, 1, 0],
        };
        order.into_iter().find_map(|index| self.pieces[index].allocate(layout))
    }

    /// # Safety
    ///
    /// - `address` came from [`Self::allocate`] with this layout.
    unsafe fn deallocate(&self, address: NonNull<u8>, layout: Layout) {
        let piece = self.piece_of(address.as_ptr() as usize);
        // SAFETY: the caller promises that it was allocated so, and the address tells where.
        unsafe { piece.heap.lock().deallocate(address, layout) };
    }

    /// Whether a piece has `bytes` in one: free memory in small holes is no use to a large
    /// allocation, and what comes of `bytes` in small ones then fits this hole, if it fits no
    /// other.
    ///
    /// Turns ask this, so it takes a lock only where the last hole that was seen may be gone.
    fn has_hole(&self, bytes: usize) -> bool {
        let spare_bytes = bytes.saturating_add(SPARE_BYTES);
        let mut pieces = self.pieces.iter();
        pieces.clone().any(|piece| piece.has_seen_hole(bytes))
            || pieces.any(|piece| piece.find_hole(spare_bytes) || piece.find_hole(bytes))
    }

    /// As [`Self::has_hole`], when nothing is kept that need not be.
    fn has_hole_at_last(&self, bytes: usize) -> bool {
        self.has_hole(bytes) || {
            small::trim();
            self.has_hole(bytes)
        }
    }
}

impl Piece {
    const fn new() -> Self {
        Self {
            heap: Mutex::new(Heap::empty()),
            taken_bytes: AtomicUsize::new(0),
            hole_until_bytes: AtomicUsize::new(0),
        }
    }

    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        let mut heap = self.heap.lock();
        let found = heap.allocate_first_fit(layout).ok()?;
        let bytes = layout.size() + layout.align() + OVERHEAD_BYTES;
        self.taken_bytes.fetch_add(bytes, Ordering::AcqRel);
        Some(found)
    }

    /// Whether a hole that was found has `bytes` left.
    fn has_seen_hole(&self, bytes: usize) -> bool {
        let hole_until_bytes = self.hole_until_bytes.load(Ordering::Acquire);
        hole_until_bytes.saturating_sub(self.taken_bytes.load(Ordering::Acquire)) >= bytes
    }

    #[cfg(feature = "shell")]
    fn view(&self) -> HeapPiece {
        let (total_bytes, free_bytes) = {
            let heap = self.heap.lock();
            (heap.size(), heap.free())
        };
        let largest_bytes = self.largest_hole_bytes(free_bytes);
        HeapPiece { total_bytes, free_bytes, largest_bytes }
    }

    /// The largest hole of at most `free_bytes`, to the page: the list of holes does not tell, so it
    /// is tried, with the lock held for one look at a time.
    #[cfg(feature = "shell")]
    fn largest_hole_bytes(&self, free_bytes: usize) -> usize {
        const STEP_BYTES: usize = 4096;
        let (mut fits, mut too_many) = (0, free_bytes / STEP_BYTES + 1);
        while too_many - fits > 1 {
            let middle = fits.midpoint(too_many);
            if self.find_hole(middle * STEP_BYTES) {
                fits = middle;
            } else {
                too_many = middle;
            }
        }
        fits * STEP_BYTES
    }

    /// Looks for a hole of so many bytes, and notes it.
    fn find_hole(&self, bytes: usize) -> bool {
        let Ok(layout) = Layout::from_size_align(bytes, 16) else { return false };
        let mut heap = self.heap.lock();
        let Ok(hole) = heap.allocate_first_fit(layout) else { return false };
        // SAFETY: it was allocated from this heap with this layout just now.
        unsafe { heap.deallocate(hole, layout) };
        let until_bytes = self.taken_bytes.load(Ordering::Acquire).saturating_add(bytes);
        self.hole_until_bytes.fetch_max(until_bytes, Ordering::AcqRel);
        true
    }
}

// SAFETY: each piece is a correct allocator behind a lock, and memory goes back to the piece
// that it came from, which its address tells; small blocks have chunks of it to themselves. The
// layout tells what is small, and is the same both times. No interrupt handler allocates.
unsafe impl GlobalAlloc for KernelHeap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let found = match small::class_for(layout) {
            Some(class) => small::allocate(class),
            None => self.allocate(layout),
        };
        found.map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let Some(address) = NonNull::new(pointer) else { return };
        if small::class_for(layout).is_some() {
            // SAFETY: the caller promises that it came from `alloc` with this layout, so `small`.
            unsafe { small::deallocate(address) };
        } else {
            // SAFETY: likewise, and not from `small`.
            unsafe { self.deallocate(address, layout) };
        }
    }
}

/// The guest of the calling core has taken what it was promised, or does not want it.
pub(crate) fn turn_has_ended() {
    PROMISED_BYTES[boards::this_core()].store(0, Ordering::Release);
}

/// The heap as guests draw on it.
pub(crate) struct GuestPool;

impl runtime::Pool for GuestPool {
    fn can_take(&self, bytes: usize) -> bool {
        let core = boards::this_core();
        let alone_bytes = bytes.saturating_add(RESERVE_BYTES);
        // What there is not for this guest alone, the others must not find promised to it.
        if !HEAP.has_hole_at_last(alone_bytes) {
            return false;
        }
        // First the promise and then the look: of two cores that ask at once, at least one sees
        // the other's. What a turn takes beside its largest promise, the reserve has to bear.
        let before = PROMISED_BYTES[core].fetch_max(bytes, Ordering::SeqCst);
        let others = PROMISED_BYTES.iter().enumerate().filter(|&(other, _)| other != core);
        let wanted = others
            .map(|(_, promised)| promised.load(Ordering::SeqCst))
            .fold(alone_bytes, usize::saturating_add);
        let has_room = HEAP.has_hole_at_last(wanted);
        if !has_room {
            PROMISED_BYTES[core].store(before, Ordering::Release);
        }
        has_room
    }
}
