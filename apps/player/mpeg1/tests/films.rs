//! Whole films, against what FFmpeg makes of them.
//!
//! `hard.m1v` has 14 pictures of a moving test picture under noise, of no whole number of
//! macroblocks, with step widths of its own, and `hard.yuv` what FFmpeg decodes of it, in the
//! format yuv420p:
//!
//! ```text
//! ffmpeg -f lavfi \
//!     -i "testsrc2=size=36x28:rate=25,noise=alls=30:allf=t,scroll=h=0.07:v=0.05" -frames:v 14 \
//!     -c:v mpeg1video -q:v 3 -g 9 -bf 2 -intra_matrix $(seq -s, 8 71) \
//!     -inter_matrix $(seq -s, 17 80) -bitexact hard.m1v
//! ```
//!
//! `bramble.means` has of what FFmpeg decodes of the film in `apps/player/clips` the mean
//! brightness of each 20 × 20 pixels, row by row and picture by picture, a byte each.

#![forbid(unsafe_code)]

use mpeg1::{Decoder, Frame, Kind, Plane};

const HARD: &[u8] = include_bytes!("films/hard.m1v");
const HARD_PIXELS: &[u8] = include_bytes!("films/hard.yuv");
const BRAMBLE: &[u8] = include_bytes!("../../clips/bramble.mpg");
const BRAMBLE_MEANS: &[u8] = include_bytes!("films/bramble.means");

fn kinds(stream: &[u8]) -> String {
    let mut decoder = Decoder::new(stream);
    let mut kinds = String::new();
    while let Some(frame) = decoder.next_frame() {
        kinds.push(match frame.kind {
            Kind::Intra => 'I',
            Kind::Predicted => 'P',
            Kind::Bidirectional => 'B',
        });
    }
    kinds
}

/// What is shown of a plane.
fn visible(plane: &Plane, width: usize, height: usize) -> impl Iterator<Item = u8> {
    plane.samples().chunks(plane.columns()).take(height).flat_map(move |row| &row[..width]).copied()
}

fn yuv(frame: &Frame) -> Vec<u8> {
    let (width, height) = (frame.width.div_ceil(2), frame.height.div_ceil(2));
    visible(&frame.luma, frame.width, frame.height)
        .chain(visible(&frame.blue, width, height))
        .chain(visible(&frame.red, width, height))
        .collect()
}

fn mean_of_square(frame: &Frame, left: usize, top: usize) -> u8 {
    let rows = frame.luma.samples().chunks(frame.luma.columns()).skip(top).take(20);
    let samples = rows.flat_map(|row| &row[left..left + 20]);
    ((samples.map(|sample| usize::from(*sample)).sum::<usize>() + 200) / 400) as u8
}

/// `bytes` with `count` of them changed, the same ones at each call with this `seed`.
fn with_changes(bytes: &[u8], seed: u32, count: usize) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    let mut state = seed;
    let mut number = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize
    };
    for _ in 0..count {
        let at = number() % changed.len();
        changed[at] ^= 1 << (number() % 8);
    }
    changed
}

/// Decodes what may be anything, and counts its pictures.
fn pictures_of_anything(stream: &[u8]) -> usize {
    let headers = stream.windows(4).filter(|window| window == &[0, 0, 1, 0]).count();
    let mut decoder = Decoder::new(stream);
    let mut pictures = 0;
    while let Some(frame) = decoder.next_frame() {
        assert!(frame.luma.samples().len() >= frame.width * frame.height);
        pictures += 1;
    }
    assert!(pictures <= headers, "{pictures} pictures of {headers}");
    assert!(decoder.next_frame().is_none());
    pictures
}

#[test]
fn all_kinds_of_pictures_come_in_the_order_in_which_they_are_shown() {
    assert_eq!(kinds(HARD), "IBBIBBPBBIBBIP");

    let bramble = kinds(&mpeg1::video_of(BRAMBLE));
    assert_eq!(bramble.len(), 200);
    assert!(bramble.starts_with("IBBPBBPBBPBB") && bramble.ends_with("PP"), "{bramble}");
}

