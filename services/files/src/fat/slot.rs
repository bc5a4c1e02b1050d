//! A slot of a directory: 32 bytes that hold a file's facts, or a piece of its long name.
//!
//! Source: *Microsoft FAT Specification* (fatgen103), chapters "FAT Directory Structure" and
//! "FAT Long Directory Entries".

use super::fields::{put_u16, put_u32, u16_at, u32_at};
use super::geometry::Width;
use super::time::Stamp;

/// Bytes of a slot.
pub(super) const SLOT_BYTES: usize = 32;

/// Slots of a block.
pub(super) const SLOTS: u32 = 16;

/// First byte of a slot that is free, and of one that is free like all after it.
pub(super) const DELETED: u8 = 0xe5;
pub(super) const END: u8 = 0;

/// Characters of a long name in one slot.
pub(super) const UNITS: usize = 13;

/// Where they stand.
const UNIT_OFFSETS: [usize; UNITS] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/// Marks the slot with the end of a long name, which comes first.
const LONG_LAST: u8 = 0x40;

const READ_ONLY: u8 = 0x01;
const VOLUME: u8 = 0x08;
const DIRECTORY: u8 = 0x10;
const ARCHIVE: u8 = 0x20;
const LONG: u8 = 0x0f;

/// The two highest bits of byte 12, which nobody else uses, count how often a file was renamed.
const TURN_SHIFT: u8 = 6;

/// One slot, as on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(pub [u8; SLOT_BYTES]);

impl Slot {
    /// Facts about a new, empty file.
    pub(super) fn new(is_directory: bool, now_ns: u64) -> Self {
        let mut slot = Self([0; SLOT_BYTES]);
        slot.0[11] = if is_directory { DIRECTORY } else { ARCHIVE };
        let now = Stamp::from_ns(now_ns);
        slot.0[13] = now.hundredths;
        put_u16(&mut slot.0, 14, now.time);
        put_u16(&mut slot.0, 16, now.date);
        slot.set_modified(now_ns);
        slot
    }

    /// The short name and the bits that say which parts of it are in lower case.
    pub(super) fn set_name(&mut self, short: &[u8; 11], case: u8) {
        self.0[..11].copy_from_slice(short);
        self.0[12] = self.0[12] & !CASE | case;
    }

    pub(super) fn short(&self) -> [u8; 11] {
        let mut short = [0; 11];
        short.copy_from_slice(&self.0[..11]);
        short
    }

    pub(super) fn case(&self) -> u8 {
        self.0[12] & CASE
    }

    /// How often it was renamed, of which only the two lowest bits are kept.
    pub(super) fn turn(&self) -> u8 {
        self.0[12] >> TURN_SHIFT
    }

    pub(super) fn set_turn(&mut self, turn: u8) {
        self.0[12] = self.0[12] & !(3 << TURN_SHIFT) | turn << TURN_SHIFT;
    }

    pub(super) fn is_free(&self) -> bool {
        matches!(self.0[0], DELETED | END)
    }

    pub(super) fn is_end(&self) -> bool {
        self.0[0] == END
    }

    /// Whether it is a piece of a long name.
    pub(super) fn is_long(&self) -> bool {
        self.0[11] & 0x3f == LONG
    }

    /// Whether it holds the volume's name, which is no file's.
    pub(super) fn is_label(&self) -> bool {
        self.0[11] & VOLUME != 0
    }

    pub(super) fn is_directory(&self) -> bool {
        self.0[11] & DIRECTORY != 0
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.0[11] & READ_ONLY != 0
    }

    /// Whether it is the directory itself or the one above.
    pub(super) fn is_dots(&self) -> bool {
        matches!(&self.0[..11], b".          " | b"..         ")
    }

    /// The file's first cluster, 0 if it has none. Bytes 20 and 21 mean something else on FAT12
    /// and FAT16.
    pub(super) fn first(&self, width: Width) -> u32 {
        let high = if width == Width::Fat32 { u16_at(&self.0, 20) } else { 0 };
        u32::from(high) << 16 | u32::from(u16_at(&self.0, 26))
    }

    pub(super) fn set_first(&mut self, cluster: u32, width: Width) {
        if width == Width::Fat32 {
            put_u16(&mut self.0, 20, (cluster >> 16) as u16);
        }
        put_u16(&mut self.0, 26, cluster as u16);
    }

    pub(super) fn size(&self) -> u32 {
        u32_at(&self.0, 28)
    }

    pub(super) fn set_size(&mut self, bytes: u32) {
        put_u32(&mut self.0, 28, bytes);
    }

    pub(super) fn modified_ns(&self) -> u64 {
        self.moment(24, 22)
    }

    /// Changes the time of the last change, and with it the day of the last access.
    pub(super) fn set_modified(&mut self, ns: u64) {
        let stamp = Stamp::from_ns(ns);
        put_u16(&mut self.0, 22, stamp.time);
        put_u16(&mut self.0, 24, stamp.date);
        put_u16(&mut self.0, 18, stamp.date);
        self.0[11] |= if self.is_directory() { 0 } else { ARCHIVE };
    }

    /// The day of the last access.
    pub(super) fn accessed_ns(&self) -> u64 {
        Stamp { date: u16_at(&self.0, 18), time: 0, hundredths: 0 }.to_ns()
    }

    pub(super) fn set_accessed(&mut self, ns: u64) {
        put_u16(&mut self.0, 18, Stamp::from_ns(ns).date);
    }

    fn moment(&self, date: usize, time: usize) -> u64 {
        let (date, time) = (u16_at(&self.0, date), u16_at(&self.0, time));
        Stamp { date, time, hundredths: 0 }.to_ns()
    }
}

/// Bits of byte 12: the name, and what comes after the dot, are in lower case.
pub(super) const LOWER_NAME: u8 = 0x08;
pub(super) const LOWER_ENDING: u8 = 0x10;
const CASE: u8 = LOWER_NAME | LOWER_ENDING;

/// Pieces of long names.
impl Slot {
    /// Piece number `order`, counted from 1, of the long name `units` of a file whose short name
    /// sums up to `sum`.
    pub(super) fn piece(units: &[u16], order: usize, sum: u8) -> Self {
        let mut slot = Self([0; SLOT_BYTES]);
        let from = (order - 1) * UNITS;
        let is_last = from + UNITS >= units.len();
        slot.0[0] = order as u8 | if is_last { LONG_LAST } else { 0 };
        slot.0[11] = LONG;
        slot.0[13] = sum;
        for (index, offset) in UNIT_OFFSETS.into_iter().enumerate() {
            // One zero ends the name, and ones fill what is left of the slot.
            let padding = if from + index == units.len() { 0 } else { 0xffff };
            put_u16(&mut slot.0, offset, *units.get(from + index).unwrap_or(&padding));
        }
        slot
    }

    /// Which piece it is, counted from 1.
    pub(super) fn order(&self) -> usize {
        usize::from(self.0[0] & 0x1f)
    }

    pub(super) fn is_last_piece(&self) -> bool {
        self.0[0] & LONG_LAST != 0
    }

    pub(super) fn sum(&self) -> u8 {
        self.0[13]
    }

    pub(super) fn units(&self) -> [u16; UNITS] {
        UNIT_OFFSETS.map(|offset| u16_at(&self.0, offset))
    }
}

/// What the pieces of a long name remember of the short name that they belong to.
pub(super) fn sum_of(short: &[u8; 11]) -> u8 {
    short.iter().fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}
