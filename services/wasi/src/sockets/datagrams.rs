//! Datagrams: each is sent and received whole, in as many buffers as the guest likes.

use super::transfers::Moved;
use crate::network::Network;
use crate::vectors::Vectors;
use abi::Errno;
use alloc::vec::Vec;
use core::net::SocketAddrV4;
use runtime::GuestMemory;

/// Bytes of the longest datagram: what fits into a frame of any network that there is a driver
/// for.
const DATAGRAM_BYTES_MAX: usize = 2048;

/// Receives one datagram, from `peer` alone if there is one; others are dropped.
pub(super) fn receive(
    network: &mut dyn Network,
    id: u32,
    peer: Option<SocketAddrV4>,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Moved, Errno> {
    let mut bytes = room()?;
    bytes.resize(DATAGRAM_BYTES_MAX, 0);
    let (length, from) = loop {
        let (length, from) = network.receive_from(id, &mut bytes)?;
        if peer.is_none_or(|peer| peer == from) {
            break (length, from);
        }
    };

    let mut rest = &bytes[..length.min(DATAGRAM_BYTES_MAX)];
    let moved_bytes = vectors.each(memory, &mut |buffer| {
        let count = buffer.len().min(rest.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        Ok(count)
    })?;
    Ok(Moved { bytes: moved_bytes, is_cut_off: !rest.is_empty(), from: Some(from) })
}

/// Sends one datagram.
pub(super) fn send(
    network: &mut dyn Network,
    id: u32,
    to: SocketAddrV4,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Moved, Errno> {
    let mut bytes = room()?;
    let mut is_too_long = false;
    let moved_bytes = vectors.each(memory, &mut |buffer| {
        is_too_long = buffer.len() > DATAGRAM_BYTES_MAX - bytes.len();
        if is_too_long {
            return Ok(0);
        }
        bytes.extend_from_slice(buffer);
        Ok(buffer.len())
    })?;
    if is_too_long {
        return Err(Errno::MessageSize);
    }
    network.send_to(id, &bytes, to)?;
    Ok(Moved { bytes: moved_bytes, is_cut_off: false, from: None })
}

/// Room for one datagram.
fn room() -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(DATAGRAM_BYTES_MAX).map_err(|_| Errno::NoMemory)?;
    Ok(bytes)
}
