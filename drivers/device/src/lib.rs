//! What a service may ask of a device: traits only, no registers and no addresses.
//!
//! Drivers implement these traits, services use them, and neither knows the other.

#![no_std]
#![forbid(unsafe_code)]

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

/// A serial line that never blocks: bytes go to a queue, and bytes come from one.
pub trait Console: Sync {
    /// Takes as many bytes from the front of `bytes` as fit the queue and tells how many.
    fn write(&self, bytes: &[u8]) -> usize;

    /// Moves received bytes to the front of `buffer` and tells how many; 0 when none waits.
    fn read(&self, buffer: &mut [u8]) -> usize;
}
