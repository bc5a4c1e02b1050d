//! The distributor (§4.3): which interrupts there are, how urgent, and for whom.

use mmio::{Mmio, ReadOnly, ReadWrite, WriteOnly};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

use crate::{Core, Interrupt, Recipients, SoftwareInterrupt};

/// Interrupts in a word of the registers with one bit, one byte or two bits for each.
const BITS_PER_WORD: u16 = 32;
const BYTES_PER_WORD: u16 = 4;

register_bitfields! [u32,
    /// GICD_CTLR, §4.3.1.
    Control [
        ENABLE OFFSET(0) NUMBITS(1) [],
    ],
    /// GICD_TYPER, §4.3.2.
    Type [
        LINES OFFSET(0) NUMBITS(5) [],
    ],
    /// GICD_SGIR, §4.3.15.
    Software [
        NUMBER OFFSET(0) NUMBITS(4) [],
        TARGETS OFFSET(16) NUMBITS(8) [],
        FILTER OFFSET(24) NUMBITS(2) [Targets = 0b00, AllOthers = 0b01],
    ],
];

register_structs! {
    /// The distributor's register block (§4.1.2). Only the registers that this driver uses are
    /// named. Of each array, the words for the interrupts 0 to 31 are one set for each core.
    pub DistributorRegisters {
        (0x000 => control: ReadWrite<u32, Control::Register>),
        (0x004 => kind: ReadOnly<u32, Type::Register>),
        (0x008 => _unused_before_enable),
        (0x100 => set_enable: [ReadWrite<u32>; 32]),
        (0x180 => clear_enable: [ReadWrite<u32>; 32]),
        (0x200 => _unused_before_clear_pending),
        (0x280 => clear_pending: [ReadWrite<u32>; 32]),
        (0x300 => _unused_before_clear_active),
        (0x380 => clear_active: [ReadWrite<u32>; 32]),
        (0x400 => priority: [ReadWrite<u32>; 255]),
        (0x7fc => _unused_before_targets),
        (0x800 => targets: [ReadWrite<u32>; 255]),
        (0xbfc => _unused_before_configuration),
        (0xc00 => configuration: [ReadWrite<u32>; 64]),
        (0xd00 => _unused_before_software),
        (0xf00 => software: WriteOnly<u32, Software::Register>),
        (0xf04 => @END),
    }
}

/// The part of the GIC that all cores share.
pub struct Distributor {
    registers: Mmio<DistributorRegisters>,
}

impl Distributor {
    /// Takes over the distributor: every shared interrupt off, not pending, and taken as long
    /// as its line is high; then forwarding is on. Each core calls
    /// [`Distributor::init_core`] next.
    #[must_use]
    pub fn new(registers: Mmio<DistributorRegisters>) -> Self {
        const LEVEL_SENSITIVE: u32 = 0;
        const CONFIGURATIONS_PER_WORD: usize = 16;

        registers.control.write(Control::ENABLE::CLEAR);
        // 32 interrupts for each line, the first of them the cores' own (§4.3.2).
        let words = 1 + registers.kind.read(Type::LINES) as usize;
        for word in 1..words.min(registers.clear_enable.len()) {
            registers.clear_enable[word].set(u32::MAX);
            registers.clear_pending[word].set(u32::MAX);
            registers.clear_active[word].set(u32::MAX);
        }
        let interrupts = words * usize::from(BITS_PER_WORD);
        let configurations = interrupts / CONFIGURATIONS_PER_WORD;
        for register in registers.configuration.iter().take(configurations).skip(2) {
            register.set(LEVEL_SENSITIVE);
        }
        registers.control.write(Control::ENABLE::SET);

        Self { registers }
    }

    /// Takes over the calling core's own interrupts: those sent by software on and at
    /// `priority`, its private ones off, none pending. Each core calls it once.
    pub fn init_core(&mut self, priority: u8) {
        const SOFTWARE: u32 = 0x0000_ffff;
        const PRIVATE: u32 = 0xffff_0000;
        const SOFTWARE_PRIORITY_WORDS: usize = 4;

        self.registers.clear_enable[0].set(PRIVATE);
        self.registers.clear_pending[0].set(PRIVATE);
        self.registers.clear_active[0].set(u32::MAX);
        for register in &self.registers.priority[..SOFTWARE_PRIORITY_WORDS] {
            register.set(u32::from_ne_bytes([priority; 4]));
        }
        self.registers.set_enable[0].set(SOFTWARE);
    }

