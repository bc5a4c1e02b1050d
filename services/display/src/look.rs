//! Colors and measures; `LOOK.md` says what they are for.

use crate::canvas::Color;

/// Behind everything: the night over the hedge.
pub const GROUND: Color = 0x16_1a_21;
/// Windows, and what stands out from the ground.
pub const PANEL: Color = 0x24_2a_34;
/// Lines of one pixel, where two grounds meet.
pub const LINE: Color = 0x3d_46_54;
/// What is to be read.
pub const TEXT: Color = 0xe8_e4_da;
/// What is to be read second.
pub const QUIET: Color = 0x95_9d_aa;
/// The berry: what has the focus, and nothing else.
pub const BERRY: Color = 0x86_3a_66;
/// The berry where it is text.
pub const BERRY_TEXT: Color = 0xe0_8a_b8;

/// The grid: distances are multiples of it, or half of it.
pub const GRID: i32 = 8;
/// How high a window's title is, with the line above and below.
pub const TITLE_HEIGHT: i32 = 3 * GRID;
/// How wide the line around a window is.
pub const BORDER: i32 = 1;
/// How wide and high the corner is by which a window is resized.
pub const GRIP: i32 = 12;
