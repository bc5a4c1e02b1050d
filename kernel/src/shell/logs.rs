//! The last that apps wrote, from the end of the boot on.

use alloc::boxed::Box;
use core::sync::atomic::{AtomicBool, Ordering};
use kernel_core::shell::screen::Screen;
use kernel_core::shell::tail::Tail;
use spin::Mutex;

/// Of so many apps, the first ones, output is kept: 256 KiB, of the 4 MiB that guests leave to the
/// kernel, however many talk.
const APPS_MAX: usize = 64;

static TAILS: [Mutex<Option<Box<Tail>>>; APPS_MAX] = [const { Mutex::new(None) }; APPS_MAX];

/// The boot is over; before, nothing is to come between an app and its first output.
static IS_KEPT: AtomicBool = AtomicBool::new(false);

/// From now on output is kept.
pub(super) fn begin() {
    IS_KEPT.store(true, Ordering::Relaxed);
}

/// Keeps what the image's app with the number `index` wrote.
pub(crate) fn keep(index: usize, bytes: &[u8]) {
    if IS_KEPT.load(Ordering::Relaxed)
        && let Some(tail) = TAILS.get(index)
    {
        tail.lock().get_or_insert_default().keep(bytes);
    }
}

/// Shows what is kept of the app at `index`.
pub(super) fn show(index: usize, screen: &mut Screen) {
    if let Some(tail) = TAILS.get(index)
        && let Some(tail) = &*tail.lock()
    {
        tail.show(screen);
    }
}
