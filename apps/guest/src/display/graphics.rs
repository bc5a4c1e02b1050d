//! Surfaces as targets of the crate embedded-graphics.

use core::convert::Infallible;

use embedded_graphics_core::Pixel;
use embedded_graphics_core::draw_target::DrawTarget;
use embedded_graphics_core::geometry::{Dimensions, Point};
use embedded_graphics_core::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics_core::primitives::Rectangle;

use super::{Color, Picture, Pixels, Size, Surface};

/// How many pixels go to the kernel at once.
const LINE_PIXELS: usize = 256;

impl Dimensions for Surface {
    fn bounding_box(&self) -> Rectangle {
        let Size { width, height } = self.size();
        Rectangle::new(Point::zero(), embedded_graphics_core::geometry::Size { width, height })
    }
}

impl DrawTarget for Surface {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(
        &mut self,
        pixels: I,
    ) -> Result<(), Infallible> {
        for run in Runs::of(pixels.into_iter()) {
            self.fill(run.at.x, run.at.y, run.width, 1, run.color);
        }
        Ok(())
    }

    fn fill_contiguous<I: IntoIterator<Item = Rgb888>>(
        &mut self,
        area: &Rectangle,
        colors: I,
    ) -> Result<(), Infallible> {
        let mut colors = colors.into_iter().map(color_of);
        for y in area.rows() {
            draw_row(self, area.top_left.x, y, area.size.width, &mut colors);
        }
        Ok(())
    }

    fn fill_solid(&mut self, area: &Rectangle, color: Rgb888) -> Result<(), Infallible> {
        let (at, size) = (area.top_left, area.size);
        self.fill(at.x, at.y, size.width, size.height, color_of(color));
        Ok(())
    }

    fn clear(&mut self, color: Rgb888) -> Result<(), Infallible> {
        Surface::clear(self, color_of(color));
        Ok(())
    }
}

/// Draws a row in as few pieces as fit the line, as far as there are colors.
fn draw_row(
    surface: &Surface,
    left: i32,
    y: i32,
    width: u32,
    colors: &mut impl Iterator<Item = Color>,
) {
    let (mut line, mut drawn) = ([0; LINE_PIXELS], 0);
    while drawn < width {
        let room = &mut line[..LINE_PIXELS.min((width - drawn) as usize)];
        let count = room.iter_mut().zip(&mut *colors).map(|(pixel, color)| *pixel = color).count();
        let pixels = Pixels::Xrgb8888(&line[..count]);
        let width = count as u32;
        let picture = Picture { pixels, width, height: 1, stride: width, scale: 1 };
        // Of no colors there is no picture, and nothing more comes.
        if surface.blit(left.saturating_add_unsigned(drawn), y, &picture).is_err() {
            return;
        }
        drawn += width;
    }
}

/// Pixels of one color beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    at: Point,
    width: u32,
    color: Color,
}

/// The pixels of an iterator, those beside each other at once.
struct Runs<I> {
    pixels: I,
    next: Option<Run>,
}

impl<I: Iterator<Item = Pixel<Rgb888>>> Runs<I> {
    fn of(mut pixels: I) -> Self {
        let next = pixels.next().map(single);
        Self { pixels, next }
    }
}

impl<I: Iterator<Item = Pixel<Rgb888>>> Iterator for Runs<I> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        let mut run = self.next.take()?;
        for pixel in self.pixels.by_ref().map(single) {
            let after = Point::new(run.at.x.saturating_add_unsigned(run.width), run.at.y);
            if pixel.at != after || pixel.color != run.color {
                self.next = Some(pixel);
                break;
            }
            run.width += 1;
        }
        Some(run)
    }
}

fn single(Pixel(at, color): Pixel<Rgb888>) -> Run {
    Run { at, width: 1, color: color_of(color) }
}

fn color_of(color: Rgb888) -> Color {
    u32::from_be_bytes([0, color.r(), color.g(), color.b()])
}

#[cfg(test)]
mod tests {
    use super::*;

    const RED: Rgb888 = Rgb888::new(255, 0, 0);
    const BLUE: Rgb888 = Rgb888::new(0, 0, 255);

    #[test]
    fn pixels_of_one_color_beside_each_other_are_one_run() {
        let pixels = [(0, 0, RED), (1, 0, RED), (2, 0, BLUE), (3, 1, BLUE), (2, 1, BLUE)];
        let pixels = pixels.map(|(x, y, color)| Pixel(Point::new(x, y), color));

        let runs =
            Runs::of(pixels.into_iter()).map(|run| (run.at.x, run.at.y, run.width, run.color));

        let expected = [(0, 0, 2, 0xff_0000), (2, 0, 1, 0xff), (3, 1, 1, 0xff), (2, 1, 1, 0xff)];
        assert!(runs.eq(expected));
    }

    #[test]
    fn no_pixels_are_no_run() {
        assert_eq!(Runs::of(core::iter::empty()).next(), None);
    }

    #[test]
    fn a_run_ends_at_the_last_column_there_can_be() {
        let pixels = [Pixel(Point::new(i32::MAX, 0), RED); 2];
        assert_eq!(Runs::of(pixels.into_iter()).count(), 1);
    }
}
