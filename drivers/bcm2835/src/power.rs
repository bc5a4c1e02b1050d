//! The power manager: reset, power-off, and the watchdog that does both.
//!
//! Source: the manual leaves this block out; the registers are those of Linux's
//! `drivers/watchdog/bcm2835_wdt.c`.

use core::fmt;

use mmio::{Mmio, ReadWrite};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

/// Every write must carry this, so that a stray one does nothing.
const PASSWORD: u32 = 0x5a00_0000;

/// The watchdog counts down 65 536 times a second, in 20 bits.
const TICKS_PER_SECOND: u64 = 1 << 16;
const TICKS_MAX: u32 = 0xf_ffff;

/// What Linux leaves the watchdog before a reset: 150 µs.
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
        self.count_down(RESET_TICKS);
    }

    /// Turns the chip off within a millisecond after the return: the firmware resets and halts.
    pub fn power_off(&mut self) {
        /// The partition to boot from is in the even bits 0 to 10; 63 means to halt.
        const PARTITION_HALT: u32 = 0x555;

        let status = self.registers.reset_status.get();
        self.registers.reset_status.set(PASSWORD | without_password(status) | PARTITION_HALT);
        self.count_down(RESET_TICKS);
    }

    /// Resets the chip unless this is called again, or [`Power::disarm`], within `timeout_ms`
    /// milliseconds.
    ///
    /// QEMU does not count down: it resets at once.
    ///
    /// # Errors
    ///
    /// [`TooLong`] if the watchdog cannot count that far, 15 999 ms; it is as before.
    pub fn arm(&mut self, timeout_ms: u32) -> Result<(), TooLong> {
        let ticks = u64::from(timeout_ms) * TICKS_PER_SECOND / 1000;
        match u32::try_from(ticks) {
            Ok(ticks @ ..=TICKS_MAX) => {
                self.count_down(ticks);
                Ok(())
            }
            _ => Err(TooLong),
        }
    }

    /// Stops the watchdog.
    pub fn disarm(&mut self) {
        /// The register's value after power-on.
        const WATCHDOG_OFF: u32 = 0x102;

        self.registers.reset_control.set(PASSWORD | WATCHDOG_OFF);
    }

    fn count_down(&mut self, ticks: u32) {
        self.registers.watchdog.set(PASSWORD | ticks);

        let mut control = self.registers.reset_control.extract();
        control.modify(ResetControl::WATCHDOG::FullReset);
        self.registers.reset_control.set(PASSWORD | without_password(control.get()));
    }
}

fn without_password(value: u32) -> u32 {
    value & 0x00ff_ffff
}

/// The watchdog cannot count as far as it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the watchdog counts no further than 16 seconds")
    }
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

    #[test]
    fn the_watchdog_counts_65536_times_a_second() {
        let bank = Bank::zeroed();

        assert_eq!(Power::new(bank.mmio()).arm(2_000), Ok(()));

        assert_eq!(bank.peek(PM_WDOG), 0x5a02_0000);
        assert_eq!(bank.peek(PM_RSTC), 0x5a00_0020);
    }

    #[test]
    fn a_time_that_the_watchdog_cannot_count_is_an_error() {
        let bank = Bank::zeroed();
        let mut power = Power::new(bank.mmio());

        assert_eq!(power.arm(15_999), Ok(()));
        bank.poke(PM_WDOG, 0);
        assert_eq!(power.arm(16_000), Err(TooLong));
        assert_eq!(power.arm(u32::MAX), Err(TooLong));
        assert_eq!(bank.peek(PM_WDOG), 0);
    }

    #[test]
    fn a_disarmed_watchdog_does_not_reset() {
        let bank = Bank::zeroed();
        let mut power = Power::new(bank.mmio());

        power.arm(1_000).unwrap();
        power.disarm();

        assert_eq!(bank.peek(PM_RSTC), 0x5a00_0102);
    }
}
