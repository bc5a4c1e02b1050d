//! The program on a stream as QEMU's, with the clock of the host.

use device::Ethernet;
use service_net::{Net, Ping, Settings};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use wire::{FakeAdapter, PEER, SeededRng};

const LIMIT: Duration = Duration::from_secs(20);
const WAIT: Duration = Duration::from_millis(5);

/// The program, which ends with the test.
struct Wire(Child);

impl Drop for Wire {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program, and connects to it.
fn start(options: &[&str]) -> (Wire, TcpStream) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_wire"))
        .args(options)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("wire: waiting on ").unwrap().to_owned();
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(WAIT)).unwrap();
    (Wire(child), stream)
}

/// Takes whole frames off the front of `bytes`, each after its length.
fn take_frames(bytes: &mut Vec<u8>, adapter: &FakeAdapter) {
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(frame) = rest.get(..length) else { return };
        adapter.deliver(frame);
        bytes.drain(..4 + length);
    }
}

#[test]
fn a_machine_on_the_stream_gets_an_address_and_an_answer() {
    let (_wire, mut stream) = start(&["--seed", "7"]);
    let adapter: &'static FakeAdapter = Box::leak(Box::new(FakeAdapter::new()));
    let random = Box::leak(Box::new(SeededRng::new(1)));
    let mut net = Net::new(adapter, random, Settings::default());
    assert!(adapter.link().is_some());

    let begin = Instant::now();
    let mut bytes = Vec::new();
    let mut is_asked = false;
    while !matches!(net.pinged(), Ping::Answered { .. }) {
        assert!(begin.elapsed() < LIMIT, "address {:?}", net.address());
        let now_ns = begin.elapsed().as_nanos() as u64;
        if net.address().is_some() && !is_asked {
            net.ping(PEER, now_ns);
            is_asked = true;
        }
        net.poll(now_ns);
        while let Some(frame) = adapter.take_sent() {
            stream.write_all(&(frame.len() as u32).to_be_bytes()).unwrap();
            stream.write_all(&frame).unwrap();
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => {
                assert!(matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut));
            }
        }
        take_frames(&mut bytes, adapter);
    }
}
