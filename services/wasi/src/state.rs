//! What a descriptor is and may do (`fdstat`), and what it was opened as (`prestat`).

use crate::descriptors::Target;
use crate::{Wasi, check, put};
use abi::Errno;
use abi::wasi::{fdflags, fdstat, filetype, prestat, rights};
use runtime::GuestMemory;
use service_files::Kind;

/// The flags that a stream can have: it is always appended to, and can be made not to wait.
const STREAM_FLAGS: u16 = fdflags::APPEND | fdflags::NONBLOCK;

/// The flags that a file can have: all that there are. It never waits.
const FILE_FLAGS: u16 = STREAM_FLAGS | fdflags::DSYNC | fdflags::RSYNC | fdflags::SYNC;

/// The number of a kind of file, one of [`filetype`].
pub(crate) fn filetype(kind: Kind) -> u8 {
    match kind {
        Kind::File => filetype::REGULAR_FILE,
        Kind::Directory => filetype::DIRECTORY,
        Kind::SymbolicLink => filetype::SYMBOLIC_LINK,
    }
}

/// The flags of a file as the guest gives them.
///
/// # Errors
///
/// [`Errno::Invalid`] for one that there is not.
pub(crate) fn file_flags(flags: u32) -> Result<u16, Errno> {
    among(flags, FILE_FLAGS)
}

/// The flags, if they are all among `known`.
pub(crate) fn among(flags: u32, known: u16) -> Result<u16, Errno> {
    if flags & !u32::from(known) == 0 { Ok(flags as u16) } else { Err(Errno::Invalid) }
}

impl Wasi {
    /// Writes type, flags and rights of descriptor `fd`.
    pub(crate) fn fd_fdstat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, fdstat::BYTES)?;
        let descriptor = self.descriptors.get(fd, 0)?;

        buffer.fill(0);
        put(buffer, fdstat::FILETYPE, [self.streams.filetype(&descriptor.target)]);
        put(buffer, fdstat::FLAGS, descriptor.flags.to_le_bytes());
        put(buffer, fdstat::RIGHTS_BASE, descriptor.rights.base.to_le_bytes());
        put(buffer, fdstat::RIGHTS_INHERITING, descriptor.rights.inheriting.to_le_bytes());
        Ok(())
    }

    /// Sets the flags of descriptor `fd`.
    pub(crate) fn fd_fdstat_set_flags(&mut self, fd: u32, flags: u32) -> Result<(), Errno> {
        let descriptor = self.descriptors.get(fd, rights::FD_FDSTAT_SET_FLAGS)?;
        descriptor.flags = match descriptor.target {
            Target::File(_) => file_flags(flags)?,
            _ => among(flags, STREAM_FLAGS)?,
        };
        Ok(())
    }

    /// Gives up all rights of descriptor `fd` but these.
    pub(crate) fn fd_fdstat_set_rights(
        &mut self,
        fd: u32,
        base: u64,
        inheriting: u64,
    ) -> Result<(), Errno> {
        self.descriptors.get(fd, 0)?.rights.shrink(base, inheriting)
    }

    /// Writes how long the path is of directory `fd`, which the app found open when it started.
    ///
    /// Any other descriptor is [`Errno::BadDescriptor`], by which libc knows that it has them all.
    pub(crate) fn fd_prestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, prestat::BYTES)?;
        let length_bytes = self.mounted_at(fd)?.len() as u32;

        buffer.fill(0);
        put(buffer, prestat::TAG, [prestat::TAG_DIRECTORY]);
        put(buffer, prestat::NAME_LENGTH, length_bytes.to_le_bytes());
        Ok(())
    }

    /// Writes the path of directory `fd`, which the app found open when it started.
    ///
    /// # Errors
    ///
    /// [`Errno::NameTooLong`] if the path is longer than `length_bytes`.
    pub(crate) fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, at, length_bytes)?;
        let path = self.mounted_at(fd)?;
        if path.len() > length_bytes as usize {
            return Err(Errno::NameTooLong);
        }
        memory.write(at, path.as_bytes())
    }

    fn mounted_at(&mut self, fd: u32) -> Result<&str, Errno> {
        let file = self.descriptors.file(fd, 0)?;
        file.mounted_at.as_deref().ok_or(Errno::BadDescriptor)
    }
}

#[cfg(test)]
mod tests;
