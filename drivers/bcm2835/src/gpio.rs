//! What a pin is used for, and what pulls it when nobody drives it.
//!
//! Sources: the manual, §6.1, and for the pulls of the Pi 4 *BCM2711 ARM Peripherals*, §5.2.

use mmio::{Mmio, ReadWrite};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;

/// Reads that take at least the 150 cycles for which a pull must be held (GPPUD, §6.1): each
/// is one cycle of that clock or more.
const PULL_HOLD_READS: u32 = 150;

register_structs! {
    /// Register block (§6.1). Only the registers that this driver uses are named.
    pub Registers {
        (0x00 => function_select: [ReadWrite<u32>; 6]),
        (0x18 => _unused_before_pull),
        (0x94 => pull: ReadWrite<u32>),
        (0x98 => pull_clock: [ReadWrite<u32>; 2]),
        (0xa0 => _unused_before_bcm2711),
        (0xe4 => bcm2711_pull: [ReadWrite<u32>; 4]),
        (0xf4 => @END),
    }
}

/// A pin, by its GPIO number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin(u8);

impl Pin {
    /// The pin GPIO `number`.
    ///
    /// # Panics
    ///
    /// If `number` is not below 58; a board's table of constants fails to compile.
    #[must_use]
    pub const fn new(number: u8) -> Self {
        assert!(number < 58, "the BCM2711 has 58 pins, the others have 54");
        Self(number)
    }

    /// Where an array of registers with `per_register` pins in each has this one: the
    /// register's index, and the place in it.
    fn place(self, per_register: u8) -> (usize, u32) {
        ((self.0 / per_register).into(), (self.0 % per_register).into())
    }
}

/// What a pin is used for, with the values of the field (§6.1, table 6-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table of §6.2 says what each alternative is, pin by pin")]
#[repr(u32)]
pub enum Function {
    Input = 0b000,
    Output = 0b001,
    Alternative0 = 0b100,
    Alternative1 = 0b101,
    Alternative2 = 0b110,
    Alternative3 = 0b111,
    Alternative4 = 0b011,
    Alternative5 = 0b010,
}

/// What pulls a pin when nobody drives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Pull {
    None,
    Down,
    Up,
}

/// How the chip is told about pulls.
#[derive(Clone, Copy)]
enum PullControl {
    /// By clocking one value into the pins, up to the BCM2837.
    Clocked,
    /// By a field for each pin, on the BCM2711.
    Direct,
}

/// All pins of the chip.
pub struct Gpio {
    registers: Mmio<Registers>,
    pull_control: PullControl,
}

impl Gpio {
    /// The pins of a BCM2835, BCM2836 or BCM2837, as they are.
    #[must_use]
    pub fn bcm2835(registers: Mmio<Registers>) -> Self {
        Self { registers, pull_control: PullControl::Clocked }
    }

    /// The pins of a BCM2711, as they are.
    #[must_use]
    pub fn bcm2711(registers: Mmio<Registers>) -> Self {
        Self { registers, pull_control: PullControl::Direct }
    }

    /// Uses `pins` for `function`.
    pub fn select(&mut self, pins: &[Pin], function: Function) {
        const PINS_PER_REGISTER: u8 = 10;
        const FIELD_BITS: u32 = 3;

        for pin in pins {
            let place = pin.place(PINS_PER_REGISTER);
            set_field(&self.registers.function_select, place, FIELD_BITS, function as u32);
        }
    }

    /// Gives `pins` the pull `pull`.
    pub fn pull(&mut self, pins: &[Pin], pull: Pull) {
        match self.pull_control {
            PullControl::Clocked => self.clock_pull(pins, pull),
            PullControl::Direct => self.set_pull(pins, pull),
        }
    }

    /// The sequence that the manual gives under GPPUDCLK (§6.1).
    fn clock_pull(&mut self, pins: &[Pin], pull: Pull) {
        let value = match pull {
            Pull::None => 0b00,
            Pull::Down => 0b01,
            Pull::Up => 0b10,
        };
        let mut clocks = [0; 2];
        for pin in pins {
            let (register, bit) = pin.place(32);
            clocks[register] |= 1 << bit;
        }

        self.registers.pull.set(value);
        self.hold_pull();
        self.clock(clocks);
        self.hold_pull();
        self.registers.pull.set(0);
        self.clock([0; 2]);
    }

    fn clock(&self, clocks: [u32; 2]) {
        for (register, pins) in self.registers.pull_clock.iter().zip(clocks) {
            register.set(pins);
        }
    }

    fn hold_pull(&self) {
        for _ in 0..PULL_HOLD_READS {
            let _ = self.registers.pull.get();
        }
    }

    fn set_pull(&mut self, pins: &[Pin], pull: Pull) {
        const PINS_PER_REGISTER: u8 = 16;
        const FIELD_BITS: u32 = 2;

        let value = match pull {
            Pull::None => 0b00,
            Pull::Up => 0b01,
            Pull::Down => 0b10,
        };
        for pin in pins {
            let place = pin.place(PINS_PER_REGISTER);
            set_field(&self.registers.bcm2711_pull, place, FIELD_BITS, value);
        }
    }
}

