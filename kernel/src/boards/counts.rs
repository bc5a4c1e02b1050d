//! How often each interrupt came to each core.

use super::{Cause, this_core};
use core::sync::atomic::{AtomicU32, Ordering};
use kernel_core::system_view::{CORES, INTERRUPTS, InterruptView};

/// In the order of [`Cause`].
const NAMES: [&str; INTERRUPTS] = ["timer", "uart", "usb", "other core"];

static COUNTS: [[AtomicU32; CORES]; INTERRUPTS] =
    [const { [const { AtomicU32::new(0) }; CORES] }; INTERRUPTS];

/// Counts an interrupt of the calling core.
pub(super) fn count(cause: Cause) {
    COUNTS[cause as usize][this_core()].fetch_add(1, Ordering::Relaxed);
}

/// All counts since power-on.
pub(crate) fn all() -> [InterruptView; INTERRUPTS] {
    let mut views = NAMES.map(|name| InterruptView { name, counts: [0; CORES] });
    for (view, counts) in views.iter_mut().zip(&COUNTS) {
        for (seen, count) in view.counts.iter_mut().zip(counts) {
            *seen = count.load(Ordering::Relaxed);
        }
    }
    views
}
