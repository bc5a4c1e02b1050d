//! Datagrams.

use super::*;
use crate::testing::network::DATAGRAMS;

const STORAGE_BYTES: usize = 128;
const OTHER: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(10, 0, 5, 3), 5001);

impl Guest {
    /// Sends the bytes of two buffers to [`OTHER`].
    fn send_to(&mut self, lengths: [u32; 2]) -> Result<Outcome<Wasi>, Errno> {
        self.put_address(&OTHER.ip().octets());
        self.put_buffers(lengths);
        let (port, memory) = (OTHER.port().into(), &mut memory_of(&mut self.bytes));
        self.wasi.sock_send_to(memory, FIRST, VECTORS_AT, 2, ADDRESS_AT, port, 0, LENGTH_AT)
    }

    /// Receives into two buffers.
    fn receive_from(&mut self, lengths: [u32; 2], flags: u32) -> Result<Outcome<Wasi>, Errno> {
        self.put_address(&[0xee; STORAGE_BYTES]);
        self.put_buffers(lengths);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.sock_recv_from(
            memory, FIRST, VECTORS_AT, 2, ADDRESS_AT, flags, PORT_AT, LENGTH_AT, FLAGS_AT,
        )
    }

    fn put_buffers(&mut self, lengths: [u32; 2]) {
        self.put_word(VECTORS_AT, BUFFER_AT);
        self.put_word(VECTORS_AT + 4, lengths[0]);
        self.put_word(VECTORS_AT + 8, BUFFER_AT + 16);
        self.put_word(VECTORS_AT + 12, lengths[1]);
    }

    fn flags(&self) -> [u8; 2] {
        self.bytes[FLAGS_AT as usize..][..2].try_into().unwrap()
    }
}

#[test]
fn a_socket_for_datagrams_has_a_port_from_the_start_and_may_have_another() {
    let mut guest = Guest::with(DATAGRAM);
    assert_eq!(guest.network.state().bound, [0]);

    assert_eq!(guest.bind(FIRST, 0), Ok(()));
    assert_eq!(guest.network.state().bound, [0]);
    assert_eq!(guest.bind(FIRST, 80), Ok(()));

    assert_eq!(guest.network.state().bound, [0, 80]);
    assert_eq!(guest.network.state().closed, [DATAGRAMS]);
    assert_eq!(guest.address(Wasi::sock_getlocaladdr), Ok(LOCAL));
    assert_eq!(guest.wasi.sock_listen(FIRST, 1), Err(Errno::NotSupported));
}

#[test]
fn a_port_that_cannot_be_had_leaves_the_one_that_was() {
    let mut guest = Guest::with(DATAGRAM);
    guest.network.state().refusal = Some(Errno::AddressInUse);

    assert_eq!(guest.bind(FIRST, 80), Err(Errno::AddressInUse));
    assert!(guest.network.state().closed.is_empty());
}

#[test]
fn all_buffers_are_one_datagram() {
    let mut guest = Guest::with(DATAGRAM);
    guest.put(BUFFER_AT, b"one and only    two and last");

    let parked = guest.send_to([4, 3]);
    guest.network.state().room_bytes = 1;
    done(guest.resume(parked));
    done(guest.send_to([0, 0]));

    assert_eq!(guest.network.state().sent_to, [(b"one two".to_vec(), OTHER), (vec![], OTHER)]);
    assert_eq!(guest.word(LENGTH_AT), 0);
}

#[test]
fn a_datagram_fills_buffers_and_its_sender_is_told() {
    let mut guest = Guest::with(DATAGRAM);

    let parked = guest.receive_from([4, 8], 0);
    guest.network.state().datagrams.push((b"one two", OTHER));
    done(guest.resume(parked));

    assert_eq!(guest.word(LENGTH_AT), 7);
    assert_eq!(&guest.bytes[BUFFER_AT as usize..][..4], b"one ");
    assert_eq!(&guest.bytes[BUFFER_AT as usize + 16..][..3], b"two");
    assert_eq!(&guest.bytes[OCTETS_AT as usize..][..7], [1, 0, 10, 0, 5, 3, 0xee]);
    assert_eq!(guest.word(PORT_AT), 5001);
    assert_eq!(guest.flags(), [0, 0]);
}

