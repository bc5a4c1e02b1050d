//! Where a tablet's report has what, from its report descriptor.
//!
//! Source: *HID 1.11*, §6.2.2; numbers of usages from *HID Usage Tables* 1.12.

use super::BUTTONS_MAX;
use crate::UsbError;

/// The longest report that is read.
const REPORT_BITS_MAX: u32 = 64 * 8;
/// Usages that one item may have by name; those after it are as the last.
const USAGES_MAX: usize = 8;

const DESKTOP: u32 = 1;
const BUTTONS: u32 = 9;
const X: u32 = DESKTOP << 16 | 0x30;
const Y: u32 = DESKTOP << 16 | 0x31;
const WHEEL: u32 = DESKTOP << 16 | 0x38;
const FIRST_BUTTON: u32 = BUTTONS << 16 | 1;

/// The report of a pointer that is somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The number that its reports begin with, if they have one.
    report: Option<u8>,
    x: Field,
    y: Field,
    wheel: Field,
    buttons: Field,
}

/// Bits of a report; 0 of them if it has none such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Field {
    first_bit: u32,
    bits: u32,
    maximum: u32,
}

/// What a report says.
pub(super) struct State {
    pub(super) x: u16,
    pub(super) y: u16,
    pub(super) wheel: i8,
    pub(super) buttons: u8,
}

/// What items before have set for those to come (§6.2.2.7, §6.2.2.8).
#[derive(Default)]
struct Items {
    page: u32,
    maximum: u32,
    size_bits: u32,
    count: u32,
    report: Option<u8>,
    usages: [u32; USAGES_MAX],
    usages_count: usize,
    first_usage: u32,
    /// Where the next field of this report begins.
    bit: u32,
}

impl Layout {
    /// Reads a report descriptor.
    ///
    /// # Errors
    ///
    /// [`UsbError::Descriptor`] if it breaks off or has a longer report than is read, and
    /// [`UsbError::Unknown`] if it is not of a pointer that is somewhere.
    #[inline(never)]
    pub fn from_descriptor(mut bytes: &[u8]) -> Result<Self, UsbError> {
        let mut layout = Self::default();
        let mut items = Items::default();
        while let Some((&prefix, rest)) = bytes.split_first() {
            let length = [0, 1, 2, 4][usize::from(prefix & 0b11)];
            let (data, rest) = rest.split_at_checked(length).ok_or(UsbError::Descriptor)?;
            let value = data.iter().rev().fold(0, |value: u32, &byte| value << 8 | u32::from(byte));
            items.take(prefix & 0xfc, length, value, &mut layout)?;
            bytes = rest;
        }
        if layout.x.bits == 0 || layout.y.bits == 0 { Err(UsbError::Unknown) } else { Ok(layout) }
    }

    /// What a report says; `None` if it is another one, or too short.
    pub(super) fn read(&self, report: &[u8]) -> Option<State> {
        if self.report.is_some_and(|number| report.first() != Some(&number)) {
            return None;
        }
        let wheel = self.wheel.read(report)? as u8;
        Some(State {
            x: self.x.place(report)?,
            y: self.y.place(report)?,
            wheel: wheel.cast_signed(),
            buttons: self.buttons.read(report)? as u8,
        })
    }
}

impl Field {
    fn read(self, report: &[u8]) -> Option<u32> {
        (0..self.bits).rev().try_fold(0, |value, index| {
            let bit = self.first_bit + index;
            let byte = report.get(bit as usize / 8)?;
            Some(value << 1 | u32::from(byte >> (bit % 8) & 1))
        })
    }

    /// Where it is between 0 and 0x7fff.
    fn place(self, report: &[u8]) -> Option<u16> {
        const FULL: u64 = 0x7fff;
        let value = u64::from(self.read(report)?.min(self.maximum));
        // The maximum is not 0, or the field would not be one.
        u16::try_from(value * FULL / u64::from(self.maximum.max(1))).ok()
    }
}

impl Items {
    /// One item (§6.2.2.2): its tag and type, its length, and its value.
    fn take(
        &mut self,
        tag: u8,
        length: usize,
        value: u32,
        layout: &mut Layout,
    ) -> Result<(), UsbError> {
        match tag {
            // Input.
            0x80 => return self.fields(value, layout),
            // The page of usages, the largest value, the size, the report's number, the count.
            0x04 => self.page = value,
            0x24 => self.maximum = value,
            0x74 => self.size_bits = value,
            0x84 => (self.report, self.bit) = (Some(value as u8), 8),
            0x94 => self.count = value,
            // One usage, and the first of several; those of 4 bytes have their page with them.
            0x08 => {
                self.usages[self.usages_count % USAGES_MAX] = self.usage(length, value);
                self.usages_count = (self.usages_count + 1).min(USAGES_MAX);
            }
            0x18 => self.first_usage = self.usage(length, value),
            // Output, feature, collection and the end of one.
            0x90 | 0xb0 | 0xa0 | 0xc0 => self.forget_usages(),
            _ => {}
        }
        Ok(())
    }

    fn usage(&self, length: usize, value: u32) -> u32 {
        if length == 4 { value } else { self.page << 16 | value }
    }

    fn forget_usages(&mut self) {
        (self.usages_count, self.first_usage) = (0, 0);
    }

    /// Input fields (§6.2.2.5).
    fn fields(&mut self, flags: u32, layout: &mut Layout) -> Result<(), UsbError> {
        const IS_CONSTANT: u32 = 1 << 0;
        const IS_RELATIVE: u32 = 1 << 2;
        let fits = self.size_bits.checked_mul(self.count).is_some_and(|bits| {
            let has_room = bits <= REPORT_BITS_MAX && self.bit + bits <= REPORT_BITS_MAX;
            has_room && self.size_bits <= 32 && self.count <= REPORT_BITS_MAX
        });
        if !fits {
            return Err(UsbError::Descriptor);
        }
        for index in 0..self.count {
            let field = Field { first_bit: self.bit, bits: self.size_bits, maximum: self.maximum };
            match self.usage_of(index) {
                _ if flags & IS_CONSTANT != 0 || self.maximum == 0 => {}
                X if flags & IS_RELATIVE == 0 => {
                    (layout.x, layout.report) = (field, self.report);
                }
                Y if flags & IS_RELATIVE == 0 => layout.y = field,
                WHEEL => layout.wheel = field,
                FIRST_BUTTON if self.size_bits == 1 => {
                    layout.buttons = Field { bits: self.count.min(BUTTONS_MAX.into()), ..field };
                }
                _ => {}
            }
            self.bit += self.size_bits;
        }
        self.forget_usages();
        Ok(())
    }

    fn usage_of(&self, index: u32) -> u32 {
        match self.usages_count {
            0 => self.first_usage.wrapping_add(index),
            count => self.usages[(index as usize).min(count - 1)],
        }
    }
}
