//! The wall clock: set by the network's time, and never going back.

/// While the clock is ahead of the network's time, one nanosecond in so many is left out.
const SLEW: u64 = 16;

/// Nanoseconds since 1970-01-01T00:00:00Z, from a clock that counts from power-on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WallClock {
    /// The monotonic clock and the wall clock at one moment.
    monotonic_ns: u64,
    wall_ns: u64,
    /// By how much the wall clock was ahead then.
    ahead_ns: u64,
}

impl WallClock {
    /// A clock that shows `wall_ns` when the monotonic clock shows `monotonic_ns`.
    pub const fn new(monotonic_ns: u64, wall_ns: u64) -> Self {
        Self { monotonic_ns, wall_ns, ahead_ns: 0 }
    }

    /// The time at `monotonic_ns`.
    pub fn at(&self, monotonic_ns: u64) -> u64 {
        let passed_ns = monotonic_ns.saturating_sub(self.monotonic_ns);
        (self.wall_ns + passed_ns) - self.ahead_ns.min(passed_ns / SLEW)
    }

    /// The clock after somebody who knows said that it is `true_ns` at `monotonic_ns`: it jumps
    /// there if it was behind, and goes slower until then if it was ahead.
    pub fn corrected(&self, monotonic_ns: u64, true_ns: u64) -> Self {
        let shown_ns = self.at(monotonic_ns);
        Self {
            monotonic_ns,
            wall_ns: shown_ns.max(true_ns),
            ahead_ns: shown_ns.saturating_sub(true_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_behind_jumps_forward() {
        let clock = WallClock::new(10, 1_000).corrected(20, 5_000);

        assert_eq!(clock.at(20), 5_000);
        assert_eq!(clock.at(30), 5_010);
    }

    #[test]
    fn a_clock_that_is_ahead_goes_slower_until_it_is_right_and_never_back() {
        let clock = WallClock::new(0, 10_000).corrected(0, 9_900);

        let mut before = 0;
        for now in 0..4_000 {
            assert!(clock.at(now) >= before);
            before = clock.at(now);
        }
        assert_eq!(clock.at(0), 10_000);
        assert_eq!(clock.at(1_600), 9_900 + 1_600);
        assert_eq!(clock.at(4_000), 9_900 + 4_000);
    }
}
