//! Look-ups, with lists as the crate lays them out.

use super::*;

const NODE_AT: u32 = 0;
const SERVICE_AT: u32 = 32;
const HINTS_AT: u32 = 64;
const FOUND_AT: u32 = 92;
const PLACES_AT: u32 = 96;
/// Three places, each with 28 bytes for itself, 12 for its address and 24 for the data.
const LIST_AT: u32 = 256;
const PLACE_BYTES: u32 = 64;

const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(10, 0, 5, 7), Ipv4Addr::new(10, 0, 5, 8)];

impl Guest {
    fn asking() -> Self {
        let mut guest = Self::new();
        // IPv4, a stream, TCP.
        guest.put(HINTS_AT, &[0, 0, 1, 2, 1]);
        guest.put_word(PLACES_AT, LIST_AT);
        for number in 0..3 {
            let at = LIST_AT + number * PLACE_BYTES;
            guest.put_word(at + 12, at + 28);
            guest.put_word(at + 24, at + PLACE_BYTES);
            guest.put_word(at + 28 + 8, at + 40);
        }
        guest
    }

    fn look_up(&mut self, node: &str, service: &str) -> Result<Outcome<Wasi>, Errno> {
        self.look_up_into(3, node, service)
    }

    fn look_up_into(
        &mut self,
        count: u32,
        node: &str,
        service: &str,
    ) -> Result<Outcome<Wasi>, Errno> {
        self.put(NODE_AT, node.as_bytes());
        self.put(SERVICE_AT, service.as_bytes());
        self.wasi.sock_getaddrinfo(
            &mut memory_of(&mut self.bytes),
            NODE_AT,
            node.len() as u32,
            SERVICE_AT,
            service.len() as u32,
            HINTS_AT,
            PLACES_AT,
            count,
            FOUND_AT,
        )
    }

    /// What was found, as the crate reads it.
    fn found(&self) -> Vec<SocketAddrV4> {
        (0..self.word(FOUND_AT))
            .map(|number| {
                let at = (LIST_AT + number * PLACE_BYTES) as usize;
                assert_eq!(self.bytes[at + 2..at + 5], [1, 2, 1]);
                assert_eq!(self.word(at as u32 + 8), 16);
                assert_eq!(self.bytes[at + 28], 1);
                assert_eq!(self.word(at as u32 + 32), 14);
                let data = &self.bytes[at + 40..at + 46];
                let octets: [u8; 4] = data[2..].try_into().unwrap();
                SocketAddrV4::new(octets.into(), u16::from_be_bytes([data[0], data[1]]))
            })
            .collect()
    }
}

#[test]
fn a_name_is_looked_up_with_the_port_of_its_service() {
    let mut guest = Guest::asking();

    let parked = guest.look_up("host.test\0", "http\0");
    guest.network.state().addresses = ADDRESSES.to_vec();
    done(guest.resume(parked));

    assert_eq!(guest.found(), ADDRESSES.map(|address| SocketAddrV4::new(address, 80)));
    assert_eq!(guest.network.state().resolved, ["host.test", "host.test"]);
}

#[test]
fn no_more_addresses_are_given_than_there_are_places() {
    let mut guest = Guest::asking();
    guest.network.state().addresses = ADDRESSES.to_vec();

    done(guest.look_up_into(1, "host.test", "8080"));
    assert_eq!(guest.found(), [SocketAddrV4::new(ADDRESSES[0], 8080)]);
    assert_eq!(finish(guest.look_up_into(0, "host.test", "")), Ok(82));
}

#[test]
fn nobody_is_asked_for_the_machine_itself() {
    let mut guest = Guest::asking();

    done(guest.look_up("localhost", "https"));
    assert_eq!(guest.found(), ["127.0.0.1:443".parse().unwrap()]);
    done(guest.look_up("", "80"));
    assert_eq!(guest.found(), ["0.0.0.0:80".parse().unwrap()]);
    assert!(guest.network.state().resolved.is_empty());
}

#[test]
fn a_look_up_that_fails_says_why_in_the_extensions_numbers() {
    let cases = [
        (Errno::NoEntry, Ok(84)),
        (Errno::Invalid, Ok(84)),
        (Errno::TimedOut, Ok(78)),
        (Errno::Access, Err(Errno::Access)),
    ];

    for (refusal, answer) in cases {
        let mut guest = Guest::asking();
        guest.network.state().refusal = Some(refusal);
        assert_eq!(finish(guest.look_up("host.test", "http")), answer);
        assert_eq!(guest.word(FOUND_AT), 0);
    }
}

#[test]
fn there_are_no_addresses_of_ipv6_and_no_services_that_nobody_knows() {
    let mut guest = Guest::asking();
    guest.network.state().addresses = ADDRESSES.to_vec();

    assert_eq!(finish(guest.look_up("host.test", "gopher")), Ok(85));
    assert_eq!(finish(guest.look_up("host.test", "65536")), Ok(85));
    guest.put(HINTS_AT + 2, &[2]);
    assert_eq!(finish(guest.look_up("host.test", "http")), Ok(81));
    guest.put(HINTS_AT + 2, &[0]);
    done(guest.look_up("host.test", "http"));
}

#[test]
fn a_list_that_leads_out_of_the_memory_is_a_fault_before_anybody_is_asked() {
    for (at, wrong) in [(12, 1013), (24, 997), (36, 1011)] {
        let mut guest = Guest::asking();
        guest.put_word(LIST_AT + at, wrong);

        assert_eq!(guest.look_up("host.test", "http").err(), Some(Errno::Fault));
        assert!(guest.network.state().resolved.is_empty());
    }
}

#[test]
fn a_list_that_is_a_circle_ends() {
    let mut guest = Guest::asking();
    guest.put_word(LIST_AT + 24, LIST_AT);
    guest.network.state().addresses = ADDRESSES.to_vec();

    done(guest.look_up_into(u32::MAX, "host.test", "http"));
    assert_eq!(guest.word(FOUND_AT), 2);
}

#[test]
fn a_name_that_is_too_long_or_no_text_is_refused() {
    let mut guest = Guest::asking();
    guest.bytes.resize(8192, b'a');
    let memory = &mut memory_of(&mut guest.bytes);
    let ask = |wasi: &mut Wasi, memory: &mut GuestMemory<'_>, at, length| {
        let outcome = wasi
            .sock_getaddrinfo(memory, at, length, SERVICE_AT, 0, HINTS_AT, PLACES_AT, 3, FOUND_AT);
        outcome.err()
    };

    assert_eq!(ask(&mut guest.wasi, memory, 1024, 4097), Some(Errno::NameTooLong));
    memory.write(1024, &[0xff]).unwrap();
    assert_eq!(ask(&mut guest.wasi, memory, 1024, 4), Some(Errno::IllegalSequence));
}
