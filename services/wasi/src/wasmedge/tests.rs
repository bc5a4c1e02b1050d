//! Layouts are written as the crate's structs have them, on purpose not taken from `abi`.

extern crate std;

mod chance;
mod datagrams;
mod names;
mod options;

use super::*;
use crate::on;
use crate::testing::network::{LISTENER, LOCAL, PEER};
use crate::testing::{FakeNetwork, Machine, finish, memory_of, waits};
use abi::wasi::fdflags;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::net::{Ipv4Addr, SocketAddrV4};
use runtime::{Events, Until};

const STREAM: u32 = 2;
const DATAGRAM: u32 = 1;
/// The first number after the streams.
const FIRST: u32 = 3;

const OPENED_AT: u32 = 0;
const ADDRESS_AT: u32 = 8;
const FAMILY_AT: u32 = 16;
const PORT_AT: u32 = 20;
const LENGTH_AT: u32 = 24;
const FLAGS_AT: u32 = 28;
const VALUE_AT: u32 = 32;
const VECTORS_AT: u32 = 48;
/// Where the address is that the struct tells of.
const OCTETS_AT: u32 = 64;
const BUFFER_AT: u32 = 256;
const MEMORY_BYTES: usize = 1024;

/// A guest that uses the extension.
struct Guest {
    machine: Machine,
    network: FakeNetwork,
    wasi: Wasi,
    bytes: Vec<u8>,
}

impl Guest {
    fn new() -> Self {
        let (machine, network) = (Machine::new(), FakeNetwork::default());
        let wasi = machine.wasi().with_network(Box::new(network.clone()), &[]).unwrap();
        Self { machine, network, wasi, bytes: vec![0; MEMORY_BYTES] }
    }

    /// One with an open socket of this kind, which is [`FIRST`].
    fn with(kind: u32) -> Self {
        let mut guest = Self::new();
        assert_eq!(guest.open(1, kind), Ok(FIRST));
        guest
    }

    /// One that is connected.
    fn connected() -> Self {
        let mut guest = Self::with(STREAM);
        done(guest.connect());
        guest
    }

