//! Lists of buffers for scattered reads and gathered writes.

use crate::{WORK_BYTES_MAX, check};
use abi::{Errno, wasi::iovec};
use runtime::GuestMemory;

/// Buffers of a list that are looked at; the call is short by the rest.
pub(crate) const VECTORS_MAX: u32 = 1024;

/// A guest's list of buffers, each of which lies in its memory.
pub(crate) struct Vectors {
    at: u32,
    count: u32,
    has_bytes: bool,
}

impl Vectors {
    /// The list of `count` buffers at guest address `at`.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if the list or any buffer is outside the memory.
    pub(crate) fn check(memory: &mut GuestMemory<'_>, at: u32, count: u32) -> Result<Self, Errno> {
        let count = count.min(VECTORS_MAX);
        check(memory, at, count * iovec::BYTES)?;

        let mut vectors = Self { at, count, has_bytes: false };
        for index in 0..count {
            let (buffer_at, length_bytes) = vectors.get(memory, index)?;
            check(memory, buffer_at, length_bytes)?;
            vectors.has_bytes |= length_bytes != 0;
        }
        Ok(vectors)
    }

    /// Whether any buffer holds a byte; if not, the call has nothing to do.
    pub(crate) fn has_bytes(&self) -> bool {
        self.has_bytes
    }

    /// Hands the buffers to `step`, which moves bytes at their front and tells how many, until it
    /// moves less than a whole one or has moved [`WORK_BYTES_MAX`]; tells how many it moved.
    ///
    /// # Errors
    ///
    /// That of `step`, if nothing was moved before; else the next call will find it again.
    pub(crate) fn each(
        &self,
        memory: &mut GuestMemory<'_>,
        step: &mut dyn FnMut(&mut [u8]) -> Result<usize, Errno>,
    ) -> Result<u32, Errno> {
        let mut moved_bytes = 0;
        for index in 0..self.count {
            // The list may lie in a buffer that was read into, so this may be another by now.
            let buffer = self.buffer(memory, index, WORK_BYTES_MAX - moved_bytes);
            let moved = buffer.and_then(|buffer| match buffer.len() {
                0 => Ok((0, 0)),
                length_bytes => Ok((step(buffer)?.min(length_bytes), length_bytes)),
            });
            match moved {
                Ok((step_bytes, length_bytes)) => {
                    moved_bytes += step_bytes as u32;
                    if step_bytes < length_bytes {
                        break;
                    }
                }
                Err(error) if moved_bytes == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(moved_bytes)
    }

    /// The first `length_bytes_max` bytes of buffer `index`, or all if it is shorter.
    fn buffer<'m>(
        &self,
        memory: &'m mut GuestMemory<'_>,
        index: u32,
        length_bytes_max: u32,
    ) -> Result<&'m mut [u8], Errno> {
        let (at, length_bytes) = self.get(memory, index)?;
        memory.slice_mut(at, length_bytes.min(length_bytes_max))
    }

    /// Address and length of buffer `index`.
    fn get(&self, memory: &mut GuestMemory<'_>, index: u32) -> Result<(u32, u32), Errno> {
        let at = self.at + index * iovec::BYTES;
        let address = memory.read_u32(at + iovec::ADDRESS)?;
        let length_bytes = memory.read_u32(at + iovec::LENGTH)?;
        Ok((address, length_bytes))
    }
}
