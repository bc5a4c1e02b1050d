//! The network: one machine on whatever adapter the USB bus has, and the apps on it.
//!
//! Nothing waits for it. Apps call it in their turns, and none of these calls waits; frames come
//! and go, and what is due is done, in [`look_after`], which every core calls between turns. If
//! core 0 sleeps meanwhile and what is due next is due earlier than before, it is woken to see to
//! that.

mod app;
#[cfg(feature = "shell")]
mod shown;

use crate::apps::Apps;
use crate::arch::timer;
use crate::{boards, boot_table, usb, wall};
pub(crate) use app::AppNetwork;
use core::net::Ipv4Addr;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use device::{Ethernet, Frame, Link};
use kernel_core::date::Date;
use kernel_core::ledger::Milliseconds;
use runtime::Events;
use service_net::{Net, Settings};
#[cfg(feature = "shell")]
pub(crate) use shown::{ping, show};
use spin::{Mutex, MutexGuard, Once};

const NEVER: u64 = u64::MAX;

/// How long a board that is to be turned off waits for others to hear what its apps sent.
const DELIVERY_MAX_NS: u64 = 5_000_000_000;

static MACHINE: Once<Mutex<Machine>> = Once::new();

/// A frame may have come, or an app's call may have made one to send, and nobody has looked since.
static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// A core sees to it now, and does so again if it is wanted meanwhile; the others need not wait.
static IS_SEEN_TO: AtomicBool = AtomicBool::new(false);

/// When something is due.
static DUE_NS: AtomicU64 = AtomicU64::new(0);

/// What frames held that came and went.
static RECEIVED_BYTES: AtomicU64 = AtomicU64::new(0);
static SENT_BYTES: AtomicU64 = AtomicU64::new(0);

fn count(bytes: &AtomicU64, frame: &Frame) {
    bytes.fetch_add(frame.len() as u64, Ordering::Relaxed);
}

/// What came from the network and went there since power-on.
#[cfg(feature = "system")]
pub(crate) fn carried_bytes() -> [u64; 2] {
    [&RECEIVED_BYTES, &SENT_BYTES].map(|bytes| bytes.load(Ordering::Relaxed))
}

/// The machine on its network, and what the log says of it.
struct Machine {
    net: Net,
    address: Option<Ipv4Addr>,
    has_time: bool,
    /// Whom the shell's `ping` has asked, once the name is known.
    #[cfg(feature = "shell")]
    asked: Option<Ipv4Addr>,
}

/// The adapter on the bus, if there is one.
struct Adapter;

impl Ethernet for Adapter {
    fn link(&self) -> Option<Link> {
        usb::bus()?.link()
    }

    fn receive(&self) -> Option<Frame> {
        let frame = usb::bus()?.receive();
        frame.iter().for_each(|frame| count(&RECEIVED_BYTES, frame));
        frame
    }

    fn reserve(&self) -> Option<Frame> {
        usb::bus()?.reserve()
    }

    fn send(&self, frame: Frame) {
        if let Some(bus) = usb::bus() {
            count(&SENT_BYTES, &frame);
            bus.send(frame);
        }
    }

    fn give_back(&self, frame: Frame) {
        if let Some(bus) = usb::bus() {
            bus.give_back(frame);
        }
    }
}

/// Tells the machine what the image or the card says of its network.
pub(crate) fn configure(settings: &[(&str, &str)]) {
    match Settings::read(settings) {
        Ok(settings) => lock().net.configure(settings),
        Err(place) => {
            let (key, text) = settings[place];
            log::warn!("net: {key} cannot be `{text}`; the defaults hold");
        }
    }
}

/// The board's address, while it has one.
#[cfg(feature = "display")]
pub(crate) fn address() -> Option<service_net::Address> {
    lock().net.address().cloned()
}

/// Says that there may be something to see to.
pub(crate) fn want() {
    IS_WANTED.store(true, Ordering::SeqCst);
}

/// Whether there may be something to see to, and nobody does.
pub(crate) fn is_wanted() -> bool {
    IS_WANTED.load(Ordering::SeqCst) && !IS_SEEN_TO.load(Ordering::SeqCst)
}

/// Sees to the network, and tells when to do so again if nobody wants it before.
pub(crate) fn look_after(apps: &Apps) -> Option<u64> {
    /// Then another core can go on.
    const ROUNDS_MAX: usize = 4;

    for _ in 0..ROUNDS_MAX {
        let is_due = timer::now_ns() >= DUE_NS.load(Ordering::Relaxed);
        if !(is_wanted() || is_due) || IS_SEEN_TO.swap(true, Ordering::SeqCst) {
            break;
        }
        poll(apps);
        IS_SEEN_TO.store(false, Ordering::SeqCst);
    }
    if is_wanted() {
        apps.wake_deputy();
    }
    Some(DUE_NS.load(Ordering::Relaxed)).filter(|&due_ns| due_ns < NEVER)
}

/// Waits until what apps sent before they ended has arrived, since the board is to be turned off.
pub(crate) fn deliver(apps: &Apps) {
    let limit_ns = timer::now_ns() + DELIVERY_MAX_NS;
    while lock().net.is_delivering() && timer::now_ns() < limit_ns {
        usb::look_after();
        look_after(apps);
    }
}

fn poll(apps: &Apps) {
    IS_WANTED.store(false, Ordering::SeqCst);
    let was_due_ns = DUE_NS.load(Ordering::Relaxed);
    let mut machine = lock();
    let next = machine.net.poll(timer::now_ns());
    machine.tell();
    drop(machine);

    let due_ns = next.at_ns.unwrap_or(NEVER);
    DUE_NS.store(due_ns, Ordering::Relaxed);
    if next.has_news {
        apps.fire(Events::NETWORK);
    }
    if due_ns < was_due_ns && boards::this_core() != 0 {
        boards::wake(0);
    }
}

/// The one place that waits for the lock, which would take much room in each of its callers.
#[inline(never)]
fn lock() -> MutexGuard<'static, Machine> {
    machine().lock()
}

fn machine() -> &'static Mutex<Machine> {
    MACHINE.call_once(|| {
        let net = Net::new(&Adapter, &crate::random::RANDOM, Settings::default());
        Mutex::new(Machine {
            net,
            address: None,
            has_time: false,
            #[cfg(feature = "shell")]
            asked: None,
        })
    })
}

impl Machine {
    /// Says on the log what has changed.
    fn tell(&mut self) {
        let address = self.net.address();
        let own = address.map(|address| address.own);
        if own != self.address {
            self.address = own;
            match address {
                Some(address) => tell_of(address),
                None => log::info!("net: the address is lost"),
            }
        }
        if let Some(seen) = self.net.take_time() {
            wall::correct(seen.monotonic_ns, seen.wall_ns);
            if !core::mem::replace(&mut self.has_time, true) {
                log::info!("net: it is {}", Date { unix_s: seen.wall_ns / 1_000_000_000 });
            }
        }
    }
}

fn tell_of(address: &service_net::Address) {
    static IS_FIRST: AtomicBool = AtomicBool::new(true);

    let since_entry_ns = boot_table::since_entry_ns();
    log::info!(
        "net: address {}/{}, {:.2} ms after kernel entry",
        address.own,
        address.prefix_bits,
        Milliseconds(since_entry_ns)
    );
    if IS_FIRST.swap(false, Ordering::Relaxed) {
        boot_table::add("network address", since_entry_ns);
        boot_table::add("USB's delays in it", usb::paused_ns());
    }
}
