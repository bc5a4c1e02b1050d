//! A controller with a card in it that answers as the specifications say, and goes wrong as a
//! test wants it.

use std::boxed::Box;
use std::cell::{RefCell, RefMut};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;
use std::vec::Vec;

use device::Clock;
use mmio::fake::Bank;

use crate::Emmc;

// Offsets as BCM2835 ARM Peripherals prints them (§5), on purpose not taken from `Registers`.
const BLKSIZECNT: usize = 0x04;
const ARG1: usize = 0x08;
const CMDTM: usize = 0x0c;
const RESP0: usize = 0x10;
const DATA: usize = 0x20;
pub(super) const CONTROL0: usize = 0x28;
pub(super) const CONTROL1: usize = 0x2c;
pub(super) const INTERRUPT: usize = 0x30;

// Bits of INTERRUPT.
const CMD_DONE: u32 = 1 << 0;
const DATA_DONE: u32 = 1 << 1;
const WRITE_RDY: u32 = 1 << 4;
const READ_RDY: u32 = 1 << 5;
const ERR: u32 = 1 << 15;
const CTO_ERR: u32 = 1 << 16;
const DCRC_ERR: u32 = 1 << 21;

/// The address that the card chooses.
pub(super) const ADDRESS: u32 = 0xaaaa_0000;

/// A clock that goes on with each look at it.
pub(super) struct SteppingClock {
    now_ns: AtomicU64,
    step_ns: u64,
}

impl Clock for SteppingClock {
    fn now_ns(&self) -> u64 {
        self.now_ns.fetch_add(self.step_ns, Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        self.step_ns
    }
}

/// What goes wrong with a command.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No answer.
    Silence,
    /// The data comes with a wrong checksum.
    Checksum,
    /// The data never comes, or is never taken.
    Stall,
    /// These bits are in the answer.
    Status(u32),
    /// This is the answer.
    Answer(u32),
    /// The controller has stopped the clock, and reports nothing.
    Standstill,
}

/// The card, open for tests to change.
pub(super) struct Card {
    pub(super) is_present: bool,
    /// From before version 2.00: it does not know CMD8.
    pub(super) is_old: bool,
    pub(super) operating_conditions: u32,
    pub(super) specific_data: u128,
    pub(super) configuration: [u8; 8],
    pub(super) has_high_speed: bool,
    /// It says that it has high speed, and then does not change to it.
    pub(super) refuses_high_speed: bool,
    pub(super) memory: Vec<u8>,
    /// Bits that are in every status.
    pub(super) status: u32,
    /// Status questions after a write that it is still busy for.
    pub(super) busy_answers: u32,
    /// What happens to the next commands of these numbers.
    pub(super) troubles: VecDeque<(u32, Trouble)>,
    /// All commands: their numbers, and their arguments.
    pub(super) commands: Vec<(u32, u32)>,
    /// The words written to CMDTM.
    pub(super) words: Vec<u32>,
    /// The bits that were set in CONTROL1 so far.
    pub(super) control1_bits: u32,
    pub(super) progress: Progress,
}

/// What the card and its controller are in the middle of.
#[derive(Default)]
pub(super) struct Progress {
    state: u32,
    is_application: bool,
    events: u32,
    to_host: VecDeque<u8>,
    to_card: Vec<u8>,
    write_at: usize,
    block_bytes: usize,
    blocks_left: usize,
}

impl Card {
    /// A card of 4 MiB as it is sold today, ready at the first question.
    pub(super) fn high_capacity() -> Self {
        const BLOCKS: usize = 8192;
        Self {
            is_present: true,
            is_old: false,
            operating_conditions: 0xc0ff_8000,
            specific_data: 1 << 126 | 0x5b5 << 84 | (BLOCKS as u128 / 1024 - 1) << 48,
            configuration: [0x02, 0x35, 0x80, 0x03, 0, 0, 0, 0],
            has_high_speed: true,
            refuses_high_speed: false,
            memory: contents(BLOCKS),
            status: 0,
            busy_answers: 0,
            troubles: VecDeque::new(),
            commands: Vec::new(),
            words: Vec::new(),
            control1_bits: 0,
            progress: Progress::default(),
        }
    }

    /// A card of 4 MiB from the time before version 2.00.
    pub(super) fn old() -> Self {
        Self {
            is_old: true,
            operating_conditions: 0x80ff_8000,
            // 4096 units of 4 blocks of 512 bytes, less half of them.
            specific_data: 0x1b5 << 84 | 9 << 80 | 2047 << 62,
            configuration: [0x00, 0x25, 0x00, 0x00, 0, 0, 0, 0],
            has_high_speed: false,
            ..Self::high_capacity()
        }
    }

    /// The numbers of the commands so far; the list is then empty.
    pub(super) fn take_numbers(&mut self) -> Vec<u32> {
        self.commands.drain(..).map(|(number, _)| number).collect()
    }

    /// The card is no longer the one selected, as after another controller's commands.
    pub(super) fn deselect(&mut self) {
        self.progress.state = 3;
    }

