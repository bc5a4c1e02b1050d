//! Arm PL011 UART, the serial console of every Raspberry Pi so far.
//!
//! The driver never waits: bytes go into the transmit FIFO while there is room, and the
//! interrupts say when to come back. A kernel keeps the queues. Only [`Pl011::emergency`], for
//! the last words of a crash, polls, and it too has an end.
//!
//! Source: *PrimeCell UART (PL011) Technical Reference Manual*, ARM DDI 0183G. Section
//! numbers below are that manual's.

#![no_std]
#![forbid(unsafe_code)]

use core::fmt;

use mmio::{Mmio, ReadOnly, ReadWrite, WriteOnly};
use tock_registers::interfaces::{ReadWriteable, Readable, Writeable};
use tock_registers::{LocalRegisterCopy, register_bitfields, register_structs};

/// Polls of a flag before the driver gives up: many times the 87 µs that one character takes at
/// 115 200 baud, at the 50 ns or more that a register read takes.
const POLLS_MAX: u32 = 100_000;

register_bitfields! [u32,
    /// UARTDR, §3.3.1.
    Data [
        CHARACTER OFFSET(0) NUMBITS(8) [],
        FRAMING_ERROR OFFSET(8) NUMBITS(1) [],
        PARITY_ERROR OFFSET(9) NUMBITS(1) [],
        BREAK OFFSET(10) NUMBITS(1) [],
        OVERRUN OFFSET(11) NUMBITS(1) [],
    ],
    /// UARTFR, §3.3.3.
    Flags [
        BUSY OFFSET(3) NUMBITS(1) [],
        RECEIVE_FIFO_EMPTY OFFSET(4) NUMBITS(1) [],
        TRANSMIT_FIFO_FULL OFFSET(5) NUMBITS(1) [],
    ],
    /// UARTLCR_H, §3.3.7.
    LineControl [
        FIFOS OFFSET(4) NUMBITS(1) [Disabled = 0, Enabled = 1],
        WORD_LENGTH OFFSET(5) NUMBITS(2) [EightBits = 0b11],
    ],
    /// UARTCR, §3.3.8.
    Control [
        UART OFFSET(0) NUMBITS(1) [Disabled = 0, Enabled = 1],
        TRANSMIT OFFSET(8) NUMBITS(1) [Enabled = 1],
        RECEIVE OFFSET(9) NUMBITS(1) [Enabled = 1],
    ],
    /// UARTIFLS, §3.3.9.
    FifoLevels [
        TRANSMIT OFFSET(0) NUMBITS(3) [OneEighth = 0b000],
        RECEIVE OFFSET(3) NUMBITS(3) [OneHalf = 0b010],
    ],
    /// UARTIMSC, UARTMIS and UARTICR, §3.3.10, §3.3.12 and §3.3.13.
    Interrupts [
        RECEIVE OFFSET(4) NUMBITS(1) [],
        TRANSMIT OFFSET(5) NUMBITS(1) [],
        RECEIVE_TIMEOUT OFFSET(6) NUMBITS(1) [],
        ALL OFFSET(0) NUMBITS(11) [],
    ],
];

register_structs! {
    /// Register block (§3.2). Only the registers that this driver uses are named.
    pub Registers {
        (0x000 => data: ReadWrite<u32, Data::Register>),
        (0x004 => _unused_before_flags),
        (0x018 => flags: ReadOnly<u32, Flags::Register>),
        (0x01c => _unused_before_divisor),
        (0x024 => divisor_integer: ReadWrite<u32>),
        (0x028 => divisor_fraction: ReadWrite<u32>),
        (0x02c => line_control: ReadWrite<u32, LineControl::Register>),
        (0x030 => control: ReadWrite<u32, Control::Register>),
        (0x034 => fifo_levels: ReadWrite<u32, FifoLevels::Register>),
        (0x038 => interrupt_mask: ReadWrite<u32, Interrupts::Register>),
        (0x03c => _unused_raw_interrupts),
        (0x040 => interrupts: ReadOnly<u32, Interrupts::Register>),
        (0x044 => interrupt_clear: WriteOnly<u32, Interrupts::Register>),
        (0x048 => @END),
    }
}

/// A PL011 that is on: 8 bits, no parity, 1 stop bit, FIFOs enabled.
pub struct Pl011 {
    registers: Mmio<Registers>,
    errors: ReceiveErrors,
}

/// What went wrong on the way in since [`Pl011::new`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReceiveErrors {
    /// Times that characters were lost because nobody emptied the FIFO in time.
    pub overruns: u32,
    /// Characters dropped for a bad stop bit, a bad parity, or being part of a break.
    pub damaged: u32,
}

