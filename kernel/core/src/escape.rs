//! Escape sequences, such as arrow keys send (ECMA-48 §5.4), told from the other keys.

use core::mem;

/// `ESC`, which begins every sequence.
const ESCAPE: u8 = 0x1b;

/// How much was typed of a sequence.
#[derive(Clone, Copy, Default)]
pub struct Escape {
    sequence: Sequence,
    /// The first number in it.
    parameter: u8,
}

#[derive(Clone, Copy, Default)]
enum Sequence {
    #[default]
    None,
    /// ESC.
    Begun,
    /// ESC `[`, and perhaps parameters: a final byte will end it.
    Control,
    /// As before, behind the first parameter.
    Further,
    /// ESC `O`: the next byte ends it.
    Single,
}

/// What a typed byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// A key of its own.
    Key(u8),
    /// Part of a sequence that goes on.
    Inside,
    /// The end of a sequence: its final byte, and its first number or 0.
    Sequence(u8, u8),
}

impl Escape {
    /// Tells what `byte` is. A sequence that breaks off swallows no key.
    pub fn next(&mut self, byte: u8) -> Typed {
        let before = mem::take(&mut self.sequence);
        self.sequence = match (before, byte) {
            (_, ESCAPE) => Sequence::Begun,
            (Sequence::Begun, b'[' | b'O') => {
                self.parameter = 0;
                if byte == b'O' { Sequence::Single } else { Sequence::Control }
            }
            (Sequence::Control, b'0'..=b'9') => {
                self.parameter = self.parameter.wrapping_mul(10).wrapping_add(byte & 0xf);
                Sequence::Control
            }
            (Sequence::Control | Sequence::Further, 0x20..=0x3f) => Sequence::Further,
            (Sequence::None | Sequence::Begun, _) | (_, ..0x40 | 0x7f..) => {
                return Typed::Key(byte);
            }
            _ => return Typed::Sequence(byte, self.parameter),
        };
        Typed::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn typed(bytes: &[u8]) -> Vec<Typed> {
        let mut escape = Escape::default();
        let all = bytes.iter().map(|&byte| escape.next(byte));
        all.filter(|&typed| typed != Typed::Inside).collect()
    }

    #[test]
    fn arrows_and_numbered_keys_come_out_as_one() {
        assert_eq!(typed(b"\x1b[A"), [Typed::Sequence(b'A', 0)]);
        assert_eq!(typed(b"\x1bOH"), [Typed::Sequence(b'H', 0)]);
        assert_eq!(typed(b"\x1b[3~x"), [Typed::Sequence(b'~', 3), Typed::Key(b'x')]);
        assert_eq!(typed(b"\x1b[1;5C\x1b[C"), [Typed::Sequence(b'C', 1), Typed::Sequence(b'C', 0)]);
    }

    #[test]
    fn a_sequence_that_breaks_off_swallows_no_key() {
        assert_eq!(typed(b"\x1bb"), [Typed::Key(b'b')]);
        assert_eq!(typed(b"\x1b[12\r"), [Typed::Key(b'\r')]);
        assert_eq!(typed(b"\x1b[1\x1b[A"), [Typed::Sequence(b'A', 0)]);
    }
}
