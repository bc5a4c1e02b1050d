//! The host controller: its clock, its lines, one command at a time, and data through its port.
//!
//! Source: *SD Host Controller Simplified Specification*, version 3.00; section numbers are
//! that document's. What the Pi's controllers do otherwise is from Linux's
//! `drivers/mmc/host/sdhci-iproc.c`.

use device::{Clock, pause, poll_for};
use mmio::Mmio;
use tock_registers::RegisterLongName;
use tock_registers::fields::FieldValue;
use tock_registers::interfaces::{Readable, Writeable};

use crate::command::{Answer, Command, Transfer};
use crate::fault::Fault;
use crate::registers::{Blocks, Control0, Control1, Events, Registers, State};
use crate::status::CardStatus;
use crate::timing::{
    ANSWER_NS_MAX, CLOCK_NS_MAX, POWER_UP_CLOCKS, POWER_UP_NS, READ_NS_MAX, RESET_NS_MAX,
    SLOW_CLOCK_HZ, WRITE_GAP_CLOCKS, WRITE_NS_MAX, clocks_ns, divisor,
};

/// The controller, and what it needs to keep time.
pub(crate) struct Controller {
    registers: Mmio<Registers>,
    clock: &'static dyn Clock,
    base_clock_hz: u32,
    write_gap_ns: u64,
}

impl Controller {
    /// The controller behind `registers`, whose own clock runs at `base_clock_hz`; untouched.
    pub(crate) fn new(
        registers: Mmio<Registers>,
        base_clock_hz: u32,
        clock: &'static dyn Clock,
    ) -> Self {
        Self { registers, clock, base_clock_hz, write_gap_ns: clocks_ns(1, SLOW_CLOCK_HZ) }
    }

