//! The USB bus: its controller, and what is plugged in, as lines of the log.
//!
//! It comes up once the first app runs, since the bus takes its time. Devices come and go from then
//! on; core 0 wakes for them, and whichever core comes out of its turn first sees to them.

use crate::arch::cache::DataCache;
use crate::arch::timer::{self, GenericTimer};
use crate::{boards, core_loop};
use alloc::vec;
use core::sync::atomic::{AtomicBool, Ordering};
use driver_dwc2::Dwc2;
use driver_usb::host::NEVER;
use driver_usb::{MEMORY_LINES, Usb};
use mmio::CacheLine;
use spin::Once;

static BUS: Once<Usb<Dwc2>> = Once::new();

/// The controller interrupted, and nobody has looked since.
static HAS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Begins to bring up the bus. Called once, while all memory is such that the controller reaches
/// it.
pub(crate) fn start() {
    let Some(registers) = boards::usb() else { return };
    let controller = Dwc2::new(registers, &DataCache, &GenericTimer);
    // The bus has it until power-off.
    let memory = vec![CacheLine::ZERO; MEMORY_LINES].leak();
    BUS.call_once(|| Usb::new(controller, memory, &GenericTimer)).start();
    boards::await_usb();
}

/// The bus, once it begins to come up.
#[cfg(any(feature = "net", feature = "display"))]
pub(crate) fn bus() -> Option<&'static Usb<Dwc2>> {
    BUS.get()
}

/// For how long devices had to be waited for so far.
#[cfg(feature = "net")]
pub(crate) fn paused_ns() -> u64 {
    BUS.get().map_or(0, Usb::paused_ns)
}

/// The controller interrupted core 0, and does not do so again before [`look_after`].
pub(crate) fn interrupt() {
    HAS_INTERRUPTED.store(true, Ordering::Release);
    core_loop::usb_came();
}

/// Whether there is something to look after.
pub(crate) fn is_wanted() -> bool {
    HAS_INTERRUPTED.load(Ordering::Acquire)
}

/// Sees to what has happened on the bus, and tells when to do so again if it does not interrupt.
pub(crate) fn look_after() -> Option<u64> {
    let bus = BUS.get()?;
    let has_interrupted = HAS_INTERRUPTED.swap(false, Ordering::AcqRel);
    let mut due_ns = bus.due_ns();
    if has_interrupted || timer::now_ns() >= due_ns {
        bus.poll();
        #[cfg(feature = "net")]
        crate::net::want();
        #[cfg(feature = "display")]
        crate::display::want();
        while let Some(report) = bus.news() {
            log::info!("usb: {report}");
        }
        due_ns = bus.due_ns();
    }
    if has_interrupted {
        boards::await_usb();
    }
    Some(due_ns).filter(|&due_ns| due_ns < NEVER)
}
