//! BCM2836 local interrupt controller: what each core of a Pi 3 is interrupted by.
//!
//! The generic timers and the mailboxes of the cores end here; everything else comes as the
//! one source [`Source::Gpu`] from the controller in driver-bcm2835.
//!
//! Source: *ARM Quad A7 core* (QA7 rev 3.4), Broadcom, 2014. Section numbers below are that
//! document's.

#![no_std]
#![forbid(unsafe_code)]

use mmio::{Mmio, ReadOnly, ReadWrite, WriteOnly};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::register_structs;

/// Cores that the controller serves, and mailboxes that each of them has.
const CORES: usize = 4;
const MAILBOXES: usize = 4;

register_structs! {
    /// Register block (§4). Only the registers that this driver uses are named.
    pub Registers {
        (0x000 => control: ReadWrite<u32>),
        (0x004 => _unused_before_prescaler),
        (0x008 => timer_prescaler: ReadWrite<u32>),
        (0x00c => gpu_routing: ReadWrite<u32>),
        (0x010 => _unused_before_timers),
        (0x040 => timer_interrupts: [ReadWrite<u32>; CORES]),
        (0x050 => mailbox_interrupts: [ReadWrite<u32>; CORES]),
        (0x060 => sources: [ReadOnly<u32>; CORES]),
        (0x070 => _unused_before_mailboxes),
        (0x080 => mailbox_set: [[WriteOnly<u32>; MAILBOXES]; CORES]),
        (0x0c0 => mailbox_clear: [[ReadWrite<u32>; MAILBOXES]; CORES]),
        (0x100 => @END),
    }
}

/// A core of the chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Core {
    Zero,
    One,
    Two,
    Three,
}

impl Core {
    /// All cores, by number.
    pub const ALL: [Self; CORES] = [Self::Zero, Self::One, Self::Two, Self::Three];

    /// The core with the number that `MPIDR_EL1` gives it; `None` past the last.
    #[must_use]
    pub fn new(number: usize) -> Option<Self> {
        Self::ALL.get(number).copied()
    }
}

/// One of a core's four mailboxes, each of 32 bits that others may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say all")]
pub enum Mailbox {
    Zero,
    One,
    Two,
    Three,
}

/// One of a core's generic timers, in the order of their bits (§4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// The physical timer of the secure world, CNTPS.
    SecurePhysical,
    /// The physical timer that a kernel at EL1 uses, CNTPNS.
    Physical,
    /// The timer of EL2, CNTHP.
    Hypervisor,
    /// The virtual timer, CNTV.
    Virtual,
}

/// What interrupts a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// One of its timers.
    Timer(Timer),
    /// A bit in one of its mailboxes.
    Mailbox(Mailbox),
    /// The chip's other interrupt controller.
    Gpu,
    /// Its performance counters.
    Performance,
    /// The timer of this controller, which no one here turns on.
    LocalTimer,
}

/// The controller for all cores.
///
/// Each method but [`LocalController::new`] touches registers of one core only, or registers
/// that several cores may write at once.
pub struct LocalController {
    registers: Mmio<Registers>,
}

impl LocalController {
    /// Takes over the controller: all timers and mailboxes off, their bits cleared, GPU
    /// interrupts to core 0, and the generic timers at the rate of the crystal.
    #[must_use]
    pub fn new(registers: Mmio<Registers>) -> Self {
        /// 2³¹ divided by this is how far the crystal is divided down for the timers (§3.1.1).
        const PRESCALER_FOR_ONE_TO_ONE: u32 = 0x8000_0000;
        /// Crystal clock, counting by one (§4.2).
        const TIMER_FROM_CRYSTAL: u32 = 0;
        /// Both IRQ and FIQ (§4.4).
        const GPU_TO_CORE_0: u32 = 0;

        registers.control.set(TIMER_FROM_CRYSTAL);
        registers.timer_prescaler.set(PRESCALER_FOR_ONE_TO_ONE);
        registers.gpu_routing.set(GPU_TO_CORE_0);
        registers.timer_interrupts.iter().for_each(|register| register.set(0));
        registers.mailbox_interrupts.iter().for_each(|register| register.set(0));
        registers.mailbox_clear.as_flattened().iter().for_each(|register| register.set(u32::MAX));

        Self { registers }
    }

