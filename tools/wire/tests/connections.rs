//! Connections: over a bad wire, under attack, and ten thousand of them.

mod world;

use abi::Errno;
use device::Link;
use service_net::{BUFFER_BYTES, SOCKETS_PER_APP_MAX, SocketId};
use std::net::{Ipv4Addr, SocketAddrV4};
use wire::{ECHO_PORT, Faults, MAC, PEER, SINK_PORT, SOURCE_PORT, attack, checksum, pattern};
use world::{OWN, World, client};

const MEBIBYTE: u64 = 1 << 20;

fn connect(world: &mut World, port: u16) -> SocketId {
    let to = SocketAddrV4::new(PEER, port);
    let id = world.net.connect(&client(), to, world.now_ns()).unwrap();
    world.until(30, "a connection", |world| world.net.connected(id).is_ok());
    id
}

/// Sends all of `bytes`.
fn send(world: &mut World, id: SocketId, bytes: &[u8]) {
    let mut sent = 0;
    world.until(600, "to send", |world| {
        while sent < bytes.len() {
            match world.net.send(id, &bytes[sent..]) {
                Ok(count) => sent += count,
                Err(Errno::Again) => return false,
                Err(errno) => panic!("{errno} after {sent}"),
            }
        }
        true
    });
}

/// Receives until the end, or until there are `count` bytes.
fn receive(world: &mut World, id: SocketId, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 4096];
    world.until(600, "to receive", |world| {
        while bytes.len() < count {
            match world.net.receive(id, &mut buffer, false) {
                Ok(0) => return true,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
                Err(Errno::Again) => return false,
                Err(errno) => panic!("{errno} after {}", bytes.len()),
            }
        }
        true
    });
    bytes
}

fn download(world: &mut World, length: u64) {
    let id = connect(world, SOURCE_PORT);
    send(world, id, &length.to_be_bytes());
    let bytes = receive(world, id, usize::MAX);
    assert_eq!(bytes.len() as u64, length);
    assert!(bytes.iter().enumerate().all(|(at, byte)| *byte == pattern(at as u64)));
    world.net.close(id, world.now_ns()).unwrap();
}

fn upload(world: &mut World, length: u64) {
    let id = connect(world, SINK_PORT);
    let bytes: Vec<u8> = (0..length).map(pattern).collect();
    send(world, id, &bytes);
    world.net.shut_down(id).unwrap();
    let answer = receive(world, id, 16);
    assert_eq!(answer[..8], length.to_be_bytes());
    assert_eq!(answer[8..], checksum(None, &bytes).to_be_bytes());
    world.net.close(id, world.now_ns()).unwrap();
}

#[test]
fn eight_mebibytes_arrive_whole_both_ways_over_a_good_wire() {
    let mut world = World::with_address();

    download(&mut world, 8 * MEBIBYTE);
    upload(&mut world, 8 * MEBIBYTE);
}

#[test]
fn eight_mebibytes_arrive_whole_both_ways_over_a_wire_that_spoils_a_fifth() {
    let mut world = World::with_address();
    world.up.faults = Faults::all(50);
    world.down.faults = Faults::all(50);

    download(&mut world, 8 * MEBIBYTE);
    upload(&mut world, 8 * MEBIBYTE);
}

#[test]
fn a_download_goes_on_after_the_wire_was_cut() {
    for pulled in [false, true] {
        let mut world = World::new(service_net::Settings::default());
        world.until(1, "a lease", |world| world.net.address().is_some());
        let id = connect(&mut world, SOURCE_PORT);
        send(&mut world, id, &(8 * MEBIBYTE).to_be_bytes());
        let mut bytes = receive(&mut world, id, MEBIBYTE as usize);

        let link = Link { address: MAC, is_up: false, adapter: 1 };
        world.adapter.set_link((!pulled).then_some(link));
        world.pass_us(4_000_000);
        world.adapter.set_link(Some(Link { is_up: true, adapter: 1 + u32::from(pulled), ..link }));

        bytes.extend(receive(&mut world, id, usize::MAX));
        assert_eq!(bytes.len() as u64, 8 * MEBIBYTE);
        assert!(bytes.iter().enumerate().all(|(at, byte)| *byte == pattern(at as u64)));
    }
}

#[test]
fn a_connection_on_which_nothing_is_said_lasts() {
    let mut world = World::with_address();
    let id = connect(&mut world, ECHO_PORT);
    send(&mut world, id, b"one");
    assert_eq!(receive(&mut world, id, 3), b"one");

    world.pass_us(3_600_000_000);

    send(&mut world, id, b"two");
    assert_eq!(receive(&mut world, id, 3), b"two");
}

