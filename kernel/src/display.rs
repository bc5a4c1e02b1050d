//! The screen: apps' windows, the start screen and the log, and whoever sits before it.
//!
//! It comes up once the first app runs. Apps draw on their surfaces in their turns; what people do
//! is seen to, and what changed is painted, in [`look_after`], which every core calls between
//! turns: at most 60 times in a second, and not at all if nothing changed.

mod bench;
mod log_window;
mod screen;
mod start_screen;

use crate::apps::{Apps, Standing};
use crate::arch::timer;
use crate::boards::{self, Board};
#[cfg(feature = "run")]
use crate::host::Host;
use abi::Errno;
use alloc::boxed::Box;
pub(crate) use bench::bench;
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use driver_bcm2835::framebuffer::Size;
use kernel_core::card;
use kernel_core::ready::TaskId;
use runtime::Events;
use screen::Screen;
use service_display::Desktop;
use service_display::calls::{Client, Seat};
use spin::{Mutex, MutexGuard};

const NEVER: u64 = u64::MAX;

/// From one picture to the next: the display shows 60 in a second.
const FRAME_NS: u64 = 16_666_667;

/// Whose windows are the kernel's own.
const KERNEL: TaskId = TaskId::MAX;

static DISPLAY: Mutex<Display> = Mutex::new(Display::Unknown);

/// Something may have happened, and nobody has looked since.
static IS_WANTED: AtomicBool = AtomicBool::new(false);

/// A core sees to it now, and does so again if it is wanted meanwhile; the others need not wait.
static IS_SEEN_TO: AtomicBool = AtomicBool::new(false);

/// It became known whether there is a display, and nobody was told yet.
static IS_NEW: AtomicBool = AtomicBool::new(false);

/// An app may have drawn something that it has not finished.
static IS_UNFINISHED: AtomicBool = AtomicBool::new(false);

/// When something is due.
static DUE_NS: AtomicU64 = AtomicU64::new(NEVER);

/// The app that somebody wants to start, or to end, which core 0 does; [`KERNEL`] is none.
static TO_START: AtomicU32 = AtomicU32::new(KERNEL);
static TO_END: AtomicU32 = AtomicU32::new(KERNEL);

enum Display {
    /// The kernel has not asked yet.
    Unknown,
    /// There is none, or it is not to be used.
    Missing,
    Shown(Box<Screen>),
}

/// Brings the display up, if there is one, with a first picture; tells whether there is one.
pub(crate) fn start(board: &Board, apps: &Apps) -> bool {
    let is_shown = apps.want_display() && boards::is_display_found() && set_up(board, apps, None);
    if !is_shown {
        replace(Display::Missing);
    }
    is_shown
}

/// Has the host told once the program has presented so many pictures, of which the last stays.
#[cfg(feature = "run")]
pub(crate) fn stop_after(frames: u32, host: Host) {
    if let Display::Shown(screen) = &mut *lock() {
        screen.stop_after(frames, host);
    }
}

/// Does what the card's settings say: after [`start`].
pub(crate) fn configure(board: &Board, apps: &Apps, system: &card::System) {
    let is_shown = matches!(*lock(), Display::Shown(_));
    let wish = system.display_mode.map(|(width, height)| Size { width, height });
    match system.display {
        card::Display::Off if is_shown => switch_off(),
        card::Display::Auto if is_shown && wish.is_some() => {
            set_up(board, apps, wish);
        }
        card::Display::On if !is_shown || wish.is_some() => {
            set_up(board, apps, wish);
        }
        _ => {}
    }
    if let Display::Shown(screen) = &mut *lock() {
        screen.set_layout(system.keyboard);
    }
}

/// Sets the screen up, in the place of the one that is there; if that fails, there is none.
fn set_up(board: &Board, apps: &Apps, mode: Option<Size>) -> bool {
    replace(Display::Unknown);
    // SAFETY: the one before was dropped just now, and only core 0 comes here.
    match unsafe { boards::screen(board, mode) } {
        Ok(framebuffer) => {
            let screen = Screen::new(framebuffer, board, apps);
            replace(Display::Shown(Box::new(screen)));
            true
        }
        Err(error) => {
            log::warn!("display: not used, {error}");
            replace(Display::Missing);
            false
        }
    }
}

fn switch_off() {
    if let Display::Shown(screen) = &mut *lock() {
        screen.blank();
    }
    replace(Display::Missing);
}

/// Puts `display` in the place of what there was. Apps that have windows have them no longer.
fn replace(display: Display) {
    *lock() = display;
    IS_NEW.store(true, Ordering::Relaxed);
    want();
}

