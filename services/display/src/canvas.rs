//! A slice of pixels to draw on, and what part of it may be drawn on.
//!
//! Everything that draws ends in [`Canvas::span`] or [`Canvas::row`], and these clip.

use core::convert::Infallible;

use embedded_graphics_core::Pixel;
use embedded_graphics_core::draw_target::DrawTarget;
use embedded_graphics_core::geometry::{Dimensions, Point, Size};
use embedded_graphics_core::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics_core::primitives::Rectangle;

use crate::area::Area;
use crate::picture;

/// Red, green and blue, a byte each, red the highest: `0xrrggbb`.
pub type Color = u32;

/// Fills its second argument with the pixels of the first, four bytes each in the order of
/// [`Color`]'s, twice each, as long as there are any of either.
pub type Doubling = fn(&[u8], &mut [Color]);

/// Pixels in rows, a part of a picture that may be larger.
pub struct Canvas<'a> {
    pixels: &'a mut [Color],
    /// From a pixel to the one below it.
    stride_pixels: usize,
    /// Where in the picture the first of `pixels` is.
    origin: Point,
    /// What may be drawn on, of what `pixels` hold.
    clip: Area,
    pub(crate) double: Doubling,
}

impl<'a> Canvas<'a> {
    /// The whole of a picture of so many pixels, `stride_pixels` from each to the one below.
    ///
    /// `None` if `pixels` are too few for that, or a row is longer than its stride.
    #[must_use]
    pub fn new(
        pixels: &'a mut [Color],
        width: u32,
        height: u32,
        stride_pixels: u32,
    ) -> Option<Self> {
        let area = Area::new(0, 0, width, height);
        Self::part(pixels, area, stride_pixels)
    }

    /// The part of a picture that is at `area` in it.
    ///
    /// `None` as with [`Canvas::new`].
    #[must_use]
    pub fn part(pixels: &'a mut [Color], area: Area, stride_pixels: u32) -> Option<Self> {
        let (width, height) = (u64::from(area.width()), u64::from(area.height()));
        let rows_before = height.saturating_sub(1);
        let needed = rows_before.checked_mul(stride_pixels.into())?.checked_add(width)?;
        if width > stride_pixels.into() || needed > pixels.len() as u64 {
            return None;
        }
        let origin = Point::new(area.left, area.top);
        let (stride_pixels, double) = (stride_pixels as usize, picture::double as Doubling);
        Some(Self { pixels, stride_pixels, origin, clip: area, double })
    }

    /// The same with pixels doubled by `double`.
    pub(crate) fn doubling_by(self, double: Doubling) -> Self {
        Self { double, ..self }
    }

