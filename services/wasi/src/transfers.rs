//! Reading and writing: the calls that move bytes between a descriptor and the guest's memory.

use crate::descriptors::Target;
use crate::devices;
use crate::files::{OFFSET_MAX, Transfer};
use crate::sockets::{self, Other};
use crate::streams::Direction;
use crate::vectors::Vectors;
use crate::{Wasi, check, on, wait};
use abi::{Errno, wasi::rights};
use runtime::{Events, GuestMemory, Outcome};

/// A guest's call to read or write: all of it that outlives a wait.
#[derive(Clone, Copy)]
struct Request {
    direction: Direction,
    fd: u32,
    vectors_at: u32,
    count: u32,
    /// Where in the file; `None` is at its position, which the call then moves.
    offset: Option<u64>,
    length_at: u32,
}

impl Request {
    /// The rights that the descriptor must have.
    fn needed(&self) -> u64 {
        let direction = match self.direction {
            Direction::Read => rights::FD_READ,
            Direction::Write => rights::FD_WRITE,
        };
        let seek = if self.offset.is_some() { rights::FD_SEEK } else { 0 };
        direction | seek
    }

    /// The same of a socket, which has no offsets.
    fn to_socket(self) -> sockets::Request {
        let Self { direction, fd, vectors_at, count, length_at, .. } = self;
        let (flags, flags_at, other) = (0, None, Other::Nothing);
        sockets::Request { direction, fd, vectors_at, count, flags, length_at, flags_at, other }
    }
}

impl Wasi {
    /// Reads from descriptor `fd` into the buffers of a list, and writes the number of bytes to
    /// `length_at`. Waits until a stream has a byte, but not until all buffers are full.
    pub(crate) fn fd_read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let direction = Direction::Read;
        self.transfer(memory, Request { direction, fd, vectors_at, count, offset: None, length_at })
    }

    /// Writes what is in the buffers of a list to descriptor `fd`, and the number of bytes to
    /// `length_at`. Waits until a stream takes a byte, but not until it takes all.
    pub(crate) fn fd_write(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let direction = Direction::Write;
        self.transfer(memory, Request { direction, fd, vectors_at, count, offset: None, length_at })
    }

    /// Reads from byte `offset` of file `fd` on; otherwise as [`Wasi::fd_read`].
    ///
    /// A stream has no such bytes, whichever way it goes. Zig's library tries that first.
    pub(crate) fn fd_pread(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        offset: u64,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let (direction, offset) = (Direction::Read, Some(offset));
        self.transfer(memory, Request { direction, fd, vectors_at, count, offset, length_at })
    }

    /// Writes from byte `offset` of file `fd` on; otherwise as [`Wasi::fd_write`].
    pub(crate) fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        offset: u64,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let (direction, offset) = (Direction::Write, Some(offset));
        self.transfer(memory, Request { direction, fd, vectors_at, count, offset, length_at })
    }

    fn transfer(
        &mut self,
        memory: &mut GuestMemory<'_>,
        request: Request,
    ) -> Result<Outcome<Self>, Errno> {
        let vectors = &Vectors::check(memory, request.vectors_at, request.count)?;
        check(memory, request.length_at, 4)?;
        let descriptor = self.descriptors.get(request.fd, request.needed())?;
        if request.offset.is_some_and(|offset| offset > OFFSET_MAX) {
            return Err(Errno::Invalid);
        }

        let mut events = Events::NONE;
        let flags = descriptor.flags;
        let is_nonblocking = descriptor.is_nonblocking();
        let moved_bytes = match &mut descriptor.target {
            Target::Stream(stream) => {
                events = self.streams.event(*stream);
                self.streams.transfer(*stream, request.direction, memory, vectors)?
            }
            Target::File(file) => {
                let clocks = &self.clocks;
                let transfer = Transfer { memory: &mut *memory, vectors, flags, clocks };
                Some(file.transfer(request.direction, request.offset, transfer)?)
            }
            Target::Device(device) => {
                events = device.event();
                devices::read(&mut **device, memory, vectors)?
            }
            Target::Socket(_) => return self.receive_or_send(memory, request.to_socket()),
        };
        match moved_bytes {
            None if is_nonblocking => Err(Errno::Again),
            None => Ok(wait(on(events), move |memory, wasi| wasi.transfer(memory, request))),
            Some(moved_bytes) => {
                memory.write(request.length_at, &moved_bytes.to_le_bytes())?;
                Ok(Outcome::Return(0))
            }
        }
    }
}