/// Sets one field in an array of registers that have fields of `bits` bits side by side.
fn set_field(registers: &[ReadWrite<u32>], (register, field): (usize, u32), bits: u32, value: u32) {
    let shift = field * bits;
    let mask = ((1 << bits) - 1) << shift;
    let register = &registers[register];
    register.set(register.get() & !mask | value << shift);
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use mmio::fake::Bank;

    use super::*;

    // Offsets as the manuals print them (§6.1 and §5.2), on purpose not taken from `Registers`.
    const GPFSEL0: usize = 0x00;
    const GPFSEL1: usize = 0x04;
    const GPFSEL5: usize = 0x14;
    const GPPUD: usize = 0x94;
    const GPPUDCLK0: usize = 0x98;
    const GPPUDCLK1: usize = 0x9c;
    const GPIO_PUP_PDN_CNTRL_REG0: usize = 0xe4;
    const GPIO_PUP_PDN_CNTRL_REG3: usize = 0xf0;

    const UART_PINS: [Pin; 2] = [Pin::new(14), Pin::new(15)];

    #[test]
    fn the_uarts_pins_are_switched_and_their_neighbours_are_not() {
        let bank = Bank::zeroed();
        bank.poke(GPFSEL1, 0x3fff_ffff);

        Gpio::bcm2835(bank.mmio()).select(&UART_PINS, Function::Alternative0);

        // Three bits from 12 on for GPIO14, from 15 on for GPIO15.
        assert_eq!(bank.peek(GPFSEL1), 0x3fff_ffff & !(0o77 << 12) | 0o44 << 12);
    }

    #[test]
    fn the_first_and_the_last_pin_have_their_function_too() {
        let bank = Bank::zeroed();
        let mut gpio = Gpio::bcm2711(bank.mmio());

        gpio.select(&[Pin::new(0)], Function::Output);
        gpio.select(&[Pin::new(57)], Function::Alternative5);

        assert_eq!(bank.peek(GPFSEL0), 0b001);
        assert_eq!(bank.peek(GPFSEL5), 0b010 << 21);
    }

    #[test]
    fn every_function_has_the_value_in_the_manuals_table() {
        let values = [
            (Function::Input, 0),
            (Function::Output, 1),
            (Function::Alternative5, 2),
            (Function::Alternative4, 3),
            (Function::Alternative0, 4),
            (Function::Alternative1, 5),
            (Function::Alternative2, 6),
            (Function::Alternative3, 7),
        ];
        for (function, value) in values {
            let bank = Bank::zeroed();
            Gpio::bcm2835(bank.mmio()).select(&[Pin::new(0)], function);
            assert_eq!(bank.peek(GPFSEL0), value);
        }
    }

    #[test]
    fn a_pull_is_clocked_into_all_its_pins_at_once() {
        let bank = Bank::zeroed();
        let pulls = bank.record_writes(GPPUD);
        let clocks = bank.record_writes(GPPUDCLK0);
        let pull_at_clock = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let seen = pull_at_clock.clone();
        bank.on_write(GPPUDCLK1, move |_| seen.borrow_mut().push(bank.peek(GPPUD)));

        Gpio::bcm2835(bank.mmio()).pull(&UART_PINS, Pull::Up);

        assert_eq!(*pulls.borrow(), [2, 0]);
        assert_eq!(*clocks.borrow(), [1 << 14 | 1 << 15, 0]);
        assert_eq!(*pull_at_clock.borrow(), [2, 0]);
    }

    #[test]
    fn a_pull_is_held_before_and_after_it_is_clocked() {
        let bank = Bank::zeroed();
        let reads = std::rc::Rc::new(std::cell::Cell::new(0));
        let counted = reads.clone();
        bank.on_read(GPPUD, move || {
            counted.set(counted.get() + 1);
            bank.peek(GPPUD)
        });
        let reads_at_clock = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let seen = reads_at_clock.clone();
        bank.on_write(GPPUDCLK1, move |_| seen.borrow_mut().push(reads.get()));

        Gpio::bcm2835(bank.mmio()).pull(&[Pin::new(40)], Pull::Down);

        assert_eq!(*reads_at_clock.borrow(), [150, 300]);
    }

    #[test]
    fn the_bcm2711_has_a_field_for_each_pull() {
        let bank = Bank::zeroed();
        let mut gpio = Gpio::bcm2711(bank.mmio());
        bank.poke(GPIO_PUP_PDN_CNTRL_REG0, u32::MAX);

        gpio.pull(&[Pin::new(14)], Pull::None);
        gpio.pull(&[Pin::new(15)], Pull::Up);
        gpio.pull(&[Pin::new(57)], Pull::Down);

        assert_eq!(bank.peek(GPIO_PUP_PDN_CNTRL_REG0), 0x4fff_ffff);
        assert_eq!(bank.peek(GPIO_PUP_PDN_CNTRL_REG3), 0b10 << 18);
        assert_eq!(bank.peek(GPPUD), 0);
    }
}
