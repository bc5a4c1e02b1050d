//! A cache for a disk, which is a disk itself: reads ahead, and writes later and in larger pieces.
//!
//! What is written stays in memory until [`BlockDevice::flush`]. Whoever owns the cache looks at
//! [`BlockCache::dirty_since_ns`] now and then, and flushes what has waited too long.
//!
//! **The order of writes.** Blocks reach the disk in the order in which they were last written,
//! neighbours in one piece where they were written one after the other. So when the power fails
//! in between, the disk has some first part of that order. A block that was written twice is the
//! later one of the two, and its first contents may never reach the disk: a file system that
//! must have them there flushes in between. Transfers of [`DIRECT_BYTES`] or more pass the cache
//! by and reach the disk at once, before what waits: data before what points to it.
//!
//! **When the disk fails.** The error of a write that came later is given to whoever flushed, or
//! whose own write needed the room; nothing after it in the order is written. The blocks stay
//! in the cache and are tried again by the next flush, for as long as the disk fails or is
//! absent. Once the cache is full of them, small writes fail with the disk's error; reads go on.
//! A disk that is absent can neither be read nor written through the cache. Only
//! [`BlockDevice::revive`] ends this: it forgets all blocks, those that wait too.

mod places;

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use device::{BLOCK_BYTES, BlockDevice, BlockError, Clock, check_range};
use places::Places;
use spin::Mutex;

/// Blocks in a cache of the usual size, 256 KiB.
pub const USUAL_BLOCKS: usize = 512;

/// Blocks that are read ahead, or written in one piece, at most: the command for so many costs a
/// card little more than that for one.
const RUN_BLOCKS: usize = 64;

/// Bytes from which on a transfer passes the cache by.
pub const DIRECT_BYTES: usize = RUN_BLOCKS * BLOCK_BYTES;

/// `D` with a cache in front. What is written to `D` past the cache is not seen by it.
pub struct BlockCache<D> {
    device: D,
    clock: &'static dyn Clock,
    store: Mutex<Store>,
}

struct Store {
    places: Places,
    /// Room for one run on its way to or from the disk.
    run: Vec<u8>,
    /// What waits to be written, while it is sorted.
    waiting: Vec<usize>,
    /// The block after the last that the disk was asked for because it was missing here.
    next_missing: Option<u64>,
}

impl<D: BlockDevice> BlockCache<D> {
    /// An empty cache of `blocks`, at least 1 and at most 65 536, in front of `device`.
    ///
    /// # Errors
    ///
    /// There is not enough memory.
    pub fn new(
        device: D,
        clock: &'static dyn Clock,
        blocks: usize,
    ) -> Result<Self, TryReserveError> {
        let places = Places::new(blocks)?;
        let mut run = Vec::new();
        run.try_reserve_exact(DIRECT_BYTES)?;
        run.resize(DIRECT_BYTES, 0);
        let mut waiting = Vec::new();
        waiting.try_reserve_exact(places.len())?;
        let store = Store { places, run, waiting, next_missing: None };
        Ok(Self { device, clock, store: Mutex::new(store) })
    }

    /// Since when the longest waiting block waits to be written, by the cache's clock; `None`
    /// if none does.
    pub fn dirty_since_ns(&self) -> Option<u64> {
        self.store.lock().places.dirty_since_ns()
    }

    /// How many blocks wait to be written: what would be lost with the disk.
    pub fn dirty_blocks(&self) -> usize {
        self.store.lock().places.dirty_count()
    }
}

impl<D: BlockDevice> BlockDevice for BlockCache<D> {
    fn blocks(&self) -> u64 {
        self.device.blocks()
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        let end = self.device.blocks();
        check_range(first, buffer.len(), end)?;
        let mut store = self.store.lock();
        if buffer.len() >= DIRECT_BYTES {
            store.read_directly(&self.device, first, buffer)
        } else {
            store.read(&self.device, first, buffer, end)
        }
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        check_range(first, data.len(), self.device.blocks())?;
        if self.device.is_read_only() {
            return Err(BlockError::ReadOnly);
        }
        let mut store = self.store.lock();
        if data.len() >= DIRECT_BYTES {
            store.write_directly(&self.device, first, data)
        } else {
            store.write(&self.device, first, data, self.clock.now_ns())
        }
    }

    fn flush(&self) -> Result<(), BlockError> {
        self.store.lock().write_out(&self.device, usize::MAX)?;
        self.device.flush()
    }

    fn is_read_only(&self) -> bool {
        self.device.is_read_only()
    }

    fn revive(&self) -> Result<(), BlockError> {
        let mut store = self.store.lock();
        store.places.clear();
        store.next_missing = None;
        self.device.revive()
    }
}

impl Store {
    /// Fills `buffer` from the cache, and from `device` what is missing there.
    fn read(
        &mut self,
        device: &dyn BlockDevice,
        first: u64,
        buffer: &mut [u8],
        end: u64,
    ) -> Result<(), BlockError> {
        let mut rest = buffer;
        let mut block = first;
        while !rest.is_empty() {
            let read_bytes = match self.places.find(block) {
                Some(place) => {
                    rest[..BLOCK_BYTES].copy_from_slice(self.places.use_bytes(place));
                    BLOCK_BYTES
                }
                None => self.read_missing(device, block, rest, end)?,
            };
            rest = &mut rest[read_bytes..];
            block += (read_bytes / BLOCK_BYTES) as u64;
        }
        Ok(())
    }

