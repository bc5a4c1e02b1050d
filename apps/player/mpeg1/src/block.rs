//! Blocks of 8 × 8 coefficients, as a stream has them (§2.4.2.8) and as they are meant (§2.4.4).

use crate::Broken;
use crate::bits::Bits;
use crate::coefficients::{self, Symbol, symbol};
use crate::headers::ZIGZAG;

/// A block's coefficients, the lowest frequencies in the left upper corner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Block {
    /// Row by row, from -2048 to 2047 each.
    pub(crate) rows: [[i32; 8]; 8],
    /// Which rows have something but zeroes, the first in the lowest bit.
    pub(crate) used_rows: u32,
    /// Which columns do.
    pub(crate) used_columns: u32,
}

/// How coefficients were made small.
#[derive(Clone, Copy)]
pub(crate) struct Quantizer<'a> {
    /// The step width of each, row by row.
    pub(crate) steps: &'a [u8; 64],
    /// What all of them are multiplied with.
    pub(crate) scale: i32,
    /// 1 if a level stands for the middle of its step, 0 if for its begin.
    pub(crate) middle: i32,
}

impl Block {
    /// Reads a block that stands alone, of which `average` is known, 0 to 255.
    ///
    /// # Errors
    ///
    /// [`Broken`] with what came before.
    pub(crate) fn read_intra(
        &mut self,
        bits: &mut Bits<'_>,
        quantizer: Quantizer<'_>,
        average: i32,
    ) -> Result<(), Broken> {
        *self = Self { used_rows: 1, used_columns: 1, ..Self::default() };
        self.rows[0][0] = average * 8;
        self.read_from(1, bits, quantizer)
    }

    /// Reads a block that is added to what other pictures have.
    ///
    /// # Errors
    ///
    /// As [`read_intra`](Self::read_intra).
    pub(crate) fn read_difference(
        &mut self,
        bits: &mut Bits<'_>,
        quantizer: Quantizer<'_>,
    ) -> Result<(), Broken> {
        *self = Self::default();
        bits.refill();
        // The block cannot end before it began, so the code of the end means a level of 1 here.
        if bits.peek() >> 31 == 0 {
            return self.read_from(0, bits, quantizer);
        }
        bits.skip(1);
        let level = signed(1, bits);
        self.enter(0, level, quantizer);
        self.read_from(1, bits, quantizer)
    }

    fn read_from(
        &mut self,
        mut index: usize,
        bits: &mut Bits<'_>,
        quantizer: Quantizer<'_>,
    ) -> Result<(), Broken> {
        loop {
            bits.refill();
            let Symbol { run, level, length_bits } = symbol(bits.peek());
            bits.skip(length_bits.into());

            let (run, level) = match (level, run) {
                (0, coefficients::END) => return Ok(()),
                (0, coefficients::ESCAPE) => escaped(bits),
                (0, _) => return Err(Broken),
                _ => (run.into(), signed(level.into(), bits)),
            };
            index += run;
            let at = *ZIGZAG.get(index).ok_or(Broken)?;
            self.enter(at.into(), level, quantizer);
            index += 1;
        }
    }

    /// Enters the coefficient that `level` stands for, at the number `at` row by row.
    fn enter(&mut self, at: usize, level: i32, quantizer: Quantizer<'_>) {
        let (row, column) = (at / 8 % 8, at % 8);
        let product = quantizer.scale * i32::from(quantizer.steps[at % 64]);
        let size = ((level.abs() * 2 + quantizer.middle) * product) >> 4;
        // Odd, so that what rounding adds up to differs from decoder to decoder by less.
        let size = if size == 0 { 0 } else { (size - 1) | 1 };

        let coefficient = if level < 0 { -size } else { size };
        self.rows[row][column] = coefficient.clamp(-2048, 2047);
        self.used_rows |= 1 << row;
        self.used_columns |= 1 << column;
    }
}

/// `level` with the sign that the next bit is, of those that were made sure of.
fn signed(level: i32, bits: &mut Bits<'_>) -> i32 {
    if bits.take_held(1) == 0 { level } else { -level }
}

/// A run and a level that have no code, of 22 bits at most that were made sure of.
fn escaped(bits: &mut Bits<'_>) -> (usize, i32) {
    let run = bits.take_held(6) as usize;
    let level = match bits.take_held(8) {
        0 => bits.take_held(8).cast_signed(),
        0x80 => bits.take_held(8).cast_signed() - 256,
        level => i32::from((level as u8).cast_signed()),
    };
    (run, level)
}

#[cfg(test)]
mod tests;
