//! What the peer does on its TCP ports.

use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};

/// Sends back what comes (RFC 862).
pub const ECHO_PORT: u16 = 7;
/// Takes everything to its end, and then says how much it was, in 8 bytes, and its
/// [`checksum`], in 8 more; the first of each first.
pub const SINK_PORT: u16 = 9;
/// Reads a length, in 8 bytes, and sends so much of the [`pattern`].
pub const SOURCE_PORT: u16 = 19;

/// Connections of each service at a time.
const SOCKETS: usize = 8;
const BUFFER_BYTES: usize = 64 * 1024;
const CHECKSUM_START: u64 = 0xcbf2_9ce4_8422_2325;

/// The byte at `at` of what sources send.
#[must_use]
pub fn pattern(at: u64) -> u8 {
    (at ^ (at >> 8) ^ (at >> 16)) as u8
}

/// The checksum of `bytes` (FNV-1a with 64 bits) after those that gave `before`; the first
/// bytes have none before them.
#[must_use]
pub fn checksum(before: Option<u64>, bytes: &[u8]) -> u64 {
    bytes.iter().fold(before.unwrap_or(CHECKSUM_START), |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A socket that is not connected.
pub(crate) fn socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; BUFFER_BYTES]);
    Socket::new(buffer(), buffer())
}

/// All connections that the peer serves.
pub(crate) struct Services(Vec<Service>);

struct Service {
    socket: SocketHandle,
    port: u16,
    /// Bytes that came, and their checksum.
    received: u64,
    sum: Option<u64>,
    /// Bytes of the pattern that were sent, and how many there are to be.
    sent: u64,
    wanted: Option<u64>,
}

impl Services {
    pub(crate) fn new(sockets: &mut SocketSet<'_>) -> Self {
        let ports = [ECHO_PORT, SINK_PORT, SOURCE_PORT];
        let all = ports.iter().flat_map(|port| std::iter::repeat_n(*port, SOCKETS));
        Self(all.map(|port| Service::new(sockets.add(socket()), port)).collect())
    }

    /// Does what is due, and says whether anything was.
    pub(crate) fn tend(&mut self, sockets: &mut SocketSet<'_>) -> bool {
        self.0.iter_mut().fold(false, |busy, service| {
            let socket = sockets.get_mut::<Socket<'_>>(service.socket);
            service.tend(socket) || busy
        })
    }
}

impl Service {
    fn new(socket: SocketHandle, port: u16) -> Self {
        Self { socket, port, received: 0, sum: None, sent: 0, wanted: None }
    }

    fn tend(&mut self, socket: &mut Socket<'_>) -> bool {
        if matches!(socket.state(), State::Closed | State::TimeWait) {
            *self = Self::new(self.socket, self.port);
            socket.abort();
            return socket.listen(self.port).is_ok();
        }
        let busy = match self.port {
            ECHO_PORT => echo(socket),
            SINK_PORT => self.sink(socket),
            _ => self.source(socket),
        };
        let is_done = socket.state() == State::CloseWait && !socket.can_recv() && !busy;
        // smoltcp 0.14.0 never repeats an end that is lost while data is repeated, so that it is
        // sent only when all of that has arrived.
        if (is_done || self.wanted == Some(self.sent)) && socket.send_queue() == 0 {
            socket.close();
        }
        busy
    }

    fn sink(&mut self, socket: &mut Socket<'_>) -> bool {
        let (mut received, mut sum) = (self.received, self.sum);
        // An error is a connection that is not there yet, or not any more.
        let _ = socket.recv(|bytes| {
            received += bytes.len() as u64;
            sum = Some(checksum(sum, bytes));
            (bytes.len(), ())
        });
        let busy = received > self.received;
        (self.received, self.sum) = (received, sum);
        if socket.state() == State::CloseWait && !socket.can_recv() && self.sent == 0 {
            let mut answer = self.received.to_be_bytes().to_vec();
            answer.extend(checksum(self.sum, &[]).to_be_bytes());
            self.sent = socket.send_slice(&answer).unwrap_or(0) as u64;
        }
        busy
    }

    fn source(&mut self, socket: &mut Socket<'_>) -> bool {
        if self.wanted.is_none() {
            let mut length = [0; 8];
            if socket.peek_slice(&mut length) != Ok(8) {
                return false;
            }
            let _ = socket.recv_slice(&mut length);
            self.wanted = Some(u64::from_be_bytes(length));
        }
        let left = self.wanted.unwrap_or(0) - self.sent;
        let start = self.sent;
        let count = socket.send(|room| {
            let count = left.min(room.len() as u64) as usize;
            (0..count).for_each(|at| room[at] = pattern(start + at as u64));
            (count, count)
        });
        self.sent += count.unwrap_or(0) as u64;
        count.is_ok_and(|count| count > 0)
    }
}

fn echo(socket: &mut Socket<'_>) -> bool {
    if !socket.can_recv() || !socket.can_send() {
        return false;
    }
    let room = socket.send_capacity() - socket.send_queue();
    let bytes = socket.recv(|bytes| {
        let count = bytes.len().min(room);
        (count, bytes[..count].to_vec())
    });
    bytes.is_ok_and(|bytes| socket.send_slice(&bytes).is_ok())
}
