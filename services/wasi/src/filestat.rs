//! What is known about a file (`filestat`): its kind, length and times.

use crate::descriptors::Target;
use crate::state::filetype;
use crate::{Wasi, put};
use abi::Errno;
use abi::wasi::{filestat, fstflags, rights};
use runtime::GuestMemory;
use service_files::Status;

/// Writes `status`, of a file on `device`, into `buffer`, whose length tells the snapshot.
pub(crate) fn encode(buffer: &mut [u8], device: u64, status: &Status) {
    // In the older snapshot the count of links is shorter, and all behind it lies lower.
    let shift = filestat::BYTES - buffer.len() as u32;

    buffer.fill(0);
    put(buffer, filestat::DEVICE, device.to_le_bytes());
    put(buffer, filestat::INODE, status.inode.to_le_bytes());
    put(buffer, filestat::FILETYPE, [filetype(status.kind)]);
    if shift == 0 {
        put(buffer, filestat::LINKS, status.links.to_le_bytes());
    } else {
        let links = u32::try_from(status.links).unwrap_or(u32::MAX);
        put(buffer, filestat::UNSTABLE_LINKS, links.to_le_bytes());
    }
    put(buffer, filestat::LENGTH - shift, status.length_bytes.to_le_bytes());
    put(buffer, filestat::ACCESSED - shift, status.accessed_ns.to_le_bytes());
    put(buffer, filestat::MODIFIED - shift, status.modified_ns.to_le_bytes());
    put(buffer, filestat::CHANGED - shift, status.changed_ns.to_le_bytes());
}

/// The times that a guest wants a file to have; `None` leaves one as it is.
pub(crate) struct Times {
    pub(crate) accessed_ns: Option<u64>,
    pub(crate) modified_ns: Option<u64>,
}

impl Times {
    /// The times that `flags` choose, from those given and the time it is now.
    ///
    /// # Errors
    ///
    /// [`Errno::Invalid`] if one is to be the time given and now, and for an unknown flag.
    pub(crate) fn choose(
        flags: u32,
        accessed_ns: u64,
        modified_ns: u64,
        now_ns: u64,
    ) -> Result<Self, Errno> {
        if flags >= fstflags::MODIFIED_NOW << 1 {
            return Err(Errno::Invalid);
        }
        let one = |given, given_flag, now_flag| match (flags & given_flag, flags & now_flag) {
            (0, 0) => Ok(None),
            (_, 0) => Ok(Some(given)),
            (0, _) => Ok(Some(now_ns)),
            _ => Err(Errno::Invalid),
        };
        Ok(Self {
            accessed_ns: one(accessed_ns, fstflags::ACCESSED, fstflags::ACCESSED_NOW)?,
            modified_ns: one(modified_ns, fstflags::MODIFIED, fstflags::MODIFIED_NOW)?,
        })
    }
}

impl Wasi {
    /// Writes what is known about descriptor `fd` as a file: of a stream, its type.
    ///
    /// `LENGTH_BYTES` is [`filestat::BYTES`] or [`filestat::UNSTABLE_BYTES`].
    pub(crate) fn fd_filestat_get<const LENGTH_BYTES: u32>(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        self.filestat(memory.slice_mut(at, LENGTH_BYTES)?, fd)
    }

    fn filestat(&mut self, buffer: &mut [u8], fd: u32) -> Result<(), Errno> {
        let target = &self.descriptors.get(fd, rights::FD_FILESTAT_GET)?.target;
        match target {
            Target::File(file) => {
                encode(buffer, file.handle.device(), &file.handle.status()?);
            }
            _ => {
                buffer.fill(0);
                put(buffer, filestat::FILETYPE, [self.streams.filetype(target)]);
            }
        }
        Ok(())
    }

    /// Sets times of file or directory `fd`; `flags` are bits of [`fstflags`].
    pub(crate) fn fd_filestat_set_times(
        &mut self,
        fd: u32,
        accessed_ns: u64,
        modified_ns: u64,
        flags: u32,
    ) -> Result<(), Errno> {
        let file = self.descriptors.file(fd, rights::FD_FILESTAT_SET_TIMES)?;
        let now_ns = self.clocks.wall_ns();
        let times = Times::choose(flags, accessed_ns, modified_ns, now_ns)?;

        file.handle.set_times(times.accessed_ns, times.modified_ns, now_ns)?;
        file.is_dirty = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
