//! Positions: where in a file the next byte is read or written. Streams have none.

use crate::files::OFFSET_MAX;
use crate::{Wasi, check};
use abi::Errno;
use abi::wasi::{rights, whence};
use runtime::GuestMemory;

impl Wasi {
    /// Moves the position of file `fd` by `offset` from where `from` says, one of [`whence`], and
    /// writes where it is then. It may lie behind the end.
    pub(crate) fn fd_seek(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        offset: i64,
        from: u32,
        at: u32,
    ) -> Result<(), Errno> {
        check(memory, at, 8)?;
        let stays = offset == 0 && from == whence::CURRENT;
        let needed = if stays { rights::FD_TELL } else { rights::FD_SEEK };
        if from > whence::END {
            self.descriptors.get(fd, 0)?;
            return Err(Errno::Invalid);
        }

        let file = self.descriptors.file(fd, needed)?;
        let start = match from {
            whence::CURRENT => file.position,
            whence::END => file.handle.status()?.length_bytes,
            _ => 0,
        };
        let position = start.checked_add_signed(offset).ok_or(Errno::Invalid)?;
        if position > OFFSET_MAX {
            return Err(Errno::Overflow);
        }
        file.position = position;
        memory.write(at, &position.to_le_bytes())
    }

    /// The same for the older snapshot, which counts `whence` in another order.
    pub(crate) fn fd_seek_unstable(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        offset: i64,
        from: u32,
        at: u32,
    ) -> Result<(), Errno> {
        // Current, end, start there; start, current, end here.
        let from = if from > whence::END { from } else { (from + whence::CURRENT) % 3 };
        self.fd_seek(memory, fd, offset, from, at)
    }

    /// Writes the position of file `fd`.
    pub(crate) fn fd_tell(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        check(memory, at, 8)?;
        let position = self.descriptors.file(fd, rights::FD_TELL)?.position;
        memory.write(at, &position.to_le_bytes())
    }
}

#[cfg(test)]
mod tests;
