//! The calls of `bramble_display` as real guests make them.

#![forbid(unsafe_code)]

mod bad_input;
mod drawing;
mod events;
mod machine;
mod windows;

use abi::display::CALLS;

/// Every call with arguments that are well for a surface 3 of 640 by 480: which of them are
/// pointers, and which coordinates.
///
/// At 1024 is a text of 7 bytes, at 2048 a picture of 2 by 2 pixels, which are at 2112.
struct Sample {
    name: &'static str,
    args: &'static [i64],
    pointers: &'static [usize],
    coordinates: &'static [usize],
}

const fn sample(
    name: &'static str,
    args: &'static [i64],
    pointers: &'static [usize],
    coordinates: &'static [usize],
) -> Sample {
    Sample { name, args, pointers, coordinates }
}

const SAMPLES: [Sample; CALLS.len()] = [
    sample("open", &[1024, 7, 64, 64, 0, 16], &[0, 5], &[]),
    sample("size", &[3, 16], &[1], &[]),
    sample("clear", &[3, 0x24_2a_34], &[], &[]),
    sample("fill", &[3, 20, 20, 100, 60, 0x8f_b5_73], &[], &[1, 2, 3, 4]),
    sample("line", &[3, 10, 200, 300, 90, 0xe8_c4_7a], &[], &[1, 2, 3, 4]),
    sample("rectangle", &[3, 150, 20, 100, 60, 12, 1, 0x6f_a8_c9], &[], &[1, 2, 3, 4, 5]),
    sample("circle", &[3, 320, 240, 80, 0, 0xd9_75_6c], &[], &[1, 2, 3]),
    sample("triangle", &[3, 400, 50, 600, 100, 450, 300, 0, 0x9a_8c_c9], &[], &[1, 2, 3, 4, 5, 6]),
    sample("text", &[3, 40, 400, 1024, 7, 2, 0xe8_e4_da], &[3], &[1, 2]),
    sample("text_extent", &[1024, 7, 2, 16], &[0, 3], &[]),
    sample("blit", &[3, 500, 400, 2048], &[3], &[1, 2]),
    sample("scroll", &[3, 0, 0, 640, 480, 30, -20], &[], &[1, 2, 3, 4, 5, 6]),
    sample("wait_frame", &[3], &[], &[]),
];

/// A picture's description, see [`abi::display::picture`].
fn image(fields: [u32; 8]) -> Vec<u8> {
    fields.iter().flat_map(|field| field.to_le_bytes()).collect()
}
