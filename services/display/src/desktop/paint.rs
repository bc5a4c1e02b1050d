//! Drawing what changed: each pixel once, from the highest window that has it.

use crate::area::Area;
use crate::canvas::Canvas;
use crate::look;
use crate::pointer;

use super::{BUFFERS_MAX, Desktop};

impl Desktop {
    /// Whether that buffer of the screen is out of date.
    #[must_use]
    pub fn is_damaged(&self, buffer: usize) -> bool {
        !self.damage[buffer % BUFFERS_MAX].is_empty()
    }

    /// Draws on `canvas`, the screen's buffer of that number, whatever has changed since it was
    /// last drawn, and tells how many pixels that were: 0 if nothing has.
    ///
    /// A screen with one buffer passes 0. The pointer is drawn over its background before either
    /// is on the screen, so it never flickers.
    pub fn paint(&mut self, buffer: usize, canvas: &mut Canvas<'_>) -> u64 {
        let mut pixels = 0;
        for area in self.damage[buffer % BUFFERS_MAX].take() {
            pixels += area.pixels();
            self.paint_area(canvas, &area);
        }
        pixels
    }

    fn paint_area(&self, canvas: &mut Canvas<'_>, area: &Area) {
        let with_pointer = area.intersection(&self.pointer_area());
        for piece in area.without(&with_pointer) {
            self.paint_below(self.windows.len(), canvas, &piece);
        }
        if !with_pointer.is_empty() {
            self.paint_pointer(canvas, &with_pointer);
        }
    }

    /// Draws `area`, which the pointer covers, elsewhere, and then all at once.
    fn paint_pointer(&self, canvas: &mut Canvas<'_>, area: &Area) {
        let mut pixels = [look::GROUND; (pointer::WIDTH * pointer::HEIGHT) as usize];
        let width = area.width();
        if let Some(mut aside) = Canvas::part(&mut pixels, *area, width) {
            self.paint_below(self.windows.len(), &mut aside, area);
            self.pointer.iter().for_each(|at| pointer::draw(&mut aside, *at));
            for y in area.rows() {
                let source = aside.row(y, area.left, area.right);
                let target = canvas.row(y, area.left, area.right);
                target.iter_mut().zip(source).for_each(|(target, source)| *target = *source);
            }
        }
    }

    /// Draws what of the lowest `count` windows is in `area`, and the ground where none is.
    ///
    /// This goes as deep as there are windows, which are [`super::WINDOWS_MAX`].
    fn paint_below(&self, count: usize, canvas: &mut Canvas<'_>, area: &Area) {
        if area.is_empty() {
            return;
        }
        let Some((window, lower)) = self.windows[..count].split_last() else {
            return canvas.fill(area, look::GROUND);
        };
        let covered = area.intersection(&window.frame(&self.screen));
        if !covered.is_empty() {
            window.draw(canvas, &covered, self.focus == Some(window.id));
        }
        for piece in area.without(&covered) {
            self.paint_below(lower.len(), canvas, &piece);
        }
    }
}
