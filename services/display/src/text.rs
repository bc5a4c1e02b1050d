//! Text in the one font, at 1× or larger, from bytes that should be UTF-8.

use core::char::REPLACEMENT_CHARACTER;

use embedded_graphics_core::geometry::{Point, Size};

use crate::area::Area;
use crate::canvas::{Canvas, Color};
use crate::font::{GLYPH_HEIGHT, GLYPH_WIDTH, glyph};

/// A character, and how many are before it in its line, and lines before that.
struct Cell {
    character: char,
    column: i64,
    row: i64,
}

/// How many pixels `text` takes, each pixel of the font `scale` wide and high.
///
/// A line feed begins a new line; a part that is no UTF-8 is as wide as one character.
#[must_use]
pub fn extent(text: &[u8], scale: u32) -> Size {
    let mut last = Cell { character: ' ', column: -1, row: 0 };
    let mut columns = 0;
    for cell in cells(text) {
        columns = columns.max(cell.column + i64::from(cell.character != '\n'));
        last = cell;
    }
    let rows = if last.column < 0 { 0 } else { last.row + 1 };
    Size::new(pixels(columns, GLYPH_WIDTH, scale), pixels(rows, GLYPH_HEIGHT, scale))
}

fn pixels(count: i64, each: u32, scale: u32) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_mul(each).saturating_mul(scale)
}

/// Draws `text` from the left upper corner `at` on, what is between the strokes stays.
///
/// Takes what [`extent`] says. What is no UTF-8 or has no glyph is drawn as U+FFFD.
pub fn draw(canvas: &mut Canvas<'_>, at: Point, text: &[u8], scale: u32, color: Color) {
    let (width, height) = (i64::from(GLYPH_WIDTH), i64::from(GLYPH_HEIGHT));
    let (scale, clip) = (i64::from(scale.min(SCALE_MAX)), canvas.clip());
    for cell in cells(text) {
        let left = i64::from(at.x) + cell.column * width * scale;
        let top = i64::from(at.y) + cell.row * height * scale;
        if is_in(&clip, left, width * scale) && top < clip.bottom.into() && cell.character != '\n' {
            draw_glyph(canvas, left, top, cell.character, scale, color);
        }
    }
}

/// Larger ones are drawn as this one: a pixel is as large as a screen.
const SCALE_MAX: u32 = 1 << 12;

fn is_in(clip: &Area, left: i64, width: i64) -> bool {
    left < clip.right.into() && left + width > clip.left.into()
}

fn draw_glyph(
    canvas: &mut Canvas<'_>,
    left: i64,
    top: i64,
    character: char,
    scale: i64,
    color: Color,
) {
    let rows = (0..).zip(glyph(character));
    for (row, bits) in rows.filter(|(_, bits)| *bits != 0) {
        let strokes = Strokes { bits, before: 0 };
        for (start, end) in strokes {
            let (start, end) = (left + start * scale, left + end * scale);
            (0..scale).for_each(|y| canvas.span(top + row * scale + y, start, end, color));
        }
    }
}

/// From where to before where a row of a glyph has pixels.
struct Strokes {
    bits: u8,
    before: i64,
}

impl Iterator for Strokes {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        if self.bits == 0 {
            return None;
        }
        let gap = self.bits.leading_zeros();
        let length = (self.bits << gap).leading_ones();
        let start = self.before + i64::from(gap);
        self.before = start + i64::from(length);
        self.bits = self.bits.checked_shl(gap + length).unwrap_or(0);
        Some((start, self.before))
    }
}

fn cells(text: &[u8]) -> impl Iterator<Item = Cell> {
    let (mut column, mut row) = (0, 0);
    characters(text).map(move |character| {
        let cell = Cell { character, column, row };
        (column, row) = if character == '\n' { (0, row + 1) } else { (column + 1, row) };
        cell
    })
}

/// The characters of `text`, with U+FFFD for each part that is no UTF-8.
fn characters(text: &[u8]) -> impl Iterator<Item = char> {
    text.utf8_chunks().flat_map(|chunk| {
        let broken = (!chunk.invalid().is_empty()).then_some(REPLACEMENT_CHARACTER);
        chunk.valid().chars().chain(broken)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_its_longest_line_and_as_high_as_all() {
        assert_eq!(extent(b"", 1), Size::new(0, 0));
        assert_eq!(extent("für".as_bytes(), 1), Size::new(24, 16));
        assert_eq!(extent(b"abc\nde", 2), Size::new(48, 64));
        assert_eq!(extent(b"abc\n", 1), Size::new(24, 16));
    }

    #[test]
    fn each_part_that_is_no_utf_8_is_as_wide_as_a_character() {
        assert_eq!(extent(b"a\xff\xfeb", 1), Size::new(32, 16));
        assert_eq!(extent(b"\xe2\x82", 1), Size::new(8, 16));
    }

    #[test]
    fn an_extent_past_all_numbers_is_the_largest() {
        assert_eq!(extent(b"ab", u32::MAX), Size::new(u32::MAX, u32::MAX));
    }

    #[test]
    fn strokes_are_where_the_bits_are() {
        let strokes = |bits| alloc::vec::Vec::from_iter(Strokes { bits, before: 0 });
        assert_eq!(strokes(0b0110_0001), [(1, 3), (7, 8)]);
        assert_eq!(strokes(0xff), [(0, 8)]);
        assert_eq!(strokes(0), []);
    }
}