/// Why the UART asked for attention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// Characters wait in the receive FIFO.
    pub receive: bool,
    /// The transmit FIFO has drained to an eighth.
    pub transmit: bool,
}

impl Pl011 {
    /// Programs the UART for `baud` bits per second and turns it on, with all interrupts off.
    ///
    /// `clock_hz` is the UART's own input clock, which the board knows. What an earlier owner
    /// left in the FIFOs is lost, but for the character on the line.
    ///
    /// # Errors
    ///
    /// [`BaudError`] if the clock cannot be divided down to `baud`; the device is untouched.
    pub fn new(registers: Mmio<Registers>, clock_hz: u32, baud: u32) -> Result<Self, BaudError> {
        let divisor = Divisor::for_baud(clock_hz, baud)?;

        stop(&registers);
        registers.divisor_integer.set(divisor.integer.into());
        registers.divisor_fraction.set(divisor.fraction.into());
        // The divisor takes effect only when this register is written after it (§3.3.7).
        registers
            .line_control
            .write(LineControl::WORD_LENGTH::EightBits + LineControl::FIFOS::Enabled);
        registers.fifo_levels.write(FifoLevels::TRANSMIT::OneEighth + FifoLevels::RECEIVE::OneHalf);
        registers
            .control
            .write(Control::UART::Enabled + Control::TRANSMIT::Enabled + Control::RECEIVE::Enabled);

        Ok(Self { registers, errors: ReceiveErrors::default() })
    }

    /// Puts as many bytes from the front of `bytes` into the transmit FIFO as fit, and tells
    /// how many.
    pub fn transmit(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        for &byte in bytes {
            if self.registers.flags.is_set(Flags::TRANSMIT_FIFO_FULL) {
                break;
            }
            self.registers.data.set(byte.into());
            sent += 1;
        }
        sent
    }

    /// Moves received characters to the front of `buffer` and tells how many.
    ///
    /// Damaged ones are counted and dropped. At most as many as `buffer` is long are taken from
    /// the FIFO; the interrupt stays pending while more wait than its level.
    pub fn receive(&mut self, buffer: &mut [u8]) -> usize {
        let mut received = 0;
        for _ in 0..buffer.len() {
            if self.registers.flags.is_set(Flags::RECEIVE_FIFO_EMPTY) {
                break;
            }
            let data = self.registers.data.extract();
            let Some(byte) = self.undamaged(data) else { continue };
            let Some(place) = buffer.get_mut(received) else { break };
            *place = byte;
            received += 1;
        }
        received
    }

    /// Whether the last character has left the UART, stop bit and all (§3.3.3, BUSY).
    #[must_use]
    pub fn is_idle(&self) -> bool {
        !self.registers.flags.is_set(Flags::BUSY)
    }

    /// What went wrong on the way in so far.
    #[must_use]
    pub fn receive_errors(&self) -> ReceiveErrors {
        self.errors
    }

    /// Turns on the interrupts for received characters: at half a FIFO, or when characters have
    /// waited for the time of 32 bits (§2.4.10).
    pub fn listen(&mut self) {
        self.registers
            .interrupt_mask
            .modify(Interrupts::RECEIVE::SET + Interrupts::RECEIVE_TIMEOUT::SET);
    }

    /// Turns the interrupt for room in the transmit FIFO on or off.
    ///
    /// It comes when the FIFO drains past its level, not while it is below (§2.4.10): fill the
    /// FIFO first, and turn the interrupt on only if bytes are left.
    pub fn transmit_interrupt(&mut self, on: bool) {
        self.registers.interrupt_mask.modify(Interrupts::TRANSMIT.val(on.into()));
    }

    /// Clears the pending interrupts and tells which there were.
    ///
    /// Call it before [`Pl011::transmit`] and [`Pl011::receive`], so that what comes up during
    /// those is not cleared unseen.
    pub fn acknowledge(&mut self) -> Events {
        let pending = self.registers.interrupts.extract();
        self.registers.interrupt_clear.set(pending.get());

        Events {
            receive: pending.is_set(Interrupts::RECEIVE)
                || pending.is_set(Interrupts::RECEIVE_TIMEOUT),
            transmit: pending.is_set(Interrupts::TRANSMIT),
        }
    }

