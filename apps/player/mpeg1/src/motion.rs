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
    let square = |side| Square { x: column * side, y: row * side, side };
    predict_plane(&mut target.luma, &source.luma, square(16), vector, use_);
    predict_plane(&mut target.blue, &source.blue, square(8), of_colors, use_);
    predict_plane(&mut target.red, &source.red, square(8), of_colors, use_);
}

#[derive(Clone, Copy)]
struct Square {
    x: usize,
    y: usize,
    side: usize,
}

fn predict_plane(target: &mut Plane, source: &Plane, to: Square, vector: Vector, use_: Use) {
    let x = moved(to.x, vector.x, source.columns - to.side);
    let y = moved(to.y, vector.y, source.rows - to.side);
    let columns = source.columns;
    let from = &source.samples[y / 2 * columns + x / 2..];
    let to_start = to.y * columns + to.x;
    let to_samples = &mut target.samples[to_start..];

    let area = Area { columns, side: to.side, use_ };
    match (x % 2, y % 2) {
        (0, 0) => area.fill(to_samples, |at| load(from, at)),
        (1, 0) => area.fill(to_samples, |at| mix(load(from, at), load(from, at + 1))),
        (0, _) => area.fill(to_samples, |at| mix(load(from, at), load(from, at + columns))),
        _ => area.fill(to_samples, |at| {
            let below = at + columns;
            mix_four(
                [load(from, at), load(from, at + 1)],
                [load(from, below), load(from, below + 1)],
            )
        }),
    }
}

/// Where to begin, in halves, so that all is in the picture.
fn moved(from: usize, by: i32, last: usize) -> usize {
    let halves = (2 * from).saturating_add_signed(by as isize);
    halves.min(2 * last)
}

#[derive(Clone, Copy)]
struct Area {
    columns: usize,
    side: usize,
    use_: Use,
}

impl Area {
    /// Fills the square at the begin of `to` with what `samples` gives for each eight.
    #[inline(always)]
    fn fill(self, to: &mut [u8], samples: impl Fn(usize) -> u64) {
        for row in 0..self.side {
            for word in 0..self.side / 8 {
                let at = row * self.columns + word * 8;
                let new = samples(at);
                let new = if self.use_ == Use::Mix { mix(load(to, at), new) } else { new };
                store(to, at, new);
            }
        }
    }
}

#[inline(always)]
fn load(samples: &[u8], at: usize) -> u64 {
    let bytes = samples.get(at..).and_then(<[u8]>::first_chunk);
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

#[inline(always)]
fn store(samples: &mut [u8], at: usize, word: u64) {
    if let Some(bytes) = samples.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        *bytes = word.to_le_bytes();
    }
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
