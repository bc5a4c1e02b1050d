//! The mailbox to the VideoCore firmware, and the property questions asked through it.
//!
//! A [`Request`] carries several tags in one message; its [`Response`] gives each tag's answer.
//! [`Mailbox`] has a method for each single question that a kernel asks.
//!
//! Source: the pages "Mailboxes", "Accessing mailboxes" and "Mailbox property interface" of the
//! Raspberry Pi firmware wiki (github.com/raspberrypi/firmware/wiki).

use core::fmt;

use mmio::{Dma, DmaBuffer, Mmio, ReadOnly, WriteOnly};
use tock_registers::interfaces::{Readable, Writeable};
use tock_registers::{register_bitfields, register_structs};

/// The longest message in 32-bit words; the longest part of one is the command line.
pub const MESSAGE_WORDS_MAX: usize = 1024;

/// Polls of the status before the firmware is given up: the slowest questions take it tens of
/// milliseconds, and a poll takes 50 ns or more.
const POLLS_MAX: u32 = 1_000_000;

/// Messages for others that may wait before ours.
const STRAYS_MAX: u32 = 64;

register_bitfields! [u32,
    /// "Accessing mailboxes".
    Status [
        EMPTY OFFSET(30) NUMBITS(1) [],
        FULL OFFSET(31) NUMBITS(1) [],
    ],
];

register_structs! {
    /// Register block, from mailbox 0's read register ("Mailboxes", "Mailbox registers").
    ///
    /// The VideoCore writes mailbox 0, the Arm writes mailbox 1.
    pub Registers {
        (0x00 => read: ReadOnly<u32>),
        (0x04 => _unused_before_read_status),
        (0x18 => read_status: ReadOnly<u32, Status::Register>),
        (0x1c => _unused_before_write),
        (0x20 => write: WriteOnly<u32>),
        (0x24 => _unused_before_write_status),
        (0x38 => write_status: ReadOnly<u32, Status::Register>),
        (0x3c => @END),
    }
}

/// The channel of property messages from the Arm to the VideoCore.
const PROPERTY_CHANNEL: u32 = 8;

/// The layout of a message ("Mailbox property interface", "Message"), in words.
const HEADER_WORDS: usize = 2;
const TAG_HEADER_WORDS: usize = 3;
const REQUEST: u32 = 0;
const RESPONSE_SUCCESS: u32 = 0x8000_0000;
const TAG_ANSWERED: u32 = 0x8000_0000;
const END_TAG: u32 = 0;
/// The last place for the end tag.
const LAST_WORD: usize = MESSAGE_WORDS_MAX - 1;

/// The tags that [`Mailbox`] has methods for.
mod tag {
    pub const FIRMWARE_REVISION: u32 = 0x0000_0001;
    pub const BOARD_REVISION: u32 = 0x0001_0002;
    pub const ARM_MEMORY: u32 = 0x0001_0005;
    pub const SET_POWER_STATE: u32 = 0x0002_8001;
    pub const CLOCK_RATE: u32 = 0x0003_0002;
    pub const SET_PIN_STATE: u32 = 0x0003_8041;
    pub const SET_CLOCK_RATE: u32 = 0x0003_8002;
    pub const COMMAND_LINE: u32 = 0x0005_0001;
}

/// Memory for one message; the firmware must be able to reach it, so it is a `static`.
pub type Message = DmaBuffer<MESSAGE_WORDS_MAX>;

/// The firmware's mailbox.
pub struct Mailbox {
    registers: Mmio<Registers>,
    message: &'static Message,
    dma: &'static dyn Dma,
}

/// A clock that the firmware looks after ("Mailbox property interface", "Clocks").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Clock {
    /// The SD host controller's.
    Emmc = 1,
    /// The PL011's.
    Uart = 2,
    /// The processor's.
    Arm = 3,
    /// The VideoCore's, and the mini UART's.
    Core = 4,
    /// The BCM2711's second SD host controller's.
    Emmc2 = 12,
}

/// What the firmware gives power to ("Mailbox property interface", "Power").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Supply {
    /// The SD card's.
    SdCard = 0,
    /// The USB controller's.
    Usb = 3,
}

/// A pin of the expander that only the firmware reaches, by its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpanderPin(pub u32);

