//! A stream's units, each of which begins with a start code (§2.3): two zeroes, a one, and what it
//! is.

/// What follows a start code.
pub(crate) mod code {
    pub(crate) const PICTURE: u8 = 0x00;
    /// The code of a slice is the row of macroblocks where it begins, counted from 1.
    pub(crate) const FIRST_SLICE: u8 = 0x01;
    pub(crate) const LAST_SLICE: u8 = 0xaf;
    pub(crate) const SEQUENCE: u8 = 0xb3;
    pub(crate) const SEQUENCE_END: u8 = 0xb7;
}

/// A start code and what stands between it and the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit<'a> {
    pub(crate) code: u8,
    pub(crate) bytes: &'a [u8],
}

/// The units of a stream, in their order.
#[derive(Clone)]
pub(crate) struct Units<'a> {
    rest: &'a [u8],
}

impl<'a> Units<'a> {
    pub(crate) const fn new(stream: &'a [u8]) -> Self {
        Self { rest: stream }
    }
}

impl<'a> Iterator for Units<'a> {
    type Item = Unit<'a>;

    fn next(&mut self) -> Option<Unit<'a>> {
        let start = start_code(self.rest)?;
        let (&code, after) = self.rest.get(start + 3..)?.split_first()?;
        let end = start_code(after).unwrap_or(after.len());

        self.rest = &after[end..];
        Some(Unit { code, bytes: &after[..end] })
    }
}

/// Where the first start code begins.
fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *bytes.get(at..at + 3)? {
            [0, 0, 1] => return Some(at),
            // Neither here nor at the next two bytes.
            [_, _, 2..=255] => at += 3,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(stream: &[u8]) -> Vec<(u8, &[u8])> {
        Units::new(stream).map(|unit| (unit.code, unit.bytes)).collect()
    }

    #[test]
    fn a_unit_ends_where_the_next_begins() {
        let stream = [9, 0, 0, 1, 0xb3, 5, 6, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8];
        assert_eq!(codes(&stream), [(0xb3, &[5, 6, 0][..]), (0, &[]), (7, &[8])]);
    }

    #[test]
    fn a_start_code_that_the_stream_ends_in_is_none() {
        assert_eq!(codes(&[0, 0, 1]), []);
        assert_eq!(codes(&[0, 0]), []);
        assert_eq!(codes(&[1, 0, 0, 1, 2]), [(2, &[][..])]);
    }
}
