//! Memory that a device reads and writes by itself.

use core::sync::atomic::{AtomicU32, Ordering};

/// Bytes in one cache line of the Cortex-A53 and the Cortex-A72.
pub const CACHE_LINE_BYTES: usize = 64;

/// A buffer of `WORDS` 32-bit words that a device may read and write.
///
/// It fills whole cache lines, so that cache maintenance on it touches no neighbour. The words
/// are atomic because the device changes them behind the compiler's back.
#[repr(C, align(64))]
pub struct DmaBuffer<const WORDS: usize> {
    words: [AtomicU32; WORDS],
}

impl<const WORDS: usize> DmaBuffer<WORDS> {
    /// A buffer full of zeroes, fit for a `static`.
    #[must_use]
    pub const fn zeroed() -> Self {
        Self { words: [const { AtomicU32::new(0) }; WORDS] }
    }

    /// The word at `index`, counted in words; `None` past the end.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<u32> {
        Some(self.words.get(index)?.load(Ordering::Relaxed))
    }

    /// Sets the word at `index`, counted in words; `None` past the end, with nothing changed.
    pub fn set(&self, index: usize, value: u32) -> Option<()> {
        self.words.get(index)?.store(value, Ordering::Relaxed);
        Some(())
    }

    /// Where the processor sees the buffer.
    #[must_use]
    pub fn address(&self) -> usize {
        self.words.as_ptr().expose_provenance()
    }
}

/// What the board knows about memory as its devices see it.
///
/// Devices of the Pi are not coherent with the processor's caches, so each transfer is: fill the
/// buffer, [`Dma::clean`], start the device, wait for it, [`Dma::invalidate`], read the buffer.
pub trait Dma: Sync {
    /// The address by which devices reach the byte that the processor sees at `address`;
    /// `None` if they cannot.
    fn bus_address(&self, address: usize) -> Option<u32>;

    /// Makes what the processor wrote to these bytes visible to devices before it returns.
    fn clean(&self, address: usize, length_bytes: usize);

    /// Makes what a device wrote to these bytes visible to the processor before it returns.
    ///
    /// `address` starts a cache line, and the processor has written none of the bytes since the
    /// last [`Dma::clean`] of them.
    fn invalidate(&self, address: usize, length_bytes: usize);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_fills_whole_cache_lines() {
        let buffer = DmaBuffer::<17>::zeroed();

        assert_eq!(buffer.address() % CACHE_LINE_BYTES, 0);
        assert_eq!(size_of_val(&buffer), 2 * CACHE_LINE_BYTES);
    }

    #[test]
    fn a_word_past_the_end_is_none_and_changes_nothing() {
        let buffer = DmaBuffer::<16>::zeroed();

        assert_eq!(buffer.set(16, 1), None);
        assert_eq!(buffer.get(16), None);
        assert_eq!(buffer.set(15, 7), Some(()));
        assert_eq!(buffer.get(15), Some(7));
    }
}
