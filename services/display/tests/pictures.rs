//! Pictures of guests in every format and scale, surfaces, and scrolling.

use embedded_graphics::prelude::{Point, Size};
use picture::Picture as Drawn;
use runtime::Pool;
use service_display::picture::{COLORS_MAX, Format, Picture, SCALE_MAX};
use service_display::{Area, Canvas, Surface, SurfaceError};

mod picture;

const PAPER: u32 = 0x20_24_2c;
const SCREEN: Size = Size::new(640, 480);

/// A machine with so many bytes of memory.
struct Bytes(usize);

impl Pool for Bytes {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= self.0
    }
}

/// 16 by 16 pixels: red to the right, green down; what covers most is on the falling diagonal.
fn pixels_of(format: &Format<'_>) -> Vec<u8> {
    let pixel = |(x, y): (u32, u32)| {
        let color = (17 * x) << 16 | (17 * y) << 8 | 0x40;
        match format {
            Format::Xrgb8888 => (color | 0xab << 24).to_le_bytes().to_vec(),
            Format::Argb8888 => (color | (255 - 17 * x.abs_diff(y)) << 24).to_le_bytes().to_vec(),
            Format::Rgb565 => {
                ((2 * x as u16) << 11 | (4 * y as u16) << 5 | 8).to_le_bytes().to_vec()
            }
            Format::Palette(_) => vec![(x / 4 + y / 4) as u8],
        }
    };
    (0..256).map(|index| (index % 16, index / 16)).flat_map(pixel).collect()
}

#[test]
fn pictures_of_every_format_are_drawn_at_every_scale_and_clipped_at_every_edge() {
    let mut palette = [0; COLORS_MAX];
    palette[..5].copy_from_slice(&[0xe8_c4_7a, 0x8f_b5_73, 0x6f_a8_c9, 0xd9_75_6c, 0x9a_8c_c9]);
    let formats = [Format::Xrgb8888, Format::Argb8888, Format::Rgb565, Format::Palette(&palette)];
    let mut drawn = Drawn::new(240, 4 * 56 + 8, PAPER);
    let mut canvas = drawn.canvas();

    for (row, format) in (0..).zip(formats) {
        let bytes = pixels_of(&format);
        let stride = 16 * format.pixel_bytes();
        let picture = Picture::new(&bytes, Size::new(16, 16), stride, format).unwrap();
        let top = 8 + 56 * row;
        picture.draw(&mut canvas, Point::new(8, top), 1);
        picture.draw(&mut canvas, Point::new(32, top), 2);
        picture.draw(&mut canvas, Point::new(72, top), 3);
        let mut part = canvas.clipped(&Area::new(128, top, 48, 48));
        part.fill(&Area::new(128, top, 48, 48), 0x38_40_4c);
        picture.draw(&mut part, Point::new(121, top - 8), 2);
        picture.draw(&mut part, Point::new(158, top + 20), 3);
        let mut part = canvas.clipped(&Area::new(184, top, 48, 48));
        picture.draw(&mut part, Point::new(179, top - 7), SCALE_MAX);
    }

    drawn.assert_is("formats");
}

#[test]
fn a_scaled_row_longer_than_the_line_that_is_converted_at_once_has_every_pixel() {
    const WIDTH: usize = 700;
    let bytes: Vec<u8> = (0..WIDTH as u32).flat_map(u32::to_le_bytes).collect();
    let size = Size::new(WIDTH as u32, 1);
    let picture = Picture::new(&bytes, size, 4 * WIDTH, Format::Xrgb8888).unwrap();

    for (scale, skipped) in [(2, 0), (2, 1), (3, 2), (5, 0)] {
        let mut pixels = vec![u32::MAX; WIDTH * scale - skipped];
        let width = pixels.len() as u32;
        let mut canvas = Canvas::new(&mut pixels, width, 1, width).unwrap();
        picture.draw(&mut canvas, Point::new(-(skipped as i32), 0), scale as u32);

        let expected = (skipped..WIDTH * scale).map(|column| (column / scale) as u32);
        assert!(pixels.iter().copied().eq(expected), "at {scale}, without {skipped}");
    }
}

#[test]
fn a_picture_is_the_same_however_much_of_it_is_drawn_at_once() {
    let bytes: Vec<u8> = (0..24 * 24 * 4).map(|index| (index * 7 + index / 96) as u8).collect();
    let size = Size::new(24, 24);
    let picture = Picture::new(&bytes, size, 24 * 4, Format::Xrgb8888).unwrap();
    let color = |x: i32, y: i32| {
        let start = (y * 96 + x * 4) as usize;
        u32::from_le_bytes(bytes[start..start + 4].try_into().unwrap())
    };
    for scale in 1..4 {
        for (left, top) in [(0, 0), (-2, -3), (-3, -2), (0, -1), (5, 4), (0, 20), (-24, 0)] {
            for width in [24, 25, 48, 49] {
                let mut pixels = vec![7; width * 24];
                let mut canvas = Canvas::new(&mut pixels, width as u32, 24, width as u32).unwrap();
                let mut part = canvas.clipped(&Area::new(0, 1, 99, 21));
                picture.draw(&mut part, Point::new(left, top), scale as u32);

                for (index, pixel) in pixels.into_iter().enumerate() {
                    let (x, y) = ((index % width) as i32, (index / width) as i32);
                    let (column, row) = ((x - left).div_euclid(scale), (y - top).div_euclid(scale));
                    let is_on_it = (0..24).contains(&column) && (0..24).contains(&row);
                    let is_drawn = is_on_it && (1..22).contains(&y);
                    let expected = if is_drawn { color(column, row) } else { 7 };
                    assert_eq!(pixel, expected, "{x}, {y} of {width} at {left}, {top}, {scale}");
                }
            }
        }
    }
}