    /// Reads the missing blocks from `block` on, up to the next that is here or the end of
    /// `buffer`, and tells how many bytes; reads ahead if the last that were missing came just
    /// before.
    fn read_missing(
        &mut self,
        device: &dyn BlockDevice,
        block: u64,
        buffer: &mut [u8],
        end: u64,
    ) -> Result<usize, BlockError> {
        let gap = self.places.next_from(block).unwrap_or(end).min(end) - block;
        let gap_bytes =
            usize::try_from(gap).map_or(usize::MAX, |gap| gap.saturating_mul(BLOCK_BYTES));
        let wanted_bytes = buffer.len().min(gap_bytes);
        let is_next = self.next_missing == Some(block);
        let ahead_bytes = if is_next { self.run.len().min(gap_bytes) } else { wanted_bytes };

        // What nobody has asked for yet may fail without anybody's notice.
        let read_bytes = match device.read(block, &mut self.run[..ahead_bytes]) {
            Err(_) if ahead_bytes > wanted_bytes => {
                device.read(block, &mut self.run[..wanted_bytes])?;
                wanted_bytes
            }
            result => result.map(|()| ahead_bytes)?,
        };
        buffer[..wanted_bytes].copy_from_slice(&self.run[..wanted_bytes]);
        self.next_missing = Some(block + (read_bytes / BLOCK_BYTES) as u64);
        self.keep(block, read_bytes);
        Ok(wanted_bytes)
    }

    /// Keeps the first `length_bytes` of the run, read from `block` on, as far as there is room
    /// beside what waits to be written.
    fn keep(&mut self, first: u64, length_bytes: usize) {
        for (block, bytes) in (first..).zip(self.run[..length_bytes].chunks_exact(BLOCK_BYTES)) {
            let Some(place) = self.places.insert(block) else { return };
            self.places.fill(place, bytes);
        }
    }

    fn read_directly(
        &mut self,
        device: &dyn BlockDevice,
        first: u64,
        buffer: &mut [u8],
    ) -> Result<(), BlockError> {
        device.read(first, buffer)?;
        for (block, place) in self.places.range(first, (buffer.len() / BLOCK_BYTES) as u64) {
            let start = (block - first) as usize * BLOCK_BYTES;
            buffer[start..start + BLOCK_BYTES].copy_from_slice(self.places.bytes(place));
        }
        Ok(())
    }

    /// Takes `data` into the cache.
    fn write(
        &mut self,
        device: &dyn BlockDevice,
        first: u64,
        data: &[u8],
        now_ns: u64,
    ) -> Result<(), BlockError> {
        for (block, bytes) in (first..).zip(data.chunks_exact(BLOCK_BYTES)) {
            let place = match self.places.find(block).or_else(|| self.places.insert(block)) {
                Some(place) => place,
                None => self.make_room(device, block)?,
            };
            self.places.fill(place, bytes);
            self.places.make_dirty(place, now_ns);
        }
        Ok(())
    }

    /// A place for `block` in a cache in which all others wait to be written.
    fn make_room(&mut self, device: &dyn BlockDevice, block: u64) -> Result<usize, BlockError> {
        self.write_out(device, 1)?;
        // Some block has been written, so that its place can be had.
        self.places.insert(block).ok_or(BlockError::Failed)
    }

    fn write_directly(
        &mut self,
        device: &dyn BlockDevice,
        first: u64,
        data: &[u8],
    ) -> Result<(), BlockError> {
        let count = (data.len() / BLOCK_BYTES) as u64;
        let result = device.write(first, data);
        // After an error nobody knows what the disk has there. What waits to be written still
        // has to be: it was acknowledged, and this was not.
        self.places.remove(first, count, result.is_ok());
        result
    }

    /// Writes the blocks that have waited longest, `runs_max` runs of them at most.
    fn write_out(&mut self, device: &dyn BlockDevice, runs_max: usize) -> Result<(), BlockError> {
        let mut waiting = core::mem::take(&mut self.waiting);
        self.places.list_dirty(&mut waiting);
        let mut rest = &waiting[..];
        let mut result = Ok(());
        for _ in 0..runs_max {
            let (run, later) = rest.split_at(self.run_blocks(rest));
            if run.is_empty() || result.is_err() {
                break;
            }
            result = self.write_run(device, run);
            rest = later;
        }
        self.waiting = waiting;
        result
    }

    /// How many of the first places hold neighbouring blocks, and can be written in one piece.
    fn run_blocks(&self, waiting: &[usize]) -> usize {
        let are_neighbours =
            |&one: &usize, &next: &usize| self.places.block(one) + 1 == self.places.block(next);
        let run = waiting.chunk_by(are_neighbours).next();
        run.map_or(0, |run| run.len().min(RUN_BLOCKS))
    }

    /// Writes the blocks in these places, which are neighbours.
    fn write_run(&mut self, device: &dyn BlockDevice, run: &[usize]) -> Result<(), BlockError> {
        for (&place, bytes) in run.iter().zip(self.run.chunks_exact_mut(BLOCK_BYTES)) {
            bytes.copy_from_slice(self.places.bytes(place));
        }
        device.write(self.places.block(run[0]), &self.run[..run.len() * BLOCK_BYTES])?;
        self.places.make_clean(run);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
