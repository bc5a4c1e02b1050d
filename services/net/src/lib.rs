//! The network: TCP/IP over any adapter, with addresses by DHCP or fixed, names, the time, and
//! sockets for apps.
//!
//! [`Net`] is one machine on one network. Whoever owns it calls [`Net::poll`] when the adapter
//! has something, when it asked to be called, and soon after every other call that may have made
//! something to send. Nothing in here waits: what cannot be done yet is [`Errno::Again`], and
//! [`Next::has_news`] tells when it is worth trying again. Frames come from [`device::Ethernet`],
//! which may be unplugged at any time.
//!
//! smoltcp does TCP/IP itself. Bounds, all of which hold whatever the network does:
//! [`SOCKETS_MAX`], [`SOCKETS_PER_APP_MAX`], [`HALF_OPEN_MAX`], [`READY_MAX`], [`ENDING_MAX`],
//! [`BUFFER_BYTES`], [`NAMES_MAX`], [`QUESTIONS_MAX`].

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod adapter;
mod backlog;
mod datagrams;
mod dhcp;
mod draw;
mod lease;
mod message;
mod names;
mod ping;
mod rights;
mod settings;
mod sockets;
mod stream;
mod table;
mod time;
mod udp;

pub use backlog::{HALF_OPEN_MAX, READY_MAX};
pub use lease::Address;
pub use names::{NAMES_MAX, QUESTIONS_MAX};
pub use ping::Ping;
pub use rights::{Client, Hosts, Reach, Rights, parse_ports};
pub use settings::Settings;
pub use sockets::Readiness;
pub use stream::BUFFER_BYTES;
pub use table::{ENDING_MAX, SOCKETS_MAX, SOCKETS_PER_APP_MAX, SocketId};
pub use time::TimeSeen;
pub use udp::DATAGRAM_BYTES_MAX;

use abi::Errno;
use adapter::Adapter;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use backlog::{Beginning, Memory};
use core::net::Ipv4Addr;
use device::{Ethernet, Link, Rng};
use draw::Draw;
use lease::Lease;
use names::Names;
use ping::Pinger;
use smoltcp::iface::{Config, Interface, PollResult, SocketSet};
use smoltcp::time::{Duration, Instant};
use smoltcp::wire::EthernetAddress;
use table::Table;
use time::TimeClient;

/// Frames that one [`Net::poll`] reads, so that it ends.
pub const FRAMES_PER_POLL_MAX: usize = 64;

/// When there is something to send and no frame to send it in.
const ADAPTER_BUSY: Duration = Duration::from_millis(1);
/// Later than anything that is due.
const NEVER: Instant = Instant::from_micros_const(i64::MAX);
/// Until an adapter says what its address is; locally administered.
const NO_ADDRESS: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 0]);

/// What [`Net::poll`] has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// When to poll again even if nothing happens.
    pub at_ns: Option<u64>,
    /// Whether what was [`Errno::Again`] may be something else now.
    pub has_news: bool,
}

/// One machine on one network.
pub struct Net {
    adapter: Adapter,
    link: Option<Link>,
    interface: Interface,
    sockets: SocketSet<'static>,
    lease: Lease,
    /// Whether the address comes from DHCP.
    is_lent: bool,
    names: Names,
    time: TimeClient,
    time_server: Option<String>,
    time_seen: Option<TimeSeen>,
    pinger: Pinger,
    table: Table,
    memory: Memory,
    draw: Draw,
    now: Instant,
}

impl Net {
    /// A machine that uses `adapter`, now or when it is plugged in.
    #[must_use]
    pub fn new(
        adapter: &'static dyn Ethernet,
        random: &'static dyn Rng,
        settings: Settings,
    ) -> Self {
        let draw = Draw(random);
        let mut adapter = Adapter::new(adapter);
        let mut config = Config::new(NO_ADDRESS.into());
        config.random_seed = u64::from_le_bytes(draw.bytes());
        let mut interface = Interface::new(config, &mut adapter, Instant::ZERO);
        let is_lent = settings.address.is_none();
        let lease = Lease::new(settings.address, &mut interface);
        Self {
            adapter,
            link: None,
            interface,
            sockets: SocketSet::new(vec![]),
            lease,
            is_lent,
            names: Names::default(),
            time: TimeClient::new(),
            time_server: settings.time_server,
            time_seen: None,
            pinger: Pinger::new(),
            table: Table::default(),
            memory: Memory::new(u64::from_le_bytes(draw.bytes())),
            draw,
            now: Instant::ZERO,
        }
    }

