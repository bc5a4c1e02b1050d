//! Sockets of preview 1: listeners that the app finds open when it starts, after its directories,
//! and the connections that come to them. What [`crate::wasmedge`] opens are the same sockets.
//!
//! The kernel implements [`Network`]. When there is nothing to accept or to receive, or no room to
//! send, the guest is parked until [`Events::NETWORK`].

mod datagrams;
mod transfers;

pub(crate) use transfers::{Other, Request};

use crate::descriptors::{Descriptor, Target};
use crate::network;
use crate::state;
use crate::{Wasi, check, wait};
use abi::Errno;
use abi::wasi::{fdflags, filetype, rights};
use core::net::SocketAddrV4;
use runtime::{Events, GuestMemory, Outcome, Program, Until};

/// What `sock_shutdown` ends (`sdflags`).
const END_RECEIVING: u32 = 1;
const END_SENDING: u32 = 1 << 1;

/// What a socket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A stream that is neither of the next two yet, bound to this port if it is not 0.
    New {
        port: u16,
    },
    Listener,
    Connection,
    /// Datagrams, to and from one other side alone if there is one.
    Datagrams {
        peer: Option<SocketAddrV4>,
    },
}

/// A descriptor's socket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Socket {
    /// Its number on the network; one that is [`Kind::New`] has none.
    pub(crate) id: Option<u32>,
    pub(crate) kind: Kind,
    /// How long calls wait at most, in microseconds; 0 is for ever.
    pub(crate) receive_limit_us: u64,
    pub(crate) send_limit_us: u64,
}

impl Socket {
    pub(crate) fn new(id: Option<u32>, kind: Kind) -> Self {
        Self { id, kind, receive_limit_us: 0, send_limit_us: 0 }
    }

    /// One of [`filetype`].
    pub(crate) fn filetype(&self) -> u8 {
        match self.kind {
            Kind::Datagrams { .. } => filetype::SOCKET_DATAGRAM,
            _ => filetype::SOCKET_STREAM,
        }
    }

    /// Its number on the network.
    ///
    /// # Errors
    ///
    /// [`Errno::NotConnected`] if it has none.
    pub(crate) fn id(&self) -> Result<u32, Errno> {
        self.id.ok_or(Errno::NotConnected)
    }
}

/// A guest's call to accept a connection: all of it that outlives a wait.
#[derive(Clone, Copy)]
struct Accept {
    fd: u32,
    flags: u32,
    opened_at: u32,
}

/// When a wait ends, in nanoseconds since power-on; `None` is never.
pub(crate) type Deadline = Option<u64>;

/// Whether `program` takes connections from listeners that are open when it starts. Programs that
/// are made for the WasmEdge extension open theirs themselves, on the same ports.
pub fn takes_listeners(program: &Program) -> bool {
    program.import_params(abi::wasi::WASI_SNAPSHOT_PREVIEW1, "sock_accept") == Some(3)
}

impl Wasi {
    /// Opens `listener` under the next number.
    pub(crate) fn open_listener(&mut self, listener: u32) -> Result<(), Errno> {
        let number = self.descriptors.free()?;
        let socket = Socket::new(Some(listener), Kind::Listener);
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
        self.accept(memory, Accept { fd, flags, opened_at }, None)
    }

    /// `deadline` is there once it has waited.
    fn accept(
        &mut self,
        memory: &mut GuestMemory<'_>,
        call: Accept,
        deadline: Option<Deadline>,
    ) -> Result<Outcome<Self>, Errno> {
        let (listener, is_nonblocking) = self.socket(call.fd, rights::SOCK_ACCEPT)?;
        let flags = state::among(call.flags, fdflags::NONBLOCK)?;
        let number = self.descriptors.free()?;

        match network::of(&mut self.network)?.accept(listener.id.ok_or(Errno::Invalid)?) {
            Err(Errno::Again) => {
                let deadline = self.deadline(deadline, listener.receive_limit_us);
                let until = self.until_network(is_nonblocking, deadline)?;
                Ok(wait(until, move |memory, wasi| wasi.accept(memory, call, Some(deadline))))
            }
            accepted => {
                let socket = Socket { id: Some(accepted?), kind: Kind::Connection, ..listener };
                self.descriptors.put(number, Descriptor::of_socket(socket, flags))?;
                memory.write(call.opened_at, &number.to_le_bytes())?;
                Ok(Outcome::Return(0))
            }
        }
    }

    /// Ends one or both directions of connection `fd`. What comes after the end of receiving is
    /// received all the same: TCP cannot tell the other side.
    pub(crate) fn sock_shutdown(&mut self, fd: u32, how: u32) -> Result<(), Errno> {
        let (socket, _) = self.socket(fd, rights::SOCK_SHUTDOWN)?;
        match how {
            END_RECEIVING => socket.id().map(drop),
            END_SENDING | 3 => network::of(&mut self.network)?.shut_down(socket.id()?),
            _ => Err(Errno::Invalid),
        }
    }

    /// The socket of descriptor `fd`, if it has the rights `needed`, and whether the guest wants
    /// [`Errno::Again`] instead of a wait.
    pub(crate) fn socket(&mut self, fd: u32, needed: u64) -> Result<(Socket, bool), Errno> {
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

    /// When a wait ends: one that began `before`, or one of so many microseconds that begins now;
    /// 0 is for ever.
    pub(crate) fn deadline(&self, before: Option<Deadline>, limit_us: u64) -> Deadline {
        before.unwrap_or_else(|| {
            let limit_ns = limit_us.saturating_mul(1000);
            (limit_us != 0).then(|| self.clocks.now_ns().saturating_add(limit_ns))
        })
    }

    /// Until when to wait for something to happen on the network.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if the guest does not want to wait, or no longer.
    pub(crate) fn until_network(
        &self,
        is_nonblocking: bool,
        deadline: Deadline,
    ) -> Result<Until, Errno> {
        if is_nonblocking || deadline.is_some_and(|at_ns| at_ns <= self.clocks.now_ns()) {
            return Err(Errno::Again);
        }
        Ok(Until { at_ns: deadline, events: Events::NETWORK })
    }
}

#[cfg(test)]
mod tests;
