//! What happens to an app that ended: it stays ended, or starts again after a pause.

use crate::bundle::Restart;

/// Pause before the first restart.
pub const BACK_OFF_MIN_MS: u64 = 100;

/// Longest pause: each restart doubles it up to here.
pub const BACK_OFF_MAX_MS: u64 = 30_000;

/// An app that ran this long is taken for healthy, and its next pause is the shortest again.
pub const HEALTHY_MS: u64 = 60_000;

/// One app's restarts.
#[derive(Clone, Copy, Debug)]
pub struct Supervisor {
    policy: Restart,
    back_off_ms: u64,
}

impl Supervisor {
    /// For an app that never ended yet.
    pub const fn new(policy: Restart) -> Self {
        Self { policy, back_off_ms: BACK_OFF_MIN_MS }
    }

    /// How many milliseconds to wait before the app starts again; `None` is never.
    ///
    /// It ended after `ran_ms`, and `failed` unless it exited with 0.
    pub fn after_end(&mut self, failed: bool, ran_ms: u64) -> Option<u64> {
        let restarts = match self.policy {
            Restart::Never => false,
            Restart::OnFailure => failed,
            Restart::Always => true,
        };
        if !restarts {
            return None;
        }
        if ran_ms >= HEALTHY_MS {
            self.back_off_ms = BACK_OFF_MIN_MS;
        }
        let pause_ms = self.back_off_ms;
        self.back_off_ms = (pause_ms * 2).min(BACK_OFF_MAX_MS);
        Some(pause_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_decides_who_starts_again() {
        assert_eq!(Supervisor::new(Restart::Never).after_end(true, 0), None);
        assert_eq!(Supervisor::new(Restart::OnFailure).after_end(false, 0), None);
        assert_eq!(Supervisor::new(Restart::OnFailure).after_end(true, 0), Some(100));
        assert_eq!(Supervisor::new(Restart::Always).after_end(false, 0), Some(100));
    }

    #[test]
    fn each_pause_is_twice_the_last_up_to_a_limit() {
        let mut supervisor = Supervisor::new(Restart::Always);
        let pauses: alloc::vec::Vec<_> =
            core::iter::repeat_with(|| supervisor.after_end(true, 0)).take(11).flatten().collect();

        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[9..], [BACK_OFF_MAX_MS, BACK_OFF_MAX_MS]);
    }

    #[test]
    fn an_app_that_ran_well_starts_again_soon() {
        let mut supervisor = Supervisor::new(Restart::OnFailure);
        supervisor.after_end(true, 0);
        supervisor.after_end(true, 0);

        assert_eq!(supervisor.after_end(true, HEALTHY_MS), Some(BACK_OFF_MIN_MS));
    }
}
