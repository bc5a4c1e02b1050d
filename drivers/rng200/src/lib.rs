//! Broadcom RNG200, the random number generator of the Pi 4.
//!
//! Source: Broadcom publishes no manual; the registers are those that Linux names in
//! `drivers/char/hw_random/iproc-rng200.c`, and their values for the BCM2711 are those of the
//! Raspberry Pi's branch of it.

#![no_std]
#![forbid(unsafe_code)]

use device::{Rng, RngError};
use mmio::{Mmio, ReadOnly, ReadWrite};
use spin::Mutex;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

/// Polls for one word: 32 bits take 32 µs at 1 MHz, and a poll takes 50 ns or more.
const POLLS_MAX: u32 = 10_000;

/// The first bits are less random than the later ones; the device throws them away.
const WARM_UP_BITS: u32 = 0x4_0000;

/// Total bits from which the warm-up is over.
const FIRST_BITS: u32 = 16;

register_bitfields! [u32,
    Control [
        GENERATOR OFFSET(0) NUMBITS(13) [Off = 0, On = 0x1fff],
        SAMPLE_DIVIDER OFFSET(13) NUMBITS(8) [OneMegahertz = 3],
    ],
    FifoCount [
        WORDS OFFSET(0) NUMBITS(8) [],
        INTERRUPT_WORDS OFFSET(8) NUMBITS(8) [],
    ],
];

register_structs! {
    /// Register block. Only the registers that this driver uses are named.
    pub Registers {
        (0x00 => control: ReadWrite<u32, Control::Register>),
        (0x04 => _unused_before_bit_count),
        (0x0c => total_bits: ReadOnly<u32>),
        (0x10 => total_bits_threshold: ReadWrite<u32>),
        (0x14 => _unused_before_fifo),
        (0x20 => fifo_data: ReadOnly<u32>),
        (0x24 => fifo_count: ReadWrite<u32, FifoCount::Register>),
        (0x28 => @END),
    }
}

/// The random number generator, gathering entropy since [`Rng200::new`].
pub struct Rng200 {
    registers: Mutex<Mmio<Registers>>,
}

impl Rng200 {
    /// Turns the generator on and does not wait for it: [`Rng::fill`] says whether it is ready.
    #[must_use]
    pub fn new(registers: Mmio<Registers>) -> Self {
        registers.total_bits_threshold.set(WARM_UP_BITS);
        registers.fifo_count.write(FifoCount::INTERRUPT_WORDS.val(2));
        registers.control.write(Control::SAMPLE_DIVIDER::OneMegahertz + Control::GENERATOR::On);

        Self { registers: Mutex::new(registers) }
    }
}

impl Rng for Rng200 {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        let registers = self.registers.lock();
        if registers.total_bits.get() <= FIRST_BITS {
            return Err(RngError::NotReady);
        }
        device::fill_from_words(buffer, || next_word(&registers))
    }
}

fn next_word(registers: &Registers) -> Result<u32, RngError> {
    let has_word = || (registers.fifo_count.read(FifoCount::WORDS) != 0).then_some(());
    mmio::poll(POLLS_MAX, has_word).ok_or(RngError::NotReady)?;
    Ok(registers.fifo_data.get())
}

#[cfg(test)]
mod tests {
    use mmio::fake::Bank;

    use super::*;

    // Offsets as Linux has them, on purpose not taken from `Registers`.
    const CONTROL: usize = 0x00;
    const TOTAL_BITS: usize = 0x0c;
    const TOTAL_BITS_THRESHOLD: usize = 0x10;
    const FIFO_DATA: usize = 0x20;
    const FIFO_COUNT: usize = 0x24;

    /// A generator that has warmed up and holds `words` in its FIFO.
    fn warm(words: &'static [u32]) -> Rng200 {
        let bank = Bank::zeroed();
        let rng = Rng200::new(bank.mmio());
        bank.poke(TOTAL_BITS, 17);
        bank.poke(FIFO_COUNT, 2 << 8 | words.len() as u32);
        let mut waiting = words.iter();
        bank.on_read(FIFO_DATA, move || {
            let word = *waiting.next().expect("the driver looks before it reads");
            bank.poke(FIFO_COUNT, 2 << 8 | waiting.len() as u32);
            word
        });
        rng
    }

    #[test]
    fn new_turns_the_generator_on_at_one_megahertz_with_a_warm_up() {
        let bank = Bank::zeroed();

        let _ = Rng200::new(bank.mmio());

        assert_eq!(bank.peek(TOTAL_BITS_THRESHOLD), 0x4_0000);
        assert_eq!(bank.peek(CONTROL), 3 << 13 | 0x1fff);
    }

    #[test]
    fn fill_empties_the_fifo_from_its_front() {
        let mut bytes = [0; 5];

        assert_eq!(warm(&[0x0403_0201, 5]).fill(&mut bytes), Ok(()));

        assert_eq!(bytes, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_generator_that_is_still_warming_up_is_not_ready() {
        let bank = Bank::zeroed();
        let rng = Rng200::new(bank.mmio());
        bank.poke(TOTAL_BITS, 16);
        bank.poke(FIFO_COUNT, 4);
        let mut buffer = [7; 4];

        assert_eq!(rng.fill(&mut buffer), Err(RngError::NotReady));

        assert_eq!(buffer, [7; 4]);
    }

    #[test]
    fn fill_gives_up_on_a_generator_that_dries_up() {
        let rng = warm(&[1]);

        assert_eq!(rng.fill(&mut [0; 8]), Err(RngError::NotReady));
    }
}
