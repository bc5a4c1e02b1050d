//! Names: long ones in UTF-16, and the short ones of 8 + 3 characters that stand in for them.
//!
//! Names that differ only in the case of letters are the same. That is so for the Latin, Greek
//! and Cyrillic letters up to U+045F; a table for all of Unicode would take more room than the
//! rest of the file system. Short names are in code page 437.

use super::slot::{LOWER_ENDING, LOWER_NAME, UNITS};
use abi::Errno;
use alloc::string::String;

/// Characters of the longest name.
pub(super) const UNITS_MAX: usize = 255;

/// Slots of the longest name, without the one of the file itself.
pub(super) const PIECES_MAX: usize = UNITS_MAX.div_ceil(UNITS);

/// A name in UTF-16.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    units: [u16; PIECES_MAX * UNITS],
    length: usize,
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.units() == other.units()
    }
}

impl Name {
    pub(super) const EMPTY: Self = Self { units: [0; PIECES_MAX * UNITS], length: 0 };

    /// The name `name`, if FAT can store it.
    ///
    /// # Errors
    ///
    /// [`Errno::NameTooLong`]; [`Errno::Invalid`] for control characters, for `"*/:<>?\|`, and
    /// for a space or a dot at the end, which others would drop.
    pub(super) fn new(name: &str) -> Result<Self, Errno> {
        let mut new = Self::EMPTY;
        for unit in name.encode_utf16() {
            if new.length == UNITS_MAX {
                return Err(Errno::NameTooLong);
            }
            new.push(unit);
        }
        let ends_badly = matches!(name.as_bytes().last(), None | Some(b' ' | b'.'));
        if ends_badly || name.bytes().any(is_forbidden) {
            return Err(Errno::Invalid);
        }
        Ok(new)
    }

    /// The name that a short one stands for.
    pub(super) fn from_short(short: &[u8; 11], case: u8) -> Self {
        let mut name = Self::EMPTY;
        let (stem, ending) = short.split_at(8);
        for (index, byte) in trimmed(stem).iter().enumerate() {
            // Where the first character is the one that marks a free slot, 5 stands for it.
            let byte = if index == 0 && *byte == 5 { 0xe5 } else { *byte };
            name.push_short(byte, case & LOWER_NAME != 0);
        }
        if !trimmed(ending).is_empty() {
            name.push(b'.'.into());
        }
        for byte in trimmed(ending) {
            name.push_short(*byte, case & LOWER_ENDING != 0);
        }
        if name.length == 0 {
            name.push(b'_'.into());
        }
        name
    }

    pub(super) fn units(&self) -> &[u16] {
        &self.units[..self.length]
    }

    /// Puts in piece number `order` of a long name, counted from 1.
    pub(super) fn put_piece(&mut self, order: usize, units: [u16; UNITS]) {
        let from = (order - 1) * UNITS;
        self.units[from..from + UNITS].copy_from_slice(&units);
        let end = units.iter().position(|unit| *unit == 0).unwrap_or(UNITS);
        self.length = self.length.max(from + end);
    }

    /// Whether it is one that may be shown.
    pub(super) fn is_good(&self) -> bool {
        let dot = u16::from(b'.');
        let is_good = |unit: Result<char, _>| unit.is_ok_and(|unit| unit >= ' ' && unit != '/');
        self.length <= UNITS_MAX
            && self.units().iter().any(|unit| *unit != dot)
            && char::decode_utf16(self.units().iter().copied()).all(is_good)
    }

    /// The name in UTF-8.
    pub(super) fn text(&self) -> String {
        String::from_utf16_lossy(self.units())
    }

    /// Whether both are the same but for the case of letters.
    pub(super) fn matches(&self, other: &Self) -> bool {
        let mut pairs = self.units().iter().zip(other.units());
        self.length == other.length && pairs.all(|(one, two)| folded(*one) == folded(*two))
    }

    fn push(&mut self, unit: u16) {
        self.units[self.length] = unit;
        self.length += 1;
    }

    fn push_short(&mut self, byte: u8, is_lower: bool) {
        self.push(match byte {
            b'A'..=b'Z' if is_lower => byte.to_ascii_lowercase().into(),
            0x80.. => CODE_PAGE_437[usize::from(byte - 0x80)],
            // A damaged name must not look like a path.
            0..b' ' | b'/' => b'_'.into(),
            _ => byte.into(),
        });
    }
}

/// A short name for a long one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Short {
    pub name: [u8; 11],
    pub case: u8,
    /// Whether it says all that the long one does, which then is not needed.
    pub is_exact: bool,
    /// Whether characters are missing, so that it needs a number.
    pub is_lossy: bool,
}

