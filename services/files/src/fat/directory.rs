//! Directories: slots by number, names found, put in and taken out.
//!
//! The order of the writes is what makes a cut of the power harmless: a file's own slot comes
//! last when its name is written and goes first when it is removed. Slots of one block reach the
//! disk together or in this order, those of two are kept apart by a flush.

use super::chain::Chain;
use super::geometry::Width;
use super::name::{Name, PIECES_MAX, Short};
use super::scan::{Item, Scan};
use super::slot::{DELETED, SLOT_BYTES, SLOTS, Slot, sum_of};
use super::table::Table;
use abi::Errno;
use alloc::vec::Vec;

/// Slots of the largest directory: 2 MiB, which is what others allow.
pub(super) const SLOTS_MAX: u32 = 65_536;

/// How many short names are tried, each with nine numbers.
const ROOTS_MAX: u32 = 64;

/// A slot's place in the volume: its number, counted from the first block's first.
pub(super) type Place = u64;

/// Which directory: its clusters; none of them mean the root of FAT12 or FAT16.
pub(super) struct Directory {
    chain: Chain,
}

impl Directory {
    /// The directory whose first cluster is `first`; 0 means the root, as in `..`.
    pub(super) fn new(table: &Table, first: u32) -> Self {
        let first = if first == 0 { table.geometry.root_cluster } else { first };
        Self { chain: Chain::new(first) }
    }

    /// The directory with the clusters `chain`, which may know some of them already.
    pub(super) fn with_chain(chain: Chain) -> Self {
        Self { chain }
    }

    pub(super) fn into_chain(self) -> Chain {
        self.chain
    }

    /// Its first cluster, 0 for the root of FAT12 and FAT16.
    pub(super) fn first(&self) -> u32 {
        self.chain.first()
    }

    /// The place of slot `index`; `None` behind the last.
    pub(super) fn place(&mut self, table: &mut Table, index: u32) -> Result<Option<Place>, Errno> {
        let block = index / SLOTS;
        let geometry = table.geometry;
        let block = if self.chain.first() == 0 && geometry.width != Width::Fat32 {
            (block < geometry.root_blocks).then(|| geometry.root_first + block)
        } else if index < SLOTS_MAX {
            let run = self.chain.locate(table, block / geometry.cluster_blocks, 1)?;
            run.map(|run| geometry.block_of(run.cluster) + block % geometry.cluster_blocks)
        } else {
            None
        };
        Ok(block.map(|block| Place::from(block) * Place::from(SLOTS) + Place::from(index % SLOTS)))
    }

    /// Slot `index` and its place.
    pub(super) fn slot(
        &mut self,
        table: &mut Table,
        index: u32,
    ) -> Result<Option<(Place, Slot)>, Errno> {
        let Some(place) = self.place(table, index)? else { return Ok(None) };
        Ok(Some((place, slot_at(table, place)?)))
    }

