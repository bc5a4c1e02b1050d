//! What apps do with their sockets, none of which waits.

use crate::backlog::Listener;
use crate::rights::Client;
use crate::stream::{self, Ending, Phase, Stream};
use crate::table::{Kind, SOCKETS_PER_APP_MAX, SocketId};
use crate::{Net, udp};
use abi::Errno;
use core::net::{Ipv4Addr, SocketAddrV4};
use smoltcp::iface::SocketHandle;
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::tcp::{RecvError, Socket, State};
use smoltcp::wire::IpEndpoint;

/// What can be done with a socket without waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Bytes that can be received; 1 if there is a connection to accept, an end or an error.
    pub receive_bytes: usize,
    /// Bytes that can be sent; 1 if the attempt would be an error.
    pub send_bytes: usize,
    /// Whether the other side sends no more.
    pub is_ended: bool,
}

/// With less room an app that has much to send would be woken for every segment that arrives.
const ROOM_BYTES_MIN: usize = stream::BUFFER_BYTES / 4;

impl Net {
    /// Waits for connections to `port`.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if the app may not, [`Errno::AddressInUse`] if somebody does already,
    /// [`Errno::ManyFiles`] or [`Errno::ManyFilesInSystem`] if there are too many sockets.
    pub fn listen(&mut self, client: &Client, port: u16) -> Result<SocketId, Errno> {
        if !client.may_listen(port) {
            return Err(Errno::Access);
        }
        if self.table.listener_on(port).is_some() {
            return Err(Errno::AddressInUse);
        }
        self.table.make_room(&mut self.sockets, client.id)?;
        Ok(self.table.add(client.id, Kind::Listener(Listener::new(port))))
    }

