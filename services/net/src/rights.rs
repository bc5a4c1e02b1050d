//! What one app may do on the network. What is not named is denied.

use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::ops::RangeInclusive;

/// Addresses of names that are remembered for an app; the oldest are forgotten first.
const FOUND_MAX: usize = 64;

/// The ports that an app may listen on, and whom it may reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Ports for listening, and for datagrams from anybody.
    pub listen: Vec<RangeInclusive<u16>>,
    /// Whom it may reach.
    pub reach: Vec<Reach>,
}

impl Rights {
    /// Reads rights as a manifest has them: `listens` as [`parse_ports`], `reaches` as
    /// [`Reach::parse`].
    ///
    /// # Errors
    ///
    /// The first text that is no right.
    pub fn read<'a>(listens: &[&'a str], reaches: &[&'a str]) -> Result<Self, &'a str> {
        let listen = listens.iter().map(|text| parse_ports(text).ok_or(*text));
        let reach = reaches.iter().map(|text| Reach::parse(text).ok_or(*text));
        Ok(Self {
            listen: listen.collect::<Result<_, _>>()?,
            reach: reach.collect::<Result<_, _>>()?,
        })
    }
}

/// Hosts that may be reached, on some of their ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Who.
    pub hosts: Hosts,
    /// On which ports.
    pub ports: RangeInclusive<u16>,
}

/// Hosts, as a manifest names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// Everybody, under any name.
    All,
    /// One name, whatever its addresses are when the app looks it up.
    Name(String),
    /// All addresses that have their first bits in common with this one.
    Network(Ipv4Addr, u8),
}

impl Reach {
    /// Reads `name:443`, `10.0.0.0/8:80-90`, `192.168.1.7:*`, or `*:443`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hosts, ports) = text.rsplit_once(':')?;
        Some(Self { hosts: Hosts::parse(hosts)?, ports: parse_ports(ports)? })
    }
}

impl Hosts {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, prefix.parse().ok().filter(|bits| *bits <= 32)?),
            None => (text, 32),
        };
        match address.parse() {
            Ok(address) => Some(Self::Network(address, prefix)),
            Err(_) if crate::message::is_name(text) => Some(Self::Name(text.into())),
            Err(_) => None,
        }
    }

    fn holds(&self, address: Ipv4Addr) -> bool {
        match self {
            Self::All => true,
            Self::Name(_) => false,
            Self::Network(network, prefix) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*prefix)).unwrap_or(0);
                (address.to_bits() ^ network.to_bits()) & mask == 0
            }
        }
    }
}

/// Reads `80`, `80-90`, or `*` for all ports.
#[must_use]
pub fn parse_ports(text: &str) -> Option<RangeInclusive<u16>> {
    if text == "*" {
        return Some(1..=u16::MAX);
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some(first..=last)
}

/// One app, as the network sees it: its rights, and the addresses that it looked up.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Tells apps apart.
    pub id: u32,
    grants: Vec<Grant>,
}

impl Client {
    /// An app that may do what is in all of these rights: its own, and those of whoever started
    /// it.
    #[must_use]
    pub fn new(id: u32, rights: Vec<Rights>) -> Self {
        let grants = rights.into_iter().map(|rights| Grant { rights, found: Vec::new() });
        Self { id, grants: grants.collect() }
    }

    pub(crate) fn may_listen(&self, port: u16) -> bool {
        self.may(|grant| grant.rights.listen.iter().any(|ports| ports.contains(&port)))
    }

    /// Whether it may look `name` up: asking for a name already tells somebody something.
    pub(crate) fn may_resolve(&self, name: &str) -> bool {
        self.may(|grant| {
            let reach = &grant.rights.reach;
            reach.iter().any(|reach| reach.hosts == Hosts::All || reach.is_named(name))
        })
    }

    pub(crate) fn may_reach(&self, address: Ipv4Addr, port: u16) -> bool {
        self.may(|grant| grant.may_reach(address, port))
    }

    fn may(&self, may: impl Fn(&Grant) -> bool) -> bool {
        !self.grants.is_empty() && self.grants.iter().all(may)
    }

    /// Remembers that the app looked `name` up and was told `addresses`.
    pub(crate) fn found(&mut self, name: &str, addresses: &[Ipv4Addr]) {
        self.grants.iter_mut().for_each(|grant| grant.found(name, addresses));
    }
}

/// Rights, and what came of them.
#[derive(Clone, Debug, Default)]
struct Grant {
    rights: Rights,
    /// Addresses that a name had when this app asked, each with the name's place in `reach`.
    found: Vec<(Ipv4Addr, usize)>,
}

impl Grant {
    fn may_reach(&self, address: Ipv4Addr, port: u16) -> bool {
        self.rights.reach.iter().enumerate().any(|(place, reach)| {
            reach.ports.contains(&port)
                && (reach.hosts.holds(address) || self.found.contains(&(address, place)))
        })
    }

