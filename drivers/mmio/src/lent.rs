//! Bytes that the processor and a device have in turns.
//!
//! Where [`crate::DmaBuffer`] is read and written word by word, this is memory as plain bytes
//! while the processor has it: frames are built and read in place, without a copy.

use core::ptr::NonNull;

use crate::{CACHE_LINE_BYTES, Dma};

/// Memory for [`Lent`]: what the caches know by one address.
#[repr(C, align(64))]
#[derive(Clone)]
pub struct CacheLine([u8; CACHE_LINE_BYTES]);

impl CacheLine {
    /// Bytes that are all 0.
    pub const ZERO: Self = Self([0; CACHE_LINE_BYTES]);

    /// The bytes of several.
    pub fn bytes(lines: &mut [Self]) -> &mut [u8] {
        // SAFETY: a line is its 64 bytes and nothing else, which the alignment does not change,
        // and the result borrows what `lines` borrowed.
        unsafe { core::slice::from_raw_parts_mut(lines.as_mut_ptr().cast(), size_of_val(lines)) }
    }
}

/// Bytes that a device has: the processor does not touch them until it takes them back.
///
/// Whoever takes them back has stopped the device first. No type can watch over that, nor over
/// the addresses that a driver gives its device; it is what a driver is trusted with.
pub struct Lent {
    base: NonNull<u8>,
    length_bytes: usize,
    bus_address: u32,
}

// SAFETY: the handle is the only way to the bytes, so they move with it.
unsafe impl Send for Lent {}

impl Lent {
    /// Lends `bytes`, of which the device will read or write the first `used_bytes`.
    ///
    /// # Errors
    ///
    /// The bytes, if the device cannot reach them, or does not have their cache lines alone.
    pub fn new(
        bytes: &'static mut [u8],
        used_bytes: usize,
        dma: &dyn Dma,
    ) -> Result<Self, &'static mut [u8]> {
        let address = bytes.as_mut_ptr().expose_provenance();
        let is_whole_lines = (address | bytes.len()).is_multiple_of(CACHE_LINE_BYTES);
        let Some(bus_address) = dma.bus_address(address).filter(|_| is_whole_lines) else {
            return Err(bytes);
        };
        // Even of what the device only writes: a line that is written back later would undo it.
        dma.clean(address, used_bytes.min(bytes.len()));
        Ok(Self { base: NonNull::from(&mut *bytes).cast(), length_bytes: bytes.len(), bus_address })
    }

    /// Where the device finds the bytes.
    #[must_use]
    pub fn bus_address(&self) -> u32 {
        self.bus_address
    }

    /// How many bytes there are.
    #[must_use]
    pub fn length_bytes(&self) -> usize {
        self.length_bytes
    }

    /// The bytes again, once the device is done with them; it has written no more than the first
    /// `written_bytes`.
    #[must_use]
    pub fn take_back(self, written_bytes: usize, dma: &dyn Dma) -> &'static mut [u8] {
        let address = self.base.as_ptr().expose_provenance();
        dma.invalidate(address, written_bytes.min(self.length_bytes));
        // SAFETY: `new` consumed the only reference to these bytes, which live for ever, and this
        // consumes the handle that it left.
        unsafe { core::slice::from_raw_parts_mut(self.base.as_ptr(), self.length_bytes) }
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::fake::{CoherentMemory, Memory};

    fn storage(lines: usize) -> &'static mut [u8] {
        CacheLine::bytes(vec![CacheLine::ZERO; lines].leak())
    }

    #[test]
    fn memory_begins_and_ends_with_a_cache_line() {
        let bytes = storage(3);

        assert_eq!(bytes.len(), 3 * CACHE_LINE_BYTES);
        assert_eq!(bytes.as_ptr() as usize % CACHE_LINE_BYTES, 0);
    }

    #[test]
    fn bytes_come_back_as_the_device_wrote_them() {
        let memory = Memory::new();
        let bytes = storage(1);
        bytes[..4].copy_from_slice(b"ping");

        let lent = Lent::new(bytes, 64, memory).expect("it is whole lines");
        assert_eq!(memory.read(lent.bus_address(), 4), b"ping");
        memory.write(lent.bus_address() + 2, b"pe");

        assert_eq!(lent.take_back(64, memory)[..4], *b"pipe");
    }

    #[test]
    fn part_of_a_cache_line_is_not_lent() {
        let (first, rest) = storage(2).split_at_mut(32);

        assert!(Lent::new(first, 32, &CoherentMemory).is_err());
        assert!(Lent::new(rest, 32, &CoherentMemory).is_err());
    }

    #[test]
    #[should_panic(expected = "was not lent")]
    fn a_device_reaches_only_what_was_lent() {
        let memory = Memory::new();

        let lent = Lent::new(storage(2), 64, memory).expect("it is whole lines");

        memory.write(lent.bus_address() + 63, &[1, 2]);
    }

    #[test]
    #[should_panic(expected = "was not lent")]
    fn what_was_taken_back_is_not_lent_any_more() {
        let memory = Memory::new();
        let lent = Lent::new(storage(1), 64, memory).expect("it is whole lines");
        let bus_address = lent.bus_address();

        let _ = lent.take_back(0, memory);

        memory.write(bus_address, &[1]);
    }
}
