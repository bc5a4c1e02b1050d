//! Reading a directory from slot to slot.

use super::directory::{Directory, Place};
use super::name::{Name, PIECES_MAX};
use super::slot::{Slot, sum_of};
use super::table::Table;
use abi::Errno;
use alloc::vec::Vec;

/// A file in a directory.
pub(super) struct Item {
    /// Number of its slot.
    pub index: u32,
    /// Number of the first slot of its name: the same, if its name is a short one.
    pub first_index: u32,
    pub place: Place,
    pub slot: Slot,
    pub name: Name,
}

/// A walk through a directory.
pub(super) struct Scan<'a> {
    directory: &'a mut Directory,
    index: u32,
    long: Long,
    /// Slots with pieces of names that no file has, if somebody wants to know.
    pub strays: Option<Vec<u32>>,
}

impl<'a> Scan<'a> {
    /// Begins at slot `index`.
    pub(super) fn new(directory: &'a mut Directory, index: u32) -> Self {
        Self { directory, index, long: Long::NONE, strays: None }
    }

    /// The next file; neither `.` and `..` nor the volume's name.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn next(&mut self, table: &mut Table) -> Result<Option<Item>, Errno> {
        while let Some((place, slot)) = self.directory.slot(table, self.index)? {
            let index = self.index;
            if slot.is_end() {
                break;
            }
            self.index += 1;
            if slot.is_free() {
                self.drop_long(index);
            } else if slot.is_long() {
                if !self.long.accepts(&slot) {
                    self.drop_long(index);
                }
                self.long.add(index, &slot);
            } else if let Some(item) = self.item(index, place, slot) {
                return Ok(Some(item));
            }
        }
        self.drop_long(self.index);
        Ok(None)
    }

    /// Whether the slot before belongs to the name of what comes here.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn is_within_name(&mut self, table: &mut Table) -> Result<bool, Errno> {
        let before = self.directory.slot(table, self.index - 1)?;
        Ok(before.is_some_and(|(_, slot)| !slot.is_free() && slot.is_long()))
    }

    /// Skips what is left of the file that it is within.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn skip_file(&mut self, table: &mut Table) -> Result<(), Errno> {
        while let Some((_, slot)) = self.directory.slot(table, self.index)? {
            if slot.is_end() {
                break;
            }
            self.index += 1;
            if slot.is_free() || !slot.is_long() {
                break;
            }
        }
        Ok(())
    }

    fn item(&mut self, index: u32, place: Place, slot: Slot) -> Option<Item> {
        let long = self.long.name_of(&slot);
        if slot.is_label() || slot.is_dots() || long.is_none() {
            self.drop_long(index);
        }
        let first_index = self.long.first_index.unwrap_or(index);
        self.long = Long::NONE;
        let name = long.unwrap_or_else(|| Name::from_short(&slot.short(), slot.case()));
        let is_file = !slot.is_label() && !slot.is_dots();
        is_file.then_some(Item { index, first_index, place, slot, name })
    }

    /// Forgets the pieces before slot `end`: they belong to no file.
    fn drop_long(&mut self, end: u32) {
        if let (Some(strays), Some(first)) = (&mut self.strays, self.long.first_index) {
            strays.extend(first..end);
        }
        self.long = Long::NONE;
    }
}

/// Pieces of a long name, as far as they came; the last comes first.
struct Long {
    first_index: Option<u32>,
    /// The piece that must come next; 0 after the first one, which comes last.
    missing: usize,
    sum: u8,
    name: Name,
}

impl Long {
    const NONE: Self = Self { first_index: None, missing: 0, sum: 0, name: Name::EMPTY };

    /// Whether `slot` goes on with the name.
    fn accepts(&self, slot: &Slot) -> bool {
        self.first_index.is_some()
            && !slot.is_last_piece()
            && slot.order() == self.missing
            && slot.sum() == self.sum
    }

    /// Adds a piece that was accepted, or begins with it.
    fn add(&mut self, index: u32, slot: &Slot) {
        self.first_index.get_or_insert(index);
        let order = slot.order();
        if slot.is_last_piece() {
            self.missing = order;
            self.sum = slot.sum();
        }
        if order == 0 || order > PIECES_MAX || order != self.missing {
            self.missing = usize::MAX;
            return;
        }
        self.name.put_piece(order, slot.units());
        self.missing = order - 1;
    }

    /// The name, if it is whole and that of `slot`.
    fn name_of(&self, slot: &Slot) -> Option<Name> {
        let is_whole = self.first_index.is_some() && self.missing == 0;
        let is_its = self.sum == sum_of(&slot.short());
        (is_whole && is_its && self.name.is_good()).then_some(self.name)
    }
}
