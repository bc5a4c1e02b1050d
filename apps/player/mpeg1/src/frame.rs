//! A decoded picture: how bright each pixel is, and for each four of them which color.

use crate::headers::Kind;

/// Samples of one kind; there are as many columns and rows as whole macroblocks take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plane {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) samples: Vec<u8>,
}

impl Plane {
    fn new(columns: usize, rows: usize, sample: u8) -> Self {
        Self { columns, rows, samples: vec![sample; columns * rows] }
    }

    /// How many samples there are from a row to the next.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns
    }

    /// All samples, row by row.
    #[must_use]
    pub fn samples(&self) -> &[u8] {
        &self.samples
    }
}

/// A decoded picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Columns of the picture, in pixels.
    pub width: usize,
    /// Rows of the picture, in pixels.
    pub height: usize,
    /// What it was made of.
    pub kind: Kind,
    /// How bright: a sample for each pixel, 16 for black to 235 for white.
    pub luma: Plane,
    /// How blue (Cb): a sample for two columns and two rows of pixels, 128 for not at all.
    pub blue: Plane,
    /// How red (Cr), as `blue`.
    pub red: Plane,
}

impl Frame {
    /// A black picture.
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let (columns, rows) = (width.next_multiple_of(16), height.next_multiple_of(16));
        let color = || Plane::new(columns / 2, rows / 2, 128);
        let luma = Plane::new(columns, rows, 16);
        Self { width, height, kind: Kind::Intra, luma, blue: color(), red: color() }
    }

    /// How many macroblocks are side by side, of 16 × 16 pixels each.
    pub(crate) const fn macroblock_columns(&self) -> usize {
        self.luma.columns / 16
    }

    /// How many macroblocks there are.
    pub(crate) const fn macroblocks(&self) -> usize {
        self.macroblock_columns() * (self.luma.rows / 16)
    }

    /// Takes over all samples of `other`, which is as large.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.luma.samples.copy_from_slice(&other.luma.samples);
        self.blue.samples.copy_from_slice(&other.blue.samples);
        self.red.samples.copy_from_slice(&other.red.samples);
    }
}
