//! Positions in a file: streams have none, so all of these calls refuse.

use crate::vectors::Vectors;
use crate::{Wasi, check};
use abi::{Errno, wasi::whence};
use runtime::GuestMemory;

impl Wasi {
    /// Refuses to move in a stream.
    pub(crate) fn fd_seek(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        _offset: i64,
        from: u32,
        at: u32,
    ) -> Result<(), Errno> {
        check(memory, at, 8)?;
        self.descriptors.get(fd)?;
        // Both snapshots use the same three numbers, in different orders.
        if from > whence::END {
            return Err(Errno::Invalid);
        }
        Err(Errno::SeekPipe)
    }

    /// Refuses to tell a position in a stream.
    pub(crate) fn fd_tell(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        check(memory, at, 8)?;
        self.descriptors.get(fd)?;
        Err(Errno::SeekPipe)
    }

    /// Refuses to read or write at a position of a stream; Zig's library tries that first. A
    /// stream of the other direction has no position either.
    pub(crate) fn fd_transfer_at(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        _position: u64,
        length_at: u32,
    ) -> Result<(), Errno> {
        Vectors::check(memory, vectors_at, count)?;
        check(memory, length_at, 4)?;
        self.descriptors.get(fd)?;
        Err(Errno::SeekPipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, memory_of};

    #[test]
    fn a_stream_has_no_position() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = [0; 16];
        let memory = &mut memory_of(&mut bytes);

        assert_eq!(wasi.fd_seek(memory, 0, 0, 1, 0), Err(Errno::SeekPipe));
        assert_eq!(wasi.fd_seek(memory, 0, 0, 3, 0), Err(Errno::Invalid));
        assert_eq!(wasi.fd_seek(memory, 3, 0, 1, 0), Err(Errno::BadDescriptor));
        assert_eq!(wasi.fd_tell(memory, 1, 0), Err(Errno::SeekPipe));
        assert_eq!(wasi.fd_tell(memory, 3, 0), Err(Errno::BadDescriptor));
        assert_eq!(wasi.fd_transfer_at(memory, 0, 0, 1, 0, 8), Err(Errno::SeekPipe));
        assert_eq!(wasi.fd_transfer_at(memory, 3, 0, 1, 0, 8), Err(Errno::BadDescriptor));
    }
}
