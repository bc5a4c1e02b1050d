//! What the kernel gives an app that may use a network.

use abi::Errno;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};

/// The network, as one app sees it. Sockets have numbers of the implementation's own.
///
/// Nothing waits. Every call that cannot do anything yet is [`Errno::Again`];
/// [`Events::NETWORK`](runtime::Events::NETWORK) tells when to try again. What the app has no
/// right to is [`Errno::Access`].
pub trait Network: Send {
    /// Waits for connections to `port`.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`], [`Errno::AddressInUse`] if somebody does already,
    /// [`Errno::ManyFiles`] or [`Errno::ManyFilesInSystem`] if there are too many sockets.
    fn listen(&mut self, port: u16) -> Result<u32, Errno>;

    /// The next connection to `listener`, as a socket of its own.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while there is none, [`Errno::Invalid`] if `listener` is none, or why
    /// there can be no connection.
    fn accept(&mut self, listener: u32) -> Result<u32, Errno>;

    /// Begins a connection; [`Network::connected`] tells how it went. It may wait for the network
    /// itself to come up, too.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`], [`Errno::NetworkUnreachable`] if nobody can have the address, or as for
    /// [`Network::listen`] if there are too many sockets.
    fn connect(&mut self, to: SocketAddrV4) -> Result<u32, Errno>;

    /// Whether a connection is established, or was.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while it is not, or why it will not be, which stays so until it is closed.
    fn connected(&mut self, socket: u32) -> Result<(), Errno>;

    /// Opens a socket for datagrams on `port`, or on any if that is 0.
    ///
    /// # Errors
    ///
    /// As for [`Network::listen`].
    fn bind(&mut self, port: u16) -> Result<u32, Errno>;

    /// Receives into `buffer`, which is not empty; 0 bytes are the end. With `peek` they stay.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is nothing, or why nothing will come.
    fn receive(&mut self, socket: u32, buffer: &mut [u8], peek: bool) -> Result<usize, Errno>;

    /// Sends the first of `bytes`, as many as there is room for.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is no room, or why there will be none.
    fn send(&mut self, socket: u32, bytes: &[u8]) -> Result<usize, Errno>;

    /// Receives one datagram into `buffer`, cut off at its end; gives its length there, and from
    /// whom it is.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] if there is none.
    fn receive_from(
        &mut self,
        socket: u32,
        buffer: &mut [u8],
    ) -> Result<(usize, SocketAddrV4), Errno>;

    /// Sends one datagram, all of it.
    ///
    /// # Errors
    ///
    /// [`Errno::Access`], [`Errno::Again`] if too many wait to be sent, [`Errno::MessageSize`] if
    /// it is too long for the network, [`Errno::NetworkDown`] or [`Errno::NetworkUnreachable`].
    fn send_to(&mut self, socket: u32, bytes: &[u8], to: SocketAddrV4) -> Result<(), Errno>;

    /// Says that nothing more will be sent.
    ///
    /// # Errors
    ///
    /// Why there is no connection.
    fn shut_down(&mut self, socket: u32) -> Result<(), Errno>;

    /// Gives `socket` back; what was sent is still delivered.
    fn close(&mut self, socket: u32);

    /// The addresses of the host `name`, at least one; a number with dots is its own.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while it is asked for, [`Errno::Access`], [`Errno::NoEntry`] if it has
    /// none, [`Errno::TimedOut`] if nobody answered, [`Errno::Invalid`] if it is no name.
    fn resolve(&mut self, name: &str) -> Result<Vec<Ipv4Addr>, Errno>;

    /// This side's address and port; the address is 0.0.0.0 while the machine has none.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if there is no such socket.
    fn local(&mut self, socket: u32) -> Result<SocketAddrV4, Errno>;

    /// The other side's address and port.
    ///
    /// # Errors
    ///
    /// [`Errno::NotConnected`] if there is no other side, or why there is no connection.
    fn peer(&mut self, socket: u32) -> Result<SocketAddrV4, Errno>;

    /// What can be done with `socket` without waiting.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if there is no such socket.
    fn readiness(&mut self, socket: u32) -> Result<Readiness, Errno>;
}

/// What can be done with a socket without waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Bytes that can be received; at least 1 if there is a connection, an end or an error.
    pub receive_bytes: usize,
    /// Bytes that can be sent; at least 1 if the attempt would be an error.
    pub send_bytes: usize,
    /// Whether the other side sends no more.
    pub is_ended: bool,
}

/// An app's network, of those that have one.
///
/// # Errors
///
/// [`Errno::NetworkDown`] if it has none.
pub(crate) fn of(network: &mut Option<Box<dyn Network>>) -> Result<&mut dyn Network, Errno> {
    match network {
        Some(network) => Ok(&mut **network),
        None => Err(Errno::NetworkDown),
    }
}
