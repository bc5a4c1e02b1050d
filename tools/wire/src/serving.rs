//! The peer on a stream of frames, with the clock of the host.
//!
//! Each frame is preceded by its length in four bytes, the first of them first, in both
//! directions, as with QEMU's `-netdev stream`.

use crate::attack::{self, Target};
use crate::{Cable, DhcpMode, Faults, NamesMode, Peer, Random};
use clap::Args;
use std::fmt::Arguments;
use std::io::{self, BufReader, Read, Write, stdout};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Frames that wait in this program; QEMU waits when there are more.
const FRAMES_MAX: usize = 256;
/// More than any frame; a length above it means that the two sides are out of step.
const FRAME_BYTES_MAX: usize = 65_536;
/// The longest wait for a frame, so that pings and floods go on.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// How long an answer to a ping may take.
const PING_US: u64 = 1_000_000;

/// What the peer is told to do.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// For everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Of a thousand frames, how many are lost, and as many repeated, late and spoiled.
    #[arg(long, default_value_t = 0)]
    pub faults: u32,
    /// Seconds that an address is lent for; 0 is no DHCP.
    #[arg(long, default_value_t = 10)]
    pub lease: u32,
    /// Answer no questions for names.
    #[arg(long)]
    pub no_names: bool,
    /// Ping the machine so many times, one after the other, and print the shortest time.
    #[arg(long, default_value_t = 0)]
    pub pings: usize,
    /// Begin connections to this port without going on with them.
    #[arg(long)]
    pub flood: Option<u16>,
    /// How many of them in a second.
    #[arg(long, default_value_t = 1000)]
    pub rate: u64,
    /// Print nothing.
    #[arg(skip)]
    pub is_quiet: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            faults: 0,
            lease: 10,
            no_names: false,
            pings: 0,
            flood: None,
            rate: 1000,
            is_quiet: true,
        }
    }
}

/// A peer that waits for a machine on a port of the host, in a thread that ends with the
/// machine's.
pub struct Wire {
    /// Where it waits.
    pub address: SocketAddr,
    serving: Arc<Mutex<Serving>>,
}

