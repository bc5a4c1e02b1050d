//! Datagram sockets as smoltcp makes them, with our bounds.

use alloc::vec;
use core::net::Ipv4Addr;
use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket};
use smoltcp::wire::{IpAddress, IpEndpoint};

/// Bytes of the longest datagram in one frame.
pub const DATAGRAM_BYTES_MAX: usize = 1472;

/// A socket on `port` with room for so many datagrams of full length each way.
pub(crate) fn socket(port: u16, datagrams: usize) -> Socket<'static> {
    let buffer = || {
        PacketBuffer::new(
            vec![PacketMetadata::EMPTY; 2 * datagrams],
            vec![0; datagrams * DATAGRAM_BYTES_MAX],
        )
    };
    let mut socket = Socket::new(buffer(), buffer());
    // It is new and `port` is not 0, which are the two things that `bind` asks.
    let _ = socket.bind(port);
    socket
}

/// Of an address that smoltcp gave, the parts; it gives no others, for it knows no others.
pub(crate) fn endpoint(endpoint: IpEndpoint) -> (Ipv4Addr, u16) {
    let IpAddress::Ipv4(address) = endpoint.addr;
    (address, endpoint.port)
}

/// Somebody's address, as smoltcp wants it.
pub(crate) fn remote(address: Ipv4Addr, port: u16) -> IpEndpoint {
    IpEndpoint::new(IpAddress::Ipv4(address), port)
}
