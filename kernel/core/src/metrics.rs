//! What the machine is doing, in Prometheus' text format: a name, labels, and a value in a line.
//!
//! The names are listed, for those who read them, in `services/abi/src/system.rs`.

use crate::ledger::Decimal;
use crate::system_view::{CORES, Snapshot};
use core::fmt::{self, Write};

/// What was measured.
pub struct Metrics<'a> {
    /// Of each core, how long it was awake since power-on.
    pub awake_ns: [u64; CORES],
    /// Memory for apps and the kernel, and what of it is free.
    pub memory_bytes: [u64; 2],
    /// What came from the network and went there.
    pub network_bytes: [u64; 2],
    /// The apps, and the time.
    pub apps: &'a Snapshot,
}

impl Metrics<'_> {
    /// Writes all of it.
    ///
    /// # Errors
    ///
    /// `out` takes no more.
    pub fn write(&self, out: &mut dyn Write) -> fmt::Result {
        write_line(out, "uptime_seconds", None, &Decimal(self.apps.at_ns))?;
        for (core, awake_ns) in self.awake_ns.iter().enumerate() {
            let label = Some(("core", &core as &dyn fmt::Display));
            write_line(out, "core_awake_seconds_total", label, &Decimal(*awake_ns))?;
        }
        let [all_bytes, free_bytes] = self.memory_bytes;
        let [received_bytes, sent_bytes] = self.network_bytes;
        for (name, value) in [
            ("memory_bytes", all_bytes),
            ("memory_free_bytes", free_bytes),
            ("network_receive_bytes_total", received_bytes),
            ("network_transmit_bytes_total", sent_bytes),
        ] {
            write_line(out, name, None, &value)?;
        }
        for app in &self.apps.apps {
            let fuel: u64 = app.threads.iter().map(|thread| thread.fuel).sum();
            for (name, value) in [
                ("app_fuel_total", fuel),
                ("app_memory_bytes", app.memory_bytes as u64),
                ("app_running", app.is_alive().into()),
            ] {
                write_line(out, name, Some(("app", &app.name)), &value)?;
            }
        }
        Ok(())
    }
}

/// One value. No label's text has quotation marks or backslashes: names of apps are made of letters.
fn write_line(
    out: &mut dyn Write,
    name: &str,
    label: Option<(&str, &dyn fmt::Display)>,
    value: &dyn fmt::Display,
) -> fmt::Result {
    match label {
        Some((key, text)) => writeln!(out, "bramble_{name}{{{key}=\"{text}\"}} {value}"),
        None => writeln!(out, "bramble_{name} {value}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system_view::{AppView, State, ThreadView};
    use alloc::string::String;
    use alloc::vec;

    #[test]
    fn each_value_is_a_line() {
        let thread = ThreadView {
            number: 0,
            state: State::Running,
            since_ns: 0,
            core: 0,
            fuel: 7,
            turns: 0,
            ran_ns: 0,
        };
        let threads = vec![thread.clone(), thread];
        let app = AppView { number: 0, name: "clock".into(), memory_bytes: 65536, threads };
        let apps = Snapshot { at_ns: 12_034_567_890, apps: vec![app] };
        let metrics = Metrics {
            awake_ns: [1_500_000_000, 0, 0, 0],
            memory_bytes: [100, 60],
            network_bytes: [5, 6],
            apps: &apps,
        };

        let mut text = String::new();
        metrics.write(&mut text).unwrap();

        let expected = [
            "bramble_uptime_seconds 12.034567",
            "bramble_core_awake_seconds_total{core=\"0\"} 1.500000",
            "bramble_core_awake_seconds_total{core=\"1\"} 0.000000",
            "bramble_core_awake_seconds_total{core=\"2\"} 0.000000",
            "bramble_core_awake_seconds_total{core=\"3\"} 0.000000",
            "bramble_memory_bytes 100",
            "bramble_memory_free_bytes 60",
            "bramble_network_receive_bytes_total 5",
            "bramble_network_transmit_bytes_total 6",
            "bramble_app_fuel_total{app=\"clock\"} 14",
            "bramble_app_memory_bytes{app=\"clock\"} 65536",
            "bramble_app_running{app=\"clock\"} 1",
        ];
        assert_eq!(text.lines().collect::<alloc::vec::Vec<_>>(), expected);
    }
}