impl Wire {
    /// Begins to wait on any port.
    ///
    /// # Errors
    ///
    /// The host has no port for it.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let serving = Arc::new(Mutex::new(Serving::new(options)));
        let shared = Arc::clone(&serving);
        // A machine that goes away in the midst of a frame is no error of a test's.
        thread::spawn(move || listener.accept().and_then(|(stream, _)| serve(&shared, stream)));
        Ok(Self { address, serving })
    }

    /// Calls `body` with the peer, between two frames.
    pub fn with<R>(&self, body: impl FnOnce(&mut Serving) -> R) -> R {
        body(&mut self.serving.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Serves the machine on `stream` until it goes away.
///
/// # Errors
///
/// What the stream says.
pub fn serve(serving: &Mutex<Serving>, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (sender, frames) = sync_channel(FRAMES_MAX);
    let mut input = BufReader::new(stream.try_clone()?);
    thread::spawn(move || {
        // The end of the stream is the end of the channel, and so of what reads it.
        while let Ok(frame) = read_frame(&mut input) {
            if sender.send(frame).is_err() {
                break;
            }
        }
    });
    let mut wait = Duration::ZERO;
    while let Some(first) = next(&frames, wait) {
        let mut serving = serving.lock().unwrap_or_else(PoisonError::into_inner);
        first.into_iter().chain(frames.try_iter()).for_each(|frame| serving.take(&frame));
        let due_us = serving.go_on(&mut stream)?;
        wait = Duration::from_micros(due_us.saturating_sub(serving.now_us())).min(WAIT_MAX);
    }
    Ok(())
}

/// The next frame, if one comes in time; `None` at the end of all.
#[expect(clippy::option_option, reason = "one for a frame, one for the end")]
fn next(frames: &Receiver<Vec<u8>>, wait: Duration) -> Option<Option<Vec<u8>>> {
    match frames.recv_timeout(wait) {
        Ok(frame) => Some(Some(frame)),
        Err(RecvTimeoutError::Timeout) => Some(None),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

fn read_frame(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    input.read_exact(&mut frame)?;
    Ok(frame)
}

/// The peer, its cable, and what it was told to do.
pub struct Serving {
    options: Options,
    /// The machine on this side.
    pub peer: Peer,
    /// From the other machine.
    pub up: Cable,
    /// To the other machine.
    pub down: Cable,
    random: Random,
    start: Instant,
    /// Who the machine is, once it has said something.
    machine: Option<([u8; 6], Ipv4Addr)>,
    flooded: u64,
    /// Pings that were answered when the last one was sent, and when to send it again.
    pinged: usize,
    ping_at_us: u64,
}

impl Serving {
    /// One that has met nobody yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let mut peer = Peer::new(options.seed);
        if options.lease == 0 {
            peer.dhcp = DhcpMode::Silent;
        } else {
            peer.dhcp = DhcpMode::Lends { seconds: options.lease };
        }
        if options.no_names {
            peer.names = NamesMode::Silent;
        }
        let cable = |seed| {
            let mut cable = Cable::new(0, seed);
            cable.faults = Faults::all(options.faults);
            cable
        };
        let (up, down) = (cable(options.seed), cable(options.seed + 1));
        let random = Random::new(options.seed);
        let start = Instant::now();
        Self {
            options,
            peer,
            up,
            down,
            random,
            start,
            machine: None,
            flooded: 0,
            pinged: 0,
            ping_at_us: 0,
        }
    }

    /// Prints a line, if anybody still reads.
    fn say(&self, line: Arguments<'_>) {
        if !self.options.is_quiet {
            let _ = writeln!(stdout(), "{line}");
        }
    }

    fn now_us(&self) -> u64 {
        self.start.elapsed().as_micros() as u64
    }

    fn take(&mut self, frame: &[u8]) {
        self.meet_machine(frame);
        let now_us = self.now_us();
        self.up.send(frame, now_us);
    }

    /// Notes who the machine is from the first ARP or IP frame with an address of it.
    fn meet_machine(&mut self, frame: &[u8]) {
        let Some(source) = frame.get(6..12) else { return };
        let address = match frame.get(12..14) {
            Some([8, 0]) => frame.get(26..30),
            Some([8, 6]) => frame.get(28..32),
            _ => None,
        };
        let Some(Ok(address)) = address.map(<[u8; 4]>::try_from) else { return };
        if self.machine.is_none() && address != [0; 4] {
            let source = source.try_into().expect("six bytes were taken");
            self.machine = Some((source, address.into()));
            self.say(format_args!("wire: the machine is {}", Ipv4Addr::from(address)));
        }
    }

    /// Does what is due, and says when something else is.
    fn go_on(&mut self, stream: &mut TcpStream) -> io::Result<u64> {
        let now_us = self.now_us();
        while let Some(frame) = self.up.receive(now_us) {
            self.peer.receive(frame);
        }
        // What it sends from here on, it sends now.
        self.peer.poll(now_us);
        let mut due_us = self.ping_and_flood(now_us);
        due_us = due_us.min(self.peer.poll(now_us).unwrap_or(u64::MAX));
        while let Some(frame) = self.peer.take_sent() {
            self.down.send(&frame, now_us);
        }
        while let Some(frame) = self.down.receive(now_us) {
            stream.write_all(&(frame.len() as u32).to_be_bytes())?;
            stream.write_all(&frame)?;
        }
        let under_way = [self.up.due_us(), self.down.due_us()];
        Ok(under_way.into_iter().flatten().fold(due_us, u64::min))
    }

    fn ping_and_flood(&mut self, now_us: u64) -> u64 {
        let Some((adapter, address)) = self.machine else { return u64::MAX };
        let answered = self.peer.round_trips_us.len();
        if answered < self.options.pings && (answered > self.pinged || now_us >= self.ping_at_us) {
            self.pinged = answered;
            self.ping_at_us = now_us + PING_US;
            self.peer.ping(address);
        } else if answered > 0 && answered == self.options.pings {
            let min_us = self.peer.round_trips_us.iter().min().expect("there was one");
            self.say(format_args!("wire: {answered} pings answered, the fastest in {min_us} us"));
            self.options.pings = 0;
        }

        let Some(port) = self.options.flood else { return u64::MAX };
        while self.flooded * 1_000_000 < now_us * self.options.rate {
            let target = Target { adapter, address, port };
            self.down.send(&attack::beginning(target, &mut self.random), now_us);
            self.flooded += 1;
        }
        now_us + 1_000_000 / self.options.rate.max(1)
    }
}