    fn found(&mut self, name: &str, addresses: &[Ipv4Addr]) {
        for (place, reach) in self.rights.reach.iter().enumerate() {
            for &address in addresses.iter().filter(|_| reach.is_named(name)) {
                if self.found.contains(&(address, place)) {
                    continue;
                }
                if self.found.len() == FOUND_MAX {
                    self.found.remove(0);
                }
                self.found.push((address, place));
            }
        }
    }
}

impl Reach {
    fn is_named(&self, name: &str) -> bool {
        matches!(&self.hosts, Hosts::Name(own) if own.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn client(listen: &[&str], reach: &[&str]) -> Client {
        Client::new(1, vec![Rights::read(listen, reach).unwrap()])
    }

    #[test]
    fn an_app_without_rights_may_do_nothing() {
        let client = client(&[], &[]);

        assert!(!client.may_listen(80));
        assert!(!client.may_resolve("example.org"));
        assert!(!client.may_reach(Ipv4Addr::new(10, 0, 2, 2), 80));
    }

    #[test]
    fn an_app_has_no_right_that_the_one_which_started_it_has_not_got() {
        let rights = |listen: &str, reach: &str| Rights {
            listen: vec![parse_ports(listen).unwrap()],
            reach: vec![Reach::parse(reach).unwrap()],
        };
        let both = vec![rights("80-90", "a.b:1-9"), rights("90-99", "A.b:5")];
        let mut client = Client::new(1, both);
        let address = Ipv4Addr::new(10, 0, 0, 1);
        client.found("a.b", &[address]);

        let ports: Vec<u16> = (1..100).filter(|port| client.may_listen(*port)).collect();
        assert_eq!(ports, [90]);
        let ports: Vec<u16> = (1..100).filter(|port| client.may_reach(address, *port)).collect();
        assert_eq!(ports, [5]);
    }

    #[test]
    fn an_app_may_listen_on_its_ports_alone() {
        let client = client(&["80", "8000-8002"], &[]);

        let ports: Vec<u16> = (0..=u16::MAX).filter(|port| client.may_listen(*port)).collect();
        assert_eq!(ports, [80, 8000, 8001, 8002]);
    }

    #[test]
    fn a_network_is_its_first_bits() {
        let client = client(&[], &["10.1.0.0/16:80-90", "192.168.1.7:*"]);

        assert!(client.may_reach(Ipv4Addr::new(10, 1, 255, 255), 90));
        assert!(!client.may_reach(Ipv4Addr::new(10, 1, 255, 255), 91));
        assert!(!client.may_reach(Ipv4Addr::new(10, 2, 0, 0), 80));
        assert!(client.may_reach(Ipv4Addr::new(192, 168, 1, 7), 65535));
        assert!(!client.may_reach(Ipv4Addr::new(192, 168, 1, 6), 80));
    }

    #[test]
    fn everybody_is_a_network_of_no_bits() {
        assert!(client(&[], &["0.0.0.0/0:443"]).may_reach(Ipv4Addr::new(1, 2, 3, 4), 443));
    }

    #[test]
    fn everybody_has_any_address_and_any_name() {
        let mut client = client(&[], &["*:80-443"]);
        let address = Ipv4Addr::new(1, 2, 3, 4);

        client.found("a.b", &[address]);

        assert!(client.may_resolve("a.b"));
        assert!(client.may_reach(address, 80));
        assert!(!client.may_reach(address, 444));
        assert!(client.grants[0].found.is_empty(), "nothing needs to be remembered");
    }

    #[test]
    fn a_name_is_reached_at_the_addresses_that_the_app_itself_was_told() {
        let mut client = client(&[], &["Example.org:443"]);
        let address = Ipv4Addr::new(93, 184, 216, 34);
        assert!(client.may_resolve("example.ORG"));
        assert!(!client.may_reach(address, 443));

        client.found("example.org", &[address]);

        assert!(client.may_reach(address, 443));
        assert!(!client.may_reach(address, 80));
        assert!(!client.may_resolve("org"));
    }

    #[test]
    fn no_more_addresses_are_remembered_than_stated() {
        let mut client = client(&[], &["a.b:1"]);
        for last in 0..=255 {
            client.found("a.b", &[Ipv4Addr::new(10, 0, 0, last)]);
        }

        assert_eq!(client.grants[0].found.len(), FOUND_MAX);
        assert!(client.may_reach(Ipv4Addr::new(10, 0, 0, 255), 1));
        assert!(!client.may_reach(Ipv4Addr::new(10, 0, 0, 0), 1));
    }

    #[test]
    fn what_is_no_right_is_not_read_as_one() {
        for text in
            ["", ":", "a.b", "a.b:", "a.b:0", "a.b:9-8", "10.0.0.0/33:1", "a b:1", "a.b:x", "*.b:1"]
        {
            assert_eq!(Reach::parse(text), None, "{text}");
            assert_eq!(Rights::read(&["80"], &["*:*", text]), Err(text));
            assert_eq!(Rights::read(&["*", text], &[]), Err(text));
        }
    }
}
