use super::*;
use std::f64::consts::PI;

/// The transform as it is defined.
fn exact(rows: &[[i32; 8]; 8]) -> [[f64; 8]; 8] {
    let weight = |frequency: usize| if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
    let cosine = |sample: usize, frequency: usize| {
        weight(frequency) * ((2 * sample + 1) as f64 * frequency as f64 * PI / 16.0).cos() / 2.0
    };
    let mut samples = [[0.0; 8]; 8];
    for (y, x, v, u) in all_four() {
        samples[y][x] += f64::from(rows[v][u]) * cosine(x, u) * cosine(y, v);
    }
    samples
}

fn all_four() -> impl Iterator<Item = (usize, usize, usize, usize)> {
    (0..4096).map(|number| (number / 512, number / 64 % 8, number / 8 % 8, number % 8))
}

fn block_of(rows: [[i32; 8]; 8]) -> Block {
    let mut block = Block { rows, ..Block::default() };
    for (row, column) in (0..64).map(|at| (at / 8, at % 8)) {
        if rows[row][column] != 0 {
            block.used_rows |= 1 << row;
            block.used_columns |= 1 << column;
        }
    }
    block
}

/// Numbers that look random, the same at each call.
fn numbers() -> impl FnMut(i32) -> i32 {
    let mut state = 1_u32;
    move |range| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as i32 % (2 * range + 1) - range
    }
}

/// Of `count` blocks with coefficients up to `range` in the first `used` rows and
/// columns: the largest error of a sample, and the mean square of all.
fn errors(count: usize, used: (usize, usize), range: i32) -> (f64, f64) {
    let mut number = numbers();
    let (mut largest, mut squares) = (0.0_f64, 0.0);
    for _ in 0..count {
        let mut rows = [[0; 8]; 8];
        rows[..used.0].iter_mut().for_each(|row| row[..used.1].fill_with(|| number(range)));
        rows[0][0] = 1024;
        let mut samples = [0; 64];
        put(&mut block_of(rows), &mut samples, 0, 8);

        for (sample, exact) in samples.iter().zip(exact(&rows).as_flattened()) {
            let error = (f64::from(*sample) - exact.round().clamp(0.0, 255.0)).abs();
            largest = largest.max(error);
            squares += error * error;
        }
    }
    (largest, squares / (count * 64) as f64)
}

#[test]
fn samples_are_as_exact_as_ieee_1180_asks_for() {
    for used in [(8, 8), (4, 4), (8, 3), (3, 8), (1, 8), (1, 3), (8, 1)] {
        for range in [0, 5, 60, 300] {
            let (largest, mean_square) = errors(300, used, range);
            assert!(largest <= 1.0, "an error of {largest} with {used:?} up to {range}");
            assert!(mean_square <= 0.02, "{mean_square} with {used:?} up to {range}");
        }
    }
}

#[test]
fn a_difference_is_added_and_stays_within_a_byte() {
    for (average, expected) in [(-8, 99), (-2048, 0), (2040, 255)] {
        let mut rows = [[0; 8]; 8];
        rows[0][0] = average;
        let mut samples = [100; 64];
        add(&mut block_of(rows), &mut samples, 0, 8);
        assert_eq!(samples, [expected; 64]);
    }
    // The same by the long ways, which a second coefficient makes it go.
    for (row, column) in [(7, 7), (0, 1), (1, 0)] {
        let mut rows = [[0; 8]; 8];
        (rows[0][0], rows[row][column]) = (-2048, 8);
        let mut samples = [100; 64];
        add(&mut block_of(rows), &mut samples, 0, 8);
        assert_eq!(samples, [0; 64]);
    }
}

#[test]
fn no_coefficients_overflow() {
    for size in [2047, -2048] {
        for signs in 0..=255_u8 {
            let sign = |index: usize| if signs >> index & 1 == 0 { 1 } else { -1 };
            let rows = std::array::from_fn(|row| {
                std::array::from_fn(|column| (size * sign(row) * sign(column)).clamp(-2048, 2047))
            });
            put(&mut block_of(rows), &mut [0; 64], 0, 8);
        }
    }
}

#[test]
fn nothing_beside_the_block_is_touched() {
    let mut rows = [[0; 8]; 8];
    (rows[0][0], rows[0][1]) = (800, 8);
    let mut samples = [7; 16 * 10];
    put(&mut block_of(rows), &mut samples, 16 + 4, 16);

    let touched = |at: usize| (1..9).contains(&(at / 16)) && (4..12).contains(&(at % 16));
    assert!(samples.iter().enumerate().all(|(at, sample)| (*sample != 7) == touched(at)));
}
