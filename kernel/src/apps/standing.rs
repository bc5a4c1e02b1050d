//! What an app is to the scheduler, and what it may use: one for all of its threads.

use crate::arch::cores::CORES;
use crate::arch::timer;
use alloc::sync::Arc;
use core::iter;
use core::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use kernel_core::bundle;
use kernel_core::quota::FuelRate;
use kernel_core::ready::{Task, TaskId};
use runtime::{Events, Until};
use spin::Mutex;

/// An app's rights and quotas. One that another app started has no right that this one has not got,
/// and what it uses counts as this one's too, and so on up to an app of the image.
pub(crate) struct Standing {
    entry: Arc<bundle::App<'static>>,
    /// That of the app that started it.
    pub(super) parent: Option<Arc<Self>>,
    priority: bundle::Priority,
    core: Option<u8>,
    /// No restart makes it forget what was used.
    fuel_rate: Mutex<FuelRate>,
    /// It was told that the app was held back by its fuel per second.
    is_brake_told: AtomicBool,
    /// Fuel for the rest of its life.
    fuel_left: AtomicU64,
    /// Apps that it, or those that it started, can start beside those that run.
    #[cfg_attr(not(feature = "actors"), expect(dead_code, reason = "it cannot start any"))]
    channels_left: AtomicU64,
}

impl Standing {
    /// That of `entry`, which used nothing yet. Where only one core runs apps, none is pinned to
    /// another.
    pub(super) fn new(
        entry: Arc<bundle::App<'static>>,
        parent: Option<Arc<Self>>,
        has_all_cores: bool,
    ) -> Self {
        let has_core = |core: &u8| has_all_cores && usize::from(*core) < CORES;
        let above = parent.as_deref();
        Self {
            // The highest is the least.
            priority: above.map_or(entry.priority, |above| above.priority.max(entry.priority)),
            core: above.and_then(|above| above.core).or(entry.core.filter(has_core)),
            fuel_rate: Mutex::new(FuelRate::new(entry.limits.fuel_per_second_max)),
            is_brake_told: AtomicBool::new(false),
            fuel_left: AtomicU64::new(0),
            channels_left: AtomicU64::new(entry.limits.channels_max),
            parent,
            entry,
        }
    }

    /// Its entry in the image.
    pub(crate) fn entry(&self) -> &bundle::App<'static> {
        &self.entry
    }

    /// Its entry, that of the app that started it, and so on.
    #[cfg(feature = "net")]
    pub(crate) fn entries(&self) -> impl Iterator<Item = &bundle::App<'static>> {
        self.line().map(|standing| &*standing.entry)
    }

    /// Whether it may import from `service`.
    pub(crate) fn may_use(&self, service: bundle::Service) -> bool {
        self.line().all(|standing| standing.entry.uses.contains(&service))
    }

    /// Whether it may start the app `name`.
    #[cfg(feature = "actors")]
    pub(super) fn may_spawn(&self, name: &str) -> bool {
        self.line().all(|standing| standing.entry.spawns.contains(&name))
    }

    /// What it may have of that which `limit` says.
    pub(super) fn least(&self, limit: impl Fn(&bundle::Limits) -> u64) -> u64 {
        self.line().fold(u64::MAX, |least, standing| least.min(limit(&standing.entry.limits)))
    }

    /// A life of the app begins, which `fuel_max` is for.
    pub(super) fn begin_life(&self, fuel_max: Option<u64>) {
        self.fuel_left.store(fuel_max.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// The task `id` of this app.
    pub(super) fn task(&self, id: TaskId) -> Task {
        Task { id, priority: self.priority, core: self.core }
    }

    /// The app, the one that started it, and so on.
    fn line(&self) -> impl Iterator<Item = &Self> {
        iter::successors(Some(self), |standing| standing.parent.as_deref())
    }

    /// How much of `fuel` one of its threads may have for a turn.
    ///
    /// # Errors
    ///
    /// It may have none until then, which is told the first time.
    pub(super) fn grant(&self, mut fuel: u64) -> Result<u64, Until> {
        for standing in self.line() {
            fuel = standing.fuel_rate.lock().grant(timer::now_ns(), fuel).map_err(|at_ns| {
                if !standing.is_brake_told.swap(true, Ordering::Relaxed) {
                    let name = standing.entry.name;
                    log::info!("kernel: {name} has used its fuel for this second and waits");
                }
                Until { at_ns: Some(at_ns), events: Events::NONE }
            })?;
        }
        Ok(fuel)
    }

    /// Counts `fuel` that one of its threads used.
    pub(super) fn spend(&self, fuel: u64) {
        for standing in self.line() {
            standing.fuel_rate.lock().spend(fuel);
            change(&standing.fuel_left, |left| Some(left.saturating_sub(fuel)));
        }
    }

    /// The fuel of this app's life or of that of one above it, if it is used up, by apps that they
    /// started too.
    #[cfg(feature = "actors")]
    pub(super) fn spent_fuel(&self) -> Option<u64> {
        let spent = self.line().find(|standing| standing.fuel_left.load(Ordering::Relaxed) == 0)?;
        Some(spent.entry.limits.fuel_max.unwrap_or_default())
    }

    /// Takes a channel to an app that it is about to start, for all above it too; `false` if one of
    /// them has none left, and nothing has changed then.
    #[cfg(feature = "actors")]
    pub(super) fn take_channel(&self) -> bool {
        let lacking =
            self.line().position(|one| !change(&one.channels_left, |left| left.checked_sub(1)));
        if let Some(lacking) = lacking {
            self.line().take(lacking).for_each(Self::give_own_channel);
        }
        lacking.is_none()
    }

    /// Gives back what [`Self::take_channel`] took for the app that has this one.
    #[cfg(feature = "actors")]
    pub(super) fn give_channel(&self) {
        self.line().for_each(Self::give_own_channel);
    }

    #[cfg(feature = "actors")]
    fn give_own_channel(&self) {
        self.channels_left.fetch_add(1, Ordering::Relaxed);
    }
}

fn change(value: &AtomicU64, to: impl FnMut(u64) -> Option<u64>) -> bool {
    value.fetch_update(Ordering::Relaxed, Ordering::Relaxed, to).is_ok()
}
