//! Where two pictures differ.

use crate::Picture;
use std::fmt;

/// What of a pixel is seen.
const COLOR: u32 = 0x00_ff_ff_ff;

/// A rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// The leftmost column.
    pub x: u32,
    /// The uppermost row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Area {
    /// The pixel at `x` and `y`, alone.
    const fn pixel(x: u32, y: u32) -> Self {
        Self { x, y, width: 1, height: 1 }
    }

    fn has(&self, x: u32, y: u32) -> bool {
        let is_between = |at: u32, from: u32, count: u32| at >= from && at - from < count;
        is_between(x, self.x, self.width) && is_between(y, self.y, self.height)
    }

    /// The smallest that has all of both.
    fn with(self, other: Self) -> Self {
        let (x, width) = span((self.x, self.width), (other.x, other.width));
        let (y, height) = span((self.y, self.height), (other.y, other.height));
        Self { x, y, width, height }
    }
}

/// What holds both, each where it begins and how long it is.
fn span((from, count): (u32, u32), (other_from, other_count): (u32, u32)) -> (u32, u32) {
    let first = from.min(other_from);
    (first, (from + count).max(other_from + other_count) - first)
}

/// What is different in a picture from what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The number of columns and rows.
    Size {
        /// As it is.
        is: (u32, u32),
        /// As it should be.
        should_be: (u32, u32),
    },
    /// Pixels.
    Pixels {
        /// How many.
        count: usize,
        /// Where all of them are.
        within: Area,
        /// The first of them, as it is.
        is: u32,
        /// The first of them, as it should be.
        should_be: u32,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Size { is: (width, height), should_be: (expected_width, expected_height) } => {
                write!(
                    f,
                    "it has {width} × {height} pixels, not {expected_width} × {expected_height}"
                )
            }
            Self::Pixels { count, within: Area { x, y, width, height }, is, should_be } => write!(
                f,
                "{count} pixels differ, all of them in the {width} × {height} from column {x}, row \
                 {y}; the first is {is:06x} and should be {should_be:06x}"
            ),
        }
    }
}

impl Picture {
    /// What is different from the picture `expected`, outside of the areas `masks`.
    pub fn difference(&self, expected: &Self, masks: &[Area]) -> Option<Difference> {
        let size = |picture: &Self| (picture.width(), picture.height());
        if size(self) != size(expected) {
            return Some(Difference::Size { is: size(self), should_be: size(expected) });
        }

        let mut differing = self.differing(expected, masks);
        let (first, is, should_be) = differing.next()?;
        let (mut count, mut within) = (1, first);
        for (pixel, ..) in differing {
            count += 1;
            within = within.with(pixel);
        }
        Some(Difference::Pixels { count, within, is, should_be })
    }

    /// Each pixel that differs: where, what it is, what it should be.
    fn differing(&self, expected: &Self, masks: &[Area]) -> impl Iterator<Item = (Area, u32, u32)> {
        let pairs = (0..).zip(self.pixels().iter().zip(expected.pixels()));
        pairs.filter_map(move |(index, (is, should_be))| {
            let (x, y) = (index % self.width(), index / self.width());
            let differs = is & COLOR != should_be & COLOR;
            let counts = differs && !masks.iter().any(|mask| mask.has(x, y));
            counts.then_some((Area::pixel(x, y), is & COLOR, should_be & COLOR))
        })
    }
}
