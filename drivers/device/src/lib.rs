//! What a service may ask of a device: traits, and no registers or addresses.
//!
//! Drivers implement these traits, services use them, and neither knows the other.

#![no_std]
#![forbid(unsafe_code)]

mod block;
mod ethernet;
mod framebuffer;
mod input;
mod wait;

pub use block::{BLOCK_BYTES, BlockDevice, BlockError, check_range};
pub use ethernet::{Ethernet, FRAME_BYTES_MAX, Frame, Link};
pub use framebuffer::{Area, FlipError, Framebuffer, Geometry, PixelOrder, Scanout};
pub use input::{InputEvent, InputSource};
pub use wait::{pause, poll_for};

use core::fmt;

/// Time that never goes backwards and never stops.
pub trait Clock: Sync {
    /// Nanoseconds since power-on.
    fn now_ns(&self) -> u64;

    /// Nanoseconds between two values that [`Clock::now_ns`] can tell apart; at least 1.
    fn resolution_ns(&self) -> u64;
}

/// A source of random bytes fit for keys.
pub trait Rng: Sync {
    /// Fills all of `buffer`.
    ///
    /// # Errors
    ///
    /// [`RngError::NotReady`] while the hardware gathers entropy; `buffer` then holds what it
    /// held, or random bytes in some of its places.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError>;
}

/// Why an [`Rng`] could not do as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RngError {
    /// The hardware had no entropy within the driver's limit.
    NotReady,
}

impl fmt::Display for RngError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady => f.write_str("the random number generator gave nothing in time"),
        }
    }
}

/// Fills all of `buffer` from a generator that gives 32 bits at a time: [`Rng::fill`] for a
/// driver of such a one.
///
/// # Errors
///
/// What `next_word` fails with; `buffer` then holds random bytes up to there.
pub fn fill_from_words(
    buffer: &mut [u8],
    mut next_word: impl FnMut() -> Result<u32, RngError>,
) -> Result<(), RngError> {
    for bytes in buffer.chunks_mut(4) {
        let word = next_word()?.to_le_bytes();
        bytes.iter_mut().zip(word).for_each(|(byte, random)| *byte = random);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is in a buffer of 6 bytes, full of sevens, that was filled from `words`.
    fn filled(words: &[u32]) -> (Result<(), RngError>, [u8; 6]) {
        let mut buffer = [7; 6];
        let mut words = words.iter().copied();
        let result = fill_from_words(&mut buffer, || words.next().ok_or(RngError::NotReady));
        assert_eq!(words.next(), None);
        (result, buffer)
    }

    #[test]
    fn a_word_fills_four_bytes_and_part_of_one_the_rest() {
        assert_eq!(filled(&[0x0403_0201, 0x0807_0605]), (Ok(()), [1, 2, 3, 4, 5, 6]));
    }

    #[test]
    fn a_generator_that_dries_up_leaves_the_rest_as_it_was() {
        let not_ready = Err(RngError::NotReady);

        assert_eq!(filled(&[]), (not_ready, [7; 6]));
        assert_eq!(filled(&[0x0403_0201]), (not_ready, [1, 2, 3, 4, 7, 7]));
    }

    #[test]
    fn an_empty_buffer_needs_no_word() {
        assert_eq!(fill_from_words(&mut [], || Err(RngError::NotReady)), Ok(()));
    }
}
