//! Connections: as smoltcp makes them, with our bounds, and how they begin and end.

use abi::Errno;
use alloc::vec;
use core::net::Ipv4Addr;
use smoltcp::iface::{Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::socket::udp::Socket as DatagramSocket;
use smoltcp::time::{Duration, Instant};

use crate::NEVER;
use crate::draw::Draw;
use crate::udp;

/// Bytes of one connection's buffers, each way.
pub const BUFFER_BYTES: usize = 32 * 1024;

/// How long a connection may take to be established, a wait for the network included.
pub(crate) const CONNECT: Duration = Duration::from_secs(30);
/// How long a connection lasts on which there is something to send and nothing comes back.
pub(crate) const SILENCE: Duration = Duration::from_secs(60);
/// How long one that the app closed may take to end.
pub(crate) const CLOSE: Duration = Duration::from_secs(30);

/// How long datagrams may wait to be sent when their socket is closed: two questions for the
/// address of the next machine.
const CLOSE_DATAGRAMS: Duration = Duration::from_secs(2);

/// A socket that is not connected.
pub(crate) fn socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; BUFFER_BYTES]);
    Socket::new(buffer(), buffer())
}

/// A connection, for the app that has it.
pub(crate) struct Stream {
    pub(crate) socket: SocketHandle,
    pub(crate) phase: Phase,
    /// Whether the app said that it sends no more.
    pub(crate) is_shut: bool,
}

#[derive(Clone, Copy)]
pub(crate) enum Phase {
    /// There was no network when the app asked.
    Waiting {
        to: (Ipv4Addr, u16),
        until: Instant,
    },
    Connecting {
        until: Instant,
    },
    /// It is established, or was.
    Open,
    Failed(Errno),
}

impl Stream {
    /// Does what is due, and says whether there is news. `own` is the machine's address, while
    /// it has one.
    pub(crate) fn tend(
        &mut self,
        interface: &mut Interface,
        sockets: &mut SocketSet<'_>,
        own: Option<Ipv4Addr>,
        draw: &Draw,
        now: Instant,
    ) -> bool {
        let socket = sockets.get_mut::<Socket<'_>>(self.socket);
        // smoltcp's limit ends silent connections, too, on which there is just nothing to say.
        socket.set_timeout((socket.send_queue() > 0).then_some(SILENCE));
        if self.is_shut {
            finish(socket);
        }

        let phase = match (self.phase, own) {
            (Phase::Waiting { until, .. }, _) if until <= now => Phase::Failed(Errno::NetworkDown),
            (Phase::Waiting { to, until }, Some(own)) if to.0 != own => {
                let port = free_port(sockets, draw);
                let socket = sockets.get_mut::<Socket<'_>>(self.socket);
                match socket.connect(interface.context(), udp::remote(to.0, to.1), port) {
                    Ok(()) => Phase::Connecting { until },
                    Err(_) => Phase::Failed(Errno::HostUnreachable),
                }
            }
            // There are no connections within the machine.
            (Phase::Waiting { .. }, Some(_)) => Phase::Failed(Errno::ConnectionRefused),
            (Phase::Connecting { until }, _) => {
                let socket = sockets.get_mut::<Socket<'_>>(self.socket);
                match socket.state() {
                    State::SynSent | State::SynReceived if now < until => return false,
                    State::SynSent | State::SynReceived => {
                        socket.abort();
                        Phase::Failed(Errno::TimedOut)
                    }
                    State::Closed => Phase::Failed(Errno::ConnectionRefused),
                    _ => Phase::Open,
                }
            }
            (Phase::Waiting { .. }, None) | (Phase::Open | Phase::Failed(_), _) => return false,
        };
        self.phase = phase;
        true
    }

    /// When [`Stream::tend`] is due, whatever smoltcp says.
    pub(crate) fn due(&self) -> Instant {
        match self.phase {
            Phase::Waiting { until, .. } | Phase::Connecting { until } => until,
            Phase::Open | Phase::Failed(_) => NEVER,
        }
    }

    /// Whether it is established.
    pub(crate) fn check(&self) -> Result<(), Errno> {
        match self.phase {
            Phase::Waiting { .. } | Phase::Connecting { .. } => Err(Errno::Again),
            Phase::Open => Ok(()),
            Phase::Failed(errno) => Err(errno),
        }
    }
}

/// Says that nothing more is sent, as soon as all that was is acknowledged. smoltcp 0.14.0 never
/// repeats that if it is lost while data, too, is under way and repeated.
fn finish(socket: &mut Socket<'_>) {
    if socket.send_queue() == 0 {
        socket.close();
    }
}

/// A port that no connection has, be it only about to end.
fn free_port(sockets: &SocketSet<'_>, draw: &Draw) -> u16 {
    loop {
        let port = draw.port();
        let mut others = sockets.iter().filter_map(|(_, socket)| match socket {
            smoltcp::socket::Socket::Tcp(socket) => socket.local_endpoint(),
            _ => None,
        });
        // There are many times more ports than sockets.
        if others.all(|other| other.port != port) {
            return port;
        }
    }
}

/// A socket that its app has closed.
pub(crate) struct Ending {
    pub(crate) socket: SocketHandle,
    is_connection: bool,
    until: Instant,
}

impl Ending {
    /// Ends a connection: what was sent is still delivered, if everything that came was read.
    pub(crate) fn begin(sockets: &mut SocketSet<'_>, handle: SocketHandle, now: Instant) -> Self {
        let socket = sockets.get_mut::<Socket<'_>>(handle);
        if socket.recv_queue() > 0 {
            socket.abort();
        }
        finish(socket);
        Self { socket: handle, is_connection: true, until: now + CLOSE }
    }

    /// Ends a socket for datagrams, as soon as all are sent that wait for that.
    pub(crate) fn of_datagrams(socket: SocketHandle, now: Instant) -> Self {
        Self { socket, is_connection: false, until: now + CLOSE_DATAGRAMS }
    }

    /// Whether the socket can be removed.
    pub(crate) fn is_over(&self, sockets: &mut SocketSet<'_>, now: Instant) -> bool {
        if !self.is_connection {
            let unsent_bytes = sockets.get::<DatagramSocket<'_>>(self.socket).send_queue();
            return unsent_bytes == 0 || self.until <= now;
        }
        let socket = sockets.get_mut::<Socket<'_>>(self.socket);
        // Nobody will read it, and whoever sends it should know.
        if socket.recv_queue() > 0 {
            socket.abort();
        }
        finish(socket);
        // A closed socket forgets the other side when it has sent its reset.
        let is_closed = socket.state() == State::Closed && socket.remote_endpoint().is_none();
        is_closed || self.until <= now
    }

    /// Whether the other side does not know yet all that was sent, and that it was all.
    pub(crate) fn is_under_way(&self, sockets: &SocketSet<'_>) -> bool {
        let socket = sockets.get::<Socket<'_>>(self.socket);
        match socket.state() {
            State::FinWait2 | State::TimeWait => false,
            State::Closed => socket.remote_endpoint().is_some(),
            _ => true,
        }
    }

    /// When it is given up.
    pub(crate) fn due(&self) -> Instant {
        self.until
    }
}