    /// Lets `timer` interrupt `core`; to be called by that core (§4.6).
    pub fn enable_timer(&self, core: Core, timer: Timer) {
        let register = &self.registers.timer_interrupts[core as usize];
        register.set(register.get() | 1 << timer as u32);
    }

    /// Keeps `timer` from interrupting `core`; to be called by that core (§4.6).
    pub fn disable_timer(&self, core: Core, timer: Timer) {
        let register = &self.registers.timer_interrupts[core as usize];
        register.set(register.get() & !(1 << timer as u32));
    }

    /// Lets `mailbox` interrupt `core`; to be called by that core (§4.7).
    pub fn enable_mailbox(&self, core: Core, mailbox: Mailbox) {
        let register = &self.registers.mailbox_interrupts[core as usize];
        register.set(register.get() | 1 << mailbox as u32);
    }

    /// Sets `bits` in the `mailbox` of `core` (§4.8).
    ///
    /// What this core wrote to memory before is visible to the other when it sees the bits.
    pub fn send(&self, core: Core, mailbox: Mailbox, bits: u32) {
        mmio::barrier();
        self.registers.mailbox_set[core as usize][mailbox as usize].set(bits);
    }

    /// Clears the `mailbox` of `core` and returns the bits that were set (§4.8).
    pub fn take(&self, core: Core, mailbox: Mailbox) -> u32 {
        let register = &self.registers.mailbox_clear[core as usize][mailbox as usize];
        let bits = register.get();
        // Only these: a bit that was set in between stays for the next time.
        register.set(bits);
        bits
    }

    /// What interrupts `core` now (§4.10).
    #[must_use]
    pub fn sources(&self, core: Core) -> Sources {
        Sources { bits: self.registers.sources[core as usize].get() }
    }
}

/// What interrupts a core, one source after the other, timers first.
#[derive(Clone, Debug)]
pub struct Sources {
    bits: u32,
}

impl Iterator for Sources {
    type Item = Source;

    fn next(&mut self) -> Option<Source> {
        while self.bits != 0 {
            let bit = self.bits.trailing_zeros();
            self.bits &= self.bits - 1;
            if let Some(source) = source(bit) {
                return Some(source);
            }
        }
        None
    }
}

