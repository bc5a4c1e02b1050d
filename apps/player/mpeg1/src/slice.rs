//! A slice: macroblocks from left to right and on to the next row, each told by what differs from
//! the one before (§2.4.2.6 and §2.4.2.7).

use crate::Broken;
use crate::bits::Bits;
use crate::block::{Block, Quantizer};
use crate::codes::{self, Codes, has};
use crate::frame::{Frame, Plane};
use crate::headers::{Kind, Picture, Reach, Sequence};
use crate::idct;
use crate::motion::{self, Use, Vector};

/// The averages that each slice begins from.
const GRAY: [i32; 3] = [128; 3];

/// What a slice is decoded with.
pub(crate) struct Context<'a> {
    pub(crate) sequence: &'a Sequence,
    pub(crate) picture: &'a Picture,
    /// The picture to decode; where it is predicted, it begins as a copy of `before`.
    pub(crate) target: &'a mut Frame,
    /// What vectors forward begin in.
    pub(crate) before: &'a Frame,
    /// What vectors backward begin in.
    pub(crate) after: &'a Frame,
}

/// Decodes the slice that begins in the row `row` of macroblocks.
///
/// # Errors
///
/// [`Broken`] from where it is no longer a slice; the macroblocks before are decoded.
pub(crate) fn decode(context: Context<'_>, row: usize, bytes: &[u8]) -> Result<(), Broken> {
    let mut bits = Bits::new(bytes);
    let scale = bits.take(5).cast_signed();
    while bits.flag() {
        let _information = bits.take(8);
    }
    let slice = Slice {
        context,
        bits,
        scale,
        averages: GRAY,
        forward: Vector::default(),
        backward: Vector::default(),
        kind: 0,
        block: Block::default(),
    };
    slice.decode(row)
}

/// What a macroblock has of the one before.
struct Slice<'a> {
    context: Context<'a>,
    bits: Bits<'a>,
    scale: i32,
    /// Of the last block of each plane, if it stood alone.
    averages: [i32; 3],
    /// In the unit that the picture has.
    forward: Vector,
    backward: Vector,
    /// What it has, as [`has`] says.
    kind: u8,
    block: Block,
}

impl Slice<'_> {
    fn decode(mut self, row: usize) -> Result<(), Broken> {
        let mut address = row * self.context.target.macroblock_columns() + self.increment()? - 1;
        loop {
            self.macroblock(address)?;
            if self.is_over() {
                return Ok(());
            }
            let next = address + self.increment()?;
            for skipped in address + 1..next {
                self.skipped(skipped)?;
            }
            address = next;
        }
    }

    /// Whether the zeroes come that are before each start code.
    fn is_over(&mut self) -> bool {
        self.bits.refill();
        self.bits.peek() >> (32 - 23) == 0
    }

    fn increment(&mut self) -> Result<usize, Broken> {
        let mut increment = 0;
        while increment <= self.context.target.macroblocks() {
            match codes::INCREMENT.take(&mut self.bits)? {
                codes::STUFFING => {}
                codes::ESCAPE => increment += 33,
                last => return Ok(increment + usize::from(last)),
            }
        }
        Err(Broken)
    }

    /// The column and the row of the macroblock with the number `address`.
    fn place(&self, address: usize) -> Result<(usize, usize), Broken> {
        let columns = self.context.target.macroblock_columns();
        let is_in = address < self.context.target.macroblocks();
        if is_in { Ok((address % columns, address / columns)) } else { Err(Broken) }
    }

    /// A macroblock without anything of its own: that of the picture before, or moved as the last
    /// one was.
    fn skipped(&mut self, address: usize) -> Result<(), Broken> {
        let place = self.place(address)?;
        self.averages = GRAY;
        if self.context.picture.kind == Kind::Predicted {
            self.forward = Vector::default();
        } else {
            self.predict(place);
        }
        Ok(())
    }

    fn macroblock(&mut self, address: usize) -> Result<(), Broken> {
        let place = self.place(address)?;
        self.kind = self.kind_of_macroblock()?;
        if self.kind & has::SCALE != 0 {
            self.scale = self.bits.take(5).cast_signed();
        }
        if self.kind & has::INTRA != 0 {
            (self.forward, self.backward) = Default::default();
            return self.intra_blocks(place);
        }

        self.averages = GRAY;
        self.vectors()?;
        let has_pattern = self.kind & has::PATTERN != 0;
        let pattern = if has_pattern { codes::PATTERN.take(&mut self.bits)? } else { 0 };
        self.predict(place);
        self.differences(place, pattern)
    }

    fn kind_of_macroblock(&mut self) -> Result<u8, Broken> {
        match self.context.picture.kind {
            Kind::Intra => codes::KIND_INTRA.take(&mut self.bits),
            Kind::Predicted => codes::KIND_PREDICTED.take(&mut self.bits),
            Kind::Bidirectional => codes::KIND_BIDIRECTIONAL.take(&mut self.bits),
        }
    }

    fn vectors(&mut self) -> Result<(), Broken> {
        let picture = self.context.picture;
        if self.kind & has::FORWARD != 0 {
            self.forward = vector(&mut self.bits, self.forward, picture.forward)?;
        } else if picture.kind == Kind::Predicted {
            self.forward = Vector::default();
        }
        if self.kind & has::BACKWARD != 0 {
            self.backward = vector(&mut self.bits, self.backward, picture.backward)?;
        }
        Ok(())
    }

    /// Takes over what the vectors point at.
    fn predict(&mut self, place: (usize, usize)) {
        let Context { picture, target, before, after, .. } = &mut self.context;
        let (is_forward, is_backward) =
            (self.kind & has::FORWARD != 0, self.kind & has::BACKWARD != 0);
        // Without a vector nothing moved, and the picture began as a copy.
        if is_forward {
            let vector = in_halves(self.forward, picture.forward);
            motion::predict(target, before, place, vector, Use::Copy);
        }
        if is_backward {
            let vector = in_halves(self.backward, picture.backward);
            let use_ = if is_forward { Use::Mix } else { Use::Copy };
            motion::predict(target, after, place, vector, use_);
        }
    }

    fn intra_blocks(&mut self, place: (usize, usize)) -> Result<(), Broken> {
        let quantizer =
            Quantizer { steps: &self.context.sequence.intra_steps, scale: self.scale, middle: 0 };
        for index in 0..6 {
            let average = self.average(index)?;
            self.block.read_intra(&mut self.bits, quantizer, average)?;
            let (plane, at) = area(self.context.target, place, index);
            idct::put(&mut self.block, &mut plane.samples, at, plane.columns);
        }
        Ok(())
    }

    /// The average of the block with the number `index`, by how far it is from the last one.
    fn average(&mut self, index: usize) -> Result<i32, Broken> {
        let (plane, length_bits) = match index {
            0..4 => (0, length(&codes::LUMA_BITS, &mut self.bits)?),
            _ => (index - 3, length(&codes::COLOR_BITS, &mut self.bits)?),
        };
        if length_bits > 0 {
            let bits = self.bits.take(length_bits).cast_signed();
            let is_negative = bits >> (length_bits - 1) == 0;
            let difference = if is_negative { bits + 1 - (1 << length_bits) } else { bits };
            self.averages[plane] = (self.averages[plane] + difference).clamp(0, 255);
        }
        Ok(self.averages[plane])
    }

    fn differences(&mut self, place: (usize, usize), pattern: u8) -> Result<(), Broken> {
        let quantizer =
            Quantizer { steps: &self.context.sequence.other_steps, scale: self.scale, middle: 1 };
        for index in (0..6).filter(|index| pattern << index & 0b10_0000 != 0) {
            self.block.read_difference(&mut self.bits, quantizer)?;
            let (plane, at) = area(self.context.target, place, index);
            idct::add(&mut self.block, &mut plane.samples, at, plane.columns);
        }
        Ok(())
    }
}

