//! The log as text: the last lines, and those before them to scroll back to.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use embedded_graphics_core::geometry::Point;

use crate::canvas::Canvas;
use crate::font::GLYPH_HEIGHT;
use crate::look::{self, GRID};
use crate::text;

/// How many lines are kept.
pub const LINES_MAX: usize = 500;
/// How many bytes of a line are kept; what is beyond is on the next.
pub const LINE_BYTES_MAX: usize = 160;

/// The last lines of a text that goes on.
pub struct Console {
    /// The last is the one that is written; there is always one.
    lines: VecDeque<Vec<u8>>,
    /// How many lines below those on the screen.
    back: usize,
}

impl Default for Console {
    fn default() -> Self {
        Self { lines: VecDeque::from([Vec::new()]), back: 0 }
    }
}

impl Console {
    /// Writes more of it. Who has scrolled back goes on seeing the same lines.
    pub fn write(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().filter(|byte| **byte != b'\r') {
            let is_full = self.lines.back().is_none_or(|line| line.len() >= LINE_BYTES_MAX);
            if *byte == b'\n' || is_full {
                self.begin_line();
            }
            if let Some(line) = self.lines.back_mut().filter(|_| *byte != b'\n') {
                line.push(*byte);
            }
        }
    }

    fn begin_line(&mut self) {
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(Vec::new());
        self.back = if self.back == 0 { 0 } else { (self.back + 1).min(self.lines.len() - 1) };
    }

    /// Shows lines further up, or, if negative, further down, as far as there are any.
    pub fn scroll(&mut self, lines_up: i32) {
        let back = self.back.saturating_add_signed(lines_up as isize);
        self.back = back.min(self.lines.len() - 1);
    }

    /// Draws as many lines as there is room for on all of the canvas, the last at the bottom once
    /// it is full.
    pub fn draw(&self, canvas: &mut Canvas<'_>) {
        let screen = canvas.clip();
        canvas.fill(&screen, look::PANEL);
        let room = (screen.height() as i32 - GRID).max(0) as u32 / GLYPH_HEIGHT;
        let end = self.lines.len() - self.back;
        // The line that is written is shown only when it has begun.
        let end = end - usize::from(self.lines.get(end - 1).is_some_and(Vec::is_empty));
        let first = end.saturating_sub(room as usize);
        let mut at = Point::new(screen.left + GRID, screen.top + GRID / 2);
        for line in self.lines.range(first..end) {
            text::draw(canvas, at, line, 1, look::TEXT);
            at.y += GLYPH_HEIGHT as i32;
        }
    }
}
