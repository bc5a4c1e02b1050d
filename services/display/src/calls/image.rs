//! A picture as an app describes it, see [`abi::display::picture`].

use abi::Errno;
use abi::display::picture;
use embedded_graphics_core::geometry::{Point, Size};
use runtime::GuestMemory;

use crate::area::Area;
use crate::canvas::{Canvas, Color};
use crate::picture::{COLORS_MAX, Format, Picture, SCALE_MAX};

/// What laying a pixel over another counts as, in bytes that are touched, beside the pixels.
const BLEND_BYTES: u64 = 16;

/// A picture in the app's memory.
#[derive(Clone, Copy)]
pub(super) struct Image {
    pixels_at: u32,
    size: Size,
    stride_bytes: u32,
    format: u32,
    colors_at: u32,
    color_count: u32,
    scale: u32,
}

impl Image {
    /// Reads the description at guest address `at`.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if it, its pixels or its colors are not in the memory, [`Errno::Invalid`]
    /// if it makes no sense.
    pub fn read(memory: &mut GuestMemory<'_>, at: u32) -> Result<Self, Errno> {
        let fields: [u8; picture::BYTES as usize] = memory.read(at)?;
        let (fields, _) = fields.as_chunks();
        let field = |offset: u32| u32::from_le_bytes(fields[offset as usize / 4]);
        let mut image = Self {
            pixels_at: field(picture::PIXELS),
            size: Size::new(field(picture::WIDTH), field(picture::HEIGHT)),
            stride_bytes: field(picture::STRIDE),
            format: field(picture::FORMAT),
            colors_at: field(picture::COLORS),
            color_count: field(picture::COLOR_COUNT),
            scale: field(picture::SCALE),
        };
        let row_bytes = u64::from(image.size.width) * image.pixel_bytes();
        if image.stride_bytes == 0 {
            image.stride_bytes = u32::try_from(row_bytes).map_err(|_| Errno::Fault)?;
        }
        if !image.makes_sense(row_bytes) {
            return Err(Errno::Invalid);
        }
        image.pixels(memory)?;
        image.colors(memory)?;
        Ok(image)
    }

    fn makes_sense(&self, row_bytes: u64) -> bool {
        self.size.width > 0
            && self.size.height > 0
            && row_bytes <= self.stride_bytes.into()
            && (1..=SCALE_MAX).contains(&self.scale)
            && self.format <= picture::PALETTE
            && (self.format != picture::PALETTE || self.color_count <= COLORS_MAX as u32)
    }

    fn pixel_bytes(&self) -> u64 {
        match self.format {
            picture::RGB565 => 2,
            picture::PALETTE => 1,
            _ => 4,
        }
    }

    /// The bytes from its first pixel to its last, at no cost.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if they are not in the memory.
    fn pixels<'m>(&self, memory: &'m GuestMemory<'_>) -> Result<&'m [u8], Errno> {
        let row_bytes = u64::from(self.size.width) * self.pixel_bytes();
        // The product of two numbers of 32 bits has 64.
        let before_bytes = u64::from(self.size.height - 1) * u64::from(self.stride_bytes);
        let length_bytes = u32::try_from(before_bytes.saturating_add(row_bytes));
        memory.view(self.pixels_at, length_bytes.map_err(|_| Errno::Fault)?)
    }

    /// Its colors, black beyond the last; all black if it is of another format.
    ///
    /// # Errors
    ///
    /// As [`Image::pixels`].
    fn colors(&self, memory: &GuestMemory<'_>) -> Result<[Color; COLORS_MAX], Errno> {
        let mut colors = [0; COLORS_MAX];
        if self.format == picture::PALETTE {
            let (bytes, _) = memory.view(self.colors_at, self.color_count * 4)?.as_chunks();
            let read = bytes.iter().map(|bytes| u32::from_le_bytes(*bytes));
            colors.iter_mut().zip(read).for_each(|(color, read)| *color = read);
        }
        Ok(colors)
    }

    /// What it covers with its corner at `at`.
    pub fn area(&self, at: Point) -> Area {
        let side = |pixels: u32| pixels.saturating_mul(self.scale);
        Area::new(at.x, at.y, side(self.size.width), side(self.size.height))
    }

    /// How much work a pixel on the surface is, in bytes that are touched.
    pub fn work_bytes(&self) -> u64 {
        let read_bytes = self.pixel_bytes() / u64::from(self.scale * self.scale);
        let blend_bytes = if self.format == picture::ARGB8888 { BLEND_BYTES } else { 0 };
        size_of::<Color>() as u64 + read_bytes + blend_bytes
    }

    /// Draws it with its corner at `at`.
    ///
    /// # Errors
    ///
    /// As [`Image::pixels`]; nothing is drawn then.
    pub fn draw(
        &self,
        memory: &GuestMemory<'_>,
        canvas: &mut Canvas<'_>,
        at: Point,
    ) -> Result<(), Errno> {
        let colors = self.colors(memory)?;
        let format = match self.format {
            picture::XRGB8888 => Format::Xrgb8888,
            picture::ARGB8888 => Format::Argb8888,
            picture::RGB565 => Format::Rgb565,
            _ => Format::Palette(&colors),
        };
        let stride_bytes = self.stride_bytes as usize;
        let picture = Picture::new(self.pixels(memory)?, self.size, stride_bytes, format)?;
        picture.draw(canvas, at, self.scale);
        Ok(())
    }
}