#[test]
fn a_picture_that_covers_all_replaces_and_one_that_covers_nothing_leaves() {
    let bytes = [[1, 2, 3, 255], [255, 255, 255, 0], [255, 255, 255, 128]].concat();
    let picture = Picture::new(&bytes, Size::new(3, 1), 12, Format::Argb8888).unwrap();
    let mut pixels = [0; 3];

    picture.draw(&mut Canvas::new(&mut pixels, 3, 1, 3).unwrap(), Point::zero(), 0);

    assert_eq!(pixels, [0x03_02_01, 0, 0x80_80_80]);
}

#[test]
fn every_color_of_a_palette_is_one_and_565_reaches_white() {
    let mut pixels = [7; 2];
    let colors = std::array::from_fn(|index| index as u32 + 5);
    let picture = Picture::new(&[0, 255], Size::new(2, 1), 2, Format::Palette(&colors)).unwrap();
    picture.draw(&mut Canvas::new(&mut pixels, 2, 1, 2).unwrap(), Point::zero(), 1);
    assert_eq!(pixels, [5, 260]);

    let picture = Picture::new(&[255, 255, 0, 0], Size::new(2, 1), 4, Format::Rgb565).unwrap();
    picture.draw(&mut Canvas::new(&mut pixels, 2, 1, 2).unwrap(), Point::zero(), 1);
    assert_eq!(pixels, [0xff_ffff, 0]);
}

#[test]
fn a_picture_with_fewer_bytes_than_it_needs_is_refused() {
    let refused = |length, width, height, stride| {
        Picture::new(&vec![0; length], Size::new(width, height), stride, Format::Rgb565).err()
    };
    assert_eq!(refused(10, 2, 2, 6), None);
    assert_eq!(refused(9, 2, 2, 6), Some(SurfaceError::TooShort));
    assert_eq!(refused(90, 4, 2, 6), Some(SurfaceError::TooShort));
    assert_eq!(refused(90, 0, 2, 6), Some(SurfaceError::Empty));
    assert_eq!(refused(90, 2, 0, 6), Some(SurfaceError::Empty));
    assert_eq!(refused(90, u32::MAX, u32::MAX, usize::MAX), Some(SurfaceError::TooShort));
}

#[test]
fn a_picture_at_the_ends_of_all_numbers_is_elsewhere() {
    let picture = Picture::new(&[255; 4], Size::new(1, 1), 4, Format::Xrgb8888).unwrap();
    let mut pixels = [7; 4];
    let mut canvas = Canvas::new(&mut pixels, 2, 2, 2).unwrap();
    for (x, y) in [(i32::MIN, i32::MIN), (i32::MAX, 0), (0, i32::MAX), (i32::MIN, i32::MAX)] {
        picture.draw(&mut canvas, Point::new(x, y), u32::MAX);
    }
    assert_eq!(pixels, [7; 4]);
}

#[test]
fn a_surface_without_pixels_or_larger_than_the_screen_is_an_error() {
    let error =
        |width, height| Surface::new(Size::new(width, height), SCREEN, 0, &Bytes(1 << 30)).err();
    assert_eq!(error(640, 480), None);
    assert_eq!(error(0, 5), Some(SurfaceError::Empty));
    assert_eq!(error(641, 1), Some(SurfaceError::TooLarge));
    assert_eq!(error(1, 481), Some(SurfaceError::TooLarge));
    assert_eq!(error(1 << 16, 1 << 15), Some(SurfaceError::TooLarge));
    assert_eq!(error(u32::MAX, u32::MAX), Some(SurfaceError::TooLarge));
}

#[test]
fn a_surface_for_which_there_is_no_memory_is_an_error() {
    let endless = Size::new(u32::MAX, u32::MAX);
    let error = |bytes| Surface::new(endless, endless, 0, &Bytes(bytes)).err();
    assert_eq!(error(1 << 30), Some(SurfaceError::NoMemory));
    let error = |bytes| Surface::new(SCREEN, SCREEN, 0, &Bytes(bytes)).err();
    assert_eq!(error(640 * 480 * 4 - 1), Some(SurfaceError::NoMemory));
    assert_eq!(error(640 * 480 * 4), None);
}

#[test]
fn what_is_scrolled_moves_inside_its_area_alone() {
    let scrolled = |right, down| {
        let mut pixels: Vec<u32> = (0..16).collect();
        let mut canvas = Canvas::new(&mut pixels, 4, 4, 4).unwrap();
        canvas.scroll(&Area::new(1, 1, 3, 9), right, down);
        pixels
    };
    assert_eq!(scrolled(0, -1), [0, 1, 2, 3, 4, 9, 10, 11, 8, 13, 14, 15, 12, 13, 14, 15]);
    assert_eq!(scrolled(0, 1), [0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 12, 9, 10, 11]);
    assert_eq!(scrolled(1, 0), [0, 1, 2, 3, 4, 5, 5, 6, 8, 9, 9, 10, 12, 13, 13, 14]);
    assert_eq!(scrolled(-2, 2), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 7, 14, 15]);
    let unchanged: Vec<u32> = (0..16).collect();
    assert_eq!(scrolled(3, 0), unchanged);
    assert_eq!(scrolled(i32::MIN, i32::MAX), unchanged);
}
