//! What the tests have in common.

use crate::{Access, FileSystem, Handle, MemoryFiles, Opening, Room, shared};
use alloc::string::String;
use alloc::vec::Vec;

/// A room without walls.
pub(crate) struct Plenty;

impl Room for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// The time of calls to which it does not matter.
pub(crate) const NOW_NS: u64 = 1_000;

pub(crate) const NEW: Opening =
    Opening { follow: false, create: true, exclusive: true, directory: false, truncate: false };

pub(crate) const OLD: Opening =
    Opening { follow: true, create: false, exclusive: false, directory: false, truncate: false };

pub(crate) const MIB: u64 = 1 << 20;

/// An empty tree in memory.
pub(crate) fn tree() -> Handle {
    tree_of(64 * MIB)
}

pub(crate) fn tree_of(limit_bytes: u64) -> Handle {
    root(MemoryFiles::new(limit_bytes, &Plenty, NOW_NS).unwrap())
}

pub(crate) fn root(files: impl FileSystem + 'static) -> Handle {
    Handle::root(shared(files), 7, Access::ReadWrite)
}

/// A new file that holds `bytes`.
pub(crate) fn put(directory: &Handle, path: &str, bytes: &[u8]) -> Handle {
    let file = directory.open(path, NEW, NOW_NS).expect("a new file");
    assert_eq!(file.write(0, bytes, NOW_NS), Ok(bytes.len()));
    file
}

pub(crate) fn open(directory: &Handle, path: &str) -> Handle {
    directory.open(path, OLD, NOW_NS).expect("a file")
}

/// All of a file.
pub(crate) fn bytes_at(directory: &Handle, path: &str) -> Vec<u8> {
    let file = open(directory, path);
    let mut bytes = alloc::vec![0; file.status().unwrap().length_bytes as usize];
    assert_eq!(file.read(0, &mut bytes), Ok(bytes.len()));
    bytes
}

/// The names of a directory, sorted.
pub(crate) fn names_of(directory: &Handle) -> Vec<String> {
    let mut names = Vec::new();
    let mut cookie = 0;
    while let Some(entry) = directory.entry(cookie).unwrap() {
        names.push(entry.name);
        cookie = entry.next;
    }
    names.sort();
    names
}
