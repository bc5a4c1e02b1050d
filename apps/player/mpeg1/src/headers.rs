//! What stands before the slices: the headers of sequences (§2.4.2.3) and pictures (§2.4.2.5).

use crate::Broken;
use crate::bits::Bits;

/// Columns and rows of the largest picture: what fits into the memory of an app.
const SIDE_MAX: u32 = 2048;

/// Pictures in a thousand seconds, by the number that a header gives (§2.4.3.2).
const PICTURES_IN_1000_S: [u32; 9] =
    [25_000, 23_976, 24_000, 25_000, 29_970, 30_000, 50_000, 59_940, 60_000];

/// Where the coefficient of a number in the stream stands in its block: in a zigzag from the
/// lowest frequencies to the highest.
pub(crate) const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Step widths of blocks that stand alone, if the stream has none of its own; row by row.
const INTRA_STEPS: [u8; 64] = [
    8, 16, 19, 22, 26, 27, 29, 34, 16, 16, 22, 24, 27, 29, 34, 37, 19, 22, 26, 27, 29, 34, 34, 38,
    22, 22, 26, 27, 29, 34, 37, 40, 22, 26, 27, 29, 32, 35, 40, 48, 26, 27, 29, 32, 35, 40, 48, 58,
    26, 27, 29, 34, 38, 46, 56, 69, 27, 29, 35, 38, 46, 56, 69, 83,
];

/// What holds for all pictures that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pictures_in_1000_s: u32,
    /// Step widths of blocks that stand alone, row by row.
    pub(crate) intra_steps: [u8; 64],
    /// Step widths of blocks that are added to what other pictures have.
    pub(crate) other_steps: [u8; 64],
}

impl Sequence {
    /// # Errors
    ///
    /// [`Broken`] if a picture had no pixels or too many, or a step no width.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let bits = &mut Bits::new(bytes);
        let (width, height) = (bits.take(12), bits.take(12));
        let _aspect_ratio = bits.take(4);
        let rate = bits.take(4) as usize;
        // Bit rate, a marker, the size of an encoder's buffer, and whether it keeps to a profile.
        bits.take(18 + 1);
        bits.take(10 + 1);
        let intra_steps = steps(bits)?.unwrap_or(INTRA_STEPS);
        let other_steps = steps(bits)?.unwrap_or([16; 64]);

        let is_size = |side| (1..=SIDE_MAX).contains(&side);
        if !is_size(width) || !is_size(height) {
            return Err(Broken);
        }
        Ok(Self {
            width: width as usize,
            height: height as usize,
            pictures_in_1000_s: *PICTURES_IN_1000_S.get(rate).unwrap_or(&PICTURES_IN_1000_S[0]),
            intra_steps,
            other_steps,
        })
    }
}

/// Step widths if they stand here.
fn steps(bits: &mut Bits<'_>) -> Result<Option<[u8; 64]>, Broken> {
    if !bits.flag() {
        return Ok(None);
    }
    let mut steps = [0; 64];
    for at in ZIGZAG {
        steps[usize::from(at)] = bits.take(8) as u8;
    }
    if steps.contains(&0) { Err(Broken) } else { Ok(Some(steps)) }
}

/// Which other pictures one is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// None: it stands alone.
    #[default]
    Intra,
    /// The last of [`Intra`](Self::Intra) and of this kind.
    Predicted,
    /// One that was shown and one that is to be shown, neither of this kind.
    Bidirectional,
}

/// How far vectors of one direction reach, and in which unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    /// How many bits a vector has beside its code.
    pub(crate) extra_bits: u32,
    /// Whether it counts whole pixels, not halves.
    pub(crate) is_whole: bool,
}

impl Reach {
    fn read(bits: &mut Bits<'_>) -> Result<Self, Broken> {
        let is_whole = bits.flag();
        let extra_bits = bits.take(3).checked_sub(1).ok_or(Broken)?;
        Ok(Self { extra_bits, is_whole })
    }
}

/// What holds for one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(crate) kind: Kind,
    pub(crate) forward: Reach,
    pub(crate) backward: Reach,
}

impl Picture {
    /// # Errors
    ///
    /// [`Broken`] for a picture of a fourth kind, which no video has but for quick searching, and
    /// for vectors that reach nowhere.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let bits = &mut Bits::new(bytes);
        let _number = bits.take(10);
        let kind = match bits.take(3) {
            1 => Kind::Intra,
            2 => Kind::Predicted,
            3 => Kind::Bidirectional,
            _ => return Err(Broken),
        };
        let _fill_of_the_buffer = bits.take(16);

        let mut picture = Self { kind, forward: Reach::default(), backward: Reach::default() };
        if kind != Kind::Intra {
            picture.forward = Reach::read(bits)?;
        }
        if kind == Kind::Bidirectional {
            picture.backward = Reach::read(bits)?;
        }
        Ok(picture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 160 × 120 pixels, 25 times a second.
    const HEADER: [u8; 8] = [0x0a, 0x00, 0x78, 0x13, 0xff, 0xff, 0xe0, 0xa0];

    #[test]
    fn a_sequence_without_steps_of_its_own_has_the_standards() {
        let sequence = Sequence::read(&HEADER).unwrap();

        assert_eq!((sequence.width, sequence.height), (160, 120));
        assert_eq!(sequence.pictures_in_1000_s, 25_000);
        assert_eq!(sequence.intra_steps[63], 83);
        assert_eq!(sequence.other_steps, [16; 64]);
    }

    #[test]
    fn steps_of_a_sequences_own_stand_in_a_zigzag() {
        let mut header = HEADER.to_vec();
        // The flag is the last bit but one, so that the steps begin with the last one.
        header[7] |= 2;
        header.extend((1..=64).map(|step: u8| step << 1));
        header.push(0);

        let sequence = Sequence::read(&header).unwrap();

        assert_eq!(sequence.intra_steps[..4], [1, 2, 6, 7]);
        assert_eq!(sequence.intra_steps[8], 3);
        assert_eq!(sequence.intra_steps[63], 64);
    }

    #[test]
    fn a_picture_without_pixels_and_one_that_is_too_large_are_refused() {
        assert_eq!(Sequence::read(&[0, 0, 0x78, 0x13, 0, 0, 0, 0]), Err(Broken));
        assert_eq!(Sequence::read(&[0xff, 0xff, 0xff, 0x13, 0, 0, 0, 0]), Err(Broken));
        assert_eq!(Sequence::read(&[]), Err(Broken));
    }

    #[test]
    fn vectors_that_reach_nowhere_are_refused() {
        // Kind 2, and all zeroes.
        assert_eq!(Picture::read(&[0, 0b0001_0000, 0, 0, 0]), Err(Broken));
        // 16 bits later a code of 3, so two more bits.
        let picture = Picture::read(&[0, 0b0001_0000, 0, 0b0000_0001, 0b1000_0000]).unwrap();
        assert_eq!(picture.kind, Kind::Predicted);
        assert_eq!(picture.forward, Reach { extra_bits: 2, is_whole: false });
    }

    #[test]
    fn the_zigzag_goes_everywhere_once() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(seen.iter().enumerate().all(|(index, at)| index == usize::from(*at)));
    }
}
