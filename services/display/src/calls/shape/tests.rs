//! Tests of where shapes are: a band is drawn, and shown, only in there.

use super::*;
use alloc::vec;
use alloc::vec::Vec;

const SIDE: u32 = 48;

/// What is drawn on a square, of which nothing outside of `clip` may be drawn on.
fn drawn(shape: &Shape, clip: &Area) -> Vec<Color> {
    let mut pixels = vec![0; (SIDE * SIDE) as usize];
    let mut canvas = Canvas::new(&mut pixels, SIDE, SIDE, SIDE).unwrap();
    let mut text = *b"on\ntwo lines";
    let memory = GuestMemory::new(&mut text);
    assert_eq!(shape.draw(&memory, &mut canvas, clip, 1), Ok(()));
    pixels
}

/// Shapes by chance, some of them far larger than the square.
fn shapes_by_chance() -> impl Iterator<Item = Shape> {
    let mut number = 12345_u32;
    let mut next = move |below: i32| {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((number >> 8) % below as u32) as i32
    };
    (0..4000).map(move |index| {
        let reach = [20, 60, 5000, i32::MAX][index % 4];
        let mut point = || Point::new(next(reach) - reach / 3, next(reach) - reach / 3);
        let (a, b, c) = (point(), point(), point());
        let (width, height) = (b.x.unsigned_abs(), b.y.unsigned_abs());
        let style = if next(2) == 0 { Style::Filled } else { Style::Outlined };
        let area = Area::new(a.x, a.y, width, height);
        match next(6) {
            0 => Shape::Fill(area),
            1 => Shape::Line(a, b),
            2 => Shape::Rectangle(area, c.x.unsigned_abs(), style),
            3 => Shape::Circle(a, width, style),
            4 => Shape::Triangle([a, b, c], style),
            _ => {
                let words = Words { at: 0, length_bytes: 12, scale: 1 + width % 4 };
                let extent = text::extent(b"on\ntwo lines", words.scale);
                Shape::Text(a, words, extent)
            }
        }
    })
}

#[test]
fn no_shape_reaches_out_of_its_area() {
    let everything = Area::new(0, 0, SIDE, SIDE);
    let mut seen = 0;
    for shape in shapes_by_chance() {
        let all = drawn(&shape, &everything);
        seen += usize::from(all.contains(&1));
        assert!(all == drawn(&shape, &shape.area()), "{:?}", shape.area());
    }
    assert!(seen > 1000, "only {seen} are on the square");
}

#[test]
fn more_of_a_shape_is_more_work_and_nothing_of_a_fill_is_none() {
    for shape in shapes_by_chance() {
        let (small, large) = (Area::new(0, 0, 9, 9), Area::new(0, 0, 9, 10));
        assert!(shape.work_bytes(&small) < shape.work_bytes(&large));
    }
    assert_eq!(Shape::Fill(Area::default()).work_bytes(&Area::default()), 0);
}