    pub(crate) fn clock(&self) -> &'static dyn Clock {
        self.clock
    }

    /// Resets everything, and gives the card power, its slow clock, and the time it needs before
    /// the first command.
    pub(crate) fn start(&mut self) -> Result<(), Fault> {
        self.write_gap_ns = clocks_ns(WRITE_GAP_CLOCKS, SLOW_CLOCK_HZ);
        self.reset(Control1::RESET_ALL::SET)?;
        self.put(&self.registers.events_seen, Events::ALL.val(Events::ALL.mask));
        self.put(&self.registers.interrupts, Events::ALL.val(0));
        let power = Control0::BUS_VOLTAGE::ThreePointThree;
        self.put(&self.registers.control0, power);
        self.put(&self.registers.control0, power + Control0::BUS_POWER::On);
        pause(self.clock, POWER_UP_NS);

        self.set_clock(SLOW_CLOCK_HZ)?;
        pause(self.clock, clocks_ns(POWER_UP_CLOCKS, SLOW_CLOCK_HZ));
        Ok(())
    }

    /// Gives the card the fastest clock that is not above `hz_max` (§3.2.3), and tells its rate.
    pub(crate) fn set_clock(&mut self, hz_max: u32) -> Result<u32, Fault> {
        let divisor = divisor(self.base_clock_hz, hz_max);
        let stopped = Control1::DATA_TIMEOUT::Longest
            + Control1::DIVISOR_LOW.val(divisor & 0xff)
            + Control1::DIVISOR_HIGH.val(divisor >> 8)
            + Control1::INTERNAL_CLOCK::On;
        // A card may need 8 more clocks for what it was told last (*SD Physical Layer*, §4.12);
        // then its clock stands still while it is changed.
        pause(self.clock, 2 * self.write_gap_ns);
        self.put_control1(self.registers.control1.get() & !Control1::CARD_CLOCK::On.value);
        self.put_control1(stopped.value);
        let is_stable =
            || self.registers.control1.is_set(Control1::INTERNAL_CLOCK_STABLE).then_some(());
        poll_for(self.clock, CLOCK_NS_MAX, is_stable).ok_or(Fault::TooSlow)?;
        self.put_control1((stopped + Control1::CARD_CLOCK::On).value);

        let rate_hz = self.base_clock_hz / (2 * divisor).max(1);
        self.write_gap_ns = clocks_ns(WRITE_GAP_CLOCKS, rate_hz);
        Ok(rate_hz)
    }

    /// Uses four lines for data from here on.
    pub(crate) fn widen_bus(&mut self) {
        let control0 = self.registers.control0.get() | Control0::BUS_WIDTH::FourBits.value;
        self.registers.control0.set(control0);
        self.gap();
    }

    /// Sends a command that moves no data, and gives the answer's words.
    ///
    /// # Errors
    ///
    /// [`Fault`]; the lines are free for another command.
    pub(crate) fn send(&mut self, command: Command, argument: u32) -> Result<[u32; 4], Fault> {
        let result = self.try_to_send(command, argument);
        self.free_lines_after(result)
    }

    fn try_to_send(&self, command: Command, argument: u32) -> Result<[u32; 4], Fault> {
        self.begin(command, argument, None)?;
        if command.answer == Answer::ShortBusy {
            self.wait(Events::TRANSFER_COMPLETE::SET, WRITE_NS_MAX)?;
        }
        Ok(self.answer())
    }

    /// Sends a command that reads blocks into `buffer`, all of it.
    ///
    /// # Errors
    ///
    /// [`Fault`]; the lines are free for another command, but the card may still be sending.
    pub(crate) fn read(
        &mut self,
        (command, argument): (Command, u32),
        transfer: Transfer,
        buffer: &mut [u8],
    ) -> Result<(), Fault> {
        let result = self.try_to_read((command, argument), transfer, buffer);
        self.free_lines_after(result)
    }

    fn try_to_read(
        &self,
        (command, argument): (Command, u32),
        transfer: Transfer,
        buffer: &mut [u8],
    ) -> Result<(), Fault> {
        self.begin(command, argument, Some(transfer))?;
        CardStatus(self.answer()[0]).accepts()?;
        for block in buffer.chunks_exact_mut(transfer.block_bytes.into()) {
            self.wait(Events::READ_READY::SET, READ_NS_MAX)?;
            self.take_block(block);
        }
        self.wait(Events::TRANSFER_COMPLETE::SET, READ_NS_MAX)
    }

    /// Sends a command that writes blocks, all of `data`.
    ///
    /// # Errors
    ///
    /// [`Fault`]; the lines are free for another command, but the card may still wait for data.
    pub(crate) fn write(
        &mut self,
        (command, argument): (Command, u32),
        transfer: Transfer,
        data: &[u8],
    ) -> Result<(), Fault> {
        let result = self.try_to_write((command, argument), transfer, data);
        self.free_lines_after(result)
    }

    fn try_to_write(
        &self,
        (command, argument): (Command, u32),
        transfer: Transfer,
        data: &[u8],
    ) -> Result<(), Fault> {
        self.begin(command, argument, Some(transfer))?;
        CardStatus(self.answer()[0]).accepts()?;
        for block in data.chunks_exact(transfer.block_bytes.into()) {
            self.wait(Events::WRITE_READY::SET, WRITE_NS_MAX)?;
            self.give_block(block);
        }
        self.wait(Events::TRANSFER_COMPLETE::SET, WRITE_NS_MAX)
    }

    /// Gives `result` on, and makes the lines usable again if it is a fault (§3.10.1).
    fn free_lines_after<T>(&self, result: Result<T, Fault>) -> Result<T, Fault> {
        if result.is_err() {
            self.reset(Control1::RESET_COMMAND_LINE::SET)?;
            self.reset(Control1::RESET_DATA_LINES::SET)?;
        }
        result
    }

    /// Sends a command and waits for its answer (§3.7.1).
    fn begin(
        &self,
        command: Command,
        argument: u32,
        transfer: Option<Transfer>,
    ) -> Result<(), Fault> {
        self.wait_for_lines(transfer.is_some() || command.answer == Answer::ShortBusy)?;
        self.put(&self.registers.events, Events::ALL.val(Events::ALL.mask));
        if let Some(transfer) = transfer {
            let bytes = Blocks::BYTES.val(transfer.block_bytes.into());
            self.put(&self.registers.blocks, bytes + Blocks::COUNT.val(transfer.blocks.into()));
        }
        self.registers.argument.set(argument);
        self.gap();
        self.put(&self.registers.command_transfer, command.word(transfer));
        // A controller that sees its card go stops the clock, and then not even a timeout comes
        // of the command (§2.2.11, §2.2.14).
        let answered = self.wait(Events::COMMAND_COMPLETE::SET, ANSWER_NS_MAX);
        answered.map_err(|fault| if fault == Fault::TooSlow { Fault::NoAnswer } else { fault })
    }

    fn wait_for_lines(&self, needs_data_lines: bool) -> Result<(), Fault> {
        let busy = if needs_data_lines {
            State::COMMAND_INHIBIT::SET + State::DATA_INHIBIT::SET
        } else {
            State::COMMAND_INHIBIT::SET
        };
        let are_free = || (self.registers.state.get() & busy.mask() == 0).then_some(());
        poll_for(self.clock, ANSWER_NS_MAX, are_free).ok_or(Fault::TooSlow)
    }

    /// Waits for `event` or an error, and acknowledges what it was.
    fn wait(&self, event: FieldValue<u32, Events::Register>, limit_ns: u64) -> Result<(), Fault> {
        let either = event + Events::ERROR::SET;
        let happened = || {
            let events = self.registers.events.get();
            (events & either.mask() != 0).then_some(events)
        };
        let events = poll_for(self.clock, limit_ns, happened).ok_or(Fault::TooSlow)?;
        if events & Events::ERROR::SET.mask() != 0 {
            return Err(fault(events));
        }
        self.put(&self.registers.events, event);
        Ok(())
    }

    fn answer(&self) -> [u32; 4] {
        [0, 1, 2, 3].map(|index: usize| self.registers.response[index].get())
    }

    /// The block that the controller holds. No status is looked at between its words: the
    /// controller has announced the whole block (§3.7.2.1).
    fn take_block(&self, block: &mut [u8]) {
        for bytes in block.chunks_exact_mut(4) {
            bytes.copy_from_slice(&self.registers.data.get().to_le_bytes());
        }
    }

    fn give_block(&self, block: &[u8]) {
        for bytes in block.as_chunks().0 {
            self.registers.data.set(u32::from_le_bytes(*bytes));
        }
    }

    /// Resets a part of the controller, and waits until it says that it is done.
    fn reset(&self, part: FieldValue<u32, Control1::Register>) -> Result<(), Fault> {
        self.put_control1(self.registers.control1.get() | part.value);
        let is_over = || (self.registers.control1.get() & part.mask() == 0).then_some(());
        poll_for(self.clock, RESET_NS_MAX, is_over).ok_or(Fault::TooSlow)
    }

    fn put_control1(&self, value: u32) {
        self.registers.control1.set(value);
        self.gap();
    }

    fn put<F: RegisterLongName>(
        &self,
        register: &impl Writeable<T = u32, R = F>,
        value: FieldValue<u32, F>,
    ) {
        register.write(value);
        self.gap();
    }

    fn gap(&self) {
        pause(self.clock, self.write_gap_ns);
    }
}

/// What the error bits of `events` are about.
fn fault(events: u32) -> Fault {
    let is_any = |fields: FieldValue<u32, Events::Register>| events & fields.mask() != 0;
    if is_any(Events::COMMAND_TIMEOUT::SET) {
        // Both at once is a conflict on the line, not silence (§2.2.18).
        if is_any(Events::COMMAND_CRC::SET) { Fault::Damaged } else { Fault::NoAnswer }
    } else if is_any(Events::DATA_TIMEOUT::SET) {
        Fault::TooSlow
    } else {
        Fault::Damaged
    }
}
