use std::boxed::Box;
use std::sync::atomic::{AtomicU64, Ordering};

use ::device::Clock;

/// A clock that goes on with each look at it, and when it is told to.
#[derive(Debug)]
pub struct SteppingClock {
    now_ns: AtomicU64,
}

/// What one look takes.
const STEP_NS: u64 = 500;

impl SteppingClock {
    /// A clock that starts at 0 and lives for ever.
    #[must_use]
    pub fn start() -> &'static Self {
        Box::leak(Box::new(Self { now_ns: AtomicU64::new(0) }))
    }

    /// What it shows, without that taking time.
    pub fn peek_ns(&self) -> u64 {
        self.now_ns.load(Ordering::Relaxed)
    }

    /// Goes on to a time, unless it is later.
    pub fn go_on_to(&self, time_ns: u64) {
        self.now_ns.fetch_max(time_ns, Ordering::Relaxed);
    }
}

impl Clock for SteppingClock {
    fn now_ns(&self) -> u64 {
        self.now_ns.fetch_add(STEP_NS, Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        STEP_NS
    }
}
