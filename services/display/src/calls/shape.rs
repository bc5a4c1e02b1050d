//! What a call draws, where on the surface that is, and how much work.

use abi::Errno;
use abi::display::style;
use embedded_graphics_core::geometry::{Point, Size};
use runtime::GuestMemory;

use crate::area::Area;
use crate::canvas::{Canvas, Color};
use crate::shapes::{self, Style};
use crate::text;

use super::image::Image;

/// Text that one call takes at most, since each band of it is found by reading it from its
/// beginning; it is more than a screen of 640 by 480 shows.
pub(super) const TEXT_BYTES_MAX: u32 = 4096;

/// What work beside that of pixels counts as, in bytes that are touched, of which the guest pays
/// a unit of fuel for eight, about as much as for as many instructions of the processor: a row of
/// a shape, or a pixel of a line, whose place is calculated.
const PLACE_BYTES: u64 = 64;
/// A pixel of text, of which most are looked at and not drawn.
const TEXT_PIXEL_BYTES: u64 = 16;
/// A byte of text that is read.
const TEXT_BYTE_BYTES: u64 = 8;
const PIXEL_BYTES: u64 = size_of::<Color>() as u64;

/// What a call draws.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Fill(Area),
    /// Between two points.
    Line(Point, Point),
    /// With this radius at its corners.
    Rectangle(Area, u32, Style),
    /// Around a point, with this radius.
    Circle(Point, u32, Style),
    Triangle([Point; 3], Style),
    /// At a point, and how much room it takes.
    Text(Point, Words, Size),
    Image(Point, Image),
    /// What is in an area, so far to the right and down.
    Scroll(Area, i32, i32),
}

/// Text in the app's memory.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub at: u32,
    pub length_bytes: u32,
    pub scale: u32,
}

impl Words {
    /// How much room it takes.
    ///
    /// # Errors
    ///
    /// As [`Words::read`].
    pub fn extent(&self, memory: &mut GuestMemory<'_>) -> Result<Size, Errno> {
        memory.charge(u64::from(self.length_bytes) * TEXT_BYTE_BYTES);
        self.read(memory).map(|text| text::extent(text, self.scale))
    }

    /// # Errors
    ///
    /// [`Errno::Fault`] if it is not in the memory, [`Errno::TooBig`] if it is more than
    /// [`TEXT_BYTES_MAX`].
    fn read<'m>(&self, memory: &'m GuestMemory<'_>) -> Result<&'m [u8], Errno> {
        let text = memory.view(self.at, self.length_bytes)?;
        if self.length_bytes > TEXT_BYTES_MAX { Err(Errno::TooBig) } else { Ok(text) }
    }
}

/// The style of that number.
///
/// # Errors
///
/// [`Errno::Invalid`] if there is none.
pub(super) fn style_of(number: u32) -> Result<Style, Errno> {
    match number {
        style::FILLED => Ok(Style::Filled),
        style::OUTLINED => Ok(Style::Outlined),
        _ => Err(Errno::Invalid),
    }
}

impl Shape {
    /// What of a surface it may change.
    pub fn area(&self) -> Area {
        match *self {
            Self::Fill(area) | Self::Rectangle(area, ..) => area,
            Self::Line(start, end) => hull([start, end, end]),
            Self::Circle(center, radius, _) => around(center, radius),
            Self::Triangle(corners, _) => hull(corners),
            Self::Text(at, _, extent) => Area::new(at.x, at.y, extent.width, extent.height),
            Self::Image(at, image) => image.area(at),
            Self::Scroll(area, right, down) => area.intersection(&area.moved(right, down)),
        }
    }

    /// Whether its lowest rows are to be drawn first, because the higher ones are what they need.
    pub fn is_from_below(&self) -> bool {
        matches!(self, Self::Scroll(_, _, 1..))
    }

    /// How much work its part in `area` is, which is on the surface, in bytes that are touched.
    pub fn work_bytes(&self, area: &Area) -> u64 {
        let (rows, columns) = (u64::from(area.height()), u64::from(area.width()));
        match *self {
            Self::Fill(_) => area.pixels() * PIXEL_BYTES,
            Self::Line(..)
            | Self::Rectangle(_, _, Style::Outlined)
            | Self::Circle(_, _, Style::Outlined)
            | Self::Triangle(_, Style::Outlined) => (rows + columns) * PLACE_BYTES,
            Self::Rectangle(..) | Self::Circle(..) | Self::Triangle(..) => {
                area.pixels() * PIXEL_BYTES + rows * PLACE_BYTES
            }
            Self::Text(_, words, _) => {
                area.pixels() * TEXT_PIXEL_BYTES + u64::from(words.length_bytes) * TEXT_BYTE_BYTES
            }
            Self::Image(_, image) => area.pixels() * image.work_bytes(),
            Self::Scroll(..) => area.pixels() * 2 * PIXEL_BYTES,
        }
    }

    /// Draws its part in `band` of the surface that `canvas` is.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if what it is made of is not in the memory; nothing is drawn then.
    pub fn draw(
        &self,
        memory: &GuestMemory<'_>,
        canvas: &mut Canvas<'_>,
        band: &Area,
        color: Color,
    ) -> Result<(), Errno> {
        if let Self::Scroll(area, right, down) = *self {
            canvas.scroll_to(&area, right, down, band);
            return Ok(());
        }
        let canvas = &mut canvas.clipped(band);
        match *self {
            Self::Fill(area) => canvas.fill(&area, color),
            Self::Line(start, end) => shapes::line(canvas, start, end, color),
            Self::Rectangle(area, radius, style) => {
                shapes::rectangle(canvas, &area, radius, style, color);
            }
            Self::Circle(center, radius, style) => {
                shapes::circle(canvas, center, radius, style, color);
            }
            Self::Triangle(corners, style) => shapes::triangle(canvas, corners, style, color),
            Self::Text(at, words, _) => {
                text::draw(canvas, at, words.read(memory)?, words.scale, color);
            }
            Self::Image(at, image) => image.draw(memory, canvas, at)?,
            Self::Scroll(..) => {}
        }
        Ok(())
    }
}

/// The smallest area that has all three, but for those at the end of all numbers.
fn hull([a, b, c]: [Point; 3]) -> Area {
    let least = a.component_min(b).component_min(c);
    let most = a.component_max(b).component_max(c);
    let (right, bottom) = (most.x.saturating_add(1), most.y.saturating_add(1));
    Area { left: least.x, top: least.y, right, bottom }
}

/// `radius` pixels on each side of `center`.
fn around(center: Point, radius: u32) -> Area {
    Area {
        left: center.x.saturating_sub_unsigned(radius),
        top: center.y.saturating_sub_unsigned(radius),
        right: center.x.saturating_add_unsigned(radius).saturating_add(1),
        bottom: center.y.saturating_add_unsigned(radius).saturating_add(1),
    }
}

#[cfg(test)]
mod tests;
