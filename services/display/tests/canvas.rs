//! What others draw on a canvas, and what of it is outside.

use embedded_graphics::Drawable;
use embedded_graphics::pixelcolor::Rgb888;
use embedded_graphics::prelude::{DrawTarget, Point, Primitive, RgbColor, Size};
use embedded_graphics::primitives::{Circle, Line, PrimitiveStyle, Rectangle, Triangle};
use picture::Picture;
use service_display::{Area, Canvas};

mod picture;

const PAPER: u32 = 0x20_24_2c;

#[test]
fn embedded_graphics_draws_on_a_canvas_and_is_clipped_at_every_edge() {
    let mut picture = Picture::new(64, 64, PAPER);
    let mut canvas = picture.canvas();
    let mut inner = canvas.clipped(&Area::new(4, 4, 56, 56));

    let red = PrimitiveStyle::with_fill(Rgb888::RED);
    let green = PrimitiveStyle::with_stroke(Rgb888::GREEN, 3);
    let blue = PrimitiveStyle::with_fill(Rgb888::BLUE);
    Circle::new(Point::new(-10, -10), 40).into_styled(red).draw(&mut inner).unwrap();
    Circle::new(Point::new(30, 30), 50).into_styled(green).draw(&mut inner).unwrap();
    Line::new(Point::new(-9, 80), Point::new(80, -9)).into_styled(green).draw(&mut inner).unwrap();
    Triangle::new(Point::new(2, 70), Point::new(20, 40), Point::new(34, 62))
        .into_styled(blue)
        .draw(&mut inner)
        .unwrap();

    picture.assert_is("canvas");
}

#[test]
fn a_rectangle_as_large_as_numbers_go_fills_the_canvas_and_no_more() {
    let mut pixels = [7; 5 * 4];
    let mut canvas = Canvas::new(&mut pixels, 3, 4, 5).unwrap();

    let everywhere = Rectangle::new(Point::new(i32::MIN, i32::MIN), Size::new(u32::MAX, u32::MAX));
    canvas.fill_solid(&everywhere, Rgb888::WHITE).unwrap();
    canvas.fill(&Area::new(i32::MAX, i32::MAX, u32::MAX, u32::MAX), 1);
    canvas.fill(&Area { left: 2, top: 0, right: 1, bottom: 4 }, 1);

    for row in pixels.chunks(5) {
        assert_eq!(row, [0xff_ffff, 0xff_ffff, 0xff_ffff, 7, 7]);
    }
}

#[test]
fn a_part_of_a_picture_is_drawn_on_where_the_picture_has_it() {
    let mut pixels = [0; 6];
    let mut part = Canvas::part(&mut pixels, Area::new(10, -1, 3, 2), 3).unwrap();

    part.fill(&Area::new(12, 0, 9, 9), 5);
    part.fill(&Area::new(0, -5, 11, 5), 6);

    assert_eq!(pixels, [6, 0, 0, 0, 0, 5]);
}

#[test]
fn a_canvas_of_more_pixels_than_there_are_is_none() {
    let mut pixels = [0; 12];
    assert!(Canvas::new(&mut pixels, 3, 4, 3).is_some());
    assert!(Canvas::new(&mut pixels, 4, 4, 4).is_none());
    assert!(Canvas::new(&mut pixels, 4, 2, 3).is_none());
    assert!(Canvas::new(&mut pixels, 2, 3, 5).is_some());
    assert!(Canvas::new(&mut pixels, 2, 1 << 31, 1 << 31).is_none());
    assert!(Canvas::new(&mut pixels, u32::MAX, u32::MAX, u32::MAX).is_none());
    assert!(Canvas::new(&mut [], 0, 0, 0).is_some());
}

#[test]
fn a_rectangle_beside_the_canvas_fills_nothing() {
    let mut pixels = [7; 64];
    let mut canvas = Canvas::new(&mut pixels, 8, 8, 8).unwrap();
    for beside in [(0, -9, 8, 4), (0, 8, 8, 4), (-5, 0, 4, 8), (8, 0, 4, 8), (2, 2, 0, 4)] {
        let (left, top, width, height) = beside;
        canvas.fill(&Area::new(left, top, width, height), 1);
    }
    assert_eq!(pixels, [7; 64]);
}