    fn status(&self) -> u32 {
        let is_application = u32::from(self.progress.is_application) << 5;
        self.status | self.progress.state << 9 | 1 << 8 | is_application
    }

    /// Where `argument` points to in the memory.
    fn offset(&self, argument: u32) -> usize {
        let names_blocks = self.operating_conditions & 1 << 30 != 0;
        argument as usize * if names_blocks { 512 } else { 1 }
    }

    /// Carries out a command; `None` is no answer.
    fn carry_out(&mut self, number: u32, argument: u32, blocks: u32) -> Option<[u32; 4]> {
        self.commands.push((number, argument));
        let trouble = match self.troubles.front() {
            Some(&(trouble_number, trouble)) if trouble_number == number => {
                self.troubles.pop_front();
                Some(trouble)
            }
            _ => None,
        };
        if number == 0 {
            self.progress = Progress::default();
            return Some([0; 4]);
        }
        if !self.is_present || trouble == Some(Trouble::Silence) {
            return None;
        }

        let was_application = core::mem::take(&mut self.progress.is_application);
        self.progress.block_bytes = (blocks & 0xfff) as usize;
        self.progress.blocks_left = (blocks >> 16) as usize;
        let short = |word| Some([word, 0, 0, 0]);
        let answer = match (number, was_application) {
            (8, _) if self.is_old || self.progress.state != 0 => None,
            (8, _) => short(argument & 0xfff),
            (41, true) => {
                self.progress.state = 1;
                short(self.operating_conditions)
            }
            (2, _) => Some([0x5678_00d2, 0x4780_1234, 0x5355_3038, 0x0003_5344]),
            (3, _) => {
                self.progress.state = 3;
                short(ADDRESS | 0x500)
            }
            // All later commands are for a card with its address.
            (9 | 13 | 7, _) if argument != ADDRESS || self.progress.state < 3 => None,
            (9, _) => {
                let words = [8, 40, 72, 104].map(|shift: u32| (self.specific_data >> shift) as u32);
                Some(words)
            }
            (7, _) => {
                self.progress.state = 4;
                short(self.status())
            }
            (55, _) if self.progress.state >= 3 && argument != ADDRESS => None,
            (55, _) => {
                self.progress.is_application = true;
                short(self.status())
            }
            (51, true) => {
                self.progress.to_host = self.configuration.into();
                short(self.status())
            }
            (6, true) => short(self.status()),
            (6, false) => {
                self.progress.to_host = self.functions(argument).into();
                short(self.status())
            }
            (13, _) => {
                if self.progress.state == 7 && self.busy_answers == 0 {
                    self.progress.state = 4;
                }
                self.busy_answers = self.busy_answers.saturating_sub(1);
                short(self.status())
            }
            (16 | 23, _) => short(self.status()),
            (12, _) if self.progress.state != 5 && self.progress.state != 6 => None,
            (12, _) => {
                self.progress.state = 4;
                short(self.status())
            }
            (17 | 18, _) if self.progress.state == 4 => {
                let length = if number == 17 { 512 } else { self.progress.blocks_left * 512 };
                let start = self.offset(argument);
                self.progress.to_host =
                    self.memory[start..start + length].iter().copied().collect();
                let status = self.status();
                self.progress.state = 5;
                short(status)
            }
            (24 | 25, _) if self.progress.state == 4 => {
                self.progress.write_at = self.offset(argument);
                let status = self.status();
                self.progress.state = 6;
                short(status)
            }
            _ => None,
        };
        self.begin_data(number, trouble);
        match trouble {
            Some(Trouble::Answer(word)) => Some([word, 0, 0, 0]),
            Some(Trouble::Status(bits)) => answer.map(|[word, ..]| [word | bits, 0, 0, 0]),
            _ => answer,
        }
    }

    fn begin_data(&mut self, number: u32, trouble: Option<Trouble>) {
        if matches!(number, 17 | 24) {
            self.progress.blocks_left = 1;
        }
        match trouble {
            Some(Trouble::Checksum) => self.progress.events |= ERR | DCRC_ERR,
            Some(Trouble::Stall) => {}
            _ if !self.progress.to_host.is_empty() => self.progress.events |= READ_RDY,
            _ if self.progress.state == 6 => self.progress.events |= WRITE_RDY,
            _ => {}
        }
    }

