//! The face of a clock, all of it strokes and discs.

use app_guest::display::{Color, look};
use app_guest::strokes::Stroke;
use std::f32::consts::TAU;

/// Where a hand or another mark begins and ends from the middle, and half of how wide it is, as
/// shares of the face's radius.
type Mark = (f32, f32, f32);

const DISC: Mark = (0.0, 0.0, 0.94);
const RIM: Mark = (0.0, 0.0, 0.97);
const HOUR_MARK: Mark = (0.74, 0.84, 0.022);
const MINUTE_MARK: Mark = (0.83, 0.84, 0.009);
const HOUR_HAND: Mark = (-0.12, 0.46, 0.036);
const MINUTE_HAND: Mark = (-0.12, 0.7, 0.026);
const SECOND_HAND: Mark = (-0.2, 0.76, 0.012);
const HUB: Mark = (0.0, 0.0, 0.05);

/// A clock's face in memory.
pub(crate) struct Face {
    size: u32,
    /// Without hands.
    empty: Vec<Color>,
    pixels: Vec<Color>,
}

impl Face {
    /// A face of so many columns and rows.
    pub(crate) fn new(size: u32) -> Self {
        let empty = vec![look::PANEL; (size * size) as usize];
        let mut face = Self { size, empty: Vec::new(), pixels: empty };
        face.draw(RIM, 0.0, look::LINE);
        face.draw(DISC, 0.0, look::GROUND);
        for minute in 0..60 {
            let turn = minute as f32 / 60.0;
            match minute % 5 {
                0 => face.draw(HOUR_MARK, turn, look::TEXT),
                _ => face.draw(MINUTE_MARK, turn, look::QUIET),
            }
        }
        face.empty.clone_from(&face.pixels);
        face
    }

    /// Columns, and rows.
    pub(crate) const fn size(&self) -> u32 {
        self.size
    }

    /// Its pixels when the day has had so many seconds.
    pub(crate) fn at(&mut self, second: u64) -> &[Color] {
        let turn = |period_s: u64| (second % period_s) as f32 / period_s as f32;
        self.pixels.copy_from_slice(&self.empty);
        self.draw(HOUR_HAND, turn(12 * 60 * 60), look::TEXT);
        self.draw(MINUTE_HAND, turn(60 * 60), look::TEXT);
        self.draw(SECOND_HAND, turn(60), look::BERRY_TEXT);
        self.draw(HUB, 0.0, look::BERRY_TEXT);
        &self.pixels
    }

    /// Draws a mark or a hand, so much of a turn from the top.
    fn draw(&mut self, (from, to, half): Mark, turn: f32, color: Color) {
        let middle = self.size as f32 / 2.0;
        let (sine, cosine) = (turn * TAU).sin_cos();
        let at = |share: f32| (middle * (1.0 + sine * share), middle * (1.0 - cosine * share));
        let stroke = Stroke { start: at(from), end: at(to), radius: half * middle };
        stroke.draw(&mut self.pixels, self.size, color);
    }
}
