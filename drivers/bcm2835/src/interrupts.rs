//! The interrupt controller for all that is not part of a core, on boards before the Pi 4.
//!
//! Source: the manual, §7.5.

use mmio::{Mmio, ReadOnly, ReadWrite};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;

register_structs! {
    /// Register block, from the base that the manual's offsets are counted from (§7.5).
    pub Registers {
        (0x000 => _unused_before_pending),
        (0x200 => basic_pending: ReadOnly<u32>),
        (0x204 => gpu_pending: [ReadOnly<u32>; 2]),
        (0x20c => fast_interrupt: ReadWrite<u32>),
        (0x210 => gpu_enable: [ReadWrite<u32>; 2]),
        (0x218 => basic_enable: ReadWrite<u32>),
        (0x21c => gpu_disable: [ReadWrite<u32>; 2]),
        (0x224 => basic_disable: ReadWrite<u32>),
        (0x228 => @END),
    }
}

const GPU_INTERRUPTS: u8 = 64;
const BASIC_INTERRUPTS: u8 = 8;

/// One of the 64 interrupts that the VideoCore has too, or of the 8 that only the Arm has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupt(u8);

impl Interrupt {
    /// The interrupt `number` of the manual's table "ARM peripherals interrupts" (§7.5).
    ///
    /// # Panics
    ///
    /// If `number` is not below 64; a board's table of constants fails to compile.
    #[must_use]
    pub const fn gpu(number: u8) -> Self {
        assert!(number < GPU_INTERRUPTS, "there are 64 GPU interrupts");
        Self(number)
    }

    /// The interrupt at bit `bit` of the basic pending register (§7.5).
    ///
    /// # Panics
    ///
    /// If `bit` is not below 8; a board's table of constants fails to compile.
    #[must_use]
    pub const fn basic(bit: u8) -> Self {
        assert!(bit < BASIC_INTERRUPTS, "there are 8 basic interrupts");
        Self(GPU_INTERRUPTS + bit)
    }

    /// The register that has the interrupt, out of the two for the GPU's and the basic one,
    /// and its bit there.
    fn find<'r, R>(self, gpu: &'r [R; 2], basic: &'r R) -> (&'r R, u32) {
        let [first, second] = gpu;
        let register = match self.0 {
            ..32 => first,
            32..GPU_INTERRUPTS => second,
            _ => basic,
        };
        (register, 1 << (self.0 % 32))
    }
}

/// The controller, which sends all its interrupts to one core.
pub struct Interrupts {
    registers: Mmio<Registers>,
}

impl Interrupts {
    /// Takes over the controller, with every interrupt off.
    #[must_use]
    pub fn new(registers: Mmio<Registers>) -> Self {
        registers.fast_interrupt.set(0);
        registers.gpu_disable.iter().for_each(|register| register.set(u32::MAX));
        registers.basic_disable.set(u32::MAX);

        Self { registers }
    }

    /// Lets `interrupt` through.
    pub fn enable(&self, interrupt: Interrupt) {
        let registers = &self.registers;
        let (register, bit) = interrupt.find(&registers.gpu_enable, &registers.basic_enable);
        register.set(bit);
    }

    /// Holds `interrupt` back.
    pub fn disable(&self, interrupt: Interrupt) {
        let registers = &self.registers;
        let (register, bit) = interrupt.find(&registers.gpu_disable, &registers.basic_disable);
        register.set(bit);
    }

    /// What is pending and enabled now.
    #[must_use]
    pub fn pending(&self) -> Pending {
        // The bits above say what the other two registers say, partly (§7.5).
        const BASIC_MASK: u32 = (1 << BASIC_INTERRUPTS) - 1;

        let [first, second] = &self.registers.gpu_pending;
        Pending {
            gpu: u64::from(second.get()) << 32 | u64::from(first.get()),
            basic: self.registers.basic_pending.get() & BASIC_MASK,
        }
    }
}

/// The pending interrupts, one after the other: the GPU's by number, then the basic ones.
#[derive(Clone, Debug)]
pub struct Pending {
    gpu: u64,
    basic: u32,
}

impl Iterator for Pending {
    type Item = Interrupt;

    fn next(&mut self) -> Option<Interrupt> {
        if self.gpu != 0 {
            let number = self.gpu.trailing_zeros() as u8;
            self.gpu &= self.gpu - 1;
            return Some(Interrupt(number));
        }
        if self.basic != 0 {
            let bit = self.basic.trailing_zeros() as u8;
            self.basic &= self.basic - 1;
            return Some(Interrupt(GPU_INTERRUPTS + bit));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use mmio::fake::Bank;

    use super::*;

    // Offsets as the manual prints them (§7.5), on purpose not taken from `Registers`.
    const BASIC_PENDING: usize = 0x200;
    const PENDING_1: usize = 0x204;
    const PENDING_2: usize = 0x208;
    const FIQ_CONTROL: usize = 0x20c;
    const ENABLE_1: usize = 0x210;
    const ENABLE_2: usize = 0x214;
    const ENABLE_BASIC: usize = 0x218;
    const DISABLE_1: usize = 0x21c;
    const DISABLE_2: usize = 0x220;
    const DISABLE_BASIC: usize = 0x224;

    fn interrupts() -> (Bank, Interrupts) {
        let bank = Bank::zeroed();
        (bank, Interrupts::new(bank.mmio()))
    }

    #[test]
    fn new_turns_every_interrupt_off() {
        let bank = Bank::zeroed();
        bank.poke(FIQ_CONTROL, 0x80);

        let _ = Interrupts::new(bank.mmio());

        assert_eq!(bank.peek(FIQ_CONTROL), 0);
        assert_eq!(bank.peek(DISABLE_1), u32::MAX);
        assert_eq!(bank.peek(DISABLE_2), u32::MAX);
        assert_eq!(bank.peek(DISABLE_BASIC), u32::MAX);
    }

    #[test]
    fn each_interrupt_has_its_bit_in_one_of_three_registers() {
        let (bank, interrupts) = interrupts();

        interrupts.enable(Interrupt::gpu(9));
        interrupts.enable(Interrupt::gpu(57));
        interrupts.enable(Interrupt::basic(1));
        assert_eq!(bank.peek(ENABLE_1), 1 << 9);
        assert_eq!(bank.peek(ENABLE_2), 1 << 25);
        assert_eq!(bank.peek(ENABLE_BASIC), 1 << 1);

        interrupts.disable(Interrupt::gpu(31));
        interrupts.disable(Interrupt::gpu(32));
        interrupts.disable(Interrupt::basic(7));
        assert_eq!(bank.peek(DISABLE_1), 1 << 31);
        assert_eq!(bank.peek(DISABLE_2), 1);
        assert_eq!(bank.peek(DISABLE_BASIC), 1 << 7);
    }

    #[test]
    fn pending_interrupts_come_one_after_the_other() {
        let (bank, interrupts) = interrupts();
        bank.poke(PENDING_1, 1 << 9);
        bank.poke(PENDING_2, 1 << 25 | 1 << 31);
        bank.poke(BASIC_PENDING, 1 << 1);

        let pending: Vec<Interrupt> = interrupts.pending().collect();

        let expected =
            [Interrupt::gpu(9), Interrupt::gpu(57), Interrupt::gpu(63), Interrupt::basic(1)];
        assert_eq!(pending, expected);
    }

    #[test]
    fn shortcuts_to_other_interrupts_are_not_counted_twice() {
        let (bank, interrupts) = interrupts();
        bank.poke(BASIC_PENDING, 0x001f_ff00);

        assert_eq!(interrupts.pending().next(), None);
    }
}
