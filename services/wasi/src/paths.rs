//! Calls that go by a path from an open directory.
//!
//! Paths are walked by [`service_files::Handle`], which never leaves the directory. Here they are
//! read from the guest's memory, and rights and flags are checked. Names that were made, moved or
//! removed become durable with `fd_sync` of the directory, or when the file system does so itself.

use crate::descriptors::{Descriptor, Target};
use crate::files::OpenFile;
use crate::filestat::{Times, encode};
use crate::rights::to_open;
use crate::state::{among, file_flags};
use crate::{Wasi, check};
use abi::Errno;
use abi::wasi::{lookupflags, oflags, rights};
use alloc::string::String;
use runtime::GuestMemory;
use service_files::{Access, Handle, Kind, Opening, PATH_BYTES_MAX};

/// The ways to open a file that there are.
const OPEN_FLAGS: u16 = oflags::CREATE | oflags::DIRECTORY | oflags::EXCLUSIVE | oflags::TRUNCATE;

/// The path, or other name, of `length_bytes` bytes at guest address `at`: a copy, since another thread of the
/// guest may write there after it was found to be UTF-8.
///
/// # Errors
///
/// [`Errno::Fault`] if it is outside the memory, [`Errno::NameTooLong`],
/// [`Errno::IllegalSequence`] if it is not UTF-8.
pub(crate) fn path(
    memory: &mut GuestMemory<'_>,
    at: u32,
    length_bytes: u32,
) -> Result<String, Errno> {
    check(memory, at, length_bytes)?;
    if length_bytes as usize > PATH_BYTES_MAX {
        return Err(Errno::NameTooLong);
    }
    let bytes = memory.slice(at, length_bytes)?.to_vec();
    String::from_utf8(bytes).map_err(|_| Errno::IllegalSequence)
}

/// Whether the bits of [`lookupflags`] ask for a symbolic link to be followed.
fn follows(lookup: u32) -> Result<bool, Errno> {
    among(lookup, lookupflags::SYMLINK_FOLLOW as u16).map(|flags| flags != 0)
}

/// Does something at a path at this time.
type Change = fn(&Handle, &str, u64) -> Result<(), Errno>;

