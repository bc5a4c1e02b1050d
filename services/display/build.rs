//! Takes out of the font what is shown: the glyphs of `src/font/ranges.rs`, in that order.
//!
//! Source: *PC Screen Font*, version 1: a header of four bytes, the glyphs, and for each of them
//! the characters that it is for, in UTF-16 and ended by 0xffff. After 0xfffe come sequences of
//! characters, which nobody needs here.

#![forbid(unsafe_code)]

use std::path::Path;
use std::{env, fs};

use spleen_font::FONT_8X16;

#[path = "src/font/ranges.rs"]
mod ranges;

/// The magic number; 512 glyphs and their characters; 16 bytes a glyph.
const HEADER: [u8; 4] = [0x36, 0x04, 0x03, 16];
const GLYPHS: usize = 512;
/// 16 rows of 8 pixels, the leftmost in the highest bit.
const GLYPH_BYTES: usize = 16;

fn main() {
    let folder = env::var("OUT_DIR").expect("cargo says where");
    let glyphs: Vec<u8> = ranges::characters().flat_map(glyph_of).copied().collect();
    fs::write(Path::new(&folder).join("glyphs.bin"), glyphs).expect("the folder can be written to");
    println!("cargo::rerun-if-changed=src/font/ranges.rs");
}

fn glyph_of(character: char) -> &'static [u8] {
    let font = FONT_8X16.strip_prefix(&HEADER).expect("the font is 8 by 16");
    let (glyphs, names) = font.split_at(GLYPHS * GLYPH_BYTES);
    let names: Vec<u16> =
        names.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
    let index = names
        .split(|unit| *unit == 0xffff)
        .position(|names| is_among(character, names))
        .unwrap_or_else(|| panic!("the font has no {character:?}"));
    &glyphs[index * GLYPH_BYTES..][..GLYPH_BYTES]
}

fn is_among(character: char, names: &[u16]) -> bool {
    let mut single = names.iter().take_while(|unit| **unit != 0xfffe);
    single.any(|unit| u32::from(*unit) == u32::from(character))
}