#[test]
fn what_has_no_room_of_a_datagram_is_lost_and_that_is_told() {
    let mut guest = Guest::with(DATAGRAM);
    guest.network.state().datagrams = vec![(b"one two", OTHER), (b"three", OTHER)];

    done(guest.receive_from([4, 1], 0));
    assert_eq!((guest.word(LENGTH_AT), guest.flags()), (5, [1, 0]));
    done(guest.receive_from([4, 1], 0));
    assert_eq!((guest.word(LENGTH_AT), guest.flags()), (5, [0, 0]));
}

#[test]
fn a_datagram_longer_than_any_network_takes_is_not_sent() {
    let mut guest = Guest::with(DATAGRAM);
    guest.bytes.resize(4096, 0);
    guest.network.state().room_bytes = 1;

    assert_eq!(guest.send_to([2000, 49]).err(), Some(Errno::MessageSize));
    assert_eq!(guest.send_to([2049, 0]).err(), Some(Errno::MessageSize));
    done(guest.send_to([2000, 48]));
    assert_eq!(guest.network.state().sent_to.len(), 1);
}

#[test]
fn a_connected_socket_has_one_other_side_alone() {
    let mut guest = Guest::with(DATAGRAM);
    guest.network.state().room_bytes = 1;
    assert_eq!(guest.send(FIRST).err(), Some(Errno::DestinationAddressRequired));
    assert_eq!(guest.address(Wasi::sock_getpeeraddr), Err(Errno::NotConnected));

    done(guest.connect());
    assert_eq!(guest.address(Wasi::sock_getpeeraddr), Ok(PEER));
    done(guest.send(FIRST));
    assert_eq!(guest.network.state().sent_to, [(vec![0; 8], PEER)]);
    guest.network.state().datagrams = vec![(b"not me", OTHER), (b"me", PEER)];
    done(guest.receive(FIRST));
    assert_eq!(guest.word(LENGTH_AT), 2);
}

#[test]
fn datagrams_are_not_peeked_at() {
    let mut guest = Guest::with(DATAGRAM);
    guest.network.state().datagrams.push((b"one", OTHER));

    assert_eq!(guest.receive_from([4, 4], 1).err(), Some(Errno::NotSupported));
    assert_eq!(guest.receive_from([4, 4], 2).err(), Some(Errno::NotSupported));
    assert_eq!(guest.receive_from([4, 4], 8).err(), Some(Errno::Invalid));
    done(guest.receive_from([4, 4], 0));
}

#[test]
fn a_sender_without_room_for_it_is_refused_before_anything_is_received() {
    let mut guest = Guest::with(DATAGRAM);
    guest.network.state().datagrams.push((b"one", OTHER));
    guest.put_address(&[0; 16]);
    guest.put_buffers([4, 4]);
    let memory = &mut memory_of(&mut guest.bytes);

    let outcome = guest
        .wasi
        .sock_recv_from(memory, FIRST, VECTORS_AT, 2, ADDRESS_AT, 0, PORT_AT, LENGTH_AT, FLAGS_AT);
    assert_eq!(outcome.err(), Some(Errno::Invalid));
    assert_eq!(guest.network.state().datagrams.len(), 1);
}

#[test]
fn who_is_connected_is_the_sender_on_a_connection() {
    let mut guest = Guest::connected();
    guest.network.state().accepted[0] = b"hello".to_vec();

    done(guest.receive_from([4, 4], 0));
    assert_eq!(guest.word(LENGTH_AT), 5);
    assert_eq!(guest.word(PORT_AT), u32::from(PEER.port()));

    guest.network.state().room_bytes = 8;
    done(guest.send_to([1, 1]));
    assert_eq!(guest.network.state().sent.len(), 2);
}

#[test]
fn a_socket_for_datagrams_has_its_own_type() {
    let mut guest = Guest::with(DATAGRAM);
    let memory = &mut memory_of(&mut guest.bytes);

    assert_eq!(guest.wasi.fd_fdstat_get(memory, FIRST, BUFFER_AT), Ok(()));
    assert_eq!(guest.bytes[BUFFER_AT as usize], 5);
}
