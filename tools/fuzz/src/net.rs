//! Bytes as what happens on a network: frames, and an app that does things meanwhile.
//!
//! There is one adapter for all inputs, since it keeps its memory for good. In the end it must have
//! all of its frames again.

use std::net::{Ipv4Addr, SocketAddrV4};

use arbitrary::{Arbitrary, Result, Unstructured};
use service_net::{Address, Client, Net, Reach, Rights, SOCKETS_MAX, Settings, SocketId};
use wire::{FakeAdapter, MAC, PEER, SeededRng};

const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 5, 15);
const PORT: u16 = 80;
const STEPS_MAX: usize = 64;
/// What a machine needs besides what apps have: listeners, what ends, questions of its own.
const OWN_SOCKETS_MAX: usize = 16;

const ETHERNET_BYTES: usize = 14;
const IPV4_BYTES: usize = 20;
const TCP: u8 = 6;
const UDP: u8 = 17;

thread_local! {
    static MACHINE: (&'static FakeAdapter, &'static SeededRng) = (
        Box::leak(Box::new(FakeAdapter::new())),
        Box::leak(Box::new(SeededRng::new(1))),
    );
}

/// Lets happen what `input` says.
///
/// # Panics
///
/// If there are more sockets than stated, or frames are lost.
pub fn try_input(input: &[u8]) {
    let (adapter, random) = MACHINE.with(|machine| *machine);
    let free = adapter.free();
    let mut input = Unstructured::new(input);
    // What is missing at the end of the input is nothing that happens.
    if let Ok(settings) = settings(&mut input) {
        let mut app = App::new(Net::new(adapter, random, settings));
        for _ in 0..STEPS_MAX {
            if input.is_empty() || app.step(adapter, &mut input).is_err() {
                break;
            }
        }
        while adapter.take_sent().is_some() {}
        app.net.poll(u64::MAX / 4);
    }
    while adapter.take_sent().is_some() {}
    assert_eq!(adapter.drain(), free, "frames that nobody has");
}

fn settings(input: &mut Unstructured<'_>) -> Result<Settings> {
    let fixed = Address { own: OWN, prefix_bits: 24, router: Some(PEER), name_servers: vec![PEER] };
    let address = bool::arbitrary(input)?.then_some(fixed);
    let time_server = bool::arbitrary(input)?.then(|| PEER.to_string());
    Ok(Settings { address, time_server })
}

/// An app that has a listener, and uses the last socket that it got.
struct App {
    net: Net,
    client: Client,
    listener: Option<SocketId>,
    socket: Option<SocketId>,
    now_ns: u64,
    /// Numbers of the last segment that the machine sent, so that an answer can fit.
    sequence: u32,
    acknowledged: u32,
    port: u16,
}

impl App {
    fn new(mut net: Net) -> Self {
        let reach = vec![Reach::parse("a.test:*"), Reach::parse("10.0.5.0/24:*")];
        let reach = reach.into_iter().map(|reach| reach.expect("it is a right")).collect();
        let client = Client::new(1, vec![Rights { listen: vec![PORT..=PORT], reach }]);
        let listener = net.listen(&client, PORT).ok();
        Self {
            net,
            client,
            listener,
            socket: None,
            now_ns: 1,
            sequence: 0,
            acknowledged: 0,
            port: 2000,
        }
    }

    fn step(&mut self, adapter: &FakeAdapter, input: &mut Unstructured<'_>) -> Result<()> {
        match input.int_in_range(0..=7)? {
            0 => adapter.deliver(input.bytes_in(1514)?),
            1..=3 => {
                let frame = self.frame(input)?;
                adapter.deliver(&frame);
            }
            4 => self.now_ns += u64::from(u32::arbitrary(input)?),
            5 => self.now_ns += u64::from(u8::arbitrary(input)?) * 1_000_000_000,
            _ => self.call(input)?,
        }
        self.net.poll(self.now_ns);
        while let Some(frame) = adapter.take_sent() {
            self.note(&frame);
        }
        assert!(self.net.sockets() <= SOCKETS_MAX + OWN_SOCKETS_MAX);
        Ok(())
    }

    /// Remembers what fits the segment in `frame`.
    fn note(&mut self, frame: &[u8]) {
        let Some(segment) = frame.get(ETHERNET_BYTES + IPV4_BYTES..) else { return };
        if frame[ETHERNET_BYTES + 9] == TCP && segment.len() >= 20 {
            let word = |at: usize| u32::from_be_bytes(segment[at..at + 4].try_into().unwrap());
            (self.sequence, self.acknowledged) = (word(4), word(8));
            self.port = u16::from_be_bytes([segment[2], segment[3]]);
        }
    }

