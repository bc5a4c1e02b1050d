//! SD cards, on the host controllers of the Pi: Arasan's EMMC of the BCM2837 and the BCM2711,
//! and EMMC2 of the BCM2711.
//!
//! Data passes through the controller's port, word by word, and every wait has an end. A card
//! that stops answering is [`BlockError::Absent`] until [`BlockDevice::revive`] brings up
//! whatever card is there by then: no Pi tells its controller whether a card is in the slot.
//!
//! What the board does before it calls `revive`:
//!
//! - BCM2837: GPIO 48 to 53 to their alternative 3, with pull-ups on 49 to 53 (command and
//!   data), which connects the slot to EMMC instead of to the VideoCore's own controller.
//! - BCM2711: pin 4 of the VideoCore's expander (128 + 4 for its mailbox) low, which gives the
//!   card's lines 3.3 V, and 5 ms for that to settle. The slot is on EMMC2; in QEMU on EMMC.
//! - Both: the card's power on (device 0 of the mailbox), and the controller's clock rate asked
//!   for (clock 1 for EMMC, clock 12 for EMMC2).
//!
//! Sources: *SD Host Controller Simplified Specification*, version 3.00; *SD Physical Layer
//! Simplified Specification*, version 3.01; *BCM2835 ARM Peripherals*, chapter 5. What differs
//! on the Pi is from Linux's `drivers/mmc/host/sdhci-iproc.c`.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(test)]
extern crate std;

mod bring_up;
mod card;
mod command;
mod controller;
mod fault;
mod registers;
mod status;
mod timing;
mod transfer;

pub use card::{Card, Identification};
pub use registers::Registers;

use device::{BlockDevice, BlockError, Clock, check_range};
use mmio::Mmio;
use spin::Mutex;

use controller::Controller;
use transfer::{COMMAND_BLOCKS_MAX, COMMAND_BYTES_MAX, Link};

/// A slot for an SD card.
///
/// One call has it at a time, others wait for it; a call takes as long as the card does, which
/// with a card that goes wrong is up to a few seconds.
pub struct Emmc {
    slot: Mutex<Slot>,
}

struct Slot {
    controller: Controller,
    card: Option<Card>,
}

impl Emmc {
    /// The slot behind `registers`; nothing is touched before [`BlockDevice::revive`].
    ///
    /// `clock_hz` is the rate of the controller's own clock, which the board knows.
    #[must_use]
    pub fn new(registers: Mmio<Registers>, clock_hz: u32, clock: &'static dyn Clock) -> Self {
        let controller = Controller::new(registers, clock_hz, clock);
        Self { slot: Mutex::new(Slot { controller, card: None }) }
    }

    /// The card in the slot, as far as is known.
    #[must_use]
    pub fn card(&self) -> Option<Card> {
        self.slot.lock().card
    }
}

impl BlockDevice for Emmc {
    fn blocks(&self) -> u64 {
        self.card().map_or(0, |card| card.blocks)
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        self.slot.lock().with(|link| {
            check_range(first, buffer.len(), link.card.blocks)?;
            let starts = (first..).step_by(COMMAND_BLOCKS_MAX.into());
            let mut parts = starts.zip(buffer.chunks_mut(COMMAND_BYTES_MAX));
            parts.try_for_each(|(start, part)| link.read(start, part))
        })
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        self.slot.lock().with(|link| {
            check_range(first, data.len(), link.card.blocks)?;
            if link.card.is_read_only {
                return Err(BlockError::ReadOnly);
            }
            let starts = (first..).step_by(COMMAND_BLOCKS_MAX.into());
            let mut parts = starts.zip(data.chunks(COMMAND_BYTES_MAX));
            parts.try_for_each(|(start, part)| link.write(start, part))
        })
    }

    /// Every write has waited for its card to be done, so there is nothing left to do but to
    /// see whether the card is still there.
    fn flush(&self) -> Result<(), BlockError> {
        self.slot.lock().with(|link| link.settle())
    }

    fn is_read_only(&self) -> bool {
        self.card().is_some_and(|card| card.is_read_only)
    }

    fn revive(&self) -> Result<(), BlockError> {
        let mut slot = self.slot.lock();
        slot.card = None;
        slot.card = Some(bring_up::bring_up(&mut slot.controller)?);
        Ok(())
    }
}

impl Slot {
    /// Calls `body` with the card, and forgets a card that is absent by then.
    fn with(
        &mut self,
        body: impl FnOnce(&mut Link<'_>) -> Result<(), BlockError>,
    ) -> Result<(), BlockError> {
        let card = self.card.ok_or(BlockError::Absent)?;
        let result = body(&mut Link { controller: &mut self.controller, card });
        if result == Err(BlockError::Absent) {
            self.card = None;
        }
        result
    }
}

#[cfg(test)]
mod tests;
