//! What these machines have from the host: memory without end, and its clock.

use device::Clock;
use runtime::Pool;
use std::sync::LazyLock;
use std::time::Instant;

static POWER_ON: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Nanoseconds since power-on.
pub fn now_ns() -> u64 {
    POWER_ON.elapsed().as_nanos() as u64
}

/// The host of these tests.
pub struct Host;

impl Pool for Host {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

impl Clock for Host {
    fn now_ns(&self) -> u64 {
        now_ns()
    }

    fn resolution_ns(&self) -> u64 {
        1
    }
}
