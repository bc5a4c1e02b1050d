//! From power to a card that is ready for data.
//!
//! Source: *SD Physical Layer Simplified Specification*, §4.2 and figure 4-2.

use device::{BlockError, pause};

use crate::card::{
    Addressing, Card, Configuration, Functions, Identification, SpecificData, long_register,
};
use crate::command::{self, Command, Direction, Transfer};
use crate::controller::Controller;
use crate::fault::Fault;
use crate::status::CardStatus;

/// For the card to leave the idle state (§4.2.3).
const READY_NS_MAX: u64 = 1_000_000_000;
/// Between two questions whether it has; at most 50 ms (§4.2.3).
const READY_PAUSE_NS: u64 = 1_000_000;

/// 2.7 to 3.6 V, and a pattern that the card gives back (§4.3.13).
const INTERFACE_CONDITION: u32 = 0x1aa;
/// The voltage window of 3.2 to 3.4 V in OCR (§5.1).
const VOLTAGES: u32 = 0b11 << 20;
/// In the question for OCR: the host knows cards above 2 GB (§4.2.3.1, HCS).
const HOST_TAKES_HIGH_CAPACITY: u32 = 1 << 30;
/// In OCR: the card has left the idle state, and the bits below count (§5.1).
const IS_READY: u32 = 1 << 31;
/// In OCR: blocks are named by their number (§5.1, CCS).
const IS_HIGH_CAPACITY: u32 = 1 << 30;

/// The argument of ACMD6 for four lines.
const FOUR_LINES: u32 = 0b10;
const BLOCK_BYTES: u32 = device::BLOCK_BYTES as u32;

/// The highest rates of the two speeds that a card has at 3.3 V (§6.6.6 and §6.6.7).
const DEFAULT_SPEED_HZ: u32 = 25_000_000;
const HIGH_SPEED_HZ: u32 = 50_000_000;

/// Times that a card is brought up if a checksum fails on the way.
const ATTEMPTS_MAX: u32 = 3;

/// Finds a card and makes it ready for data.
///
/// # Errors
///
/// [`BlockError::Absent`] if nothing answers, [`BlockError::Unsupported`] for a card that is
/// locked or of an unknown kind, [`BlockError::Timeout`] and [`BlockError::Corrupt`] as they
/// happen; the controller and the card can be brought up again.
pub(crate) fn bring_up(controller: &mut Controller) -> Result<Card, BlockError> {
    for _ in 1..ATTEMPTS_MAX {
        match bring_up_once(controller) {
            Err(BlockError::Corrupt) => {}
            result => return result,
        }
    }
    bring_up_once(controller)
}

fn bring_up_once(controller: &mut Controller) -> Result<Card, BlockError> {
    controller.start()?;
    let addressing = wake(controller)?;

    let identification = controller.send(command::ALL_SEND_IDENTIFICATION, 0)?;
    // The address is the answer's upper half, which is where later commands have it (§4.9.5).
    let address = controller.send(command::SEND_ADDRESS, 0)?[0] & 0xffff_0000;
    let data = controller.send(command::SEND_SPECIFIC_DATA, address)?;
    let data = SpecificData::parse(long_register(data)).ok_or(BlockError::Unsupported)?;
    let selected = controller.send(command::SELECT, address)?;
    if CardStatus(selected[0]).is_locked() {
        return Err(BlockError::Unsupported);
    }

    let clock_hz = controller.set_clock(DEFAULT_SPEED_HZ)?;
    controller.send(command::SET_BLOCK_LENGTH, BLOCK_BYTES)?;
    let configuration = read_configuration(controller, address)?;
    if configuration.has_four_lines {
        send_application(controller, address, command::SET_BUS_WIDTH, FOUR_LINES)?;
        controller.widen_bus();
    }
    let has_functions = configuration.has_functions && data.has_switch;
    let clock_hz = if has_functions { speed_up(controller, clock_hz)? } else { clock_hz };

    Ok(Card {
        identification: Identification::parse(long_register(identification)),
        blocks: data.blocks,
        is_read_only: data.is_read_only,
        clock_hz,
        address,
        addressing,
        takes_block_count: configuration.takes_block_count,
    })
}

