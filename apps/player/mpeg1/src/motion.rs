//! Parts of other pictures (§2.4.4.2 and §2.4.4.3): copied, or mixed where a vector ends between
//! pixels. Eight samples at a time, as the bytes of one number.

use crate::frame::{Frame, Plane};

/// From where, in halves of a pixel to the right and down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Vector {
    pub(crate) x: i32,
    pub(crate) y: i32,
}

impl Vector {
    /// The same for colors, which have half as many columns and rows.
    const fn of_colors(self) -> Self {
        Self { x: self.x / 2, y: self.y / 2 }
    }
}

/// What is done with samples of another picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// They are taken over.
    Copy,
    /// They are mixed with those that are there.
    Mix,
}

/// Takes the macroblock in `column` and `row` from `source`, whose size `target` has, at `vector`
/// from there.
///
/// A vector that leads out of the picture, which no encoder writes, ends at its edge.
pub(crate) fn predict(
    target: &mut Frame,
    source: &Frame,
    (column, row): (usize, usize),
    vector: Vector,
    use_: Use,
) {
    let of_colors = vector.of_colors();
    predict_plane::<2>(&mut target.luma, &source.luma, (column, row), vector, use_);
    predict_plane::<1>(&mut target.blue, &source.blue, (column, row), of_colors, use_);
    predict_plane::<1>(&mut target.red, &source.red, (column, row), of_colors, use_);
}

/// As [`predict`], for one plane, which has `WORDS` times eight columns and rows of a macroblock.
fn predict_plane<const WORDS: usize>(
    target: &mut Plane,
    source: &Plane,
    (column, row): (usize, usize),
    vector: Vector,
    use_: Use,
) {
    let (columns, side) = (source.columns, WORDS * 8);
    let x = moved(column * side, vector.x, columns - side);
    let y = moved(row * side, vector.y, source.rows - side);
    let from = &source.samples[y / 2 * columns + x / 2..];
    let to = &mut target.samples[row * side * columns + column * side..];

    let here = |at| load::<WORDS>(from, at);
    let right = |at| load::<WORDS>(from, at + 1);
    match (x % 2, y % 2) {
        (0, 0) => fill(to, columns, use_, here),
        (1, 0) => fill(to, columns, use_, |at| Some(mixed(here(at)?, right(at)?))),
        (0, _) => fill(to, columns, use_, |at| Some(mixed(here(at)?, here(at + columns)?))),
        _ => fill(to, columns, use_, |at| {
            let below = at + columns;
            Some(all_mixed([here(at)?, right(at)?, here(below)?, right(below)?]))
        }),
    }
}

/// Where to begin, in halves, so that all is in the picture.
fn moved(from: usize, by: i32, last: usize) -> usize {
    let halves = (2 * from).saturating_add_signed(by as isize);
    halves.min(2 * last)
}

/// Fills the square at the begin of `to` with what `row` gives for each place where a row begins.
#[inline(always)]
fn fill<const WORDS: usize>(
    to: &mut [u8],
    columns: usize,
    use_: Use,
    row: impl Fn(usize) -> Option<[u64; WORDS]>,
) {
    if use_ == Use::Mix {
        for index in 0..WORDS * 8 {
            let at = index * columns;
            let (Some(old), Some(new)) = (load(to, at), row(at)) else { return };
            store(to, at, mixed(old, new));
        }
        return;
    }
    for index in 0..WORDS * 8 {
        let at = index * columns;
        let Some(new) = row(at) else { return };
        store(to, at, new);
    }
}

/// A row of samples, of which all are there, since all that vectors lead to is in the picture.
#[inline(always)]
fn load<const WORDS: usize>(samples: &[u8], at: usize) -> Option<[u64; WORDS]> {
    let bytes = samples.get(at..)?.as_chunks().0.first_chunk::<WORDS>()?;
    Some(bytes.map(u64::from_le_bytes))
}

#[inline(always)]
fn store<const WORDS: usize>(samples: &mut [u8], at: usize, row: [u64; WORDS]) {
    let bytes = samples.get_mut(at..).and_then(|rest| rest.as_chunks_mut().0.first_chunk_mut());
    if let Some(bytes) = bytes {
        *bytes = row.map(u64::to_le_bytes);
    }
}

#[inline(always)]
fn mixed<const WORDS: usize>(mut a: [u64; WORDS], b: [u64; WORDS]) -> [u64; WORDS] {
    for (a, b) in a.iter_mut().zip(b) {
        *a = mix(*a, b);
    }
    a
}

#[inline(always)]
fn all_mixed<const WORDS: usize>([mut a, b, c, d]: [[u64; WORDS]; 4]) -> [u64; WORDS] {
    for (((a, b), c), d) in a.iter_mut().zip(b).zip(c).zip(d) {
        *a = mix_four([*a, b], [c, d]);
    }
    a
}

/// The mean of each two bytes, halves upwards: what either has, without half of what only one has.
#[inline(always)]
const fn mix(a: u64, b: u64) -> u64 {
    (a | b) - (((a ^ b) >> 1) & 0x7f7f_7f7f_7f7f_7f7f)
}

/// The mean of each four bytes, halves upwards, in two halves with room for sums.
#[inline(always)]
const fn mix_four(a: [u64; 2], b: [u64; 2]) -> u64 {
    const EVEN: u64 = 0x00ff_00ff_00ff_00ff;
    const TWO: u64 = 0x0002_0002_0002_0002;
    let even = (a[0] & EVEN) + (a[1] & EVEN) + (b[0] & EVEN) + (b[1] & EVEN) + TWO;
    let odd = ((a[0] >> 8) & EVEN)
        + ((a[1] >> 8) & EVEN)
        + ((b[0] >> 8) & EVEN)
        + ((b[1] >> 8) & EVEN)
        + TWO;
    ((even >> 2) & EVEN) | (((odd >> 2) & EVEN) << 8)
}

#[cfg(test)]
mod tests;
