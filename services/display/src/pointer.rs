//! The arrow that shows where the pointer is.

use embedded_graphics_core::geometry::Point;

use crate::area::Area;
use crate::canvas::{Canvas, Color};
use crate::look;

/// How wide it is.
pub(crate) const WIDTH: u32 = 12;
/// How high it is.
pub(crate) const HEIGHT: u32 = 17;

/// `#` is the edge, `o` what is inside.
static ARROW: [&[u8; WIDTH as usize]; HEIGHT as usize] = [
    b"#           ",
    b"##          ",
    b"#o#         ",
    b"#oo#        ",
    b"#ooo#       ",
    b"#oooo#      ",
    b"#ooooo#     ",
    b"#oooooo#    ",
    b"#ooooooo#   ",
    b"#oooooooo#  ",
    b"#ooooooooo# ",
    b"#oooooo#####",
    b"#ooo#oo#    ",
    b"#oo# #oo#   ",
    b"#o#  #oo#   ",
    b"##    #oo#  ",
    b"      ###   ",
];

/// What it covers when it points to `at`.
pub(crate) fn area(at: Point) -> Area {
    Area::new(at.x, at.y, WIDTH, HEIGHT)
}

/// Draws it, pointing to `at`.
pub(crate) fn draw(canvas: &mut Canvas<'_>, at: Point) {
    for (y, row) in (i64::from(at.y)..).zip(ARROW) {
        for (x, part) in (i64::from(at.x)..).zip(row) {
            if let Some(color) = color_of(*part) {
                canvas.span(y, x, x + 1, color);
            }
        }
    }
}

const fn color_of(part: u8) -> Option<Color> {
    match part {
        b'#' => Some(look::GROUND),
        b'o' => Some(look::TEXT),
        _ => None,
    }
}
