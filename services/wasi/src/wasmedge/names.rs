//! Look-ups of names.

use crate::paths::path;
use crate::{Wasi, check, network, on, put, wait};
use abi::Errno;
use abi::wasmedge::{address_info, family, lookup_error, socket_address};
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};
use runtime::{Events, GuestMemory, Outcome};

/// Addresses that one look-up gives at most.
const FOUND_MAX: u32 = 16;
/// Length of an address of IPv4 where a host has it (`sockaddr_in`).
const HOST_ADDRESS_BYTES: u32 = 16;

/// A guest's look-up: all of it that outlives a wait.
#[derive(Clone, Copy)]
struct LookUp {
    node: (u32, u32),
    service: (u32, u32),
    hints_at: u32,
    /// Where the address of the first answer's place is.
    places_at: u32,
    count: u32,
    found_at: u32,
}

impl Wasi {
    /// Looks up the host that `node` names, waiting for the answer, and writes its addresses with
    /// the port of `service` to the places of a list, which `places_at` points to, and their number
    /// to `found_at`. Both names may end with zeroes.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn sock_getaddrinfo(
        &mut self,
        memory: &mut GuestMemory<'_>,
        node_at: u32,
        node_bytes: u32,
        service_at: u32,
        service_bytes: u32,
        hints_at: u32,
        places_at: u32,
        count: u32,
        found_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let (node, service) = ((node_at, node_bytes), (service_at, service_bytes));
        let look_up = LookUp { node, service, hints_at, places_at, count, found_at };
        self.look_up(memory, look_up)
    }

    fn look_up(
        &mut self,
        memory: &mut GuestMemory<'_>,
        call: LookUp,
    ) -> Result<Outcome<Self>, Errno> {
        let (places, hints) = call.check(memory)?;
        if places.is_empty() {
            return Ok(Outcome::Return(lookup_error::MEMORY));
        }
        if !matches!(hints[address_info::FAMILY as usize], family::UNSPECIFIED | family::INET4) {
            return Ok(Outcome::Return(lookup_error::FAMILY));
        }
        let node = path(memory, call.node.0, call.node.1)?;
        let service = path(memory, call.service.0, call.service.1)?;
        let Some(port) = port_of(service.trim_end_matches('\0')) else {
            return Ok(Outcome::Return(lookup_error::SERVICE));
        };

        match self.addresses_of(node.trim_end_matches('\0')) {
            Ok(addresses) => call.answer(memory, &places, hints, &addresses, port),
            Err(Errno::Again) => {
                Ok(wait(on(Events::NETWORK), move |memory, wasi| wasi.look_up(memory, call)))
            }
            Err(Errno::NoEntry | Errno::Invalid) => Ok(Outcome::Return(lookup_error::NO_NAME)),
            Err(Errno::TimedOut) => Ok(Outcome::Return(lookup_error::AGAIN)),
            Err(errno) => Err(errno),
        }
    }

    fn addresses_of(&mut self, node: &str) -> Result<Vec<Ipv4Addr>, Errno> {
        match node {
            // Whatever is bound to it is bound to all addresses that there are.
            "" => Ok(Vec::from([Ipv4Addr::UNSPECIFIED])),
            // No server is to be asked for it (RFC 6761, §6.3).
            "localhost" => Ok(Vec::from([Ipv4Addr::LOCALHOST])),
            name => network::of(&mut self.network)?.resolve(name),
        }
    }
}

/// Where one answer goes: its own struct, its address, and the data of that.
#[derive(Clone, Copy)]
struct Place {
    info_at: u32,
    address_at: u32,
    data_at: u32,
}

impl LookUp {
    /// Checks every pointer, and gives the places for answers and what was asked for.
    fn check(
        &self,
        memory: &mut GuestMemory<'_>,
    ) -> Result<(Vec<Place>, [u8; address_info::BYTES as usize]), Errno> {
        for (at, length_bytes) in [self.node, self.service] {
            check(memory, at, length_bytes)?;
        }
        check(memory, self.places_at, 4)?;
        check(memory, self.found_at, 4)?;
        let hints = memory.read(self.hints_at)?;

        let mut places = Vec::new();
        let mut info_at = memory.read_u32(self.places_at)?;
        for _ in 0..self.count.min(FOUND_MAX) {
            places.push(Place::check(memory, info_at)?);
            info_at = memory.read_u32(info_at + address_info::NEXT)?;
        }
        Ok((places, hints))
    }

    /// Writes as many `addresses` as there are places for.
    fn answer(
        &self,
        memory: &mut GuestMemory<'_>,
        places: &[Place],
        hints: [u8; address_info::BYTES as usize],
        addresses: &[Ipv4Addr],
        port: u16,
    ) -> Result<Outcome<Wasi>, Errno> {
        for (place, &address) in places.iter().zip(addresses) {
            place.write(memory, hints, SocketAddrV4::new(address, port))?;
        }
        let found = places.len().min(addresses.len()) as u32;
        memory.write(self.found_at, &found.to_le_bytes())?;
        Ok(Outcome::Return(0))
    }
}

impl Place {
    fn check(memory: &mut GuestMemory<'_>, info_at: u32) -> Result<Self, Errno> {
        check(memory, info_at, address_info::BYTES)?;
        let address_at = memory.read_u32(info_at + address_info::ADDRESS)?;
        check(memory, address_at, socket_address::BYTES)?;
        let data_at = memory.read_u32(address_at + socket_address::DATA)?;
        check(memory, data_at, socket_address::INET4_BYTES)?;
        Ok(Self { info_at, address_at, data_at })
    }

    /// Writes `address`, for a socket of the kind that the hints name.
    fn write(
        &self,
        memory: &mut GuestMemory<'_>,
        hints: [u8; address_info::BYTES as usize],
        address: SocketAddrV4,
    ) -> Result<(), Errno> {
        // Flags, family, kind and protocol stand first.
        let kind = address_info::FAMILY as usize..address_info::PROTOCOL as usize + 1;
        let info = memory.slice_mut(self.info_at, address_info::BYTES)?;
        info[kind.clone()].copy_from_slice(&hints[kind]);
        put(info, address_info::FAMILY, [family::INET4]);
        put(info, address_info::ADDRESS_LENGTH, HOST_ADDRESS_BYTES.to_le_bytes());
        put(info, address_info::NAME_LENGTH, [0; 4]);

        let mut data = [0; socket_address::INET4_BYTES as usize];
        put(&mut data, 0, address.port().to_be_bytes());
        put(&mut data, 2, address.ip().octets());
        memory.write(self.data_at, &data)?;
        memory.write(self.address_at + socket_address::FAMILY, &[family::INET4])?;
        let length_bytes = socket_address::INET4_BYTES.to_le_bytes();
        memory.write(self.address_at + socket_address::DATA_LENGTH, &length_bytes)
    }
}

/// The port of a service: a number, or one of those names that everybody uses.
fn port_of(service: &str) -> Option<u16> {
    match service {
        "" => Some(0),
        "http" => Some(80),
        "https" => Some(443),
        number => number.parse().ok(),
    }
}
