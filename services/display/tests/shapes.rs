//! Each shape, whole and clipped at every edge, and where numbers end.

use embedded_graphics::prelude::Point;
use picture::Picture;
use service_display::shapes::{self, Style};
use service_display::{Area, Canvas};

mod picture;

const PAPER: u32 = 0x20_24_2c;
const INK: u32 = 0xe8_c4_7a;
const BACK: u32 = 0x2c_32_3c;

/// Four times what `draw` draws around the middle of a square of 48, each clipped on two sides by
/// a square that is a little lighter; the fifth is whole.
fn clipped_at_every_edge(name: &str, draw: fn(&mut Canvas<'_>, Point)) {
    let mut picture = Picture::new(176, 112, PAPER);
    let mut canvas = picture.canvas();
    for (x, y) in [(8, 8), (120, 8), (8, 56), (120, 56), (64, 32)] {
        let mut part = canvas.clipped(&Area::new(x, y, 48, 48));
        part.fill(&Area::new(x, y, 48, 48), BACK);
        let middle = Point::new(24 + (x + 24 - 88) / 4, 24 + (y + 24 - 56) / 2);
        draw(&mut part, Point::new(x, y) + middle);
    }
    picture.assert_is(name);
}

#[test]
fn lines_are_clipped_at_every_edge() {
    clipped_at_every_edge("lines", |canvas, at| {
        for (x, y) in [(20, 0), (20, 7), (20, 20), (7, 20), (0, 20), (-7, 20), (-20, 20), (-20, 7)]
        {
            shapes::line(canvas, at - Point::new(x, y), at + Point::new(x, y), INK);
        }
    });
}

#[test]
fn rectangles_are_clipped_at_every_edge() {
    clipped_at_every_edge("rectangles", |canvas, at| {
        let area = Area::new(at.x - 20, at.y - 20, 41, 41);
        shapes::rectangle(canvas, &area, 9, Style::Outlined, INK);
        shapes::rectangle(canvas, &area.inset(4), 5, Style::Filled, INK);
        shapes::rectangle(canvas, &area.inset(12), 0, Style::Outlined, PAPER);
    });
}

#[test]
fn circles_are_clipped_at_every_edge() {
    clipped_at_every_edge("circles", |canvas, at| {
        shapes::circle(canvas, at, 20, Style::Outlined, INK);
        shapes::circle(canvas, at, 16, Style::Filled, INK);
        (0..6).for_each(|radius| shapes::circle(canvas, at, 2 * radius, Style::Outlined, PAPER));
    });
}

#[test]
fn triangles_are_clipped_at_every_edge() {
    clipped_at_every_edge("triangles", |canvas, at| {
        let corners = |size: i32| [(-size, size), (size, size / 2), (0, -size)];
        let points = |size: i32| corners(size).map(|(x, y)| at + Point::new(x, y));
        shapes::triangle(canvas, points(20), Style::Outlined, INK);
        shapes::triangle(canvas, points(14), Style::Filled, INK);
    });
}

/// What `draw` draws on 6 by 4 pixels, one character each.
fn drawn(draw: impl FnOnce(&mut Canvas<'_>)) -> [String; 4] {
    let mut pixels = [0; 24];
    draw(&mut Canvas::new(&mut pixels, 6, 4, 6).unwrap());
    let row = |index: usize| &pixels[6 * index..6 * index + 6];
    let characters = |row: &[u32]| row.iter().map(|pixel| ['.', '#'][*pixel as usize]).collect();
    [0, 1, 2, 3].map(|index| characters(row(index)))
}

#[test]
fn shapes_at_the_ends_of_all_numbers_are_drawn_where_they_cross_the_canvas() {
    const ENDS: (i32, i32) = (i32::MIN, i32::MAX);
    let far = [Point::new(ENDS.0, 0), Point::new(ENDS.1, 0), Point::new(3, ENDS.1)];
    let everywhere = Area { left: ENDS.0, top: ENDS.0, right: ENDS.1, bottom: ENDS.1 };

    let full = ["######"; 4];
    assert_eq!(drawn(|on| shapes::triangle(on, far, Style::Filled, 1)), full);
    assert_eq!(drawn(|on| shapes::rectangle(on, &everywhere, 9, Style::Filled, 1)), full);
    assert_eq!(drawn(|on| shapes::circle(on, Point::zero(), u32::MAX, Style::Filled, 1)), full);
    let row = ["......", "######", "......", "......"];
    let (left, right) = (Point::new(ENDS.0, 1), Point::new(ENDS.1, 1));
    assert_eq!(drawn(|on| shapes::line(on, left, right, 1)), row);
    let slope = ["#.....", ".#....", "..#...", "...#.."];
    let (start, end) = (Point::new(ENDS.0, ENDS.0), Point::new(ENDS.1, ENDS.1));
    assert_eq!(drawn(|on| shapes::line(on, end, start, 1)), slope);
}

#[test]
fn shapes_elsewhere_draw_nothing() {
    let nothing = ["......"; 4];
    let far = Point::new(i32::MAX, i32::MIN);
    assert_eq!(drawn(|on| shapes::circle(on, far, 9, Style::Outlined, 1)), nothing);
    assert_eq!(drawn(|on| shapes::triangle(on, [far; 3], Style::Filled, 1)), nothing);
    assert_eq!(drawn(|on| shapes::line(on, far, far, 1)), nothing);
    let backwards = Area { left: 5, top: 0, right: 1, bottom: 4 };
    assert_eq!(drawn(|on| shapes::rectangle(on, &backwards, 0, Style::Filled, 1)), nothing);
}

#[test]
fn the_smallest_shapes_are_one_pixel() {
    let pixel = ["......", "..#...", "......", "......"];
    let at = Point::new(2, 1);
    for style in [Style::Filled, Style::Outlined] {
        assert_eq!(drawn(|on| shapes::circle(on, at, 0, style, 1)), pixel);
        assert_eq!(drawn(|on| shapes::triangle(on, [at; 3], style, 1)), pixel);
        let area = Area::new(2, 1, 1, 1);
        assert_eq!(drawn(|on| shapes::rectangle(on, &area, 7, style, 1)), pixel);
    }
    assert_eq!(drawn(|on| shapes::line(on, at, at, 1)), pixel);
}

#[test]
fn on_a_canvas_that_is_clipped_to_nothing_nothing_is_drawn() {
    let mut pixels = [7; 64];
    let mut whole = Canvas::new(&mut pixels, 8, 8, 8).unwrap();
    for nothing in [Area::new(20, 0, 5, 8), Area::new(-9, 2, 4, 9), Area::new(0, 9, 8, 1)] {
        let canvas = &mut whole.clipped(&nothing);
        shapes::line(canvas, Point::new(0, 0), Point::new(7, 7), 1);
        shapes::circle(canvas, Point::new(4, 4), 4, Style::Filled, 1);
        shapes::triangle(canvas, [(0, 0), (30, 0), (0, 30)].map(Point::from), Style::Filled, 1);
    }
    assert_eq!(pixels, [7; 64]);
}
