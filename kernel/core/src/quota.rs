//! Fuel per second: an app that has had its share waits until it has some again.
//!
//! A token bucket, kept as the time up to which all fuel is paid for. Each unit that was used moves
//! it on, and an app has turns while it is not in the future. What was not used is kept for
//! [`BURST_NS`] and then lost. A turn is at most what may be used in that time, so that in a span
//! of time no app uses more than its share of that span and of two bursts, but for one operation
//! that takes more than a turn, which is paid for afterwards like all others.
//!
//! It is a brake and no reason to end: how much an app has to do at once is often not in its hands,
//! so one that is over this quota is late and no more. Fuel for a whole life is the limit that ends
//! an app.

/// For how long fuel that was not used is kept.
pub const BURST_NS: u64 = 100_000_000;

const SECOND_NS: u64 = 1_000_000_000;

/// What one app may use in each second, and what it has used.
#[derive(Clone, Copy, Debug)]
pub struct FuelRate {
    per_second: u64,
    paid_until_ns: u64,
}

impl FuelRate {
    /// For an app that used none yet. Less than one unit in a second is taken for one; `u64::MAX` is
    /// more than any app can use.
    pub fn new(per_second: u64) -> Self {
        Self { per_second: per_second.max(1), paid_until_ns: 0 }
    }

    /// How much of `turn_fuel` the app may have for a turn that begins now.
    ///
    /// # Errors
    ///
    /// The time from which on it has a turn again.
    pub fn grant(&mut self, now_ns: u64, turn_fuel: u64) -> Result<u64, u64> {
        if self.paid_until_ns > now_ns {
            return Err(self.paid_until_ns);
        }
        self.paid_until_ns = self.paid_until_ns.max(now_ns.saturating_sub(BURST_NS));
        let burst_fuel = self.per_second / (SECOND_NS / BURST_NS);
        Ok(turn_fuel.min(burst_fuel.max(1)))
    }

    /// Counts `fuel` that the app used in its turn.
    pub fn spend(&mut self, fuel: u64) {
        // It saturates where a turn takes minutes, and 64 bits are enough below.
        let ns = fuel.saturating_mul(SECOND_NS).div_ceil(self.per_second);
        self.paid_until_ns = self.paid_until_ns.saturating_add(ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: u64 = 100_000;

    /// Fuel that an app uses in turns of a millisecond, up to `until_ns`; each turn uses what it
    /// was granted and `more`.
    fn used(rate: &mut FuelRate, mut now_ns: u64, until_ns: u64, more: u64) -> u64 {
        let mut used = 0;
        while now_ns < until_ns {
            match rate.grant(now_ns, TURN) {
                Ok(fuel) => {
                    rate.spend(fuel + more);
                    used += fuel + more;
                    now_ns += 1_000_000;
                }
                Err(at_ns) => {
                    assert!(at_ns > now_ns);
                    now_ns = at_ns;
                }
            }
        }
        used
    }

    #[test]
    fn an_endless_loop_has_its_fuel_per_second_and_a_burst_at_first() {
        for per_second in [1, 10, 999, 1_000_000, 33_333_333] {
            let used = used(&mut FuelRate::new(per_second), SECOND_NS, 11 * SECOND_NS, 0);

            let burst = per_second / 10 + 1;
            let share = 10 * per_second..=10 * per_second + 2 * burst;
            assert!(share.contains(&used), "{per_second}: {used}");
        }
    }

    #[test]
    fn an_operation_that_took_more_than_the_turn_is_paid_for_afterwards() {
        let mut rate = FuelRate::new(1_000_000);

        let used = used(&mut rate, SECOND_NS, 11 * SECOND_NS, 2_000_000);

        assert!((10_000_000..=13_000_000).contains(&used), "{used}");
    }

    #[test]
    fn who_slept_for_long_has_saved_no_more_than_a_burst() {
        let mut rate = FuelRate::new(1_000_000);
        let hour_ns = 3600 * SECOND_NS;

        let used = used(&mut rate, hour_ns, hour_ns + SECOND_NS, 0);

        assert!((1_000_000..=1_200_000).contains(&used), "{used}");
    }

    #[test]
    fn who_uses_less_than_its_share_never_waits() {
        let mut rate = FuelRate::new(1_000_000);
        for now_ns in (SECOND_NS..3 * SECOND_NS).step_by(10_000_000) {
            assert_eq!(rate.grant(now_ns, TURN), Ok(TURN));
            rate.spend(9_999);
        }
    }

    #[test]
    fn no_number_is_too_large_or_too_small() {
        let mut rate = FuelRate::new(0);
        assert_eq!(rate.grant(0, TURN), Ok(1));
        rate.spend(u64::MAX);
        assert_eq!(rate.grant(1, TURN), Err(u64::MAX));

        let mut rate = FuelRate::new(u64::MAX);
        assert_eq!(rate.grant(0, TURN), Ok(TURN));
        rate.spend(u64::MAX);
        assert_eq!(rate.grant(1, TURN), Ok(TURN));
    }
}
