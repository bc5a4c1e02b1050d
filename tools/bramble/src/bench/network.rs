//! What the network takes: instructions of each KiB, which the kernel counts while it is awake, and
//! by the clock how fast it is and how soon it answers.
//!
//! An adapter cannot be emulated twice in the same way, so that the figures differ a little from run
//! to run. With one instruction a nanosecond and time that stands still for nobody, what is counted
//! is what the core did between its sleeps.

use super::told::Told;
use super::{counted, programs, wall};
use crate::image::Image;
use crate::process::Progress;
use anyhow::{Context, ensure};
use kernel_core::bundle::{App, Service};
use qemu::{Board, Forward, Machine, Network, Qemu};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use wire::{Options, Wire};

/// How many steps [`count`] takes.
pub(super) const STEPS: usize = 2;

/// Gives, takes, or ends, as it is asked.
const SERVE: &str = include_str!("../../bench/micro/serve.wat");
const PORT: u16 = 8080;

const MIB: u64 = 1 << 20;
/// What is moved at a time.
const BYTES: u64 = 8 * MIB;

/// Pings of which the fastest counts.
const PINGS: usize = 20;

/// Far more than anything here takes.
const LIMIT: Duration = Duration::from_secs(120);

/// What a clock gave.
#[derive(Debug, Default)]
pub(super) struct Speeds {
    /// Megabytes a second from an app to the host, of each run.
    pub(super) sent: Vec<f64>,
    /// From the host to the app.
    pub(super) received: Vec<f64>,
    /// Milliseconds of the fastest ping of each run, from a peer on the board's wire.
    pub(super) pings_ms: Vec<f64>,
}

/// Instructions of the core and of the adapter's address.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Instructions for each KiB that an app sends.
    pub(super) sent_instructions: u64,
    /// For each KiB that it receives.
    pub(super) received_instructions: u64,
    /// Nanoseconds from the kernel's entry to the address, with an adapter alone on the bus.
    pub(super) address_ns: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Give = 0,
    Take = 1,
    End = 2,
}

/// Counts both directions.
///
/// # Errors
///
/// QEMU is missing, or the board did not do as it was asked.
pub(super) fn count(image: &Image, progress: &Progress) -> anyhow::Result<Counts> {
    let server = Server::new(image)?;
    progress.step("instructions of sending");
    let (sent_instructions, address_ns) = server.count(Order::Give)?;
    progress.step("instructions of receiving");
    let (received_instructions, _) = server.count(Order::Take)?;
    Ok(Counts { sent_instructions, received_instructions, address_ns })
}

/// Measures `runs` of each by the clock.
///
/// # Errors
///
/// As for [`count`].
pub(super) fn measure(image: &Image, runs: u32) -> anyhow::Result<Speeds> {
    let server = Server::new(image)?;
    let mut speeds = Speeds::default();
    for _ in 0..runs {
        let board = server.boot(&[])?;
        speeds.sent.push(board.megabytes_a_second(Order::Give)?);
        speeds.received.push(board.megabytes_a_second(Order::Take)?);
        speeds.pings_ms.push(server.fastest_ping_ms()?);
    }
    Ok(speeds)
}

/// The kernel with the server alone.
struct Server {
    path: PathBuf,
    /// Goes with it.
    _folder: TempDir,
}

impl Server {
    fn new(image: &Image) -> anyhow::Result<Self> {
        let module = wat::parse_str(SERVE)?;
        let port = PORT.to_string();
        let app = App {
            uses: vec![Service::Wasi, Service::Net],
            listens: vec![&port],
            ..programs::app("serve", &module)
        };
        let folder = tempfile::tempdir()?;
        let path = counted::pack(image, vec![app], folder.path())?;
        Ok(Self { path, _folder: folder })
    }