#[test]
fn the_header_says_how_fast_a_film_is() {
    let mut decoder = Decoder::new(HARD);
    assert_eq!(decoder.pictures_in_1000_s(), None);
    decoder.next_frame();
    assert_eq!(decoder.pictures_in_1000_s(), Some(25_000));
}

#[test]
fn every_sample_of_a_hard_film_is_as_ffmpeg_has_it() {
    let mut decoder = Decoder::new(HARD);
    let mut own = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        own.extend(yuv(frame));
    }

    assert_eq!(own.len(), HARD_PIXELS.len());
    let differences = own.iter().zip(HARD_PIXELS).map(|(own, other)| own.abs_diff(*other));
    let (largest, squares) = differences.fold((0, 0), |(largest, squares), difference| {
        (difference.max(largest), squares + u64::from(difference) * u64::from(difference))
    });
    assert!(largest <= 2, "{largest}");
    // More than 60 dB, were it noise.
    assert!(squares * 15 < own.len() as u64, "{squares} of {}", own.len());
}

#[test]
fn every_picture_of_the_film_is_as_bright_as_ffmpeg_has_it_everywhere() {
    let video = mpeg1::video_of(BRAMBLE);
    let mut decoder = Decoder::new(&video);
    let mut own = Vec::new();
    while let Some(frame) = decoder.next_frame() {
        let squares = (0..48).map(|square| (square % 8 * 20, square / 8 * 20));
        own.extend(squares.map(|(left, top)| mean_of_square(frame, left, top)));
    }

    assert_eq!(own.len(), BRAMBLE_MEANS.len());
    for (at, (own, other)) in own.iter().zip(BRAMBLE_MEANS).enumerate() {
        assert!(own.abs_diff(*other) <= 1, "picture {}, square {}", at / 48, at % 48);
    }
}

#[test]
fn a_broken_slice_costs_no_picture() {
    let slice = HARD.windows(4).rposition(|window| window == [0, 0, 1, 1]).unwrap();
    let mut broken = HARD.to_vec();
    broken[slice + 5..slice + 40].fill(0xff);

    let (mut decoder, mut other) = (Decoder::new(&broken), Decoder::new(HARD));
    let mut differing = 0;
    while let Some(frame) = other.next_frame() {
        differing += usize::from(decoder.next_frame() != Some(frame));
    }

    assert_eq!(differing, 1);
    assert!(decoder.next_frame().is_none());
}

#[test]
fn pictures_whose_others_are_missing_are_left_out() {
    let is_picture = |window: &[u8]| window == [0, 0, 1, 0];
    let first = HARD.windows(4).position(is_picture).unwrap();
    let second = first + 1 + HARD[first + 1..].windows(4).position(is_picture).unwrap();
    let without_first = [&HARD[..first], &HARD[second..]].concat();

    // Of "IBBIBBPBBIBBIP" the two that are made of the first one are missing, too.
    assert_eq!(kinds(&without_first), "IBBPBBIBBIP");
}

#[test]
fn whatever_the_bytes_are_decoding_ends() {
    for seed in 0..300 {
        pictures_of_anything(&with_changes(HARD, seed, 1 + seed as usize % 40));
    }
    let start = mpeg1::video_of(&BRAMBLE[..20_000]).into_owned();
    for seed in 0..10 {
        pictures_of_anything(&with_changes(&start, seed, 100));
    }
    for seed in 0..100 {
        let file = with_changes(&BRAMBLE[..6_000], seed, 60);
        pictures_of_anything(&mpeg1::video_of(&file));
    }
}

#[test]
fn wherever_a_film_ends_decoding_ends() {
    for length in (0..HARD.len()).step_by(61) {
        pictures_of_anything(&HARD[..length]);
    }
    assert_eq!(pictures_of_anything(HARD), 14);
}
