//! The boot ledger as a table on the console, at most 12 lines.

use crate::boards::Board;
use crate::{console, heap};
use alloc::string::String;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU64, Ordering};
use kernel_core::date::Date;
use kernel_core::ledger::{Grouped, Ledger, Milliseconds, Stage};
use spin::Mutex;

static TEXT: Mutex<String> = Mutex::new(String::new());
/// Of the counter, when the kernel began.
static ENTRY_TICKS: AtomicU64 = AtomicU64::new(0);
/// From there to the first instruction of an app.
#[cfg(feature = "display")]
static FIRST_WASM_NS: AtomicU64 = AtomicU64::new(0);

/// Notes what is known once the first app runs.
pub(crate) fn begin(ledger: &Ledger) {
    ENTRY_TICKS.store(ledger.ticks(Stage::Entry).unwrap_or(0), Ordering::Relaxed);
    #[cfg(feature = "display")]
    FIRST_WASM_NS.store(ledger.since_entry_ns(Stage::FirstWasm).unwrap_or(0), Ordering::Relaxed);
}

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
    let mut text = String::new();
    // It fails only where the text cannot grow.
    let _ = write(&mut text, ledger, board, cores, packed_at_s, image_bytes);
    log::info!("{}", text.trim_ascii_end());
    *TEXT.lock() = text;
}

/// The same text again, with what was reached later.
#[cfg(feature = "shell")]
pub(crate) fn text() -> String {
    TEXT.lock().clone()
}

/// What it is about in two lines: the board, called `model`, its time to boot, and its address.
#[cfg(feature = "display")]
pub(crate) fn facts(model: &str) -> String {
    let boot_ns = FIRST_WASM_NS.load(Ordering::Relaxed);
    let mut facts = String::from(model);
    #[cfg(feature = "net")]
    if let Some(address) = crate::net::address() {
        let _ = write!(facts, " · {}", address.own);
    }
    let _ = write!(facts, "\nfirst instruction of an app after {:.2} ms", Milliseconds(boot_ns));
    facts
}

/// Adds what was reached after the boot, which took so long since the kernel's entry.
#[cfg(feature = "net")]
pub(crate) fn add(name: &str, since_entry_ns: u64) {
    let _ = write_row(&mut *TEXT.lock(), name, since_entry_ns);
}

/// Nanoseconds since the kernel's entry.
#[cfg(feature = "net")]
pub(crate) fn since_entry_ns() -> u64 {
    use crate::arch::timer;

    let entry_ticks = ENTRY_TICKS.load(Ordering::Relaxed);
    kernel_core::ledger::ns(timer::ticks().saturating_sub(entry_ticks), timer::frequency_hz())
}

fn write_row(out: &mut dyn Write, name: &str, since_entry_ns: u64) -> fmt::Result {
    writeln!(out, "  {name:<18} {:>10.3} ms", Milliseconds(since_entry_ns))
}

fn write(
    out: &mut dyn Write,
    ledger: &Ledger,
    board: &Board,
    cores: usize,
    packed_at_s: u64,
    image_bytes: u64,
) -> fmt::Result {
    let heap_mib = heap::size_bytes() >> 20;
    writeln!(out, "kernel: {}, {cores} cores, {heap_mib} MiB for apps", board.revision.model())?;
    writeln!(
        out,
        "kernel: the wall clock is not set; it counts from the image's build, {}",
        Date { unix_s: packed_at_s }
    )?;
    for (name, since_entry_ns) in ledger.rows() {
        write_row(out, name, since_entry_ns)?;
    }
    writeln!(
        out,
        "boot {:.2} ms (kernel entry to first Wasm instruction), image {} B, heap {heap_mib} MiB",
        Milliseconds(ledger.since_entry_ns(Stage::FirstWasm).unwrap_or(0)),
        Grouped(image_bytes),
    )
}

/// Logs the stages for `bramble bench`, in nanoseconds since the kernel's entry.
pub(crate) fn tell_stages(ledger: &Ledger) {
    for (name, since_entry_ns) in ledger.rows() {
        log::info!("bench: stage {name}: {since_entry_ns}");
    }
}
