//! From brightness and two colors to red, green and blue (ITU-R BT.601).
//!
//! A number has the three side by side, ten bits each: so one addition does for all of them what
//! brightness and color have to say, and one comparison shows whether all fit into a byte.

use crate::frame::Frame;

/// Where 0 is in the ten bits, so that there is room below, too.
const ZERO: i32 = 256;
/// How much a color takes away: with what is darker than black by 19, all that there is room for.
/// It cuts off only what no color may be.
const COLOR_MAX: i32 = ZERO - 20;
/// The bits that say whether something fits into a byte.
const OVERFLOW: u32 = lanes([0x300; 3]);
/// What they are if it does.
const FITS: u32 = lanes([ZERO; 3]);

// What brightness and colors add, by sample: black is 16 and white 235, no color is 128. Tables of
// the program itself are where the interpreter finds them in the fewest instructions.
static LUMA: [u32; 256] = table([1164; 3], 16, ZERO);
static BLUE: [u32; 256] = table([0, -392, 2017], 128, 0);
static RED: [u32; 256] = table([1596, -813, 0], 128, 0);

/// Writes the pixels of `frame`, `0x00rrggbb` each; from a row to the next there are as many as
/// [`Frame::luma`] has columns. Of those that there is no room for, none.
pub fn convert(frame: &Frame, pixels: &mut [u32]) {
    let columns = frame.luma.columns.max(2);
    let luma = frame.luma.samples.chunks_exact(columns * 2);
    let blue = frame.blue.samples.chunks_exact(columns / 2);
    let red = frame.red.samples.chunks_exact(columns / 2);
    let pairs = pixels.chunks_exact_mut(columns * 2).zip(luma).zip(blue.zip(red));
    for ((pixels, luma), (blue, red)) in pairs.take(frame.height.div_ceil(2)) {
        convert_rows(pixels.split_at_mut(columns), luma.split_at(columns), blue, red);
    }
}

/// Converts two rows, two columns at a time, which have one color.
fn convert_rows(
    (above, below): (&mut [u32], &mut [u32]),
    (luma_above, luma_below): (&[u8], &[u8]),
    blue: &[u8],
    red: &[u8],
) {
    let above = above.as_chunks_mut().0.iter_mut().zip(luma_above.as_chunks().0);
    let below = below.as_chunks_mut().0.iter_mut().zip(luma_below.as_chunks().0);
    for ((above, below), (blue, red)) in above.zip(below).zip(blue.iter().zip(red)) {
        let color = BLUE[usize::from(*blue)].wrapping_add(RED[usize::from(*red)]);
        convert_two(above, color);
        convert_two(below, color);
    }
}

#[inline(always)]
fn convert_two((pixels, luma): (&mut [u32; 2], &[u8; 2]), color: u32) {
    pixels[0] = pixel(LUMA[usize::from(luma[0])].wrapping_add(color));
    pixels[1] = pixel(LUMA[usize::from(luma[1])].wrapping_add(color));
}

/// What each sample adds to red, green and blue: so many thousandths for each that it is more than
/// `none`, and `zero`.
const fn table([red, green, blue]: [i32; 3], none: i32, zero: i32) -> [u32; 256] {
    let mut table = [0; 256];
    let mut sample = 0;
    while sample < 256 {
        let more = sample as i32 - none;
        let parts = [rounded(red * more), rounded(green * more), rounded(blue * more)];
        table[sample] = lanes([parts[0] + zero, parts[1] + zero, parts[2] + zero]);
        sample += 1;
    }
    table
}

const fn rounded(thousandths: i32) -> i32 {
    let rounded = (thousandths + 500).div_euclid(1000);
    if rounded < -COLOR_MAX { -COLOR_MAX } else { rounded }
}

/// Red, green and blue side by side; negative ones take from their neighbors what their sum with
/// others gives back.
const fn lanes([red, green, blue]: [i32; 3]) -> u32 {
    ((red << 20) + (green << 10) + blue).cast_unsigned()
}

#[inline(always)]
const fn pixel(lanes: u32) -> u32 {
    if lanes & OVERFLOW == FITS {
        return (lanes & 0xff) | (lanes >> 2 & 0xff00) | (lanes >> 4 & 0xff_0000);
    }
    clamped_pixel(lanes)
}

/// Out of the way: a loop's fuel is that of all its instructions, whichever are done.
#[cold]
#[inline(never)]
const fn clamped_pixel(lanes: u32) -> u32 {
    clamped(lanes) | clamped(lanes >> 10) << 8 | clamped(lanes >> 20) << 16
}

/// The lowest of three, within a byte.
const fn clamped(lanes: u32) -> u32 {
    match lanes & 0x3ff {
        ..256 => 0,
        value @ 256..512 => value - 256,
        _ => 255,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the recommendation defines it.
    fn exact(luma: u8, blue: u8, red: u8) -> [f64; 3] {
        let luma = (f64::from(luma) - 16.0) * 255.0 / 219.0;
        let (blue, red) = (f64::from(blue) - 128.0, f64::from(red) - 128.0);
        let green = luma - 0.391_76 * blue - 0.812_97 * red;
        [luma + 1.596_03 * red, green, luma + 2.017_23 * blue]
    }

    fn converted(luma: u8, blue: u8, red: u8) -> u32 {
        let mut frame = Frame::new(16, 16);
        frame.luma.samples.fill(luma);
        frame.blue.samples.fill(blue);
        frame.red.samples.fill(red);
        let mut pixels = [0; 256];
        convert(&frame, &mut pixels);
        assert_eq!(pixels, [pixels[0]; 256]);
        pixels[0]
    }

    #[test]
    fn black_white_and_what_is_more_than_either() {
        assert_eq!(converted(16, 128, 128), 0);
        assert_eq!(converted(235, 128, 128), 0xff_ffff);
        assert_eq!(converted(0, 128, 128), 0);
        assert_eq!(converted(255, 128, 128), 0xff_ffff);
    }

    #[test]
    fn no_samples_are_too_much() {
        for samples in 0..8 {
            let sample = |bit: u8| if samples >> bit & 1 == 0 { 0 } else { 255 };
            let (luma, blue, red) = (sample(0), sample(1), sample(2));
            let [_, own @ ..] = converted(luma, blue, red).to_be_bytes();
            for (own, exact) in own.into_iter().zip(exact(luma, blue, red)) {
                let difference = (f64::from(own) - exact.clamp(0.0, 255.0)).abs();
                assert!(difference < 2.0 || blue == 0 && difference < 25.0, "{luma} {blue} {red}");
            }
        }
    }

    #[test]
    fn every_color_is_as_the_recommendation_defines_it() {
        for luma in (0..=255).step_by(15) {
            for (blue, red) in (16..=240)
                .step_by(14)
                .flat_map(|blue| (16..=240).step_by(14).map(move |red| (blue, red)))
            {
                let [_, own @ ..] = converted(luma, blue, red).to_be_bytes();
                for (own, exact) in own.into_iter().zip(exact(luma, blue, red)) {
                    let difference = (f64::from(own) - exact.clamp(0.0, 255.0)).abs();
                    assert!(difference < 2.0, "{luma} {blue} {red}: {own} for {exact}");
                }
            }
        }
    }
}
