use std::boxed::Box;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use ::device::{Clock, Ethernet, InputEvent, InputSource};
use mmio::CacheLine;

use super::{SteppingClock, StraightHost, Wire};
use crate::host::Host;
use crate::{MEMORY_LINES, Usb};

/// The longest step of a controller's model, which may have something to do by then, and of a
/// controller that has not.
const STEP_NS: u64 = 125_000;
const LONG_STEP_NS: u64 = 10_000_000;

/// A bus that runs, and what it told of.
pub struct Rig<H: 'static> {
    /// The bus.
    pub usb: &'static Usb<H>,
    /// Its clock.
    pub clock: &'static SteppingClock,
    /// What was told, a line each.
    pub news: Vec<String>,
    /// What people did.
    pub events: Vec<InputEvent>,
    tick: Box<dyn FnMut()>,
    step_ns: u64,
}

impl Rig<StraightHost> {
    /// A bus at the end of a wire.
    #[must_use]
    pub fn straight(wire: &Wire) -> Self {
        let rig = Self::start(StraightHost::on(wire), SteppingClock::start(), || ());
        Self { step_ns: LONG_STEP_NS, ..rig }
    }
}

impl<H: Host + 'static> Rig<H> {
    /// A bus that begins to run; `tick` is called between its steps, as a controller's time.
    pub fn start(host: H, clock: &'static SteppingClock, tick: impl FnMut() + 'static) -> Self {
        let memory = vec![CacheLine::ZERO; MEMORY_LINES].leak();
        let usb: &'static _ = Box::leak(Box::new(Usb::new(host, memory, clock as &dyn Clock)));
        usb.start();
        let (news, events, tick) = (Vec::new(), Vec::new(), Box::new(tick));
        Self { usb, clock, news, events, tick, step_ns: STEP_NS }
    }

    /// Runs until `is_there`, and tells whether that was within a time.
    pub fn run_until(
        &mut self,
        limit_ms: u64,
        mut is_there: impl FnMut(&mut Self) -> bool,
    ) -> bool {
        let end_ns = self.clock.peek_ns() + limit_ms * 1_000_000;
        while self.clock.peek_ns() < end_ns {
            (self.tick)();
            self.usb.poll();
            while let Some(news) = self.usb.news() {
                self.news.push(news.to_string());
            }
            while let Some(event) = self.usb.next_event() {
                self.events.push(event);
            }
            if is_there(self) {
                return true;
            }
            let soon_ns = self.clock.peek_ns() + self.step_ns;
            self.clock.go_on_to(self.usb.due_ns().min(soon_ns));
        }
        false
    }

    /// Runs for a time.
    pub fn run_for(&mut self, duration_ms: u64) {
        self.run_until(duration_ms, |_| false);
    }

    /// Runs until a line of news holds this text.
    ///
    /// # Panics
    ///
    /// If there is none in ten seconds.
    pub fn expect(&mut self, text: &str) {
        let is_there = |rig: &mut Self| rig.news.iter().any(|line| line.contains(text));
        assert!(self.run_until(10_000, is_there), "no «{text}» in {:#?}", self.news);
    }

    /// Runs until a frame has come, and gives it.
    ///
    /// # Panics
    ///
    /// If there is none in a second.
    pub fn receive(&mut self) -> Vec<u8> {
        let mut found = None;
        let usb = self.usb;
        let is_there = |_: &mut Self| {
            let Some(frame) = usb.receive() else { return false };
            found = Some(frame.to_vec());
            usb.give_back(frame);
            true
        };
        assert!(self.run_until(1000, is_there), "no frame came");
        found.unwrap_or_default()
    }

    /// Sends a frame, if one can be sent.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        let Some(mut frame) = self.usb.reserve() else { return false };
        frame.truncate(bytes.len());
        frame.copy_from_slice(bytes);
        self.usb.send(frame);
        true
    }
}
