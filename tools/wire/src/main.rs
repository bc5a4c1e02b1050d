//! The other end of the cable of QEMU's `-netdev stream`, as a program.
//!
//! Each frame is preceded by its length in four bytes, the first of them first, in both
//! directions. QEMU may listen or connect; so may this.

#![forbid(unsafe_code)]

use anyhow::{Context, Result, bail};
use clap::Parser;
use std::fmt::Arguments;
use std::io::{BufReader, Read, Write, stdout};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};
use wire::attack::{self, Target};
use wire::{Cable, DhcpMode, Faults, NamesMode, Peer, Random};

/// Frames that wait in this program; QEMU waits when there are more.
const FRAMES_MAX: usize = 256;
/// More than any frame; a length above it means that the two sides are out of step.
const FRAME_BYTES_MAX: usize = 65_536;
/// The longest wait for a frame, so that pings and floods go on.
const WAIT_MAX: Duration = Duration::from_millis(100);

/// How long an answer to a ping may take.
const PING_US: u64 = 1_000_000;

/// A machine with servers on the other end of QEMU's `-netdev stream`.
#[derive(Parser)]
struct Options {
    /// Where to wait for QEMU, as `127.0.0.1:0`; the address is printed.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
    /// Where QEMU waits, instead.
    #[arg(long, conflicts_with = "listen")]
    connect: Option<String>,
    /// For everything that is left to chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Of a thousand frames, how many are lost, and as many repeated, late and spoiled.
    #[arg(long, default_value_t = 0)]
    faults: u32,
    /// Seconds that an address is lent for; 0 is no DHCP.
    #[arg(long, default_value_t = 10)]
    lease: u32,
    /// Answer no questions for names.
    #[arg(long)]
    no_names: bool,
    /// Ping the machine so many times, one after the other, and print the shortest time.
    #[arg(long, default_value_t = 0)]
    pings: usize,
    /// Begin connections to this port without going on with them.
    #[arg(long)]
    flood: Option<u16>,
    /// How many of them in a second.
    #[arg(long, default_value_t = 1000)]
    rate: u64,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let stream = meet(&options)?;
    stream.set_nodelay(true)?;

    let (sender, frames) = sync_channel(FRAMES_MAX);
    let input = stream.try_clone()?;
    thread::spawn(move || {
        let mut input = BufReader::new(input);
        // The end of the stream is the end of the channel, and so of `serve`.
        while let Ok(frame) = read_frame(&mut input) {
            if sender.send(frame).is_err() {
                break;
            }
        }
    });
    Serving::new(options, stream).serve(&frames)
}

fn meet(options: &Options) -> Result<TcpStream> {
    if let Some(address) = &options.connect {
        return TcpStream::connect(address).with_context(|| format!("cannot reach {address}"));
    }
    let listener = TcpListener::bind(&options.listen)
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    say(format_args!("wire: waiting on {}", listener.local_addr()?));
    Ok(listener.accept()?.0)
}

/// Prints a line, if anybody still reads.
fn say(line: Arguments<'_>) {
    let _ = writeln!(stdout(), "{line}");
}

fn read_frame(input: &mut impl Read) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length > FRAME_BYTES_MAX {
        bail!("a frame of {length} bytes");
    }
    let mut frame = vec![0; length];
    input.read_exact(&mut frame)?;
    Ok(frame)
}

/// The peer, its cable, and what it was told to do.
struct Serving {
    options: Options,
    stream: TcpStream,
    peer: Peer,
    up: Cable,
    down: Cable,
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
    fn new(options: Options, stream: TcpStream) -> Self {
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
            stream,
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

    fn serve(mut self, frames: &Receiver<Vec<u8>>) -> Result<()> {
        let mut wait = Duration::ZERO;
        loop {
            match frames.recv_timeout(wait) {
                Ok(frame) => self.take(&frame),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            frames.try_iter().for_each(|frame| self.take(&frame));

            let due_us = self.go_on()?;
            wait = Duration::from_micros(due_us.saturating_sub(self.now_us())).min(WAIT_MAX);
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
            say(format_args!("wire: the machine is {}", Ipv4Addr::from(address)));
        }
    }

    /// Does what is due, and says when something else is.
    fn go_on(&mut self) -> Result<u64> {
        let now_us = self.now_us();
        while let Some(frame) = self.up.receive(now_us) {
            self.peer.receive(frame);
        }
        let mut due_us = self.ping_and_flood(now_us);
        due_us = due_us.min(self.peer.poll(now_us).unwrap_or(u64::MAX));
        while let Some(frame) = self.peer.take_sent() {
            self.down.send(&frame, now_us);
        }
        while let Some(frame) = self.down.receive(now_us) {
            self.stream.write_all(&(frame.len() as u32).to_be_bytes())?;
            self.stream.write_all(&frame)?;
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
            say(format_args!("wire: {answered} pings answered, the fastest in {min_us} us"));
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
