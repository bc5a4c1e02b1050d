//! Descriptors that other services open, such as the windows of the display.
//!
//! They are read from, waited for and closed by the calls of WASI; all else is their service's own
//! business, which finds them again by [`Wasi::device`]. Their type is unknown, as a pipe's is: a
//! character device that has no position would be a terminal for libc.

use crate::Wasi;
use crate::descriptors::{Descriptor, Target};
use crate::vectors::Vectors;
use abi::Errno;
use alloc::boxed::Box;
use core::any::Any;
use runtime::{Events, GuestMemory};

/// What another service opens as a descriptor. It is closed by being dropped.
pub trait Device: Any + Send {
    /// Moves what waits to the front of `buffer`, which is not empty, and tells how many bytes.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is nothing yet, [`Errno::Invalid`] if `buffer` is too short for
    /// what is read in one piece.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Errno>;

    /// How many bytes wait.
    fn readable_bytes(&self) -> usize;

    /// What happens when there may be something again.
    fn event(&self) -> Events;
}

impl Wasi {
    /// Opens `device` under the smallest free number.
    ///
    /// # Errors
    ///
    /// [`Errno::ManyFiles`] or [`Errno::NoMemory`] if there is no room; `device` is dropped.
    pub fn open_device(&mut self, device: Box<dyn Device>) -> Result<u32, Errno> {
        let number = self.descriptors.free()?;
        self.descriptors.put(number, Descriptor::of_device(device))?;
        Ok(number)
    }

    /// What descriptor `fd` was opened as.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if it is closed, or something else.
    pub fn device<D: Device>(&mut self, fd: u32) -> Result<&mut D, Errno> {
        let Target::Device(device) = &mut self.descriptors.get(fd, 0)?.target else {
            return Err(Errno::BadDescriptor);
        };
        let device: &mut dyn Any = &mut **device;
        device.downcast_mut().ok_or(Errno::BadDescriptor)
    }
}

/// Reads `device` into the buffers; `None` if there is nothing yet, else how many bytes it gave.
pub(crate) fn read(
    device: &mut dyn Device,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Option<u32>, Errno> {
    match vectors.each(memory, &mut |buffer| device.read(buffer)) {
        Err(Errno::Again) => Ok(None),
        read_bytes => read_bytes.map(Some),
    }
}

#[cfg(test)]
mod tests;
