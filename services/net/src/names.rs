//! Names: a cache of what servers said, and the questions that are open.
//!
//! Source: RFC 1035; RFC 5452 on how to be hard to lie to (a random port and number for each
//! question, and an answer only from who was asked).

use crate::NEVER;
use crate::draw::Draw;
use crate::message::{self, Answer};
use crate::udp;
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::udp::Socket;
use smoltcp::time::{Duration, Instant};

/// Names that are remembered or asked for at a time.
pub const NAMES_MAX: usize = 32;
/// Names that are asked for at a time.
pub const QUESTIONS_MAX: usize = 8;

const PORT: u16 = 53;
/// How often a question is put before it has no answer; each time to the next server.
const TRIES_MAX: u8 = 5;
const TRY: Duration = Duration::from_secs(1);
/// How long a question waits for there to be a network.
const NETWORK_WAIT: Duration = Duration::from_secs(20);
/// How long it is remembered that a name has no addresses, or that nobody answered.
const FAILURE: Duration = Duration::from_secs(3);
/// The longest that addresses are believed.
const SECONDS_MAX: u32 = 3600;

/// What is known of one name.
struct Name {
    name: String,
    state: State,
    /// When it is forgotten, or asked for again.
    until: Instant,
}

enum State {
    /// Not asked yet, for there is no network.
    Waiting,
    Asked(Question),
    Known(Vec<Ipv4Addr>),
    Failed(Errno),
}

struct Question {
    socket: SocketHandle,
    id: u16,
    tries: u8,
    server: Ipv4Addr,
}

/// The names that are known or asked for.
#[derive(Default)]
pub(crate) struct Names(Vec<Name>);

impl Names {
    /// The addresses of `name`.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while it is asked for, [`Errno::NoEntry`] if it has none,
    /// [`Errno::TimedOut`] if nobody answered.
    pub(crate) fn resolve(&mut self, name: &str, now: Instant) -> Result<Vec<Ipv4Addr>, Errno> {
        if let Some(known) = self.0.iter().find(|known| known.name.eq_ignore_ascii_case(name)) {
            return match &known.state {
                State::Known(addresses) => Ok(addresses.clone()),
                State::Failed(errno) => Err(*errno),
                State::Waiting | State::Asked(_) => Err(Errno::Again),
            };
        }
        if self.make_room() {
            let until = now + NETWORK_WAIT;
            self.0.push(Name { name: name.into(), state: State::Waiting, until });
        }
        Err(Errno::Again)
    }

    /// Whether another name can be asked for; one that is known may be forgotten for it.
    fn make_room(&mut self) -> bool {
        let open = self.0.iter().filter(|name| name.is_open()).count();
        if open >= QUESTIONS_MAX {
            return false;
        }
        if self.0.len() >= NAMES_MAX {
            let settled = self.0.iter().enumerate().filter(|(_, name)| !name.is_open());
            if let Some((oldest, _)) = settled.min_by_key(|(_, name)| name.until) {
                self.0.remove(oldest);
            }
        }
        true
    }

    /// Does what is due, and says whether more is known than before.
    pub(crate) fn tend(
        &mut self,
        sockets: &mut SocketSet<'_>,
        servers: &[Ipv4Addr],
        draw: &Draw,
        now: Instant,
    ) -> bool {
        let mut news = false;
        for name in &mut self.0 {
            news |= name.read(sockets, now);
            let can_ask = matches!(name.state, State::Waiting) && !servers.is_empty();
            if can_ask || (name.is_open() && name.until <= now) {
                news |= name.go_on(sockets, servers, draw, now);
            }
        }
        self.0.retain(|name| name.is_open() || name.until > now);
        news
    }

    /// When [`Names::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        self.0.iter().filter(|name| name.is_open()).fold(NEVER, |due, name| due.min(name.until))
    }
}

impl Name {
    fn is_open(&self) -> bool {
        matches!(self.state, State::Waiting | State::Asked(_))
    }

    /// Reads what came for an open question, and says whether that settled it.
    fn read(&mut self, sockets: &mut SocketSet<'_>, now: Instant) -> bool {
        let State::Asked(question) = &self.state else { return false };
        let socket = sockets.get_mut::<Socket<'_>>(question.socket);
        while let Ok((bytes, from)) = socket.recv() {
            if udp::endpoint(from.endpoint) != (question.server, PORT) {
                continue;
            }
            let Some(answer) = message::answer(bytes, question.id, &self.name) else { continue };

            let socket = question.socket;
            (self.state, self.until) = match answer {
                Answer::Known(addresses, seconds) => {
                    let seconds = seconds.clamp(1, SECONDS_MAX);
                    (State::Known(addresses), now + Duration::from_secs(seconds.into()))
                }
                Answer::Unknown => (State::Failed(Errno::NoEntry), now + FAILURE),
            };
            sockets.remove(socket);
            return true;
        }
        false
    }

    /// Puts the question to the next server, or gives up; says whether that settled it.
    fn go_on(
        &mut self,
        sockets: &mut SocketSet<'_>,
        servers: &[Ipv4Addr],
        draw: &Draw,
        now: Instant,
    ) -> bool {
        let mut tries = 0;
        if let State::Asked(question) = &self.state {
            tries = question.tries;
            sockets.remove(question.socket);
        }
        if servers.is_empty() || tries == TRIES_MAX {
            self.state = State::Failed(Errno::TimedOut);
            self.until = now + FAILURE;
            return true;
        }

        let server = servers[usize::from(tries) % servers.len()];
        let id = draw.word();
        // Nobody can know the port, so that another answer must be guessed in 32 bits.
        let mut socket = udp::socket(draw.port(), 1);
        // A new socket has room for one question, and the server is no address without a host.
        let _ = socket.send_slice(&message::question(id, &self.name), udp::remote(server, PORT));
        let socket = sockets.add(AnySocket::Udp(socket));
        self.state = State::Asked(Question { socket, id, tries: tries + 1, server });
        self.until = now + TRY;
        false
    }
}
