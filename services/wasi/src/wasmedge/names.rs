//! Look-ups of names.

use crate::paths::path;
use crate::{Wasi, check, network, on, put, wait};
use abi::Errno;
use abi::wasmedge::{address_info, family, lookup_error, socket_address};
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use runtime::{Events, GuestMemory, Outcome};

/// Addresses that one look-up gives at most.
const FOUND_MAX: u32 = 16;
/// Bytes of what is asked for that say anything: flags, family, kind and protocol.
const HINTS_BYTES: usize = 8;
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
        let node = path(memory, call.node.0, call.node.1)?;
        let service = path(memory, call.service.0, call.service.1)?;
        call.check(memory)?;
        let hints: [u8; HINTS_BYTES] = memory.read(call.hints_at)?;
        if call.count == 0 {
            return Ok(Outcome::Return(lookup_error::MEMORY));
        }
        if !matches!(hints[address_info::FAMILY as usize], family::UNSPECIFIED | family::INET4) {
            return Ok(Outcome::Return(lookup_error::FAMILY));
        }
        let Some(port) = port_of(service.trim_end_matches('\0')) else {
            return Ok(Outcome::Return(lookup_error::SERVICE));
        };

        match self.addresses_of(node.trim_end_matches('\0')) {
            Ok(addresses) => {
                call.fill(memory, hints, &addresses, port)?;
                Ok(Outcome::Return(0))
            }
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

impl LookUp {
    /// Checks every pointer but those of the names.
    fn check(&self, memory: &mut GuestMemory<'_>) -> Result<(), Errno> {
        check(memory, self.hints_at, address_info::BYTES)?;
        check(memory, self.found_at, 4)?;
        self.fill_places(memory, [0; HINTS_BYTES], &[], 0).map(|_| ())
    }

    /// Writes as many `addresses` as there are places for, and how many those are.
    fn fill(
        &self,
        memory: &mut GuestMemory<'_>,
        hints: [u8; HINTS_BYTES],
        addresses: &[Ipv4Addr],
        port: u16,
    ) -> Result<(), Errno> {
        let found = self.fill_places(memory, hints, addresses, port)?;
        memory.write(self.found_at, &found.to_le_bytes())
    }

    /// Goes through all places, and writes `addresses` to the first; says to how many.
    fn fill_places(
        &self,
        memory: &mut GuestMemory<'_>,
        hints: [u8; HINTS_BYTES],
        addresses: &[Ipv4Addr],
        port: u16,
    ) -> Result<u32, Errno> {
        let mut addresses = addresses.iter();
        let mut found = 0;
        let mut info_at = memory.read_u32(self.places_at)?;
        for _ in 0..self.count.min(FOUND_MAX) {
            let place = Place::check(memory, info_at)?;
            if let Some(address) = addresses.next() {
                place.write(memory, hints, *address, port)?;
                found += 1;
            }
            info_at = place.next_at;
        }
        Ok(found)
    }
}

/// Where one answer goes: its own struct, its address, and the data of that.
struct Place {
    info_at: u32,
    address_at: u32,
    data_at: u32,
    next_at: u32,
}

impl Place {
    fn check(memory: &mut GuestMemory<'_>, info_at: u32) -> Result<Self, Errno> {
        check(memory, info_at, address_info::BYTES)?;
        let address_at = memory.read_u32(info_at + address_info::ADDRESS)?;
        let next_at = memory.read_u32(info_at + address_info::NEXT)?;
        check(memory, address_at, socket_address::BYTES)?;
        let data_at = memory.read_u32(address_at + socket_address::DATA)?;
        check(memory, data_at, socket_address::INET4_BYTES)?;
        Ok(Self { info_at, address_at, data_at, next_at })
    }

    /// Writes `address` and `port`, for a socket of the kind that the hints name.
    fn write(
        &self,
        memory: &mut GuestMemory<'_>,
        hints: [u8; HINTS_BYTES],
        address: Ipv4Addr,
        port: u16,
    ) -> Result<(), Errno> {
        let [_, _, _, kind, protocol, ..] = hints;
        memory.write(self.info_at + address_info::FAMILY, &[family::INET4, kind, protocol])?;
        let length_at = self.info_at + address_info::ADDRESS_LENGTH;
        memory.write(length_at, &HOST_ADDRESS_BYTES.to_le_bytes())?;
        memory.write(self.info_at + address_info::NAME_LENGTH, &[0; 4])?;

        let mut data = [0; socket_address::INET4_BYTES as usize];
        put(&mut data, 0, port.to_be_bytes());
        put(&mut data, 2, address.octets());
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
