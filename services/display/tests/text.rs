//! Text at 1× and 2×, clipped at every edge, and the whole font.

use embedded_graphics::prelude::Point;
use picture::Picture;
use service_display::{Area, text};

mod picture;

const PAPER: u32 = 0x20_24_2c;
const INK: u32 = 0xe8_e4_da;
const ACCENT: u32 = 0xe8_c4_7a;

#[test]
fn text_is_drawn_at_1x_and_2x() {
    let mut picture = Picture::new(280, 112, PAPER);
    let mut canvas = picture.canvas();

    text::draw(&mut canvas, Point::new(8, 8), "Bramble → Äpfel".as_bytes(), 2, ACCENT);
    let lines = "The quick brown fox jumps over\nthe lazy dog. 0123456789 «ñß§µ»\n┌─┬─┐ ╔═╗ ░▒▓█";
    text::draw(&mut canvas, Point::new(8, 48), lines.as_bytes(), 1, INK);

    picture.assert_is("text");
}

#[test]
fn text_is_clipped_at_every_edge() {
    let mut picture = Picture::new(96, 64, PAPER);
    let mut canvas = picture.canvas();
    let inner = Area::new(10, 10, 76, 44);
    canvas.fill(&inner, 0x2c_32_3c);
    let mut part = canvas.clipped(&inner);

    text::draw(&mut part, Point::new(-20, 2), b"Clipped text", 2, INK);
    text::draw(&mut part, Point::new(6, 44), b"and below", 1, ACCENT);
    text::draw(&mut part, Point::new(i32::MAX, i32::MIN), b"nowhere", 1, ACCENT);
    text::draw(&mut part, Point::new(i32::MIN, i32::MAX), b"nowhere", u32::MAX, ACCENT);

    picture.assert_is("text-clipped");
}

#[test]
fn what_is_no_utf_8_or_has_no_glyph_is_drawn_as_the_replacement() {
    let mut picture = Picture::new(120, 32, PAPER);
    let broken = b"ok\xff\xfe \xe2\x82. \xc0 \x07\n\xd0\x96 no glyph";
    text::draw(&mut picture.canvas(), Point::new(0, 0), broken, 1, INK);
    picture.assert_is("text-broken");
}

#[test]
fn the_whole_font_is_there() {
    let mut picture = Picture::new(32 * 8 + 16, 12 * 16 + 16, PAPER);
    let latin = ('\u{20}'..'\u{7f}').chain('\u{a0}'..='\u{ff}');
    let all: Vec<char> =
        latin.chain("–‘’“”•…€←↑→↓".chars()).chain('─'..='╿').chain("▀▄█▐░▒▓".chars()).collect();
    let lines: Vec<String> = all.chunks(32).map(|line| line.iter().collect()).collect();
    text::draw(&mut picture.canvas(), Point::new(8, 8), lines.join("\n").as_bytes(), 1, INK);
    picture.assert_is("font");
}