    fn put(&mut self, at: u32, bytes: &[u8]) {
        self.bytes[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    fn put_word(&mut self, at: u32, word: u32) {
        self.put(at, &word.to_le_bytes());
    }

    fn word(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.bytes[at as usize..][..4].try_into().unwrap())
    }

    /// Puts an address of so many bytes where calls expect it.
    fn put_address(&mut self, octets: &[u8]) {
        self.put_word(ADDRESS_AT, OCTETS_AT);
        self.put_word(ADDRESS_AT + 4, octets.len() as u32);
        self.put(OCTETS_AT, octets);
    }

    fn open(&mut self, family: u32, kind: u32) -> Result<u32, Errno> {
        self.wasi.sock_open(&mut memory_of(&mut self.bytes), family, kind, OPENED_AT)?;
        Ok(self.word(OPENED_AT))
    }

    fn bind(&mut self, fd: u32, port: u32) -> Result<(), Errno> {
        self.put_address(&[0; 4]);
        self.wasi.sock_bind(&mut memory_of(&mut self.bytes), fd, ADDRESS_AT, port)
    }

    /// Connects the first socket to [`PEER`].
    fn connect(&mut self) -> Result<Outcome<Wasi>, Errno> {
        self.put_address(&PEER.ip().octets());
        let port = PEER.port().into();
        self.wasi.sock_connect(&mut memory_of(&mut self.bytes), FIRST, ADDRESS_AT, port)
    }

    fn accept(&mut self) -> Result<Outcome<Wasi>, Errno> {
        self.wasi.sock_accept_plain(&mut memory_of(&mut self.bytes), FIRST, OPENED_AT)
    }

    /// Receives up to 8 bytes.
    fn receive(&mut self, fd: u32) -> Result<Outcome<Wasi>, Errno> {
        self.put_word(VECTORS_AT, BUFFER_AT);
        self.put_word(VECTORS_AT + 4, 8);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_recv(memory, fd, VECTORS_AT, 1, 0, LENGTH_AT, FLAGS_AT)
    }

    /// Sends the 8 bytes of the buffer.
    fn send(&mut self, fd: u32) -> Result<Outcome<Wasi>, Errno> {
        self.put_word(VECTORS_AT, BUFFER_AT);
        self.put_word(VECTORS_AT + 4, 8);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_send(memory, fd, VECTORS_AT, 1, 0, LENGTH_AT)
    }

    fn resume(&mut self, parked: Result<Outcome<Wasi>, Errno>) -> Result<Outcome<Wasi>, Errno> {
        (waits(parked).resume)(&mut memory_of(&mut self.bytes), &mut self.wasi)
    }

    fn set_nonblocking(&mut self, fd: u32) {
        self.wasi.fd_fdstat_set_flags(fd, fdflags::NONBLOCK.into()).unwrap();
    }

    /// Where the socket is bound, by one of the two calls that tell.
    fn address(&mut self, call: AddressCall) -> Result<SocketAddrV4, Errno> {
        self.put_address(&[0xee; 16]);
        let memory = &mut memory_of(&mut self.bytes);
        call(&mut self.wasi, memory, FIRST, ADDRESS_AT, FAMILY_AT, PORT_AT)?;
        assert_eq!(self.word(FAMILY_AT), 4);
        let octets: [u8; 4] = self.bytes[OCTETS_AT as usize..][..4].try_into().unwrap();
        Ok(SocketAddrV4::new(octets.into(), self.word(PORT_AT) as u16))
    }
}

type AddressCall = fn(&mut Wasi, &mut GuestMemory<'_>, u32, u32, u32, u32) -> Result<(), Errno>;

/// Checks that a call succeeded, without a wait.
fn done(outcome: Result<Outcome<Wasi>, Errno>) {
    assert_eq!(finish(outcome), Ok(0));
}

#[test]
fn a_server_opens_binds_listens_and_accepts() {
    let mut guest = Guest::with(STREAM);
    assert_eq!(guest.bind(FIRST, 80), Ok(()));
    assert_eq!(guest.address(Wasi::sock_getlocaladdr), Ok("0.0.0.0:80".parse().unwrap()));
    assert!(guest.network.state().listened.is_empty());

    assert_eq!(guest.wasi.sock_listen(FIRST, 128), Ok(()));
    assert_eq!(guest.network.state().listened, [80]);
    assert_eq!(guest.address(Wasi::sock_getlocaladdr), Ok(LOCAL));

    let parked = guest.accept();
    guest.network.state().coming.push(b"hello");
    done(guest.resume(parked));
    assert_eq!(guest.word(OPENED_AT), 4);
    done(guest.receive(4));
    assert_eq!(&guest.bytes[BUFFER_AT as usize..][..5], b"hello");
}

#[test]
fn a_client_waits_until_it_is_connected() {
    let mut guest = Guest::with(STREAM);
    guest.network.state().obstacle = Some(Errno::Again);

    let parked = guest.connect();
    assert_eq!(guest.network.state().connected, [PEER]);
    let parked = guest.resume(parked);
    guest.network.state().obstacle = None;
    done(guest.resume(parked));

    assert_eq!(guest.address(Wasi::sock_getpeeraddr), Ok(PEER));
    assert_eq!(guest.address(Wasi::sock_getlocaladdr), Ok(LOCAL));
    assert_eq!(guest.connect().err(), Some(Errno::IsConnected));
    guest.network.state().room_bytes = 8;
    done(guest.send(FIRST));
    assert_eq!(guest.network.state().sent, [0; 8]);
}

#[test]
fn a_client_that_does_not_wait_is_told_that_its_connection_is_in_progress() {
    let mut guest = Guest::with(STREAM);
    guest.set_nonblocking(FIRST);
    guest.network.state().obstacle = Some(Errno::Again);

    assert_eq!(guest.connect().err(), Some(Errno::InProgress));
    assert_eq!(guest.connect().err(), Some(Errno::Already));
    guest.network.state().obstacle = None;
    assert_eq!(guest.connect().err(), Some(Errno::IsConnected));
    assert_eq!(guest.network.state().connected, [PEER]);
}

#[test]
fn a_connection_that_failed_is_given_back_and_can_be_tried_again() {
    let mut guest = Guest::with(STREAM);
    guest.network.state().obstacle = Some(Errno::ConnectionRefused);

    assert_eq!(guest.connect().err(), Some(Errno::ConnectionRefused));
    assert_eq!(guest.network.state().closed, [100]);
    assert_eq!(guest.receive(FIRST).err(), Some(Errno::NotConnected));
    guest.network.state().obstacle = None;
    done(guest.connect());
}

#[test]
fn a_client_waits_no_longer_than_its_limit_for_sending() {
    let mut guest = Guest::with(STREAM);
    guest.socket().send_limit_us = 5;
    guest.network.state().obstacle = Some(Errno::Again);

    let wait = waits(guest.connect());
    assert_eq!(wait.until, Until { at_ns: Some(5000), events: Events::NETWORK });
    guest.machine.set_now_ns(5000);
    let late = (wait.resume)(&mut memory_of(&mut guest.bytes), &mut guest.wasi);
    assert_eq!(late.err(), Some(Errno::InProgress));
}

#[test]
fn what_the_app_has_no_right_to_it_is_told_where_it_asks() {
    let mut guest = Guest::with(STREAM);
    guest.network.state().refusal = Some(Errno::Access);

    assert_eq!(guest.connect().err(), Some(Errno::Access));
    assert_eq!(guest.bind(FIRST, 80), Ok(()));
    assert_eq!(guest.wasi.sock_listen(FIRST, 1), Err(Errno::Access));
    assert_eq!(guest.open(1, DATAGRAM), Err(Errno::Access));
}

#[test]
fn a_socket_becomes_one_thing_and_no_other() {
    let mut listener = Guest::with(STREAM);
    assert_eq!(listener.bind(FIRST, 80), Ok(()));
    assert_eq!(listener.bind(FIRST, 81), Err(Errno::Invalid));
    assert_eq!(listener.connect().err(), Some(Errno::NotSupported));
    assert_eq!(listener.accept().err(), Some(Errno::Invalid));
    assert_eq!(listener.wasi.sock_listen(FIRST, 1), Ok(()));
    assert_eq!(listener.wasi.sock_listen(FIRST, 1), Ok(()));
    assert_eq!(listener.connect().err(), Some(Errno::IsConnected));
    assert_eq!(listener.send(FIRST).err(), Some(Errno::NotConnected));
    assert_eq!(listener.network.state().listened, [80]);

    let mut connection = Guest::connected();
    assert_eq!(connection.bind(FIRST, 80), Err(Errno::Invalid));
    assert_eq!(connection.wasi.sock_listen(FIRST, 1), Err(Errno::Invalid));
    assert_eq!(connection.accept().err(), Some(Errno::Invalid));
}

#[test]
fn a_socket_that_is_nothing_yet_can_do_nothing_and_is_closed_for_itself() {
    let mut guest = Guest::with(STREAM);

    assert_eq!(guest.send(FIRST).err(), Some(Errno::NotConnected));
    assert_eq!(guest.receive(FIRST).err(), Some(Errno::NotConnected));
    assert_eq!(guest.wasi.sock_shutdown(FIRST, 3), Err(Errno::NotConnected));
    assert_eq!(guest.address(Wasi::sock_getpeeraddr), Err(Errno::NotConnected));
    assert_eq!(guest.wasi.fd_close(FIRST), Ok(()));
    assert!(guest.network.state().closed.is_empty());
}

#[test]
fn there_are_only_streams_and_datagrams_of_ipv4() {
    let mut guest = Guest::new();

    assert_eq!(guest.open(2, STREAM), Err(Errno::AddressFamilyNotSupported));
    assert_eq!(guest.open(0, STREAM), Err(Errno::AddressFamilyNotSupported));
    assert_eq!(guest.open(1, 0), Err(Errno::Invalid));
    assert_eq!(guest.open(1, 3), Err(Errno::Invalid));
    assert_eq!(guest.open(1, 0x102), Err(Errno::Invalid));
}

#[test]
fn an_address_that_is_none_is_refused_before_anything_is_done() {
    let mut guest = Guest::with(STREAM);
    let cases: [(&[u8], u32, Errno); 4] = [
        (&[0; 16], 80, Errno::AddressFamilyNotSupported),
        (&[0; 5], 80, Errno::Invalid),
        (&[], 80, Errno::Invalid),
        (&[0; 4], 65536, Errno::Invalid),
    ];

    for (octets, port, errno) in cases {
        guest.put_address(octets);
        let memory = &mut memory_of(&mut guest.bytes);
        assert_eq!(guest.wasi.sock_bind(memory, FIRST, ADDRESS_AT, port), Err(errno));
        let outcome = guest.wasi.sock_connect(memory, FIRST, ADDRESS_AT, port);
        assert_eq!(outcome.err(), Some(errno));
    }
    guest.put_word(ADDRESS_AT, MEMORY_BYTES as u32 - 3);
    guest.put_word(ADDRESS_AT + 4, 4);
    let memory = &mut memory_of(&mut guest.bytes);
    assert_eq!(guest.wasi.sock_bind(memory, FIRST, ADDRESS_AT, 80), Err(Errno::Fault));
    assert!(guest.network.state().connected.is_empty());
}

#[test]
fn an_address_needs_room() {
    let mut guest = Guest::with(STREAM);
    guest.put_address(&[0; 3]);
    let memory = &mut memory_of(&mut guest.bytes);

    let outcome = guest.wasi.sock_getlocaladdr(memory, FIRST, ADDRESS_AT, FAMILY_AT, PORT_AT);
    assert_eq!(outcome, Err(Errno::Invalid));
}

#[test]
fn an_app_that_opens_sockets_without_end_is_told_so_and_can_go_on_when_it_closes_some() {
    let mut guest = Guest::new();
    for number in 0..64 {
        assert_eq!(guest.open(1, STREAM), Ok(FIRST + number));
    }

    assert_eq!(guest.open(1, STREAM), Err(Errno::ManyFiles));
    assert_eq!(guest.open(1, DATAGRAM), Err(Errno::ManyFiles));
    assert!(guest.network.state().bound.is_empty());
    assert_eq!(guest.wasi.fd_close(FIRST), Ok(()));
    assert_eq!(guest.open(1, STREAM), Ok(FIRST));
}

#[test]
fn what_a_socket_has_on_the_network_is_given_back_when_it_is_closed() {
    let mut guest = Guest::with(STREAM);
    assert_eq!(guest.bind(FIRST, 80), Ok(()));
    assert_eq!(guest.wasi.sock_listen(FIRST, 1), Ok(()));

    assert_eq!(guest.wasi.fd_close(FIRST), Ok(()));
    assert_eq!(guest.network.state().closed, [LISTENER]);
}

#[test]
fn an_app_without_a_network_opens_no_socket() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = [0; 16];

    let memory = &mut memory_of(&mut bytes);
    assert_eq!(wasi.sock_open(memory, 1, STREAM, 0), Err(Errno::NetworkDown));
}

#[test]
fn no_other_descriptor_is_a_socket() {
    let mut guest = Guest::new();

    assert_eq!(guest.bind(0, 80), Err(Errno::NotSocket));
    assert_eq!(guest.wasi.sock_listen(0, 1), Err(Errno::NotSocket));
    assert_eq!(guest.wasi.sock_listen(9, 1), Err(Errno::BadDescriptor));
}

#[test]
fn a_descriptor_that_another_thread_closes_meanwhile_is_bad() {
    let mut guest = Guest::with(STREAM);
    guest.network.state().obstacle = Some(Errno::Again);
    let parked = guest.connect();
    guest.wasi.fd_close(FIRST).unwrap();
    assert_eq!(guest.resume(parked).err(), Some(Errno::BadDescriptor));

    let mut guest = Guest::connected();
    let parked = guest.receive(FIRST);
    guest.wasi.fd_close(FIRST).unwrap();
    assert_eq!(guest.open(1, STREAM), Ok(FIRST));
    assert_eq!(guest.resume(parked).err(), Some(Errno::NotConnected));
}

#[test]
fn a_socket_that_is_nothing_yet_is_polled_with_an_error_of_its_own() {
    let mut guest = Guest::with(STREAM);
    guest.put_word(BUFFER_AT + 8, 1);
    guest.put_word(BUFFER_AT + 16, FIRST);

    let memory = &mut memory_of(&mut guest.bytes);
    done(guest.wasi.poll_oneoff::<48>(memory, BUFFER_AT, BUFFER_AT + 48, 1, OPENED_AT));
    assert_eq!(guest.word(OPENED_AT), 1);
    let error = &guest.bytes[BUFFER_AT as usize + 48 + 8..][..2];
    assert_eq!(error, (Errno::NotConnected as u16).to_le_bytes());
}