    /// The same with nothing outside of `area` to be drawn on.
    pub fn clipped(&mut self, area: &Area) -> Canvas<'_> {
        Canvas {
            pixels: self.pixels,
            stride_pixels: self.stride_pixels,
            origin: self.origin,
            clip: self.clip.intersection(area),
            double: self.double,
        }
    }

    /// What may be drawn on.
    #[must_use]
    pub const fn clip(&self) -> Area {
        self.clip
    }

    /// Draws all of `area` in one color.
    pub fn fill(&mut self, area: &Area, color: Color) {
        /// From here on it takes less time to copy a row than to fill it.
        const WIDE: u32 = 32;

        let area = self.clip.intersection(area);
        let filled = if area.width() < WIDE { area.height() } else { 1 } as usize;
        self.rows(&area).take(filled).for_each(|row| pixels::fill(row, color));

        let first = self.indices(area.top, area.left, area.right);
        let height = if first.is_empty() { 0 } else { area.height() as usize };
        let starts = (1..height).map(|row| first.start + row * self.stride_pixels);
        for start in starts.skip(filled.saturating_sub(1)) {
            self.pixels.copy_within(first.clone(), start);
        }
    }

    /// The rows of `area`, as far as they may be drawn on.
    pub(crate) fn rows(&mut self, area: &Area) -> impl Iterator<Item = &mut [Color]> {
        let area = self.clip.intersection(area);
        let first = self.indices(area.top, area.left, area.right);
        let count = if first.is_empty() { 0 } else { area.height() };
        let pixels = self.pixels.get_mut(first.start..).unwrap_or_default();
        let rows = pixels.chunks_mut(self.stride_pixels.max(1)).take(count as usize);
        rows.map(move |row| row.get_mut(..first.len()).unwrap_or_default())
    }

    /// Draws the pixels of row `y` from `left` to before `right`, which may be anywhere.
    pub(crate) fn span(&mut self, y: i64, left: i64, right: i64, color: Color) {
        let clip = self.clip;
        if (clip.top.into()..clip.bottom.into()).contains(&y) {
            // Not `clamp`, for which the left end of an empty clip may be beyond the right one.
            let left = left.max(clip.left.into()).min(clip.right.into());
            let right = right.max(clip.left.into()).min(clip.right.into());
            // All three are between numbers of 32 bits now.
            pixels::fill(self.row(y as i32, left as i32, right as i32), color);
        }
    }

    /// The pixels of row `y` from `left` to before `right`, as far as they may be drawn on.
    pub(crate) fn row(&mut self, y: i32, left: i32, right: i32) -> &mut [Color] {
        let range = self.indices(y, left, right);
        self.pixels.get_mut(range).unwrap_or_default()
    }

    /// All pixels of `area`, which may be drawn on, if there are no others between them.
    pub(crate) fn block(&mut self, area: &Area) -> Option<&mut [Color]> {
        let first = self.indices(area.top, area.left, area.right);
        let is_whole = first.len() == self.stride_pixels;
        let count = (area.height() as usize).checked_mul(first.len()).filter(|_| is_whole)?;
        self.pixels.get_mut(first.start..first.start.checked_add(count)?)
    }

    /// Where in `pixels` a part of a row is, as far as it may be drawn on.
    fn indices(&self, y: i32, left: i32, right: i32) -> core::ops::Range<usize> {
        let row = Area { left, right, top: y, bottom: y.saturating_add(1) };
        let row = self.clip.intersection(&row);
        if row.is_empty() {
            return 0..0;
        }
        let rows_before = row.top.abs_diff(self.origin.y) as usize;
        let start = rows_before * self.stride_pixels + row.left.abs_diff(self.origin.x) as usize;
        start..start + row.width() as usize
    }

    /// Copies the pixels of row `from`, from `left` to before `right`, to row `to`, as far as
    /// both may be drawn on.
    pub(crate) fn copy_row(&mut self, from: i32, to: i32, left: i32, right: i32) {
        self.copy_run(from, left, to, &Area { left, right, ..self.clip });
    }

    /// Copies from row `from` and column `left` on to all columns of `target` in row `to`.
    fn copy_run(&mut self, from: i32, left: i32, to: i32, target: &Area) {
        let right = left.saturating_add_unsigned(target.width());
        let source = self.indices(from, left, right);
        let target = self.indices(to, target.left, target.right);
        if source.len() == target.len() {
            self.pixels.copy_within(source, target.start);
        }
    }

    /// Moves what is in `area` so far to the right and down, without what would leave it. What
    /// nothing came to stays as it was.
    pub fn scroll(&mut self, area: &Area, right: i32, down: i32) {
        self.scroll_to(area, right, down, area);
    }

    /// The part of [`Canvas::scroll`] that changes pixels in `band`. Who scrolls all of an area so
    /// goes up where its pixels go down, and down where they go up.
    pub(crate) fn scroll_to(&mut self, area: &Area, right: i32, down: i32, band: &Area) {
        let area = self.clip.intersection(area);
        let target = area.intersection(&area.moved(right, down)).intersection(band);
        if target.is_empty() {
            return;
        }
        let count = target.height() as i32;
        for index in 0..count {
            // The row that is written is one that nobody reads later.
            let y = if down > 0 { target.bottom - 1 - index } else { target.top + index };
            self.copy_run(y - down, target.left - right, y, &target);
        }
    }
}

impl Dimensions for Canvas<'_> {
    fn bounding_box(&self) -> Rectangle {
        let corner = Point::new(self.clip.left, self.clip.top);
        Rectangle::new(corner, Size::new(self.clip.width(), self.clip.height()))
    }
}

impl DrawTarget for Canvas<'_> {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            self.row(at.y, at.x, at.x.saturating_add(1)).fill(color_of(color));
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        self.fill(&area.into(), color_of(color));
        Ok(())
    }

    fn clear(&mut self, color: Rgb888) -> Result<(), Infallible> {
        let area = self.clip;
        self.fill(&area, color_of(color));
        Ok(())
    }
}

fn color_of(color: Rgb888) -> Color {
    u32::from_be_bytes([0, color.r(), color.g(), color.b()])
}
