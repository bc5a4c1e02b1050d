//! The slot for the SD card, made ready when somebody first wants it: after the first app has
//! started, since a card may take a second to wake.

use super::{Board, firmware, raspi3, raspi4};
use crate::arch::timer::GenericTimer;
use driver_bcm2835::mailbox::{Clock, Supply};
use driver_emmc::{Emmc, Registers};
use mmio::Mmio;
use spin::Once;

/// Where the firmware does not tell the rate of the controller's clock: the highest known, with
/// which the card's clock becomes too slow rather than too fast.
const CLOCK_HZ_MAX: u32 = 250_000_000;

/// The slot's controller, its pins and its lines' voltage set.
pub(super) struct Slot {
    pub(super) registers: Mmio<Registers>,
    pub(super) clock: Clock,
}

/// The slot, with its power on; `None` if the firmware does not give it any.
///
/// Whether a card is in it shows only `BlockDevice::revive`, which has to come first.
pub(crate) fn sd_slot(board: &Board) -> Option<&'static Emmc> {
    static SLOT: Once<Option<Emmc>> = Once::new();

    SLOT.call_once(|| {
        let interrupts = &super::DEVICES.get()?.interrupts;
        firmware::with(|firmware| {
            // A Pi 4 has no switch for this supply, and says so; its card always has power.
            let _ = firmware.mailbox.turn_on(Supply::SdCard);
            let slot = match interrupts {
                super::Interrupts::Raspi3(_) => raspi3::sd_slot(firmware),
                super::Interrupts::Raspi4(_) => raspi4::sd_slot(firmware, board),
            };
            let clock_hz = firmware.mailbox.clock_rate_hz(slot.clock).unwrap_or(0);
            let clock_hz = if clock_hz == 0 { CLOCK_HZ_MAX } else { clock_hz };
            Emmc::new(slot.registers, clock_hz, &GenericTimer)
        })
    })
    .as_ref()
}
