//! From brightness and two colors to red, green and blue (ITU-R BT.601).
//!
//! A number has the three side by side, ten bits each: so one addition does for all of them what
//! brightness and color have to say, and one comparison shows whether all fit into a byte.

use crate::frame::Frame;

/// Where 0 is in the ten bits, so that there is room below, too.
const ZERO: i32 = 256;
/// The bits that say whether something fits into a byte.
const OVERFLOW: u32 = lanes([0x300; 3]);
/// What they are if it does.
const FITS: u32 = lanes([ZERO; 3]);

/// Tables to convert pictures with.
pub struct Colors {
    luma: [u32; 256],
    blue: [u32; 256],
    red: [u32; 256],
}

impl Default for Colors {
    fn default() -> Self {
        Self::new()
    }
}

impl Colors {
    /// Calculates the tables.
    #[must_use]
    pub fn new() -> Self {
        let by_sample = |shares: fn(i32) -> [i32; 3]| {
            std::array::from_fn(|sample| lanes(shares(sample as i32).map(rounded)))
        };
        // Thousandths of red, green and blue; black is 16 and white 235, no color is 128.
        Self {
            luma: by_sample(|luma| [((luma - 16) * 1164).max(0) + ZERO * 1000; 3]),
            blue: by_sample(|blue| [0, (128 - blue) * 392, (blue - 128) * 2017]),
            red: by_sample(|red| [(red - 128) * 1596, (128 - red) * 813, 0]),
        }
    }

    /// Writes the pixels of `frame`, `0x00rrggbb` each; from a row to the next there are as many
    /// as [`Frame::luma`] has columns. Of those that there is no room for, none.
    pub fn convert(&self, frame: &Frame, pixels: &mut [u32]) {
        let columns = frame.luma.columns.max(2);
        let luma = frame.luma.samples.chunks_exact(columns * 2);
        let blue = frame.blue.samples.chunks_exact(columns / 2);
        let red = frame.red.samples.chunks_exact(columns / 2);
        let pairs = pixels.chunks_exact_mut(columns * 2).zip(luma).zip(blue.zip(red));
        for ((pixels, luma), (blue, red)) in pairs.take(frame.height.div_ceil(2)) {
            let (above, below) = pixels.split_at_mut(columns);
            let (luma_above, luma_below) = luma.split_at(columns);
            self.convert_row(above, luma_above, blue, red);
            self.convert_row(below, luma_below, blue, red);
        }
    }

    fn convert_row(&self, pixels: &mut [u32], luma: &[u8], blue: &[u8], red: &[u8]) {
        let pixels = pixels.as_chunks_mut::<2>().0.iter_mut();
        let luma = luma.as_chunks::<2>().0.iter();
        for ((pixels, luma), (blue, red)) in pixels.zip(luma).zip(blue.iter().zip(red)) {
            let color = self.blue[usize::from(*blue)].wrapping_add(self.red[usize::from(*red)]);
            *pixels = luma.map(|luma| pixel(self.luma[usize::from(luma)].wrapping_add(color)));
        }
    }
}

fn rounded(thousandths: i32) -> i32 {
    // Of blue there is room for 255 less and no more.
    ((thousandths + 500).div_euclid(1000)).max(-255)
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
        Colors::new().convert(&frame, &mut pixels);
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
    fn every_color_is_as_the_recommendation_defines_it() {
        for luma in (0..=255).step_by(15) {
            for (blue, red) in (16..=240)
                .step_by(14)
                .flat_map(|blue| (16..=240).step_by(14).map(move |red| (blue, red)))
            {
                let [_, own @ ..] = converted(luma, blue, red).to_be_bytes();
                // What is darker than black counts as black here, before color is added.
                for (own, exact) in own.into_iter().zip(exact(luma.max(16), blue, red)) {
                    let difference = (f64::from(own) - exact.clamp(0.0, 255.0)).abs();
                    assert!(difference < 2.0, "{luma} {blue} {red}: {own} for {exact}");
                }
            }
        }
    }
}
