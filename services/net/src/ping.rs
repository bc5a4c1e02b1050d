//! Asks another machine whether it is there (RFC 792, echo).

use crate::NEVER;
use alloc::vec;
use core::net::Ipv4Addr;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::icmp::{Endpoint, PacketBuffer, PacketMetadata, Socket};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{Icmpv4Packet, Icmpv4Repr, IpAddress};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(1);
const DATA: &[u8] = b"is anybody there?";
const MESSAGE_BYTES: usize = 8 + DATA.len();

/// How a ping went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ping {
    /// There is time left for an answer.
    Waiting,
    /// The answer came after so many microseconds.
    Answered {
        /// From just before the question was sent to just after the answer was read.
        round_trip_us: u64,
    },
    /// No answer came in time, or nobody was asked.
    Lost,
}

/// The one question that is open, or how the last one went.
pub(crate) struct Pinger {
    asked: Option<Asked>,
    last: Ping,
    sequence: u16,
}

struct Asked {
    socket: SocketHandle,
    to: Ipv4Addr,
    at: Instant,
}

impl Pinger {
    pub(crate) fn new() -> Self {
        Self { asked: None, last: Ping::Lost, sequence: 0 }
    }

    /// Asks `to`; a question that was open is dropped.
    pub(crate) fn ask(
        &mut self,
        sockets: &mut SocketSet<'_>,
        to: Ipv4Addr,
        ident: u16,
        now: Instant,
    ) {
        self.settle(sockets, Ping::Waiting);
        self.sequence = self.sequence.wrapping_add(1);
        let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; 2], vec![0; 128]);
        let mut socket = Socket::new(buffer(), buffer());
        let question = Icmpv4Repr::EchoRequest { ident, seq_no: self.sequence, data: DATA };
        // It is new, so that it can be bound and has room.
        let _ = socket.bind(Endpoint::Ident(ident));
        if let Ok(bytes) = socket.send(MESSAGE_BYTES, IpAddress::Ipv4(to)) {
            let mut packet = Icmpv4Packet::new_unchecked(bytes);
            question.emit(&mut packet, &ChecksumCapabilities::default());
        }
        self.asked = Some(Asked { socket: sockets.add(AnySocket::Icmp(socket)), to, at: now });
    }

    /// How the last question went.
    pub(crate) fn result(&self) -> Ping {
        self.last
    }

    /// When [`Pinger::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        self.asked.as_ref().map_or(NEVER, |asked| asked.at + ANSWER)
    }

    /// Reads an answer, if there is one; says whether there is news.
    pub(crate) fn tend(&mut self, sockets: &mut SocketSet<'_>, now: Instant) -> bool {
        let Some(asked) = &self.asked else { return false };
        let round_trip_us = (now - asked.at).total_micros();
        if asked.is_answered(sockets, self.sequence) {
            self.settle(sockets, Ping::Answered { round_trip_us });
        } else if asked.at + ANSWER <= now {
            self.settle(sockets, Ping::Lost);
        } else {
            return false;
        }
        true
    }

    fn settle(&mut self, sockets: &mut SocketSet<'_>, result: Ping) {
        self.last = result;
        if let Some(asked) = self.asked.take() {
            sockets.remove(asked.socket);
        }
    }
}

impl Asked {
    fn is_answered(&self, sockets: &mut SocketSet<'_>, sequence: u16) -> bool {
        let socket = sockets.get_mut::<Socket<'_>>(self.socket);
        while let Ok((bytes, from)) = socket.recv() {
            let told = bytes.get(6..8).map(|two| u16::from_be_bytes([two[0], two[1]]));
            // An answer (type 0), and not our own question or somebody's error.
            let is_answer = bytes.first() == Some(&0) && told == Some(sequence);
            if is_answer && from == IpAddress::Ipv4(self.to) {
                return true;
            }
        }
        false
    }
}
