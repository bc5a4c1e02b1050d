//! Open files: what moves their bytes, and the calls that change one as a whole.
//!
//! A file is never waited for. What its file system cannot do at once, such as to reach a card,
//! is done before the call returns.

use crate::Wasi;
use crate::clocks::Clocks;
use crate::streams::Direction;
use crate::vectors::Vectors;
use abi::Errno;
use abi::wasi::{fdflags, rights};
use alloc::string::String;
use runtime::GuestMemory;
use service_files::{Handle, Kind};

/// The largest offset: in C it has a sign.
pub(crate) const OFFSET_MAX: u64 = i64::MAX as u64;

/// Pieces of advice that there are (`advice`).
const ADVICE_COUNT: u32 = 6;

/// A file or directory that is open.
pub(crate) struct OpenFile {
    pub(crate) handle: Handle,
    /// Never a symbolic link: those are followed or refused.
    pub(crate) kind: Kind,
    /// Where the next byte is read or written.
    pub(crate) position: u64,
    /// Whether something was written through it that may not be durable yet.
    pub(crate) is_dirty: bool,
    /// Its path, if the app found it open when it started.
    pub(crate) mounted_at: Option<String>,
}

/// What a transfer between a file and the guest needs beside the file.
pub(crate) struct Transfer<'a, 'm> {
    pub(crate) memory: &'a mut GuestMemory<'m>,
    pub(crate) vectors: &'a Vectors,
    /// Bits of [`fdflags`].
    pub(crate) flags: u16,
    pub(crate) clocks: &'a Clocks,
}

impl OpenFile {
    pub(crate) fn new(handle: Handle, kind: Kind) -> Self {
        Self { handle, kind, position: 0, is_dirty: false, mounted_at: None }
    }

    /// Moves bytes from `offset` on, or from the position on, which it then moves behind them.
    ///
    /// A file that is appended to is written at its end, but where POSIX has `pwrite` write it.
    pub(crate) fn transfer(
        &mut self,
        direction: Direction,
        offset: Option<u64>,
        transfer: Transfer<'_, '_>,
    ) -> Result<u32, Errno> {
        let flags = transfer.flags;
        let is_write = direction == Direction::Write;
        let appends = is_write && offset.is_none() && flags & fdflags::APPEND != 0;
        let from = offset.unwrap_or(self.position);

        let moved_bytes = match direction {
            Direction::Read => self.read(transfer, from)?,
            Direction::Write => self.write(transfer, from, appends)?,
        };
        if appends {
            self.position = self.handle.status()?.length_bytes;
        } else if offset.is_none() {
            self.position = from + u64::from(moved_bytes);
        }
        if is_write && flags & (fdflags::DSYNC | fdflags::SYNC) != 0 {
            self.sync()?;
        }
        Ok(moved_bytes)
    }

    fn read(&mut self, transfer: Transfer<'_, '_>, mut offset: u64) -> Result<u32, Errno> {
        if transfer.flags & fdflags::RSYNC != 0 {
            self.sync()?;
        }
        transfer.vectors.each(transfer.memory, &mut |buffer| {
            let read_bytes = self.handle.read(offset, buffer)?;
            offset += read_bytes as u64;
            Ok(read_bytes)
        })
    }

    fn write(
        &mut self,
        transfer: Transfer<'_, '_>,
        mut offset: u64,
        appends: bool,
    ) -> Result<u32, Errno> {
        let now_ns = transfer.clocks.wall_ns();
        self.is_dirty = true;
        transfer.vectors.each(transfer.memory, &mut |bytes| {
            if appends {
                // Others may write to the end of the same file.
                return self.handle.append(bytes, now_ns);
            }
            let written_bytes = self.handle.write(offset, bytes, now_ns)?;
            offset += written_bytes as u64;
            Ok(written_bytes)
        })
    }

    /// Makes durable what was written.
    pub(crate) fn sync(&mut self) -> Result<(), Errno> {
        self.handle.sync()?;
        self.is_dirty = false;
        Ok(())
    }
}

impl Wasi {
    /// Takes note of how a part of file `fd` will be used, which makes no difference here.
    pub(crate) fn fd_advise(
        &mut self,
        fd: u32,
        _offset: u64,
        _length_bytes: u64,
        advice: u32,
    ) -> Result<(), Errno> {
        self.descriptors.get(fd, rights::FD_ADVISE)?;
        if advice < ADVICE_COUNT { Ok(()) } else { Err(Errno::Invalid) }
    }

    /// Makes file `fd` long enough to hold `length_bytes` bytes from `offset` on. Whether that
    /// takes room on the medium is the file system's affair.
    pub(crate) fn fd_allocate(
        &mut self,
        fd: u32,
        offset: u64,
        length_bytes: u64,
    ) -> Result<(), Errno> {
        let file = self.descriptors.file(fd, rights::FD_ALLOCATE)?;
        if length_bytes == 0 || offset > OFFSET_MAX || length_bytes > OFFSET_MAX {
            return Err(Errno::Invalid);
        }
        let end = offset + length_bytes;
        if end > OFFSET_MAX {
            return Err(Errno::FileTooBig);
        }
        if end <= file.handle.status()?.length_bytes {
            return Ok(());
        }
        file.is_dirty = true;
        file.handle.resize(end, self.clocks.wall_ns())
    }

    /// Cuts file `fd`, or lengthens it by zeros.
    pub(crate) fn fd_filestat_set_size(&mut self, fd: u32, length_bytes: u64) -> Result<(), Errno> {
        let file = self.descriptors.file(fd, rights::FD_FILESTAT_SET_SIZE)?;
        if length_bytes > OFFSET_MAX {
            return Err(Errno::Invalid);
        }
        file.is_dirty = true;
        file.handle.resize(length_bytes, self.clocks.wall_ns())
    }

    /// Makes durable what was written to `fd`, and all that is known about it.
    pub(crate) fn fd_sync(&mut self, fd: u32) -> Result<(), Errno> {
        self.descriptors.file(fd, rights::FD_SYNC)?.sync()
    }

    /// Makes durable what was written to `fd`.
    pub(crate) fn fd_datasync(&mut self, fd: u32) -> Result<(), Errno> {
        self.descriptors.file(fd, rights::FD_DATASYNC)?.sync()
    }
}

#[cfg(test)]
mod tests;