#[test]
fn a_connection_to_a_machine_that_died_ends_when_something_is_to_be_sent() {
    let mut world = World::with_address();
    let id = connect(&mut world, ECHO_PORT);
    world.up.is_connected = false;
    world.pass_us(300_000_000);
    send(&mut world, id, b"anybody?");

    world.until(61, "the end", |world| {
        world.net.receive(id, &mut [0; 8], false) == Err(Errno::ConnectionReset)
    });
}

#[test]
fn an_app_may_connect_and_listen_where_its_rights_say_and_nowhere_else() {
    let mut world = World::with_address();
    let elsewhere = SocketAddrV4::new([10, 0, 6, 1].into(), ECHO_PORT);

    assert_eq!(world.net.connect(&client(), elsewhere, 0), Err(Errno::Access));
    assert_eq!(world.net.listen(&client(), 82), Err(Errno::Access));
    assert_eq!(world.net.bind(&client(), 82), Err(Errno::Access));
    assert!(world.net.listen(&client(), 81).is_ok());
    assert_eq!(world.net.listen(&client(), 81), Err(Errno::AddressInUse));
}

#[test]
fn an_app_that_has_much_to_send_waits_until_there_is_room_for_much() {
    const QUARTER: usize = BUFFER_BYTES / 4;
    let mut world = World::with_address();
    let id = connect(&mut world, ECHO_PORT);
    // Less than all that there is room for goes at once.
    assert_eq!(world.net.send(id, &[0]), Ok(1));

    let bytes = [0; BUFFER_BYTES];
    assert_eq!(world.net.send(id, &bytes), Ok(BUFFER_BYTES - 1));
    assert_eq!(world.net.send(id, &bytes), Err(Errno::Again));
    assert_eq!(world.net.readiness(id).unwrap().send_bytes, 0);
    world.until(1, "room", |world| world.net.readiness(id).unwrap().send_bytes > 0);

    assert!(world.net.readiness(id).unwrap().send_bytes >= QUARTER);
    assert!(world.net.send(id, &bytes).unwrap() >= QUARTER);
}

#[test]
fn a_port_where_nobody_is_refuses() {
    let mut world = World::with_address();
    let id = world.net.connect(&client(), SocketAddrV4::new(PEER, 99), 0).unwrap();

    let mut result = Ok(());
    world.until(5, "a refusal", |world| {
        result = world.net.connected(id);
        result != Err(Errno::Again)
    });
    assert_eq!(result, Err(Errno::ConnectionRefused));
}

#[test]
fn a_host_that_is_not_there_is_waited_for_with_an_end() {
    let mut world = World::with_address();
    let nobody = SocketAddrV4::new([10, 0, 5, 99].into(), 80);
    let id = world.net.connect(&client(), nobody, world.now_ns()).unwrap();

    let mut result = Ok(());
    world.until(31, "an end", |world| {
        result = world.net.connected(id);
        result != Err(Errno::Again)
    });
    assert_eq!(result, Err(Errno::TimedOut));
}

#[test]
fn a_connection_waits_for_the_network() {
    let mut world = World::new(service_net::Settings::default());
    world.adapter.set_link(None);
    let to = SocketAddrV4::new(PEER, ECHO_PORT);
    let id = world.net.connect(&client(), to, world.now_ns()).unwrap();
    world.pass_us(5_000_000);
    assert_eq!(world.net.connected(id), Err(Errno::Again));

    world.adapter.set_link(Some(Link { address: MAC, is_up: true, adapter: 1 }));
    world.until(5, "a connection", |world| world.net.connected(id).is_ok());
}

#[test]
fn without_a_network_a_connection_fails_in_the_end() {
    let mut world = World::new(service_net::Settings::default());
    world.adapter.set_link(None);
    let to = SocketAddrV4::new(PEER, ECHO_PORT);
    let id = world.net.connect(&client(), to, world.now_ns()).unwrap();

    world.until(31, "an end", |world| world.net.connected(id) == Err(Errno::NetworkDown));
}

#[test]
fn an_app_that_opens_sockets_without_end_is_told_so() {
    let mut world = World::with_address();
    let to = SocketAddrV4::new(PEER, ECHO_PORT);
    for _ in 0..SOCKETS_PER_APP_MAX {
        world.net.connect(&client(), to, 0).unwrap();
    }

    assert_eq!(world.net.connect(&client(), to, 0), Err(Errno::ManyFiles));
    assert_eq!(world.net.bind(&client(), 0), Err(Errno::ManyFiles));
    world.net.close_all(&client(), 0);
    assert!(world.net.connect(&client(), to, 0).is_ok());
}

