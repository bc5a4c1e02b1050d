//! Bits, the highest of each byte first.

/// Reads bits; after the last byte there are zeroes without end, which no code begins with.
pub(crate) struct Bits<'a> {
    rest: &'a [u8],
    /// What was taken from `rest`, from the highest bit down; zeroes below.
    window: u64,
    held_bits: u32,
}

impl<'a> Bits<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, window: 0, held_bits: 0 }
    }

    /// Makes sure of 32 bits, which is enough for a code and what belongs to it.
    pub(crate) fn refill(&mut self) {
        if self.held_bits >= 32 {
            return;
        }
        let bytes = match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                *bytes
            }
            None => self.last_bytes(),
        };
        self.window |= u64::from(u32::from_be_bytes(bytes)) << (32 - self.held_bits);
        self.held_bits += 32;
    }

    fn last_bytes(&mut self) -> [u8; 4] {
        let mut bytes = [0; 4];
        bytes[..self.rest.len()].copy_from_slice(self.rest);
        self.rest = &[];
        bytes
    }

    /// The next 32 bits, of which those are real that [`refill`](Self::refill) made sure of.
    pub(crate) const fn peek(&self) -> u32 {
        (self.window >> 32) as u32
    }

    /// Goes on by `count` bits of those that were made sure of.
    pub(crate) const fn skip(&mut self, count: u32) {
        self.window <<= count;
        self.held_bits -= count;
    }

    /// Takes the next `count` bits, 1 to 32, of those that were made sure of.
    pub(crate) const fn take_held(&mut self, count: u32) -> u32 {
        let bits = self.peek() >> (32 - count);
        self.skip(count);
        bits
    }

    /// Takes the next `count` bits, 1 to 32.
    pub(crate) fn take(&mut self, count: u32) -> u32 {
        self.refill();
        self.take_held(count)
    }

    /// Takes one bit.
    pub(crate) fn flag(&mut self) -> bool {
        self.take(1) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_highest_down_and_across_bytes() {
        let mut bits = Bits::new(&[0b1010_0000, 0b0000_0001, 0xff, 1, 2, 3, 4]);

        assert!(bits.flag());
        assert_eq!(bits.take(3), 0b010);
        assert_eq!(bits.take(12), 1);
        assert_eq!(bits.take(32), 0xff01_0203);
        assert_eq!(bits.take(8), 4);
    }

    #[test]
    fn after_the_last_byte_there_are_zeroes_without_end() {
        let mut bits = Bits::new(&[0xff]);

        assert_eq!(bits.take(16), 0xff00);
        for _ in 0..100 {
            assert_eq!(bits.take(32), 0);
        }
    }
}
