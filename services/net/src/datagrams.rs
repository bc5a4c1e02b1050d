//! Datagrams of apps.

use crate::rights::Client;
use crate::table::{Kind, SocketId};
use crate::{Net, lease, udp};
use abi::Errno;
use core::net::SocketAddrV4;
use smoltcp::iface::SocketHandle;
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::udp::{SendError, Socket};

/// Datagrams that wait for an app, or to be sent; more are dropped.
const DATAGRAMS_MAX: usize = 8;

impl Net {
    /// Opens a socket for datagrams on `port`, or on any if that is 0. On one where the app may
    /// listen anybody can send to it; on others only those whom the app may reach.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if the app may not have the port, [`Errno::AddressInUse`] if somebody
    /// has it, or as for [`Net::listen`] if there are too many sockets.
    pub fn bind(&mut self, client: &Client, port: u16) -> Result<SocketId, Errno> {
        let is_public = port != 0 && client.may_listen(port);
        if port != 0 && !is_public {
            return Err(Errno::Access);
        }
        let port = if port == 0 { self.draw.port() } else { port };
        if self.has_datagrams_on(port) {
            return Err(Errno::AddressInUse);
        }
        self.table.make_room(&mut self.sockets, client.id)?;
        let socket = self.sockets.add(AnySocket::Udp(udp::socket(port, DATAGRAMS_MAX)));
        Ok(self.table.add(client.id, Kind::Datagrams(socket, is_public)))
    }

    fn has_datagrams_on(&self, port: u16) -> bool {
        self.sockets.iter().any(|(_, socket)| match socket {
            AnySocket::Udp(socket) => socket.endpoint().port == port,
            _ => false,
        })
    }

    /// Sends one datagram.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`] if the app may not reach `to`, [`Errno::NetworkDown`] while the machine
    /// has no address, [`Errno::MessageSize`] above [`crate::DATAGRAM_BYTES_MAX`],
    /// [`Errno::Again`] if too many wait to be sent.
    pub fn send_to(
        &mut self,
        client: &Client,
        id: SocketId,
        bytes: &[u8],
        to: SocketAddrV4,
    ) -> Result<usize, Errno> {
        let (socket, is_public) = self.datagrams(id)?;
        // On a public port it may answer whoever writes, and cannot know who that is.
        if !is_public && !client.may_reach(*to.ip(), to.port()) {
            return Err(Errno::Access);
        }
        if bytes.len() > udp::DATAGRAM_BYTES_MAX {
            return Err(Errno::MessageSize);
        }
        if self.address().is_none() {
            return Err(Errno::NetworkDown);
        }
        if !lease::is_host(*to.ip()) {
            return Err(Errno::NetworkUnreachable);
        }
        let socket = self.sockets.get_mut::<Socket<'_>>(socket);
        match socket.send_slice(bytes, udp::remote(*to.ip(), to.port())) {
            Ok(()) => Ok(bytes.len()),
            Err(SendError::BufferFull) => Err(Errno::Again),
            Err(SendError::Unaddressable) => Err(Errno::Invalid),
        }
    }

    /// Receives one datagram into `buffer`, cut off at its end; gives its length there, and from
    /// whom it is.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is none.
    pub fn receive_from(
        &mut self,
        client: &Client,
        id: SocketId,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddrV4), Errno> {
        let (socket, is_public) = self.datagrams(id)?;
        let socket = self.sockets.get_mut::<Socket<'_>>(socket);
        while let Ok((bytes, from)) = socket.recv() {
            let (address, port) = udp::endpoint(from.endpoint);
            if is_public || client.may_reach(address, port) {
                let length = bytes.len().min(buffer.len());
                buffer[..length].copy_from_slice(&bytes[..length]);
                return Ok((length, SocketAddrV4::new(address, port)));
            }
        }
        Err(Errno::Again)
    }

    fn datagrams(&mut self, id: SocketId) -> Result<(SocketHandle, bool), Errno> {
        match self.table.get_mut(id)? {
            Kind::Datagrams(socket, is_public) => Ok((*socket, *is_public)),
            Kind::Listener(_) | Kind::Stream(_) => Err(Errno::Invalid),
        }
    }
}
