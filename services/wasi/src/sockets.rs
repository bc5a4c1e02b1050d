//! Sockets of preview 1: listeners that the app finds open when it starts, after its directories,
//! and the connections that come to them.
//!
//! The kernel implements [`Network`]. When there is nothing to accept or to receive, or no room to
//! send, the guest is parked until [`Events::NETWORK`].

use crate::descriptors::{Descriptor, Target};
use crate::network::{self, Network};
use crate::state;
use crate::streams::Direction;
use crate::vectors::Vectors;
use crate::{Wasi, check, on, wait};
use abi::Errno;
use abi::wasi::{fdflags, rights};
use runtime::{Events, GuestMemory, Outcome};

/// Flags of `sock_recv` (`riflags`): leave what is received to be received again.
const PEEK: u32 = 1;
/// Wait until all buffers are full.
const WAIT_ALL: u32 = 1 << 1;

/// What `sock_shutdown` ends (`sdflags`).
const END_RECEIVING: u32 = 1;
const END_SENDING: u32 = 1 << 1;

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Listener,
    Connection,
}

/// A descriptor's socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Socket {
    /// Its number on the network.
    pub(crate) id: u32,
    pub(crate) kind: Kind,
}

impl Socket {
    /// Moves bytes between the connection and the buffers, as many as can be moved now; `None` if
    /// the guest is to wait for the first.
    pub(crate) fn transfer(
        self,
        network: &mut dyn Network,
        direction: Direction,
        peek: bool,
        memory: &mut GuestMemory<'_>,
        vectors: &Vectors,
    ) -> Result<Option<u32>, Errno> {
        if self.kind == Kind::Listener {
            return Err(Errno::NotConnected);
        }
        let mut has_peeked = false;
        let moved = vectors.each(memory, &mut |buffer| match direction {
            // What is peeked at does not move on, so that only one buffer can have it.
            Direction::Read if peek && core::mem::replace(&mut has_peeked, true) => Ok(0),
            Direction::Read => network.receive(self.id, buffer, peek),
            Direction::Write => network.send(self.id, buffer),
        });
        match moved {
            Err(Errno::Again) => Ok(None),
            moved => moved.map(Some),
        }
    }
}

/// A guest's call to receive or send: all of it that outlives a wait.
#[derive(Clone, Copy)]
struct Request {
    direction: Direction,
    fd: u32,
    vectors_at: u32,
    count: u32,
    peek: bool,
    length_at: u32,
    /// Where `sock_recv` wants flags.
    flags_at: Option<u32>,
}

impl Wasi {
    /// Opens `listener` under the next number.
    pub(crate) fn open_listener(&mut self, listener: u32) -> Result<(), Errno> {
        let number = self.descriptors.free()?;
        let socket = Socket { id: listener, kind: Kind::Listener };
        self.descriptors.put(number, Descriptor::of_socket(socket, 0))
    }

