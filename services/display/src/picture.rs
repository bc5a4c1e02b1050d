//! Pictures of guests: bytes in one of four formats, drawn on a canvas at any whole scale.
//!
//! The inner loops are those of [`pixels`]. A row is converted once, and drawn as often as it is
//! high.

use embedded_graphics_core::geometry::{Point, Size};
pub use pixels::COLORS_MAX;

use crate::area::Area;
use crate::canvas::{Canvas, Color};
use crate::surface::SurfaceError;

/// The largest scale.
pub const SCALE_MAX: u32 = 16;

/// What the bytes of a pixel mean; numbers of several bytes are little-endian.
#[derive(Clone, Copy)]
pub enum Format<'a> {
    /// Four bytes: blue, green, red, and one that does not matter.
    Xrgb8888,
    /// Four bytes: blue, green, red, and how much covers what is there, 255 for all.
    Argb8888,
    /// Two bytes: red in the highest 5 bits, green in 6, blue in 5.
    Rgb565,
    /// One byte: which of these colors.
    Palette(&'a [Color; COLORS_MAX]),
}

impl Format<'_> {
    /// How many bytes a pixel has.
    #[must_use]
    pub const fn pixel_bytes(&self) -> usize {
        match self {
            Self::Xrgb8888 | Self::Argb8888 => 4,
            Self::Rgb565 => 2,
            Self::Palette(_) => 1,
        }
    }
}

/// A picture in the memory of a guest.
pub struct Picture<'a> {
    bytes: &'a [u8],
    size: Size,
    stride_bytes: usize,
    format: Format<'a>,
}

impl<'a> Picture<'a> {
    /// A picture of so many pixels, `stride_bytes` from each to the one below.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::Empty`] if it has no pixels, [`SurfaceError::TooShort`] if `bytes` are
    /// fewer than that needs, or a row longer than its stride.
    pub fn new(
        bytes: &'a [u8],
        size: Size,
        stride_bytes: usize,
        format: Format<'a>,
    ) -> Result<Self, SurfaceError> {
        if size.width == 0 || size.height == 0 {
            return Err(SurfaceError::Empty);
        }
        let row_bytes = (size.width as usize).checked_mul(format.pixel_bytes());
        let row_bytes = row_bytes.filter(|row_bytes| *row_bytes <= stride_bytes);
        let before_bytes = (size.height as usize - 1).checked_mul(stride_bytes);
        let needed_bytes = before_bytes.zip(row_bytes).and_then(|(a, b)| a.checked_add(b));
        match needed_bytes {
            Some(needed_bytes) if needed_bytes <= bytes.len() => {
                Ok(Self { bytes, size, stride_bytes, format })
            }
            _ => Err(SurfaceError::TooShort),
        }
    }

    /// Draws it with its left upper corner at `at`, each pixel `scale` wide and high, 1 at least
    /// and [`SCALE_MAX`] at most.
    pub fn draw(&self, canvas: &mut Canvas<'_>, at: Point, scale: u32) {
        let scale = scale.clamp(1, SCALE_MAX);
        let (width, height) =
            (self.size.width.saturating_mul(scale), self.size.height.saturating_mul(scale));
        let area = canvas.clip().intersection(&Area::new(at.x, at.y, width, height));
        if self.is_drawn_at_once(canvas, &area, at, scale) {
            return;
        }
        let mut y = area.top;
        while y < area.bottom && !area.is_empty() {
            let row = y.abs_diff(at.y) / scale;
            let after = i64::from(at.y) + (i64::from(row) + 1) * i64::from(scale);
            let below = after.min(area.bottom.into()) as i32;
            self.draw_row(
                canvas,
                row as usize,
                &Area { top: y, bottom: below, ..area },
                at.x,
                scale,
            );
            y = below;
        }
    }

