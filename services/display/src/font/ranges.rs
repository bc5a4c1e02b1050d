//! Which characters can be shown; `build.rs` reads this, too.

use core::ops::RangeInclusive;

/// The characters that have a glyph, in the order of their numbers.
pub const RANGES: [RangeInclusive<char>; 15] = [
    // ASCII, the rest of Latin-1, punctuation, arrows, box drawing, block elements, and the replacement.
    ' '..='~',
    '\u{a0}'..='\u{ff}',
    '–'..='–',
    '‘'..='’',
    '“'..='”',
    '•'..='•',
    '…'..='…',
    '€'..='€',
    '←'..='↓',
    '─'..='╿',
    '▀'..='▀',
    '▄'..='▄',
    '█'..='█',
    '▐'..='▓',
    '\u{fffd}'..='\u{fffd}',
];

/// All of them, one after another.
#[allow(dead_code, reason = "who shows them looks up one, who packs them needs all")]
pub fn characters() -> impl Iterator<Item = char> {
    RANGES.into_iter().flatten()
}
