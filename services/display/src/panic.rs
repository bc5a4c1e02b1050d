//! The panic screen: what went wrong and where, for somebody with a camera.

use embedded_graphics_core::geometry::Point;

use crate::area::Area;
use crate::canvas::Canvas;
use crate::font::{GLYPH_HEIGHT, GLYPH_WIDTH};
use crate::look::{self, GRID};
use crate::text;

/// From the edge of the screen to what is on it.
const MARGIN: i32 = 4 * GRID;

/// Draws the panic screen on all of the canvas, without asking for memory.
///
/// `message` is what the console shows, too; its lines go on below where they are too long. `next`
/// says what happens now.
pub fn draw(canvas: &mut Canvas<'_>, message: &[u8], next: &str) {
    let screen = canvas.clip();
    canvas.fill(&screen, look::GROUND);
    canvas.fill(&Area { bottom: screen.top + GRID, ..screen }, look::BERRY);
    let mut at = Point::new(screen.left + MARGIN, screen.top + MARGIN);
    text::draw(canvas, at, b"Bramble has stopped", 2, look::TEXT);
    at.y += 2 * GLYPH_HEIGHT as i32 + 2 * GRID;

    let foot = screen.bottom - MARGIN - GLYPH_HEIGHT as i32;
    let columns = screen.inset(MARGIN).width() / GLYPH_WIDTH;
    let mut room = canvas.clipped(&Area { bottom: foot - GRID, ..screen });
    draw_wrapped(&mut room, at, message, columns.max(1) as usize);
    text::draw(canvas, Point::new(at.x, foot), next.as_bytes(), 1, look::QUIET);
}

fn draw_wrapped(canvas: &mut Canvas<'_>, mut at: Point, message: &[u8], columns: usize) {
    for line in message.split(|byte| *byte == b'\n') {
        for part in line.chunks(columns) {
            text::draw(canvas, at, part, 1, look::BERRY_TEXT);
            at.y = at.y.saturating_add(GLYPH_HEIGHT as i32);
        }
    }
}