/// The source behind a bit of the source register (§4.10); `None` for one that is not used.
fn source(bit: u32) -> Option<Source> {
    Some(match bit {
        0 => Source::Timer(Timer::SecurePhysical),
        1 => Source::Timer(Timer::Physical),
        2 => Source::Timer(Timer::Hypervisor),
        3 => Source::Timer(Timer::Virtual),
        4 => Source::Mailbox(Mailbox::Zero),
        5 => Source::Mailbox(Mailbox::One),
        6 => Source::Mailbox(Mailbox::Two),
        7 => Source::Mailbox(Mailbox::Three),
        8 => Source::Gpu,
        9 => Source::Performance,
        11 => Source::LocalTimer,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::vec::Vec;

    use mmio::fake::Bank;

    use super::*;

    // Offsets as the document prints them (§4), on purpose not taken from `Registers`.
    const CONTROL: usize = 0x00;
    const TIMER_PRESCALER: usize = 0x08;
    const GPU_ROUTING: usize = 0x0c;
    const CORE_0_TIMERS: usize = 0x40;
    const CORE_3_TIMERS: usize = 0x4c;
    const CORE_1_MAILBOXES: usize = 0x54;
    const CORE_0_SOURCE: usize = 0x60;
    const CORE_2_SOURCE: usize = 0x68;
    const CORE_1_MAILBOX_0_SET: usize = 0x90;
    const CORE_3_MAILBOX_3_SET: usize = 0xbc;
    const CORE_0_MAILBOX_0_CLEAR: usize = 0xc0;
    const CORE_2_MAILBOX_1_CLEAR: usize = 0xe4;
    const CORE_3_MAILBOX_3_CLEAR: usize = 0xfc;

    fn controller() -> (Bank, LocalController) {
        let bank = Bank::zeroed();
        (bank, LocalController::new(bank.mmio()))
    }

    #[test]
    fn new_runs_the_timers_at_the_rate_of_the_crystal() {
        let bank = Bank::zeroed();
        bank.poke(CONTROL, 0x300);

        let _ = LocalController::new(bank.mmio());

        assert_eq!(bank.peek(CONTROL), 0);
        assert_eq!(bank.peek(TIMER_PRESCALER), 0x8000_0000);
    }

    #[test]
    fn new_turns_off_what_was_on() {
        let bank = Bank::zeroed();
        bank.poke(GPU_ROUTING, 0b0110);
        bank.poke(CORE_3_TIMERS, 0xff);
        bank.poke(CORE_1_MAILBOXES, 0xff);

        let _ = LocalController::new(bank.mmio());

        assert_eq!(bank.peek(GPU_ROUTING), 0);
        assert_eq!(bank.peek(CORE_3_TIMERS), 0);
        assert_eq!(bank.peek(CORE_1_MAILBOXES), 0);
        assert_eq!(bank.peek(CORE_0_MAILBOX_0_CLEAR), u32::MAX);
        assert_eq!(bank.peek(CORE_3_MAILBOX_3_CLEAR), u32::MAX);
    }

    #[test]
    fn each_core_turns_its_own_timers_on_and_off() {
        let (bank, controller) = controller();

        controller.enable_timer(Core::Three, Timer::Physical);
        controller.enable_timer(Core::Three, Timer::Virtual);
        assert_eq!(bank.peek(CORE_3_TIMERS), 0b1010);
        controller.disable_timer(Core::Three, Timer::Virtual);
        assert_eq!(bank.peek(CORE_3_TIMERS), 0b0010);
        assert_eq!(bank.peek(CORE_0_TIMERS), 0);
    }

    #[test]
    fn a_mailbox_interrupts_the_core_that_enabled_it() {
        let (bank, controller) = controller();

        controller.enable_mailbox(Core::One, Mailbox::Zero);
        controller.enable_mailbox(Core::One, Mailbox::Three);

        assert_eq!(bank.peek(CORE_1_MAILBOXES), 0b1001);
    }

    #[test]
    fn sending_sets_bits_in_the_mailbox_of_the_other_core() {
        let (bank, controller) = controller();

        controller.send(Core::One, Mailbox::Zero, 0b100);
        controller.send(Core::Three, Mailbox::Three, 0b1);

        assert_eq!(bank.peek(CORE_1_MAILBOX_0_SET), 0b100);
        assert_eq!(bank.peek(CORE_3_MAILBOX_3_SET), 0b1);
    }

    #[test]
    fn taking_clears_only_the_bits_that_were_seen() {
        let (bank, controller) = controller();
        let writes = bank.record_writes(CORE_2_MAILBOX_1_CLEAR);
        bank.poke(CORE_2_MAILBOX_1_CLEAR, 0b101);

        assert_eq!(controller.take(Core::Two, Mailbox::One), 0b101);

        assert_eq!(*writes.borrow(), [0b101]);
    }

    #[test]
    fn the_sources_of_a_core_come_one_after_the_other() {
        let (bank, controller) = controller();
        bank.poke(CORE_2_SOURCE, 1 << 1 | 1 << 4 | 1 << 8);

        let sources: Vec<Source> = controller.sources(Core::Two).collect();

        assert_eq!(
            sources,
            [Source::Timer(Timer::Physical), Source::Mailbox(Mailbox::Zero), Source::Gpu]
        );
        assert_eq!(controller.sources(Core::Zero).next(), None);
    }

    #[test]
    fn bits_without_a_meaning_are_no_sources() {
        let (bank, controller) = controller();
        bank.poke(CORE_0_SOURCE, u32::MAX);

        assert_eq!(controller.sources(Core::Zero).count(), 11);
    }

    #[test]
    fn there_are_four_cores() {
        assert_eq!(Core::new(3), Some(Core::Three));
        assert_eq!(Core::new(4), None);
    }
}
