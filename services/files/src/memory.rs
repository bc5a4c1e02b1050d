//! Files in memory: all that POSIX asks of a file system, gone with the power.
//!
//! What a file holds and what a directory names lie in [`Pieces`] of memory that are allocated
//! when they are first written, so that a hole costs nothing. All of it counts against the limit
//! of the mount, names and empty files too, and comes from a [`Room`] that may refuse.

mod budget;
mod bytes;
#[cfg(test)]
mod model;
mod names;
mod naming;
mod pieces;
mod table;
#[cfg(test)]
mod tests;

pub use budget::Room;

use crate::{Creation, Entry, FileSystem, Kind, Node, Status};
use abi::Errno;
use alloc::string::String;
use budget::Budget;
use pieces::Pieces;
use table::{Content, Inode, ROOT, Table};

/// A file system in memory.
pub struct MemoryFiles {
    table: Table,
    budget: Budget,
}

impl MemoryFiles {
    /// An empty file system that takes at most `limit_bytes` from `room`.
    ///
    /// # Errors
    ///
    /// [`Errno::NoSpace`] if not even the root directory has room.
    pub fn new(limit_bytes: u64, room: &'static dyn Room, now_ns: u64) -> Result<Self, Errno> {
        let mut budget = Budget::new(limit_bytes, room);
        let root = Content::Directory { parent: ROOT, names: Pieces::default() };
        let mut table = Table::default();
        table.insert(Inode::new(root, now_ns), &mut budget)?;
        Ok(Self { table, budget })
    }

    /// How much memory the files take.
    pub fn used_bytes(&self) -> u64 {
        self.budget.used_bytes()
    }
}

impl FileSystem for MemoryFiles {
    fn root(&self) -> Node {
        ROOT
    }

    fn find(&mut self, directory: Node, name: &str) -> Result<Node, Errno> {
        let (_, node) = self.named(directory, name)?;
        self.hold(node);
        Ok(node)
    }

    fn hold(&mut self, node: Node) {
        if let Ok(inode) = self.table.get_mut(node) {
            inode.holds += 1;
        }
    }

    fn release(&mut self, node: Node) {
        if let Ok(inode) = self.table.get_mut(node) {
            inode.holds = inode.holds.saturating_sub(1);
            self.forget_unused(node);
        }
    }

    fn status(&mut self, node: Node) -> Result<Status, Errno> {
        self.table.get(node).map(|inode| inode.status(node))
    }

    fn set_times(
        &mut self,
        node: Node,
        accessed_ns: Option<u64>,
        modified_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), Errno> {
        let inode = self.table.get_mut(node)?;
        inode.accessed_ns = accessed_ns.unwrap_or(inode.accessed_ns);
        inode.modified_ns = modified_ns.unwrap_or(inode.modified_ns);
        inode.changed_ns = now_ns;
        Ok(())
    }

    fn read(&mut self, file: Node, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        let inode = self.table.get_mut(file)?;
        let length_bytes = inode.length_bytes;
        Ok(bytes::read(inode.bytes()?, length_bytes, offset, buffer))
    }

    fn write(
        &mut self,
        file: Node,
        offset: u64,
        bytes: &[u8],
        now_ns: u64,
    ) -> Result<usize, Errno> {
        let inode = self.table.get_mut(file)?;
        let written = bytes::write(inode.bytes()?, offset, bytes, &mut self.budget)?;
        if written > 0 {
            inode.length_bytes = inode.length_bytes.max(offset + written as u64);
            inode.modify(now_ns);
        }
        Ok(written)
    }

    fn resize(&mut self, file: Node, length_bytes: u64, now_ns: u64) -> Result<(), Errno> {
        let inode = self.table.get_mut(file)?;
        bytes::resize(inode.bytes()?, length_bytes, &mut self.budget)?;
        inode.length_bytes = length_bytes;
        inode.modify(now_ns);
        Ok(())
    }

    fn create(
        &mut self,
        directory: Node,
        name: &str,
        kind: Creation<'_>,
        now_ns: u64,
    ) -> Result<Node, Errno> {
        let content = match kind {
            Creation::File => Content::File(Pieces::default()),
            Creation::Directory => {
                Content::Directory { parent: directory, names: Pieces::default() }
            }
            Creation::SymbolicLink(target) => Content::Link(String::from(target)),
        };
        let node = self.table.insert(Inode::new(content, now_ns), &mut self.budget)?;
        if let Err(error) = self.add_name(directory, name, node) {
            self.table.remove(node, &mut self.budget);
            return Err(error);
        }
        self.table.get_mut(directory)?.modify(now_ns);
        Ok(node)
    }

    fn read_link(&mut self, link: Node) -> Result<String, Errno> {
        match &self.table.get(link)?.content {
            Content::Link(target) => Ok(target.clone()),
            _ => Err(Errno::Invalid),
        }
    }

    fn link(&mut self, file: Node, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno> {
        let inode = self.table.get(file)?;
        if inode.kind() == Kind::Directory {
            return Err(Errno::NotPermitted);
        }
        if inode.links == 0 {
            return Err(Errno::NoEntry);
        }
        self.add_name(directory, name, file)?;
        self.table.get_mut(directory)?.modify(now_ns);

        let inode = self.table.get_mut(file)?;
        inode.links += 1;
        inode.changed_ns = now_ns;
        Ok(())
    }

    fn unlink(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno> {
        let (key, node) = self.named(directory, name)?;
        if self.kind(node)? == Kind::Directory {
            return Err(Errno::IsDirectory);
        }
        self.remove_name(directory, key, now_ns)?;
        self.unname(node, now_ns)
    }

    fn remove_directory(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno> {
        let (key, node) = self.named(directory, name)?;
        if !self.names(node)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        self.remove_name(directory, key, now_ns)?;
        self.unname(node, now_ns)
    }

    fn rename(&mut self, from: (Node, &str), to: (Node, &str), now_ns: u64) -> Result<(), Errno> {
        let (key, node) = self.named(from.0, from.1)?;
        let kind = self.kind(node)?;
        if kind == Kind::Directory && self.is_within(to.0, node)? {
            return Err(Errno::Invalid);
        }
        match self.named(to.0, to.1) {
            Ok((_, same)) if same == node => return Ok(()),
            Ok((key, other)) => {
                self.can_replace(other, kind)?;
                names::set(self.names_mut(to.0)?.0, key, node);
                self.unname(other, now_ns)?;
            }
            Err(_) => self.add_name(to.0, to.1, node)?,
        }
        self.remove_name(from.0, key, now_ns)?;
        self.table.get_mut(to.0)?.modify(now_ns);
        self.table.get_mut(node)?.moved(to.0, now_ns);
        Ok(())
    }

    fn entry(&mut self, directory: Node, cookie: u64) -> Result<Option<Entry>, Errno> {
        let Some((key, name, node)) = names::from(self.names(directory)?, cookie) else {
            return Ok(None);
        };
        let status = self.table.get(node)?.status(node);
        let name = String::from(name);
        Ok(Some(Entry { name, inode: status.inode, kind: status.kind, next: key + 1 }))
    }

    fn data_from(&mut self, file: Node, offset: u64) -> Result<u64, Errno> {
        let inode = self.table.get_mut(file)?;
        let end = inode.length_bytes.max(offset);
        Ok(bytes::data_from(inode.bytes()?, offset).unwrap_or(end))
    }

    fn sync(&mut self, node: Node) -> Result<(), Errno> {
        self.table.get(node).map(|_| ())
    }
}
