//! Addresses, as the extension writes them.

use crate::sockets::{Kind, Socket};
use crate::{Wasi, check, network, put};
use abi::Errno;
use abi::wasmedge::{address, family, storage};
use core::net::{Ipv4Addr, SocketAddrV4};
use runtime::GuestMemory;

/// Bytes of addresses of IPv4 and IPv6.
const INET4_BYTES: u32 = 4;
const INET6_BYTES: u32 = 16;

/// Reads the address at `at`, with `port`.
///
/// # Errors
///
/// [`Errno::Fault`], [`Errno::AddressFamilyNotSupported`] for IPv6, [`Errno::Invalid`] for what
/// is neither or no port.
pub(super) fn read(
    memory: &mut GuestMemory<'_>,
    at: u32,
    port: u32,
) -> Result<SocketAddrV4, Errno> {
    let (buffer_at, length_bytes) = buffer(memory, at)?;
    match length_bytes {
        INET4_BYTES => {}
        INET6_BYTES => return Err(Errno::AddressFamilyNotSupported),
        _ => return Err(Errno::Invalid),
    }
    let port = u16::try_from(port).map_err(|_| Errno::Invalid)?;
    let octets: [u8; 4] = memory.read(buffer_at)?;
    Ok(SocketAddrV4::new(octets.into(), port))
}

/// Checks that there is a buffer for somebody's address and family at `at`.
///
/// # Errors
///
/// [`Errno::Fault`], or [`Errno::Invalid`] if it has not the right size.
pub(crate) fn check_storage(memory: &mut GuestMemory<'_>, at: u32) -> Result<(), Errno> {
    match buffer(memory, at)? {
        (_, storage::BYTES) => Ok(()),
        _ => Err(Errno::Invalid),
    }
}

/// Writes the address `of` into the buffer for it at `at`.
///
/// # Errors
///
/// [`Errno::Fault`].
pub(crate) fn write_storage(
    memory: &mut GuestMemory<'_>,
    at: u32,
    of: SocketAddrV4,
) -> Result<(), Errno> {
    let (buffer_at, length_bytes) = buffer(memory, at)?;
    let bytes = memory.slice_mut(buffer_at, length_bytes)?;
    let bytes = bytes.get_mut(..storage::BYTES as usize).ok_or(Errno::Fault)?;
    put(bytes, storage::FAMILY, u16::from(family::INET4).to_le_bytes());
    put(bytes, storage::ADDRESS, of.ip().octets());
    Ok(())
}

/// The buffer that the struct at `at` tells of.
fn buffer(memory: &mut GuestMemory<'_>, at: u32) -> Result<(u32, u32), Errno> {
    check(memory, at, address::BYTES)?;
    let buffer_at = memory.read_u32(at + address::BUFFER)?;
    let length_bytes = memory.read_u32(at + address::LENGTH)?;
    check(memory, buffer_at, length_bytes)?;
    Ok((buffer_at, length_bytes))
}

impl Wasi {
    /// Writes this side's address and port.
    pub(crate) fn sock_getlocaladdr(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        address_at: u32,
        family_at: u32,
        port_at: u32,
    ) -> Result<(), Errno> {
        self.write_address(memory, fd, [address_at, family_at, port_at], Self::local)
    }

    /// Writes the other side's address and port.
    pub(crate) fn sock_getpeeraddr(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        address_at: u32,
        family_at: u32,
        port_at: u32,
    ) -> Result<(), Errno> {
        self.write_address(memory, fd, [address_at, family_at, port_at], Self::peer)
    }

    fn write_address(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        [address_at, family_at, port_at]: [u32; 3],
        of: fn(&mut Self, Socket) -> Result<SocketAddrV4, Errno>,
    ) -> Result<(), Errno> {
        let (buffer_at, length_bytes) = buffer(memory, address_at)?;
        check(memory, family_at, 4)?;
        check(memory, port_at, 4)?;
        if length_bytes < INET4_BYTES {
            return Err(Errno::Invalid);
        }

        let (socket, _) = self.socket(fd, 0)?;
        let address = of(self, socket)?;
        memory.write(buffer_at, &address.ip().octets())?;
        memory.write(family_at, &family::INET4_VERSION.to_le_bytes())?;
        memory.write(port_at, &u32::from(address.port()).to_le_bytes())
    }

    fn local(&mut self, socket: Socket) -> Result<SocketAddrV4, Errno> {
        match (socket.kind, socket.id) {
            (Kind::New { port }, _) => Ok(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, port)),
            (_, id) => network::of(&mut self.network)?.local(id.ok_or(Errno::NotConnected)?),
        }
    }

    fn peer(&mut self, socket: Socket) -> Result<SocketAddrV4, Errno> {
        match socket.kind {
            Kind::Datagrams { peer } => peer.ok_or(Errno::NotConnected),
            _ => network::of(&mut self.network)?.peer(socket.id()?),
        }
    }
}