    /// Sends all of `bytes` by polling, for a kernel that will not run any further.
    ///
    /// # Errors
    ///
    /// [`Stuck`] if the transmit FIFO stays full; the bytes before that are sent.
    pub fn emergency(&mut self, bytes: &[u8]) -> Result<(), Stuck> {
        for &byte in bytes {
            wait_while(&self.registers, Flags::TRANSMIT_FIFO_FULL)?;
            self.registers.data.set(byte.into());
        }
        Ok(())
    }

    /// The character in `data`, or `None` and a count if it is not what was sent.
    fn undamaged(&mut self, data: LocalRegisterCopy<u32, Data::Register>) -> Option<u8> {
        // The overrun hit a character after this one, which is itself good (§3.3.1).
        if data.is_set(Data::OVERRUN) {
            self.errors.overruns = self.errors.overruns.saturating_add(1);
        }
        if data.any_matching_bits_set(
            Data::FRAMING_ERROR::SET + Data::PARITY_ERROR::SET + Data::BREAK::SET,
        ) {
            self.errors.damaged = self.errors.damaged.saturating_add(1);
            return None;
        }
        Some(data.get() as u8)
    }
}

/// Turns the UART off and empties it, in the order of §3.3.8.
fn stop(registers: &Registers) {
    registers.control.write(Control::UART::Disabled);
    // A character on the line is given time to end; if it does not, it is cut.
    let _ = wait_while(registers, Flags::BUSY);
    registers.line_control.modify(LineControl::FIFOS::Disabled);
    registers.interrupt_mask.set(0);
    registers.interrupt_clear.write(Interrupts::ALL.val(Interrupts::ALL.mask));
}

fn wait_while(
    registers: &Registers,
    flag: tock_registers::fields::Field<u32, Flags::Register>,
) -> Result<(), Stuck> {
    let is_over = || (!registers.flags.is_set(flag)).then_some(());
    mmio::poll(POLLS_MAX, is_over).ok_or(Stuck)
}

/// What the input clock is divided by: `integer` + `fraction` / 64, 16 times per bit (§3.3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Divisor {
    integer: u16,
    fraction: u8,
}

impl Divisor {
    /// The divisor nearest to `clock_hz` / (16 × `baud`).
    fn for_baud(clock_hz: u32, baud: u32) -> Result<Self, BaudError> {
        let clock = u64::from(clock_hz);
        let baud = u64::from(baud);
        // In 64ths, rounded: 64 × clock / (16 × baud), plus a half.
        let sixty_fourths = (8 * clock).checked_div(baud).ok_or(BaudError::TooSlow)?.div_ceil(2);

        let integer = u16::try_from(sixty_fourths / 64).map_err(|_| BaudError::TooSlow)?;
        let fraction = (sixty_fourths % 64) as u8;
        match (integer, fraction) {
            (0, _) => Err(BaudError::TooFast),
            // With the largest integer the fraction must be 0 (§3.3.6).
            (u16::MAX, 1..) => Err(BaudError::TooSlow),
            _ => Ok(Self { integer, fraction }),
        }
    }
}

/// Why no divisor gives the baud rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaudError {
    /// The rate is more than a 16th of the UART's clock.
    TooFast,
    /// The rate is 0, or less than the UART's clock by 65535.
    TooSlow,
}

impl fmt::Display for BaudError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooFast => "the baud rate is more than a 16th of the clock",
            Self::TooSlow => "the baud rate is too low for the clock",
        })
    }
}

