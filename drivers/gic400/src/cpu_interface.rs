//! A core's interface (§4.4): where it takes an interrupt and says that it is done.

use mmio::{Mmio, ReadOnly, ReadWrite, WriteOnly};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

use crate::{Core, Interrupt};

register_bitfields! [u32,
    /// GICC_CTLR, §4.4.1.
    Control [
        ENABLE OFFSET(0) NUMBITS(1) [],
    ],
];

register_structs! {
    /// The interface's register block (§4.1.3), which each core sees its own of. Only the
    /// registers that this driver uses are named.
    pub CpuInterfaceRegisters {
        (0x00 => control: ReadWrite<u32, Control::Register>),
        (0x04 => priority_mask: ReadWrite<u32>),
        (0x08 => binary_point: ReadWrite<u32>),
        (0x0c => acknowledge: ReadOnly<u32>),
        (0x10 => end: WriteOnly<u32>),
        (0x14 => @END),
    }
}

/// The calling core's part of the GIC.
pub struct CpuInterface {
    registers: Mmio<CpuInterfaceRegisters>,
}

impl CpuInterface {
    /// Turns the interface on for interrupts of every priority, none of which interrupts
    /// another. To be called by the core whose interface it is.
    #[must_use]
    pub fn new(registers: Mmio<CpuInterfaceRegisters>) -> Self {
        const EVERY_PRIORITY: u32 = 0xff;
        /// All bits of the priority rank what is pending, none of them pre-empts (§3.3.3).
        const NO_PREEMPTION: u32 = 7;

        registers.priority_mask.set(EVERY_PRIORITY);
        registers.binary_point.set(NO_PREEMPTION);
        registers.control.write(Control::ENABLE::SET);

        Self { registers }
    }

    /// Takes the most urgent pending interrupt; `None` if there is none any more (§3.2.5).
    pub fn acknowledge(&mut self) -> Option<Acknowledged> {
        const NUMBER_MASK: u32 = 0x3ff;

        let value = self.registers.acknowledge.get();
        let interrupt = Interrupt::acknowledged(value & NUMBER_MASK)?;
        Some(Acknowledged { value, interrupt })
    }

    /// Says that an interrupt has been dealt with, so that the next can come (§4.4.5).
    pub fn end(&mut self, acknowledged: Acknowledged) {
        mmio::barrier();
        self.registers.end.set(acknowledged.value);
    }
}

/// An interrupt that this core has taken, and has to give to [`CpuInterface::end`].
#[derive(Debug, PartialEq, Eq)]
#[must_use = "an interrupt that is never ended blocks all others"]
pub struct Acknowledged {
    /// What the register said; the end of a software interrupt needs its sender too.
    value: u32,
    interrupt: Interrupt,
}

impl Acknowledged {
    /// Which interrupt it is.
    #[must_use]
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt
    }

    /// The core that sent it, if it was sent by software.
    #[must_use]
    pub fn sender(&self) -> Option<Core> {
        const SENDER_SHIFT: u32 = 10;
        const SENDER_MASK: u32 = 0b111;

        let sender = self.value >> SENDER_SHIFT & SENDER_MASK;
        match self.interrupt.number() {
            ..16 => Core::new(sender as u8),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use mmio::fake::Bank;

    use super::*;
    use crate::SoftwareInterrupt;

    // Offsets as the specification prints them (§4.1.3), on purpose not taken from
    // `CpuInterfaceRegisters`.
    const CONTROL: usize = 0x00;
    const PRIORITY_MASK: usize = 0x04;
    const BINARY_POINT: usize = 0x08;
    const ACKNOWLEDGE: usize = 0x0c;
    const END: usize = 0x10;

    fn interface() -> (Bank, CpuInterface) {
        let bank = Bank::zeroed();
        (bank, CpuInterface::new(bank.mmio()))
    }

    #[test]
    fn new_lets_every_priority_through_without_preemption() {
        let (bank, _) = interface();

        assert_eq!(bank.peek(PRIORITY_MASK), 0xff);
        assert_eq!(bank.peek(BINARY_POINT), 7);
        assert_eq!(bank.peek(CONTROL), 1);
    }

    #[test]
    fn an_interrupt_is_taken_and_ended_by_its_number() {
        let (bank, mut interface) = interface();
        bank.poke(ACKNOWLEDGE, 153);

        let acknowledged = interface.acknowledge().unwrap();
        assert_eq!(acknowledged.interrupt(), Interrupt::shared(121));
        assert_eq!(acknowledged.sender(), None);

        interface.end(acknowledged);
        assert_eq!(bank.peek(END), 153);
    }

    #[test]
    fn the_end_of_a_software_interrupt_names_its_sender() {
        let (bank, mut interface) = interface();
        bank.poke(ACKNOWLEDGE, 3 << 10 | 5);

        let acknowledged = interface.acknowledge().unwrap();
        assert_eq!(acknowledged.interrupt(), SoftwareInterrupt::new(5).into());
        assert_eq!(acknowledged.sender(), Core::new(3));

        interface.end(acknowledged);
        assert_eq!(bank.peek(END), 3 << 10 | 5);
    }

    #[test]
    fn a_spurious_interrupt_is_none_and_is_not_ended() {
        let (bank, mut interface) = interface();

        for spurious in [1022, 1023] {
            bank.poke(ACKNOWLEDGE, spurious);
            assert_eq!(interface.acknowledge(), None);
        }
        assert_eq!(bank.peek(END), 0);
    }
}