    /// Turns `interrupt` on with `priority`, where 0 is the most urgent and 255 is never taken.
    ///
    /// A shared interrupt goes to `core`; a private one is the calling core's.
    pub fn enable(&mut self, interrupt: Interrupt, priority: u8, core: Core) {
        set_byte(&self.registers.priority, interrupt, priority.into());
        // For the first 32 this register is read-only (§4.3.12).
        set_byte(&self.registers.targets, interrupt, core.bit());
        let (word, bit) = interrupt.place(BITS_PER_WORD);
        if let Some(register) = self.registers.set_enable.get(word) {
            register.set(1 << bit);
        }
    }

    /// Turns `interrupt` off; a private one for the calling core.
    pub fn disable(&mut self, interrupt: Interrupt) {
        let (word, bit) = interrupt.place(BITS_PER_WORD);
        if let Some(register) = self.registers.clear_enable.get(word) {
            register.set(1 << bit);
        }
    }

    /// Interrupts other cores.
    ///
    /// What this core wrote to memory before is visible to them when they take it.
    pub fn send(&self, interrupt: SoftwareInterrupt, to: Recipients) {
        let recipients = match to {
            Recipients::Core(core) => Software::FILTER::Targets + Software::TARGETS.val(core.bit()),
            Recipients::AllOthers => Software::FILTER::AllOthers + Software::TARGETS.val(0),
        };

        mmio::barrier();
        self.registers.software.write(recipients + Software::NUMBER.val(interrupt.number()));
    }
}

/// Sets the byte of `interrupt` in an array of registers that has one for each.
fn set_byte(registers: &[ReadWrite<u32>], interrupt: Interrupt, byte: u32) {
    let (word, place) = interrupt.place(BYTES_PER_WORD);
    let shift = place * 8;
    if let Some(register) = registers.get(word) {
        register.set(register.get() & !(0xff << shift) | byte << shift);
    }
}

#[cfg(test)]
mod tests {
    use mmio::fake::Bank;

    use super::*;

    // Offsets as the specification prints them (§4.1.2), on purpose not taken from
    // `DistributorRegisters`.
    const CONTROL: usize = 0x000;
    const TYPE: usize = 0x004;
    const SET_ENABLE: usize = 0x100;
    const CLEAR_ENABLE: usize = 0x180;
    const CLEAR_PENDING: usize = 0x280;
    const CLEAR_ACTIVE: usize = 0x380;
    const PRIORITY: usize = 0x400;
    const TARGETS: usize = 0x800;
    const CONFIGURATION: usize = 0xc00;
    const SOFTWARE: usize = 0xf00;

    /// A GIC-400 with 192 shared interrupts: 7 words of 32 lines, counted from 0.
    fn distributor() -> (Bank, Distributor) {
        let bank = Bank::zeroed();
        bank.poke(TYPE, 6);
        (bank, Distributor::new(bank.mmio()))
    }

    fn core(number: u8) -> Core {
        Core::new(number).unwrap()
    }

    #[test]
    fn new_turns_off_every_shared_interrupt_that_there_is() {
        let (bank, _) = distributor();

        for word in 1..7 {
            assert_eq!(bank.peek(CLEAR_ENABLE + 4 * word), u32::MAX);
            assert_eq!(bank.peek(CLEAR_PENDING + 4 * word), u32::MAX);
            assert_eq!(bank.peek(CLEAR_ACTIVE + 4 * word), u32::MAX);
        }
        assert_eq!(bank.peek(CLEAR_ENABLE + 4 * 7), 0);
    }

    #[test]
    fn new_leaves_the_cores_own_interrupts_alone() {
        let (bank, _) = distributor();

        assert_eq!(bank.peek(CLEAR_ENABLE), 0);
        assert_eq!(bank.peek(CLEAR_PENDING), 0);
        assert_eq!(bank.peek(CLEAR_ACTIVE), 0);
    }

