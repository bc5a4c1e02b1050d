//! Frames that no honest machine sends.

use crate::Random;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, IpAddress, IpProtocol,
    Ipv4Address, Ipv4Packet, Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

/// Whom to attack.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The adapter's address.
    pub adapter: [u8; 6],
    /// The machine's address.
    pub address: Ipv4Address,
    /// The port.
    pub port: u16,
}

/// The beginning of a connection, from an address and a port that are made up; what is answered
/// goes nowhere.
#[must_use]
pub fn beginning(target: Target, random: &mut Random) -> Vec<u8> {
    let from = Ipv4Address::from_bits(0x0b00_0000 | (random.draw() as u32 & 0x00ff_ffff));
    beginning_from(target, from, 1024 + random.below(60_000) as u16, random)
}

/// The beginning of a connection from `from` and `port`.
#[must_use]
pub fn beginning_from(
    target: Target,
    from: Ipv4Address,
    port: u16,
    random: &mut Random,
) -> Vec<u8> {
    let segment = TcpRepr {
        src_port: port,
        dst_port: target.port,
        control: TcpControl::Syn,
        seq_number: TcpSeqNumber(random.draw() as i32),
        ack_number: None,
        window_len: 64_240,
        window_scale: None,
        max_seg_size: Some(1460),
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let packet = Ipv4Repr {
        src_addr: from,
        dst_addr: target.address,
        next_header: IpProtocol::Tcp,
        payload_len: segment.buffer_len(),
        hop_limit: 64,
    };
    let ethernet = EthernetRepr {
        src_addr: EthernetAddress([2, 0, 0, 0, 0xba, 0xd0]),
        dst_addr: EthernetAddress(target.adapter),
        ethertype: EthernetProtocol::Ipv4,
    };

    let checksums = ChecksumCapabilities::default();
    let mut bytes = vec![0; 14 + packet.buffer_len() + segment.buffer_len()];
    let mut frame = EthernetFrame::new_unchecked(&mut bytes[..]);
    ethernet.emit(&mut frame);
    let mut ip = Ipv4Packet::new_unchecked(frame.payload_mut());
    packet.emit(&mut ip, &checksums);
    let mut tcp = TcpPacket::new_unchecked(ip.payload_mut());
    let (from, to) = (IpAddress::Ipv4(from), IpAddress::Ipv4(target.address));
    segment.emit(&mut tcp, &from, &to, &checksums);
    bytes
}
