//! One value over time: its name, a graph, and the last value.

use app_guest::display::{Color, Picture, Pixels, Surface, look, text_extent};
use std::collections::VecDeque;

const WIDTH: usize = 144;
const HEIGHT: usize = 24;
/// How wide a value is drawn.
const STEP: usize = 2;
const LEFT: i32 = 80;
const VALUE_LEFT: i32 = LEFT + WIDTH as i32;
const VALUE_WIDTH: u32 = 80;

/// The graph's ground, what is below its line, and the line.
const COLORS: [Color; 3] = [look::GROUND, look::BERRY, look::BERRY_TEXT];

/// What was measured for as long as the graph is wide.
pub(crate) struct Graph {
    name: String,
    unit: &'static str,
    /// The least that fills it.
    full: f64,
    values: VecDeque<f64>,
}

impl Graph {
    /// Without values. It is as high as the highest of them, or `full`.
    pub(crate) fn new(name: String, unit: &'static str, full: f64) -> Self {
        Self { name, unit, full, values: VecDeque::new() }
    }

    /// Adds a value on the right.
    pub(crate) fn add(&mut self, value: f64) {
        self.values.push_front(value);
        self.values.truncate(WIDTH / STEP);
    }

    /// Draws what does not change.
    pub(crate) fn show_name(&self, surface: &Surface, top: i32) {
        surface.text(8, top + 4, &self.name, 1, look::QUIET);
    }

    /// Draws the values.
    pub(crate) fn show(&self, surface: &Surface, top: i32) {
        let picture = Picture {
            pixels: Pixels::Palette(&self.pixels(), &COLORS),
            width: WIDTH as u32,
            height: HEIGHT as u32,
            stride: WIDTH as u32,
            scale: 1,
        };
        surface.blit(LEFT, top, &picture).expect("there are so many pixels");
        let last = self.values.front().copied().unwrap_or(0.0);
        let text = format!("{last:.0} {}", self.unit);
        let left =
            VALUE_LEFT + VALUE_WIDTH.saturating_sub(text_extent(&text, 1).width).cast_signed();
        surface.fill(VALUE_LEFT, top, VALUE_WIDTH, HEIGHT as u32, look::PANEL);
        surface.text(left, top + 4, &text, 1, look::TEXT);
    }

    fn pixels(&self) -> Vec<u8> {
        let full = self.values.iter().copied().fold(self.full, f64::max);
        let mut pixels = vec![0; WIDTH * HEIGHT];
        for (age, value) in self.values.iter().enumerate() {
            let filled = ((value / full * HEIGHT as f64) as usize).clamp(1, HEIGHT);
            let left = WIDTH - (age + 1) * STEP;
            for y in HEIGHT - filled..HEIGHT {
                let color = if y == HEIGHT - filled { 2 } else { 1 };
                pixels[y * WIDTH + left..][..STEP].fill(color);
            }
        }
        pixels
    }
}
