extern crate std;

use super::*;
use crate::on;
use crate::testing::{FakeNetwork, Machine, finish, memory_of, waits};
use alloc::boxed::Box;

/// The number of the listener, after the streams.
const LISTENER: u32 = 3;
const OPENED_AT: u32 = 32;
const VECTORS_AT: u32 = 0;
const LENGTH_AT: u32 = 40;
const FLAGS_AT: u32 = 44;
/// Flags of `sock_recv`, as the witx file counts them.
const PEEK: u32 = 1;
const WAIT_ALL: u32 = 2;
/// One buffer of 8 bytes at 48.
const VECTORS: [u8; 8] = [48, 0, 0, 0, 8, 0, 0, 0];

/// A guest with a listener and 64 bytes.
struct Guest {
    network: FakeNetwork,
    wasi: Wasi,
    bytes: [u8; 64],
}

impl Guest {
    fn new(coming: &[&'static [u8]]) -> Self {
        let network = FakeNetwork::default();
        network.state().coming = coming.to_vec();
        let wasi = Machine::new().wasi().with_network(Box::new(network.clone()), &[70]).unwrap();
        let mut bytes = [0xee; 64];
        bytes[..8].copy_from_slice(&VECTORS);
        Self { network, wasi, bytes }
    }

    fn accept(&mut self, flags: u32) -> Result<Outcome<Wasi>, Errno> {
        self.wasi.sock_accept(&mut memory_of(&mut self.bytes), LISTENER, flags, OPENED_AT)
    }

    fn receive(&mut self, fd: u32, flags: u32) -> Result<Outcome<Wasi>, Errno> {
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_recv(memory, fd, VECTORS_AT, 1, flags, LENGTH_AT, FLAGS_AT)
    }

    fn send(&mut self, fd: u32) -> Result<Outcome<Wasi>, Errno> {
        self.wasi.sock_send(&mut memory_of(&mut self.bytes), fd, VECTORS_AT, 1, 0, LENGTH_AT)
    }

    fn resume(&mut self, outcome: Result<Outcome<Wasi>, Errno>) -> Result<Outcome<Wasi>, Errno> {
        let wait = waits(outcome);
        assert_eq!(wait.until, on(Events::NETWORK));
        (wait.resume)(&mut memory_of(&mut self.bytes), &mut self.wasi)
    }

    fn word(&self, at: u32) -> u32 {
        let at = at as usize;
        u32::from_le_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }
}

/// Checks that a call succeeded, without a wait.
fn done(outcome: Result<Outcome<Wasi>, Errno>) {
    assert_eq!(finish(outcome), Ok(0));
}

#[test]
fn no_other_descriptor_is_a_socket() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = [0; 16];
    let memory = &mut memory_of(&mut bytes);

    assert_eq!(wasi.sock_accept(memory, 0, 0, 0).err(), Some(Errno::NotSocket));
    assert_eq!(wasi.sock_recv(memory, 0, 0, 1, 0, 8, 12).err(), Some(Errno::NotSocket));
    assert_eq!(wasi.sock_send(memory, 1, 0, 1, 0, 8).err(), Some(Errno::NotSocket));
    assert_eq!(wasi.sock_shutdown(1, 3), Err(Errno::NotSocket));
}

#[test]
fn a_closed_descriptor_is_bad_before_it_is_no_socket() {
    assert_eq!(Machine::new().wasi().sock_shutdown(9, 3), Err(Errno::BadDescriptor));
}

#[test]
fn a_listener_is_no_directory_that_the_app_found() {
    let mut guest = Guest::new(&[]);
    let memory = &mut memory_of(&mut guest.bytes);

    assert_eq!(guest.wasi.fd_prestat_get(memory, LISTENER, 0), Err(Errno::BadDescriptor));
}

#[test]
fn a_connection_gets_the_next_number_and_says_what_came() {
    let mut guest = Guest::new(&[b"hello"]);

    done(guest.accept(0));
    assert_eq!(guest.word(OPENED_AT), 4);
    done(guest.receive(4, 0));

    assert_eq!(guest.word(LENGTH_AT), 5);
    assert_eq!(&guest.bytes[48..53], b"hello");
    assert_eq!(guest.bytes[FLAGS_AT as usize..][..2], [0, 0]);
}

#[test]
fn whoever_accepts_waits_for_a_connection_unless_the_listener_says_otherwise() {
    let mut guest = Guest::new(&[]);
    let parked = guest.accept(0);
    guest.network.state().coming.push(b"late");
    done(guest.resume(parked));
    assert_eq!(guest.word(OPENED_AT), 4);

    guest.wasi.fd_fdstat_set_flags(LISTENER, fdflags::NONBLOCK.into()).unwrap();
    assert_eq!(guest.accept(0).err(), Some(Errno::Again));
}

#[test]
fn a_connection_can_be_accepted_so_that_it_never_waits() {
    let mut guest = Guest::new(&[b""]);
    done(guest.accept(fdflags::NONBLOCK.into()));

    assert_eq!(guest.receive(4, 0).err(), Some(Errno::Again));
    assert_eq!(guest.send(4).err(), Some(Errno::Again));
    assert_eq!(guest.accept(fdflags::APPEND.into()).err(), Some(Errno::Invalid));
}

