//! DHCP messages, each a whole frame: they come and go before the machine has an address.
//!
//! Source: RFC 2131, §2 and table 5; options by RFC 2132.

use crate::lease::{Address, SERVERS_MAX};
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpAddress, IpProtocol, Ipv4Packet, UdpPacket, UdpRepr,
};

/// Bytes of every question: headers of 14, 20 and 8 bytes, the message's own 240, and options.
pub(crate) const QUESTION_BYTES: usize = 14 + IP_BYTES + MESSAGE + OPTIONS + OPTION_BYTES;

const IP: usize = 14;
const IP_BYTES: usize = 20;
const UDP: usize = IP + IP_BYTES;
/// Where a message begins after the UDP header, and its options in it.
const MESSAGE: usize = 8;
const OPTIONS: usize = 240;
/// Room for what a question says; with it, a message has the 300 bytes that old servers want.
const OPTION_BYTES: usize = 60;

const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
/// Marks the options as such (RFC 2132, §2).
const MAGIC: [u8; 4] = [99, 130, 83, 99];

const MASK: u8 = 1;
const ROUTER: u8 = 3;
const NAME_SERVERS: u8 = 6;
const WANTED_ADDRESS: u8 = 50;
const SECONDS: u8 = 51;
const KIND: u8 = 53;
const SERVER: u8 = 54;
const WANTED_OPTIONS: u8 = 55;
const PADDING: u8 = 0;
const END: u8 = 255;

/// What a client asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Question {
    /// Repeated in the answer.
    pub(crate) token: [u8; 4],
    /// The adapter's address.
    pub(crate) adapter: [u8; 6],
    /// The address that is in use and to be kept.
    pub(crate) own: Option<Ipv4Addr>,
    /// The address that is wanted; without this and `own`, any.
    pub(crate) wanted: Option<Ipv4Addr>,
    /// Whose offer is taken.
    pub(crate) server: Option<Ipv4Addr>,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) kind: Kind,
    pub(crate) address: Address,
    pub(crate) seconds: u32,
    pub(crate) server: Option<Ipv4Addr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Offer,
    Granted,
    Refused,
}

impl Question {
    /// As a frame to everybody.
    pub(crate) fn frame(&self) -> [u8; QUESTION_BYTES] {
        let mut frame = [0; QUESTION_BYTES];
        frame[..6].fill(0xff);
        frame[6..12].copy_from_slice(&self.adapter);
        frame[12] = 8;
        self.write_headers(&mut frame);

        let message = &mut frame[UDP + MESSAGE..];
        // A question, on Ethernet, whose addresses have six bytes.
        message[..3].copy_from_slice(&[1, 1, 6]);
        message[4..8].copy_from_slice(&self.token);
        message[12..16].copy_from_slice(&self.own.map_or([0; 4], |own| own.octets()));
        message[28..34].copy_from_slice(&self.adapter);
        message[OPTIONS - 4..OPTIONS].copy_from_slice(&MAGIC);
        self.write_options(&mut message[OPTIONS..]);
        frame
    }

    fn write_headers(&self, frame: &mut [u8]) {
        let length_bytes = (QUESTION_BYTES - IP) as u16;
        let mut packet = Ipv4Packet::new_unchecked(&mut frame[IP..]);
        packet.set_version(4);
        packet.set_header_len(IP_BYTES as u8);
        packet.set_total_len(length_bytes);
        packet.set_hop_limit(64);
        packet.set_next_header(IpProtocol::Udp);
        packet.set_src_addr(self.own.unwrap_or(Ipv4Addr::UNSPECIFIED));
        packet.set_dst_addr(Ipv4Addr::BROADCAST);
        packet.fill_checksum();

        // No checksum, which UDP allows: the frame has its own.
        let mut datagram = UdpPacket::new_unchecked(&mut frame[UDP..]);
        datagram.set_src_port(CLIENT_PORT);
        datagram.set_dst_port(SERVER_PORT);
        datagram.set_len(length_bytes - IP_BYTES as u16);
    }

