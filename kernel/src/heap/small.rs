//! Small blocks: each core takes them from shelves of its own, one for each size.
//!
//! A guest may have begun on another core than it ends on, so what is given back goes to the shelf
//! that it came from, whose lock is held for some dozen instructions. The heap's own lock is taken
//! only for a chunk of many blocks, and never with a shelf's.

use crate::arch::cores::CORES;
use crate::boards;
use core::alloc::Layout;
use core::ptr::NonNull;
use kernel_core::shelf::{CHUNK_BYTES, Chunks, HEAD_BYTES, Head, Offset, Shelf};
use kernel_core::size_class::{ALIGN_BYTES, CLASSES, block_bytes, class_of};
use spin::Mutex;

/// Chunks lie at multiples of their size, so that a block's address tells where its chunk begins.
const CHUNK: Layout = match Layout::from_size_align(CHUNK_BYTES, CHUNK_BYTES) {
    Ok(layout) => layout,
    Err(_) => panic!("a chunk's size is a power of two"),
};

static SHELVES: [[OneShelf; CLASSES]; CORES] =
    [const { [const { Mutex::new(Shelf::new()) }; CLASSES] }; CORES];

type OneShelf = Mutex<Shelf<Chunk>>;

/// What a chunk begins with.
struct Start {
    shelf: &'static OneShelf,
    head: Head<Chunk>,
}

const _: () = assert!(size_of::<Start>() <= HEAD_BYTES);

/// The address of a chunk, which begins with a [`Start`]: made by [`Chunk::new`] alone, and held
/// by the shelf that is named there until that gives it up.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Chunk(NonNull<Start>);

// SAFETY: it is an address; what is there is used only by who holds the lock of the chunk's shelf.
unsafe impl Send for Chunk {}

impl Chunk {
    /// Memory laid out as [`CHUNK`] becomes a chunk of `shelf`.
    ///
    /// # Safety
    ///
    /// - `memory` was allocated with [`CHUNK`], and nothing else uses it.
    /// - `block_bytes` is that of the shelf.
    unsafe fn new(memory: NonNull<u8>, shelf: &'static OneShelf, block_bytes: usize) -> Self {
        let start = memory.cast();
        // SAFETY: the memory is the caller's to give, large enough, and aligned far more.
        unsafe { start.write(Start { shelf, head: Head::new(block_bytes) }) };
        Self(start)
    }

    /// The block at `offset`.
    fn block(self, offset: Offset) -> NonNull<u8> {
        // SAFETY: the offsets of a shelf's blocks lie within the chunk, as its tests show.
        unsafe { self.0.cast::<u8>().add(offset.into()) }
    }
}

/// The chunks of a shelf whose lock the caller holds.
struct Locked;

impl Chunks for Locked {
    type Chunk = Chunk;

    fn head(&mut self, chunk: Chunk) -> &mut Head<Chunk> {
        // SAFETY: a shelf names only chunks that it holds, so there is a head, and its lock is
        // held. The borrow of `self` keeps out a second reference.
        unsafe { &mut (*chunk.0.as_ptr()).head }
    }

    fn next(&self, chunk: Chunk, block: Offset) -> Offset {
        // SAFETY: the block is free and was written by `set_next` (contract of `Chunks`).
        unsafe { chunk.block(block).cast().read() }
    }

    fn set_next(&mut self, chunk: Chunk, block: Offset, next: Offset) {
        // SAFETY: the block is free, so it is the shelf's, and larger than an offset.
        unsafe { chunk.block(block).cast().write(next) };
    }
}

/// The class of a block for `layout`; `None` if that is not small.
pub(super) fn class_for(layout: Layout) -> Option<usize> {
    if layout.align() > ALIGN_BYTES { None } else { class_of(layout.size()) }
}

/// A block of `class`; `None` if memory is used up.
pub(super) fn allocate(class: usize) -> Option<NonNull<u8>> {
    let shelf = &SHELVES[boards::this_core() % CORES][class];
    if let Some((chunk, block)) = shelf.lock().take(&mut Locked) {
        return Some(chunk.block(block));
    }
    let memory = super::HEAP.allocate(CHUNK)?;
    // SAFETY: the memory was allocated just now, and the shelf is that of the class.
    let chunk = unsafe { Chunk::new(memory, shelf, block_bytes(class)) };
    let block = shelf.lock().add(&mut Locked, chunk);
    Some(chunk.block(block))
}

/// Gives a block back.
///
/// # Safety
///
/// - It came from [`allocate`], and nothing uses it any more.
pub(super) unsafe fn deallocate(block: NonNull<u8>) {
    let address = block.as_ptr();
    let offset = address.addr() % CHUNK_BYTES;
    // SAFETY: the caller promises a block of a chunk, which begins so far below it (`CHUNK`).
    let chunk = Chunk(unsafe { block.sub(offset).cast() });
    // SAFETY: a block is in use, so its chunk is held by a shelf; this part of it never changes.
    let shelf = unsafe { (*chunk.0.as_ptr()).shelf };
    let empty = shelf.lock().give(&mut Locked, chunk, offset as Offset);
    give_back(empty);
}

/// Gives back all chunks without a block in use.
pub(super) fn trim() {
    for shelf in SHELVES.as_flattened() {
        let spare = shelf.lock().take_spare();
        give_back(spare);
    }
}

fn give_back(empty: Option<Chunk>) {
    if let Some(chunk) = empty {
        // SAFETY: the shelf has given it up, with no block in use; it was allocated like that.
        unsafe { super::HEAP.deallocate(chunk.0.cast(), CHUNK) };
    }
}

/// What is free in chunks, in bytes.
pub(super) fn free_bytes() -> usize {
    let shelves = SHELVES.iter().flat_map(|shelves| shelves.iter().enumerate());
    shelves.map(|(class, shelf)| shelf.lock().free_bytes(block_bytes(class))).sum()
}