/// Serves one connection of the peer on `listener`: what it sends is sent back.
fn serve_one(world: &mut World, listener: SocketId, port: u16, limit_s: u64) {
    let theirs = world.peer.connect(OWN, port);
    let mut accepted = None;
    world.until(limit_s, "a connection to be served", |world| {
        accepted = accepted.or(world.net.accept(&client(), listener).ok());
        accepted.is_some() && world.peer.socket(theirs).may_send()
    });
    let (id, from) = accepted.unwrap();
    assert_eq!(*from.ip(), PEER);
    exchange(world, id, theirs);
    world.peer.socket(theirs).close();
    assert_eq!(receive(world, id, usize::MAX), b"");
    world.net.close(id, world.now_ns()).unwrap();
    world.until(5, "the end", |world| !world.peer.socket(theirs).is_active());
    world.peer.forget(theirs);
}

/// Sends some bytes each way on a connection that is established.
fn exchange(world: &mut World, id: SocketId, theirs: smoltcp::iface::SocketHandle) {
    world.peer.socket(theirs).send_slice(b"ping").unwrap();
    assert_eq!(receive(world, id, 4), b"ping");
    send(world, id, b"pong");
    world.until(5, "an answer", |world| world.peer.socket(theirs).recv_queue() == 4);
    let mut answer = [0; 4];
    world.peer.socket(theirs).recv_slice(&mut answer).unwrap();
    assert_eq!(&answer, b"pong");
}

#[test]
fn a_board_is_not_turned_off_before_what_was_sent_has_arrived() {
    let mut world = World::with_address();
    let listener = world.net.listen(&client(), 80).unwrap();
    let theirs = world.peer.connect(OWN, 80);
    let mut accepted = None;
    world.until(5, "a connection", |world| {
        accepted = accepted.or(world.net.accept(&client(), listener).ok());
        accepted.is_some()
    });
    let (id, _) = accepted.unwrap();
    send(&mut world, id, &[7; 1000]);
    assert!(!world.net.is_delivering(), "the app is still there");

    world.net.close(id, world.now_ns()).unwrap();

    assert!(world.net.is_delivering());
    world.until(5, "delivery", |world| !world.net.is_delivering());
    assert_eq!(world.peer.socket(theirs).recv_queue(), 1000);
}

#[test]
fn what_cannot_be_delivered_is_given_up() {
    let mut world = World::with_address();
    let id = connect(&mut world, ECHO_PORT);
    world.up.is_connected = false;
    send(&mut world, id, &[7; 1000]);
    world.net.close(id, world.now_ns()).unwrap();

    world.until(31, "the end of patience", |world| !world.net.is_delivering());
}

/// Goes on for `micros` with so many beginnings a second from nobody, far or near.
fn flood(world: &mut World, port: u16, near: bool, a_second: u64, micros: u64) {
    let end_us = world.now_us + micros;
    while world.now_us < end_us {
        let target = world.target(port);
        let frame = if near {
            // Of the machine's own network, so that it asks who has the address, and nobody does.
            let from = Ipv4Addr::new(10, 0, 5, 100 + world.random.below(150) as u8);
            let port = 1024 + world.random.below(60_000) as u16;
            attack::beginning_from(target, from, port, &mut world.random)
        } else {
            attack::beginning(target, &mut world.random)
        };
        world.down.send(&frame, world.now_us);
        world.pass_us(1_000_000 / a_second);
    }
}

#[test]
fn a_flood_of_beginnings_leaves_connections_alone_and_a_new_one_is_served_within_5_s() {
    let near_by = 200;
    let floods = [
        (false, 100, near_by),
        (false, 5_000, near_by),
        (true, 1_000, near_by),
        (true, 5_000, near_by),
        // Handshakes take longer than the flood needs to begin as many as there may be.
        (false, 2_000, 20_000),
    ];
    for (near, a_second, delay_us) in floods {
        let mut world = World::with_address();
        (world.up.delay_us, world.down.delay_us) = (delay_us, delay_us);
        let listener = world.net.listen(&client(), 80).unwrap();
        world.step(0);
        let theirs = world.peer.connect(OWN, 80);
        let mut accepted = None;
        world.until(1, "a connection", |world| {
            accepted = accepted.or(world.net.accept(&client(), listener).ok());
            accepted.is_some() && world.peer.socket(theirs).may_send()
        });
        let (id, _) = accepted.unwrap();

        flood(&mut world, 80, near, a_second, 2_000_000);
        let new = world.peer.connect(OWN, 80);
        let begin_us = world.now_us;
        let mut served = None;
        while served.is_none() {
            assert!(world.now_us - begin_us < 5_000_000, "not served at {a_second} a second");
            flood(&mut world, 80, near, a_second, 10_000);
            served = world.net.accept(&client(), listener).ok();
        }
        exchange(&mut world, id, theirs);
        exchange(&mut world, served.unwrap().0, new);
    }
}

