//! Reads and writes of blocks, tried again where that may help.
//!
//! Source: *SD Physical Layer Simplified Specification*, §4.3.3 and §4.3.4.

use device::{BLOCK_BYTES, BlockError, poll_for};

use crate::card::Card;
use crate::command::{self, Direction, Transfer};
use crate::controller::Controller;
use crate::fault::Fault;
use crate::status::{CardStatus, State};
use crate::timing::WRITE_NS_MAX;

/// Times that a transfer is tried before its error is given on.
const ATTEMPTS_MAX: u32 = 3;

/// Blocks that one command moves at most; an attempt that fails begins them again.
pub(crate) const COMMAND_BLOCKS_MAX: u16 = 1024;
pub(crate) const COMMAND_BYTES_MAX: usize = COMMAND_BLOCKS_MAX as usize * BLOCK_BYTES;

/// A card, and the controller that it is on.
pub(crate) struct Link<'a> {
    pub(crate) controller: &'a mut Controller,
    pub(crate) card: Card,
}

impl Link<'_> {
    /// Fills `buffer`, at most [`COMMAND_BYTES_MAX`], from block `first` on.
    pub(crate) fn read(&mut self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        self.attempt(|link| link.read_once(first, buffer))
    }

    /// Writes `data`, at most [`COMMAND_BYTES_MAX`], from block `first` on.
    pub(crate) fn write(&mut self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        self.attempt(|link| link.write_once(first, data))
    }

    /// Returns when the card answers and is done with all that it was given.
    pub(crate) fn settle(&mut self) -> Result<(), BlockError> {
        self.attempt(Self::wait_until_written)
    }

    /// Calls `once` until it succeeds, but [`ATTEMPTS_MAX`] times at most.
    fn attempt(
        &mut self,
        mut once: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<(), BlockError> {
        let mut attempts_left = ATTEMPTS_MAX;
        loop {
            let Err(fault) = once(self) else { return Ok(()) };
            attempts_left -= 1;
            self.recover()?;
            if attempts_left == 0 || !fault.may_pass() {
                return Err(fault.into());
            }
        }
    }

    /// Brings the card back to where it takes commands for data.
    ///
    /// A card that says nothing at all, or is where no card of ours can be, is not the card
    /// that was brought up: it was pulled, or lost its power.
    fn recover(&mut self) -> Result<(), BlockError> {
        match self.state()? {
            State::Transfer | State::Programming => {}
            State::Moving => {
                // Whether it arrived shows in the status below.
                let _ = self.controller.send(command::STOP, 0);
            }
            State::Lost => return Err(BlockError::Absent),
        }
        // If it is not ready in time, the next attempt will say so.
        let _ = self.wait_until_ready();
        Ok(())
    }

    /// The state that the card says it is in, asked several times before it is called absent.
    fn state(&mut self) -> Result<State, BlockError> {
        let mut last = Fault::NoAnswer;
        for _ in 0..ATTEMPTS_MAX {
            match self.status() {
                Ok(status) => return Ok(status.state()),
                Err(fault) => last = fault,
            }
        }
        Err(if last == Fault::NoAnswer { BlockError::Absent } else { last.into() })
    }

    fn read_once(&mut self, first: u64, buffer: &mut [u8]) -> Result<(), Fault> {
        let transfer = self.transfer(Direction::Read, buffer.len());
        let argument = self.announce(first, transfer)?;
        let command = if transfer.blocks > 1 { command::READ_BLOCKS } else { command::READ_BLOCK };
        self.controller.read((command, argument), transfer, buffer)
    }

    fn write_once(&mut self, first: u64, data: &[u8]) -> Result<(), Fault> {
        let transfer = self.transfer(Direction::Write, data.len());
        let argument = self.announce(first, transfer)?;
        let command =
            if transfer.blocks > 1 { command::WRITE_BLOCKS } else { command::WRITE_BLOCK };
        self.controller.write((command, argument), transfer, data)?;
        self.wait_until_written()
    }

    fn transfer(&self, direction: Direction, length_bytes: usize) -> Transfer {
        debug_assert!(length_bytes <= COMMAND_BYTES_MAX);
        let blocks = (length_bytes / BLOCK_BYTES) as u16;
        let auto_stop = blocks > 1 && !self.card.takes_block_count;
        Transfer { direction, blocks, block_bytes: BLOCK_BYTES as u16, auto_stop }
    }

    /// Tells the card how many blocks come, if it takes that, and gives the argument that
    /// names the first.
    fn announce(&mut self, first: u64, transfer: Transfer) -> Result<u32, Fault> {
        if transfer.blocks > 1 && self.card.takes_block_count {
            self.controller.send(command::SET_BLOCK_COUNT, transfer.blocks.into())?;
        }
        // A card whose size its own addresses cannot reach does not exist; this one lied.
        self.card.addressing.argument(first).ok_or(Fault::Damaged)
    }

    /// Waits until the card is ready, and looks whether what it wrote went well.
    fn wait_until_written(&mut self) -> Result<(), Fault> {
        self.wait_until_ready()?.has_written()
    }

    /// Asks for the status until the card is ready; errors in any of the answers are kept,
    /// because a card tells each only once.
    fn wait_until_ready(&mut self) -> Result<CardStatus, Fault> {
        let clock = self.controller.clock();
        let mut seen = 0;
        let look = || match self.status() {
            Ok(status) => {
                seen |= status.0;
                status.is_ready().then_some(Ok(CardStatus(seen)))
            }
            Err(fault) => Some(Err(fault)),
        };
        poll_for(clock, WRITE_NS_MAX, look).ok_or(Fault::TooSlow)?
    }

    fn status(&mut self) -> Result<CardStatus, Fault> {
        let [status, ..] = self.controller.send(command::SEND_STATUS, self.card.address)?;
        Ok(CardStatus(status))
    }
}
