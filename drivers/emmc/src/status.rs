//! What a card says about itself in most of its answers.
//!
//! Source: *SD Physical Layer Simplified Specification*, §4.10.1, "Card Status".

use crate::fault::Fault;

const OUT_OF_RANGE: u32 = 1 << 31;
const ADDRESS_ERROR: u32 = 1 << 30;
const BLOCK_LENGTH_ERROR: u32 = 1 << 29;
const WRITE_PROTECTED: u32 = 1 << 26;
const LOCKED: u32 = 1 << 25;
const CORRECTION_FAILED: u32 = 1 << 21;
const CONTROLLER_ERROR: u32 = 1 << 20;
const GENERAL_ERROR: u32 = 1 << 19;
const READY_FOR_DATA: u32 = 1 << 8;
const TAKES_APPLICATION_COMMAND: u32 = 1 << 5;

/// Errors of a command that moved data or was to move it.
///
/// Not among them are a bad checksum and an illegal command, since those two are about the
/// command before, nor that the end was passed: some cards say so after the last block was
/// read (§4.3.3), and the driver has checked the range before.
const DATA_ERRORS: u32 =
    WRITE_PROTECTED | CORRECTION_FAILED | CONTROLLER_ERROR | GENERAL_ERROR | ADDRESS_ERROR;

/// The states in which the driver meets a card (CURRENT_STATE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Selected, and waiting for a command.
    Transfer,
    /// Sending or receiving data: it waits for its end, or for a stop.
    Moving,
    /// Writing to its memory.
    Programming,
    /// Any other; the driver did not bring the card there.
    Lost,
}

/// The answer R1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CardStatus(pub(crate) u32);

impl CardStatus {
    /// Succeeds if this is the answer to a command for data that the card will carry out.
    ///
    /// # Errors
    ///
    /// [`Fault::Refused`].
    pub(crate) fn accepts(self) -> Result<(), Fault> {
        self.has_none_of(DATA_ERRORS | OUT_OF_RANGE | BLOCK_LENGTH_ERROR)
    }

    /// Succeeds if this, after a write, tells of no error in it.
    ///
    /// # Errors
    ///
    /// [`Fault::Refused`].
    pub(crate) fn has_written(self) -> Result<(), Fault> {
        self.has_none_of(DATA_ERRORS)
    }

    pub(crate) fn is_write_protected(self) -> bool {
        self.0 & WRITE_PROTECTED != 0
    }

    /// Whether data was read that the card's own error correction gave up on.
    pub(crate) fn is_beyond_correction(self) -> bool {
        self.0 & CORRECTION_FAILED != 0
    }

    /// Whether a password keeps its data away.
    pub(crate) fn is_locked(self) -> bool {
        self.0 & LOCKED != 0
    }

    /// Whether the next command will be taken for an application's.
    pub(crate) fn takes_application_command(self) -> bool {
        self.0 & TAKES_APPLICATION_COMMAND != 0
    }

    pub(crate) fn is_ready(self) -> bool {
        self.0 & READY_FOR_DATA != 0 && self.state() == State::Transfer
    }

    pub(crate) fn state(self) -> State {
        match self.0 >> 9 & 0xf {
            4 => State::Transfer,
            5 | 6 => State::Moving,
            7 => State::Programming,
            _ => State::Lost,
        }
    }

    fn has_none_of(self, errors: u32) -> Result<(), Fault> {
        if self.0 & errors == 0 { Ok(()) } else { Err(Fault::Refused(self)) }
    }
}

#[cfg(test)]
mod tests {
    use device::BlockError;

    use super::*;

    /// Ready, in the state `tran`.
    const READY: u32 = 0x900;

    #[test]
    fn a_card_that_waits_in_the_transfer_state_is_ready() {
        assert!(CardStatus(READY).is_ready());
        assert!(!CardStatus(0x800).is_ready());
        assert!(!CardStatus(0xf00).is_ready());
    }

    #[test]
    fn every_state_has_the_number_in_the_table() {
        let states = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(|state| CardStatus(state << 9).state());

        assert_eq!(states[..4], [State::Lost; 4]);
        assert_eq!(states[4], State::Transfer);
        assert_eq!(states[5..7], [State::Moving; 2]);
        assert_eq!(states[7..], [State::Programming, State::Lost]);
    }

    #[test]
    fn an_error_of_the_command_before_is_none_of_this_one() {
        assert_eq!(CardStatus(READY | 0b11 << 22).accepts(), Ok(()));
    }

    #[test]
    fn the_end_passed_is_an_error_of_a_command_but_not_of_data_that_arrived() {
        let status = CardStatus(READY | 1 << 31);

        assert_eq!(status.accepts(), Err(Fault::Refused(status)));
        assert_eq!(status.has_written(), Ok(()));
    }

    #[test]
    fn errors_of_the_card_become_what_the_caller_can_do_about_them() {
        let error = |bit: u32| {
            let fault = CardStatus(READY | 1 << bit).accepts().expect_err("the bit is an error");
            (BlockError::from(fault), fault.may_pass())
        };

        assert_eq!(error(26), (BlockError::ReadOnly, false));
        assert_eq!(error(21), (BlockError::Corrupt, true));
        assert_eq!(error(20), (BlockError::Failed, true));
        assert_eq!(error(19), (BlockError::Failed, true));
    }
}