    /// Finds the file `name`, by its long or its short name.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn find(&mut self, table: &mut Table, name: &Name) -> Result<Option<Item>, Errno> {
        let mut scan = Scan::new(self, 0);
        while let Some(item) = scan.next(table)? {
            let short = Name::from_short(&item.slot.short(), 0);
            if item.name.matches(name) || short.matches(name) {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    /// Whether nothing is in it.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn is_empty(&mut self, table: &mut Table) -> Result<bool, Errno> {
        Ok(Scan::new(self, 0).next(table)?.is_none())
    }

    /// Puts in a file that is not there yet, and tells its slot's place. `slot` gets its name.
    ///
    /// # Errors
    ///
    /// [`Errno::NoSpace`], [`Errno::Io`]; pieces of the name may be left in the directory, which
    /// nobody sees.
    pub(super) fn insert(
        &mut self,
        table: &mut Table,
        name: &Name,
        slot: &mut Slot,
    ) -> Result<Place, Errno> {
        let short = Short::of(name);
        let short_name = self.free_short(table, name, &short)?;
        slot.set_name(&short_name, if short.is_exact { short.case } else { 0 });
        let units: &[u16] =
            if short.is_exact && short_name == short.name { &[] } else { name.units() };
        let pieces = units.len().div_ceil(super::slot::UNITS) as u32;
        let first = self.find_room(table, pieces + 1)?;
        for index in 0..pieces {
            let piece = Slot::piece(units, (pieces - index) as usize, sum_of(&short_name));
            self.put(table, first + index, &piece)?;
        }
        if first / SLOTS != (first + pieces) / SLOTS {
            table.flush()?;
        }
        self.put(table, first + pieces, slot)?;
        self.place(table, first + pieces)?.ok_or(Errno::Io)
    }

    /// Takes out `item`, which was found in it.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; the file is still there, or pieces of its name are left.
    pub(super) fn remove(&mut self, table: &mut Table, item: &Item) -> Result<(), Errno> {
        self.delete(table, item.index)?;
        if item.first_index / SLOTS != item.index / SLOTS {
            table.flush()?;
        }
        for index in item.first_index..item.index {
            self.delete(table, index)?;
        }
        Ok(())
    }

    /// Marks slot `index` as free.
    pub(super) fn delete(&mut self, table: &mut Table, index: u32) -> Result<(), Errno> {
        let place = self.place(table, index)?.ok_or(Errno::Io)?;
        let (block, offset) = split(place);
        table.disk.change(block, offset, &[DELETED])
    }

    fn put(&mut self, table: &mut Table, index: u32, slot: &Slot) -> Result<(), Errno> {
        let place = self.place(table, index)?.ok_or(Errno::Io)?;
        put_slot(table, place, slot)
    }

    /// The first of `count` free slots in a row.
    fn find_room(&mut self, table: &mut Table, count: u32) -> Result<u32, Errno> {
        let (mut index, mut free, mut has_ended) = (0, 0, false);
        while free < count {
            match self.slot(table, index)? {
                Some((_, slot)) => {
                    has_ended |= slot.is_end();
                    free = if has_ended || slot.is_free() { free + 1 } else { 0 };
                    index += 1;
                }
                None => self.grow(table, index)?,
            }
        }
        if has_ended {
            self.end_at(table, index)?;
        }
        Ok(index - count)
    }

    /// Says that slot `index` and all after it are free, if there are such. Others may have left
    /// anything behind the end.
    fn end_at(&mut self, table: &mut Table, index: u32) -> Result<(), Errno> {
        match self.slot(table, index)? {
            Some((place, slot)) if !slot.is_end() => {
                put_slot(table, place, &Slot([0; SLOT_BYTES]))?;
                // The end must not move before this one is there.
                table.flush()
            }
            _ => Ok(()),
        }
    }

    /// Adds a cluster, full of zeros before it is seen.
    fn grow(&mut self, table: &mut Table, slots: u32) -> Result<(), Errno> {
        if self.chain.first() == 0 || slots >= SLOTS_MAX {
            return Err(Errno::NoSpace);
        }
        let cluster_slots = table.geometry.cluster_blocks * SLOTS;
        let last = self.chain.locate(table, slots / cluster_slots - 1, 1)?.ok_or(Errno::Io)?;
        let new = new_cluster(table, last.cluster)?;
        table.flush()?;
        table.join(last.cluster, new)
    }

    /// A short name for `name` that is not taken.
    fn free_short(
        &mut self,
        table: &mut Table,
        name: &Name,
        short: &Short,
    ) -> Result<[u8; 11], Errno> {
        if !short.is_lossy && self.taken(table, &short.name)?[0] == 0 {
            return Ok(short.name);
        }
        let mut seed =
            name.units().iter().fold(0u16, |seed, unit| seed.rotate_left(5).wrapping_add(*unit));
        for root in 0..ROOTS_MAX {
            let (keep, tail) = if root == 0 { (6, Vec::new()) } else { (2, hexadecimal(seed)) };
            if let Some(found) = self.free_number(table, short, keep, tail)? {
                return Ok(found);
            }
            seed = seed.wrapping_add(0x9e37);
        }
        Err(Errno::NoSpace)
    }

    /// The first of the nine short names ending in `tail` and a number that is not taken.
    fn free_number(
        &mut self,
        table: &mut Table,
        short: &Short,
        keep: usize,
        mut tail: Vec<u8>,
    ) -> Result<Option<[u8; 11]>, Errno> {
        tail.extend_from_slice(b"~1");
        let candidate = short.with_tail(keep, &tail);
        let taken = self.taken(table, &candidate)?;
        let Some(number) = (1..10).find(|number| taken[*number] == 0) else { return Ok(None) };
        let last = tail.len() - 1;
        tail[last] = b'0' + number as u8;
        Ok(Some(short.with_tail(keep, &tail)))
    }

    /// Which short names like `short` are taken: at 0 itself, at each digit that with this digit
    /// at the end of its first part.
    fn taken(&mut self, table: &mut Table, short: &[u8; 11]) -> Result<[u8; 10], Errno> {
        let mut taken = [0; 10];
        let last = short[..8].iter().rposition(|byte| *byte != b' ').unwrap_or(0);
        let mut scan = Scan::new(self, 0);
        while let Some(item) = scan.next(table)? {
            let mut other = item.slot.short();
            let digit = usize::from(other[last].wrapping_sub(b'0'));
            taken[0] |= u8::from(other == *short);
            other[last] = short[last];
            if other == *short && (1..10).contains(&digit) {
                taken[digit] = 1;
            }
        }
        Ok(taken)
    }
}

/// A new cluster full of zeros, at the end of a chain of its own.
pub(super) fn new_cluster(table: &mut Table, near: u32) -> Result<u32, Errno> {
    let cluster = table.take(near, 1)?.cluster;
    let block = table.geometry.block_of(cluster);
    let cleared = table.disk.clear(block, table.geometry.cluster_blocks);
    if cleared.is_err() {
        table.free_one(cluster)?;
    }
    cleared.map(|()| cluster)
}

/// The slot at `place`.
pub(super) fn slot_at(table: &mut Table, place: Place) -> Result<Slot, Errno> {
    let (block, offset) = split(place);
    let mut slot = Slot([0; SLOT_BYTES]);
    slot.0.copy_from_slice(&table.disk.sector(block)?[offset..offset + SLOT_BYTES]);
    Ok(slot)
}

/// Writes `slot` to `place`.
pub(super) fn put_slot(table: &mut Table, place: Place, slot: &Slot) -> Result<(), Errno> {
    let (block, offset) = split(place);
    table.disk.change(block, offset, &slot.0)
}

/// Block and byte of a place. Blocks have 32-bit numbers.
fn split(place: Place) -> (u32, usize) {
    let slots = Place::from(SLOTS);
    ((place / slots) as u32, (place % slots) as usize * SLOT_BYTES)
}

fn hexadecimal(number: u16) -> Vec<u8> {
    let digit = |shift: u16| b"0123456789ABCDEF"[usize::from(number >> shift & 15)];
    [12, 8, 4, 0].map(digit).to_vec()
}

const _: () = assert!(PIECES_MAX == 20, "the largest number of pieces that a slot can count");
