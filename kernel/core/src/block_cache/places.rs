//! The cache's memory: a number of places, each of which holds one block or none.

use alloc::collections::TryReserveError;
use alloc::vec::Vec;
use device::BLOCK_BYTES;

/// The places, and which block is where.
///
/// All memory is taken when it is made, none later.
pub(super) struct Places {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// The numbers of the places in use, by the blocks that they hold.
    index: Vec<u16>,
    /// The numbers of the others.
    free: Vec<u16>,
    /// Where the search for a place that can be had anew goes on.
    hand: usize,
    /// Writes so far.
    writes: u64,
    dirty_count: usize,
    /// Since when the longest waiting block waits; of no meaning while none does.
    dirty_since_ns: u64,
}

#[derive(Clone, Copy, Default)]
struct Place {
    block: u64,
    /// It was read since the hand last came by.
    was_used: bool,
    dirty: Option<Dirty>,
}

#[derive(Clone, Copy)]
struct Dirty {
    /// The number of its last write among all.
    last_write: u64,
    /// The time of its first write that the disk does not have.
    since_ns: u64,
}

impl Places {
    /// `count` places, at least 1 and at most 65 536.
    pub(super) fn new(count: usize) -> Result<Self, TryReserveError> {
        let count = count.clamp(1, usize::from(u16::MAX) + 1);
        let mut free = with_room(count)?;
        free.extend((0..=u16::MAX).take(count));
        let mut bytes = with_room(count * BLOCK_BYTES)?;
        bytes.resize(count * BLOCK_BYTES, 0);
        let mut places = with_room(count)?;
        places.resize(count, Place::default());
        Ok(Self {
            bytes,
            places,
            index: with_room(count)?,
            free,
            hand: 0,
            writes: 0,
            dirty_count: 0,
            dirty_since_ns: 0,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn dirty_count(&self) -> usize {
        self.dirty_count
    }

    pub(super) fn dirty_since_ns(&self) -> Option<u64> {
        (self.dirty_count > 0).then_some(self.dirty_since_ns)
    }

    /// The place that holds `block`.
    pub(super) fn find(&self, block: u64) -> Option<usize> {
        let at = self.search(block).ok()?;
        Some(self.index[at].into())
    }

    /// The first block from `block` on that is here.
    pub(super) fn next_from(&self, block: u64) -> Option<u64> {
        let at = self.search(block).unwrap_or_else(|at| at);
        Some(self.block(usize::from(*self.index.get(at)?)))
    }

    /// The blocks among the `count` from `first` on that are here, and their places.
    pub(super) fn range(&self, first: u64, count: u64) -> impl Iterator<Item = (u64, usize)> {
        let (start, end) = self.bounds(first, count);
        self.index[start..end].iter().map(|&place| (self.block(place.into()), place.into()))
    }

    /// The block that a place in use holds.
    pub(super) fn block(&self, place: usize) -> u64 {
        self.places[place].block
    }

    pub(super) fn bytes(&self, place: usize) -> &[u8] {
        &self.bytes[place * BLOCK_BYTES..][..BLOCK_BYTES]
    }

    /// A place's bytes, which somebody wants, so that they are worth keeping.
    pub(super) fn use_bytes(&mut self, place: usize) -> &[u8] {
        self.places[place].was_used = true;
        self.bytes(place)
    }

    pub(super) fn fill(&mut self, place: usize, bytes: &[u8]) {
        self.bytes[place * BLOCK_BYTES..][..BLOCK_BYTES].copy_from_slice(bytes);
    }

    /// A place for `block`, which has none: one not in use, or one whose block was not wanted
    /// for long; `None` if all wait to be written. The bytes in it are anything.
    pub(super) fn insert(&mut self, block: u64) -> Option<usize> {
        let place = match self.free.pop() {
            Some(place) => place,
            None => self.evict()?,
        };
        let at = self.search(block).unwrap_or_else(|at| at);
        self.index.insert(at, place);
        self.places[usize::from(place)] = Place { block, ..Place::default() };
        Some(place.into())
    }

    /// Takes a place from its block: the next that is clean and was not used since the hand
    /// came by, once all others had a second chance.
    fn evict(&mut self) -> Option<u16> {
        for _ in 0..2 * self.places.len() {
            let number = self.hand;
            self.hand = (self.hand + 1) % self.places.len();
            let place = &mut self.places[number];
            if place.dirty.is_none() && !core::mem::take(&mut place.was_used) {
                let block = place.block;
                let at = self.search(block).ok()?;
                return Some(self.index.remove(at));
            }
        }
        None
    }

    /// Forgets those of the `count` blocks from `first` on that are clean, and if `dirty_too`,
    /// all of them.
    pub(super) fn remove(&mut self, first: u64, count: u64, dirty_too: bool) {
        let (start, end) = self.bounds(first, count);
        let mut kept = start;
        for at in start..end {
            let number = self.index[at];
            let place = &mut self.places[usize::from(number)];
            if place.dirty.is_some() && !dirty_too {
                self.index[kept] = number;
                kept += 1;
            } else {
                place.dirty = None;
                self.free.push(number);
            }
        }
        self.index.drain(kept..end);
        self.count_dirty();
    }

    /// Forgets all blocks.
    pub(super) fn clear(&mut self) {
        self.remove(0, u64::MAX, true);
    }

    /// Notes that the block in `place` was written at `now_ns`, and waits.
    pub(super) fn make_dirty(&mut self, place: usize, now_ns: u64) {
        self.writes += 1;
        if self.dirty_count == 0 {
            self.dirty_since_ns = now_ns;
        }
        let dirty = &mut self.places[place].dirty;
        self.dirty_count += usize::from(dirty.is_none());
        let since_ns = dirty.map_or(now_ns, |dirty| dirty.since_ns);
        *dirty = Some(Dirty { last_write: self.writes, since_ns });
    }

    /// Notes that the blocks in these places have been written.
    pub(super) fn make_clean(&mut self, places: &[usize]) {
        for &place in places {
            self.places[place].dirty = None;
        }
        self.count_dirty();
    }

    /// Puts the places that wait to be written into `list`, in the order of their last writes.
    pub(super) fn list_dirty(&self, list: &mut Vec<usize>) {
        let last_write = |&place: &usize| self.places[place].dirty.map(|dirty| dirty.last_write);
        list.clear();
        list.extend((0..self.places.len()).filter(|place| last_write(place).is_some()));
        list.sort_unstable_by_key(last_write);
    }

    fn count_dirty(&mut self) {
        let dirty = || self.places.iter().filter_map(|place| place.dirty);
        self.dirty_count = dirty().count();
        self.dirty_since_ns = dirty().map(|dirty| dirty.since_ns).min().unwrap_or(0);
    }

    /// Where in the index `block` is, or would be.
    fn search(&self, block: u64) -> Result<usize, usize> {
        self.index.binary_search_by_key(&block, |&place| self.block(place.into()))
    }

    /// Where in the index the `count` blocks from `first` on begin and end.
    fn bounds(&self, first: u64, count: u64) -> (usize, usize) {
        let place_of = |block| self.search(block).unwrap_or_else(|at| at);
        (place_of(first), place_of(first.saturating_add(count)))
    }
}

/// An empty list with room for `count`.
fn with_room<T>(count: usize) -> Result<Vec<T>, TryReserveError> {
    let mut list = Vec::new();
    list.try_reserve_exact(count)?;
    Ok(list)
}
