//! What an app is to the scheduler, and what it may use in a second: one for all of its threads.

use crate::arch::cores::CORES;
use crate::arch::timer;
use core::sync::atomic::{AtomicBool, Ordering};
use kernel_core::bundle;
use kernel_core::quota::FuelRate;
use kernel_core::ready::{Task, TaskId};
use runtime::{Events, Until};
use spin::Mutex;

/// An app's priority, its core and its fuel per second; no restart makes it forget what it used.
pub(crate) struct Standing {
    name: &'static str,
    priority: bundle::Priority,
    core: Option<u8>,
    fuel_rate: Mutex<FuelRate>,
    /// It was told that the app was held back by its fuel per second.
    is_brake_told: AtomicBool,
}

impl Standing {
    /// That of `entry`, which used no fuel yet. Where only one core runs apps, none is pinned to
    /// another.
    pub(super) fn new(entry: &bundle::App<'static>, has_all_cores: bool) -> Self {
        let has_core = |core: &u8| has_all_cores && usize::from(*core) < CORES;
        Self {
            name: entry.name,
            priority: entry.priority,
            core: entry.core.filter(has_core),
            fuel_rate: Mutex::new(FuelRate::new(entry.limits.fuel_per_second_max)),
            is_brake_told: AtomicBool::new(false),
        }
    }

    /// The task `id` of this app.
    pub(super) fn task(&self, id: TaskId) -> Task {
        Task { id, priority: self.priority, core: self.core }
    }

    /// How much of `fuel` one of its threads may have for a turn.
    ///
    /// # Errors
    ///
    /// It may have none until then, which is told the first time.
    pub(super) fn grant(&self, fuel: u64) -> Result<u64, Until> {
        let granted = self.fuel_rate.lock().grant(timer::now_ns(), fuel);
        granted.map_err(|at_ns| {
            if !self.is_brake_told.swap(true, Ordering::Relaxed) {
                log::info!("kernel: {} has used its fuel for this second and waits", self.name);
            }
            Until { at_ns: Some(at_ns), events: Events::NONE }
        })
    }

    /// Counts `fuel` that one of its threads used.
    pub(super) fn spend(&self, fuel: u64) {
        self.fuel_rate.lock().spend(fuel);
    }
}