    /// Draws all rows of `area` as one, if neither has anything between them; tells whether it did.
    fn is_drawn_at_once(
        &self,
        canvas: &mut Canvas<'_>,
        area: &Area,
        at: Point,
        scale: u32,
    ) -> bool {
        let row_bytes = self.size.width as usize * self.format.pixel_bytes();
        let has_gaps = row_bytes != self.stride_bytes || area.width() != self.size.width;
        if scale != 1 || has_gaps || matches!(self.format, Format::Argb8888) {
            return false;
        }
        let Some(block) = canvas.block(area) else { return false };
        let above_bytes = area.top.abs_diff(at.y) as usize * row_bytes;
        convert(self.format, &self.bytes[above_bytes..], block);
        true
    }

    /// Draws one of its rows on all rows of `area`.
    fn draw_row(&self, canvas: &mut Canvas<'_>, row: usize, area: &Area, left: i32, scale: u32) {
        let skipped = area.left.abs_diff(left);
        let source = &self.bytes[row * self.stride_bytes..];
        let source = &source[(skipped / scale) as usize * self.format.pixel_bytes()..];
        if let Format::Argb8888 = self.format {
            for y in area.rows() {
                blend_row(canvas.row(y, area.left, area.right), source, skipped, scale);
            }
            return;
        }
        let double = canvas.double;
        let target = canvas.row(area.top, area.left, area.right);
        match (scale, self.format) {
            (1, format) => convert(format, source, target),
            (2, Format::Xrgb8888) if skipped.is_multiple_of(2) => double(source, target),
            (_, format) => convert_scaled(format, source, target, skipped % scale, scale),
        }
        for y in area.top + 1..area.bottom {
            canvas.copy_row(area.top, y, area.left, area.right);
        }
    }
}

/// Fills `target` from the first pixels of `source`.
fn convert(format: Format<'_>, source: &[u8], target: &mut [Color]) {
    match format {
        Format::Xrgb8888 | Format::Argb8888 => pixels::copy_xrgb(target, source),
        Format::Rgb565 => pixels::copy_rgb565(target, source),
        Format::Palette(colors) => pixels::copy_palette(target, source, colors),
    }
}

/// How many pixels are converted before they are drawn larger.
const LINE_PIXELS: usize = 256;

/// Fills `target` with pixels `scale` wide, of the first without its first `skipped`.
fn convert_scaled(
    format: Format<'_>,
    source: &[u8],
    target: &mut [Color],
    skipped: u32,
    scale: u32,
) {
    let (mut line, scale) = ([0; LINE_PIXELS], scale as usize);
    let (mut rest, mut source, mut skipped) = (target, source, skipped as usize);
    while !rest.is_empty() {
        let wide = (LINE_PIXELS * scale - skipped).min(rest.len());
        let (part, after) = rest.split_at_mut(wide);
        let count = (wide + skipped).div_ceil(scale);
        convert(format, source, &mut line[..count]);
        let (first, whole) = part.split_at_mut((scale - skipped).min(wide) % scale);
        first.fill(line[0]);
        pixels::widen(whole, &line[usize::from(!first.is_empty())..count], scale);
        source = source.get(count * format.pixel_bytes()..).unwrap_or_default();
        (rest, skipped) = (after, 0);
    }
}

/// As [`Doubling`](crate::canvas::Doubling), for every processor.
pub fn double(source: &[u8], target: &mut [Color]) {
    let (source, _) = source.as_chunks();
    for (pair, bytes) in target.chunks_mut(2).zip(source) {
        pair.fill(u32::from_le_bytes(*bytes));
    }
}

/// Lays pixels `scale` wide over `target`, without the first `skipped` columns.
fn blend_row(target: &mut [Color], source: &[u8], skipped: u32, scale: u32) {
    if scale == 1 {
        return pixels::blend(target, source);
    }
    let (source, _) = source.as_chunks();
    let (mut rest, mut wide) = (target, (scale - skipped % scale) as usize);
    for over in source {
        let (part, after) = rest.split_at_mut(wide.min(rest.len()));
        pixels::blend_all(part, u32::from_le_bytes(*over));
        (rest, wide) = (after, scale as usize);
        if rest.is_empty() {
            break;
        }
    }
}