    /// Waits for a connection to listener `fd`, and writes its number to `opened_at`. `flags` are
    /// those that it has from the start.
    pub(crate) fn sock_accept(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        flags: u32,
        opened_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        check(memory, opened_at, 4)?;
        let (listener, is_nonblocking) = self.socket(fd, rights::SOCK_ACCEPT)?;
        let flags = state::among(flags, fdflags::NONBLOCK)?;
        let number = self.descriptors.free()?;

        match network::of(&mut self.network)?.accept(listener.id) {
            Err(Errno::Again) if !is_nonblocking => {
                let resume = move |memory: &mut GuestMemory<'_>, wasi: &mut Self| {
                    wasi.sock_accept(memory, fd, flags.into(), opened_at)
                };
                Ok(wait(on(Events::NETWORK), resume))
            }
            accepted => {
                let socket = Socket { id: accepted?, kind: Kind::Connection };
                self.descriptors.put(number, Descriptor::of_socket(socket, flags))?;
                memory.write(opened_at, &number.to_le_bytes())?;
                Ok(Outcome::Return(0))
            }
        }
    }

    /// Receives into the buffers of a list, and writes the number of bytes to `length_at`; waits
    /// for the first. Of the flags, one that asks for all buffers to be filled is refused.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn sock_recv(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        flags: u32,
        length_at: u32,
        flags_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        match flags & !PEEK {
            0 => {}
            WAIT_ALL => return Err(Errno::NotSupported),
            _ => return Err(Errno::Invalid),
        }
        let peek = flags & PEEK != 0;
        let (direction, flags_at) = (Direction::Read, Some(flags_at));
        let request = Request { direction, fd, vectors_at, count, peek, length_at, flags_at };
        self.move_bytes(memory, request)
    }

    /// Sends what is in the buffers of a list, and writes the number of bytes to `length_at`; waits
    /// until the first is taken.
    pub(crate) fn sock_send(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        flags: u32,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        if flags != 0 {
            return Err(Errno::Invalid);
        }
        let (direction, peek, flags_at) = (Direction::Write, false, None);
        let request = Request { direction, fd, vectors_at, count, peek, length_at, flags_at };
        self.move_bytes(memory, request)
    }

    /// Ends one or both directions of connection `fd`. What comes after the end of receiving is
    /// received all the same: TCP cannot tell the other side.
    pub(crate) fn sock_shutdown(&mut self, fd: u32, how: u32) -> Result<(), Errno> {
        let (socket, _) = self.socket(fd, rights::SOCK_SHUTDOWN)?;
        match how {
            END_RECEIVING => Ok(()),
            END_SENDING | 3 => network::of(&mut self.network)?.shut_down(socket.id),
            _ => Err(Errno::Invalid),
        }
    }

    fn move_bytes(
        &mut self,
        memory: &mut GuestMemory<'_>,
        request: Request,
    ) -> Result<Outcome<Self>, Errno> {
        let vectors = &Vectors::check(memory, request.vectors_at, request.count)?;
        check(memory, request.length_at, 4)?;
        if let Some(flags_at) = request.flags_at {
            check(memory, flags_at, 2)?;
        }
        let (socket, is_nonblocking) = self.socket(request.fd, request.needed())?;

        let network = network::of(&mut self.network)?;
        match socket.transfer(network, request.direction, request.peek, memory, vectors)? {
            None if is_nonblocking => Err(Errno::Again),
            None => {
                Ok(wait(on(Events::NETWORK), move |memory, wasi| wasi.move_bytes(memory, request)))
            }
            Some(moved_bytes) => {
                memory.write(request.length_at, &moved_bytes.to_le_bytes())?;
                // Nothing is ever cut off, which is all that these flags can say.
                if let Some(flags_at) = request.flags_at {
                    memory.write(flags_at, &[0; 2])?;
                }
                Ok(Outcome::Return(0))
            }
        }
    }

    /// The socket of descriptor `fd`, if it has the rights `needed`, and whether the guest wants
    /// [`Errno::Again`] instead of a wait.
    fn socket(&mut self, fd: u32, needed: u64) -> Result<(Socket, bool), Errno> {
        let descriptor = self.descriptors.get(fd, 0)?;
        let Target::Socket(socket) = descriptor.target else { return Err(Errno::NotSocket) };
        let is_connection = socket.kind == Kind::Connection;
        match descriptor.rights.allow(needed, &descriptor.target) {
            Ok(()) => Ok((socket, descriptor.is_nonblocking())),
            Err(_) if needed == rights::SOCK_ACCEPT && is_connection => Err(Errno::Invalid),
            Err(_) if needed == rights::SOCK_SHUTDOWN && !is_connection => Err(Errno::NotConnected),
            Err(errno) => Err(errno),
        }
    }
}

impl Request {
    fn needed(&self) -> u64 {
        match self.direction {
            Direction::Read => rights::FD_READ,
            // A listener has no right to it, but that it is none is said better.
            Direction::Write => 0,
        }
    }
}

#[cfg(test)]
mod tests;
