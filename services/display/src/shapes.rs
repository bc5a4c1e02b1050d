//! Lines, rectangles with round corners, circles and triangles, whole or as outlines.
//!
//! Corners may be anywhere: coordinates beyond [`FAR`] are drawn as if they were there, and work
//! is done only for rows and columns that are on the canvas. What is drawn does not depend on the
//! clip: each pixel's place is calculated by itself.

use embedded_graphics_core::geometry::Point;

use crate::area::Area;
use crate::canvas::{Canvas, Color};

/// The largest coordinate that is drawn as it is, in each direction: products of two distances
/// still fit 64 bits.
pub const FAR: i32 = 1 << 29;

/// How a shape is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// All that is inside, and the edge.
    Filled,
    /// The edge alone, a pixel wide.
    Outlined,
}

/// Draws the line from `start` to `end`, both included.
pub fn line(canvas: &mut Canvas<'_>, start: Point, end: Point, color: Color) {
    let (start, end) = (near(start), near(end));
    if (end.0 - start.0).abs() >= (end.1 - start.1).abs() {
        flat_line(canvas, start.min(end), start.max(end), color);
    } else {
        steep_line(canvas, start, end, color);
    }
}

/// A line that has a pixel in each column.
fn flat_line(canvas: &mut Canvas<'_>, start: (i64, i64), end: (i64, i64), color: Color) {
    let clip = canvas.clip();
    if start.1 == end.1 {
        return canvas.span(start.1, start.0, end.0 + 1, color);
    }
    for x in start.0.max(clip.left.into())..(end.0 + 1).min(clip.right.into()) {
        let y = between(x, start, end);
        canvas.span(y, x, x + 1, color);
    }
}

/// A line that has a pixel in each row.
fn steep_line(canvas: &mut Canvas<'_>, start: (i64, i64), end: (i64, i64), color: Color) {
    for y in rows_of(canvas, start.1.min(end.1), start.1.max(end.1) + 1) {
        let x = x_of_edge(y, start, end);
        canvas.span(y, x, x + 1, color);
    }
}

/// Where the line from `start` to `end`, which are one below the other, is in row `y`.
fn x_of_edge(y: i64, start: (i64, i64), end: (i64, i64)) -> i64 {
    let (from, to) = ((start.1, start.0), (end.1, end.0));
    between(y, from.min(to), from.max(to))
}

/// The second coordinate of the line where the first is `at`, rounded, halves up.
fn between(at: i64, start: (i64, i64), end: (i64, i64)) -> i64 {
    let (length, rise) = (end.0 - start.0, end.1 - start.1);
    start.1 + (2 * (at - start.0) * rise + length).div_euclid(2 * length)
}

/// Draws a rectangle whose corners are quarters of a circle of `radius`, or of the largest that
/// fits; 0 makes them square.
pub fn rectangle(canvas: &mut Canvas<'_>, area: &Area, radius: u32, style: Style, color: Color) {
    if !area.is_empty() {
        let (left, top) = near(Point::new(area.left, area.top));
        let (right, bottom) = near(Point::new(area.right, area.bottom));
        Round { left, top, right, bottom, radius: radius.into() }.draw(canvas, style, color);
    }
}

/// Draws a circle that is twice `radius` and one more pixel wide.
pub fn circle(canvas: &mut Canvas<'_>, center: Point, radius: u32, style: Style, color: Color) {
    let (x, y) = near(center);
    let radius = i64::from(radius.min(FAR.unsigned_abs()));
    let (right, bottom) = (x + radius + 1, y + radius + 1);
    Round { left: x - radius, top: y - radius, right, bottom, radius }.draw(canvas, style, color);
}

/// A rectangle with round corners, or a circle, which is all corners.
struct Round {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
    radius: i64,
}

impl Round {
    fn draw(mut self, canvas: &mut Canvas<'_>, style: Style, color: Color) {
        let shorter = (self.right - self.left).min(self.bottom - self.top);
        self.radius = self.radius.min((shorter - 1) / 2);
        for y in rows_of(canvas, self.top, self.bottom) {
            let inset = self.inset(y);
            let (left, right) = (self.left + inset, self.right - inset);
            let edge = if style == Style::Filled { right - left } else { self.edge(y, inset) };
            canvas.span(y, left, left + edge, color);
            canvas.span(y, (right - edge).max(left + edge), right, color);
        }
    }

    /// How many pixels are missing at each end of row `y`.
    fn inset(&self, y: i64) -> i64 {
        let from_edge = (y - self.top).min(self.bottom - 1 - y);
        let radius = self.radius;
        let up = (radius - from_edge).clamp(0, radius);
        // The circle through the outer edge of the outermost pixel, half a pixel further out.
        radius - (radius * radius + radius - up * up).isqrt()
    }

    /// How wide the outline is at each end of row `y`: as far as the row further out begins.
    fn edge(&self, y: i64, inset: i64) -> i64 {
        if y == self.top || y == self.bottom - 1 {
            return self.right - self.left - 2 * inset;
        }
        let outer = if y - self.top < self.bottom - y { y - 1 } else { y + 1 };
        (self.inset(outer) - inset).max(1)
    }
}

/// Draws the triangle between three points, all included.
pub fn triangle(canvas: &mut Canvas<'_>, corners: [Point; 3], style: Style, color: Color) {
    let [a, b, c] = corners;
    if style == Style::Filled {
        fill_triangle(canvas, corners.map(near), color);
    }
    [(a, b), (b, c), (c, a)].into_iter().for_each(|(a, b)| line(canvas, a, b, color));
}

/// What is between the edges in each row, at its middle.
fn fill_triangle(canvas: &mut Canvas<'_>, [a, b, c]: [(i64, i64); 3], color: Color) {
    let (top, bottom) = (a.1.min(b.1).min(c.1), a.1.max(b.1).max(c.1));
    for y in rows_of(canvas, top, bottom + 1) {
        let edges = [(a, b), (b, c), (c, a)].into_iter();
        let crossed =
            edges.filter(|(a, b)| a.1 != b.1 && (a.1.min(b.1)..=a.1.max(b.1)).contains(&y));
        let (left, right) = crossed
            .map(|(a, b)| x_of_edge(y, a, b))
            .fold((i64::MAX, i64::MIN), |(left, right), x| (left.min(x), right.max(x)));
        canvas.span(y, left, right.saturating_add(1), color);
    }
}

/// Those rows that are on the canvas.
fn rows_of(canvas: &Canvas<'_>, top: i64, bottom: i64) -> core::ops::Range<i64> {
    let clip = canvas.clip();
    top.max(clip.top.into())..bottom.min(clip.bottom.into())
}

fn near(point: Point) -> (i64, i64) {
    (point.x.clamp(-FAR, FAR).into(), point.y.clamp(-FAR, FAR).into())
}
