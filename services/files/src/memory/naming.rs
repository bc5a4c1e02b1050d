//! How files come by their names and lose them.

use super::budget::Budget;
use super::pieces::Pieces;
use super::table::{Content, Inode, ROOT};
use super::{MemoryFiles, names};
use crate::{Kind, NAME_BYTES_MAX, Node};
use abi::Errno;

impl MemoryFiles {
    pub(super) fn kind(&self, node: Node) -> Result<Kind, Errno> {
        self.table.get(node).map(Inode::kind)
    }

    pub(super) fn names(&self, directory: Node) -> Result<&Pieces, Errno> {
        match &self.table.get(directory)?.content {
            Content::Directory { names, .. } => Ok(names),
            _ => Err(Errno::NotDirectory),
        }
    }

    /// The names of `directory`, to be changed, and what a change is charged to.
    pub(super) fn names_mut(
        &mut self,
        directory: Node,
    ) -> Result<(&mut Pieces, &mut Budget), Errno> {
        match &mut self.table.get_mut(directory)?.content {
            Content::Directory { names, .. } => Ok((names, &mut self.budget)),
            _ => Err(Errno::NotDirectory),
        }
    }

    /// The key of `name` in `directory`, and what it names.
    pub(super) fn named(&self, directory: Node, name: &str) -> Result<(u64, Node), Errno> {
        names::find(self.names(directory)?, name).ok_or(Errno::NoEntry)
    }

    /// Gives `node` the name `name`, which is new.
    pub(super) fn add_name(
        &mut self,
        directory: Node,
        name: &str,
        node: Node,
    ) -> Result<(), Errno> {
        if name.len() > NAME_BYTES_MAX {
            return Err(Errno::NameTooLong);
        }
        // One that was removed while held takes no more names.
        if self.table.get(directory)?.links == 0 {
            return Err(Errno::NoEntry);
        }
        let (names, budget) = self.names_mut(directory)?;
        match names::find(names, name) {
            Some(_) => Err(Errno::Exists),
            None => names::insert(names, name, node, budget),
        }
    }

    pub(super) fn remove_name(
        &mut self,
        directory: Node,
        key: u64,
        now_ns: u64,
    ) -> Result<(), Errno> {
        let (names, budget) = self.names_mut(directory)?;
        names.remove(key, budget);
        self.table.get_mut(directory)?.modify(now_ns);
        Ok(())
    }

    /// Counts one name of `node` less.
    pub(super) fn unname(&mut self, node: Node, now_ns: u64) -> Result<(), Errno> {
        let inode = self.table.get_mut(node)?;
        inode.links = inode.links.saturating_sub(1);
        inode.changed_ns = now_ns;
        self.forget_unused(node);
        Ok(())
    }

    /// Frees `node` if nobody names or holds it.
    pub(super) fn forget_unused(&mut self, node: Node) {
        if self.table.get(node).is_ok_and(Inode::is_unused) {
            self.table.remove(node, &mut self.budget);
        }
    }

    /// Whether `directory` is `ancestor` or lies somewhere in it.
    pub(super) fn is_within(&self, mut directory: Node, ancestor: Node) -> Result<bool, Errno> {
        while directory != ancestor && directory != ROOT {
            directory = match self.table.get(directory)?.content {
                Content::Directory { parent, .. } => parent,
                _ => return Err(Errno::NotDirectory),
            };
        }
        Ok(directory == ancestor)
    }

    /// Whether a file of `kind` may take the place of `other`.
    pub(super) fn can_replace(&self, other: Node, kind: Kind) -> Result<(), Errno> {
        match (kind, self.kind(other)?) {
            (Kind::Directory, Kind::Directory) if self.names(other)?.is_empty() => Ok(()),
            (Kind::Directory, Kind::Directory) => Err(Errno::NotEmpty),
            (Kind::Directory, _) => Err(Errno::NotDirectory),
            (_, Kind::Directory) => Err(Errno::IsDirectory),
            _ => Ok(()),
        }
    }
}