    fn write_options(&self, room: &mut [u8]) {
        let is_search = self.own.is_none() && self.wanted.is_none();
        let mut at = 0;
        let mut put = |kind: u8, data: &[u8]| {
            room[at..at + 2].copy_from_slice(&[kind, data.len() as u8]);
            room[at + 2..at + 2 + data.len()].copy_from_slice(data);
            at += 2 + data.len();
        };
        put(KIND, &[if is_search { 1 } else { 3 }]);
        put(WANTED_OPTIONS, &[MASK, ROUTER, NAME_SERVERS]);
        if let Some(wanted) = self.wanted {
            put(WANTED_ADDRESS, &wanted.octets());
        }
        if let Some(server) = self.server {
            put(SERVER, &server.octets());
        }
        put(END, &[]);
    }
}

/// Whether `frame` is for a DHCP client, and if so its message, if that is whole.
pub(crate) fn message_in(frame: &[u8]) -> Option<Option<&[u8]>> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    if frame.ethertype() != EthernetProtocol::Ipv4 {
        return None;
    }
    let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
    if packet.next_header() != IpProtocol::Udp || packet.frag_offset() != 0 {
        return None;
    }
    let datagram = UdpPacket::new_checked(packet.payload()).ok()?;
    if datagram.dst_port() != CLIENT_PORT {
        return None;
    }
    let (from, to) = (IpAddress::Ipv4(packet.src_addr()), IpAddress::Ipv4(packet.dst_addr()));
    let parsed = UdpRepr::parse(&datagram, &from, &to, &ChecksumCapabilities::default());
    Some((packet.verify_checksum() && parsed.is_ok()).then(|| datagram.payload()))
}

/// What `message` answers to `question`; `None` if it is no answer to it, or makes no sense.
pub(crate) fn answer(message: &[u8], question: &Question) -> Option<Answer> {
    let header = message.get(..OPTIONS)?;
    let is_answer = header[0] == 2
        && header[4..8] == question.token
        && header[28..34] == question.adapter
        && header[OPTIONS - 4..] == MAGIC;
    if !is_answer {
        return None;
    }

    let options = &message[OPTIONS..];
    let kind = match option(options, KIND)? {
        [2] => Kind::Offer,
        [5] => Kind::Granted,
        [6] => Kind::Refused,
        _ => return None,
    };
    let mask = first_address(options, MASK).map_or(0, Ipv4Addr::to_bits);
    let prefix_bits = mask.leading_ones();
    let is_mask = mask.count_ones() == prefix_bits;
    let servers = option(options, NAME_SERVERS).unwrap_or_default().chunks_exact(4);
    let name_servers: Vec<_> =
        servers.map(|four| Ipv4Addr::new(four[0], four[1], four[2], four[3])).collect();
    let seconds = option(options, SECONDS).and_then(|four| four.try_into().ok());
    Some(Answer {
        kind,
        address: Address {
            own: Ipv4Addr::new(header[16], header[17], header[18], header[19]),
            // A mask with holes is none.
            prefix_bits: if is_mask { prefix_bits as u8 } else { 0 },
            router: first_address(options, ROUTER),
            name_servers: name_servers.into_iter().take(SERVERS_MAX).collect(),
        },
        seconds: seconds.map_or(0, u32::from_be_bytes),
        server: first_address(options, SERVER),
    })
}

/// The bytes of the first option `kind`, if it and those before it are whole.
fn option(mut options: &[u8], kind: u8) -> Option<&[u8]> {
    loop {
        match options {
            [PADDING, rest @ ..] => options = rest,
            [END, ..] => return None,
            [found, length, rest @ ..] => {
                let (data, rest) = rest.split_at_checked(usize::from(*length))?;
                if *found == kind {
                    return Some(data);
                }
                options = rest;
            }
            _ => return None,
        }
    }
}

fn first_address(options: &[u8], kind: u8) -> Option<Ipv4Addr> {
    let four: [u8; 4] = option(options, kind)?.get(..4)?.try_into().ok()?;
    Some(four.into())
}

#[cfg(test)]
mod tests;
