//! The boot ledger as a table on the console, at most 12 lines.

use crate::boards::Board;
use crate::{console, heap};
use kernel_core::date::Date;
use kernel_core::ledger::{Grouped, Ledger, Milliseconds, Stage};

/// Logs what the board is, the stages of the boot, and the verdict on it.
pub(crate) fn show(
    ledger: &mut Ledger,
    board: &Board,
    cores: usize,
    packed_at_s: u64,
    image_bytes: u64,
) {
    if let Some(ticks) = console::first_output_ticks() {
        ledger.stamp(Stage::FirstOutput, ticks);
    }
    let heap_mib = heap::size_bytes() >> 20;
    log::info!("kernel: {}, {cores} cores, {heap_mib} MiB for apps", board.revision.model());
    log::info!(
        "kernel: the wall clock is not set; it counts from the image's build, {}",
        Date { unix_s: packed_at_s }
    );
    for (name, since_entry_ns) in ledger.rows() {
        log::info!("  {name:<18} {:>10.3} ms", Milliseconds(since_entry_ns));
    }
    log::info!(
        "boot {:.2} ms (kernel entry to first Wasm instruction), image {} B, heap {heap_mib} MiB",
        Milliseconds(ledger.since_entry_ns(Stage::FirstWasm).unwrap_or(0)),
        Grouped(image_bytes),
    );
}

/// Logs the stages for `bramble bench`, in nanoseconds since the kernel's entry.
pub(crate) fn tell_stages(ledger: &Ledger) {
    for (name, since_entry_ns) in ledger.rows() {
        log::info!("bench: stage {name}: {since_entry_ns}");
    }
}
