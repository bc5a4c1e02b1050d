//! Options.

use super::*;

const REUSE_ADDRESS: u32 = 0;
const TYPE: u32 = 1;
const ERROR: u32 = 2;
const BROADCAST: u32 = 4;
const SEND_BUFFER: u32 = 5;
const RECEIVE_LIMIT: u32 = 11;
const SEND_LIMIT: u32 = 12;
const ACCEPTS: u32 = 13;
const BIND_TO_DEVICE: u32 = 14;

impl Guest {
    pub(super) fn socket(&mut self) -> &mut Socket {
        self.wasi.socket_mut(FIRST).unwrap()
    }

    /// The bytes of an option that there is room for.
    fn get(&mut self, name: u32, room: u32) -> Result<Vec<u8>, Errno> {
        self.put_word(LENGTH_AT, room);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_getsockopt(memory, FIRST, 0, name, VALUE_AT, LENGTH_AT)?;
        Ok(self.bytes[VALUE_AT as usize..][..self.word(LENGTH_AT) as usize].to_vec())
    }

    fn get_number(&mut self, name: u32) -> u32 {
        u32::from_le_bytes(self.get(name, 4).unwrap().try_into().unwrap())
    }

    fn set(&mut self, name: u32, value: &[u8]) -> Result<(), Errno> {
        self.put(VALUE_AT, value);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_setsockopt(memory, FIRST, 0, name, VALUE_AT, value.len() as u32)
    }

    fn set_limit(&mut self, name: u32, seconds: i64, micros: i64) -> Result<(), Errno> {
        self.set(name, &[seconds.to_le_bytes(), micros.to_le_bytes()].concat())
    }
}

#[test]
fn a_socket_says_what_it_is() {
    let mut guest = Guest::with(STREAM);
    assert_eq!(guest.get_number(TYPE), 2);
    assert_eq!(guest.get_number(ACCEPTS), 0);
    assert_eq!(guest.wasi.sock_listen(FIRST, 1), Ok(()));
    assert_eq!(guest.get_number(ACCEPTS), 1);
    assert_eq!(Guest::with(DATAGRAM).get_number(TYPE), 1);
}

#[test]
fn a_socket_says_why_it_is_not_connected() {
    let mut guest = Guest::with(STREAM);
    assert_eq!(guest.get_number(ERROR), 0);
    guest.set_nonblocking(FIRST);
    guest.network.state().obstacle = Some(Errno::Again);
    assert_eq!(guest.connect().err(), Some(Errno::InProgress));
    assert_eq!(guest.get_number(ERROR), 0);

    guest.network.state().obstacle = Some(Errno::ConnectionRefused);
    assert_eq!(guest.get_number(ERROR), Errno::ConnectionRefused as u32);
}

#[test]
fn what_can_only_be_in_one_way_is_set_to_that_alone() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.get_number(REUSE_ADDRESS), 1);
    assert_eq!(guest.set(REUSE_ADDRESS, &[1, 0, 0, 0]), Ok(()));
    assert_eq!(guest.set(REUSE_ADDRESS, &[0; 4]), Err(Errno::NoProtocolOption));
    assert_eq!(guest.set(BROADCAST, &[0; 4]), Ok(()));
    assert_eq!(guest.set(BROADCAST, &[1, 0, 0, 0]), Err(Errno::NoProtocolOption));
    assert_eq!(guest.set(BROADCAST, &[0; 3]), Err(Errno::Invalid));
    assert_eq!(guest.set(TYPE, &[2, 0, 0, 0]), Err(Errno::NoProtocolOption));
}

#[test]
fn options_that_there_are_not_are_said_not_to_be_there() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.get(SEND_BUFFER, 4), Err(Errno::NoProtocolOption));
    assert_eq!(guest.set(SEND_BUFFER, &[0; 4]), Err(Errno::NoProtocolOption));
    assert_eq!(guest.get(99, 4), Err(Errno::NoProtocolOption));
    let memory = &mut memory_of(&mut guest.bytes);
    let outcome = guest.wasi.sock_setsockopt(memory, FIRST, 1, TYPE, VALUE_AT, 4);
    assert_eq!(outcome, Err(Errno::NoProtocolOption));
}

