//! The socket extension of WasmEdge, as crate `wasmedge_wasi_socket` uses it: programs open, bind
//! and connect their sockets themselves.
//!
//! A socket is opened before it is known what it becomes, so that its descriptor keeps what was
//! said until it listens or connects. The machine has one address, to which everything is
//! bound whatever address a program says; there is no IPv6, and nothing within the machine is
//! connected through the network. Source: [`abi::wasmedge`].

pub(crate) mod addresses;
mod names;
mod options;

use crate::descriptors::{Descriptor, Target};
use crate::network;
use crate::sockets::{Deadline, Kind, Other, Request, Socket};
use crate::streams::Direction;
use crate::{Wasi, check, wait};
use abi::Errno;
use abi::wasmedge::{family, socket_type};
use runtime::{GuestMemory, Outcome};

/// Sockets that an app may have open, those included that are not on the network yet.
const SOCKETS_MAX: usize = 64;

impl Wasi {
    /// Opens a socket of a kind, and writes its number to `opened_at`. One for datagrams has a
    /// port from the start.
    pub(crate) fn sock_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        address_family: u32,
        kind: u32,
        opened_at: u32,
    ) -> Result<(), Errno> {
        check(memory, opened_at, 4)?;
        if address_family != u32::from(family::INET4) {
            return Err(Errno::AddressFamilyNotSupported);
        }
        let number = self.descriptors.free()?;
        if self.descriptors.sockets() >= SOCKETS_MAX {
            return Err(Errno::ManyFiles);
        }

        let network = network::of(&mut self.network)?;
        let socket = match u8::try_from(kind) {
            Ok(socket_type::STREAM) => Socket::new(None, Kind::New { port: 0 }),
            Ok(socket_type::DATAGRAM) => {
                Socket::new(Some(network.bind(0)?), Kind::Datagrams { peer: None })
            }
            _ => return Err(Errno::Invalid),
        };
        self.descriptors.put(number, Descriptor::of_socket(socket, 0))?;
        memory.write(opened_at, &number.to_le_bytes())
    }

    /// Gives socket `fd` a port. Whether somebody has that already shows when it listens; with
    /// datagrams, at once.
    pub(crate) fn sock_bind(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        address_at: u32,
        port: u32,
    ) -> Result<(), Errno> {
        let port = addresses::read(memory, address_at, port)?.port();
        let (socket, _) = self.socket(fd, 0)?;
        match (socket.kind, socket.id) {
            (Kind::New { port: 0 }, _) => self.become_kind(fd, None, Kind::New { port }),
            (Kind::Datagrams { .. }, _) if port == 0 => Ok(()),
            (kind @ Kind::Datagrams { .. }, Some(id)) => {
                let network = network::of(&mut self.network)?;
                let bound = network.bind(port)?;
                network.close(id);
                self.become_kind(fd, Some(bound), kind)
            }
            _ => Err(Errno::Invalid),
        }
    }

    /// Makes `fd` a listener. How many connections wait to be accepted is the network's affair.
    pub(crate) fn sock_listen(&mut self, fd: u32, _backlog: u32) -> Result<(), Errno> {
        let (socket, _) = self.socket(fd, 0)?;
        match socket.kind {
            Kind::New { port } => {
                let id = network::of(&mut self.network)?.listen(port)?;
                self.become_kind(fd, Some(id), Kind::Listener)
            }
            Kind::Listener => Ok(()),
            Kind::Connection => Err(Errno::Invalid),
            Kind::Datagrams { .. } => Err(Errno::NotSupported),
        }
    }

    /// Waits for a connection to listener `fd`, and writes its number to `opened_at`.
    pub(crate) fn sock_accept_plain(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        opened_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        self.sock_accept(memory, fd, 0, opened_at)
    }

    /// Connects `fd`, and waits until it is connected; one for datagrams has only one other side
    /// from then on. If the attempt fails, there can be another.
    pub(crate) fn sock_connect(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        address_at: u32,
        port: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let to = addresses::read(memory, address_at, port)?;
        let (socket, _) = self.socket(fd, 0)?;
        match socket.kind {
            Kind::Datagrams { .. } => {
                self.become_kind(fd, socket.id, Kind::Datagrams { peer: Some(to) })?;
                Ok(Outcome::Return(0))
            }
            Kind::New { port: 0 } => {
                let id = network::of(&mut self.network)?.connect(to)?;
                self.become_kind(fd, Some(id), Kind::Connection)?;
                self.finish_connect(fd, None)
            }
            // The network chooses the port of a connection that begins here.
            Kind::New { .. } => Err(Errno::NotSupported),
            Kind::Listener => Err(Errno::IsConnected),
            Kind::Connection => match self.is_connected(fd, socket.id()?) {
                Ok(()) => Err(Errno::IsConnected),
                Err(Errno::Again) => Err(Errno::Already),
                Err(errno) => Err(errno),
            },
        }
    }

    /// Waits until `fd` is connected. `deadline` is there once it has waited.
    fn finish_connect(
        &mut self,
        fd: u32,
        deadline: Option<Deadline>,
    ) -> Result<Outcome<Self>, Errno> {
        let (socket, is_nonblocking) = self.socket(fd, 0)?;
        match self.is_connected(fd, socket.id()?) {
            Ok(()) => Ok(Outcome::Return(0)),
            Err(Errno::Again) => {
                let deadline = self.deadline(deadline, socket.send_limit_us);
                let until = self.until_network(is_nonblocking, deadline);
                let until = until.map_err(|_| Errno::InProgress)?;
                Ok(wait(until, move |_, wasi| wasi.finish_connect(fd, Some(deadline))))
            }
            Err(errno) => Err(errno),
        }
    }

    /// Whether connection `id` of descriptor `fd` is established; one that failed is given back,
    /// and the descriptor can be connected anew.
    fn is_connected(&mut self, fd: u32, id: u32) -> Result<(), Errno> {
        let network = network::of(&mut self.network)?;
        let connected = network.connected(id);
        if connected.is_err_and(|errno| errno != Errno::Again) {
            network.close(id);
            self.become_kind(fd, None, Kind::New { port: 0 })?;
        }
        connected
    }

    /// Sends what is in the buffers of a list to an address, as one datagram; otherwise as
    /// [`Wasi::sock_send`].
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn sock_send_to(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        address_at: u32,
        port: u32,
        flags: u32,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let other = Other::To(addresses::read(memory, address_at, port)?);
        let (direction, flags_at) = (Direction::Write, None);
        let request =
            Request { direction, fd, vectors_at, count, flags, length_at, flags_at, other };
        self.receive_or_send(memory, request)
    }

    /// Receives one datagram and writes from whom; otherwise as [`Wasi::sock_recv`].
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn sock_recv_from(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        storage_at: u32,
        flags: u32,
        port_at: u32,
        length_at: u32,
        flags_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let other = Other::From { storage_at, port_at };
        let (direction, flags_at) = (Direction::Read, Some(flags_at));
        let request =
            Request { direction, fd, vectors_at, count, flags, length_at, flags_at, other };
        self.receive_or_send(memory, request)
    }

    /// Makes the socket of `fd` another, which keeps its time limits.
    fn become_kind(&mut self, fd: u32, id: Option<u32>, kind: Kind) -> Result<(), Errno> {
        self.socket_mut(fd).map(|socket| *socket = Socket { id, kind, ..*socket })
    }

    fn socket_mut(&mut self, fd: u32) -> Result<&mut Socket, Errno> {
        match &mut self.descriptors.get(fd, 0)?.target {
            Target::Socket(socket) => Ok(socket),
            _ => Err(Errno::NotSocket),
        }
    }
}

#[cfg(test)]
mod tests;
