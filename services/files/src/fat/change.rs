//! Names: made, removed and moved.

use super::directory::{Directory, Place, new_cluster, put_slot, slot_at};
use super::name::Name;
use super::scan::Item;
use super::slot::{SLOTS, Slot};
use super::table::Table;
use super::{FatFiles, ROOT};
use crate::Node;
use abi::Errno;

/// Directories above a directory, at most; a path has no room for more.
const DEPTH_MAX: u32 = 2048;

/// A name in a directory, for a rename.
struct Spot {
    node: Node,
    directory: Directory,
    name: Name,
    item: Option<Item>,
}

impl FatFiles {
    /// The file `name` of `directory`, held.
    pub(super) fn look_up(&mut self, directory: Node, name: &str) -> Result<Node, Errno> {
        let item = self.item(directory, name)?;
        self.hold_place(item.place, item.slot)
    }

    /// Makes an empty file or directory, and holds it.
    pub(super) fn make(
        &mut self,
        node: Node,
        name: &str,
        is_directory: bool,
        now_ns: u64,
    ) -> Result<Node, Errno> {
        let mut directory = self.living_directory(node)?;
        let name = Name::new(name)?;
        if directory.find(&mut self.table, &name)?.is_some() {
            return Err(Errno::Exists);
        }
        self.begin(now_ns)?;
        let mut slot = Slot::new(is_directory, now_ns);
        let mut result = put_in(&mut self.table, &mut directory, &name, &mut slot);
        if result == Err(Errno::NoSpace) && !self.doomed.is_empty() {
            self.commit()?;
            result = put_in(&mut self.table, &mut directory, &name, &mut slot);
        }
        let place = result?;
        self.touch(node, now_ns);
        self.hold_place(place, slot)
    }

    /// Takes `name` from `node`: a directory, which must be empty, or any other file.
    pub(super) fn remove(
        &mut self,
        node: Node,
        name: &str,
        is_directory: bool,
        now_ns: u64,
    ) -> Result<(), Errno> {
        let item = self.item(node, name)?;
        let slot = self.current_slot(&item);
        match (is_directory, slot.is_directory()) {
            (true, false) => return Err(Errno::NotDirectory),
            (false, true) => return Err(Errno::IsDirectory),
            (true, true) => self.expect_empty(&slot)?,
            _ => {}
        }
        self.begin(now_ns)?;
        self.directory(node)?.remove(&mut self.table, &item)?;
        self.lose_name(&item);
        self.touch(node, now_ns);
        Ok(())
    }

    /// Moves a name, as [`crate::FileSystem::rename`] does.
    pub(super) fn move_name(
        &mut self,
        from: (Node, &str),
        to: (Node, &str),
        now_ns: u64,
    ) -> Result<(), Errno> {
        let mut from = self.spot(from).map_err(unstorable)?;
        let mut to = self.spot(to)?;
        let item = from.item.take().ok_or(Errno::NoEntry)?;
        let target = to.item.take().filter(|target| target.place != item.place);
        if target.is_none() && from.node == to.node && item.name == to.name {
            return Ok(());
        }
        let mut slot = self.current_slot(&item);
        if slot.is_directory() {
            self.expect_outside(slot.first(self.table.geometry.width), to.directory.first())?;
        }
        self.expect_replaceable(&slot, target.as_ref())?;
        self.begin(now_ns)?;
        self.settle_slot(&item)?;
        slot.set_turn(slot.turn().wrapping_add(1));
        let place = self.put_name(&mut to, &mut slot, target.as_ref())?;
        self.table.flush()?;
        self.follow(&item, place, slot);
        self.set_parent(&slot, &from, &to)?;
        from.directory.remove(&mut self.table, &item)?;
        self.touch(from.node, now_ns);
        self.touch(to.node, now_ns);
        Ok(())
    }

    /// The new name must not lead to clusters that are not there yet; and until the old one is
    /// gone, a repair must see that both lead to the same.
    fn settle_slot(&mut self, item: &Item) -> Result<(), Errno> {
        if self.held.at(item.place).is_some_and(|open| open.is_dirty) {
            self.commit()
        } else {
            self.table.flush()
        }
    }

    /// Puts `slot` in the place of `target`, under its name, or under a new one.
    fn put_name(
        &mut self,
        to: &mut Spot,
        slot: &mut Slot,
        target: Option<&Item>,
    ) -> Result<Place, Errno> {
        if let Some(target) = target {
            slot.set_name(&target.slot.short(), target.slot.case());
            put_slot(&mut self.table, target.place, slot)?;
            self.lose_name(target);
            return Ok(target.place);
        }
        let mut result = to.directory.insert(&mut self.table, &to.name, slot);
        if result == Err(Errno::NoSpace) && !self.doomed.is_empty() {
            self.commit()?;
            result = to.directory.insert(&mut self.table, &to.name, slot);
        }
        result
    }

    /// Whoever holds the file of `item` holds it at `place` from now on.
    fn follow(&mut self, item: &Item, place: Place, slot: Slot) {
        if let Some(open) = self.held.at(item.place) {
            open.place = Some(place);
            open.slot = slot;
        }
    }