#[test]
fn whoever_receives_or_sends_waits_until_something_moves() {
    let mut guest = Guest::new(&[b""]);
    done(guest.accept(0));

    let parked = guest.receive(4, 0);
    guest.network.state().accepted[0].extend(b"hi");
    done(guest.resume(parked));
    assert_eq!(guest.word(LENGTH_AT), 2);

    let parked = guest.send(4);
    guest.network.state().room_bytes = 3;
    done(guest.resume(parked));
    assert_eq!(guest.word(LENGTH_AT), 3);
    assert_eq!(guest.network.state().sent, b"hi\xee");
}

#[test]
fn the_end_of_a_connection_is_nothing_received() {
    let mut guest = Guest::new(&[b""]);
    done(guest.accept(0));
    guest.network.state().has_ended = true;

    done(guest.receive(4, 0));
    assert_eq!(guest.word(LENGTH_AT), 0);
}

#[test]
fn what_is_peeked_at_is_received_again() {
    let mut guest = Guest::new(&[b"hello"]);
    done(guest.accept(0));

    done(guest.receive(4, PEEK));
    guest.bytes[48..].fill(0);
    done(guest.receive(4, 0));
    assert_eq!(&guest.bytes[48..53], b"hello");
    assert_eq!(guest.receive(4, WAIT_ALL).err(), Some(Errno::NotSupported));
    assert_eq!(guest.receive(4, 8).err(), Some(Errno::Invalid));
}

#[test]
fn reading_and_writing_a_connection_is_receiving_and_sending() {
    let mut guest = Guest::new(&[b"hello"]);
    done(guest.accept(0));
    guest.network.state().room_bytes = 8;
    let memory = &mut memory_of(&mut guest.bytes);

    done(guest.wasi.fd_read(memory, 4, VECTORS_AT, 1, LENGTH_AT));
    done(guest.wasi.fd_write(memory, 4, VECTORS_AT, 1, LENGTH_AT));

    assert_eq!(guest.network.state().sent, b"hello\xee\xee\xee");
    let seek = guest.wasi.fd_pread(memory, 4, VECTORS_AT, 1, 0, LENGTH_AT);
    assert_eq!(seek.err(), Some(Errno::SeekPipe));
}

#[test]
fn a_listener_is_no_connection_and_a_connection_no_listener() {
    let mut guest = Guest::new(&[b"hello"]);
    done(guest.accept(0));

    assert_eq!(guest.receive(LISTENER, 0).err(), Some(Errno::NotConnected));
    assert_eq!(guest.send(LISTENER).err(), Some(Errno::NotConnected));
    assert_eq!(guest.wasi.sock_shutdown(LISTENER, 2), Err(Errno::NotConnected));
    let memory = &mut memory_of(&mut guest.bytes);
    assert_eq!(guest.wasi.sock_accept(memory, 4, 0, 32).err(), Some(Errno::Invalid));
}

#[test]
fn a_connection_ends_as_it_is_told_and_is_given_back_when_it_is_closed() {
    let mut guest = Guest::new(&[b"hello"]);
    done(guest.accept(0));

    assert_eq!(guest.wasi.sock_shutdown(4, 1), Ok(()));
    assert!(guest.network.state().shut_down.is_empty());
    assert_eq!(guest.wasi.sock_shutdown(4, 2), Ok(()));
    assert_eq!(guest.network.state().shut_down, [100]);
    assert_eq!(guest.wasi.sock_shutdown(4, 0), Err(Errno::Invalid));

    assert_eq!(guest.wasi.fd_close(4), Ok(()));
    assert_eq!(guest.wasi.fd_renumber(0, LISTENER), Ok(()));
    assert_eq!(guest.network.state().closed, [100, 70]);
}

/// Polls for one thing on `fd`, as the witx file lays it out: 1 is to read, 2 to write.
fn poll(guest: &mut Guest, fd: u8, tag: u8) -> Result<Outcome<Wasi>, Errno> {
    let mut bytes = [0; 128];
    (bytes[8], bytes[16]) = (tag, fd);
    let memory = &mut memory_of(&mut bytes);
    let outcome = guest.wasi.poll_oneoff::<48>(memory, 0, 64, 1, 120);
    guest.bytes[16..48].copy_from_slice(&bytes[64..96]);
    outcome
}

#[test]
fn a_poll_is_ready_when_a_call_would_not_wait() {
    let mut guest = Guest::new(&[]);
    assert_eq!(waits(poll(&mut guest, 3, 1)).until, on(Events::NETWORK));
    guest.network.state().coming.push(b"hello");
    done(poll(&mut guest, 3, 1));
    done(guest.accept(0));

    done(poll(&mut guest, 4, 1));
    assert_eq!(guest.word(16 + 16), 5);
    assert_eq!(waits(poll(&mut guest, 4, 2)).until, on(Events::NETWORK));
    guest.network.state().room_bytes = 9;
    done(poll(&mut guest, 4, 2));
    assert_eq!(guest.word(16 + 16), 9);
}

#[test]
fn a_poll_tells_that_the_other_side_is_gone() {
    let mut guest = Guest::new(&[b""]);
    done(guest.accept(0));
    guest.network.state().has_ended = true;

    done(poll(&mut guest, 4, 1));
    assert_eq!(guest.bytes[16 + 24], 1, "the flag for a hang-up");
}

#[test]
fn a_socket_has_its_own_type() {
    let mut guest = Guest::new(&[]);
    let memory = &mut memory_of(&mut guest.bytes);

    guest.wasi.fd_fdstat_get(memory, LISTENER, 8).unwrap();
    assert_eq!(guest.bytes[8], 6);
}
