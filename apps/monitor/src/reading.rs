//! What the machine has counted until now.

use app_guest::Errno;
use app_guest::system::{metrics, value, values};

const MIB: f64 = 1024.0 * 1024.0;

/// Counts since the machine began, and its memory.
pub(crate) struct Reading {
    uptime_s: f64,
    /// For how long each core had something to do.
    pub(crate) cores_s: Vec<f64>,
    fuel: f64,
    /// All there is.
    pub(crate) memory_mib: f64,
    used_mib: f64,
    received_bytes: f64,
    sent_bytes: f64,
}

impl Reading {
    /// What the kernel says now; 0 for what it does not.
    ///
    /// # Errors
    ///
    /// What the kernel answers.
    pub(crate) fn now() -> Result<Self, Errno> {
        let mut text = Vec::new();
        metrics(&mut text)?;
        let one = |name| value(&text, name).unwrap_or(0.0);
        let memory_bytes = one("bramble_memory_bytes");
        Ok(Self {
            uptime_s: one("bramble_uptime_seconds"),
            cores_s: values(&text, "bramble_core_awake_seconds_total").collect(),
            fuel: values(&text, "bramble_app_fuel_total").sum(),
            memory_mib: memory_bytes / MIB,
            used_mib: (memory_bytes - one("bramble_memory_free_bytes")) / MIB,
            received_bytes: one("bramble_network_receive_bytes_total"),
            sent_bytes: one("bramble_network_transmit_bytes_total"),
        })
    }

    /// What a machine might say after so many seconds, for pictures that are always the same.
    pub(crate) fn made_up(second: u32) -> Self {
        let time = f64::from(second);
        // Grows, and never shrinks, by 1 each second on average.
        let wave = |period: f64| time + period / 7.0 * (time / period * 6.0).sin();
        Self {
            uptime_s: time,
            cores_s: vec![0.4 * wave(20.0), 0.5 * wave(31.0), 0.1 * wave(9.0), 0.02 * wave(3.0)],
            fuel: 4e7 * wave(25.0),
            memory_mib: 958.0,
            used_mib: 96.0 + 8.0 * (wave(40.0) / 9.0),
            received_bytes: 9e5 * wave(12.0),
            sent_bytes: 6e4 * wave(17.0),
        }
    }

    /// What happened since `before`, in the order of the graphs and in their units.
    pub(crate) fn since(&self, before: &Self) -> Vec<f64> {
        let seconds = (self.uptime_s - before.uptime_s).max(f64::MIN_POSITIVE);
        let rate = |now: f64, then: f64| (now - then).max(0.0) / seconds;
        let cores = self.cores_s.iter().zip(&before.cores_s);
        let mut values: Vec<_> =
            cores.map(|(now, then)| (rate(*now, *then) * 100.0).min(100.0)).collect();
        values.extend([
            rate(self.fuel, before.fuel) / 1e6,
            self.used_mib,
            rate(self.received_bytes, before.received_bytes) / 1e3,
            rate(self.sent_bytes, before.sent_bytes) / 1e3,
        ]);
        values
    }
}
