//! Files that are held: a number for each, and what of it is not on the disk yet.

use super::chain::Chain;
use super::directory::{Directory, Place};
use super::geometry::Width;
use super::scan::Item;
use super::slot::Slot;
use super::{FatFiles, ROOT};
use crate::{Kind, Node, Status};
use abi::Errno;
use alloc::vec::Vec;

/// The inode of the root directory. A slot's place is never that small.
const ROOT_INODE: u64 = 1;

/// Added to the number of a file without a name, so that it is no place's.
const NAMELESS: u64 = 1 << 63;

/// A file that is held.
pub(super) struct Open {
    number: u64,
    pub holds: u64,
    /// Where its slot is; none for the root and for files without a name.
    pub place: Option<Place>,
    /// Its slot, newer than the one on the disk if `is_dirty`.
    pub slot: Slot,
    pub is_dirty: bool,
    pub chain: Chain,
}

impl Open {
    pub(super) fn kind(&self) -> Kind {
        kind_of(&self.slot)
    }

    fn is_needed(&self) -> bool {
        self.holds > 0 || self.is_dirty && self.place.is_some()
    }
}

/// All files that are held. A list is searched fast enough, and a tree would take several times
/// the code.
pub(super) struct Held {
    /// By number.
    list: Vec<Open>,
    /// The number for the next file.
    next: u64,
}

impl Held {
    /// Only the root directory, whose first cluster is `cluster`, for ever.
    pub(super) fn new(cluster: u32) -> Self {
        let mut slot = Slot::new(true, 0);
        slot.set_first(cluster, Width::Fat32);
        let mut held = Self { list: Vec::new(), next: ROOT.0 };
        held.add(None, slot, Chain::new(cluster));
        held
    }

    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Open> {
        self.list.iter_mut()
    }

    pub(super) fn get(&mut self, node: Node) -> Option<&mut Open> {
        let index = self.list.binary_search_by_key(&node.0, |open| open.number).ok()?;
        self.list.get_mut(index)
    }

    /// The one whose slot is at `place`.
    pub(super) fn at(&mut self, place: Place) -> Option<&mut Open> {
        self.all().find(|open| open.place == Some(place))
    }

    /// Forgets those that nobody holds, but not before their slots are written.
    pub(super) fn forget_released(&mut self) {
        self.list.retain(Open::is_needed);
    }

    fn add(&mut self, place: Option<Place>, slot: Slot, chain: Chain) -> Node {
        let number = self.next;
        self.next += 1;
        self.list.push(Open { number, holds: 1, place, slot, is_dirty: false, chain });
        Node(number)
    }
}

pub(super) fn kind_of(slot: &Slot) -> Kind {
    if slot.is_directory() { Kind::Directory } else { Kind::File }
}

impl FatFiles {
    /// The file `node`, which its caller holds.
    pub(super) fn open(&mut self, node: Node) -> Result<&mut Open, Errno> {
        self.held.get(node).ok_or(Errno::BadDescriptor)
    }

    /// The directory `node`, if it is one.
    ///
    /// # Errors
    ///
    /// [`Errno::NotDirectory`].
    pub(super) fn directory(&mut self, node: Node) -> Result<Directory, Errno> {
        let width = self.table.geometry.width;
        let open = self.open(node)?;
        if open.kind() != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        let first = open.slot.first(width);
        Ok(Directory::new(&self.table, first))
    }

    /// The directory `node`, if names can be put into it.
    ///
    /// # Errors
    ///
    /// [`Errno::NotDirectory`]; [`Errno::NoEntry`] if it was removed.
    pub(super) fn living_directory(&mut self, node: Node) -> Result<Directory, Errno> {
        let directory = self.directory(node)?;
        if node != ROOT && self.open(node)?.place.is_none() {
            return Err(Errno::NoEntry);
        }
        Ok(directory)
    }

    /// Holds the file with the slot `slot` at `place`.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`] for a directory without clusters, which cannot be.
    pub(super) fn hold_place(&mut self, place: Place, slot: Slot) -> Result<Node, Errno> {
        if let Some(open) = self.held.at(place) {
            open.holds += 1;
            return Ok(Node(open.number));
        }
        let first = slot.first(self.table.geometry.width);
        if slot.is_directory() && first == 0 {
            return Err(Errno::Io);
        }
        Ok(self.held.add(Some(place), slot, Chain::new(first)))
    }

    /// The slot of `item` as it is or will be on the disk.
    pub(super) fn current_slot(&mut self, item: &Item) -> Slot {
        self.held.at(item.place).map_or(item.slot, |open| open.slot)
    }

    /// The file of `item` has no name any more. Its clusters are free as soon as nobody holds it
    /// and no slot on the disk has them.
    pub(super) fn lose_name(&mut self, item: &Item) {
        let mut first = item.slot.first(self.table.geometry.width);
        if let Some(open) = self.held.at(item.place) {
            open.place = None;
            if open.holds > 0 {
                return;
            }
            first = open.chain.first();
            self.held.forget_released();
        }
        self.doom(first);
    }

    /// Lets the chain that begins with `first` be freed by the next commit.
    pub(super) fn doom(&mut self, first: u32) {
        if first != 0 {
            self.doomed.push(first);
        }
    }

    /// Gives back one hold.
    pub(super) fn let_go(&mut self, node: Node) {
        if node == ROOT {
            return;
        }
        let Some(open) = self.held.get(node) else { return };
        open.holds = open.holds.saturating_sub(1);
        let is_gone = open.holds == 0 && open.place.is_none();
        let first = if is_gone { open.chain.first() } else { 0 };
        self.held.forget_released();
        self.doom(first);
    }

    /// What is known about `node`.
    pub(super) fn status_of(&mut self, node: Node) -> Result<Status, Errno> {
        let open = self.open(node)?;
        let kind = open.kind();
        let inode = match open.place {
            _ if node == ROOT => ROOT_INODE,
            Some(place) => place,
            None => NAMELESS | node.0,
        };
        let length_bytes = if kind == Kind::File { open.slot.size().into() } else { 0 };
        let modified_ns = open.slot.modified_ns();
        Ok(Status {
            inode,
            kind,
            links: u64::from(open.place.is_some() || node == ROOT),
            length_bytes,
            accessed_ns: open.slot.accessed_ns(),
            modified_ns,
            changed_ns: modified_ns,
        })
    }
}