#[test]
fn a_thousand_half_open_connections_are_forgotten() {
    let mut world = World::with_address();
    let listener = world.net.listen(&client(), 80).unwrap();
    world.step(0);
    for number in 0..1_000 {
        let from = [10, 0, 9, (number % 250) as u8].into();
        let target = world.target(80);
        let frame = attack::beginning_from(target, from, 2_000 + number, &mut world.random);
        world.down.send(&frame, world.now_us);
        world.pass_us(500);
    }

    serve_one(&mut world, listener, 80, 5);
    world.pass_us(6_000_000);
    serve_one(&mut world, listener, 80, 1);
}

#[test]
fn more_connections_than_are_accepted_wait_and_are_served_later() {
    let mut world = World::with_address();
    let listener = world.net.listen(&client(), 80).unwrap();
    world.step(0);
    let theirs: Vec<_> = (0..60).map(|_| world.peer.connect(OWN, 80)).collect();
    world.pass_us(3_000_000);

    let mut served = Vec::new();
    world.until(200, "all to be served", |world| {
        while let Ok((id, _)) = world.net.accept(&client(), listener) {
            served.push(id);
        }
        served.len() == theirs.len()
    });
}

#[test]
fn ten_thousand_connections_leave_nothing_behind() {
    let mut world = World::with_address();
    let listener = world.net.listen(&client(), 80).unwrap();
    world.step(0);
    let free = world.adapter.free();

    for _ in 0..5_000 {
        serve_one(&mut world, listener, 80, 2);
    }
    for _ in 0..5_000 {
        let id = connect(&mut world, ECHO_PORT);
        send(&mut world, id, b"hello");
        assert_eq!(receive(&mut world, id, 5), b"hello");
        world.net.close(id, world.now_ns()).unwrap();
    }

    world.net.close(listener, world.now_ns()).unwrap();
    world.pass_us(60_000_000);
    assert_eq!(world.net.sockets(), 0);
    assert_eq!(world.adapter.free(), free);
}

#[test]
fn datagrams_go_both_ways_and_none_come_from_strangers() {
    let mut world = World::with_address();
    let id = world.net.bind(&client(), 0).unwrap();
    let names = SocketAddrV4::new(PEER, 53);
    let question =
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x04test\x00\x00\x01\x00\x01";

    assert_eq!(world.net.send_to(&client(), id, question, names), Ok(question.len()));
    let mut buffer = [0; 512];
    let mut answer = Err(Errno::Again);
    world.until(1, "an answer", |world| {
        answer = world.net.receive_from(&client(), id, &mut buffer);
        answer.is_ok()
    });
    assert_eq!(answer.unwrap().1, names);
    assert_eq!(buffer[..2], [0x12, 0x34]);

    let nobody = service_net::Client::new(2, Vec::new());
    world.net.send_to(&client(), id, question, names).unwrap();
    world.pass_us(1_000_000);
    assert_eq!(world.net.receive_from(&nobody, id, &mut buffer), Err(Errno::Again));
    let long = [0; service_net::DATAGRAM_BYTES_MAX + 1];
    assert_eq!(world.net.send_to(&client(), id, &long, names), Err(Errno::MessageSize));
    assert_eq!(world.net.send_to(&nobody, id, b"x", names), Err(Errno::Access));
}

#[test]
fn a_datagram_is_sent_though_its_socket_is_closed_at_once() {
    let mut world = World::with_address();
    let id = world.net.bind(&client(), 0).unwrap();
    let to = SocketAddrV4::new(PEER, 4000);

    world.net.send_to(&client(), id, b"last words", to).unwrap();
    world.net.close(id, world.now_ns()).unwrap();
    assert_eq!(world.net.close(id, world.now_ns()), Err(Errno::BadDescriptor));

    world.until(1, "a datagram", |world| world.peer.datagrams().can_recv());
    let (bytes, _) = world.peer.datagrams().recv().unwrap();
    assert_eq!(bytes, b"last words");
    assert_eq!(world.net.sockets(), 0);
}

#[test]
fn a_datagram_to_nobody_is_given_up_when_its_socket_is_closed() {
    let mut world = World::with_address();
    let id = world.net.bind(&client(), 0).unwrap();
    let to = SocketAddrV4::new(Ipv4Addr::new(10, 0, 5, 99), 4000);

    world.net.send_to(&client(), id, b"anybody?", to).unwrap();
    world.net.close(id, world.now_ns()).unwrap();

    assert_eq!(world.net.sockets(), 1);
    world.pass_us(2_100_000);
    assert_eq!(world.net.sockets(), 0);
}
