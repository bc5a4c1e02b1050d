//! The colors of Bramble's own windows, for apps that want to look as these do;
//! `services/display/LOOK.md` says what they are for.

use super::Color;

/// Behind everything.
pub const GROUND: Color = 0x16_1a_21;
/// Windows, and what stands out from the ground.
pub const PANEL: Color = 0x24_2a_34;
/// Lines of one pixel, where two grounds meet.
pub const LINE: Color = 0x3d_46_54;
/// What is to be read.
pub const TEXT: Color = 0xe8_e4_da;
/// What is to be read second.
pub const QUIET: Color = 0x95_9d_aa;
/// The berry: what was chosen, and what moves.
pub const BERRY: Color = 0x86_3a_66;
/// The berry where it is thin, or text.
pub const BERRY_TEXT: Color = 0xe0_8a_b8;
