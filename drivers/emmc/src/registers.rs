//! The host controller's registers, in words, because the controllers of the Pi take no
//! shorter accesses.
//!
//! Section numbers are those of the *SD Host Controller Simplified Specification*, version
//! 3.00. *BCM2835 ARM Peripherals*, chapter 5, has the same registers under other names.

use mmio::{ReadOnly, ReadWrite, WriteOnly};
use tock_registers::{register_bitfields, register_structs};

register_bitfields! [u32,
    /// Block Size and Block Count, §2.2.2 and §2.2.3.
    pub(crate) Blocks [
        BYTES OFFSET(0) NUMBITS(12) [],
        COUNT OFFSET(16) NUMBITS(16) [],
    ],
    /// Transfer Mode and Command, §2.2.5 and §2.2.6.
    pub(crate) CommandTransfer [
        COUNT OFFSET(1) NUMBITS(1) [Enabled = 1],
        AUTO_COMMAND OFFSET(2) NUMBITS(2) [Stop = 1],
        DIRECTION OFFSET(4) NUMBITS(1) [Write = 0, Read = 1],
        BLOCKS OFFSET(5) NUMBITS(1) [Single = 0, Multiple = 1],
        RESPONSE OFFSET(16) NUMBITS(2) [None = 0, Long = 1, Short = 2, ShortBusy = 3],
        CHECK_CRC OFFSET(19) NUMBITS(1) [Enabled = 1],
        CHECK_INDEX OFFSET(20) NUMBITS(1) [Enabled = 1],
        DATA OFFSET(21) NUMBITS(1) [Present = 1],
        KIND OFFSET(22) NUMBITS(2) [Abort = 3],
        INDEX OFFSET(24) NUMBITS(6) [],
    ],
    /// Present State, §2.2.9.
    pub(crate) State [
        COMMAND_INHIBIT OFFSET(0) NUMBITS(1) [],
        DATA_INHIBIT OFFSET(1) NUMBITS(1) [],
    ],
    /// Host Control 1, Power Control, Block Gap Control and Wakeup Control, §2.2.10 to §2.2.13.
    pub(crate) Control0 [
        BUS_WIDTH OFFSET(1) NUMBITS(1) [OneBit = 0, FourBits = 1],
        BUS_POWER OFFSET(8) NUMBITS(1) [On = 1],
        BUS_VOLTAGE OFFSET(9) NUMBITS(3) [ThreePointThree = 0b111],
    ],
    /// Clock Control, Timeout Control and Software Reset, §2.2.14 to §2.2.16.
    pub(crate) Control1 [
        INTERNAL_CLOCK OFFSET(0) NUMBITS(1) [On = 1],
        INTERNAL_CLOCK_STABLE OFFSET(1) NUMBITS(1) [],
        CARD_CLOCK OFFSET(2) NUMBITS(1) [Off = 0, On = 1],
        DIVISOR_HIGH OFFSET(6) NUMBITS(2) [],
        DIVISOR_LOW OFFSET(8) NUMBITS(8) [],
        DATA_TIMEOUT OFFSET(16) NUMBITS(4) [Longest = 0b1110],
        RESET_ALL OFFSET(24) NUMBITS(1) [],
        RESET_COMMAND_LINE OFFSET(25) NUMBITS(1) [],
        RESET_DATA_LINES OFFSET(26) NUMBITS(1) [],
    ],
    /// Normal and Error Interrupt Status, §2.2.17 and §2.2.18.
    pub(crate) Events [
        COMMAND_COMPLETE OFFSET(0) NUMBITS(1) [],
        TRANSFER_COMPLETE OFFSET(1) NUMBITS(1) [],
        WRITE_READY OFFSET(4) NUMBITS(1) [],
        READ_READY OFFSET(5) NUMBITS(1) [],
        ERROR OFFSET(15) NUMBITS(1) [],
        COMMAND_TIMEOUT OFFSET(16) NUMBITS(1) [],
        COMMAND_CRC OFFSET(17) NUMBITS(1) [],
        COMMAND_END_BIT OFFSET(18) NUMBITS(1) [],
        COMMAND_INDEX OFFSET(19) NUMBITS(1) [],
        DATA_TIMEOUT OFFSET(20) NUMBITS(1) [],
        DATA_CRC OFFSET(21) NUMBITS(1) [],
        DATA_END_BIT OFFSET(22) NUMBITS(1) [],
        AUTO_COMMAND OFFSET(24) NUMBITS(1) [],
        ALL OFFSET(0) NUMBITS(32) [],
    ],
];

register_structs! {
    /// Register block (§2.1.1). Only the registers that this driver uses are named.
    pub Registers {
        (0x00 => _argument2),
        (0x04 => pub(crate) blocks: WriteOnly<u32, Blocks::Register>),
        (0x08 => pub(crate) argument: WriteOnly<u32>),
        (0x0c => pub(crate) command_transfer: WriteOnly<u32, CommandTransfer::Register>),
        (0x10 => pub(crate) response: [ReadOnly<u32>; 4]),
        (0x20 => pub(crate) data: ReadWrite<u32>),
        (0x24 => pub(crate) state: ReadOnly<u32, State::Register>),
        (0x28 => pub(crate) control0: ReadWrite<u32, Control0::Register>),
        (0x2c => pub(crate) control1: ReadWrite<u32, Control1::Register>),
        (0x30 => pub(crate) events: ReadWrite<u32, Events::Register>),
        (0x34 => pub(crate) events_seen: WriteOnly<u32, Events::Register>),
        (0x38 => pub(crate) interrupts: WriteOnly<u32, Events::Register>),
        (0x3c => @END),
    }
}