/// The app that is the task `task` waits for something: what it drew is complete.
pub(crate) fn finish(task: TaskId) {
    if IS_UNFINISHED.load(Ordering::Relaxed)
        && let Display::Shown(screen) = &mut *lock()
    {
        screen.finish(task);
        IS_UNFINISHED.store(screen.desktop().is_unfinished(), Ordering::Relaxed);
    }
}

/// Says that there may be something to see to.
pub(crate) fn want() {
    IS_WANTED.store(true, Ordering::SeqCst);
}

/// Whether there may be something to see to, and nobody does.
pub(crate) fn is_wanted() -> bool {
    IS_WANTED.load(Ordering::SeqCst) && !IS_SEEN_TO.load(Ordering::SeqCst)
        || boards::this_core() == 0 && has_order()
}

/// Sees to the screen and who sits before it, and tells when to do so again if nobody wants it
/// before.
pub(crate) fn look_after(apps: &Apps) -> Option<u64> {
    if boards::this_core() == 0 && has_order() {
        obey(apps);
    }
    let is_due = timer::now_ns() >= DUE_NS.load(Ordering::Relaxed);
    if (is_wanted() || is_due) && !IS_SEEN_TO.swap(true, Ordering::SeqCst) {
        see_to(apps);
        IS_SEEN_TO.store(false, Ordering::SeqCst);
    }
    Some(DUE_NS.load(Ordering::Relaxed)).filter(|&due_ns| due_ns < NEVER)
}

fn see_to(apps: &Apps) {
    IS_WANTED.store(false, Ordering::SeqCst);
    let was_due_ns = DUE_NS.load(Ordering::Relaxed);
    let (due_ns, is_told) = match &mut *lock() {
        Display::Unknown | Display::Missing => (NEVER, false),
        Display::Shown(screen) => (screen.look_after(apps, timer::now_ns()), screen.take_told()),
    };
    let has_news = IS_NEW.swap(false, Ordering::Relaxed) || is_told;
    DUE_NS.store(due_ns, Ordering::Relaxed);
    if has_news {
        apps.fire(Events::DISPLAY);
    }
    if (due_ns < was_due_ns || has_order()) && boards::this_core() != 0 {
        boards::wake(0);
    }
}

fn has_order() -> bool {
    [&TO_START, &TO_END].iter().any(|order| order.load(Ordering::Relaxed) != KERNEL)
}

/// Starts or ends the app that somebody chose.
fn obey(apps: &Apps) {
    let start = TO_START.swap(KERNEL, Ordering::Relaxed);
    if start != KERNEL {
        apps.run(start, alloc::vec::Vec::new());
    }
    let end = TO_END.swap(KERNEL, Ordering::Relaxed);
    if end != KERNEL {
        apps.kill(end);
    }
    want();
}

/// Shows what the console shows of a crash, as far as that is possible now.
///
/// # Safety
///
/// - The machine is crashing: nobody else draws again.
pub(crate) unsafe fn show_crash(message: &[u8], next: &str) {
    if DISPLAY.is_locked() {
        // SAFETY: whoever has it stops (contract).
        unsafe { DISPLAY.force_unlock() };
    }
    if let Display::Shown(screen) = &mut *lock() {
        screen.show_crash(message, next);
    }
}

/// The one place that waits for the lock, which would take much room in each of its callers.
#[inline(never)]
fn lock() -> MutexGuard<'static, Display> {
    DISPLAY.lock()
}

/// The app that is the task `task`, as it opens windows.
pub(crate) fn client(task: TaskId, standing: &Standing) -> Client {
    Client { app: task, is_kiosk: standing.entry().kiosk, seat: &Windows }
}

/// Where apps get their windows from.
struct Windows;

impl Seat for Windows {
    fn with(&self, body: &mut dyn FnMut(&mut Desktop)) -> Result<(), Errno> {
        match &mut *lock() {
            Display::Unknown => return Err(Errno::Again),
            Display::Missing => return Err(Errno::NoDevice),
            Display::Shown(screen) => {
                body(screen.desktop());
                IS_UNFINISHED.store(screen.desktop().is_unfinished(), Ordering::Relaxed);
            }
        }
        want();
        Ok(())
    }

    fn finish(&self, app: u32) {
        finish(app);
    }

    fn next_frame_ns(&self) -> u64 {
        next_frame_ns(timer::now_ns())
    }
}

fn next_frame_ns(now_ns: u64) -> u64 {
    (now_ns / FRAME_NS + 1) * FRAME_NS
}
