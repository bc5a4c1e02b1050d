//! The boot ledger: when each stage of booting was reached.

use core::fmt;

/// A stage of booting, in the order in which the table shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// The first instruction of the kernel.
    Entry,
    /// MMU and caches are on.
    Mmu,
    /// The console's UART is set up.
    Console,
    /// The heap can be used.
    Heap,
    /// The first app's module is parsed and linked.
    Engine,
    /// Just before the first instruction of the first guest.
    FirstWasm,
    /// The first byte that a guest wrote is in the UART's data register.
    FirstOutput,
    /// The display shows the first picture.
    Picture,
    /// The other cores run.
    Cores,
    /// The SD card is mounted, or known not to be there.
    Card,
    /// Every app has started.
    Ready,
}

/// All stages, in order.
const STAGES: [(Stage, &str); 11] = [
    (Stage::Entry, "kernel entry"),
    (Stage::Mmu, "mmu and caches"),
    (Stage::Console, "console"),
    (Stage::Heap, "heap"),
    (Stage::Engine, "engine, first app"),
    (Stage::FirstWasm, "first wasm"),
    (Stage::FirstOutput, "first output"),
    (Stage::Picture, "first picture"),
    (Stage::Cores, "all cores"),
    (Stage::Card, "sd card"),
    (Stage::Ready, "ready"),
];

/// Counter values, one for each stage that was reached.
#[derive(Clone, Copy, Debug)]
pub struct Ledger {
    ticks: [Option<u64>; STAGES.len()],
    frequency_hz: u64,
}

impl Ledger {
    /// Without any stage; the counter runs at `frequency_hz`.
    pub const fn new(frequency_hz: u64) -> Self {
        Self { ticks: [None; STAGES.len()], frequency_hz }
    }

    /// Notes that `stage` was reached when the counter was at `ticks`; only its first time counts.
    pub fn stamp(&mut self, stage: Stage, ticks: u64) {
        self.ticks[stage as usize].get_or_insert(ticks);
    }

    /// The counter's value at `stage`.
    pub fn ticks(&self, stage: Stage) -> Option<u64> {
        self.ticks[stage as usize]
    }

    /// Nanoseconds from the kernel's entry to `stage`.
    pub fn since_entry_ns(&self, stage: Stage) -> Option<u64> {
        let entry = self.ticks[Stage::Entry as usize]?;
        let ticks = self.ticks[stage as usize]?.saturating_sub(entry);
        Some(ns(ticks, self.frequency_hz))
    }

    /// The stages that were reached, with nanoseconds since entry.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        STAGES.iter().filter_map(|&(stage, name)| Some((name, self.since_entry_ns(stage)?)))
    }
}

/// `ticks` of a counter at `frequency_hz` in nanoseconds; no product overflows.
pub const fn ns(ticks: u64, frequency_hz: u64) -> u64 {
    const NS_PER_S: u64 = 1_000_000_000;
    if frequency_hz == 0 {
        return 0;
    }
    let whole = ticks / frequency_hz;
    let rest = ticks % frequency_hz;
    whole.wrapping_mul(NS_PER_S).wrapping_add(rest * NS_PER_S / frequency_hz)
}

/// Nanoseconds shown as milliseconds with as many places as `{:.N}` asks for, at most 6.
///
/// The kernel formats no floating point: that would cost 10 KB.
pub struct Milliseconds(pub u64);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = f.precision().unwrap_or(3).min(6);
        let unit_ns = 10_u64.pow(6 - places as u32);
        let rounded = (self.0 + unit_ns / 2) / unit_ns;
        let per_ms = 10_u64.pow(places as u32);
        write!(f, "{}.{:0places$}", rounded / per_ms, rounded % per_ms)
    }
}

/// Nanoseconds shown as seconds with six places.
pub struct Decimal(pub u64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000_000, self.0 % 1_000_000_000 / 1000)
    }
}

/// A number with blanks between its thousands: `231 204`.
pub struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return write!(f, "{}", self.0);
        }
        write!(f, "{} {:03}", Grouped(self.0 / 1000), self.0 % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec::Vec;

    #[test]
    fn times_count_from_the_kernels_entry() {
        let mut ledger = Ledger::new(62_500_000);
        ledger.stamp(Stage::Entry, 1000);
        ledger.stamp(Stage::FirstWasm, 1000 + 62_500);

        assert_eq!(ledger.since_entry_ns(Stage::FirstWasm), Some(1_000_000));
        assert_eq!(ledger.since_entry_ns(Stage::Ready), None);
        assert_eq!(
            ledger.rows().collect::<Vec<_>>(),
            [("kernel entry", 0), ("first wasm", 1_000_000)]
        );
    }

    #[test]
    fn a_stage_counts_once() {
        let mut ledger = Ledger::new(1_000_000_000);
        ledger.stamp(Stage::Entry, 0);
        ledger.stamp(Stage::FirstOutput, 5);
        ledger.stamp(Stage::FirstOutput, 9);

        assert_eq!(ledger.since_entry_ns(Stage::FirstOutput), Some(5));
    }

    #[test]
    fn a_counter_at_any_rate_gives_nanoseconds_without_overflow() {
        assert_eq!(ns(19_200_000, 19_200_000), 1_000_000_000);
        assert_eq!(ns(54, 54_000_000), 1000);
        assert_eq!(ns(u64::MAX / 1000, 1_000_000_000), u64::MAX / 1000);
        assert_eq!(ns(7, 0), 0);
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(alloc::format!("{:.2}", Milliseconds(412_345)), "0.41");
        assert_eq!(alloc::format!("{:.3}", Milliseconds(1_999_999)), "2.000");
        assert_eq!(Grouped(231_204).to_string(), "231 204");
        assert_eq!(Grouped(1_000_007).to_string(), "1 000 007");
        assert_eq!(Grouped(12).to_string(), "12");
    }
}
