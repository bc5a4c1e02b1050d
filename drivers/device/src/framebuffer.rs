//! A screen: memory that a display shows, for whoever draws.

use core::fmt;
use core::ops::Range;

/// Where the pixels of a screen are in its memory, counted in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// From a pixel to the one below it; at least [`Geometry::width`].
    pub stride: usize,
    /// Buffers, one below the other: 2, or 1 where drawing is seen while it goes on.
    pub buffers: usize,
    /// Which bits of a pixel are which colour.
    pub order: PixelOrder,
}

/// Which bits of a pixel are which colour. The highest eight mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelOrder {
    /// `0x00rr_ggbb`.
    Rgb,
    /// `0x00bb_ggrr`.
    Bgr,
}

impl PixelOrder {
    /// The pixel of the colour `0x00rr_ggbb`.
    #[must_use]
    pub const fn pixel(self, colour: u32) -> u32 {
        match self {
            Self::Rgb => colour,
            Self::Bgr => colour.swap_bytes() >> 8,
        }
    }
}

impl Geometry {
    /// Pixels in one buffer, with those between the rows; `None` if there are none, if there are
    /// more than can be counted, or if the geometry contradicts itself.
    #[must_use]
    pub fn buffer_pixels(&self) -> Option<usize> {
        let makes_sense = self.width > 0 && self.width <= self.stride && self.buffers > 0;
        self.stride.checked_mul(self.height).filter(|&pixels| makes_sense && pixels > 0)
    }

    /// Pixels in all buffers; `None` as above.
    #[must_use]
    pub fn pixels(&self) -> Option<usize> {
        self.buffer_pixels()?.checked_mul(self.buffers)
    }
}

/// A rectangle of a screen, in pixels from its top left corner. What is outside does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its first column.
    pub x: usize,
    /// Its first row.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// What a [`Framebuffer`] asks of its hardware.
pub trait Scanout: Sync {
    /// Lets the display see what the processor wrote to `pixels`.
    fn clean(&self, pixels: &[u32]);

    /// Shows the buffer whose first row is `row` of the memory, from the display's next picture
    /// on.
    ///
    /// # Errors
    ///
    /// [`FlipError`]; the display goes on with the buffer that it shows.
    fn show_from_row(&self, row: usize) -> Result<(), FlipError>;
}

/// A buffer could not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlipError;

impl fmt::Display for FlipError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the display did not take the picture")
    }
}

/// A screen's pixels.
///
/// With two buffers one is shown, and the other is drawn to: draw, [`Framebuffer::flip`], and
/// [`Framebuffer::catch_up`] on what was drawn, and both hold the same again. With one buffer the
/// same calls do what there is left to do, and what is drawn is seen when it is cleaned at the
/// latest.
pub struct Framebuffer {
    geometry: Geometry,
    buffer_pixels: usize,
    pixels: &'static mut [u32],
    scanout: &'static dyn Scanout,
    shown: usize,
    /// What is shown is drawn to, whatever other buffers there are.
    is_direct: bool,
}

impl Framebuffer {
    /// The screen of which `pixels` is the memory, whose first buffer is shown; `None` if the
    /// memory is shorter than `geometry` says, or if that makes no sense.
    pub fn new(
        geometry: Geometry,
        pixels: &'static mut [u32],
        scanout: &'static dyn Scanout,
    ) -> Option<Self> {
        let pixels = pixels.get_mut(..geometry.pixels()?)?;
        let buffer_pixels = geometry.buffer_pixels()?;
        Some(Self { geometry, buffer_pixels, pixels, scanout, shown: 0, is_direct: false })
    }

    /// Where the pixels are.
    #[must_use]
    pub fn geometry(&self) -> Geometry {
        self.geometry
    }

    /// The buffer to draw to: [`Geometry::stride`] pixels for each row. With one buffer it is the
    /// one that is shown.
    pub fn pixels(&mut self) -> &mut [u32] {
        let range = self.buffer(self.drawn());
        self.pixels.get_mut(range).unwrap_or_default()
    }

    /// Lets the display see what was drawn in `area` since it was last cleaned.
    ///
    /// The memory may be cached, and on real boards the display sees nothing of it before.
    pub fn clean(&self, area: Area) {
        let start = self.buffer(self.drawn()).start;
        for_each_run(self.geometry, area, |run| {
            let pixels = self.pixels.get(start + run.start..start + run.end);
            self.scanout.clean(pixels.unwrap_or_default());
        });
    }

    /// Shows the buffer that was drawn to, all of whose changes are cleaned, and draws to the other
    /// from then on.
    ///
    /// The display changes over with its next picture, a sixtieth of a second later at most: who
    /// draws before that may be seen drawing.
    ///
    /// # Errors
    ///
    /// [`FlipError`]; the buffers stay what they were.
    pub fn flip(&mut self) -> Result<(), FlipError> {
        if self.drawn() != self.shown {
            self.scanout.show_from_row(self.drawn() * self.geometry.height)?;
            self.shown = self.drawn();
        }
        Ok(())
    }

    /// Copies `area` of what is shown to the buffer that is drawn to, and cleans it.
    pub fn catch_up(&mut self, area: Area) {
        if self.drawn() == self.shown {
            return;
        }
        let (first, second) = self.pixels.split_at_mut(self.buffer_pixels);
        let (from, to) = if self.shown == 0 { (&*first, second) } else { (&*second, first) };
        for_each_run(self.geometry, area, |run| {
            if let (Some(from), Some(to)) = (from.get(run.clone()), to.get_mut(run)) {
                to.copy_from_slice(from);
            }
        });
        self.clean(area);
    }

    /// Draws to the buffer that is shown, from now on: for a last picture, which asks nothing more
    /// of the hardware.
    pub fn draw_directly(&mut self) {
        self.is_direct = true;
    }

    /// The number of the buffer that is drawn to.
    #[must_use]
    pub fn drawn(&self) -> usize {
        match self.is_direct {
            true => self.shown,
            false => (self.shown + 1) % self.geometry.buffers.min(2),
        }
    }

    fn buffer(&self, number: usize) -> Range<usize> {
        let start = number * self.buffer_pixels;
        start..start + self.buffer_pixels
    }
}

/// Calls `run` with the pixels of a buffer that are in `area`, as few ranges as they are: one for
/// each row, or one for all rows that are whole.
fn for_each_run(geometry: Geometry, area: Area, mut run: impl FnMut(Range<usize>)) {
    let columns = clipped(area.x, area.width, geometry.width);
    let rows = clipped(area.y, area.height, geometry.height);
    if columns.is_empty() || rows.is_empty() {
        return;
    }
    if columns.len() == geometry.width {
        return run(rows.start * geometry.stride..(rows.end - 1) * geometry.stride + columns.end);
    }
    for row in rows {
        let start = row * geometry.stride;
        run(start + columns.start..start + columns.end);
    }
}

fn clipped(start: usize, length: usize, end: usize) -> Range<usize> {
    start.min(end)..start.saturating_add(length).min(end)
}

#[cfg(test)]
mod tests;
