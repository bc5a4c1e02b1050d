//! The wall clock: from the image's build on until the network tells the time.

use kernel_core::wall_clock::WallClock;
use spin::Mutex;

static CLOCK: Mutex<WallClock> = Mutex::new(WallClock::new(0, 0));

/// Counts from when the image was packed: less wrong than from 1970, and it never goes back.
pub(crate) fn begin(packed_at_s: u64) {
    *CLOCK.lock() = WallClock::new(0, packed_at_s.saturating_mul(1_000_000_000));
}

/// Nanoseconds from 1970-01-01T00:00:00Z to now, as far as that is known.
#[cfg(feature = "files")]
pub(crate) fn now_ns() -> u64 {
    at_ns(crate::arch::timer::now_ns())
}

/// The same for the time when it was `since_power_on_ns`.
#[cfg(feature = "wasi")]
pub(crate) fn at_ns(since_power_on_ns: u64) -> u64 {
    CLOCK.lock().at(since_power_on_ns)
}

/// Somebody who knows says that it was `wall_ns` when it was `since_power_on_ns`.
#[cfg(feature = "net")]
pub(crate) fn correct(since_power_on_ns: u64, wall_ns: u64) {
    let mut clock = CLOCK.lock();
    *clock = clock.corrected(since_power_on_ns, wall_ns);
}
