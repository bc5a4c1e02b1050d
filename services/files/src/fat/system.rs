//! What everybody else sees of it.

use super::chain::Chain;
use super::directory::Directory;
use super::node::kind_of;
use super::scan::Scan;
use super::table::Table;
use super::{FatFiles, ROOT};
use crate::{Creation, Entry, FileSystem, Node, Status};
use abi::Errno;
use alloc::string::String;

impl FileSystem for FatFiles {
    fn root(&self) -> Node {
        ROOT
    }

    fn find(&mut self, directory: Node, name: &str) -> Result<Node, Errno> {
        self.look_up(directory, name)
    }

    fn hold(&mut self, node: Node) {
        if let Ok(open) = self.open(node) {
            open.holds += 1;
        }
    }

    fn release(&mut self, node: Node) {
        self.let_go(node);
    }

    fn status(&mut self, node: Node) -> Result<Status, Errno> {
        self.status_of(node)
    }

    fn set_times(
        &mut self,
        node: Node,
        accessed_ns: Option<u64>,
        modified_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), Errno> {
        self.begin(now_ns)?;
        let open = self.open(node)?;
        if let Some(ns) = modified_ns {
            let accessed = open.slot.accessed_ns();
            open.slot.set_modified(ns);
            open.slot.set_accessed(accessed);
        }
        if let Some(ns) = accessed_ns {
            open.slot.set_accessed(ns);
        }
        open.is_dirty = node != ROOT;
        Ok(())
    }

    fn read(&mut self, file: Node, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.read_at(file, offset, buffer)
    }

    fn write(
        &mut self,
        file: Node,
        offset: u64,
        bytes: &[u8],
        now_ns: u64,
    ) -> Result<usize, Errno> {
        self.write_at(file, offset, bytes, now_ns)
    }

    fn resize(&mut self, file: Node, length_bytes: u64, now_ns: u64) -> Result<(), Errno> {
        self.set_length(file, length_bytes, now_ns)
    }

    fn create(
        &mut self,
        directory: Node,
        name: &str,
        kind: Creation<'_>,
        now_ns: u64,
    ) -> Result<Node, Errno> {
        match kind {
            Creation::SymbolicLink(_) => Err(Errno::NotSupported),
            _ => self.make(directory, name, kind == Creation::Directory, now_ns),
        }
    }

    fn read_link(&mut self, _link: Node) -> Result<String, Errno> {
        Err(Errno::Invalid)
    }

    fn link(
        &mut self,
        _file: Node,
        _directory: Node,
        _name: &str,
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn unlink(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno> {
        self.remove(directory, name, false, now_ns)
    }

    fn remove_directory(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno> {
        self.remove(directory, name, true, now_ns)
    }

    fn rename(&mut self, from: (Node, &str), to: (Node, &str), now_ns: u64) -> Result<(), Errno> {
        self.move_name(from, to, now_ns)
    }

    fn entry(&mut self, directory: Node, cookie: u64) -> Result<Option<Entry>, Errno> {
        self.directory(directory)?;
        let open = self.open(directory)?;
        // With its own chain, so that the next call need not follow all of it again.
        let chain = core::mem::replace(&mut open.chain, Chain::new(0));
        let mut listed = Directory::with_chain(chain);
        let entry = entry_from(&mut self.table, &mut listed, cookie);
        self.open(directory)?.chain = listed.into_chain();
        entry
    }

    fn sync(&mut self, _node: Node) -> Result<(), Errno> {
        self.commit()
    }
}

/// The first file of `directory` from slot `cookie` on.
fn entry_from(
    table: &mut Table,
    directory: &mut Directory,
    cookie: u64,
) -> Result<Option<Entry>, Errno> {
    let Ok(index) = u32::try_from(cookie) else { return Ok(None) };
    let mut scan = Scan::new(directory, index);
    // A name that was put in since the cookie was given may lie across it. It was not there when
    // the listing began.
    if index > 0 && scan.is_within_name(table)? {
        scan.skip_file(table)?;
    }
    let Some(item) = scan.next(table)? else { return Ok(None) };
    Ok(Some(Entry {
        name: item.name.text(),
        inode: item.place,
        kind: kind_of(&item.slot),
        next: u64::from(item.index) + 1,
    }))
}
