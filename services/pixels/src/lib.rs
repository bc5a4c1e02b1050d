//! Loops over pixels, apart from the display's other code because they alone are built for speed:
//! the compiler makes them take several pixels at once.
//!
//! A pixel is a number, `0xrrggbb`, the highest byte of which means nothing. Every function goes
//! as far as the shorter of what it reads and what it writes.

#![no_std]
#![forbid(unsafe_code)]

/// How many colors a palette has.
pub const COLORS_MAX: usize = 256;

/// Makes all pixels one color.
pub fn fill(target: &mut [u32], color: u32) {
    target.fill(color);
}

/// Takes pixels from four bytes each: blue, green, red, and one that does not matter.
pub fn copy_xrgb(target: &mut [u32], source: &[u8]) {
    let (source, _) = source.as_chunks();
    target.iter_mut().zip(source).for_each(|(pixel, bytes)| *pixel = u32::from_le_bytes(*bytes));
}

/// Takes pixels from two bytes each, the lower first: red in the highest 5 bits, green in 6, blue
/// in 5.
pub fn copy_rgb565(target: &mut [u32], source: &[u8]) {
    let (source, _) = source.as_chunks();
    let pixels = target.iter_mut().zip(source);
    pixels.for_each(|(pixel, bytes)| *pixel = of_rgb565(u16::from_le_bytes(*bytes).into()));
}

/// The highest bits of each channel fill its lowest, too, so that white is white.
fn of_rgb565(pixel: u32) -> u32 {
    let (red, green, blue) = (pixel >> 11, pixel >> 5 & 0x3f, pixel & 0x1f);
    (red << 3 | red >> 2) << 16 | (green << 2 | green >> 4) << 8 | blue << 3 | blue >> 2
}

/// Takes pixels from one byte each, the number of one of `colors`.
pub fn copy_palette(target: &mut [u32], source: &[u8], colors: &[u32; COLORS_MAX]) {
    let pixels = target.iter_mut().zip(source);
    pixels.for_each(|(pixel, index)| *pixel = colors[usize::from(*index)]);
}

/// Takes each pixel of `line` `scale` times; 0 counts as 1.
pub fn widen(target: &mut [u32], line: &[u32], scale: usize) {
    if scale == 2 {
        let (pairs, single) = target.as_chunks_mut();
        pairs.iter_mut().zip(line).for_each(|(pair, pixel)| *pair = [*pixel; 2]);
        single.iter_mut().zip(line.get(pairs.len()..).unwrap_or_default()).for_each(copy_one);
    } else {
        let pixels = target.chunks_mut(scale.max(1)).zip(line);
        pixels.for_each(|(wide, pixel)| wide.fill(*pixel));
    }
}

fn copy_one((target, source): (&mut u32, &u32)) {
    *target = *source;
}

/// Lays pixels of four bytes each over `target`: blue, green, red, and how much they cover, 255
/// for all.
pub fn blend(target: &mut [u32], source: &[u8]) {
    let (source, _) = source.as_chunks();
    let pixels = target.iter_mut().zip(source);
    pixels.for_each(|(under, over)| *under = blend_one(*under, u32::from_le_bytes(*over)));
}

/// Lays one pixel over all of `target`.
pub fn blend_all(target: &mut [u32], over: u32) {
    target.iter_mut().for_each(|under| *under = blend_one(*under, over));
}

/// `over` on `under`, as much as its highest byte says.
///
/// Red and blue are calculated at once, since there is a byte of room between them. A cover of 255
/// counts as 256, so that it is all of it.
fn blend_one(under: u32, over: u32) -> u32 {
    const RED_BLUE: u32 = 0xff_00ff;
    const GREEN: u32 = 0x00_ff00;
    let cover = (over >> 24) + (over >> 31);
    let mix = |mask: u32| ((over & mask) * cover + (under & mask) * (256 - cover)) >> 8 & mask;
    mix(RED_BLUE) | mix(GREEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reaches_black_and_white() {
        let mut pixels = [7; 2];
        copy_xrgb(&mut pixels, &[0, 0, 0, 0, 255, 255, 255, 0]);
        assert_eq!(pixels, [0, 0xff_ffff]);
        copy_rgb565(&mut pixels, &[255, 255, 0, 0]);
        assert_eq!(pixels, [0xff_ffff, 0]);
        let mut colors = [0; COLORS_MAX];
        colors[255] = 0xff_ffff;
        copy_palette(&mut pixels, &[254, 255], &colors);
        assert_eq!(pixels, [0, 0xff_ffff]);
    }

    #[test]
    fn a_line_is_widened_as_far_as_there_is_room_for_it() {
        for scale in 1..=17 {
            for length in 0..80 {
                let line = [1, 2, 3, 4];
                let mut pixels = [9; 80];
                widen(&mut pixels[..length], &line, scale);
                let mut expected = [9; 80];
                let count = length.min(4 * scale);
                (0..count).for_each(|index| expected[index] = line[index / scale]);
                assert_eq!(pixels, expected, "{length} at {scale}");
            }
        }
    }

    #[test]
    fn what_covers_all_replaces_and_what_covers_nothing_leaves() {
        let mut pixels = [0x10_20_30; 3];
        blend(&mut pixels, &[1, 2, 3, 255, 9, 9, 9, 0, 255, 255, 255, 128]);
        assert_eq!(pixels, [0x03_02_01, 0x10_20_30, 0x88_90_98]);
        blend_all(&mut pixels, 0xff_aa_bb_cc);
        assert_eq!(pixels, [0xaa_bb_cc; 3]);
    }

    #[test]
    fn what_is_read_may_be_shorter_than_what_is_written() {
        let mut pixels = [7; 3];
        copy_xrgb(&mut pixels, &[1, 0, 0, 0, 2, 0, 0]);
        copy_rgb565(&mut pixels[1..], &[0]);
        blend(&mut pixels[1..], &[1, 1, 1]);
        assert_eq!(pixels, [1, 7, 7]);
        fill(&mut pixels, 5);
        assert_eq!(pixels, [5; 3]);
    }
}
