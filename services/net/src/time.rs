//! The time from the network.
//!
//! Source: RFC 4330 (SNTP version 4), §4 and §5.

use crate::draw::Draw;
use crate::udp;
use core::net::Ipv4Addr;
use smoltcp::iface::{SocketHandle, SocketSet};
use smoltcp::socket::Socket as AnySocket;
use smoltcp::socket::udp::Socket;
use smoltcp::time::{Duration, Instant};

const PORT: u16 = 123;
const MESSAGE_BYTES: usize = 48;
/// No leap warning, version 4, a client.
const REQUEST: u8 = 4 << 3 | 3;
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);
/// The pause after an answer, and the longest one after none (§10: not less than 15 s).
const GOOD_PAUSE: Duration = Duration::from_secs(1024);
const PAUSE_MAX: Duration = Duration::from_secs(256);
const PAUSE_MIN: Duration = Duration::from_secs(2);
/// From 1900, where the format counts from, to 1970.
const SECONDS_1900_TO_1970: u64 = 2_208_988_800;

/// What the time was at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSeen {
    /// The moment, by the monotonic clock.
    pub monotonic_ns: u64,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub wall_ns: u64,
}

/// Asks for the time, now and then.
pub(crate) struct TimeClient {
    asked: Option<Asked>,
    /// When to ask next, or to give the question up.
    due: Instant,
    pause: Duration,
}

struct Asked {
    socket: SocketHandle,
    server: Ipv4Addr,
    /// What the answer must repeat (§5, check 3).
    token: [u8; 8],
    at: Instant,
}

impl TimeClient {
    pub(crate) fn new() -> Self {
        Self { asked: None, due: Instant::ZERO, pause: PAUSE_MIN }
    }

    /// When [`TimeClient::tend`] is due.
    pub(crate) fn due(&self) -> Instant {
        self.due
    }

    /// Whether a server's address is wanted.
    pub(crate) fn wants_to_ask(&self, now: Instant) -> bool {
        self.asked.is_none() && self.due <= now
    }

    /// Asks `server`.
    pub(crate) fn ask(
        &mut self,
        sockets: &mut SocketSet<'_>,
        server: Ipv4Addr,
        draw: &Draw,
        now: Instant,
    ) {
        let token = draw.bytes();
        let mut message = [0; MESSAGE_BYTES];
        message[0] = REQUEST;
        // Our clock is nobody's business, so the place for it holds a random number.
        message[40..].copy_from_slice(&token);
        let mut socket = udp::socket(draw.port(), 1);
        // As for names: there is room, and whom to send to is known.
        let _ = socket.send_slice(&message, udp::remote(server, PORT));
        self.asked =
            Some(Asked { socket: sockets.add(AnySocket::Udp(socket)), server, token, at: now });
        self.due = now + ANSWER;
    }

    /// There is no server to ask now.
    pub(crate) fn postpone(&mut self, now: Instant) {
        self.due = now + self.pause;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }

    /// Does what is due; gives the time if somebody said it.
    pub(crate) fn tend(&mut self, sockets: &mut SocketSet<'_>, now: Instant) -> Option<TimeSeen> {
        let asked = self.asked.as_ref()?;
        let seen = asked.read(sockets.get_mut(asked.socket), now);
        if seen.is_none() && now < self.due {
            return None;
        }

        sockets.remove(asked.socket);
        self.asked = None;
        match seen {
            Some(_) => {
                self.pause = PAUSE_MIN;
                self.due = now + GOOD_PAUSE;
            }
            None => self.postpone(now),
        }
        seen
    }
}

impl Asked {
    fn read(&self, socket: &mut Socket<'_>, now: Instant) -> Option<TimeSeen> {
        while let Ok((bytes, from)) = socket.recv() {
            if udp::endpoint(from.endpoint) != (self.server, PORT) {
                continue;
            }
            let Some(sent_ns) = time_in(bytes, self.token) else { continue };
            // It was sent about half way between our question and now.
            let half_way_ns = (now - self.at).total_micros() * 1000 / 2;
            let monotonic_ns = now.total_micros() as u64 * 1000;
            return Some(TimeSeen { monotonic_ns, wall_ns: sent_ns + half_way_ns });
        }
        None
    }
}

/// The time in an answer that repeats `token`, in nanoseconds since 1970.
fn time_in(message: &[u8], token: [u8; 8]) -> Option<u64> {
    let message: &[u8; MESSAGE_BYTES] = message.get(..MESSAGE_BYTES)?.try_into().ok()?;
    let is_synchronised = message[0] >> 6 != 3;
    let is_server = message[0] & 7 == 4;
    // Stratum 0 is a server that wants not to be asked.
    let is_good = is_synchronised && is_server && (1..=15).contains(&message[1]);
    if !is_good || message[24..32] != token {
        return None;
    }

    let stamp = u64::from_be_bytes(message[40..48].try_into().ok()?);
    let (seconds, fraction) = (stamp >> 32, stamp & 0xffff_ffff);
    // In 2036 the count begins anew; what has its top bit clear is after that (§3).
    let era = if seconds >> 31 == 0 { 1 << 32 } else { 0 };
    let seconds = (seconds + era).checked_sub(SECONDS_1900_TO_1970)?;
    (stamp != 0).then(|| seconds * 1_000_000_000 + ((fraction * 1_000_000_000) >> 32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

    /// An answer of stratum 2 with the time 2020-01-01T00:00:00.5Z, as RFC 4330 lays it out.
    fn answer() -> [u8; 48] {
        let mut message = [0; 48];
        message[0] = 0b00_100_100;
        message[1] = 2;
        message[24..32].copy_from_slice(&TOKEN);
        message[40..44].copy_from_slice(&3_786_825_600_u32.to_be_bytes());
        message[44] = 0x80;
        message
    }

    #[test]
    fn a_good_answer_has_the_time() {
        assert_eq!(time_in(&answer(), TOKEN), Some(1_577_836_800_500_000_000));
    }

    #[test]
    fn the_count_begins_anew_in_2036() {
        let mut message = answer();
        message[40..48].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0]);

        assert_eq!(time_in(&message, TOKEN), Some(2_085_978_497_000_000_000));
    }

    #[test]
    fn an_answer_to_another_question_or_from_a_bad_server_is_none() {
        assert_eq!(time_in(&answer(), [0; 8]), None);
        assert_eq!(time_in(&answer()[..47], TOKEN), None);
        for (at, value) in [(0, 0b11_100_100), (0, 0b00_100_011), (1, 0), (1, 16)] {
            let mut message = answer();
            message[at] = value;
            assert_eq!(time_in(&message, TOKEN), None, "{at} {value}");
        }
    }
}
