//! A DHCP server with one address to lend (RFC 2131).

use smoltcp::wire::{
    DhcpMessageType, DhcpOption, DhcpPacket, DhcpRepr, IpAddress, IpEndpoint, Ipv4Address,
};

use crate::peer::PEER;

/// The name servers' option (RFC 2132, §3.8).
const NAME_SERVERS: u8 = 6;
const CLIENT_PORT: u16 = 68;

/// How the server behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DhcpMode {
    /// Lends [`crate::PEER`]'s network's address 15 for so many seconds.
    Lends {
        /// How long.
        seconds: u32,
    },
    /// Says nothing.
    Silent,
    /// Lends an address, with a mask, that no machine can have.
    Nonsense {
        /// The address.
        address: [u8; 4],
        /// The mask.
        mask: [u8; 4],
    },
    /// Sends bytes that are almost an answer.
    Garbage,
}

/// The server's answer to `message` and whom to send it to.
pub(crate) fn answer(mode: DhcpMode, message: &[u8]) -> Option<(Vec<u8>, IpEndpoint)> {
    let packet = DhcpPacket::new_checked(message).ok()?;
    let request = DhcpRepr::parse(&packet).ok()?;
    let (address, mask, seconds) = match mode {
        DhcpMode::Silent => return None,
        DhcpMode::Lends { seconds } => (PEER.octets(), [255, 255, 255, 0], seconds),
        DhcpMode::Nonsense { address, mask } => (address, mask, 10),
        DhcpMode::Garbage => (PEER.octets(), [255, 255, 255, 0], 10),
    };
    let address = match mode {
        DhcpMode::Nonsense { .. } => address,
        _ => [address[0], address[1], address[2], 15],
    };
    let message_type = match request.message_type {
        DhcpMessageType::Discover => DhcpMessageType::Offer,
        DhcpMessageType::Request => DhcpMessageType::Ack,
        _ => return None,
    };

    let mut bytes = emit(&DhcpRepr {
        message_type,
        transaction_id: request.transaction_id,
        secs: 0,
        client_hardware_address: request.client_hardware_address,
        client_ip: Ipv4Address::UNSPECIFIED,
        your_ip: address.into(),
        server_ip: PEER,
        router: Some(PEER),
        subnet_mask: Some(mask.into()),
        relay_agent_ip: Ipv4Address::UNSPECIFIED,
        broadcast: false,
        requested_ip: None,
        client_identifier: None,
        server_identifier: Some(PEER),
        parameter_request_list: None,
        dns_servers: None,
        max_size: None,
        lease_duration: Some(seconds),
        renew_duration: None,
        rebind_duration: None,
        additional_options: &[DhcpOption { kind: NAME_SERVERS, data: &PEER.octets() }],
    });
    if mode == DhcpMode::Garbage {
        let options = bytes.len() - 12;
        bytes[options..].fill(0xfe);
    }
    Some((bytes, IpEndpoint::new(IpAddress::Ipv4(Ipv4Address::BROADCAST), CLIENT_PORT)))
}

fn emit(message: &DhcpRepr<'_>) -> Vec<u8> {
    let mut bytes = vec![0; message.buffer_len()];
    message.emit(&mut DhcpPacket::new_unchecked(&mut bytes[..])).expect("the buffer is as long");
    bytes
}