    /// Does as `settings` say from now on, with another address than before. For one who hears
    /// of them late: connections are not carried over.
    pub fn configure(&mut self, settings: Settings) {
        self.is_lent = settings.address.is_none();
        self.lease = Lease::new(settings.address, &mut self.interface);
        self.time_server = settings.time_server;
        // An adapter that is there already is told to the new lease.
        self.link = None;
    }

    /// Handles what came, sends what there is to send, and does what is due.
    pub fn poll(&mut self, now_ns: u64) -> Next {
        self.set_now(now_ns);
        self.follow_link();

        let (mut has_news, has_more) = self.read_frames();
        has_news |= self.tend();
        has_news |= self.send_frames();

        let due = if has_more { self.now } else { self.due() };
        let at_ns = (due != NEVER).then(|| due.total_micros().max(0) as u64 * 1000);
        Next { at_ns, has_news }
    }

    /// Whether an adapter is there and connected.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.link.is_some_and(|link| link.is_up)
    }

    /// The adapter, while there is one.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        self.link
    }

    /// The machine's address, while it has one.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        self.lease.address()
    }

    /// Whether something is still under way that apps sent before they closed their connections. It
    /// is not for ever: what cannot be delivered is given up.
    #[must_use]
    pub fn is_delivering(&self) -> bool {
        self.is_up() && self.table.is_under_way(&self.sockets)
    }

    /// How many sockets there are, for apps or for questions of the machine's own; for measures.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.sockets.iter().count()
    }

    /// What the time was when a server last said it; asked for once, and then gone.
    pub fn take_time(&mut self) -> Option<TimeSeen> {
        self.time_seen.take()
    }

    /// Asks whether `to` is there; [`Net::pinged`] tells.
    pub fn ping(&mut self, to: Ipv4Addr, now_ns: u64) {
        self.set_now(now_ns);
        self.pinger.ask(&mut self.sockets, to, self.draw.word(), self.now);
    }

    /// How the last [`Net::ping`] went.
    #[must_use]
    pub fn pinged(&self) -> Ping {
        self.pinger.result()
    }

    /// The addresses of `name` for the machine itself.
    ///
    /// # Errors
    ///
    /// [`Errno::Again`] while it is asked for, [`Errno::NoEntry`] if it has none,
    /// [`Errno::TimedOut`] if nobody answered, [`Errno::Invalid`] if it is no name.
    pub fn resolve(&mut self, name: &str, now_ns: u64) -> Result<Vec<Ipv4Addr>, Errno> {
        self.set_now(now_ns);
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Ok(address) = name.parse() {
            return Ok(vec![address]);
        }
        if !message::is_name(name) {
            return Err(Errno::Invalid);
        }
        self.names.resolve(name, self.now)
    }

    /// The addresses of `name` for `client`, which may then reach them.
    ///
    /// # Errors
    ///
    /// As [`Net::resolve`], and [`Errno::Access`] if the app may not reach `name`.
    pub fn resolve_for(
        &mut self,
        client: &mut Client,
        name: &str,
        now_ns: u64,
    ) -> Result<Vec<Ipv4Addr>, Errno> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.parse::<Ipv4Addr>().is_err() && !client.may_resolve(name) {
            return Err(Errno::Access);
        }
        let addresses = self.resolve(name, now_ns)?;
        client.found(name, &addresses);
        Ok(addresses)
    }

    fn set_now(&mut self, now_ns: u64) {
        // Whoever calls may read the clock on another core, a little behind.
        self.now = self.now.max(Instant::from_micros((now_ns / 1000) as i64));
    }

    /// Takes note of adapters and wires that come and go.
    fn follow_link(&mut self) {
        let link = self.adapter.driver.link();
        let before = core::mem::replace(&mut self.link, link);
        let Some(link) = link else { return };
        let address = own_address(link);
        self.interface.set_hardware_addr(address.into());
        let was_up = before.is_some_and(|before| before.is_up && before.address == link.address);
        if link.is_up && !was_up && self.is_lent {
            self.lease.connected(&mut self.interface, address.0, self.now);
        }
    }

    /// Says whether there is news, and whether there may be more frames.
    fn read_frames(&mut self) -> (bool, bool) {
        let mut has_news = false;
        for _ in 0..FRAMES_PER_POLL_MAX {
            if !self.adapter.can_send() {
                return (has_news, false);
            }
            let Some(frame) = self.adapter.take() else { return (has_news, false) };
            if let Some(message) = dhcp::message_in(frame) {
                let Self { lease, interface, now, .. } = self;
                has_news |= message.is_some_and(|message| lease.hear(interface, message, *now));
                self.adapter.skip();
                continue;
            }
            let beginning = Beginning::in_frame(frame);
            if !self.is_up() || !beginning.is_none_or(|beginning| self.admits(&beginning)) {
                self.adapter.skip();
                continue;
            }
            self.interface.poll_ingress_single(self.now, &mut self.adapter, &mut self.sockets);
            has_news = true;
        }
        (has_news, true)
    }

    fn admits(&mut self, beginning: &Beginning) -> bool {
        self.table.admits(beginning, &mut self.sockets, &mut self.memory, self.now)
    }

    /// Does everything that is due above TCP/IP.
    fn tend(&mut self) -> bool {
        let is_up = self.is_up();
        let Self { adapter, interface, sockets, lease, names, draw, now, .. } = self;
        let mut has_news = is_up && lease.tend(interface, adapter, draw, *now);
        let address = lease.address();
        let servers = address.map_or(&[][..], |address| &address.name_servers);
        has_news |= names.tend(sockets, servers, draw, *now);
        let own = address.map(|address| address.own);
        has_news |= self.table.tend(interface, sockets, own, draw, *now);
        has_news |= self.pinger.tend(sockets, *now);
        has_news | self.tend_time()
    }

    fn tend_time(&mut self) -> bool {
        if let Some(seen) = self.time.tend(&mut self.sockets, self.now) {
            self.time_seen = Some(seen);
            return true;
        }
        let Some(server) = self.time_server.clone() else { return false };
        if self.address().is_none() || !self.time.wants_to_ask(self.now) {
            return false;
        }
        match self.resolve(&server, 0) {
            Ok(addresses) => {
                self.time.ask(&mut self.sockets, addresses[0], &self.draw, self.now);
            }
            Err(Errno::Again) => {}
            Err(_) => self.time.postpone(self.now),
        }
        false
    }

    fn send_frames(&mut self) -> bool {
        let mut has_news = false;
        while self.is_up() {
            let result = self.interface.poll_egress(self.now, &mut self.adapter, &mut self.sockets);
            if result == PollResult::None {
                break;
            }
            has_news = true;
        }
        has_news
    }

    /// When something is due, which may be already.
    fn due(&mut self) -> Instant {
        let due = self.names.due().min(self.pinger.due()).min(self.table.due());
        if !self.is_up() {
            return due;
        }

        let mut sending = self.interface.poll_at(self.now, &self.sockets).unwrap_or(NEVER);
        sending = sending.min(self.lease.due());
        if !self.adapter.can_send() {
            sending = sending.max(self.now + ADAPTER_BUSY);
        }
        let asks_time = self.time_server.is_some() && self.address().is_some();
        // A time server whose name is asked for is due with that.
        if asks_time && self.time.due() > self.now {
            sending = sending.min(self.time.due());
        }
        due.min(sending)
    }
}

/// The adapter's address, or one like it: no machine may send as a group of others.
fn own_address(link: Link) -> EthernetAddress {
    let mut address = link.address;
    address[0] &= !1;
    EthernetAddress(address)
}
