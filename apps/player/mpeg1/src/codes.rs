//! Codes of different lengths (annex B), but for those of coefficients, which `coefficients` has.
//!
//! A table has an entry for all that the next bits can be, made when this is compiled.

use crate::Broken;
use crate::bits::Bits;

/// A value and how long its code is; 0 bits where no code begins so.
#[derive(Clone, Copy)]
struct Entry {
    value: u8,
    length_bits: u8,
}

/// The codes of one kind; `SIZE` is 2 to the power of the longest one's length.
pub(crate) struct Codes<const SIZE: usize> {
    entries: [Entry; SIZE],
}

impl<const SIZE: usize> Codes<SIZE> {
    const LENGTH_BITS_MAX: u32 = SIZE.trailing_zeros();

    /// Each value's code, from 0 on; those without one have "".
    const fn new(codes: &[&str]) -> Self {
        let mut entries = [Entry { value: 0, length_bits: 0 }; SIZE];
        let mut value = 0;
        while value < codes.len() {
            let code = codes[value].as_bytes();
            let others = SIZE >> code.len();
            let mut entry = number(code) * others;
            let end = entry + others;
            while !code.is_empty() && entry < end {
                entries[entry] = Entry { value: value as u8, length_bits: code.len() as u8 };
                entry += 1;
            }
            value += 1;
        }
        Self { entries }
    }

    /// Takes the value of the code that comes next.
    ///
    /// # Errors
    ///
    /// [`Broken`] if none of these codes does; nothing is taken.
    pub(crate) fn take(&self, bits: &mut Bits<'_>) -> Result<u8, Broken> {
        bits.refill();
        let Entry { value, length_bits } =
            self.entries[(bits.peek() >> (32 - Self::LENGTH_BITS_MAX)) as usize];
        if length_bits == 0 {
            return Err(Broken);
        }
        bits.skip(length_bits.into());
        Ok(value)
    }
}

/// The number that the digits `code` are.
const fn number(code: &[u8]) -> usize {
    let (mut number, mut index) = (0, 0);
    while index < code.len() {
        number = number * 2 + (code[index] - b'0') as usize;
        index += 1;
    }
    number
}

/// Table B.1: how many macroblocks further the next one is, 1 to 33.
pub(crate) static INCREMENT: Codes<2048> = Codes::new(&[
    "",
    "1",
    "011",
    "010",
    "0011",
    "0010",
    "00011",
    "00010",
    "0000111",
    "0000110",
    "00001011",
    "00001010",
    "00001001",
    "00001000",
    "00000111",
    "00000110",
    "0000010111",
    "0000010110",
    "0000010101",
    "0000010100",
    "0000010011",
    "0000010010",
    "00000100011",
    "00000100010",
    "00000100001",
    "00000100000",
    "00000011111",
    "00000011110",
    "00000011101",
    "00000011100",
    "00000011011",
    "00000011010",
    "00000011001",
    "00000011000",
    "00000001111",
    "00000001000",
]);

/// Among the increments, nothing.
pub(crate) const STUFFING: u8 = 34;

/// Among the increments, 33 more.
pub(crate) const ESCAPE: u8 = 35;

/// What a macroblock has, one bit each: [`take`](Codes::take) of one of the three below gives it.
pub(crate) mod has {
    /// A step width of its own.
    pub(crate) const SCALE: u8 = 1;
    /// A vector to the picture before it.
    pub(crate) const FORWARD: u8 = 2;
    /// A vector to the picture after it.
    pub(crate) const BACKWARD: u8 = 4;
    /// A pattern of blocks.
    pub(crate) const PATTERN: u8 = 8;
    /// All its blocks, and nothing of other pictures.
    pub(crate) const INTRA: u8 = 16;
}

/// Table B.2a: kinds of macroblocks in pictures that stand alone.
pub(crate) static KIND_INTRA: Codes<4> =
    Codes::new(&["", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "1", "01"]);

/// Table B.2b: kinds of macroblocks in predicted pictures.
pub(crate) static KIND_PREDICTED: Codes<64> = Codes::new(&[
    "", "", "001", "", "", "", "", "", "01", "00001", "1", "00010", "", "", "", "", "00011",
    "000001",
]);

/// Table B.2c: kinds of macroblocks in bidirectional pictures.
pub(crate) static KIND_BIDIRECTIONAL: Codes<64> = Codes::new(&[
    "", "", "0010", "", "010", "", "10", "", "", "", "0011", "000011", "011", "000010", "11",
    "00010", "00011", "000001",
]);

