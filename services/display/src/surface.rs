//! A picture in memory that one app draws, and that is shown in a window.

use alloc::vec::Vec;
use core::fmt;

use embedded_graphics_core::geometry::Size;
use runtime::Pool;

use crate::area::Area;
use crate::canvas::{Canvas, Color};

/// The pixels of one app.
pub struct Surface {
    size: Size,
    pixels: Vec<Color>,
}

/// Why there is no [`Surface`], or a picture for it was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceError {
    /// It would have no pixels.
    Empty,
    /// It would be wider or higher than the screen.
    TooLarge,
    /// There is no memory for it.
    NoMemory,
    /// This app, or all together, have as many as they may.
    TooMany,
    /// There is none of that number, or it is another app's.
    Unknown,
    /// The bytes of a picture are fewer than its size says.
    TooShort,
}

impl fmt::Display for SurfaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a surface without pixels",
            Self::TooLarge => "a surface larger than the screen",
            Self::NoMemory => "no memory for the surface",
            Self::TooMany => "too many surfaces",
            Self::Unknown => "no such surface",
            Self::TooShort => "a picture with fewer bytes than its size says",
        })
    }
}

impl Surface {
    /// A surface in one color, not larger than `screen`, if `pool` has the memory.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::Empty`], [`SurfaceError::TooLarge`], [`SurfaceError::NoMemory`]; for the
    /// first two nothing was asked for.
    pub fn new(
        size: Size,
        screen: Size,
        color: Color,
        pool: &dyn Pool,
    ) -> Result<Self, SurfaceError> {
        let (mut pixels, count) = room_for(size, screen, pool)?;
        extend(&mut pixels, count, color);
        Ok(Self { size, pixels })
    }

    /// Another of `size` that shows what fits of this one, and `color` beside it.
    ///
    /// # Errors
    ///
    /// As [`Surface::new`].
    pub fn resized(
        &self,
        size: Size,
        screen: Size,
        color: Color,
        pool: &dyn Pool,
    ) -> Result<Self, SurfaceError> {
        let (mut pixels, count) = room_for(size, screen, pool)?;
        let kept = self.size.width.min(size.width) as usize;
        let rows = self.pixels.chunks_exact(self.size.width as usize);
        for row in rows.take(size.height as usize) {
            pixels.extend_from_slice(&row[..kept]);
            let end = pixels.len() + size.width as usize - kept;
            extend(&mut pixels, end, color);
        }
        extend(&mut pixels, count, color);
        Ok(Self { size, pixels })
    }

    /// How large it is.
    #[must_use]
    pub const fn size(&self) -> Size {
        self.size
    }

    /// All of it, to draw on.
    pub fn canvas(&mut self) -> Canvas<'_> {
        let Size { width, height } = self.size;
        Canvas::new(&mut self.pixels, width, height, width).expect("it has as many pixels")
    }

    /// Shows its part at `area` of `canvas`, with its own left upper corner at `left` and `top`.
    pub fn show(&self, canvas: &mut Canvas<'_>, left: i32, top: i32, area: &Area) {
        let place = Area::new(left, top, self.size.width, self.size.height);
        let area = canvas.clip().intersection(area).intersection(&place);
        let first = area.left.abs_diff(left) as usize;
        let sources = self.pixels.chunks_exact(self.size.width as usize);
        let sources = sources.skip(area.top.abs_diff(top) as usize);
        for (row, source) in canvas.rows(&area).zip(sources) {
            row.copy_from_slice(&source[first..first + row.len()]);
        }
    }
}

/// Makes `pixels`, which have room for them, `count` by adding some of one color. They are copied
/// in blocks, which is faster than one by one where code is built for size.
fn extend(pixels: &mut Vec<Color>, count: usize, color: Color) {
    let block = [color; 256];
    while pixels.len() < count {
        let missing = count - pixels.len();
        pixels.extend_from_slice(&block[..missing.min(block.len())]);
    }
}

/// Room for the pixels of a surface, and how many these are.
fn room_for(
    size: Size,
    screen: Size,
    pool: &dyn Pool,
) -> Result<(Vec<Color>, usize), SurfaceError> {
    if size.width == 0 || size.height == 0 {
        return Err(SurfaceError::Empty);
    }
    if size.width > screen.width || size.height > screen.height {
        return Err(SurfaceError::TooLarge);
    }
    let count = (size.width as usize).saturating_mul(size.height as usize);
    let bytes = count.saturating_mul(size_of::<Color>());
    let mut pixels = Vec::new();
    if !pool.can_take(bytes) || pixels.try_reserve_exact(count).is_err() {
        return Err(SurfaceError::NoMemory);
    }
    Ok((pixels, count))
}