    /// Takes a connection that came to the listener `id`, and says from where.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while there is none, [`Errno::Invalid`] if `id` does not listen; or if
    /// `client` has too many sockets, and then the connection waits.
    pub fn accept(
        &mut self,
        client: &Client,
        id: SocketId,
    ) -> Result<(SocketId, SocketAddrV4), Errno> {
        let Kind::Listener(listener) = self.table.get_mut(id)? else { return Err(Errno::Invalid) };
        if !listener.has_ready() {
            return Err(Errno::Again);
        }
        // The socket is there already: of the machine's, there need not be another.
        let open = self.table.count(client.id);
        if open >= SOCKETS_PER_APP_MAX {
            return Err(Errno::ManyFiles);
        }
        let Kind::Listener(listener) = self.table.get_mut(id)? else { return Err(Errno::Invalid) };
        let socket = listener.accept().ok_or(Errno::Again)?;

        let from = self.sockets.get::<Socket<'_>>(socket).remote_endpoint();
        let from = from.map_or(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0), address);
        let stream = Stream { socket, phase: Phase::Open, is_shut: false };
        Ok((self.table.add(client.id, Kind::Stream(stream)), from))
    }

    /// Begins a connection; [`Net::connected`] tells how it went. It waits for a network, too.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if the app may not, [`Errno::NetworkUnreachable`] if no machine can
    /// have the address, or as for [`Net::listen`] if there are too many sockets.
    pub fn connect(
        &mut self,
        client: &Client,
        to: SocketAddrV4,
        now_ns: u64,
    ) -> Result<SocketId, Errno> {
        if !client.may_reach(*to.ip(), to.port()) {
            return Err(Errno::Access);
        }
        if !crate::lease::is_host(*to.ip()) || to.port() == 0 {
            return Err(Errno::NetworkUnreachable);
        }
        self.table.make_room(&mut self.sockets, client.id)?;

        self.set_now(now_ns);
        let phase = Phase::Waiting { to: (*to.ip(), to.port()), until: self.now + stream::CONNECT };
        let socket = self.sockets.add(AnySocket::Tcp(stream::socket()));
        Ok(self.table.add(client.id, Kind::Stream(Stream { socket, phase, is_shut: false })))
    }

    /// Whether a connection is established.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while it is not, or why it will not be.
    pub fn connected(&mut self, id: SocketId) -> Result<(), Errno> {
        self.table.stream(id)?.check()
    }

    /// Sends the first of `bytes`, as many as there is room for, and says how many.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is room neither for all nor for a quarter of the buffer, [`Errno::Pipe`] if the app said that it would send
    /// no more or the other side is gone, or why there is no connection.
    pub fn send(&mut self, id: SocketId, bytes: &[u8]) -> Result<usize, Errno> {
        if self.table.stream(id)?.is_shut {
            return Err(Errno::Pipe);
        }
        let socket = self.open(id)?;
        if socket.may_send() && room_bytes(socket) < bytes.len().min(ROOM_BYTES_MIN) {
            return Err(Errno::Again);
        }
        match socket.send_slice(bytes) {
            Ok(count) => Ok(count),
            Err(_) => Err(Errno::Pipe),
        }
    }

    /// Receives into `buffer` what there is, and says how much; 0 is the end. With `peek` it
    /// stays there to be received again.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is nothing, [`Errno::ConnectionReset`] if the connection broke,
    /// or why there is none.
    pub fn receive(&mut self, id: SocketId, buffer: &mut [u8], peek: bool) -> Result<usize, Errno> {
        let socket = self.open(id)?;
        let result = match peek {
            true => socket.peek_slice(buffer),
            false => socket.recv_slice(buffer),
        };
        match result {
            Ok(0) if !buffer.is_empty() => Err(Errno::Again),
            Ok(count) => Ok(count),
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) => Err(Errno::ConnectionReset),
        }
    }

    /// Says that the app sends no more. What it would still receive is left as it is: TCP has no
    /// way to say that.
    ///
    /// # Errors
    ///
    /// Why there is no connection.
    pub fn shut_down(&mut self, id: SocketId) -> Result<(), Errno> {
        let stream = self.table.stream(id)?;
        stream.check()?;
        stream.is_shut = true;
        Ok(())
    }

    /// Gives a socket back. What was sent is still delivered, as far as it is possible.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if there is none.
    pub fn close(&mut self, id: SocketId, now_ns: u64) -> Result<(), Errno> {
        self.set_now(now_ns);
        match self.table.remove(id)? {
            Kind::Listener(listener) => {
                for socket in listener.into_sockets() {
                    self.end(socket);
                }
            }
            Kind::Stream(stream) => self.end(stream.socket),
            Kind::Datagrams(socket, _) => {
                let ending = Ending::of_datagrams(socket, self.now);
                if ending.is_over(&mut self.sockets, self.now) {
                    self.sockets.remove(socket);
                } else {
                    self.table.end(&mut self.sockets, ending);
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, connection: SocketHandle) {
        let ending = Ending::begin(&mut self.sockets, connection, self.now);
        self.table.end(&mut self.sockets, ending);
    }

    /// Gives all sockets of an app back, when it ends.
    pub fn close_all(&mut self, client: &Client, now_ns: u64) {
        while let Some(id) = self.table.first_of(client.id) {
            // It was found a line ago.
            let _ = self.close(id, now_ns);
        }
    }

    /// This side's address and port.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if there is no such socket.
    pub fn local(&mut self, id: SocketId) -> Result<SocketAddrV4, Errno> {
        let own = self.address().map_or(Ipv4Addr::UNSPECIFIED, |address| address.own);
        let port = match self.table.get_mut(id)? {
            Kind::Listener(listener) => listener.port,
            Kind::Stream(stream) => {
                let socket = self.sockets.get::<Socket<'_>>(stream.socket);
                socket.local_endpoint().map_or(0, |local| local.port)
            }
            Kind::Datagrams(socket, _) => {
                self.sockets.get::<smoltcp::socket::udp::Socket<'_>>(*socket).endpoint().port
            }
        };
        Ok(SocketAddrV4::new(own, port))
    }

    /// The other side's address and port.
    ///
    /// # Errors
    ///
    /// [`Errno::NotConnected`] if there is no other side.
    pub fn peer(&mut self, id: SocketId) -> Result<SocketAddrV4, Errno> {
        self.open(id)?.remote_endpoint().map(address).ok_or(Errno::NotConnected)
    }

    /// What can be done with a socket without waiting.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if there is no such socket.
    pub fn readiness(&mut self, id: SocketId) -> Result<Readiness, Errno> {
        const ERROR: Readiness = Readiness { receive_bytes: 1, send_bytes: 1, is_ended: true };
        Ok(match self.table.get_mut(id)? {
            Kind::Listener(listener) => {
                Readiness { receive_bytes: listener.has_ready().into(), ..Readiness::default() }
            }
            Kind::Stream(stream) => match stream.check() {
                Ok(()) => of_connection(self.sockets.get(stream.socket)),
                Err(Errno::Again) => Readiness::default(),
                Err(_) => ERROR,
            },
            Kind::Datagrams(socket, _) => {
                let socket = self.sockets.get::<smoltcp::socket::udp::Socket<'_>>(*socket);
                Readiness {
                    receive_bytes: socket.recv_queue(),
                    send_bytes: if socket.can_send() { udp::DATAGRAM_BYTES_MAX } else { 0 },
                    is_ended: false,
                }
            }
        })
    }

    /// The connection `id`, if it is or was established.
    fn open(&mut self, id: SocketId) -> Result<&mut Socket<'static>, Errno> {
        let stream = self.table.stream(id)?;
        stream.check()?;
        Ok(self.sockets.get_mut(stream.socket))
    }
}

fn of_connection(socket: &Socket<'_>) -> Readiness {
    let is_ended = !matches!(
        socket.state(),
        State::Established | State::FinWait1 | State::FinWait2 | State::SynReceived
    );
    let send_bytes = match room_bytes(socket) {
        _ if !socket.may_send() => 1,
        too_few if too_few < ROOM_BYTES_MIN => 0,
        room_bytes => room_bytes,
    };
    Readiness { receive_bytes: socket.recv_queue().max(is_ended.into()), send_bytes, is_ended }
}

fn room_bytes(socket: &Socket<'_>) -> usize {
    socket.send_capacity() - socket.send_queue()
}

fn address(of: IpEndpoint) -> SocketAddrV4 {
    let (address, port) = udp::endpoint(of);
    SocketAddrV4::new(address, port)
}