#[test]
fn a_socket_is_bound_to_no_device() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.get(BIND_TO_DEVICE, 16), Ok(vec![]));
    assert_eq!(guest.set(BIND_TO_DEVICE, b""), Ok(()));
    assert_eq!(guest.set(BIND_TO_DEVICE, b"eth0"), Err(Errno::NoDevice));
}

#[test]
fn a_value_is_cut_to_the_room_that_it_has() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.get(TYPE, 1), Ok(vec![2]));
    assert_eq!(guest.get(TYPE, 100), Ok(vec![2, 0, 0, 0]));
    assert_eq!(guest.get(TYPE, 0), Ok(vec![]));
    assert_eq!(guest.get(TYPE, u32::MAX), Err(Errno::Fault));
}

#[test]
fn time_limits_are_kept_in_microseconds() {
    let mut guest = Guest::with(STREAM);
    assert_eq!(guest.get(RECEIVE_LIMIT, 16), Ok(vec![0; 16]));

    assert_eq!(guest.set_limit(RECEIVE_LIMIT, 3, 500_000), Ok(()));
    assert_eq!(guest.set_limit(SEND_LIMIT, 0, 1), Ok(()));

    assert_eq!(guest.socket().receive_limit_us, 3_500_000);
    assert_eq!(guest.socket().send_limit_us, 1);
    let value = guest.get(RECEIVE_LIMIT, 16).unwrap();
    assert_eq!(value, [3i64.to_le_bytes(), 500_000i64.to_le_bytes()].concat());
}

#[test]
fn a_time_limit_that_is_none_is_refused() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.set_limit(SEND_LIMIT, -1, 0), Err(Errno::Domain));
    assert_eq!(guest.set_limit(SEND_LIMIT, 0, 1_000_000), Err(Errno::Domain));
    assert_eq!(guest.set_limit(SEND_LIMIT, 0, -1), Err(Errno::Domain));
    assert_eq!(guest.set(SEND_LIMIT, &[0; 15]), Err(Errno::Invalid));
    assert_eq!(guest.set_limit(SEND_LIMIT, i64::MAX, 1), Ok(()));
    assert_eq!(guest.socket().send_limit_us, 0);
}

#[test]
fn whoever_receives_or_accepts_waits_no_longer_than_the_limit() {
    let mut guest = Guest::connected();
    assert_eq!(guest.set_limit(RECEIVE_LIMIT, 0, 7), Ok(()));
    let parked = guest.receive(FIRST);
    guest.machine.set_now_ns(6999);
    let wait = waits(guest.resume(parked));
    assert_eq!(wait.until, Until { at_ns: Some(7000), events: Events::NETWORK });
    guest.machine.set_now_ns(7000);
    let late = (wait.resume)(&mut memory_of(&mut guest.bytes), &mut guest.wasi);
    assert_eq!(late.err(), Some(Errno::Again));

    let mut listener = Guest::with(STREAM);
    assert_eq!(listener.set_limit(RECEIVE_LIMIT, 0, 7), Ok(()));
    assert_eq!(listener.wasi.sock_listen(FIRST, 1), Ok(()));
    assert_eq!(waits(listener.accept()).until.at_ns, Some(7000));
}

#[test]
fn whoever_sends_or_writes_waits_no_longer_than_the_limit() {
    let mut guest = Guest::connected();
    assert_eq!(waits(guest.send(FIRST)).until, on(Events::NETWORK));
    assert_eq!(guest.set_limit(SEND_LIMIT, 0, 7), Ok(()));

    assert_eq!(waits(guest.send(FIRST)).until.at_ns, Some(7000));
    let memory = &mut memory_of(&mut guest.bytes);
    let parked = guest.wasi.fd_write(memory, FIRST, VECTORS_AT, 1, LENGTH_AT);
    assert_eq!(waits(parked).until.at_ns, Some(7000));
}
