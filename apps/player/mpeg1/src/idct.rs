//! From frequencies to samples: the inverse discrete cosine transform (annex A), in whole numbers.
//!
//! A one-dimensional transform gives samples that are 2.8 · 2048 times too large, and is done to
//! the columns first, then to the rows; what is known to be zero is left out.

use crate::block::Block;

/// √2 · cos(n · π / 16), times 2048.
const COSINES: [i32; 8] = [2896, 2841, 2676, 2408, 2048, 1609, 1108, 565];

/// What is taken off after the columns: the numbers of the rows then just fit into 32 bits.
const COLUMN_SHIFT: u32 = 8;
/// What is left to take off after the rows, of 2048² · 8.
const ROW_SHIFT: u32 = 25 - COLUMN_SHIFT;

/// Makes samples of `block`: the 8 × 8 in `samples` from `at` on, of which `columns` are in a row.
pub(crate) fn put(block: &mut Block, samples: &mut [u8], at: usize, columns: usize) {
    each_row(block, samples, at, columns, |row, new| *row = new.map(clamp));
}

/// Adds `block` to the samples, else as [`put`].
pub(crate) fn add(block: &mut Block, samples: &mut [u8], at: usize, columns: usize) {
    each_row(block, samples, at, columns, |row, differences| {
        for (sample, difference) in row.iter_mut().zip(differences) {
            *sample = clamp(i32::from(*sample) + difference);
        }
    });
}

#[inline(always)]
fn each_row(
    block: &mut Block,
    samples: &mut [u8],
    at: usize,
    columns: usize,
    change: impl Fn(&mut [u8; 8], [i32; 8]),
) {
    let rows = samples[at..].chunks_mut(columns).filter_map(<[u8]>::first_chunk_mut);
    let is_short = is_short(block.used_columns);
    if block.used_rows == 1 {
        let same = transformed(block.rows[0].map(transformed_alone), is_short);
        rows.take(8).for_each(|row| change(row, same));
        return;
    }
    transform_columns(block);
    for (row, frequencies) in rows.zip(block.rows) {
        change(row, transformed(frequencies, is_short));
    }
}

fn clamp(sample: i32) -> u8 {
    sample.clamp(0, 255) as u8
}

/// Whether nothing but the first four are used.
const fn is_short(used: u32) -> bool {
    used & 0xf0 == 0
}

fn transform_columns(block: &mut Block) {
    let is_short = is_short(block.used_rows);
    for column in 0..8 {
        if block.used_columns >> column & 1 != 0 {
            let frequencies = block.rows.map(|row| row[column]);
            let samples = if is_short {
                transform::<COLUMN_SHIFT>(short(frequencies))
            } else {
                transform::<COLUMN_SHIFT>(frequencies)
            };
            for (row, sample) in block.rows.iter_mut().zip(samples) {
                row[column] = sample;
            }
        }
    }
}

/// What all samples of a column are that has nothing but its lowest frequency.
const fn transformed_alone(frequency: i32) -> i32 {
    (frequency * COSINES[4]) >> COLUMN_SHIFT
}

#[inline(always)]
fn transformed(row: [i32; 8], is_short: bool) -> [i32; 8] {
    if is_short { transform::<ROW_SHIFT>(short(row)) } else { transform::<ROW_SHIFT>(row) }
}

/// The same, known to the compiler to end in zeroes.
#[inline(always)]
const fn short([f0, f1, f2, f3, ..]: [i32; 8]) -> [i32; 8] {
    [f0, f1, f2, f3, 0, 0, 0, 0]
}

/// The sums of what even and what odd frequencies give, and their differences: the transform's
/// second half mirrors its first.
#[inline(always)]
fn transform<const SHIFT: u32>([f0, f1, f2, f3, f4, f5, f6, f7]: [i32; 8]) -> [i32; 8] {
    let [_, c1, c2, c3, c4, c5, c6, c7] = COSINES;

    let (sum, difference) =
        ((f0 + f4) * c4 + (1 << (SHIFT - 1)), (f0 - f4) * c4 + (1 << (SHIFT - 1)));
    let (outer, inner) = (f2 * c2 + f6 * c6, f2 * c6 - f6 * c2);
    let even = [sum + outer, difference + inner, difference - inner, sum - outer];

    let odd = [
        f1 * c1 + f3 * c3 + f5 * c5 + f7 * c7,
        f1 * c3 - f3 * c7 - f5 * c1 - f7 * c5,
        f1 * c5 - f3 * c1 + f5 * c7 + f7 * c3,
        f1 * c7 - f3 * c5 + f5 * c3 - f7 * c1,
    ];

    [
        (even[0] + odd[0]) >> SHIFT,
        (even[1] + odd[1]) >> SHIFT,
        (even[2] + odd[2]) >> SHIFT,
        (even[3] + odd[3]) >> SHIFT,
        (even[3] - odd[3]) >> SHIFT,
        (even[2] - odd[2]) >> SHIFT,
        (even[1] - odd[1]) >> SHIFT,
        (even[0] - odd[0]) >> SHIFT,
    ]
}

#[cfg(test)]
mod tests;
