//! Waits by the clock: each ends, and none before its time.

use crate::Clock;

/// Looks at a device until it shows what is waited for, and gives what `look` found; `None` if
/// `limit_ns` have passed without.
///
/// The last look comes after the limit, so that a processor which was held up meanwhile does
/// not take its own delay for the device's.
pub fn poll_for<T>(
    clock: &dyn Clock,
    limit_ns: u64,
    mut look: impl FnMut() -> Option<T>,
) -> Option<T> {
    // The common case pays for no clock.
    if let Some(found) = look() {
        return Some(found);
    }
    let end_ns = clock.now_ns().saturating_add(limit_ns);
    loop {
        let is_over = clock.now_ns() >= end_ns;
        if let Some(found) = look() {
            return Some(found);
        }
        if is_over {
            return None;
        }
        core::hint::spin_loop();
    }
}

/// Returns when at least `duration_ns` have passed.
pub fn pause(clock: &dyn Clock, duration_ns: u64) {
    // The clock may have been about to step when it was read first.
    let long_enough_ns = duration_ns.saturating_add(clock.resolution_ns());
    let start_ns = clock.now_ns();
    while clock.now_ns().saturating_sub(start_ns) < long_enough_ns {
        core::hint::spin_loop();
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that goes on by 10 ns with each look at it.
    struct Stepping(AtomicU64);

    impl Clock for Stepping {
        fn now_ns(&self) -> u64 {
            self.0.fetch_add(10, Ordering::Relaxed)
        }

        fn resolution_ns(&self) -> u64 {
            10
        }
    }

    fn stepping() -> Stepping {
        Stepping(AtomicU64::new(0))
    }

    #[test]
    fn a_poll_gives_what_it_found() {
        let mut looks = 0;
        let third = || {
            looks += 1;
            (looks == 3).then_some(looks)
        };

        assert_eq!(poll_for(&stepping(), 1000, third), Some(3));
    }

    #[test]
    fn a_poll_that_finds_nothing_ends_after_its_limit() {
        let clock = stepping();

        assert_eq!(poll_for::<()>(&clock, 1000, || None), None);

        assert!((1000..1050).contains(&clock.now_ns()));
    }

    #[test]
    fn a_poll_looks_once_more_after_its_limit() {
        let mut looks = 0;
        let second = || {
            looks += 1;
            (looks == 2).then_some(())
        };

        assert_eq!(poll_for(&stepping(), 0, second), Some(()));
    }

    #[test]
    fn a_pause_lasts_longer_than_asked_by_one_step_of_the_clock() {
        let clock = stepping();

        pause(&clock, 100);

        assert!((110..150).contains(&clock.now_ns()));
    }
}
