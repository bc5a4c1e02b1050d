//! How often each interrupt came to each core, and how long each core slept.

use super::{Cause, this_core};
use crate::arch::timer;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use kernel_core::system_view::{CORE_ROWS, CORES, CoreRow};

/// Kinds of interrupts.
const CAUSES: usize = CORE_ROWS - 1;

/// In the order of [`Cause`], and then the time awake.
const NAMES: [&str; CORE_ROWS] = ["timer", "uart", "usb", "other core", "ms awake"];

static COUNTS: [[AtomicU32; CORES]; CAUSES] =
    [const { [const { AtomicU32::new(0) }; CORES] }; CAUSES];

/// Nanoseconds that each core slept before its last sleep.
static SLEPT_NS: [AtomicU64; CORES] = [const { AtomicU64::new(0) }; CORES];

/// When the sleep began that each core is in; 0 if it is in none.
static ASLEEP_SINCE_NS: [AtomicU64; CORES] = [const { AtomicU64::new(0) }; CORES];

/// Counts an interrupt of the calling core.
pub(super) fn count(cause: Cause) {
    COUNTS[cause as usize][this_core()].fetch_add(1, Ordering::Relaxed);
}

/// Counts the time that the calling core spends in `sleep`.
pub(crate) fn asleep(sleep: impl FnOnce()) {
    let core = this_core();
    let began_ns = timer::now_ns();
    ASLEEP_SINCE_NS[core].store(began_ns, Ordering::Relaxed);
    sleep();
    ASLEEP_SINCE_NS[core].store(0, Ordering::Relaxed);
    SLEPT_NS[core].fetch_add(timer::now_ns() - began_ns, Ordering::Relaxed);
}

/// All counts since power-on.
pub(crate) fn all() -> [CoreRow; CORE_ROWS] {
    let mut rows = NAMES.map(|name| CoreRow { name, counts: [0; CORES] });
    for (row, counts) in rows.iter_mut().zip(&COUNTS) {
        for (seen, count) in row.counts.iter_mut().zip(counts) {
            *seen = count.load(Ordering::Relaxed);
        }
    }
    for (core, awake_ms) in rows[CAUSES].counts.iter_mut().enumerate() {
        *awake_ms = (awake_ns(core) / 1_000_000) as u32;
    }
    rows
}

/// Since power-on.
pub(crate) fn awake_ns(core: usize) -> u64 {
    let now_ns = match ASLEEP_SINCE_NS[core].load(Ordering::Relaxed) {
        0 => timer::now_ns(),
        since_ns => since_ns,
    };
    now_ns.saturating_sub(SLEPT_NS[core].load(Ordering::Relaxed))
}