    /// Lets `..` of a directory that was moved lead to where it is now.
    fn set_parent(&mut self, slot: &Slot, from: &Spot, to: &Spot) -> Result<(), Errno> {
        if !slot.is_directory() || from.directory.first() == to.directory.first() {
            return Ok(());
        }
        let first = slot.first(self.table.geometry.width);
        set_parent(&mut self.table, first, to.directory.first())
    }

    fn spot(&mut self, (node, name): (Node, &str)) -> Result<Spot, Errno> {
        let mut directory = self.living_directory(node)?;
        let name = Name::new(name)?;
        let item = directory.find(&mut self.table, &name)?;
        Ok(Spot { node, directory, name, item })
    }

    /// The file `name` of `directory`.
    fn item(&mut self, directory: Node, name: &str) -> Result<Item, Errno> {
        let mut directory = self.directory(directory)?;
        let name = Name::new(name).map_err(unstorable)?;
        directory.find(&mut self.table, &name)?.ok_or(Errno::NoEntry)
    }

    fn expect_empty(&mut self, slot: &Slot) -> Result<(), Errno> {
        let first = slot.first(self.table.geometry.width);
        let mut directory = Directory::new(&self.table, first);
        if directory.is_empty(&mut self.table)? { Ok(()) } else { Err(Errno::NotEmpty) }
    }

    /// Whether `slot` may take the place of `target`.
    fn expect_replaceable(&mut self, slot: &Slot, target: Option<&Item>) -> Result<(), Errno> {
        let Some(target) = target else { return Ok(()) };
        match (slot.is_directory(), target.slot.is_directory()) {
            (true, false) => Err(Errno::NotDirectory),
            (false, true) => Err(Errno::IsDirectory),
            (true, true) => self.expect_empty(&target.slot),
            _ => Ok(()),
        }
    }

    /// The directory `to` must not lie in the directory `moved`, nor be it.
    fn expect_outside(&mut self, moved: u32, to: u32) -> Result<(), Errno> {
        let root = self.table.geometry.root_cluster;
        let mut first = to;
        for _ in 0..DEPTH_MAX {
            if first == moved {
                return Err(Errno::Invalid);
            }
            if first == root || first == 0 {
                return Ok(());
            }
            first = parent_of(&mut self.table, first)?;
        }
        Err(Errno::Io)
    }

    /// A directory changed when a name in it did. The root has no slot to remember it in.
    fn touch(&mut self, directory: Node, now_ns: u64) {
        if directory == ROOT {
            return;
        }
        if let Some(open) = self.held.get(directory) {
            open.slot.set_modified(now_ns);
            open.is_dirty = true;
        }
    }
}

/// A name that cannot be stored is not there.
fn unstorable(error: Errno) -> Errno {
    if error == Errno::Invalid { Errno::NoEntry } else { error }
}

/// Puts a new file into `directory`; a new directory gets its first cluster before.
fn put_in(
    table: &mut Table,
    directory: &mut Directory,
    name: &Name,
    slot: &mut Slot,
) -> Result<Place, Errno> {
    if !slot.is_directory() {
        return directory.insert(table, name, slot);
    }
    let cluster = new_cluster(table, table.hint)?;
    slot.set_first(cluster, table.geometry.width);
    let put = put_dots(table, cluster, slot, directory.first())
        .and_then(|()| table.flush())
        .and_then(|()| directory.insert(table, name, slot));
    if put.is_err() {
        table.free_one(cluster)?;
    }
    put
}

/// Puts `.` and `..` into the new directory at `cluster`.
fn put_dots(table: &mut Table, cluster: u32, slot: &Slot, parent: u32) -> Result<(), Errno> {
    let mut dots = *slot;
    dots.set_name(b".          ", 0);
    put_slot(table, dots_place(table, cluster), &dots)?;
    dots.set_name(b"..         ", 0);
    dots.set_first(dots_value(table, parent), table.geometry.width);
    put_slot(table, dots_place(table, cluster) + 1, &dots)
}

/// Lets `..` of the directory at `cluster` lead to `parent`.
pub(super) fn set_parent(table: &mut Table, cluster: u32, parent: u32) -> Result<(), Errno> {
    let place = dots_place(table, cluster) + 1;
    let mut slot = slot_at(table, place)?;
    slot.set_first(dots_value(table, parent), table.geometry.width);
    put_slot(table, place, &slot)
}

/// Where `..` of the directory at `cluster` leads; 0 for the root.
pub(super) fn parent_of(table: &mut Table, cluster: u32) -> Result<u32, Errno> {
    // Checks the number.
    table.link(cluster)?;
    let slot = slot_at(table, dots_place(table, cluster) + 1)?;
    if &slot.short() != b"..         " {
        return Err(Errno::Io);
    }
    Ok(slot.first(table.geometry.width))
}

/// The place of the first slot of the directory at `cluster`.
fn dots_place(table: &Table, cluster: u32) -> Place {
    Place::from(table.geometry.block_of(cluster)) * Place::from(SLOTS)
}

/// In `..` the root is 0, also where it has a number.
fn dots_value(table: &Table, parent: u32) -> u32 {
    if parent == table.geometry.root_cluster { 0 } else { parent }
}