    #[test]
    fn new_takes_shared_interrupts_by_level() {
        let bank = Bank::zeroed();
        bank.poke(TYPE, 6);
        for word in 0..15 {
            bank.poke(CONFIGURATION + 4 * word, 0xaaaa_aaaa);
        }

        let _ = Distributor::new(bank.mmio());

        assert_eq!(bank.peek(CONFIGURATION + 4), 0xaaaa_aaaa);
        for word in 2..14 {
            assert_eq!(bank.peek(CONFIGURATION + 4 * word), 0);
        }
        assert_eq!(bank.peek(CONFIGURATION + 4 * 14), 0xaaaa_aaaa);
    }

    #[test]
    fn new_forwards_nothing_until_all_is_set() {
        let bank = Bank::zeroed();
        bank.poke(TYPE, 6);
        bank.poke(CONTROL, 1);
        bank.on_write(CLEAR_ENABLE + 4, move |_| assert_eq!(bank.peek(CONTROL), 0));

        let _ = Distributor::new(bank.mmio());

        assert_eq!(bank.peek(CONTROL), 1);
    }

    #[test]
    fn the_largest_gic_has_no_more_words_than_the_specification() {
        let bank = Bank::zeroed();
        bank.poke(TYPE, u32::MAX);

        let _ = Distributor::new(bank.mmio());

        assert_eq!(bank.peek(CLEAR_ENABLE + 4 * 31), u32::MAX);
        assert_eq!(bank.peek(CLEAR_ENABLE + 4 * 32), 0);
    }

    #[test]
    fn a_core_starts_with_software_interrupts_on_and_private_ones_off() {
        let (bank, mut distributor) = distributor();

        distributor.init_core(0xa0);

        assert_eq!(bank.peek(SET_ENABLE), 0x0000_ffff);
        assert_eq!(bank.peek(CLEAR_ENABLE), 0xffff_0000);
        assert_eq!(bank.peek(PRIORITY), 0xa0a0_a0a0);
        assert_eq!(bank.peek(PRIORITY + 12), 0xa0a0_a0a0);
        assert_eq!(bank.peek(PRIORITY + 16), 0);
    }

    #[test]
    fn a_shared_interrupt_gets_its_priority_and_its_core_before_it_is_on() {
        let (bank, mut distributor) = distributor();
        bank.poke(PRIORITY + 152, 0x4433_2211);
        bank.poke(TARGETS + 152, 0x0101_0101);
        bank.on_write(SET_ENABLE + 16, move |_| {
            assert_eq!(bank.peek(PRIORITY + 152), 0x4433_a011);
            assert_eq!(bank.peek(TARGETS + 152), 0x0101_0401);
        });

        // Interrupt 153: word 4, bit 25.
        distributor.enable(Interrupt::shared(121), 0xa0, core(2));

        assert_eq!(bank.peek(SET_ENABLE + 16), 1 << 25);
    }

    #[test]
    fn a_private_interrupt_is_in_the_first_word() {
        let (bank, mut distributor) = distributor();

        distributor.enable(Interrupt::private(14), 0x80, core(0));

        assert_eq!(bank.peek(SET_ENABLE), 1 << 30);
        assert_eq!(bank.peek(PRIORITY + 28), 0x0080_0000);
    }

    #[test]
    fn the_last_interrupt_has_a_place_in_every_register() {
        let (bank, mut distributor) = distributor();

        distributor.enable(Interrupt::shared(987), 0xff, core(7));

        assert_eq!(bank.peek(PRIORITY + 1016), 0xff00_0000);
        assert_eq!(bank.peek(TARGETS + 1016), 0x8000_0000);
        assert_eq!(bank.peek(SET_ENABLE + 124), 1 << 27);
    }

    #[test]
    fn disabling_clears_one_interrupt() {
        let (bank, mut distributor) = distributor();

        distributor.disable(Interrupt::shared(121));

        assert_eq!(bank.peek(CLEAR_ENABLE + 16), 1 << 25);
    }

    #[test]
    fn a_software_interrupt_goes_to_one_core_or_to_all_others() {
        let (bank, distributor) = distributor();

        distributor.send(SoftwareInterrupt::new(5), Recipients::Core(core(3)));
        assert_eq!(bank.peek(SOFTWARE), 0x0008_0005);
        distributor.send(SoftwareInterrupt::new(1), Recipients::AllOthers);
        assert_eq!(bank.peek(SOFTWARE), 0x0100_0001);
    }
}