    /// Boots on QEMU's own network, and waits for the address.
    fn boot(&self, options: &[&str]) -> anyhow::Result<Served> {
        let host_port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let network = Network::default().forward([Forward { host_port, board_port: PORT }]);
        let machine = Machine::new(Board::Raspi3b, &self.path).network(&network);
        let qemu = machine.options(options.iter().copied()).boot()?;
        wall::wait_for(&qemu, "net: address ")?;
        Ok(Served { qemu, host_port })
    }

    /// Instructions for each KiB, and nanoseconds until the address.
    fn count(&self, order: Order) -> anyhow::Result<(u64, u64)> {
        let (little, address_ns) = self.least_awake_ns(order, MIB)?;
        let (much, _) = self.least_awake_ns(order, MIB + BYTES)?;
        Ok((much.saturating_sub(little) / (BYTES / 1024), address_ns))
    }

    /// Of some runs the least: what a busy host makes late is repeated.
    fn least_awake_ns(&self, order: Order, length: u64) -> anyhow::Result<(u64, u64)> {
        let (awake, address) = self.awake_ns(order, length)?;
        let (again, address_again) = self.awake_ns(order, length)?;
        Ok((awake.min(again), address.min(address_again)))
    }

    /// How long the core was awake until the server ended that moved so much, and when the board
    /// had its address.
    fn awake_ns(&self, order: Order, length: u64) -> anyhow::Result<(u64, u64)> {
        let board = self.boot(&["-icount", "shift=0", "-append", "bramble.bench=0"])?;
        board.ask(order, length)?;
        board.ask(Order::End, 0)?;
        let console = wall::wait_for(&board.qemu, "kernel: all apps have ended")?;
        let awake = Told(&console).awake_ns()?;
        let address: f64 = after(&console, "/24, ")?.parse()?;
        Ok((awake, (address * 1e6) as u64))
    }

    fn fastest_ping_ms(&self) -> anyhow::Result<f64> {
        let wire = Wire::start(Options { pings: PINGS, ..Options::default() })?;
        let machine = Machine::new(Board::Raspi3b, &self.path).wire(wire.address);
        let qemu = machine.boot()?;
        let begun = Instant::now();
        loop {
            let trips = wire.with(|serving| serving.peer.round_trips_us.clone());
            if trips.len() >= PINGS {
                return Ok(*trips.iter().min().context("nobody was pinged")? as f64 / 1000.0);
            }
            wall::pause(&qemu, begun)?;
        }
    }
}

/// A board that serves.
struct Served {
    qemu: Qemu,
    host_port: u16,
}

impl Served {
    fn megabytes_a_second(&self, order: Order) -> anyhow::Result<f64> {
        let begun = Instant::now();
        self.ask(order, BYTES)?;
        Ok(BYTES as f64 / 1e6 / begun.elapsed().as_secs_f64())
    }

    /// Has so many bytes moved, all of them until this returns.
    fn ask(&self, order: Order, length: u64) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.host_port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.write_all(&[order as u8])?;
        stream.write_all(&length.to_le_bytes())?;
        if order == Order::Take {
            let bytes = vec![0; length as usize];
            stream.write_all(&bytes)?;
            stream.shutdown(Shutdown::Write)?;
        }
        let expected = match order {
            Order::Give => length,
            Order::Take => 1,
            Order::End => 0,
        };
        let received = receive_all(&mut stream)?;
        ensure!(received == expected, "{received} bytes came of {expected}");
        Ok(())
    }
}

/// How much comes until the end.
fn receive_all(stream: &mut TcpStream) -> anyhow::Result<u64> {
    let mut buffer = vec![0; MIB as usize];
    let mut received = 0;
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(received),
            Ok(count) => received += count as u64,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The word on the console after `text`.
fn after<'a>(console: &'a str, text: &str) -> anyhow::Result<&'a str> {
    let (_, rest) = console.split_once(text).with_context(|| format!("no `{text}` was said"))?;
    Ok(rest.split_whitespace().next().unwrap_or_default())
}