/// The memory that the VideoCore leaves to the Arm, within the first GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmMemory {
    /// Its first byte.
    pub base: u32,
    /// Its length.
    pub length_bytes: u32,
}

impl Mailbox {
    /// The mailbox behind `registers`, which sends what it has to say in `message`.
    #[must_use]
    pub fn new(
        registers: Mmio<Registers>,
        message: &'static Message,
        dma: &'static dyn Dma,
    ) -> Self {
        Self { registers, message, dma }
    }

    /// The firmware's revision: the time of its build, or QEMU's constant 346337.
    ///
    /// # Errors
    ///
    /// [`MailboxError`]; the same question may be asked again.
    pub fn firmware_revision(&mut self) -> Result<u32, MailboxError> {
        let [revision] = self.ask(tag::FIRMWARE_REVISION, &[])?;
        Ok(revision)
    }

    /// The board's revision code, which tells its model and memory.
    ///
    /// # Errors
    ///
    /// [`MailboxError`]; the same question may be asked again.
    pub fn board_revision(&mut self) -> Result<u32, MailboxError> {
        let [revision] = self.ask(tag::BOARD_REVISION, &[])?;
        Ok(revision)
    }

    /// The memory that is the Arm's, within the first GiB.
    ///
    /// # Errors
    ///
    /// [`MailboxError`]; the same question may be asked again.
    pub fn arm_memory(&mut self) -> Result<ArmMemory, MailboxError> {
        let [base, length_bytes] = self.ask(tag::ARM_MEMORY, &[])?;
        Ok(ArmMemory { base, length_bytes })
    }

    /// Sets `clock` to `rate_hz`, and returns the rate in Hz that it has now.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Unsupported`] on QEMU, whose clocks are fixed; any other leaves the
    /// clock at its old rate or the new one.
    pub fn set_clock_rate_hz(&mut self, clock: Clock, rate_hz: u32) -> Result<u32, MailboxError> {
        const LEAVE_TURBO_AS_IT_IS: u32 = 1;

        let values = [clock as u32, rate_hz, LEAVE_TURBO_AS_IT_IS];
        let [_clock, rate_hz] = self.ask(tag::SET_CLOCK_RATE, &values)?;
        Ok(rate_hz)
    }

    /// The rate in Hz that `clock` has; 0 if the firmware does not know the clock.
    ///
    /// # Errors
    ///
    /// [`MailboxError`]; the same question may be asked again.
    pub fn clock_rate_hz(&mut self, clock: Clock) -> Result<u32, MailboxError> {
        let [_clock, rate_hz] = self.ask(tag::CLOCK_RATE, &[clock as u32])?;
        Ok(rate_hz)
    }

    /// Turns `supply` on, waits until it is stable, and tells whether it is on.
    ///
    /// # Errors
    ///
    /// [`MailboxError`]; the supply may be on or off.
    pub fn turn_on(&mut self, supply: Supply) -> Result<bool, MailboxError> {
        const ON_AND_WAIT: u32 = 0b11;
        const IS_ON: u32 = 0b01;
        const IS_UNKNOWN: u32 = 0b10;

        let values = [supply as u32, ON_AND_WAIT];
        let [_supply, state] = self.ask(tag::SET_POWER_STATE, &values)?;
        Ok(state & (IS_ON | IS_UNKNOWN) == IS_ON)
    }

    /// Drives `pin` high or low.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Unsupported`] where there is no expander; the pin may have changed in
    /// other cases.
    pub fn drive(&mut self, pin: ExpanderPin, is_high: bool) -> Result<(), MailboxError> {
        const FIRST_EXPANDER_PIN: u32 = 128;

        let values = [FIRST_EXPANDER_PIN + pin.0, is_high.into()];
        let [_pin, _state] = self.ask(tag::SET_PIN_STATE, &values)?;
        Ok(())
    }

