//! What a person sets about the network: a fixed address, and whom to ask for the time.

use crate::lease::{Address, is_host};
use crate::message::is_name;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

/// What the machine is told about its network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// A fixed address; without one, DHCP.
    pub address: Option<Address>,
    /// The name or address of whom to ask for the time; without one, nobody.
    pub time_server: Option<String>,
}

impl Settings {
    /// Reads settings, each a key with a value: `address`, such as `192.168.1.7/24`; with it
    /// `gateway` and any number of `name_servers`, which are addresses; and `time_server`.
    ///
    /// # Errors
    ///
    /// The place of the first that is no setting or makes no sense.
    pub fn read(texts: &[(&str, &str)]) -> Result<Self, usize> {
        let mut settings = Self::default();
        // What belongs to the address may stand before it.
        let (first, rest): (Vec<_>, Vec<_>) =
            texts.iter().enumerate().partition(|(_, (key, _))| *key == "address");
        for (place, (key, text)) in first.into_iter().chain(rest) {
            settings.set(key, text).ok_or(place)?;
        }
        Ok(settings)
    }

    fn set(&mut self, key: &str, text: &str) -> Option<()> {
        match key {
            "address" => self.address = Some(own_address(text)?),
            "gateway" => self.address.as_mut()?.set_router(text.parse().ok()?)?,
            "name_servers" => {
                let server = text.parse().ok().filter(|server| is_host(*server))?;
                self.address.as_mut()?.name_servers.push(server);
            }
            "time_server" if is_name(text) => self.time_server = Some(text.into()),
            _ => return None,
        }
        Some(())
    }
}

fn own_address(text: &str) -> Option<Address> {
    let (own, prefix_bits) = text.split_once('/')?;
    let address = Address {
        own: own.parse().ok()?,
        prefix_bits: prefix_bits.parse().ok()?,
        router: None,
        name_servers: Vec::new(),
    };
    address.makes_sense().then_some(address)
}

impl Address {
    fn set_router(&mut self, router: Ipv4Addr) -> Option<()> {
        self.router = Some(router);
        self.usable_router().map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_settings_the_address_is_lent_and_nobody_is_asked_for_the_time() {
        assert_eq!(Settings::read(&[]), Ok(Settings::default()));
    }

    #[test]
    fn a_fixed_address_has_what_belongs_to_it_in_any_order() {
        let settings = Settings::read(&[
            ("name_servers", "192.168.1.2"),
            ("time_server", "time.example"),
            ("gateway", "192.168.1.1"),
            ("address", "192.168.1.7/24"),
            ("name_servers", "9.9.9.9"),
        ]);

        let address = Address {
            own: Ipv4Addr::new(192, 168, 1, 7),
            prefix_bits: 24,
            router: Some(Ipv4Addr::new(192, 168, 1, 1)),
            name_servers: [[192, 168, 1, 2], [9; 4]].map(Ipv4Addr::from).into(),
        };
        let time_server = Some("time.example".into());
        assert_eq!(settings, Ok(Settings { address: Some(address), time_server }));
    }

    #[test]
    fn the_time_server_may_be_an_address_and_needs_none_of_our_own() {
        let settings = Settings::read(&[("time_server", "10.0.0.2")]).unwrap();

        assert_eq!((settings.time_server.as_deref(), settings.address), (Some("10.0.0.2"), None));
    }

    #[test]
    fn what_makes_no_sense_has_its_place() {
        const OWN: (&str, &str) = ("address", "10.0.0.7/8");
        for wrong in [
            ("address", "10.0.0.7"),
            ("address", "10.0.0.7/33"),
            ("address", "10.0.0.0/8"),
            ("address", "127.0.0.1/x"),
            ("gateway", "11.0.0.1"),
            ("gateway", "10.0.0.7"),
            ("gateway", "router"),
            ("name_servers", "dns.example"),
            ("name_servers", "0.0.0.0"),
            ("time_server", ""),
            ("time_server", "a b"),
            ("router", "10.0.0.1"),
        ] {
            assert!(matches!(Settings::read(&[OWN, wrong]), Err(0 | 1)), "{wrong:?}");
            assert_eq!(Settings::read(&[wrong]), Err(0), "{wrong:?}");
        }
    }

    #[test]
    fn a_gateway_and_name_servers_go_with_an_address() {
        let time = ("time_server", "a.b");

        assert_eq!(Settings::read(&[time, ("gateway", "10.0.0.1")]), Err(1));
        assert_eq!(Settings::read(&[time, ("name_servers", "10.0.0.2")]), Err(1));
    }
}
