//! Two names for the same clusters: what a rename leaves that the power cut off.
//!
//! A rename counts up two bits of the slot, so that the newer of both names can be told.

use super::Checker;
use crate::fat::scan::Item;
use crate::fat::slot::Slot;
use crate::fat::walk::Walk;
use abi::Errno;

/// How often the other name of a file is looked for.
const TWINS_MAX: u32 = 64;

impl Checker<'_> {
    /// If another name leads to the same clusters because a rename was cut off, takes out the
    /// older of the two, and tells that it did.
    pub(super) fn finish_rename(
        &mut self,
        walk: &mut Walk,
        item: &Item,
        first: u32,
    ) -> Result<bool, Errno> {
        self.twins += 1;
        if !self.mends || self.twins > TWINS_MAX || walk.is_inside(first) {
            return Ok(false);
        }
        let Some((mut other, twin)) = self.twin(item, first)? else { return Ok(false) };
        let is_newer = item.slot.turn() == twin.slot.turn().wrapping_add(1) & 3;
        let is_older = twin.slot.turn() == item.slot.turn().wrapping_add(1) & 3;
        if !is_alike(&item.slot, &twin.slot) || !is_newer && !is_older {
            return Ok(false);
        }
        self.report.finished_renames += 1;
        if is_older {
            self.take_out(walk, item)?;
        } else {
            self.take_out(&mut other, &twin)?;
            if item.slot.is_directory() {
                let parent = walk.directory().map_or(0, |directory| directory.first());
                self.check_parent(first, parent)?;
            }
        }
        Ok(true)
    }

    /// The file before `item` that has the same first cluster, and the walk that found it. All
    /// before `item` is repaired already, so this walk has an end.
    fn twin(&mut self, item: &Item, first: u32) -> Result<Option<(Walk, Item)>, Errno> {
        let mut walk = Walk::new(self.table, false);
        let width = self.table.geometry.width;
        while let Some(other) = walk.next(self.table)? {
            if other.place == item.place {
                break;
            }
            let other_first = other.slot.first(width);
            if other_first == first {
                return Ok(Some((walk, other)));
            }
            if other.slot.is_directory() {
                walk.enter(self.table, other_first);
            }
        }
        Ok(None)
    }
}

/// Whether both can be names of the same file.
fn is_alike(one: &Slot, two: &Slot) -> bool {
    one.is_directory() == two.is_directory() && one.size() == two.size()
}
