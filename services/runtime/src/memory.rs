//! The boundary to the guest: every pointer is checked once, here.

use crate::shared::read_once;
use abi::Errno;

/// A guest's linear memory during one host call.
///
/// The guest chooses every pointer and length, so each access is checked and a bad one is
/// an [`Errno::Fault`] for the guest, never a panic of the kernel. Bytes handed out are
/// counted, and the guest pays fuel for them when the call ends.
pub struct GuestMemory<'a> {
    bytes: &'a mut [u8],
    touched_bytes: u64,
    /// Other threads of the guest may write to it meanwhile.
    is_shared: bool,
}

impl<'a> GuestMemory<'a> {
    /// The memory that `bytes` is.
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, touched_bytes: 0, is_shared: false }
    }

    /// The first `size_bytes` of `bytes`, which other threads of the guest have too.
    pub(crate) fn shared(bytes: &'a mut [u8], size_bytes: usize) -> Self {
        let size_bytes = size_bytes.min(bytes.len());
        Self { bytes: &mut bytes[..size_bytes], touched_bytes: 0, is_shared: true }
    }

    /// The `length_bytes` bytes at guest address `at`.
    ///
    /// If the guest has threads they may change at any time: what was found out about them, such
    /// as that they are UTF-8, holds only for a copy.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of them is outside the memory.
    pub fn slice(&mut self, at: u32, length_bytes: u32) -> Result<&[u8], Errno> {
        self.slice_mut(at, length_bytes).map(|slice| &*slice)
    }

    /// The `length_bytes` bytes at guest address `at`, to be written.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of them is outside the memory.
    pub fn slice_mut(&mut self, at: u32, length_bytes: u32) -> Result<&mut [u8], Errno> {
        let start = at as usize;
        let end = start.checked_add(length_bytes as usize).ok_or(Errno::Fault)?;
        let slice = self.bytes.get_mut(start..end).ok_or(Errno::Fault)?;
        self.touched_bytes += u64::from(length_bytes);
        Ok(slice)
    }

    /// As [`GuestMemory::slice`] at no cost, for a call that does not look at all of it and says
    /// itself what it did, with [`GuestMemory::charge`].
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of them is outside the memory.
    pub fn view(&self, at: u32, length_bytes: u32) -> Result<&[u8], Errno> {
        let start = at as usize;
        let end = start.checked_add(length_bytes as usize).ok_or(Errno::Fault)?;
        self.bytes.get(start..end).ok_or(Errno::Fault)
    }

    /// Has the guest pay for work elsewhere, as for touching so many bytes.
    pub fn charge(&mut self, touched_bytes: u64) {
        self.touched_bytes = self.touched_bytes.saturating_add(touched_bytes);
    }

    /// The `N` bytes at guest address `at`, such as a little-endian number.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of them is outside the memory.
    pub fn read<const N: usize>(&mut self, at: u32) -> Result<[u8; N], Errno> {
        let is_shared = self.is_shared;
        let bytes = self.slice(at, N as u32)?.first_chunk().ok_or(Errno::Fault)?;
        Ok(if is_shared { read_once(bytes) } else { *bytes })
    }

    /// The little-endian `u32` at guest address `at`.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of its bytes is outside the memory.
    pub fn read_u32(&mut self, at: u32) -> Result<u32, Errno> {
        self.read(at).map(u32::from_le_bytes)
    }

    /// Writes `bytes` to guest address `at`.
    ///
    /// # Errors
    ///
    /// [`Errno::Fault`] if any of them would be outside the memory, which is then unchanged.
    pub fn write(&mut self, at: u32, bytes: &[u8]) -> Result<(), Errno> {
        let length_bytes = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
        self.slice_mut(at, length_bytes)?.copy_from_slice(bytes);
        Ok(())
    }

    /// Bytes handed out so far: what the guest pays for.
    pub(crate) fn touched_bytes(&self) -> u64 {
        self.touched_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_access_may_touch_the_last_byte_but_not_the_next() {
        let mut bytes = [7; 16];
        let mut memory = GuestMemory::new(&mut bytes);

        assert_eq!(memory.slice(12, 4), Ok(&[7; 4][..]));
        assert_eq!(memory.slice(13, 4), Err(Errno::Fault));
    }

    #[test]
    fn the_largest_pointer_and_length_do_not_wrap_round() {
        let mut bytes = [7; 16];
        let mut memory = GuestMemory::new(&mut bytes);

        assert_eq!(memory.slice(u32::MAX, u32::MAX), Err(Errno::Fault));
    }

    #[test]
    fn an_empty_slice_at_the_end_is_no_fault() {
        let mut bytes = [7; 16];
        let mut memory = GuestMemory::new(&mut bytes);

        assert_eq!(memory.slice(16, 0), Ok(&[][..]));
        assert_eq!(memory.slice(17, 0), Err(Errno::Fault));
    }

    #[test]
    fn the_bytes_that_a_call_used_are_counted() {
        let mut bytes = [7; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        let _ = memory.slice(0, 10);
        let _ = memory.slice(10, 10);

        assert_eq!(memory.touched_bytes(), 10);
    }

    #[test]
    fn a_view_costs_nothing_but_what_is_charged() {
        let mut bytes = [7; 16];
        let mut memory = GuestMemory::new(&mut bytes);

        assert_eq!(memory.view(4, 12), Ok(&[7; 12][..]));
        assert_eq!(memory.view(5, 12), Err(Errno::Fault));
        memory.charge(3);

        assert_eq!(memory.touched_bytes(), 3);
    }
}
