//! A server that the host uses, while things happen to its board.

use super::*;
use std::thread;
use wire::{checksum, pattern};

const MIB: usize = 1 << 20;

/// The question for so many of these.
fn give(length: usize) -> Vec<u8> {
    [b"g".as_slice(), &(length as u64).to_be_bytes()].concat()
}

/// Downloads so much, and checks it all; `body` has the stream after each mebibyte.
fn download(slirp: &Slirp, length: usize, mut body: impl FnMut(usize, &mut Checked)) {
    let mut stream = slirp.connect();
    stream.write_all(&give(length)).unwrap();
    let mut checked = Checked { stream, received: 0 };
    for mebibyte in 1..=length / MIB {
        while checked.received < mebibyte * MIB {
            checked.take().unwrap();
        }
        body(mebibyte, &mut checked);
    }
    assert_eq!(checked.received, length);
    assert!(rest(checked.stream).is_empty());
}

/// A stream of the pattern.
struct Checked {
    stream: TcpStream,
    received: usize,
}

impl Checked {
    /// Takes what is there, or waits for it.
    fn take(&mut self) -> std::io::Result<()> {
        let mut buffer = [0; 64 << 10];
        let count = self.stream.read(&mut buffer)?;
        assert!(count > 0, "it ends after {} bytes", self.received);
        for &byte in &buffer[..count] {
            assert_eq!(byte, pattern(self.received as u64), "byte {}", self.received);
            self.received += 1;
        }
        Ok(())
    }

    /// Takes what still comes, until nothing has come for so long.
    fn drain(&mut self, silence: Duration) {
        self.stream.set_read_timeout(Some(silence)).unwrap();
        while self.take().is_ok() {}
        self.stream.set_read_timeout(Some(LIMIT)).unwrap();
    }
}

/// Uploads so much, which the server checks.
fn upload(slirp: &Slirp, length: usize) {
    let bytes: Vec<u8> = (0..MIB as u64).map(pattern).collect();
    let mut stream = slirp.connect();
    stream.write_all(b"t").unwrap();
    let mut sum = None;
    for _ in 0..length / MIB {
        stream.write_all(&bytes).unwrap();
        sum = Some(checksum(sum, &bytes));
    }
    let answer = ask(stream, &[]);

    assert_eq!(answer[..8], (length as u64).to_be_bytes());
    assert_eq!(answer[8..], checksum(sum, &[]).to_be_bytes());
}

/// Moves so much in both directions at once.
fn both_ways(length: usize) {
    let slirp = Slirp::new();
    let qemu = boot_on(&slirp, Packed::new(vec![server("2")]).machine(Board::Raspi3b));
    thread::scope(|threads| {
        threads.spawn(|| upload(&slirp, length));
        download(&slirp, length, |_, _| {});
    });
    qemu.expect("kernel: serve exited with code 0", LIMIT);
}

#[test]
fn sixty_four_mebibytes_arrive_whole_both_ways_at_once() {
    both_ways(64 * MIB);
}

#[test]
#[ignore = "`make stress` runs it"]
fn a_gibibyte_arrives_whole_both_ways_at_once() {
    both_ways(1024 * MIB);
}

#[test]
fn a_download_goes_on_while_keys_are_plugged_and_the_wire_is_cut() {
    let slirp = Slirp::new();
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("monitor");
    let packed = Packed::new(vec![server("1")]);
    let hands = ["-device", "usb-kbd,id=keys", "-device", "usb-tablet,id=pen"];
    let machine = packed.machine(Board::Raspi3b).monitor(&socket);
    let qemu = boot_on(&slirp, machine.options(hands));
    let mut monitor = Monitor::connect(&socket).unwrap();

    download(&slirp, 8 * MIB, |mebibyte, stream| match mebibyte {
        1 => monitor.unplug("keys").unwrap(),
        2 => monitor.unplug("pen").unwrap(),
        3 => monitor.plug_in("usb-kbd,id=keys2").unwrap(),
        4 => monitor.plug_in("usb-tablet,id=pen2").unwrap(),
        5 => {
            monitor.set_link("wire", false).unwrap();
            stream.drain(Duration::from_millis(500));
            monitor.set_link("wire", true).unwrap();
        }
        _ => {}
    });

    qemu.expect("kernel: serve exited with code 0", LIMIT);
    let console = qemu.console();
    assert_eq!(console.matches("(0627:0001) was pulled").count(), 2, "{console}");
    assert_eq!(console.matches("(0627:0001) is a keyboard").count(), 2, "{console}");
    assert_eq!(console.matches("(0627:0001) is a tablet").count(), 2, "{console}");
}

#[test]
fn ten_thousand_connections_leave_nothing_behind() {
    connect_and_end(10_000);
}

#[test]
#[ignore = "`make stress` runs it"]
fn a_hundred_thousand_connections_leave_nothing_behind() {
    connect_and_end(100_000);
}

/// Opens and closes so many connections, and compares the heap before and after.
fn connect_and_end(count: usize) {
    let slirp = Slirp::new();
    let packed = Packed::new(vec![server("0")]);
    let mut qemu = boot_on(&slirp, packed.machine(Board::Raspi3b));
    shell::enter(&mut qemu);
    let mut free_after = |count: usize| {
        for _ in 0..count {
            assert_eq!(ask(slirp.connect(), b"ebe"), b"be");
        }
        // Those that end have their memory until both sides know of it.
        while !shell::ask(&mut qemu, "net").contains("sockets   8 of 256") {}
        shell::free_bytes(&mut qemu)
    };

    let before = free_after(200);
    let after = free_after(count);

    let lost_bytes = before.saturating_sub(after);
    assert!(lost_bytes < 4096, "{before} before, {after} after");
}
