//! Files: what a program can open, made of mounts that its manifest grants and nothing else.
//!
//! A [`FileSystem`] knows files as numbered [`Node`]s and directories as lists of names; it knows
//! no paths, rights or descriptors. There are three: files in memory, the read-only files of the
//! image's bundle, and FAT on a block device. A [`Handle`] is one file of one of them, held open;
//! it walks paths, follows symbolic links, and never leaves the directory it began in. The libc
//! shim turns descriptors into handles. A [`folder`] is a tree of files as bytes, for the bundle
//! and for what `bramble run` hands to the kernel and gets back.
//!
//! Errors are [`Errno`]s from the start, since nobody but a guest ever sees them.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod fat;
pub mod folder;
mod handle;
mod memory;
mod packed;
#[cfg(test)]
mod testing;
mod walk;

pub use fat::{Check, FatFiles, Format, MountError, Report, Width, format};
pub use handle::{Access, Handle, Mount, Opening};
pub use memory::{MemoryFiles, Room};
pub use packed::PackedFiles;

use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use spin::Mutex;

/// Bytes of the longest name, as everywhere; a longer one is [`Errno::NameTooLong`].
pub const NAME_BYTES_MAX: usize = 255;

/// Bytes of the longest path; a longer one is [`Errno::NameTooLong`].
pub const PATH_BYTES_MAX: usize = 4096;

/// A file system, shared by all who mounted it.
pub type Shared = Arc<Mutex<dyn FileSystem>>;

/// `files`, to be shared by all who mount it.
pub fn shared(files: impl FileSystem + 'static) -> Shared {
    Arc::new(Mutex::new(files))
}

/// The number of a file within its file system, for as long as it is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node(pub u64);

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Bytes.
    File,
    /// Names of other files.
    Directory,
    /// The path of another file.
    SymbolicLink,
}

/// What is known about a file. Times are nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Unique within the file system while the file exists.
    pub inode: u64,
    /// What it is.
    pub kind: Kind,
    /// How many names it has.
    pub links: u64,
    /// Its length; of a symbolic link, its path's.
    pub length_bytes: u64,
    /// When it was last read, as far as the file system keeps that.
    pub accessed_ns: u64,
    /// When its bytes last changed.
    pub modified_ns: u64,
    /// When its bytes or anything else about it last changed.
    pub changed_ns: u64,
}

/// One name of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name: neither empty nor `.` nor `..`, and without a slash.
    pub name: String,
    /// As in [`Status::inode`].
    pub inode: u64,
    /// What it names.
    pub kind: Kind,
    /// Where to go on. It stays good while other names come and go.
    pub next: u64,
}

/// Names and bytes on some medium.
///
/// `now_ns` is the time of the call, for the stamps of what it changes. A `name` is neither empty
/// nor `.` nor `..`, has no slash, and may be longer than the file system can store. Methods that
/// take a directory answer [`Errno::NotDirectory`] for any other node, those that take a file
/// answer [`Errno::IsDirectory`] for a directory. On an error nothing has changed, unless a method
/// says otherwise. [`Errno::Io`] is for a medium that failed, [`Errno::ReadOnly`] for one that
/// cannot be written, [`Errno::NoSpace`] for one that is full.
pub trait FileSystem: Send {
    /// The topmost directory. It is always held.
    fn root(&self) -> Node;

    /// The file `name` of `directory`, held: one [`FileSystem::release`] is due for it.
    ///
    /// # Errors
    ///
    /// [`Errno::NoEntry`] if there is none.
    fn find(&mut self, directory: Node, name: &str) -> Result<Node, Errno>;

    /// Holds `node`, which is held already, once more.
    fn hold(&mut self, node: Node);

    /// Gives back one hold. A file without names or holds is gone, and its room is free.
    fn release(&mut self, node: Node);

    /// What is known about `node`.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    fn status(&mut self, node: Node) -> Result<Status, Errno>;