fn length<const SIZE: usize>(codes: &Codes<SIZE>, bits: &mut Bits<'_>) -> Result<u32, Broken> {
    codes.take(bits).map(u32::from)
}

/// The plane that has the block with the number `index` of the macroblock at `place`, and where in
/// it the block begins: four of brightness, then blue and red.
fn area(frame: &mut Frame, (column, row): (usize, usize), index: usize) -> (&mut Plane, usize) {
    let (plane, x, y) = match index {
        0..4 => (&mut frame.luma, column * 16 + index % 2 * 8, row * 16 + index / 2 * 8),
        4 => (&mut frame.blue, column * 8, row * 8),
        _ => (&mut frame.red, column * 8, row * 8),
    };
    let at = y * plane.columns + x;
    (plane, at)
}

/// The vector that comes next, told by how far it is from the last one.
fn vector(bits: &mut Bits<'_>, last: Vector, reach: Reach) -> Result<Vector, Broken> {
    let x = coordinate(bits, last.x, reach)?;
    let y = coordinate(bits, last.y, reach)?;
    Ok(Vector { x, y })
}

fn coordinate(bits: &mut Bits<'_>, last: i32, reach: Reach) -> Result<i32, Broken> {
    let code = i32::from(codes::VECTOR.take(bits)?);
    if code == 0 {
        return Ok(last);
    }
    let is_negative = bits.flag();
    let extra = if reach.extra_bits == 0 { 0 } else { bits.take(reach.extra_bits).cast_signed() };
    let size = ((code - 1) << reach.extra_bits) + extra + 1;
    let coordinate = if is_negative { last - size } else { last + size };

    // What leaves the range comes in again at its other end.
    let range = 16 << reach.extra_bits;
    Ok((coordinate + range).rem_euclid(2 * range) - range)
}

fn in_halves(vector: Vector, reach: Reach) -> Vector {
    if reach.is_whole { Vector { x: vector.x * 2, y: vector.y * 2 } } else { vector }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEAR: Reach = Reach { extra_bits: 0, is_whole: false };
    const FAR: Reach = Reach { extra_bits: 2, is_whole: false };

    fn coordinates(byte: u8, last: i32, reach: Reach) -> i32 {
        coordinate(&mut Bits::new(&[byte]), last, reach).unwrap()
    }

    #[test]
    fn a_vector_is_told_by_how_far_it_is_from_the_last_one() {
        assert_eq!(coordinates(0b1000_0000, -5, NEAR), -5);
        assert_eq!(coordinates(0b0100_0000, -5, NEAR), -4);
        assert_eq!(coordinates(0b0110_0000, -5, NEAR), -6);
        // (2 - 1) · 4 + 3 + 1.
        assert_eq!(coordinates(0b0010_1100, 10, FAR), 18);
        assert_eq!(coordinates(0b0011_1100, 10, FAR), 2);
    }

    #[test]
    fn a_vector_that_leaves_its_range_comes_in_at_the_other_end() {
        assert_eq!(coordinates(0b0010_0000, 15, NEAR), -15);
        assert_eq!(coordinates(0b0111_0000, -16, NEAR), 15);
        assert_eq!(coordinates(0b0101_1000, 63, FAR), -61);
    }

    #[test]
    fn a_picture_may_count_its_vectors_in_whole_pixels() {
        let vector = Vector { x: -3, y: 5 };
        assert_eq!(in_halves(vector, NEAR), vector);
        assert_eq!(in_halves(vector, Reach { is_whole: true, ..NEAR }), Vector { x: -6, y: 10 });
    }
}
