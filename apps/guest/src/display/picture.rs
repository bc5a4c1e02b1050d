//! Pixels in the app's memory, as `abi::display::picture` describes them.

use super::Color;
use crate::Errno;

const INVALID: Errno = 28;

/// Pixels in one of four formats, from the left upper corner on, row by row.
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// `0x00rrggbb`; the highest byte does not matter.
    Xrgb8888(&'a [Color]),
    /// `0xaarrggbb`: 255 in the highest byte covers all of what is there, 0 nothing.
    Argb8888(&'a [u32]),
    /// Red in the highest 5 bits, green in 6, blue in 5.
    Rgb565(&'a [u16]),
    /// The number of one of these colors, 256 at most; black beyond the last.
    Palette(&'a [u8], &'a [Color]),
}

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// The first of them is the left upper corner.
    pub pixels: Pixels<'a>,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// From a pixel to the one below it, in pixels: the width, or more for a part of a picture.
    pub stride: u32,
    /// How many pixels of the surface one is wide and high, from 1 to 16.
    pub scale: u32,
}

/// As the kernel reads it.
#[repr(C)]
pub(super) struct Described {
    pixels: *const u8,
    width: u32,
    height: u32,
    stride_bytes: u32,
    format: u32,
    colors: *const Color,
    color_count: u32,
    scale: u32,
}

impl Picture<'_> {
    /// As the kernel reads it.
    ///
    /// # Errors
    ///
    /// There are fewer pixels than the size says.
    pub(super) fn describe(&self) -> Result<Described, Errno> {
        let (pixels, count, pixel_bytes, format) = match self.pixels {
            Pixels::Xrgb8888(pixels) => (pixels.as_ptr().cast(), pixels.len(), 4, 0),
            Pixels::Argb8888(pixels) => (pixels.as_ptr().cast(), pixels.len(), 4, 1),
            Pixels::Rgb565(pixels) => (pixels.as_ptr().cast(), pixels.len(), 2, 2),
            Pixels::Palette(pixels, _) => (pixels.as_ptr(), pixels.len(), 1, 3),
        };
        let stride_bytes = self.stride.checked_mul(pixel_bytes).ok_or(INVALID)?;
        if self.needed().is_none_or(|needed| needed > count as u64) {
            return Err(INVALID);
        }
        let colors = if let Pixels::Palette(_, colors) = self.pixels { colors } else { &[] };
        Ok(Described {
            pixels,
            width: self.width,
            height: self.height,
            stride_bytes,
            format,
            colors: colors.as_ptr(),
            color_count: colors.len() as u32,
            scale: self.scale,
        })
    }

    /// How many pixels there have to be; `None` if it has none, or a row reaches into the next.
    fn needed(&self) -> Option<u64> {
        let rows_before = u64::from(self.height.checked_sub(1)?);
        let fits = (1..=self.stride).contains(&self.width);
        fits.then(|| rows_before * u64::from(self.stride) + u64::from(self.width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: [u16; 11] = [0; 11];

    fn picture(width: u32, height: u32, stride: u32) -> Picture<'static> {
        Picture { pixels: Pixels::Rgb565(&PIXELS), width, height, stride, scale: 1 }
    }

    #[test]
    fn the_last_row_of_a_part_need_not_be_as_long_as_the_stride() {
        let described = picture(3, 3, 4).describe().unwrap();

        assert_eq!((described.width, described.height, described.stride_bytes), (3, 3, 8));
        assert_eq!(described.pixels, PIXELS.as_ptr().cast());
    }

    #[test]
    fn a_picture_never_reaches_beyond_its_pixels() {
        for (width, height, stride) in
            [(4, 3, 4), (3, 4, 4), (0, 1, 1), (1, 0, 1), (5, 1, 4), (u32::MAX, u32::MAX, u32::MAX)]
        {
            let described = picture(width, height, stride).describe();
            assert!(described.is_err_and(|errno| errno == INVALID), "{width} × {height}, {stride}");
        }
    }
}
