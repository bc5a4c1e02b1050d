//! The font: Spleen 8×16 by Frederic Cambus, BSD-2-Clause: `LICENCE.spleen`.
//!
//! Of its characters the image has those of [`ranges`].

mod ranges;

/// How wide every character is, at 1×.
pub const GLYPH_WIDTH: u32 = 8;
/// How high every character is, at 1×, with the room between lines.
pub const GLYPH_HEIGHT: u32 = 16;

/// Rows from the top, each with its leftmost pixel in the highest bit.
pub(crate) type Glyph = [u8; GLYPH_HEIGHT as usize];

static GLYPHS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/glyphs.bin"));

/// What is shown for `character`: its glyph, or that of U+FFFD for one that has none.
pub(crate) fn glyph(character: char) -> Glyph {
    let (glyphs, _) = GLYPHS.as_chunks();
    let replacement = glyphs.len().saturating_sub(1);
    glyphs.get(index_of(character).unwrap_or(replacement)).copied().unwrap_or_default()
}

fn index_of(character: char) -> Option<usize> {
    let mut before = 0;
    for range in ranges::RANGES {
        let (first, last) = (*range.start() as usize, *range.end() as usize);
        if range.contains(&character) {
            return Some(before + character as usize - first);
        }
        before += last - first + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_ranges_has_the_glyph_at_its_place() {
        let count = ranges::characters().count();

        assert_eq!(GLYPHS.len(), count * size_of::<Glyph>());
        for (index, character) in ranges::characters().enumerate() {
            assert_eq!(index_of(character), Some(index), "{character:?}");
        }
    }

    #[test]
    fn a_character_without_a_glyph_is_shown_as_the_replacement() {
        assert_eq!(glyph('\u{416}'), glyph('\u{fffd}'));
        assert_eq!(glyph('\u{7f}'), glyph('\u{fffd}'));
        assert_ne!(glyph('\u{fffd}'), glyph(' '));
    }

    #[test]
    fn a_full_block_is_full_and_a_blank_is_blank() {
        assert_eq!(glyph('█'), [0xff; 16]);
        assert_eq!(glyph(' '), [0; 16]);
    }
}
