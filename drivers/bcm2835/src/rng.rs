//! The random number generator of the boards before the Pi 4.
//!
//! Source: the manual leaves this block out; the registers are those of Linux's
//! `drivers/char/hw_random/bcm2835-rng.c`.

use device::RngError;
use mmio::{Mmio, ReadOnly, ReadWrite};
use spin::Mutex;
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

/// Polls for one word, which takes some ten microseconds; a poll takes 50 ns or more.
const POLLS_MAX: u32 = 10_000;

/// The first numbers are less random than the later ones; the device throws them away.
const WARM_UP_COUNT: u32 = 0x4_0000;

register_bitfields! [u32,
    Control [
        GENERATOR OFFSET(0) NUMBITS(1) [Off = 0, On = 1],
    ],
    Status [
        WARM_UP OFFSET(0) NUMBITS(20) [],
        WORDS OFFSET(24) NUMBITS(8) [],
    ],
];

register_structs! {
    /// Register block. Only the registers that this driver uses are named.
    pub Registers {
        (0x00 => control: ReadWrite<u32, Control::Register>),
        (0x04 => status: ReadWrite<u32, Status::Register>),
        (0x08 => data: ReadOnly<u32>),
        (0x0c => @END),
    }
}

/// The random number generator, gathering entropy since [`Rng::new`].
pub struct Rng {
    registers: Mutex<Mmio<Registers>>,
}

impl Rng {
    /// Turns the generator on and does not wait for it: [`device::Rng::fill`] says whether it
    /// is ready.
    #[must_use]
    pub fn new(registers: Mmio<Registers>) -> Self {
        registers.status.write(Status::WARM_UP.val(WARM_UP_COUNT));
        registers.control.write(Control::GENERATOR::On);

        Self { registers: Mutex::new(registers) }
    }
}

impl device::Rng for Rng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        let registers = self.registers.lock();
        device::fill_from_words(buffer, || next_word(&registers))
    }
}

fn next_word(registers: &Registers) -> Result<u32, RngError> {
    let has_word = || (registers.status.read(Status::WORDS) != 0).then_some(());
    mmio::poll(POLLS_MAX, has_word).ok_or(RngError::NotReady)?;
    Ok(registers.data.get())
}

#[cfg(test)]
mod tests {
    use device::Rng as _;
    use mmio::fake::Bank;

    use super::*;

    // Offsets as Linux has them, on purpose not taken from `Registers`.
    const RNG_CTRL: usize = 0x00;
    const RNG_STATUS: usize = 0x04;
    const RNG_DATA: usize = 0x08;

    /// A generator that holds `words`.
    fn ready(words: &'static [u32]) -> Rng {
        let bank = Bank::zeroed();
        let rng = Rng::new(bank.mmio());
        bank.poke(RNG_STATUS, (words.len() as u32) << 24);
        let mut waiting = words.iter();
        bank.on_read(RNG_DATA, move || {
            let word = *waiting.next().expect("the driver looks before it reads");
            bank.poke(RNG_STATUS, (waiting.len() as u32) << 24);
            word
        });
        rng
    }

    #[test]
    fn new_turns_the_generator_on_after_its_warm_up_is_set() {
        let bank = Bank::zeroed();
        bank.on_write(RNG_CTRL, move |_| assert_eq!(bank.peek(RNG_STATUS), 0x4_0000));

        let _ = Rng::new(bank.mmio());

        assert_eq!(bank.peek(RNG_CTRL), 1);
    }

    #[test]
    fn fill_takes_the_words_in_the_order_of_the_device() {
        let mut buffer = [0; 8];

        assert_eq!(ready(&[1, 2]).fill(&mut buffer), Ok(()));

        assert_eq!(buffer, [1, 0, 0, 0, 2, 0, 0, 0]);
    }

    #[test]
    fn a_generator_that_never_warms_up_is_not_ready() {
        let bank = Bank::zeroed();
        let rng = Rng::new(bank.mmio());
        let mut buffer = [7; 4];

        assert_eq!(rng.fill(&mut buffer), Err(RngError::NotReady));

        assert_eq!(buffer, [7; 4]);
    }

    #[test]
    fn fill_gives_up_on_a_generator_that_dries_up() {
        let rng = ready(&[1]);

        assert_eq!(rng.fill(&mut [0; 8]), Err(RngError::NotReady));
    }
}
