//! Strokes with round ends and soft edges, drawn in the app's own memory.
//!
//! A stroke that ends where it begins is a disc.

extern crate std;

use core::ops::Range;

use crate::display::Color;

/// A line of some width. Places are in pixels from the left upper corner of the picture.
#[derive(Clone, Copy, Debug)]
pub struct Stroke {
    /// Where it begins.
    pub start: (f32, f32),
    /// Where it ends.
    pub end: (f32, f32),
    /// Half of how wide it is.
    pub radius: f32,
}

impl Stroke {
    /// Draws it on a picture that is `width` pixels wide, and tells which columns and rows of that
    /// may have changed.
    pub fn draw(&self, pixels: &mut [Color], width: u32, color: Color) -> (Range<u32>, Range<u32>) {
        let height = (pixels.len() as u32).checked_div(width).unwrap_or(0);
        let columns = self.range(self.start.0, self.end.0, width);
        let rows = self.range(self.start.1, self.end.1, height);
        let line = Line::new(self);
        for y in rows.clone() {
            let row = &mut pixels[(y * width) as usize..][..width as usize];
            for x in columns.clone() {
                cover(&mut row[x as usize], color, line.cover(x, y));
            }
        }
        (columns, rows)
    }

    /// The columns or rows between two that it may cover.
    fn range(&self, a: f32, b: f32, end: u32) -> Range<u32> {
        let first = a.min(b) - self.radius - 1.0;
        let last = a.max(b) + self.radius + 1.0;
        // Numbers below zero become zero.
        let last = (last as u32).saturating_add(1).min(end);
        (first as u32).min(last)..last
    }
}

/// What is needed of a stroke for each pixel.
struct Line {
    start: (f32, f32),
    along: (f32, f32),
    /// What makes of a product with `along` how much of it that is.
    share: f32,
    radius: f32,
}

impl Line {
    fn new(stroke: &Stroke) -> Self {
        let (start, end) = (stroke.start, stroke.end);
        let along = (end.0 - start.0, end.1 - start.1);
        let share = 1.0 / (along.0 * along.0 + along.1 * along.1).max(f32::MIN_POSITIVE);
        Self { start, along, share, radius: stroke.radius }
    }

    /// How much of a pixel it covers: 1 or more for all, 0 or less for nothing.
    fn cover(&self, x: u32, y: u32) -> f32 {
        let (x, y) = (x as f32 + 0.5 - self.start.0, y as f32 + 0.5 - self.start.1);
        let nearest = (x * self.along.0 + y * self.along.1) * self.share;
        // Not `clamp`, which takes care of numbers that are none.
        let nearest = if nearest > 1.0 { 1.0 } else { nearest };
        let nearest = if nearest < 0.0 { 0.0 } else { nearest };
        let (x, y) = (x - nearest * self.along.0, y - nearest * self.along.1);
        self.radius + 0.5 - (x * x + y * y).sqrt()
    }
}

/// Lays so much of `color` over `pixel`.
fn cover(pixel: &mut Color, color: Color, cover: f32) {
    if cover >= 1.0 {
        *pixel = color;
    } else if cover > 0.0 {
        let (under, cover) = (*pixel, (cover * 256.0) as u32);
        let mix =
            |mask: u32| (((under & mask) * (256 - cover) + (color & mask) * cover) >> 8) & mask;
        // Red and blue at once: there is a byte of room between them.
        *pixel = mix(0xff_00ff) | mix(0x00_ff00);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(start: (f32, f32), end: (f32, f32), radius: f32) -> [Color; 25] {
        let mut pixels = [0; 25];
        Stroke { start, end, radius }.draw(&mut pixels, 5, 0xff);
        pixels
    }

    #[test]
    fn a_stroke_covers_its_pixels_wholly_and_those_beside_it_in_part() {
        let pixels = drawn((0.5, 2.5), (4.5, 2.5), 1.0);

        assert_eq!(pixels[10..15], [0xff; 5]);
        assert_eq!(pixels[5..10], [0x7f; 5]);
        assert_eq!(pixels[..5], [0; 5]);
    }

    #[test]
    fn a_disc_is_alike_in_all_directions() {
        let pixels = drawn((2.5, 2.5), (2.5, 2.5), 1.5);

        assert_eq!(pixels[12], 0xff);
        assert!(pixels.iter().eq(pixels.iter().rev()));
        assert!((0..25).all(|at| pixels[at] == pixels[at % 5 * 5 + at / 5]));
    }

    #[test]
    fn strokes_may_be_anywhere_and_change_what_they_say() {
        for (start, end) in [(-1e9, 1e9), (-9.0, -8.0), (7.0, 1e30), (f32::NAN, 1.0), (2.0, 2.0)] {
            let mut pixels = [0; 25];
            let stroke = Stroke { start: (start, start), end: (end, end), radius: 1.0 };
            let (columns, rows) = stroke.draw(&mut pixels, 5, 0xff_ffff);
            let is_in = |at: u32| columns.contains(&(at % 5)) && rows.contains(&(at / 5));
            assert!((0..25).all(|at| pixels[at as usize] == 0 || is_in(at)), "{start} {end}");
        }
        assert_eq!(
            Stroke { start: (0.0, 0.0), end: (9.0, 9.0), radius: 2.0 }.draw(&mut [], 0, 1),
            (0..0, 0..0)
        );
    }
}