    /// The kernel's command line, put at the front of `buffer`.
    ///
    /// # Errors
    ///
    /// [`MailboxError::TooLong`] if it fits neither `buffer` nor a message,
    /// [`MailboxError::NotText`] if it is not UTF-8; `buffer` may then hold part of it.
    pub fn command_line<'b>(&mut self, buffer: &'b mut [u8]) -> Result<&'b str, MailboxError> {
        let mut request = self.request();
        let answer = request.add(tag::COMMAND_LINE, &[], request.room_words())?;
        let response = request.send()?;
        response.text(answer, buffer)
    }

    /// A new message with no tags yet.
    pub fn request(&mut self) -> Request<'_> {
        Request { mailbox: self, used_words: HEADER_WORDS }
    }

    /// The first `WORDS` words of the answer to the question `tag` with its `values`.
    pub(crate) fn ask<const WORDS: usize>(
        &mut self,
        tag: u32,
        values: &[u32],
    ) -> Result<[u32; WORDS], MailboxError> {
        let mut request = self.request();
        let answer = request.add(tag, values, WORDS)?;
        request.send()?.words(answer)
    }

    /// Hands the first `length_bytes` of the message to the firmware and waits for its answer.
    fn exchange(&mut self, length_bytes: usize) -> Result<(), MailboxError> {
        let address = self.message.address();
        let letter =
            self.dma.bus_address(address).ok_or(MailboxError::OutOfReach)? | PROPERTY_CHANNEL;

        self.dma.clean(address, length_bytes);
        self.drop_strays()?;
        self.post(letter)?;
        self.wait_for(letter)?;
        self.dma.invalidate(address, length_bytes);
        Ok(())
    }

    /// Empties the mailbox, so that an answer which came too late is not taken for the next.
    fn drop_strays(&mut self) -> Result<(), MailboxError> {
        for _ in 0..STRAYS_MAX {
            if self.registers.read_status.is_set(Status::EMPTY) {
                return Ok(());
            }
            let _stray = self.registers.read.get();
        }
        Err(MailboxError::Stuck)
    }

    fn post(&mut self, letter: u32) -> Result<(), MailboxError> {
        let has_room = || (!self.registers.write_status.is_set(Status::FULL)).then_some(());
        mmio::poll(POLLS_MAX, has_room).ok_or(MailboxError::Stuck)?;
        self.registers.write.set(letter);
        Ok(())
    }

    fn wait_for(&mut self, letter: u32) -> Result<(), MailboxError> {
        let answer = || {
            let arrived = !self.registers.read_status.is_set(Status::EMPTY);
            (arrived && self.registers.read.get() == letter).then_some(())
        };
        mmio::poll(POLLS_MAX, answer).ok_or(MailboxError::NoAnswer)
    }
}

/// A message that is being written.
pub struct Request<'a> {
    mailbox: &'a mut Mailbox,
    used_words: usize,
}

/// Where a tag's answer will be in the [`Response`] to the request that it was added to.
#[derive(Clone, Copy)]
pub struct Answer {
    value_word: usize,
    value_words_max: usize,
}

impl<'a> Request<'a> {
    /// Adds the question `tag` with its `values`, whose answer has at most `answer_words` words.
    ///
    /// # Errors
    ///
    /// [`MailboxError::TooLong`] if question or answer does not fit the message, which is then
    /// as before.
    pub fn add(
        &mut self,
        tag: u32,
        values: &[u32],
        answer_words: usize,
    ) -> Result<Answer, MailboxError> {
        // What the place of the answer holds until then does not matter to the firmware.
        let value_words_max = values.len().max(answer_words);
        let value_word = self.used_words + TAG_HEADER_WORDS;
        if value_word.saturating_add(value_words_max) > LAST_WORD {
            return Err(MailboxError::TooLong);
        }

        // The length fits 32 bits, since it fits the message.
        self.write(self.used_words, &[tag, (value_words_max * 4) as u32, REQUEST]);
        self.write(value_word, values);
        self.used_words = value_word + value_words_max;
        Ok(Answer { value_word, value_words_max })
    }

    /// The most words that the values or the answer of one more tag may have.
    #[must_use]
    pub fn room_words(&self) -> usize {
        LAST_WORD.saturating_sub(self.used_words + TAG_HEADER_WORDS)
    }

    /// Sends the message and waits for the firmware to answer it.
    ///
    /// # Errors
    ///
    /// [`MailboxError::OutOfReach`], [`MailboxError::Stuck`], [`MailboxError::NoAnswer`], or
    /// [`MailboxError::Refused`] for a message that the firmware could not read.
    pub fn send(self) -> Result<Response<'a>, MailboxError> {
        self.write(self.used_words, &[END_TAG]);
        let length_bytes = (self.used_words + 1) * 4;
        self.write(0, &[length_bytes as u32, REQUEST]);

