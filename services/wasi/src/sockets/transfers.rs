//! Receiving and sending.

use super::{Deadline, Kind, Socket, datagrams};
use crate::network::{self, Network};
use crate::streams::Direction;
use crate::vectors::Vectors;
use crate::wasmedge::addresses;
use crate::{Wasi, check, wait};
use abi::Errno;
use abi::wasi::rights;
use core::net::SocketAddrV4;
use runtime::{GuestMemory, Outcome};

/// Flags of `sock_recv` (`riflags`): leave what is received to be received again.
const PEEK: u32 = 1;
/// Wait until all buffers are full.
const WAIT_ALL: u32 = 1 << 1;

/// What `sock_recv` answers (`roflags`): the buffers were too small for the datagram.
const CUT_OFF: u16 = 1;

/// A guest's call to receive or send: all of it that outlives a wait.
#[derive(Clone, Copy)]
pub(crate) struct Request {
    pub(crate) direction: Direction,
    pub(crate) fd: u32,
    pub(crate) vectors_at: u32,
    pub(crate) count: u32,
    /// Bits of `riflags`.
    pub(crate) flags: u32,
    pub(crate) length_at: u32,
    /// Where flags are wanted.
    pub(crate) flags_at: Option<u32>,
    pub(crate) other: Other,
}

/// What a call to receive or send has to do with the other side's address.
#[derive(Clone, Copy)]
pub(crate) enum Other {
    Nothing,
    /// It sends there, unless there is a connection.
    To(SocketAddrV4),
    /// It writes from whom something came.
    From {
        storage_at: u32,
        port_at: u32,
    },
}

/// What was moved.
#[derive(Clone, Copy)]
pub(super) struct Moved {
    pub(super) bytes: u32,
    pub(super) is_cut_off: bool,
    /// From whom it came, if that is not who is connected.
    pub(super) from: Option<SocketAddrV4>,
}

impl Wasi {
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
        let (direction, flags_at) = (Direction::Read, Some(flags_at));
        let other = Other::Nothing;
        let request =
            Request { direction, fd, vectors_at, count, flags, length_at, flags_at, other };
        self.receive_or_send(memory, request)
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
        let (direction, flags_at, other) = (Direction::Write, None, Other::Nothing);
        let request =
            Request { direction, fd, vectors_at, count, flags, length_at, flags_at, other };
        self.receive_or_send(memory, request)
    }

    /// Does what `request` asks for; waits until it can, as long as the socket allows.
    pub(crate) fn receive_or_send(
        &mut self,
        memory: &mut GuestMemory<'_>,
        request: Request,
    ) -> Result<Outcome<Self>, Errno> {
        match (request.direction, request.flags) {
            (_, 0) | (Direction::Read, PEEK) => {}
            (Direction::Read, WAIT_ALL | 3) => return Err(Errno::NotSupported),
            _ => return Err(Errno::Invalid),
        }
        self.try_request(memory, request, None)
    }

    /// `deadline` is there once it has waited.
    fn try_request(
        &mut self,
        memory: &mut GuestMemory<'_>,
        request: Request,
        deadline: Option<Deadline>,
    ) -> Result<Outcome<Self>, Errno> {
        // Another thread may have changed the list since it was looked at.
        let vectors = &request.check(memory)?;
        let (socket, is_nonblocking) = self.socket(request.fd, request.needed())?;

        let network = network::of(&mut self.network)?;
        match socket.transfer(network, &request, memory, vectors) {
            Err(Errno::Again) => {
                let limit_us = match request.direction {
                    Direction::Read => socket.receive_limit_us,
                    Direction::Write => socket.send_limit_us,
                };
                let deadline = self.deadline(deadline, limit_us);
                let until = self.until_network(is_nonblocking, deadline)?;
                Ok(wait(until, move |memory, wasi| {
                    wasi.try_request(memory, request, Some(deadline))
                }))
            }
            moved => {
                request.answer(memory, moved?)?;
                Ok(Outcome::Return(0))
            }
        }
    }
}

impl Request {
    /// Checks every pointer.
    fn check(&self, memory: &mut GuestMemory<'_>) -> Result<Vectors, Errno> {
        check(memory, self.length_at, 4)?;
        if let Some(flags_at) = self.flags_at {
            check(memory, flags_at, 2)?;
        }
        if let Other::From { storage_at, port_at } = self.other {
            addresses::check_storage(memory, storage_at)?;
            check(memory, port_at, 4)?;
        }
        Vectors::check(memory, self.vectors_at, self.count)
    }

    fn needed(&self) -> u64 {
        match self.direction {
            Direction::Read => rights::FD_READ,
            // A listener has no right to it, but that it is none is said better.
            Direction::Write => 0,
        }
    }

    /// Writes what was moved to where the guest wants it.
    fn answer(&self, memory: &mut GuestMemory<'_>, moved: Moved) -> Result<(), Errno> {
        memory.write(self.length_at, &moved.bytes.to_le_bytes())?;
        if let Some(flags_at) = self.flags_at {
            let flags = if moved.is_cut_off { CUT_OFF } else { 0 };
            memory.write(flags_at, &flags.to_le_bytes())?;
        }
        match (self.other, moved.from) {
            (Other::From { storage_at, port_at }, Some(from)) => {
                addresses::write_storage(memory, storage_at, from)?;
                memory.write(port_at, &u32::from(from.port()).to_le_bytes())
            }
            _ => Ok(()),
        }
    }
}

impl Socket {
    /// Moves bytes between the socket and the buffers, as many as can be moved now.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if that is none.
    fn transfer(
        &self,
        network: &mut dyn Network,
        request: &Request,
        memory: &mut GuestMemory<'_>,
        vectors: &Vectors,
    ) -> Result<Moved, Errno> {
        let id = self.id()?;
        let peek = request.flags & PEEK != 0;
        match (self.kind, request.direction) {
            (Kind::New { .. } | Kind::Listener, _) => Err(Errno::NotConnected),
            (Kind::Datagrams { .. }, Direction::Read) if peek => Err(Errno::NotSupported),
            (Kind::Datagrams { peer }, Direction::Read) => {
                datagrams::receive(network, id, peer, memory, vectors)
            }
            (Kind::Datagrams { peer }, Direction::Write) => {
                let to = match request.other {
                    Other::To(to) => Some(to),
                    _ => peer,
                };
                let to = to.ok_or(Errno::DestinationAddressRequired)?;
                datagrams::send(network, id, to, memory, vectors)
            }
            (Kind::Connection, direction) => {
                let mut has_peeked = false;
                let bytes = vectors.each(memory, &mut |buffer| match direction {
                    // What is peeked at does not move on, so that only one buffer can have it.
                    Direction::Read if peek && core::mem::replace(&mut has_peeked, true) => Ok(0),
                    Direction::Read => network.receive(id, buffer, peek),
                    Direction::Write => network.send(id, buffer),
                })?;
                let from = match request.other {
                    Other::From { .. } => network.peer(id).ok(),
                    _ => None,
                };
                Ok(Moved { bytes, is_cut_off: false, from })
            }
        }
    }
}