impl Short {
    /// The short name closest to `name`.
    pub(super) fn of(name: &Name) -> Self {
        let units = name.units();
        let dot = units.iter().rposition(|unit| *unit == u16::from(b'.')).filter(|dot| *dot > 0);
        let (stem, ending) = match dot {
            Some(dot) => (&units[..dot], &units[dot + 1..]),
            None => (units, &[][..]),
        };
        let mut short = Self { name: [b' '; 11], case: 0, is_exact: true, is_lossy: false };
        short.fill(0..8, stem, LOWER_NAME);
        short.fill(8..11, ending, LOWER_ENDING);
        if short.name[0] == b' ' {
            short.name[0] = b'_';
            short.is_lossy = true;
        }
        short.is_exact &= !short.is_lossy;
        short
    }

    /// The same with `tail` at the end of the first part, of which at most `keep` characters
    /// remain.
    pub(super) fn with_tail(&self, keep: usize, tail: &[u8]) -> [u8; 11] {
        let mut name = self.name;
        let stem_bytes = trimmed(&self.name[..8]).len().min(keep).min(8 - tail.len());
        name[stem_bytes..8].fill(b' ');
        name[stem_bytes..stem_bytes + tail.len()].copy_from_slice(tail);
        name
    }

    fn fill(&mut self, part: core::ops::Range<usize>, units: &[u16], lower: u8) {
        let mut at = part.start;
        let (mut has_lower, mut has_upper) = (false, false);
        for unit in units {
            let byte = u8::try_from(*unit).unwrap_or(0);
            if matches!(byte, b' ' | b'.') || at == part.end {
                self.is_lossy = true;
                continue;
            }
            has_lower |= byte.is_ascii_lowercase();
            has_upper |= byte.is_ascii_uppercase();
            let is_legal = byte.is_ascii_alphanumeric() || b"!#$%&'()-@^_`{}~".contains(&byte);
            self.is_lossy |= !is_legal;
            self.name[at] = if is_legal { byte.to_ascii_uppercase() } else { b'_' };
            at += 1;
        }
        self.case |= if has_lower { lower } else { 0 };
        self.is_exact &= !(has_lower && has_upper);
    }
}

/// What no name may contain.
fn is_forbidden(byte: u8) -> bool {
    matches!(byte, 0..b' ' | b'"' | b'*' | b'/' | b':' | b'<' | b'>' | b'?' | b'\\' | b'|')
}

/// The same letter for both cases.
fn folded(unit: u16) -> u16 {
    match unit {
        0x61..=0x7a | 0xe0..=0xf6 | 0xf8..=0xfe | 0x3b1..=0x3c1 | 0x3c3..=0x3cb | 0x430..=0x44f => {
            unit - 0x20
        }
        0x450..=0x45f => unit - 0x50,
        0x100..=0x12f | 0x132..=0x137 | 0x14a..=0x177 if unit & 1 == 1 => unit - 1,
        0x139..=0x148 | 0x179..=0x17e if unit & 1 == 0 => unit - 1,
        _ => unit,
    }
}

/// `part` without the spaces at its end.
fn trimmed(part: &[u8]) -> &[u8] {
    let length = part.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &part[..length]
}

/// The upper half of code page 437, that of the first PCs.
#[rustfmt::skip]
static CODE_PAGE_437: [u16; 128] = [
    0xc7, 0xfc, 0xe9, 0xe2, 0xe4, 0xe0, 0xe5, 0xe7, 0xea, 0xeb, 0xe8, 0xef, 0xee, 0xec, 0xc4, 0xc5,
    0xc9, 0xe6, 0xc6, 0xf4, 0xf6, 0xf2, 0xfb, 0xf9, 0xff, 0xd6, 0xdc, 0xa2, 0xa3, 0xa5, 0x20a7, 0x192,
    0xe1, 0xed, 0xf3, 0xfa, 0xf1, 0xd1, 0xaa, 0xba, 0xbf, 0x2310, 0xac, 0xbd, 0xbc, 0xa1, 0xab, 0xbb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556,
    0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510,
    0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567,
    0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b,
    0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x3b1, 0xdf, 0x393, 0x3c0, 0x3a3, 0x3c3, 0xb5, 0x3c4, 0x3a6, 0x398, 0x3a9, 0x3b4, 0x221e, 0x3c6, 0x3b5, 0x2229,
    0x2261, 0xb1, 0x2265, 0x2264, 0x2320, 0x2321, 0xf7, 0x2248, 0xb0, 0x2219, 0xb7, 0x221a, 0x207f, 0xb2, 0x25a0, 0xa0,
];
