//! Descriptors: what the numbers stand for that a program reads from and writes to.
//!
//! The first three are the standard streams, those from 3 on the directories that the app was
//! granted, and a file that is opened gets the smallest free number. A stream that is a terminal
//! is a character device without the rights to seek and tell, by which wasi-libc's `isatty` knows
//! it and buffers output by line. Any other stream is of unknown type, as wasmtime has it for a
//! pipe, and libc buffers its output fully.
//!
//! What an app leaves open when it ends is released, but not made durable first: that the file
//! system does in its own time.

use crate::Wasi;
use crate::devices::Device;
use crate::files::OpenFile;
use crate::network::{self, Network};
use crate::rights::Rights;
use crate::sockets::Socket;
use abi::Errno;
use abi::wasi::{fdflags, rights};
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::size_of;
use runtime::Pool;
use service_files::{Handle, Kind, Mount};

/// Descriptors that an app may have open at once.
const DESCRIPTORS_MAX: usize = 4096;

/// One of the three standard streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Input,
    Output,
    Errors,
}

/// What a descriptor stands for.
pub(crate) enum Target {
    Stream(Stream),
    File(OpenFile),
    Socket(Socket),
    Device(Box<dyn Device>),
}

impl Target {
    pub(crate) fn is_directory(&self) -> bool {
        matches!(self, Self::File(file) if file.kind == Kind::Directory)
    }
}

/// An open descriptor.
pub(crate) struct Descriptor {
    pub(crate) target: Target,
    pub(crate) rights: Rights,
    /// Bits of [`fdflags`].
    pub(crate) flags: u16,
}

impl Descriptor {
    fn of_stream(stream: Stream) -> Self {
        let direction = match stream {
            Stream::Input => rights::FD_READ,
            Stream::Output | Stream::Errors => rights::FD_WRITE,
        };
        Self { target: Target::Stream(stream), rights: Rights::of_stream(direction), flags: 0 }
    }

    fn of_mount(mount: Mount) -> Self {
        let mut file = OpenFile::new(mount.directory, Kind::Directory);
        file.mounted_at = Some(mount.at);
        Self { target: Target::File(file), rights: Rights::GRANTED, flags: 0 }
    }

    pub(crate) fn of_socket(socket: Socket, flags: u16) -> Self {
        Self { target: Target::Socket(socket), rights: Rights::of_socket(socket.kind), flags }
    }

    pub(crate) fn of_device(device: Box<dyn Device>) -> Self {
        Self {
            target: Target::Device(device),
            rights: Rights::of_stream(rights::FD_READ),
            flags: 0,
        }
    }

    /// Whether the guest wants [`Errno::Again`] instead of a wait.
    pub(crate) fn is_nonblocking(&self) -> bool {
        self.flags & fdflags::NONBLOCK != 0
    }
}

/// The open descriptors of one app.
pub(crate) struct Descriptors {
    /// Each at its number.
    open: Vec<Option<Descriptor>>,
    /// No smaller number is free.
    first_free: usize,
    pool: &'static (dyn Pool + Sync),
}

impl Descriptors {
    /// The three standard streams under their usual numbers, then `mounts` in their order.
    pub(crate) fn new(mounts: Vec<Mount>, pool: &'static (dyn Pool + Sync)) -> Self {
        let streams = [Stream::Input, Stream::Output, Stream::Errors].map(Descriptor::of_stream);
        let mounts = mounts.into_iter().map(Descriptor::of_mount);
        let open: Vec<_> = streams.into_iter().chain(mounts).map(Some).collect();
        Self { first_free: open.len(), open, pool }
    }

    /// The open descriptor `number`, if its rights allow what is `needed`.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if it is closed, and the error that tells which right it misses.
    pub(crate) fn get(&mut self, number: u32, needed: u64) -> Result<&mut Descriptor, Errno> {
        let descriptor = self.slot(number)?.as_mut().ok_or(Errno::BadDescriptor)?;
        descriptor.rights.allow(needed, &descriptor.target)?;
        Ok(descriptor)
    }

