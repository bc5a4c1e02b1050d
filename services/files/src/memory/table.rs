//! The files of a memory file system by number.

use super::budget::Budget;
use super::pieces::Pieces;
use crate::{Kind, Node, Status};
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;

/// The first file of every table.
pub(super) const ROOT: Node = Node(0);

/// Files for which memory is allocated at once. A table that moved when it grows would take long.
const BLOCK_FILES: usize = 64;

/// What a file takes beside its inode: the first leaf of a map of pieces, which has room for 11.
const OVERHEAD_BYTES: usize = 288;

/// One file.
pub(super) struct Inode {
    pub(super) holds: u32,
    pub(super) links: u32,
    pub(super) length_bytes: u64,
    pub(super) accessed_ns: u64,
    pub(super) modified_ns: u64,
    pub(super) changed_ns: u64,
    pub(super) content: Content,
}

/// What is in a file.
pub(super) enum Content {
    /// No file; the next free number.
    Free(Option<Node>),
    File(Pieces),
    Directory {
        parent: Node,
        names: Pieces,
    },
    Link(String),
}

impl Inode {
    /// A file with one name, and held once.
    pub(super) fn new(content: Content, now_ns: u64) -> Self {
        let length_bytes = match &content {
            Content::Link(target) => target.len() as u64,
            _ => 0,
        };
        Self {
            holds: 1,
            links: 1,
            length_bytes,
            accessed_ns: now_ns,
            modified_ns: now_ns,
            changed_ns: now_ns,
            content,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self.content {
            Content::Directory { .. } => Kind::Directory,
            Content::Link(_) => Kind::SymbolicLink,
            Content::File(_) | Content::Free(_) => Kind::File,
        }
    }

    pub(super) fn is_unused(&self) -> bool {
        self.holds == 0 && self.links == 0
    }

    pub(super) fn status(&self, node: Node) -> Status {
        Status {
            // Programs take 0 for no file.
            inode: node.0 + 1,
            kind: self.kind(),
            links: self.links.into(),
            length_bytes: self.length_bytes,
            accessed_ns: self.accessed_ns,
            modified_ns: self.modified_ns,
            changed_ns: self.changed_ns,
        }
    }

    /// The pieces of a file that can be read and written.
    pub(super) fn bytes(&mut self) -> Result<&mut Pieces, Errno> {
        match &mut self.content {
            Content::File(pieces) => Ok(pieces),
            Content::Directory { .. } => Err(Errno::IsDirectory),
            Content::Link(_) | Content::Free(_) => Err(Errno::Invalid),
        }
    }

    /// Stamps a change of the content.
    pub(super) fn modify(&mut self, now_ns: u64) {
        self.modified_ns = now_ns;
        self.changed_ns = now_ns;
    }

    /// The file now lies in `directory`.
    pub(super) fn moved(&mut self, directory: Node, now_ns: u64) {
        self.changed_ns = now_ns;
        if let Content::Directory { parent, .. } = &mut self.content {
            *parent = directory;
        }
    }

    /// What it takes, without its pieces.
    fn cost_bytes(&self) -> usize {
        match &self.content {
            Content::Link(target) => OVERHEAD_BYTES + target.len(),
            _ => OVERHEAD_BYTES,
        }
    }
}

/// All files. Their inodes lie in blocks, which stay allocated for the next files.
#[derive(Default)]
pub(super) struct Table {
    blocks: Vec<Vec<Inode>>,
    free: Option<Node>,
}

impl Table {
    pub(super) fn get(&self, node: Node) -> Result<&Inode, Errno> {
        let (block, at) = place(node);
        self.blocks.get(block).and_then(|block| block.get(at)).ok_or(Errno::Stale)
    }

    pub(super) fn get_mut(&mut self, node: Node) -> Result<&mut Inode, Errno> {
        let (block, at) = place(node);
        self.blocks.get_mut(block).and_then(|block| block.get_mut(at)).ok_or(Errno::Stale)
    }

    /// Gives a file a number.
    pub(super) fn insert(&mut self, inode: Inode, budget: &mut Budget) -> Result<Node, Errno> {
        let cost_bytes = inode.cost_bytes();
        budget.take(cost_bytes)?;
        let node = match self.free_node(budget) {
            Ok(node) => node,
            Err(error) => {
                budget.give_back(cost_bytes);
                return Err(error);
            }
        };
        let slot = self.get_mut(node)?;
        let before = core::mem::replace(slot, inode);
        if let Content::Free(next) = before.content {
            self.free = next;
        }
        Ok(node)
    }

    /// Frees a file with all that it holds.
    pub(super) fn remove(&mut self, node: Node, budget: &mut Budget) {
        let free = Inode::new(Content::Free(self.free), 0);
        let Ok(slot) = self.get_mut(node) else { return };
        let inode = core::mem::replace(slot, free);
        self.free = Some(node);

        budget.give_back(inode.cost_bytes());
        if let Content::File(mut pieces) | Content::Directory { names: mut pieces, .. } =
            inode.content
        {
            pieces.cut(0, budget);
        }
    }

    /// A number that no file has.
    fn free_node(&mut self, budget: &mut Budget) -> Result<Node, Errno> {
        if let Some(node) = self.free {
            return Ok(node);
        }
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK_FILES) {
            self.add_block(budget)?;
        }
        let block_index = self.blocks.len().saturating_sub(1);
        let block = self.blocks.last_mut().ok_or(Errno::NoSpace)?;
        let node = Node((block_index * BLOCK_FILES + block.len()) as u64);
        block.push(Inode::new(Content::Free(None), 0));
        Ok(node)
    }

    fn add_block(&mut self, budget: &mut Budget) -> Result<(), Errno> {
        let cost_bytes = BLOCK_FILES * size_of::<Inode>() + 2 * size_of::<Vec<Inode>>();
        budget.take(cost_bytes)?;
        let mut block = Vec::new();
        let has_room = block.try_reserve_exact(BLOCK_FILES).is_ok();
        if !has_room || self.blocks.try_reserve(1).is_err() {
            budget.give_back(cost_bytes);
            return Err(Errno::NoSpace);
        }
        self.blocks.push(block);
        Ok(())
    }
}

fn place(node: Node) -> (usize, usize) {
    let number = node.0 as usize;
    (number / BLOCK_FILES, number % BLOCK_FILES)
}