/// Brings the card out of the idle state, and tells how it names its blocks.
fn wake(controller: &mut Controller) -> Result<Addressing, BlockError> {
    controller.send(command::GO_IDLE, 0)?;
    let asked = controller.send(command::SEND_INTERFACE_CONDITION, INTERFACE_CONDITION);
    let capacity = match asked {
        Ok([echo, ..]) if echo & 0xfff == INTERFACE_CONDITION => HOST_TAKES_HIGH_CAPACITY,
        Ok(_) => return Err(BlockError::Unsupported),
        // A card from before version 2.00 does not know this command, and an absent one none.
        Err(Fault::NoAnswer) => 0,
        Err(fault) => return Err(fault.into()),
    };
    let conditions = wait_until_ready(controller, capacity | VOLTAGES)?;
    if conditions & VOLTAGES == 0 {
        return Err(BlockError::Unsupported);
    }
    let is_high_capacity = conditions & IS_HIGH_CAPACITY != 0;
    Ok(if is_high_capacity { Addressing::Blocks } else { Addressing::Bytes })
}

/// Asks again and again until the card has left the idle state, and gives its OCR.
fn wait_until_ready(controller: &mut Controller, conditions: u32) -> Result<u32, BlockError> {
    let clock = controller.clock();
    let end_ns = clock.now_ns().saturating_add(READY_NS_MAX);
    loop {
        let is_over = clock.now_ns() >= end_ns;
        let command = command::SEND_OPERATING_CONDITIONS;
        let answer = send_application(controller, 0, command, conditions);
        let answer = answer.map_err(|fault| match fault {
            Fault::NoAnswer => BlockError::Absent,
            other => other.into(),
        })?;
        match answer[0] {
            ready if ready & IS_READY != 0 => return Ok(ready),
            _ if is_over => return Err(BlockError::Timeout),
            _ => pause(clock, READY_PAUSE_NS),
        }
    }
}

/// Sends `command` as an application's.
fn send_application(
    controller: &mut Controller,
    address: u32,
    command: Command,
    argument: u32,
) -> Result<[u32; 4], Fault> {
    announce_application(controller, address)?;
    controller.send(command, argument)
}

/// Says that the next command is an application's.
fn announce_application(controller: &mut Controller, address: u32) -> Result<(), Fault> {
    let [status, ..] = controller.send(command::APPLICATION_COMMAND, address)?;
    let status = CardStatus(status);
    if status.takes_application_command() { Ok(()) } else { Err(Fault::Refused(status)) }
}

fn read_configuration(controller: &mut Controller, address: u32) -> Result<Configuration, Fault> {
    announce_application(controller, address)?;
    let bytes = read_register(controller, command::SEND_CONFIGURATION, 0)?;
    Ok(Configuration::parse(bytes))
}

/// Changes to high speed if the card has it, and tells the clock's rate.
fn speed_up(controller: &mut Controller, clock_hz: u32) -> Result<u32, Fault> {
    let answer =
        read_register(controller, command::SWITCH_FUNCTION, Functions::ASK_FOR_HIGH_SPEED)?;
    if !Functions::new(answer).has_high_speed() {
        return Ok(clock_hz);
    }
    let answer =
        read_register(controller, command::SWITCH_FUNCTION, Functions::CHANGE_TO_HIGH_SPEED)?;
    if !Functions::new(answer).is_high_speed() {
        return Ok(clock_hz);
    }
    // The bit for high speed in the controller stays 0: data then changes on the falling edge,
    // which leaves the card half a clock before it and after, at 50 MHz more than the 6 ns and
    // 2 ns that it needs (§6.6.7). Linux leaves it so on the Arasan controller too.
    controller.set_clock(HIGH_SPEED_HZ)
}

/// Reads what a card sends as one short block.
fn read_register<const BYTES: usize>(
    controller: &mut Controller,
    command: Command,
    argument: u32,
) -> Result<[u8; BYTES], Fault> {
    let transfer = Transfer {
        direction: Direction::Read,
        blocks: 1,
        block_bytes: BYTES as u16,
        auto_stop: false,
    };
    let mut bytes = [0; BYTES];
    controller.read((command, argument), transfer, &mut bytes)?;
    Ok(bytes)
}
