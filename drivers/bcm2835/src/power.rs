//! The power manager: reset, power-off, and the watchdog that does both.
//!
//! Source: the manual leaves this block out; the registers are those of Linux's
//! `drivers/watchdog/bcm2835_wdt.c`.

use mmio::{Mmio, ReadWrite};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

/// Every write must carry this, so that a stray one does nothing.
const PASSWORD: u32 = 0x5a00_0000;

/// What Linux leaves the watchdog before a reset: 150 µs, since it counts down 65 536 times a
/// second.
const RESET_TICKS: u32 = 10;

register_bitfields! [u32,
    ResetControl [
        WATCHDOG OFFSET(4) NUMBITS(2) [FullReset = 0b10],
    ],
];

register_structs! {
    /// Register block. Only the registers that this driver uses are named.
    pub Registers {
        (0x00 => _unused_before_reset),
        (0x1c => reset_control: ReadWrite<u32, ResetControl::Register>),
        (0x20 => reset_status: ReadWrite<u32>),
        (0x24 => watchdog: ReadWrite<u32>),
        (0x28 => @END),
    }
}

/// The power manager.
pub struct Power {
    registers: Mmio<Registers>,
}

impl Power {
    /// The power manager, as it is: a watchdog that runs goes on.
    #[must_use]
    pub fn new(registers: Mmio<Registers>) -> Self {
        Self { registers }
    }

    /// Resets the chip within a millisecond after the return; the firmware then boots again.
    pub fn reset(&mut self) {
        self.start_watchdog();
    }

    /// Turns the chip off within a millisecond after the return: the firmware resets and halts.
    pub fn power_off(&mut self) {
        /// The partition to boot from is in the even bits 0 to 10; 63 means to halt.
        const PARTITION_HALT: u32 = 0x555;

        let status = self.registers.reset_status.get();
        self.registers.reset_status.set(PASSWORD | without_password(status) | PARTITION_HALT);
        self.start_watchdog();
    }

    fn start_watchdog(&mut self) {
        self.registers.watchdog.set(PASSWORD | RESET_TICKS);

        let mut control = self.registers.reset_control.extract();
        control.modify(ResetControl::WATCHDOG::FullReset);
        self.registers.reset_control.set(PASSWORD | without_password(control.get()));
    }
}

fn without_password(value: u32) -> u32 {
    value & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use mmio::fake::Bank;

    use super::*;

    // Offsets as Linux has them, on purpose not taken from `Registers`.
    const PM_RSTC: usize = 0x1c;
    const PM_RSTS: usize = 0x20;
    const PM_WDOG: usize = 0x24;

    #[test]
    fn reset_is_a_watchdog_that_is_about_to_end() {
        let bank = Bank::zeroed();
        bank.poke(PM_RSTC, 0x0000_0112);

        Power::new(bank.mmio()).reset();

        assert_eq!(bank.peek(PM_WDOG), 0x5a00_000a);
        assert_eq!(bank.peek(PM_RSTC), 0x5a00_0122);
        assert_eq!(bank.peek(PM_RSTS), 0);
    }

    #[test]
    fn the_watchdog_has_its_time_before_it_starts() {
        let bank = Bank::zeroed();
        bank.on_write(PM_RSTC, move |_| assert_eq!(bank.peek(PM_WDOG), 0x5a00_000a));

        Power::new(bank.mmio()).reset();

        assert_eq!(bank.peek(PM_RSTC), 0x5a00_0020);
    }

    #[test]
    fn power_off_is_a_reset_to_the_partition_that_halts() {
        let bank = Bank::zeroed();
        bank.poke(PM_RSTS, 0x0000_1000);
        bank.on_write(PM_RSTC, move |_| assert_eq!(bank.peek(PM_RSTS), 0x5a00_1555));

        Power::new(bank.mmio()).power_off();

        assert_eq!(bank.peek(PM_RSTC), 0x5a00_0020);
    }
}
