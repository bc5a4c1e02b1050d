//! The board on a wire with a peer that lends addresses, tells the time, floods, and spoils frames.

use super::*;
use wire::{DhcpMode, Faults, Options, PEER, Wire};

/// Boots `bundle` on a wire to `wire`.
pub(super) fn boot_with(wire: &Wire, bundle: &Bundle<'_>) -> (Packed, Qemu) {
    let packed = Packed::of(bundle);
    let qemu = packed.machine(Board::Raspi3b).wire(wire.address).boot().unwrap();
    (packed, qemu)
}

/// Sends `question` to the server on the board through the peer, and gives its answer.
fn ask_through(wire: &Wire, question: &[u8]) -> Vec<u8> {
    ask_port(wire, 8080, question)
}

/// The same for an app on another port.
pub(super) fn ask_port(wire: &Wire, port: u16, question: &[u8]) -> Vec<u8> {
    let begun = std::time::Instant::now();
    let (mut sent, mut answer) = (0, Vec::new());
    let handle = wire.with(|serving| serving.peer.connect(BOARD, port));
    loop {
        let is_over = wire.with(|serving| {
            let socket = serving.peer.socket(handle);
            if socket.can_send() && sent < question.len() {
                sent += socket.send_slice(&question[sent..]).unwrap();
                if sent == question.len() {
                    socket.close();
                }
            }
            while socket.can_recv() {
                let _ = socket.recv(|bytes| {
                    answer.extend_from_slice(bytes);
                    (bytes.len(), ())
                });
            }
            sent == question.len() && !socket.may_recv()
        });
        if is_over {
            return answer;
        }
        assert!(begun.elapsed() < LIMIT, "{} of {} bytes sent", sent, question.len());
        std::thread::yield_now();
    }
}

/// What the peer lends.
const BOARD: std::net::Ipv4Addr = std::net::Ipv4Addr::new(10, 0, 5, 15);

#[test]
fn a_lease_is_renewed_lost_with_its_server_and_had_again() {
    let wire = Wire::start(Options { lease: 4, ..Options::default() }).unwrap();
    let (_packed, qemu) = boot_with(&wire, &bundle(vec![server("0")]));
    qemu.expect("net: address 10.0.5.15/24", LIMIT);
    qemu.forget();

    // Twice as long as it lasts.
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(8) {
        assert_eq!(ask_through(&wire, b"estill here"), b"still here");
    }
    assert!(!qemu.console().contains("the address is lost"), "{}", qemu.console());

    wire.with(|serving| serving.peer.dhcp = DhcpMode::Silent);
    qemu.expect("net: the address is lost", LIMIT);
    wire.with(|serving| serving.peer.dhcp = DhcpMode::Lends { seconds: 60 });
    qemu.expect("net: address 10.0.5.15/24", LIMIT);
    assert_eq!(ask_through(&wire, b"eagain"), b"again");
}

#[test]
fn all_arrives_whole_over_a_wire_that_spoils_a_fifth() {
    let wire = Wire::start(Options { lease: 600, ..Options::default() }).unwrap();
    let (_packed, qemu) = boot_with(&wire, &bundle(vec![server("1")]));
    qemu.expect("net: address 10.0.5.15/24", LIMIT);
    wire.with(|serving| {
        serving.up.faults = Faults::all(50);
        serving.down.faults = Faults::all(50);
    });
    // What is lost is repeated after a second of the host's time; of 8 MiB this is tested with the
    // clock of a simulation.
    let bytes: Vec<u8> = (0..1 << 17).map(wire::pattern).collect();

    let answer = ask_through(&wire, &[b"e", &bytes[..]].concat());

    assert!(answer == bytes, "{} bytes came back", answer.len());
}

#[test]
fn a_flood_of_beginnings_leaves_connections_alone_and_new_ones_are_served() {
    let options = Options { lease: 600, flood: Some(8080), rate: 500, ..Options::default() };
    let wire = Wire::start(options).unwrap();
    let (_packed, qemu) = boot_with(&wire, &bundle(vec![server("0")]));
    qemu.expect("net: address 10.0.5.15/24", LIMIT);

    for _ in 0..3 {
        let begun = std::time::Instant::now();
        assert_eq!(ask_through(&wire, b"eunder the flood"), b"under the flood");
        let seconds = begun.elapsed().as_secs();
        assert!(seconds < 20, "served after {seconds} s");
    }
}

#[test]
fn the_wall_clock_follows_the_networks_time() {
    let wire = Wire::start(Options::default()).unwrap();
    let server = PEER.to_string();
    let network = vec![("time_server", server.as_str())];
    let (_packed, qemu) = boot_with(&wire, &Bundle { network, ..bundle(vec![]) });

    // The peer's clock begins with 2030.
    qemu.expect("net: it is 2030-01-01 00:00:", LIMIT);
}

#[test]
fn an_address_that_is_fixed_needs_no_server() {
    let wire = Wire::start(Options { lease: 0, ..Options::default() }).unwrap();
    let network = vec![("address", "10.0.5.15/24"), ("gateway", "10.0.5.1")];
    let (_packed, qemu) = boot_with(&wire, &Bundle { network, ..bundle(vec![server("1")]) });
    qemu.expect("usb: device 2 (0525:a4a2) is a network adapter", LIMIT);

    assert_eq!(ask_through(&wire, b"efixed"), b"fixed");
}
