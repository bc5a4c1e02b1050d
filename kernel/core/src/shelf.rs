//! A shelf: the small blocks of one size, cut from chunks of memory.
//!
//! A chunk has a head at its start, and blocks up to its end. Blocks that were never taken are
//! counted, those that came back are in a list that runs through the blocks themselves: so a chunk
//! is ready as soon as its head is written, and taking and giving back takes the same few steps
//! however many blocks there are.
//!
//! A chunk without a block in use goes back to where chunks come from, but for one: else a shelf
//! whose only block is taken and given back again and again would fetch a chunk each time.
//!
//! Where heads and lists are is left to [`Chunks`], so that the rest needs no unsafe code.

/// Bytes of a chunk.
pub const CHUNK_BYTES: usize = 16 << 10;

/// Bytes of a chunk that are left to its head.
pub const HEAD_BYTES: usize = 32;

/// Where in its chunk a block begins. No block begins at 0: there is the head.
pub type Offset = u16;

/// The memory of a shelf's chunks.
pub trait Chunks {
    /// A chunk's name.
    type Chunk: Copy + Eq;

    /// The head of `chunk`.
    fn head(&mut self, chunk: Self::Chunk) -> &mut Head<Self::Chunk>;

    /// What [`Self::set_next`] wrote last to the free block at `block`.
    fn next(&self, chunk: Self::Chunk, block: Offset) -> Offset;

    /// Writes `next` into the free block at `block`.
    fn set_next(&mut self, chunk: Self::Chunk, block: Offset, next: Offset);
}

/// What a shelf knows of one of its chunks.
pub struct Head<C> {
    previous: Option<C>,
    next: Option<C>,
    /// The first block that was given back; 0 if there is none.
    free: Offset,
    /// How many blocks were never taken: the last ones.
    fresh: u16,
    used: u16,
    block_bytes: u16,
}

impl<C> Head<C> {
    /// For a chunk of blocks of `block_bytes`, at most [`crate::size_class::SMALL_BYTES_MAX`].
    #[must_use]
    pub const fn new(block_bytes: usize) -> Self {
        let fresh = ((CHUNK_BYTES - HEAD_BYTES) / block_bytes) as u16;
        let block_bytes = block_bytes as u16;
        Self { previous: None, next: None, free: 0, fresh, used: 0, block_bytes }
    }

    fn is_full(&self) -> bool {
        self.free == 0 && self.fresh == 0
    }
}

/// The chunks of one size of blocks.
pub struct Shelf<C> {
    /// The first of the chunks that have blocks in use and blocks to take. A chunk that is full is
    /// in no list.
    first: Option<C>,
    /// A chunk without a block in use.
    spare: Option<C>,
    chunks: u32,
    used: u32,
}

impl<C: Copy + Eq> Shelf<C> {
    /// Without any chunk.
    #[must_use]
    pub const fn new() -> Self {
        Self { first: None, spare: None, chunks: 0, used: 0 }
    }

    /// Bytes of its chunks that are not in a block in use, which has `block_bytes`.
    #[must_use]
    pub const fn free_bytes(&self, block_bytes: usize) -> usize {
        self.chunks as usize * CHUNK_BYTES - self.used as usize * block_bytes
    }

    /// Takes a block; `None` if there is none.
    pub fn take(&mut self, chunks: &mut impl Chunks<Chunk = C>) -> Option<(C, Offset)> {
        let chunk = match self.first {
            Some(chunk) => chunk,
            None => {
                let chunk = self.spare.take()?;
                self.push(chunks, chunk);
                chunk
            }
        };
        Some((chunk, self.take_from(chunks, chunk)))
    }

    /// Adds `chunk`, whose head is new, and takes a block of it.
    pub fn add(&mut self, chunks: &mut impl Chunks<Chunk = C>, chunk: C) -> Offset {
        self.chunks += 1;
        self.push(chunks, chunk);
        self.take_from(chunks, chunk)
    }

    /// Takes back what [`Self::take`] gave. What it returns is a chunk that the shelf does not have
    /// any more.
    #[must_use]
    pub fn give(
        &mut self,
        chunks: &mut impl Chunks<Chunk = C>,
        chunk: C,
        block: Offset,
    ) -> Option<C> {
        self.used -= 1;
        let head = chunks.head(chunk);
        let was_full = head.is_full();
        let next = core::mem::replace(&mut head.free, block);
        head.used -= 1;
        let is_empty = head.used == 0;
        chunks.set_next(chunk, block, next);

        match (was_full, is_empty) {
            (true, _) => self.push(chunks, chunk),
            (false, true) => return self.put_aside(chunks, chunk),
            (false, false) => {}
        }
        None
    }

    /// Takes the chunk without a block in use out of the shelf.
    pub fn take_spare(&mut self) -> Option<C> {
        let spare = self.spare.take();
        self.chunks -= u32::from(spare.is_some());
        spare
    }

    /// Takes a block of `chunk`, which has one and is in the list.
    fn take_from(&mut self, chunks: &mut impl Chunks<Chunk = C>, chunk: C) -> Offset {
        self.used += 1;
        let head = chunks.head(chunk);
        head.used += 1;
        let mut block = head.free;
        if block == 0 {
            block = (CHUNK_BYTES - head.fresh as usize * head.block_bytes as usize) as Offset;
            head.fresh -= 1;
        } else {
            let next = chunks.next(chunk, block);
            chunks.head(chunk).free = next;
        }
        if chunks.head(chunk).is_full() {
            self.remove(chunks, chunk);
        }
        block
    }

    /// Keeps `chunk`, in which no block is in use any more, unless there is such a one.
    fn put_aside(&mut self, chunks: &mut impl Chunks<Chunk = C>, chunk: C) -> Option<C> {
        self.remove(chunks, chunk);
        if self.spare.is_none() {
            self.spare = Some(chunk);
            return None;
        }
        self.chunks -= 1;
        Some(chunk)
    }

    fn push(&mut self, chunks: &mut impl Chunks<Chunk = C>, chunk: C) {
        let next = self.first.replace(chunk);
        if let Some(next) = next {
            chunks.head(next).previous = Some(chunk);
        }
        let head = chunks.head(chunk);
        (head.previous, head.next) = (None, next);
    }

    fn remove(&mut self, chunks: &mut impl Chunks<Chunk = C>, chunk: C) {
        let head = chunks.head(chunk);
        let (previous, next) = (head.previous, head.next);
        match previous {
            Some(previous) => chunks.head(previous).next = next,
            None => self.first = next,
        }
        if let Some(next) = next {
            chunks.head(next).previous = previous;
        }
    }
}

impl<C: Copy + Eq> Default for Shelf<C> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