    /// A frame whose checksums are right, for the machine from its peer.
    fn frame(&self, input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let is_tcp = bool::arbitrary(input)?;
        let protocol = if is_tcp { TCP } else { *input.choose(&[UDP, 1])? };
        let payload = match is_tcp {
            true => self.segment(input)?,
            false => input.bytes_in(256)?.to_vec(),
        };
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0];
        packet.extend(PEER.octets());
        packet.extend(if bool::arbitrary(input)? { OWN.octets() } else { [255; 4] });
        packet.extend(payload);
        let length = packet.len() as u16;
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        let sum = checksum(&packet[..IPV4_BYTES], 0);
        packet[10..12].copy_from_slice(&sum.to_be_bytes());
        repair(&mut packet, protocol);

        let mut frame = MAC.to_vec();
        frame.extend([2, 0, 0, 0, 5, 1, 8, 0]);
        frame.extend(packet);
        Ok(frame)
    }

    /// A segment that is near to what the machine waits for.
    fn segment(&self, input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
        let near = |number: u32, input: &mut Unstructured<'_>| -> Result<u32> {
            Ok(number.wrapping_add_signed(i8::arbitrary(input)?.into()))
        };
        let mut segment = self.port.to_be_bytes().to_vec();
        segment.extend(PORT.to_be_bytes());
        segment.extend(near(self.acknowledged, input)?.to_be_bytes());
        segment.extend(near(self.sequence, input)?.to_be_bytes());
        segment.push(u8::arbitrary(input)?);
        segment.extend(input.bytes(3)?);
        segment.extend([0; 4]);
        segment.extend(input.bytes_in(256)?);
        Ok(segment)
    }

    /// Something that an app does; what comes of it is no matter.
    fn call(&mut self, input: &mut Unstructured<'_>) -> Result<()> {
        let Self { net, client, now_ns, .. } = self;
        let mut buffer = [0; 64];
        let to = SocketAddrV4::new(PEER, u16::arbitrary(input)?);
        match input.int_in_range(0..=11)? {
            0 => self.socket = net.connect(client, to, *now_ns).ok(),
            1 => self.socket = net.bind(client, 0).ok(),
            2 => drop(net.resolve_for(client, "a.test", *now_ns)),
            3 => net.ping(PEER, *now_ns),
            4 => net.close_all(client, *now_ns),
            5 => {
                let listener = self.listener.and_then(|listener| net.accept(client, listener).ok());
                self.socket = listener.map(|(socket, _)| socket);
            }
            kind => {
                let Some(socket) = self.socket else { return Ok(()) };
                let _ = match kind {
                    6 => net.send(socket, input.bytes_in(64)?),
                    7 => net.receive(socket, &mut buffer, false),
                    8 => net.shut_down(socket).map(|()| 0),
                    9 => net.close(socket, *now_ns).map(|()| 0),
                    10 => net.send_to(client, socket, input.bytes_in(64)?, to),
                    _ => net.receive_from(client, socket, &mut buffer).map(|(count, _)| count),
                };
                let _ = net.readiness(socket);
            }
        }
        Ok(())
    }
}

/// So many bytes of the input as a number in it says.
trait BytesIn<'a> {
    fn bytes_in(&mut self, max: usize) -> Result<&'a [u8]>;
}

impl<'a> BytesIn<'a> for Unstructured<'a> {
    fn bytes_in(&mut self, max: usize) -> Result<&'a [u8]> {
        let count = self.int_in_range(0..=max)?.min(self.len());
        self.bytes(count)
    }
}

/// Puts the checksum of a segment, datagram or message where it belongs.
fn repair(packet: &mut [u8], protocol: u8) {
    let at = match protocol {
        TCP => 16,
        UDP => 6,
        _ => 2,
    };
    let length = packet.len() - IPV4_BYTES;
    if length < at + 2 {
        return;
    }
    let start = match protocol {
        TCP | UDP => {
            let addresses = packet[12..20].chunks(2);
            let sum = addresses.map(|two| u32::from(two[0]) << 8 | u32::from(two[1])).sum::<u32>();
            sum + u32::from(protocol) + length as u32
        }
        _ => 0,
    };
    packet[IPV4_BYTES + at..][..2].fill(0);
    let sum = checksum(&packet[IPV4_BYTES..], start);
    packet[IPV4_BYTES + at..][..2].copy_from_slice(&sum.to_be_bytes());
}

/// The checksum of the internet (RFC 1071), begun with `start`.
fn checksum(bytes: &[u8], start: u32) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|two| u32::from(two[0]) << 8 | u32::from(two.get(1).copied().unwrap_or(0)));
    let mut sum = words.fold(start, |sum, word| sum + word);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
