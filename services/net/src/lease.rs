//! This machine's address: a fixed one, or one lent by DHCP (RFC 2131).

use alloc::vec::Vec;
use core::net::Ipv4Addr;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::dhcpv4;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

/// Servers for names that are used.
pub(crate) const SERVERS_MAX: usize = 3;

/// How long an address is kept after the wire was connected again, until DHCP says that it is
/// still ours. Connections survive that.
const RECHECK: Duration = Duration::from_secs(10);
/// The pause after an offer that makes no sense.
const NONSENSE_PAUSE: Duration = Duration::from_secs(2);
/// How often a lease that ends soon is asked for again, at most.
const RENEW_PAUSE: Duration = Duration::from_secs(1);

/// Where the machine is on its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its own address.
    pub own: Ipv4Addr,
    /// How many of its first bits are its network's.
    pub prefix_bits: u8,
    /// Who passes on what is for other networks.
    pub router: Option<Ipv4Addr>,
    /// Who answers for names; no more than three are asked.
    pub name_servers: Vec<Ipv4Addr>,
}

impl Address {
    /// Whether a machine can have it.
    #[must_use]
    pub fn makes_sense(&self) -> bool {
        if !(1..=30).contains(&self.prefix_bits) || !is_host(self.own) {
            return false;
        }
        let host_mask = u32::MAX >> self.prefix_bits;
        let host = self.own.to_bits() & host_mask;
        host != 0 && host != host_mask
    }

    /// The router, if it is somebody else on this network.
    fn usable_router(&self) -> Option<Ipv4Addr> {
        let network = Ipv4Cidr::new(self.own, self.prefix_bits);
        self.router.filter(|router| *router != self.own && network.contains_addr(router))
    }
}

/// Whether a single machine can have `address`, on a network.
pub(crate) fn is_host(address: Ipv4Addr) -> bool {
    matches!(address.octets()[0], 1..=126 | 128..=223)
}

/// Holds the machine's address, and asks for it if nobody fixed one.
pub(crate) struct Lease {
    /// The client, while it may ask.
    client: Option<SocketHandle>,
    /// Whether the address comes from DHCP.
    is_lent: bool,
    address: Option<Address>,
    /// When an address that is being asked for again is given up.
    recheck_until: Option<Instant>,
    paused_until: Option<Instant>,
}

impl Lease {
    /// With `fixed` as the address if it is some, or else by DHCP.
    pub(crate) fn new(fixed: Option<Address>, interface: &mut Interface) -> Self {
        let is_lent = fixed.is_none();
        let mut lease =
            Self { client: None, is_lent, address: None, recheck_until: None, paused_until: None };
        lease.set(interface, fixed);
        lease
    }

    pub(crate) fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The wire was connected. To `same` as before: the address is asked for again and used
    /// meanwhile; or to something new.
    pub(crate) fn connected(
        &mut self,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        now: Instant,
        same: bool,
    ) {
        if !self.is_lent {
            return;
        }
        self.paused_until = None;
        self.stop(sockets);
        self.start(sockets);
        if same && self.address.is_some() {
            self.recheck_until = Some(now + RECHECK);
        } else {
            self.set(interface, None);
        }
    }

    fn start(&mut self, sockets: &mut SocketSet<'_>) {
        let mut client = dhcpv4::Socket::new();
        let mut pace = client.get_retry_config();
        pace.discover_timeout = Duration::from_secs(2);
        pace.initial_request_timeout = Duration::from_secs(1);
        pace.min_renew_timeout = RENEW_PAUSE;
        client.set_retry_config(pace);
        // Of a new client, that there is no address is news, but nothing that we do not know.
        client.poll();
        self.client = Some(sockets.add(client));
    }

    fn stop(&mut self, sockets: &mut SocketSet<'_>) {
        if let Some(client) = self.client.take() {
            sockets.remove(client);
        }
    }

    /// Does what is due, and says whether the address changed.
    pub(crate) fn tend(
        &mut self,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        now: Instant,
    ) -> bool {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
            self.start(sockets);
        }
        if self.recheck_until.is_some_and(|until| until <= now) {
            return self.set(interface, None);
        }

        let Some(client) = self.client else { return false };
        let news = match sockets.get_mut::<dhcpv4::Socket<'_>>(client).poll() {
            None => return false,
            Some(dhcpv4::Event::Deconfigured) => None,
            Some(dhcpv4::Event::Configured(config)) => Some(Address {
                own: config.address.address(),
                prefix_bits: config.address.prefix_len(),
                router: config.router,
                name_servers: config.dns_servers.iter().copied().take(SERVERS_MAX).collect(),
            }),
        };
        match news {
            Some(address) if address.makes_sense() => self.set(interface, Some(address)),
            news => {
                // A server that takes back at once what it gave is as bad as one that gives
                // nonsense: both would keep us asking.
                self.stop(sockets);
                let pause = if news.is_some() { NONSENSE_PAUSE } else { RENEW_PAUSE };
                self.paused_until = Some(now + pause);
                self.set(interface, None)
            }
        }
    }

    /// When [`Lease::tend`] is due, whatever smoltcp says.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.paused_until.into_iter().chain(self.recheck_until).min()
    }

    fn set(&mut self, interface: &mut Interface, address: Option<Address>) -> bool {
        self.recheck_until = None;
        if self.address == address {
            return false;
        }
        self.address = address;
        let (own, router) = match &self.address {
            Some(address) => {
                let own = Ipv4Cidr::new(address.own, address.prefix_bits);
                (Some(IpCidr::Ipv4(own)), address.usable_router())
            }
            None => (None, None),
        };
        // Connections survive news about servers, but smoltcp looks at them anew.
        interface.update_ip_addrs(|addresses| {
            addresses.clear();
            addresses.extend(own);
        });
        let routes = interface.routes_mut();
        match router {
            // There is room, since a default route takes the place of the one before it.
            Some(router) => drop(routes.add_default_ipv4_route(router)),
            None => drop(routes.remove_default_ipv4_route()),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(own: [u8; 4], prefix_bits: u8, router: [u8; 4]) -> Address {
        let router = Some(router.into());
        Address { own: own.into(), prefix_bits, router, name_servers: Vec::new() }
    }

    #[test]
    fn addresses_that_no_machine_can_have_make_no_sense() {
        for own in
            [[0, 0, 0, 0], [0, 1, 2, 3], [127, 0, 0, 1], [224, 0, 0, 1], [240, 0, 0, 1], [255; 4]]
        {
            assert!(!address(own, 24, [10, 0, 0, 1]).makes_sense(), "{own:?}");
        }
        assert!(!address([10, 0, 0, 0], 24, [10, 0, 0, 1]).makes_sense());
        assert!(!address([10, 0, 0, 255], 24, [10, 0, 0, 1]).makes_sense());
        assert!(!address([10, 0, 0, 7], 0, [10, 0, 0, 1]).makes_sense());
        assert!(!address([10, 0, 0, 7], 32, [10, 0, 0, 1]).makes_sense());
        assert!(address([10, 0, 2, 15], 24, [10, 0, 2, 2]).makes_sense());
    }

    #[test]
    fn a_router_elsewhere_is_none() {
        let elsewhere = address([10, 0, 0, 7], 24, [10, 0, 1, 1]);
        assert_eq!(elsewhere.usable_router(), None);
        assert_eq!(address([10, 0, 0, 7], 24, [10, 0, 0, 7]).usable_router(), None);

        let near = address([10, 0, 0, 7], 24, [10, 0, 0, 1]);
        assert_eq!(near.usable_router(), Some(Ipv4Addr::new(10, 0, 0, 1)));
    }
}