    /// Sets times; `None` leaves one as it is.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`], [`Errno::ReadOnly`].
    fn set_times(
        &mut self,
        node: Node,
        accessed_ns: Option<u64>,
        modified_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), Errno>;

    /// Reads from byte `offset` on into the front of `buffer`, and tells how many bytes; fewer
    /// than asked for only at the end of the file.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`], [`Errno::IsDirectory`].
    fn read(&mut self, file: Node, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno>;

    /// Writes `bytes` from byte `offset` on, and tells how many: fewer if the medium is full. A
    /// gap behind the old end reads as zeros.
    ///
    /// # Errors
    ///
    /// [`Errno::NoSpace`] if there is no room for a single byte; [`Errno::FileTooBig`] if the file
    /// system cannot hold one of that length.
    fn write(&mut self, file: Node, offset: u64, bytes: &[u8], now_ns: u64)
    -> Result<usize, Errno>;

    /// Cuts the file, or lengthens it by zeros.
    ///
    /// # Errors
    ///
    /// As [`FileSystem::write`]; the file is then as long as it was.
    fn resize(&mut self, file: Node, length_bytes: u64, now_ns: u64) -> Result<(), Errno>;

    /// Makes an empty file or directory, and holds it.
    ///
    /// # Errors
    ///
    /// [`Errno::Exists`], [`Errno::NameTooLong`], [`Errno::Invalid`] for a name that cannot be
    /// stored, [`Errno::NoEntry`] if the directory itself was removed.
    fn create(
        &mut self,
        directory: Node,
        name: &str,
        kind: Creation<'_>,
        now_ns: u64,
    ) -> Result<Node, Errno>;

    /// The path that a symbolic link holds.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] for any other file.
    fn read_link(&mut self, link: Node) -> Result<String, Errno>;

    /// Gives `file` one more name.
    ///
    /// # Errors
    ///
    /// [`Errno::Exists`]; [`Errno::NotPermitted`] for a directory; [`Errno::NotSupported`] where
    /// files have one name.
    fn link(&mut self, file: Node, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno>;

    /// Takes a file or a symbolic link its name. While held it can still be used.
    ///
    /// # Errors
    ///
    /// [`Errno::NoEntry`], [`Errno::IsDirectory`].
    fn unlink(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno>;

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// [`Errno::NoEntry`], [`Errno::NotDirectory`], [`Errno::NotEmpty`].
    fn remove_directory(&mut self, directory: Node, name: &str, now_ns: u64) -> Result<(), Errno>;

    /// Moves a name, over a file or an empty directory of the same kind if there is one. Whoever
    /// looks, even after the power was cut, finds the old or the new.
    ///
    /// # Errors
    ///
    /// [`Errno::NoEntry`], [`Errno::NotEmpty`], [`Errno::IsDirectory`] and [`Errno::NotDirectory`]
    /// if the kinds differ, [`Errno::Invalid`] for a directory that would come to lie in itself.
    fn rename(&mut self, from: (Node, &str), to: (Node, &str), now_ns: u64) -> Result<(), Errno>;

    /// The first name of `directory` from `cookie` on, which is 0 or an [`Entry::next`]; `None`
    /// after the last. Cookies stay below 2^62, which leaves some to who lists `.` and `..` too.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    fn entry(&mut self, directory: Node, cookie: u64) -> Result<Option<Entry>, Errno>;

    /// The first byte from `offset` on that may be other than zero: where a file has holes, what
    /// comes before need not be read. It may lie behind the end.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    fn data_from(&mut self, file: Node, offset: u64) -> Result<u64, Errno> {
        let _ = file;
        Ok(offset)
    }

    /// Makes all of `node` durable: on return it survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; it will be tried again by the next call.
    fn sync(&mut self, node: Node) -> Result<(), Errno>;
}

/// What to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation<'a> {
    /// An empty file.
    File,
    /// An empty directory.
    Directory,
    /// A symbolic link to this path; [`Errno::NotSupported`] where there are none.
    SymbolicLink(&'a str),
}
