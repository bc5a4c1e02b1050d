//! What was needed of the firmware at the start, and is again for devices that come later.

use driver_bcm2835::gpio::Gpio;
use driver_bcm2835::mailbox::Mailbox;
use spin::Mutex;

/// The firmware's mailbox, and the pins.
pub(super) struct Firmware {
    pub(super) mailbox: Mailbox,
    #[cfg_attr(not(feature = "card"), expect(dead_code, reason = "no other device has pins"))]
    pub(super) gpio: Gpio,
}

static FIRMWARE: Mutex<Option<Firmware>> = Mutex::new(None);

/// Keeps what [`with`] gives.
pub(super) fn keep(mailbox: Mailbox, gpio: Gpio) {
    *FIRMWARE.lock() = Some(Firmware { mailbox, gpio });
}

/// Calls `body` with the firmware, if it was kept.
pub(super) fn with<R>(body: impl FnOnce(&mut Firmware) -> R) -> Option<R> {
    FIRMWARE.lock().as_mut().map(body)
}
