//! USB from the host's side: devices come and go, and what they are good for is here.
//!
//! [`Usb`] needs a [`host::Host`], which is a driver of its own. Whoever drives it calls
//! [`Usb::poll`] after each interrupt of the host controller, and when the time comes that the
//! last call asked for. Nothing waits inside. The network adapter is a [`device::Ethernet`], and
//! keyboards, mice and tablets are one [`device::InputSource`]; [`Usb::set_lights`] is what goes to
//! keyboards.
//!
//! One manager, which is a future, brings devices up and takes hubs' changes in, one request
//! after the other. Between them, `state` moves frames and listens to what has been brought up.
//!
//! Sources: *Universal Serial Bus Specification*, revision 2.0; *CDC 1.2* and *CDC ECM 1.2*;
//! *HID 1.11*.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "testing"))]
extern crate std;

pub mod configuration;
pub mod descriptor;
mod device;
mod enumerate;
mod error;
mod frames;
pub mod hid;
pub mod host;
mod hub;
mod lights;
mod manage;
mod news;
mod request;
mod ring;
mod state;
#[cfg(feature = "testing")]
pub mod testing;

pub use error::UsbError;
pub use frames::{FRAME_MEMORY_BYTES, RECEIVED_MAX, SENDING_MAX};
pub use news::{News, Report};

use alloc::boxed::Box;
use core::future::Future;
use core::mem;
use core::pin::Pin;
use core::task::{Context, Waker};

use ::device::{Clock, Ethernet, Frame, InputEvent, InputSource, Link};
use mmio::{CACHE_LINE_BYTES, CacheLine};
use spin::{Mutex, MutexGuard};

use device::LISTENERS_MAX;
use frames::Frames;
use host::{Host, NEVER};
use request::Lane;
use ring::Ring;
use state::{REPORT_BYTES_MAX, State};

/// Bytes of data that a request may bring.
pub const DATA_BYTES_MAX: usize = 1024;

/// Cache lines of memory that the bus needs, where the host controller reaches it; what there is
/// beyond is for more frames that wait to be read.
pub const MEMORY_LINES: usize = MEMORY_BYTES.div_ceil(CACHE_LINE_BYTES);
const MEMORY_BYTES: usize = SETUP_BYTES
    + DATA_BYTES_MAX
    + LISTENERS_MAX * REPORT_BYTES_MAX
    + (SENDING_MAX + RECEIVED_MAX) * FRAME_MEMORY_BYTES;
const SETUP_BYTES: usize = CACHE_LINE_BYTES;

/// The bus, and all on it.
pub struct Usb<H> {
    state: Mutex<State<H>>,
    clock: &'static dyn Clock,
    manager: Mutex<Option<Manager>>,
}

/// Brings devices up, and never ends while the controller works.
type Manager = Pin<Box<dyn Future<Output = ()> + Send>>;

impl<H: Host + 'static> Usb<H> {
    /// The bus behind `host`; nothing happens before [`Usb::start`].
    ///
    /// With less memory than [`MEMORY_LINES`] there are fewer frames, or nothing works.
    pub fn new(host: H, memory: &'static mut [CacheLine], clock: &'static dyn Clock) -> Self {
        let mut memory = CacheLine::bytes(memory);
        let mut take = |length_bytes| {
            let (taken, rest) = mem::take(&mut memory).split_at_mut_checked(length_bytes)?;
            memory = rest;
            Some(taken)
        };
        let (setup, data) = (take(SETUP_BYTES), take(DATA_BYTES_MAX));
        let reports = [(); LISTENERS_MAX].map(|()| take(REPORT_BYTES_MAX));
        let frames = Frames::new(&mut || take(FRAME_MEMORY_BYTES));
        let state = State {
            host,
            now_ns: 0,
            manager_ns: NEVER,
            paused_ns: 0,
            due_ns: NEVER,
            is_stirred: false,
            devices: [None; device::DEVICES_MAX],
            functions: [None; configuration::FUNCTIONS_MAX],
            streams: [const { None }; device::STREAMS],
            listeners: [const { None }; LISTENERS_MAX],
            lights: 0,
            reports,
            lane: Lane::new(setup, data),
            frames,
            events: Ring::new(),
            news: Ring::new(),
        };
        Self { state: Mutex::new(state), clock, manager: Mutex::new(None) }
    }

    /// Brings the controller up, and then all that is or will be plugged in; [`Usb::poll`] does
    /// it.
    pub fn start(&'static self) {
        *self.manager.lock() = Some(Box::pin(self.manage()));
        self.poll();
    }

    /// Sees to what has happened.
    pub fn poll(&self) {
        /// Requests that can be complete at once, before others have their turn.
        const ROUNDS_MAX: usize = 32;

        // Whoever has it sees to everything; the interrupt comes again if it was too late.
        let Some(mut manager) = self.manager.try_lock() else { return };
        self.settle();
        for _ in 0..ROUNDS_MAX {
            let Some(running) = manager.as_mut() else { return };
            if running.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                *manager = None;
            }
            if !self.settle() {
                return;
            }
        }
        self.lock().due_ns = 0;
    }

    /// When to call [`Usb::poll`] again if nothing interrupts, in nanoseconds of the clock.
    pub fn due_ns(&self) -> u64 {
        self.lock().due_ns
    }

    /// For how long devices were waited for because *USB 2.0* (§7.1.7, §9.2.6) or the controller's
    /// manual demands it, so far.
    pub fn paused_ns(&self) -> u64 {
        self.lock().paused_ns
    }

    /// The next thing that a person may want to know.
    pub fn news(&self) -> Option<Report> {
        self.lock().news.pop()
    }

    /// The one place that waits for the lock, which would take much room in each of its callers.
    #[inline(never)]
    pub(crate) fn lock(&self) -> MutexGuard<'_, State<H>> {
        self.state.lock()
    }

    /// Sees to all but the manager, and tells whether that has something to do.
    fn settle(&self) -> bool {
        let mut state = self.lock();
        state.settle(self.clock.now_ns());
        mem::take(&mut state.is_stirred)
    }

    /// Sees to what has happened, for a caller who is there for another reason.
    fn look(&self, mut state: MutexGuard<'_, State<H>>) {
        state.settle(self.clock.now_ns());
        let is_stirred = state.is_stirred;
        drop(state);
        if is_stirred {
            self.poll();
        }
    }
}

impl<H: Host + 'static> Ethernet for Usb<H> {
    fn link(&self) -> Option<Link> {
        self.lock().frames.adapter.map(|(_, link)| link)
    }

    fn receive(&self) -> Option<Frame> {
        let mut state = self.lock();
        let frame = state.frames.receive();
        if frame.is_some() || state.frames.adapter.is_none() {
            return frame;
        }
        // It may have come a moment ago; the next then comes while this one is read.
        self.look(state);
        self.lock().frames.receive()
    }

    fn reserve(&self) -> Option<Frame> {
        self.lock().frames.reserve()
    }

    fn send(&self, frame: Frame) {
        let mut state = self.lock();
        state.frames.send(frame);
        self.look(state);
    }

    fn give_back(&self, frame: Frame) {
        let mut state = self.lock();
        let was_full = state.frames.is_full();
        state.frames.give_back(frame);
        if was_full {
            self.look(state);
        }
    }
}

impl<H: Host + 'static> InputSource for Usb<H> {
    fn next_event(&self) -> Option<InputEvent> {
        self.lock().events.pop()
    }
}

#[cfg(test)]
mod tests;