/// Table B.3: which blocks a macroblock has; the first in the highest of 6 bits.
pub(crate) static PATTERN: Codes<512> = Codes::new(&[
    "",
    "01011",
    "01001",
    "001101",
    "1101",
    "0010111",
    "0010011",
    "00011111",
    "1100",
    "0010110",
    "0010010",
    "00011110",
    "10011",
    "00011011",
    "00010111",
    "00010011",
    "1011",
    "0010101",
    "0010001",
    "00011101",
    "10001",
    "00011001",
    "00010101",
    "00010001",
    "001111",
    "00001111",
    "00001101",
    "000000011",
    "01111",
    "00001011",
    "00000111",
    "000000111",
    "1010",
    "0010100",
    "0010000",
    "00011100",
    "001110",
    "00001110",
    "00001100",
    "000000010",
    "10000",
    "00011000",
    "00010100",
    "00010000",
    "01110",
    "00001010",
    "00000110",
    "000000110",
    "10010",
    "00011010",
    "00010110",
    "00010010",
    "01101",
    "00001001",
    "00000101",
    "000000101",
    "01100",
    "00001000",
    "00000100",
    "000000100",
    "111",
    "01010",
    "01000",
    "001100",
]);

/// Table B.4: how far a vector is from the one before, without sign and further bits.
pub(crate) static VECTOR: Codes<1024> = Codes::new(&[
    "1",
    "01",
    "001",
    "0001",
    "000011",
    "0000101",
    "0000100",
    "0000011",
    "000001011",
    "000001010",
    "000001001",
    "0000010001",
    "0000010000",
    "0000001111",
    "0000001110",
    "0000001101",
    "0000001100",
]);

/// Table B.5a: how many bits a block's brightness has.
pub(crate) static LUMA_BITS: Codes<128> =
    Codes::new(&["100", "00", "01", "101", "110", "1110", "11110", "111110", "1111110"]);

/// Table B.5b: how many bits a block's color has.
pub(crate) static COLOR_BITS: Codes<256> =
    Codes::new(&["00", "01", "10", "110", "1110", "11110", "111110", "1111110", "11111110"]);

#[cfg(test)]
mod tests {
    use super::*;

    fn values<const SIZE: usize>(codes: &Codes<SIZE>) -> Vec<u8> {
        let mut values: Vec<u8> = codes.entries.iter().map(|entry| entry.value).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// No code is the beginning of another: then each has as many entries as its length says.
    fn is_free_of_prefixes<const SIZE: usize>(codes: &Codes<SIZE>) -> bool {
        values(codes).into_iter().all(|value| {
            let own = codes.entries.iter().filter(|entry| entry.value == value);
            let own: Vec<u8> =
                own.map(|entry| entry.length_bits).filter(|length| *length != 0).collect();
            own.is_empty() || own.len() == SIZE >> own[0]
        })
    }

    #[test]
    fn no_code_is_the_beginning_of_another() {
        assert!(is_free_of_prefixes(&INCREMENT));
        assert!(is_free_of_prefixes(&KIND_INTRA));
        assert!(is_free_of_prefixes(&KIND_PREDICTED));
        assert!(is_free_of_prefixes(&KIND_BIDIRECTIONAL));
        assert!(is_free_of_prefixes(&PATTERN));
        assert!(is_free_of_prefixes(&VECTOR));
        assert!(is_free_of_prefixes(&LUMA_BITS));
        assert!(is_free_of_prefixes(&COLOR_BITS));
    }

    #[test]
    fn every_value_has_a_code() {
        assert_eq!(values(&INCREMENT), (0..=35).collect::<Vec<u8>>());
        assert_eq!(values(&PATTERN), (0..=63).collect::<Vec<u8>>());
        assert_eq!(values(&VECTOR), (0..=16).collect::<Vec<u8>>());
        assert_eq!(values(&LUMA_BITS), (0..=8).collect::<Vec<u8>>());
        assert_eq!(values(&COLOR_BITS), (0..=8).collect::<Vec<u8>>());
    }

    #[test]
    fn a_code_is_taken_and_what_is_none_is_left() {
        let mut bits = Bits::new(&[0b0000_1110, 0b0000_0000, 0]);

        assert_eq!(INCREMENT.take(&mut bits), Ok(8));
        assert_eq!(INCREMENT.take(&mut bits), Err(Broken));
        assert_eq!(bits.take(17), 0);
    }
}
