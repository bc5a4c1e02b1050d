//! This machine's address: a fixed one, or one lent by DHCP (RFC 2131).

use crate::NEVER;
use crate::adapter::Adapter;
use crate::dhcp::{self, Kind, Question};
use crate::draw::Draw;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use smoltcp::iface::Interface;
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{IpCidr, Ipv4Cidr};

/// Servers for names that are used.
pub(crate) const SERVERS_MAX: usize = 3;

/// Requests for one address, the pause after each twice that before: 1, 2 and 4 s. Searches go on
/// with the last.
const REQUESTS_MAX: u32 = 3;
/// How often a lease that ends soon is asked for again, at most.
const RENEW_PAUSE: Duration = Duration::from_secs(1);
const REFUSED_PAUSE: Duration = Duration::from_secs(2);
/// A lease for less is not worth having.
const SECONDS_MIN: u32 = 4;

/// Where the machine is on its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Its own address.
    pub own: Ipv4Addr,
    /// How many of its first bits are its network's.
    pub prefix_bits: u8,
    /// Who passes on what is for other networks.
    pub router: Option<Ipv4Addr>,
    /// Who answers for names; of those that DHCP tells, three.
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
    pub(crate) fn usable_router(&self) -> Option<Ipv4Addr> {
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
    address: Option<Address>,
    state: State,
    question: Question,
    /// When the next question is due, or the same again.
    due: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody is asked: the address is fixed, or there is no wire yet.
    Idle,
    /// Any address will do; so often it was asked for.
    Searching(u32),
    /// One address is wanted; so often it was asked for.
    Requesting(u32),
    /// The address is ours until then.
    Bound { end: Instant },
}

impl Lease {
    /// With `fixed` as the address if it is some, or else by DHCP.
    pub(crate) fn new(fixed: Option<Address>, interface: &mut Interface) -> Self {
        let (question, due) = (Question::default(), Instant::ZERO);
        let mut lease = Self { address: None, state: State::Idle, question, due };
        lease.set(interface, fixed);
        lease
    }

    pub(crate) fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// The wire of the adapter with the address `adapter` was connected, maybe to another
    /// network. An address is used on while it is asked for again, as connections survive that.
    pub(crate) fn connected(&mut self, interface: &mut Interface, adapter: [u8; 6], now: Instant) {
        let is_over = matches!(self.state, State::Bound { end } if end <= now);
        if is_over || adapter != self.question.adapter {
            self.set(interface, None);
        }
        self.question = Question { adapter, wanted: self.own(), ..Question::default() };
        self.state = match self.question.wanted {
            Some(_) => State::Requesting(0),
            None => State::Searching(0),
        };
        self.due = now;
    }

    fn own(&self) -> Option<Ipv4Addr> {
        self.address.as_ref().map(|address| address.own)
    }

    /// Asks what is due, and says whether the address was lost.
    pub(crate) fn tend(
        &mut self,
        interface: &mut Interface,
        adapter: &mut Adapter,
        draw: &Draw,
        now: Instant,
    ) -> bool {
        if self.state == State::Idle || now < self.due || !adapter.can_send() {
            return false;
        }
        let is_over = match self.state {
            State::Bound { end } => end <= now,
            State::Requesting(tries) => tries == REQUESTS_MAX,
            State::Searching(_) | State::Idle => false,
        };
        if is_over {
            self.search(now);
        }

        let pause = match &mut self.state {
            State::Searching(tries) | State::Requesting(tries) => {
                *tries = (*tries + 1).min(REQUESTS_MAX);
                Duration::from_secs(1 << (*tries - 1))
            }
            State::Bound { end } => ((*end - now) / 2).max(RENEW_PAUSE).min(*end - now),
            State::Idle => return false,
        };
        self.due = now + pause;
        self.question.token = draw.bytes();
        adapter.send(&self.question.frame());
        is_over && self.set(interface, None)
    }

    fn search(&mut self, now: Instant) {
        self.state = State::Searching(0);
        self.question = Question { adapter: self.question.adapter, ..Question::default() };
        self.due = now;
    }

    /// Takes `message` from a server, and says whether the address changed.
    pub(crate) fn hear(&mut self, interface: &mut Interface, message: &[u8], now: Instant) -> bool {
        let Some(answer) = dhcp::answer(message, &self.question) else { return false };
        let makes_sense = answer.address.makes_sense() && answer.seconds >= SECONDS_MIN;
        match (self.state, answer.kind) {
            (State::Searching(_), Kind::Offer) if makes_sense && answer.server.is_some() => {
                self.question.wanted = Some(answer.address.own);
                self.question.server = answer.server;
                self.state = State::Requesting(0);
                self.due = now;
                false
            }
            (State::Requesting(_) | State::Bound { .. }, Kind::Granted) if makes_sense => {
                let lease = Duration::from_secs(answer.seconds.into());
                self.state = State::Bound { end: now + lease };
                self.due = now + lease / 2;
                let adapter = self.question.adapter;
                let own = Some(answer.address.own);
                self.question = Question { adapter, own, ..Question::default() };
                self.set(interface, Some(answer.address))
            }
            (State::Requesting(_) | State::Bound { .. }, Kind::Refused) => {
                self.search(now);
                // A server that offers what it then refuses would keep us asking.
                self.due = now + REFUSED_PAUSE;
                self.set(interface, None)
            }
            _ => false,
        }
    }

    /// When [`Lease::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        if self.state == State::Idle { NEVER } else { self.due }
    }

    fn set(&mut self, interface: &mut Interface, address: Option<Address>) -> bool {
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