        self.mailbox.exchange(length_bytes)?;

        let message = self.mailbox.message;
        match message.get(1) {
            Some(RESPONSE_SUCCESS) => Ok(Response { message }),
            _ => Err(MailboxError::Refused),
        }
    }

    /// Writes `values` from the word at `index` on; the caller has made sure that they fit.
    fn write(&self, index: usize, values: &[u32]) {
        for (offset, &value) in values.iter().enumerate() {
            let fits = self.mailbox.message.set(index + offset, value);
            debug_assert_eq!(fits, Some(()));
        }
    }
}

/// A message as the firmware answered it; it borrows the mailbox, which would write it again.
pub struct Response<'a> {
    message: &'a Message,
}

impl Response<'_> {
    /// The first `WORDS` words of an answer.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Unsupported`] if the firmware left the tag alone or gave less.
    pub fn words<const WORDS: usize>(&self, answer: Answer) -> Result<[u32; WORDS], MailboxError> {
        let length_bytes = self.length_bytes(answer)?;
        if WORDS > answer.value_words_max || length_bytes < WORDS * 4 {
            return Err(MailboxError::Unsupported);
        }

        let mut words = [0; WORDS];
        for (offset, word) in words.iter_mut().enumerate() {
            *word = self.message.get(answer.value_word + offset).unwrap_or(0);
        }
        Ok(words)
    }

    /// An answer that is text, up to its first zero byte, put at the front of `buffer`.
    ///
    /// # Errors
    ///
    /// [`MailboxError::Unsupported`] if the firmware left the tag alone,
    /// [`MailboxError::TooLong`] if the text fits neither the message nor `buffer`,
    /// [`MailboxError::NotText`] if it is not UTF-8. `buffer` may hold part of it.
    pub fn text<'b>(&self, answer: Answer, buffer: &'b mut [u8]) -> Result<&'b str, MailboxError> {
        let length_bytes = self.length_bytes(answer)?;
        if length_bytes > answer.value_words_max * 4 {
            return Err(MailboxError::TooLong);
        }

        let bytes = (0..length_bytes).map_while(|at| self.byte(answer, at)).take_while(|&b| b != 0);
        let mut text_bytes = 0;
        for byte in bytes {
            *buffer.get_mut(text_bytes).ok_or(MailboxError::TooLong)? = byte;
            text_bytes += 1;
        }
        let text = buffer.get(..text_bytes).ok_or(MailboxError::TooLong)?;
        core::str::from_utf8(text).map_err(|_| MailboxError::NotText)
    }

    /// How long the firmware says the answer is, which may be more than there was room for.
    fn length_bytes(&self, answer: Answer) -> Result<usize, MailboxError> {
        let code = self.message.get(answer.value_word - 1).unwrap_or(0);
        // QEMU marks even an unknown tag as answered, with the length 0.
        match code & TAG_ANSWERED {
            0 => Err(MailboxError::Unsupported),
            _ => Ok((code & !TAG_ANSWERED) as usize),
        }
    }

    fn byte(&self, answer: Answer, at: usize) -> Option<u8> {
        let word = self.message.get(answer.value_word + at / 4)?;
        word.to_le_bytes().get(at % 4).copied()
    }
}

/// Why the firmware's answer is not to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailboxError {
    /// The firmware cannot reach the memory of the message.
    OutOfReach,
    /// The firmware takes no letters, or sends them without end.
    Stuck,
    /// The firmware did not answer in time.
    NoAnswer,
    /// The firmware could not read the message.
    Refused,
    /// This firmware does not know the tag.
    Unsupported,
    /// A question or an answer does not fit where it should go.
    TooLong,
    /// An answer is not UTF-8.
    NotText,
}

impl fmt::Display for MailboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OutOfReach => "the firmware cannot reach the message",
            Self::Stuck => "the firmware's mailbox is stuck",
            Self::NoAnswer => "the firmware did not answer",
            Self::Refused => "the firmware could not read the message",
            Self::Unsupported => "the firmware does not know the tag",
            Self::TooLong => "the message is too long",
            Self::NotText => "the firmware's answer is not text",
        })
    }
}

#[cfg(test)]
mod tests;
