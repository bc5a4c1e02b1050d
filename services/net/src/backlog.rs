//! Connections that others begin, and what keeps a flood of beginnings from shutting others out.
//!
//! A listener has [`HALF_OPEN_MAX`] sockets that wait for a connection or are in its handshake.
//! While all of them are in one, a beginning that is seen for the first time is only
//! remembered, in a few bits; one that is repeated, as every host does after a second (RFC 6298,
//! §2) and no flood of made-up senders can afford to, takes the place of the oldest handshake.
//! Connections that are established are touched by none of this.

use crate::{NEVER, stream};
use alloc::vec;
use alloc::vec::Vec;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, IpAddress, IpEndpoint, IpProtocol, Ipv4Packet, TcpPacket,
};

/// Handshakes that one listener goes through at a time.
pub const HALF_OPEN_MAX: usize = 8;
/// Connections of one listener that are established and wait to be accepted.
pub const READY_MAX: usize = 16;

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// Beginnings are remembered for one to two of these.
const MEMORY: Duration = Duration::from_secs(3);
const MEMORY_BITS: usize = 1 << 16;

/// The first segment of a connection that somebody begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) from: IpEndpoint,
    pub(crate) port: u16,
}

impl Beginning {
    /// The one that is in `frame`, if it is one.
    pub(crate) fn in_frame(frame: &[u8]) -> Option<Self> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        if frame.ethertype() != EthernetProtocol::Ipv4 {
            return None;
        }
        let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
        if packet.next_header() != IpProtocol::Tcp || packet.frag_offset() != 0 {
            return None;
        }
        let segment = TcpPacket::new_checked(packet.payload()).ok()?;
        let from = IpEndpoint::new(IpAddress::Ipv4(packet.src_addr()), segment.src_port());
        (segment.syn() && !segment.ack()).then(|| Self { from, port: segment.dst_port() })
    }

    /// A number that only we can work out.
    fn hash(&self, key: u64) -> u64 {
        let IpAddress::Ipv4(address) = self.from.addr;
        let ports = u64::from(self.from.port) << 16 | u64::from(self.port);
        let mut hash = key ^ (u64::from(address.to_bits()) << 32 | ports);
        for _ in 0..2 {
            hash = (hash ^ (hash >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ key.rotate_left(17);
        }
        hash ^ (hash >> 32)
    }
}

/// Remembers beginnings that found no room.
pub(crate) struct Memory {
    key: u64,
    /// Bits of now and of before; none while there was always room.
    now: Vec<u64>,
    before: Vec<u64>,
    turns_at: Instant,
}

impl Memory {
    /// One that nobody can play with who does not know `key`.
    pub(crate) fn new(key: u64) -> Self {
        Self { key, now: Vec::new(), before: Vec::new(), turns_at: Instant::ZERO }
    }

    /// Whether `beginning` was seen lately; from now on it was.
    fn knows(&mut self, beginning: &Beginning, now: Instant) -> bool {
        if self.turns_at <= now {
            let kept = self.turns_at + MEMORY > now;
            self.before = core::mem::replace(&mut self.now, vec![0; MEMORY_BITS / 64]);
            if !kept {
                self.before.clear();
            }
            self.turns_at = now + MEMORY;
        }
        let bit = beginning.hash(self.key) as usize % MEMORY_BITS;
        let (word, mask) = (bit / 64, 1 << (bit % 64));
        let known = self.now[word] | self.before.get(word).copied().unwrap_or(0);
        self.now[word] |= mask;
        known & mask != 0
    }
}

/// A port that connections may come to.
pub(crate) struct Listener {
    pub(crate) port: u16,
    open: Vec<Handshake>,
    /// The oldest first.
    ready: Vec<SocketHandle>,
}

struct Handshake {
    socket: SocketHandle,
    /// When it began; `None` while the socket waits for one.
    since: Option<Instant>,
}

impl Listener {
    pub(crate) fn new(port: u16) -> Self {
        Self { port, open: Vec::new(), ready: Vec::new() }
    }

    /// Moves what is established to the queue, gives up what takes too long, and sees to it that
    /// sockets listen, as long as `room` for more of them lasts. Says whether there is news.
    pub(crate) fn tend(
        &mut self,
        sockets: &mut SocketSet<'_>,
        room: &mut usize,
        now: Instant,
    ) -> bool {
        let ready = self.ready.len();
        self.open.retain_mut(|handshake| {
            let socket = sockets.get_mut::<Socket<'_>>(handshake.socket);
            match socket.state() {
                State::Listen => handshake.since = None,
                State::SynReceived => {
                    let since = *handshake.since.get_or_insert(now);
                    if since + HANDSHAKE <= now {
                        restart(socket, self.port);
                        handshake.since = None;
                    }
                }
                State::Closed => {
                    restart(socket, self.port);
                    handshake.since = None;
                }
                _ => {
                    self.ready.push(handshake.socket);
                    return false;
                }
            }
            true
        });
        // Those that were reset before anybody accepted them.
        self.ready.retain(|&ready| {
            let is_lost = sockets.get::<Socket<'_>>(ready).state() == State::Closed;
            if is_lost {
                sockets.remove(ready);
                *room += 1;
            }
            !is_lost
        });
        self.fill(sockets, room);
        self.ready.len() > ready
    }

    fn fill(&mut self, sockets: &mut SocketSet<'_>, room: &mut usize) {
        while self.open.len() < HALF_OPEN_MAX && self.ready.len() < READY_MAX && *room > 0 {
            *room -= 1;
            let mut socket = stream::socket();
            restart(&mut socket, self.port);
            self.open.push(Handshake { socket: sockets.add(AnySocket::Tcp(socket)), since: None });
        }
    }

    /// Whether smoltcp is to see `beginning`; if so, there is a socket for it.
    pub(crate) fn admits(
        &mut self,
        beginning: &Beginning,
        sockets: &mut SocketSet<'_>,
        memory: &mut Memory,
        now: Instant,
    ) -> bool {
        let socket_of = |handshake: &Handshake| sockets.get::<Socket<'_>>(handshake.socket);
        let is_repeated = |socket: &Socket<'_>| socket.remote_endpoint() == Some(beginning.from);
        if self
            .open
            .iter()
            .map(socket_of)
            .any(|socket| socket.is_listening() || is_repeated(socket))
        {
            return true;
        }
        if !memory.knows(beginning, now) {
            return false;
        }
        let oldest = self.open.iter_mut().min_by_key(|handshake| handshake.since);
        let Some(oldest) = oldest.filter(|oldest| oldest.since.is_some()) else { return false };
        oldest.since = None;
        restart(sockets.get_mut(oldest.socket), self.port);
        true
    }

    /// The connection that waited longest to be accepted.
    pub(crate) fn accept(&mut self) -> Option<SocketHandle> {
        (!self.ready.is_empty()).then(|| self.ready.remove(0))
    }

    pub(crate) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// When [`Listener::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        let begun = self.open.iter().filter_map(|handshake| handshake.since);
        begun.fold(NEVER, |due, since| due.min(since + HANDSHAKE))
    }

    /// All of its sockets, to be removed.
    pub(crate) fn into_sockets(self) -> impl Iterator<Item = SocketHandle> {
        self.open.into_iter().map(|handshake| handshake.socket).chain(self.ready)
    }
}

/// Makes `socket` wait for a connection to `port`, whatever it did.
fn restart(socket: &mut Socket<'_>, port: u16) {
    // Whoever began hears nothing of it: `listen` forgets them before a reset is sent. It does
    // not fail, since the socket is closed and `port` is not 0.
    socket.abort();
    let _ = socket.listen(port);
}
