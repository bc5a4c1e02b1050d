//! A file system with one file, `file`, that tells how often it was made durable, and can fail.

use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use service_files::{
    Access, Creation, Entry, FileSystem, Handle, Kind, Mount, Node, Status, shared,
};

const ROOT: Node = Node(1);
const FILE: Node = Node(2);

/// The medium below the file system; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Medium(Arc<State>);

#[derive(Default)]
struct State {
    syncs: AtomicU32,
    is_broken: AtomicBool,
}

impl Medium {
    /// Mounts to start an app with.
    pub(crate) fn mounts(&self) -> vec::Vec<Mount> {
        let directory = Handle::root(shared(self.clone()), 1, Access::ReadWrite);
        vec![Mount { at: String::from("/"), directory }]
    }

    /// How often something was made durable.
    pub(crate) fn syncs(&self) -> u32 {
        self.0.syncs.load(Ordering::Relaxed)
    }

    /// From now on nothing can be made durable.
    pub(crate) fn breaks(&self) {
        self.0.is_broken.store(true, Ordering::Relaxed);
    }
}

impl FileSystem for Medium {
    fn root(&self) -> Node {
        ROOT
    }

    fn find(&mut self, _directory: Node, name: &str) -> Result<Node, Errno> {
        if name == "file" { Ok(FILE) } else { Err(Errno::NoEntry) }
    }

    fn hold(&mut self, _node: Node) {}

    fn release(&mut self, _node: Node) {}

    fn status(&mut self, node: Node) -> Result<Status, Errno> {
        let kind = if node == ROOT { Kind::Directory } else { Kind::File };
        let times = Status {
            inode: node.0,
            kind,
            links: 1,
            length_bytes: 5,
            accessed_ns: 0,
            modified_ns: 0,
            changed_ns: 0,
        };
        Ok(times)
    }

    fn set_times(
        &mut self,
        _node: Node,
        _accessed_ns: Option<u64>,
        _modified_ns: Option<u64>,
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Ok(())
    }

    fn read(&mut self, _file: Node, _offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        buffer.fill(b'x');
        Ok(buffer.len())
    }

    fn write(&mut self, _file: Node, _at: u64, bytes: &[u8], _now_ns: u64) -> Result<usize, Errno> {
        Ok(bytes.len())
    }

    fn resize(&mut self, _file: Node, _length_bytes: u64, _now_ns: u64) -> Result<(), Errno> {
        Ok(())
    }

    fn create(
        &mut self,
        _directory: Node,
        _name: &str,
        _kind: Creation<'_>,
        _now_ns: u64,
    ) -> Result<Node, Errno> {
        Err(Errno::NoSpace)
    }

    fn read_link(&mut self, _link: Node) -> Result<String, Errno> {
        Err(Errno::Invalid)
    }

    fn link(&mut self, _file: Node, _to: Node, _name: &str, _now_ns: u64) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn unlink(&mut self, _directory: Node, _name: &str, _now_ns: u64) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn remove_directory(&mut self, _from: Node, _name: &str, _now_ns: u64) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    fn rename(&mut self, _from: (Node, &str), _to: (Node, &str), _at: u64) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    /// Lists `file` with the largest cookie that there can be.
    fn entry(&mut self, _directory: Node, cookie: u64) -> Result<Option<Entry>, Errno> {
        let name = String::from("file");
        let entry = Entry { name, inode: FILE.0, kind: Kind::File, next: u64::MAX };
        Ok((cookie == 0).then_some(entry))
    }

    fn sync(&mut self, _node: Node) -> Result<(), Errno> {
        if self.0.is_broken.load(Ordering::Relaxed) {
            return Err(Errno::Io);
        }
        self.0.syncs.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