    /// The open file or directory `number`, if its rights allow what is `needed`.
    ///
    /// # Errors
    ///
    /// As [`Descriptors::get`], and [`Errno::BadDescriptor`] for a stream.
    pub(crate) fn file(&mut self, number: u32, needed: u64) -> Result<&mut OpenFile, Errno> {
        match &mut self.get(number, needed)?.target {
            Target::File(file) => Ok(file),
            _ => Err(Errno::BadDescriptor),
        }
    }

    /// The directory `number`, if its rights allow what is `needed`, which is about its paths.
    ///
    /// # Errors
    ///
    /// As [`Descriptors::file`].
    pub(crate) fn directory(&mut self, number: u32, needed: u64) -> Result<&Handle, Errno> {
        self.file(number, needed).map(|file| &file.handle)
    }

    /// The number of the next file to be opened, at which there is room for it.
    ///
    /// # Errors
    ///
    /// [`Errno::ManyFiles`] if [`DESCRIPTORS_MAX`] are open, [`Errno::NoMemory`].
    pub(crate) fn free(&mut self) -> Result<u32, Errno> {
        let free = self.open[self.first_free..].iter().position(Option::is_none);
        self.first_free = free.map_or(self.open.len(), |ahead| self.first_free + ahead);
        if self.first_free >= DESCRIPTORS_MAX {
            return Err(Errno::ManyFiles);
        }
        if free.is_none() {
            self.grow()?;
        }
        Ok(self.first_free as u32)
    }

    /// Makes room for one number more, by doubling when there is none.
    fn grow(&mut self) -> Result<(), Errno> {
        let count = self.open.len();
        if count == self.open.capacity() && !self.pool.can_take(2 * count * size_of::<Descriptor>())
        {
            return Err(Errno::NoMemory);
        }
        self.open.try_reserve(1).map_err(|_| Errno::NoMemory)?;
        self.open.push(None);
        Ok(())
    }

    /// Opens `descriptor` under `number`, which [`Descriptors::free`] gave.
    pub(crate) fn put(&mut self, number: u32, descriptor: Descriptor) -> Result<(), Errno> {
        *self.slot(number)? = Some(descriptor);
        Ok(())
    }

    /// How many sockets are open.
    pub(crate) fn sockets(&self) -> usize {
        let open = self.open.iter().flatten();
        open.filter(|descriptor| matches!(descriptor.target, Target::Socket(_))).count()
    }

    fn take(&mut self, number: u32) -> Result<Descriptor, Errno> {
        let descriptor = self.slot(number)?.take().ok_or(Errno::BadDescriptor)?;
        self.first_free = self.first_free.min(number as usize);
        Ok(descriptor)
    }

    fn slot(&mut self, number: u32) -> Result<&mut Option<Descriptor>, Errno> {
        self.open.get_mut(number as usize).ok_or(Errno::BadDescriptor)
    }
}

impl Wasi {
    /// Closes descriptor `fd`. If anything was written through it, that is made durable first.
    ///
    /// The descriptor is closed even on an error.
    pub(crate) fn fd_close(&mut self, fd: u32) -> Result<(), Errno> {
        finish(&mut self.descriptors.take(fd)?, &mut self.network)
    }

    /// Gives descriptor `from` the number `to`, and closes what had that number.
    ///
    /// `to` must be open, as in wasmtime: a guest cannot choose a fresh number. If what was
    /// written to it cannot be made durable, both stay as they are.
    pub(crate) fn fd_renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.descriptors.get(from, 0)?;
        let replaced = self.descriptors.get(to, 0)?;
        if from == to {
            return Ok(());
        }

        finish(replaced, &mut self.network)?;
        let moved = self.descriptors.take(from)?;
        self.descriptors.put(to, moved)
    }
}

/// Makes durable what was written through `descriptor`, and gives a socket back.
fn finish(
    descriptor: &mut Descriptor,
    network: &mut Option<Box<dyn Network>>,
) -> Result<(), Errno> {
    match &mut descriptor.target {
        Target::Socket(socket) => {
            if let Some(id) = socket.id {
                network::of(network)?.close(id);
            }
            Ok(())
        }
        Target::File(file) if file.is_dirty => file.sync(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