/// The transmit FIFO stayed full: a UART without a clock, or not the UART at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck;

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the UART does not send")
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::cell::RefCell;
    use std::rc::Rc;
    use std::vec::Vec;

    use mmio::fake::Bank;

    use super::*;

    // Offsets as the manual prints them (§3.2), on purpose not taken from `Registers`.
    const DATA: usize = 0x00;
    const FLAGS: usize = 0x18;
    const DIVISOR_INTEGER: usize = 0x24;
    const DIVISOR_FRACTION: usize = 0x28;
    const LINE_CONTROL: usize = 0x2c;
    const CONTROL: usize = 0x30;
    const FIFO_LEVELS: usize = 0x34;
    const INTERRUPT_MASK: usize = 0x38;
    const INTERRUPTS: usize = 0x40;
    const INTERRUPT_CLEAR: usize = 0x44;

    const BUSY: u32 = 1 << 3;
    const RECEIVE_FIFO_EMPTY: u32 = 1 << 4;
    const TRANSMIT_FIFO_FULL: u32 = 1 << 5;

    fn uart(bank: Bank) -> Pl011 {
        Pl011::new(bank.mmio(), 48_000_000, 115_200).expect("48 MHz divides down to 115 200")
    }

    /// Makes the device take 16 bytes and no more; what it took.
    fn transmit_fifo(bank: Bank) -> Rc<RefCell<Vec<u32>>> {
        let fifo = Rc::new(RefCell::new(Vec::new()));
        let filled = fifo.clone();
        bank.on_write(DATA, move |value| {
            filled.borrow_mut().push(value);
            if filled.borrow().len() == 16 {
                bank.poke(FLAGS, TRANSMIT_FIFO_FULL);
            }
        });
        fifo
    }

    /// Makes the device hold `characters` in its receive FIFO, each with its error bits.
    fn receive_fifo(bank: Bank, characters: &'static [u32]) {
        let mut waiting = characters.iter();
        bank.poke(FLAGS, if characters.is_empty() { RECEIVE_FIFO_EMPTY } else { 0 });
        bank.on_read(DATA, move || {
            let character = *waiting.next().expect("the driver looks before it reads");
            bank.poke(FLAGS, if waiting.len() == 0 { RECEIVE_FIFO_EMPTY } else { 0 });
            character
        });
    }

    #[test]
    fn divisor_matches_the_example_in_the_manual() {
        let divisor = Divisor::for_baud(4_000_000, 230_400);
        assert_eq!(divisor, Ok(Divisor { integer: 1, fraction: 5 }));
    }

    #[test]
    fn divisor_is_rounded_to_the_nearest_64th() {
        let divisor = Divisor::for_baud(48_000_000, 115_200);
        assert_eq!(divisor, Ok(Divisor { integer: 26, fraction: 3 }));
    }

    #[test]
    fn a_rate_out_of_the_clocks_reach_is_an_error() {
        assert_eq!(Divisor::for_baud(48_000_000, 3_100_000), Err(BaudError::TooFast));
        assert_eq!(
            Divisor::for_baud(48_000_000, 3_000_000),
            Ok(Divisor { integer: 1, fraction: 0 })
        );
        assert_eq!(Divisor::for_baud(48_000_000, 45), Err(BaudError::TooSlow));
        assert_eq!(Divisor::for_baud(48_000_000, 0), Err(BaudError::TooSlow));
        assert_eq!(Divisor::for_baud(16 * 65_535, 1), Ok(Divisor { integer: 65_535, fraction: 0 }));
        assert_eq!(Divisor::for_baud(16 * 65_535 + 1, 1), Err(BaudError::TooSlow));
    }

    #[test]
    fn a_rate_out_of_reach_leaves_the_device_untouched() {
        let bank = Bank::zeroed();
        bank.poke(CONTROL, 0x301);

        assert_eq!(Pl011::new(bank.mmio(), 48_000_000, 0).err(), Some(BaudError::TooSlow));

        assert_eq!(bank.peek(CONTROL), 0x301);
    }

    #[test]
    fn new_programs_8n1_with_fifos_and_turns_the_uart_on() {
        let bank = Bank::zeroed();
        uart(bank);

        assert_eq!(bank.peek(DIVISOR_INTEGER), 26);
        assert_eq!(bank.peek(DIVISOR_FRACTION), 3);
        assert_eq!(bank.peek(LINE_CONTROL), 0b0111_0000);
        assert_eq!(bank.peek(CONTROL), 0b11_0000_0001);
        assert_eq!(bank.peek(FIFO_LEVELS), 0b010_000);
    }

    #[test]
    fn new_turns_the_uart_off_and_empties_it_first() {
        let bank = Bank::zeroed();
        bank.poke(LINE_CONTROL, 0b0111_0000);
        let control = bank.record_writes(CONTROL);
        let line_control = bank.record_writes(LINE_CONTROL);
        bank.on_write(DIVISOR_INTEGER, move |_| {
            assert_eq!(bank.peek(CONTROL), 0);
            assert_eq!(bank.peek(LINE_CONTROL), 0b0110_0000);
        });

        uart(bank);

        assert_eq!(*control.borrow(), [0, 0x301]);
        assert_eq!(*line_control.borrow(), [0b0110_0000, 0b0111_0000]);
    }

    #[test]
    fn new_masks_and_clears_every_interrupt() {
        let bank = Bank::zeroed();
        bank.poke(INTERRUPT_MASK, 0x7ff);

        uart(bank);

        assert_eq!(bank.peek(INTERRUPT_MASK), 0);
        assert_eq!(bank.peek(INTERRUPT_CLEAR), 0x7ff);
    }

    #[test]
    fn new_does_not_wait_for_ever_for_a_character_on_the_line() {
        let bank = Bank::zeroed();
        bank.poke(FLAGS, BUSY);

        uart(bank);

        assert_eq!(bank.peek(CONTROL), 0x301);
    }

    #[test]
    fn transmit_stops_at_a_full_fifo_and_tells_how_much_went() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        let fifo = transmit_fifo(bank);

        assert_eq!(uart.transmit(b"twenty bytes of text"), 16);
        assert_eq!(uart.transmit(b"text"), 0);

        let sent: Vec<u32> = b"twenty bytes of ".iter().map(|&byte| byte.into()).collect();
        assert_eq!(*fifo.borrow(), sent);
    }

    #[test]
    fn receive_empties_the_fifo() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        receive_fifo(bank, &[0x68, 0x69]);
        let mut buffer = [0; 8];

        assert_eq!(uart.receive(&mut buffer), 2);
        assert_eq!(&buffer[..2], b"hi");
        assert_eq!(uart.receive(&mut buffer), 0);
        assert_eq!(uart.receive_errors(), ReceiveErrors::default());
    }

    #[test]
    fn receive_leaves_in_the_fifo_what_does_not_fit_the_buffer() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        receive_fifo(bank, &[0x61, 0x62, 0x63]);
        let mut buffer = [0; 2];

        assert_eq!(uart.receive(&mut buffer), 2);
        assert_eq!(&buffer, b"ab");
        assert_eq!(uart.receive(&mut buffer), 1);
        assert_eq!(buffer[0], b'c');
    }

    #[test]
    fn a_damaged_character_is_dropped_and_counted() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        receive_fifo(bank, &[0x161, 0x262, 0x400, 0x64]);
        let mut buffer = [0; 8];

        assert_eq!(uart.receive(&mut buffer), 1);

        assert_eq!(buffer[0], b'd');
        assert_eq!(uart.receive_errors(), ReceiveErrors { overruns: 0, damaged: 3 });
    }

    #[test]
    fn the_character_that_reports_an_overrun_is_itself_good() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        receive_fifo(bank, &[0x861]);
        let mut buffer = [0; 8];

        assert_eq!(uart.receive(&mut buffer), 1);

        assert_eq!(buffer[0], b'a');
        assert_eq!(uart.receive_errors(), ReceiveErrors { overruns: 1, damaged: 0 });
    }

    #[test]
    fn receive_ends_on_a_device_that_sends_damage_for_ever() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        bank.on_read(DATA, || 0x100);

        assert_eq!(uart.receive(&mut [0; 8]), 0);
        assert_eq!(uart.receive_errors().damaged, 8);
    }

    #[test]
    fn listening_and_transmitting_have_separate_interrupts() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);

        uart.listen();
        assert_eq!(bank.peek(INTERRUPT_MASK), 0b101_0000);
        uart.transmit_interrupt(true);
        assert_eq!(bank.peek(INTERRUPT_MASK), 0b111_0000);
        uart.transmit_interrupt(false);
        assert_eq!(bank.peek(INTERRUPT_MASK), 0b101_0000);
    }

    #[test]
    fn acknowledge_clears_what_was_pending_and_no_more() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        bank.poke(INTERRUPTS, 1 << 6);
        assert_eq!(uart.acknowledge(), Events { receive: true, transmit: false });
        assert_eq!(bank.peek(INTERRUPT_CLEAR), 1 << 6);

        bank.poke(INTERRUPTS, 1 << 4 | 1 << 5);
        assert_eq!(uart.acknowledge(), Events { receive: true, transmit: true });
        assert_eq!(bank.peek(INTERRUPT_CLEAR), 1 << 4 | 1 << 5);

        bank.poke(INTERRUPTS, 0);
        assert_eq!(uart.acknowledge(), Events { receive: false, transmit: false });
    }

    #[test]
    fn an_emergency_waits_for_room_in_the_fifo() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        let fifo = transmit_fifo(bank);
        let mut polls = 0;
        bank.on_read(FLAGS, move || {
            polls += 1;
            if polls % 3 == 0 { 0 } else { TRANSMIT_FIFO_FULL }
        });

        assert_eq!(uart.emergency(&[b'x'; 40]), Ok(()));

        assert_eq!(fifo.borrow().len(), 40);
    }

    #[test]
    fn an_emergency_gives_up_on_a_fifo_that_never_drains() {
        let bank = Bank::zeroed();
        let mut uart = uart(bank);
        bank.poke(FLAGS, TRANSMIT_FIFO_FULL);

        assert_eq!(uart.emergency(b"x"), Err(Stuck));
    }
}
