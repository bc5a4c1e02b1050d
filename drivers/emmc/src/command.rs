//! The commands that the driver sends, and the words by which the controller knows them.
//!
//! Source: *SD Physical Layer Simplified Specification*, §4.7.4 for the commands and §4.9 for
//! the answers; the word is that of *SD Host Controller Simplified Specification*, §2.2.5 and
//! §2.2.6, and so is what to check of an answer.

use tock_registers::fields::FieldValue;

use crate::registers::CommandTransfer;

type Word = FieldValue<u32, CommandTransfer::Register>;

/// What a card answers to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing.
    None,
    /// R1, R6 and R7: 32 bits with a checksum.
    Short,
    /// R1b: the same, and then the card may be busy.
    ShortBusy,
    /// R3: 32 bits with neither checksum nor index.
    Unchecked,
    /// R2: one of the card's long registers.
    Long,
}

/// A command's number and the kind of its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    index: u32,
    pub(crate) answer: Answer,
}

/// How a command moves data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) direction: Direction,
    /// Blocks, each of `block_bytes`.
    pub(crate) blocks: u16,
    pub(crate) block_bytes: u16,
    /// The controller sends CMD12 by itself after the last block.
    pub(crate) auto_stop: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

const fn command(index: u32, answer: Answer) -> Command {
    Command { index, answer }
}

/// CMD0: all cards go to the idle state.
pub(crate) const GO_IDLE: Command = command(0, Answer::None);
/// CMD2: the card sends its identification.
pub(crate) const ALL_SEND_IDENTIFICATION: Command = command(2, Answer::Long);
/// CMD3: the card chooses an address.
pub(crate) const SEND_ADDRESS: Command = command(3, Answer::Short);
/// CMD6: the card tells or changes its functions.
pub(crate) const SWITCH_FUNCTION: Command = command(6, Answer::Short);
/// CMD7: the card with this address is meant from here on.
pub(crate) const SELECT: Command = command(7, Answer::ShortBusy);
/// CMD8: the voltage supplied; only cards from version 2.00 on know it.
pub(crate) const SEND_INTERFACE_CONDITION: Command = command(8, Answer::Short);
/// CMD9: the card sends what it is capable of.
pub(crate) const SEND_SPECIFIC_DATA: Command = command(9, Answer::Long);
/// CMD12: ends a transfer. The wait for a busy card is left to CMD13.
pub(crate) const STOP: Command = command(12, Answer::Short);
/// CMD13: the card's status.
pub(crate) const SEND_STATUS: Command = command(13, Answer::Short);
/// CMD16: the length of a block, for cards that can have several.
pub(crate) const SET_BLOCK_LENGTH: Command = command(16, Answer::Short);
/// CMD17: reads one block.
pub(crate) const READ_BLOCK: Command = command(17, Answer::Short);
/// CMD18: reads blocks until told to stop.
pub(crate) const READ_BLOCKS: Command = command(18, Answer::Short);
/// CMD23: how many blocks the next command moves.
pub(crate) const SET_BLOCK_COUNT: Command = command(23, Answer::Short);
/// CMD24: writes one block.
pub(crate) const WRITE_BLOCK: Command = command(24, Answer::Short);
/// CMD25: writes blocks until told to stop.
pub(crate) const WRITE_BLOCKS: Command = command(25, Answer::Short);
/// CMD55: the next command is an application's.
pub(crate) const APPLICATION_COMMAND: Command = command(55, Answer::Short);
/// ACMD6: how many lines carry data.
pub(crate) const SET_BUS_WIDTH: Command = command(6, Answer::Short);
/// ACMD41: the card leaves the idle state.
pub(crate) const SEND_OPERATING_CONDITIONS: Command = command(41, Answer::Unchecked);
/// ACMD51: the card sends its configuration.
pub(crate) const SEND_CONFIGURATION: Command = command(51, Answer::Short);

impl Command {
    /// The word that makes the controller send it; with `transfer` if it moves data.
    pub(crate) fn word(self, transfer: Option<Transfer>) -> Word {
        let word = CommandTransfer::INDEX.val(self.index) + self.answer.word();
        let word = if self == STOP { word + CommandTransfer::KIND::Abort } else { word };
        match transfer {
            Some(transfer) => word + transfer.word(),
            None => word,
        }
    }
}

impl Answer {
    fn word(self) -> Word {
        let checked = CommandTransfer::CHECK_CRC::Enabled + CommandTransfer::CHECK_INDEX::Enabled;
        match self {
            Self::None => CommandTransfer::RESPONSE::None,
            Self::Short => CommandTransfer::RESPONSE::Short + checked,
            Self::ShortBusy => CommandTransfer::RESPONSE::ShortBusy + checked,
            Self::Unchecked => CommandTransfer::RESPONSE::Short,
            Self::Long => CommandTransfer::RESPONSE::Long + CommandTransfer::CHECK_CRC::Enabled,
        }
    }
}

impl Transfer {
    fn word(self) -> Word {
        let direction = match self.direction {
            Direction::Read => CommandTransfer::DIRECTION::Read,
            Direction::Write => CommandTransfer::DIRECTION::Write,
        };
        let word = CommandTransfer::DATA::Present + direction;
        let word = if self.auto_stop { word + CommandTransfer::AUTO_COMMAND::Stop } else { word };
        if self.blocks > 1 {
            word + CommandTransfer::BLOCKS::Multiple + CommandTransfer::COUNT::Enabled
        } else {
            word
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(direction: Direction, blocks: u16, auto_stop: bool) -> Option<Transfer> {
        Some(Transfer { direction, blocks, block_bytes: 512, auto_stop })
    }

    #[test]
    fn a_command_asks_for_its_answer_and_its_checks() {
        assert_eq!(GO_IDLE.word(None).value, 0x0000_0000);
        assert_eq!(ALL_SEND_IDENTIFICATION.word(None).value, 0x0209_0000);
        assert_eq!(SELECT.word(None).value, 0x071b_0000);
        assert_eq!(SEND_INTERFACE_CONDITION.word(None).value, 0x081a_0000);
        assert_eq!(SEND_OPERATING_CONDITIONS.word(None).value, 0x2902_0000);
    }

    #[test]
    fn stopping_is_an_abort() {
        assert_eq!(STOP.word(None).value, 0x0cda_0000);
    }

    #[test]
    fn a_transfer_of_one_block_counts_nothing() {
        let read = transfer(Direction::Read, 1, false);
        let write = transfer(Direction::Write, 1, false);

        assert_eq!(READ_BLOCK.word(read).value, 0x113a_0010);
        assert_eq!(WRITE_BLOCK.word(write).value, 0x183a_0000);
    }

    #[test]
    fn a_transfer_of_several_is_stopped_by_the_controller_if_nothing_else_does() {
        let stopped = transfer(Direction::Read, 2, true);
        let counted = transfer(Direction::Write, 2, false);

        assert_eq!(READ_BLOCKS.word(stopped).value, 0x123a_0036);
        assert_eq!(WRITE_BLOCKS.word(counted).value, 0x193a_0022);
    }
}