impl Wasi {
    /// Makes an empty directory.
    pub(crate) fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        let path = path(memory, at, length_bytes)?;
        self.change(fd, rights::PATH_CREATE_DIRECTORY, &path, Handle::create_directory)
    }

    /// Removes an empty directory.
    pub(crate) fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        let path = path(memory, at, length_bytes)?;
        self.change(fd, rights::PATH_REMOVE_DIRECTORY, &path, Handle::remove_directory)
    }

    /// Takes a file its name.
    pub(crate) fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        let path = path(memory, at, length_bytes)?;
        self.change(fd, rights::PATH_UNLINK_FILE, &path, Handle::unlink)
    }

    fn change(&mut self, fd: u32, needed: u64, path: &str, change: Change) -> Result<(), Errno> {
        let now_ns = self.clocks.wall_ns();
        change(self.descriptors.directory(fd, needed)?, path, now_ns)
    }

    /// Writes what is known about the file at a path.
    ///
    /// `LENGTH_BYTES` is [`filestat::BYTES`] or [`filestat::UNSTABLE_BYTES`].
    pub(crate) fn path_filestat_get<const LENGTH_BYTES: u32>(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        at: u32,
        length_bytes: u32,
        status_at: u32,
    ) -> Result<(), Errno> {
        check(memory, status_at, LENGTH_BYTES)?;
        let path = path(memory, at, length_bytes)?;
        let directory = self.descriptors.directory(fd, rights::PATH_FILESTAT_GET)?;
        let status = directory.status_at(&path, follows(lookup)?)?;
        let device = directory.device();

        encode(memory.slice_mut(status_at, LENGTH_BYTES)?, device, &status);
        Ok(())
    }

    /// Sets times of the file at a path; `flags` are bits of
    /// [`fstflags`](abi::wasi::fstflags).
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        at: u32,
        length_bytes: u32,
        accessed_ns: u64,
        modified_ns: u64,
        flags: u32,
    ) -> Result<(), Errno> {
        let path = path(memory, at, length_bytes)?;
        let directory = self.descriptors.directory(fd, rights::PATH_FILESTAT_SET_TIMES)?;
        let now_ns = self.clocks.wall_ns();
        let times = Times::choose(flags, accessed_ns, modified_ns, now_ns)?;

        let Times { accessed_ns, modified_ns } = times;
        directory.set_times_at(&path, follows(lookup)?, accessed_ns, modified_ns, now_ns)
    }

    /// Gives the file at a path from `fd` one more name from `to_fd`.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn path_link(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        at: u32,
        length_bytes: u32,
        to_fd: u32,
        to_at: u32,
        to_length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, to_at, to_length_bytes)?;
        let from_path = path(memory, at, length_bytes)?;
        let to_path = path(memory, to_at, to_length_bytes)?;
        let to = self.descriptors.directory(to_fd, rights::PATH_LINK_TARGET)?.clone();
        let from = self.descriptors.directory(fd, rights::PATH_LINK_SOURCE)?;

        from.link(&from_path, follows(lookup)?, &to, &to_path, self.clocks.wall_ns())
    }

    /// Moves what is at a path from `fd` to a path from `to_fd`.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
        to_fd: u32,
        to_at: u32,
        to_length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, to_at, to_length_bytes)?;
        let from_path = path(memory, at, length_bytes)?;
        let to_path = path(memory, to_at, to_length_bytes)?;
        let to = self.descriptors.directory(to_fd, rights::PATH_RENAME_TARGET)?.clone();
        let from = self.descriptors.directory(fd, rights::PATH_RENAME_SOURCE)?;

        from.rename(&from_path, &to, &to_path, self.clocks.wall_ns())
    }

    /// Makes a symbolic link at a path, which holds the path at `target_at`.
    pub(crate) fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        target_at: u32,
        target_length_bytes: u32,
        fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, at, length_bytes)?;
        let target = path(memory, target_at, target_length_bytes)?;
        let path = path(memory, at, length_bytes)?;
        let directory = self.descriptors.directory(fd, rights::PATH_SYMLINK)?;

        directory.symlink(&target, &path, self.clocks.wall_ns())
    }

    /// Writes what the symbolic link at a path holds, as much as there is room for, and how many
    /// bytes that was.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
        buffer_at: u32,
        buffer_length_bytes: u32,
        used_at: u32,
    ) -> Result<(), Errno> {
        check(memory, buffer_at, buffer_length_bytes)?;
        check(memory, used_at, 4)?;
        let path = path(memory, at, length_bytes)?;
        let directory = self.descriptors.directory(fd, rights::PATH_READLINK)?;
        let target = directory.read_link(&path)?;

        let used_bytes = target.len().min(buffer_length_bytes as usize);
        memory.write(buffer_at, &target.as_bytes()[..used_bytes])?;
        memory.write(used_at, &(used_bytes as u32).to_le_bytes())
    }

    /// Opens the file at a path and writes its descriptor to `opened_at`.
    ///
    /// A directory cannot be opened to be written, nor can a file that is read-only.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        at: u32,
        length_bytes: u32,
        flags: u32,
        base: u64,
        inheriting: u64,
        descriptor_flags: u32,
        opened_at: u32,
    ) -> Result<(), Errno> {
        check(memory, opened_at, 4)?;
        let path = path(memory, at, length_bytes)?;
        let (flags, descriptor_flags) = (among(flags, OPEN_FLAGS)?, file_flags(descriptor_flags)?);
        let opening = opening(follows(lookup)?, flags);
        let now_ns = self.clocks.wall_ns();

        let number = self.descriptors.free()?;
        let directory = self.descriptors.get(fd, to_open(flags))?;
        let rights = directory.rights.derive(base, inheriting)?;
        let handle = self.descriptors.directory(fd, 0)?.open(&path, opening, now_ns)?;
        let kind = handle.status()?.kind;
        if rights.base & rights::FD_WRITE != 0 {
            writable(&handle, kind)?;
        }

        let mut file = OpenFile::new(handle, kind);
        // A file that was made is to outlive the power, even if nothing is written to it.
        file.is_dirty = opening.create || opening.truncate;
        let rights = rights.of_kind(kind);
        let descriptor = Descriptor { target: Target::File(file), rights, flags: descriptor_flags };
        self.descriptors.put(number, descriptor)?;
        memory.write(opened_at, &number.to_le_bytes())
    }
}

fn opening(follow: bool, flags: u16) -> Opening {
    Opening {
        follow,
        create: flags & oflags::CREATE != 0,
        exclusive: flags & oflags::EXCLUSIVE != 0,
        directory: flags & oflags::DIRECTORY != 0,
        truncate: flags & oflags::TRUNCATE != 0,
    }
}

fn writable(handle: &Handle, kind: Kind) -> Result<(), Errno> {
    match (kind, handle.access()) {
        (Kind::Directory, _) => Err(Errno::IsDirectory),
        (_, Access::ReadOnly) => Err(Errno::ReadOnly),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
