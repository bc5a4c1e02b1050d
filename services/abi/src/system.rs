//! What the machine is doing, for apps that show it.

use crate::wasi::Call;

/// Module name of the calls.
pub const MODULE: &str = "bramble_system";

/// Every call; each gives an errno.
pub const CALLS: &[Call] = &[Call { name: METRICS, params: "iii", results: "i" }];

/// Writes what is measured now as Prometheus' text format has it, a value in a line: where to, how
/// many bytes there is room for, where it is written how many there were. If these are more, the
/// rest is missing.
///
/// The values: `bramble_uptime_seconds`; `bramble_core_awake_seconds_total{core="0"}` for each
/// core; `bramble_memory_bytes` and `bramble_memory_free_bytes`;
/// `bramble_network_receive_bytes_total` and `bramble_network_transmit_bytes_total`; and for each
/// app `bramble_app_fuel_total{app="name"}`, `bramble_app_memory_bytes{app="name"}` and
/// `bramble_app_running{app="name"}`, 1 or 0.
pub const METRICS: &str = "metrics";

/// The call that a program imports under these two names.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    CALLS.iter().find(|call| module == MODULE && call.name == name)
}