    fn functions(&self, argument: u32) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[13] = 1 | u8::from(self.has_high_speed) << 1;
        bytes[16] = if self.has_high_speed && !self.refuses_high_speed {
            argument as u8 & 0xf
        } else {
            0xf
        };
        bytes
    }

    /// A word that the host reads.
    fn give(&mut self) -> u32 {
        let bytes: Vec<u8> = self.progress.to_host.drain(..4).collect();
        if self.progress.to_host.is_empty() {
            self.progress.events |= DATA_DONE;
            self.progress.state = 4;
        } else if self.progress.to_host.len().is_multiple_of(self.progress.block_bytes) {
            self.progress.events |= READ_RDY;
        }
        u32::from_le_bytes(bytes.try_into().expect("four were taken"))
    }

    /// A word that the host writes.
    fn take(&mut self, word: u32) {
        self.progress.to_card.extend(word.to_le_bytes());
        if self.progress.to_card.len() < self.progress.block_bytes {
            return;
        }
        let block = core::mem::take(&mut self.progress.to_card);
        self.memory[self.progress.write_at..self.progress.write_at + block.len()]
            .copy_from_slice(&block);
        self.progress.write_at += block.len();
        self.progress.blocks_left -= 1;
        if self.progress.blocks_left == 0 {
            self.progress.events |= DATA_DONE;
            self.progress.state = 7;
        } else {
            self.progress.events |= WRITE_RDY;
        }
    }

    /// A word written to CMDTM.
    fn command(&mut self, bank: Bank, word: u32) {
        self.words.push(word);
        if matches!(self.troubles.front(), Some((_, Trouble::Standstill))) {
            return;
        }
        let (argument, blocks) = (bank.peek(ARG1), bank.peek(BLKSIZECNT));
        match self.carry_out(word >> 24, argument, blocks) {
            None => self.progress.events |= ERR | CTO_ERR,
            Some(answer) => {
                for (index, word) in answer.into_iter().enumerate() {
                    bank.poke(RESP0 + 4 * index, word);
                }
                self.progress.events |= CMD_DONE;
            }
        }
        const BUSY_ANSWER: u32 = 0b11;
        if word >> 16 & 0b11 == BUSY_ANSWER {
            self.progress.events |= DATA_DONE;
        }
    }
}

/// A slot with a card, and the driver on it.
pub(super) struct FakeSlot {
    pub(super) bank: Bank,
    pub(super) emmc: Emmc,
    pub(super) clock: &'static SteppingClock,
    card: Rc<RefCell<Card>>,
}

impl FakeSlot {
    /// `card` in a slot whose controller runs at 200 MHz; nothing has been brought up.
    pub(super) fn with(card: Card) -> Self {
        Self::with_steps(card, 10_000)
    }

    /// The same, with a clock of another step.
    pub(super) fn with_steps(card: Card, step_ns: u64) -> Self {
        let bank = Bank::zeroed();
        let card = Rc::new(RefCell::new(card));
        connect(bank, &card);
        let clock = SteppingClock { now_ns: AtomicU64::new(0), step_ns };
        let clock: &'static SteppingClock = Box::leak(Box::new(clock));
        let emmc = Emmc::new(bank.mmio(), 200_000_000, clock);
        Self { bank, emmc, clock, card }
    }

    /// `card`, brought up.
    pub(super) fn ready(card: Card) -> Self {
        let slot = Self::with(card);
        assert_eq!(device::BlockDevice::revive(&slot.emmc), Ok(()));
        slot.card().take_numbers();
        slot
    }

    pub(super) fn card(&self) -> RefMut<'_, Card> {
        self.card.borrow_mut()
    }

    /// The bytes of `count` blocks from `first` on.
    pub(super) fn memory(&self, first: usize, count: usize) -> Vec<u8> {
        self.card().memory[first * 512..(first + count) * 512].to_vec()
    }
}

/// Puts a controller with `card` behind `bank`.
fn connect(bank: Bank, card: &Rc<RefCell<Card>>) {
    let model = card.clone();
    bank.on_write(CMDTM, move |word| model.borrow_mut().command(bank, word));
    let model = card.clone();
    bank.on_read(DATA, move || model.borrow_mut().give());
    let model = card.clone();
    bank.on_write(DATA, move |word| model.borrow_mut().take(word));
    let model = card.clone();
    bank.on_read(INTERRUPT, move || model.borrow().progress.events);
    let model = card.clone();
    bank.on_write(INTERRUPT, move |bits| model.borrow_mut().progress.events &= !bits);
    let model = card.clone();
    bank.on_write(CONTROL1, move |value| {
        const RESET_DATA_LINES: u32 = 1 << 26;
        const RESETS: u32 = 0b111 << 24;
        const CLK_STABLE: u32 = 0b10;
        model.borrow_mut().control1_bits |= value;
        if value & RESET_DATA_LINES != 0 {
            model.borrow_mut().progress.to_host.clear();
            model.borrow_mut().progress.to_card.clear();
        }
        // The resets are over at once, and the clock is stable once it is on.
        bank.poke(CONTROL1, value & !RESETS & !CLK_STABLE | (value & 1) << 1);
    });
}

/// What is on a card with `blocks`: no two of a transfer are alike.
fn contents(blocks: usize) -> Vec<u8> {
    const PRIME: usize = 127;
    let some: Vec<u8> = (0..PRIME * 512).map(|at| (at / 512 * 7 + at) as u8).collect();
    some.repeat(blocks.div_ceil(PRIME))[..blocks * 512].to_vec()
}

/// `count` blocks of data that no card holds by itself.
pub(super) fn pattern(count: usize) -> Vec<u8> {
    let mut data = vec![0; count * 512];
    data.iter_mut().enumerate().for_each(|(at, byte)| *byte = (at * 13 + at / 512) as u8 ^ 0x5a);
    data
}
