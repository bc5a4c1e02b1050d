//! A file held open, and what can be done with it or, if it is a directory, from it.

mod paths;

use crate::{Entry, FileSystem, Node, Shared, Status};
use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;
use spin::MutexGuard;

/// Whether what is below a handle can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Every change is [`Errno::ReadOnly`].
    ReadOnly,
    /// Changes are the file system's to allow.
    ReadWrite,
}

/// How to open a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// A symbolic link at the path's end is followed; else it is [`Errno::Loop`].
    pub follow: bool,
    /// A file that does not exist is made.
    pub create: bool,
    /// With `create`: one that exists is [`Errno::Exists`].
    pub exclusive: bool,
    /// Anything but a directory is [`Errno::NotDirectory`].
    pub directory: bool,
    /// The file is cut to length 0.
    pub truncate: bool,
}

/// A directory that a program finds open when it starts.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Its path as the program sees it.
    pub at: String,
    /// The directory.
    pub directory: Handle,
}

/// A file of some file system, held: it can be used as long as the handle lives, even if it loses
/// its last name.
///
/// Paths are relative to the handle, which is then a directory, and stay below it: an absolute
/// path, a `..` that would leave it, and a symbolic link that does either are
/// [`Errno::NotPermitted`]. Every method with a path may also answer:
///
/// - [`Errno::NoEntry`]: the path is empty, or something on the way does not exist;
/// - [`Errno::NotDirectory`]: something on the way is none, or has a slash behind it and is none;
/// - [`Errno::NameTooLong`]: a name or the path is; [`Errno::Invalid`]: it has a NUL in it;
/// - [`Errno::Loop`]: more than 40 symbolic links on the way, or through them more than 4096 names;
/// - [`Errno::Io`]: the medium failed.
///
/// On an error nothing has changed, unless a method says otherwise.
pub struct Handle {
    files: Shared,
    device: u64,
    node: Node,
    access: Access,
}

impl Handle {
    /// The root of `files`, as device number `device` to those who ask.
    pub fn root(files: Shared, device: u64, access: Access) -> Self {
        let node = {
            let mut locked = files.lock();
            let node = locked.root();
            locked.hold(node);
            node
        };
        Self { files, device, node, access }
    }

    /// The same file, and all that is reached through it, without the right to change anything.
    #[must_use]
    pub fn read_only(mut self) -> Self {
        self.access = Access::ReadOnly;
        self
    }

    /// The number of the file's device.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// Whether it can be changed.
    pub fn access(&self) -> Access {
        self.access
    }

    /// What is known about the file.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub fn status(&self) -> Result<Status, Errno> {
        self.system().status(self.node)
    }

    /// Sets times; `None` leaves one as it is.
    ///
    /// # Errors
    ///
    /// [`Errno::ReadOnly`], [`Errno::Io`].
    pub fn set_times(
        &self,
        accessed_ns: Option<u64>,
        modified_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), Errno> {
        self.writable()?;
        self.system().set_times(self.node, accessed_ns, modified_ns, now_ns)
    }

    /// Reads from byte `offset` on, and tells how many bytes: fewer than asked for only at the
    /// end of the file.
    ///
    /// # Errors
    ///
    /// [`Errno::IsDirectory`], [`Errno::Io`].
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        self.system().read(self.node, offset, buffer)
    }

    /// Writes from byte `offset` on, and tells how many bytes: fewer if the medium is full.
    ///
    /// # Errors
    ///
    /// [`Errno::ReadOnly`], [`Errno::IsDirectory`], [`Errno::NoSpace`], [`Errno::FileTooBig`],
    /// [`Errno::Io`].
    pub fn write(&self, offset: u64, bytes: &[u8], now_ns: u64) -> Result<usize, Errno> {
        self.writable()?;
        self.system().write(self.node, offset, bytes, now_ns)
    }

    /// Writes at the end of the file, wherever that is at this moment; else as
    /// [`Handle::write`].
    ///
    /// # Errors
    ///
    /// As [`Handle::write`].
    pub fn append(&self, bytes: &[u8], now_ns: u64) -> Result<usize, Errno> {
        self.writable()?;
        let mut files = self.system();
        let end = files.status(self.node)?.length_bytes;
        files.write(self.node, end, bytes, now_ns)
    }

    /// Cuts the file, or lengthens it by zeros.
    ///
    /// # Errors
    ///
    /// As [`Handle::write`].
    pub fn resize(&self, length_bytes: u64, now_ns: u64) -> Result<(), Errno> {
        self.writable()?;
        self.system().resize(self.node, length_bytes, now_ns)
    }

    /// Where bytes other than zero may come next, from `offset` on; at the file's end or behind it
    /// if there are none.
    ///
    /// # Errors
    ///
    /// [`Errno::IsDirectory`], [`Errno::Io`].
    pub fn data_from(&self, offset: u64) -> Result<u64, Errno> {
        self.system().data_from(self.node, offset)
    }

    /// Makes the file durable: on return it survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub fn sync(&self) -> Result<(), Errno> {
        self.system().sync(self.node)
    }

    /// The first name of this directory from `cookie` on, which is 0 or an [`Entry::next`].
    ///
    /// # Errors
    ///
    /// [`Errno::NotDirectory`], [`Errno::Io`].
    pub fn entry(&self, cookie: u64) -> Result<Option<Entry>, Errno> {
        self.system().entry(self.node, cookie)
    }

    /// A handle on `node`, which is held for it.
    fn other(&self, node: Node) -> Self {
        Self { files: Arc::clone(&self.files), device: self.device, node, access: self.access }
    }

    fn writable(&self) -> Result<(), Errno> {
        if self.access == Access::ReadWrite { Ok(()) } else { Err(Errno::ReadOnly) }
    }

    /// The file system, once nobody else uses it. Taking a lock is code worth having once.
    #[inline(never)]
    fn system(&self) -> MutexGuard<'_, dyn FileSystem + 'static> {
        self.files.lock()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(&self.node).finish()
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        self.system().hold(self.node);
        self.other(self.node)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.system().release(self.node);
    }
}
