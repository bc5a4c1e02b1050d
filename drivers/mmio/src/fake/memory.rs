//! Memory as a device sees it: only what was lent to it, at addresses of its own.

use std::boxed::Box;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::vec::Vec;

use crate::Dma;

/// Between the bus addresses of two buffers.
const STEP: u32 = 0x1_0000;
const FIRST: u32 = 0xc000_0000;

/// What a test's model of a device reads and writes by itself.
///
/// It panics where a real device would read stale bytes or destroy others: at all that was not
/// cleaned for it, or was taken back since.
#[derive(Default)]
pub struct Memory {
    buffers: Mutex<BTreeMap<usize, Buffer>>,
}

#[derive(Clone, Copy)]
struct Buffer {
    bus_address: u32,
    lent_bytes: usize,
}

impl Memory {
    /// Memory of which nothing is lent. It lives for ever, as memory does.
    #[must_use]
    pub fn new() -> &'static Self {
        Box::leak(Box::default())
    }

    /// What the device reads there.
    ///
    /// # Panics
    ///
    /// If not all of it was lent.
    #[must_use]
    pub fn read(&self, bus_address: u32, length_bytes: usize) -> Vec<u8> {
        let start = self.lent(bus_address, length_bytes);
        // SAFETY: the bytes were lent (`lent` checked), so they live for ever and nobody has a
        // reference to them.
        (0..length_bytes).map(|index| unsafe { start.add(index).read_volatile() }).collect()
    }

    /// Writes there as the device.
    ///
    /// # Panics
    ///
    /// If not all of it was lent.
    pub fn write(&self, bus_address: u32, bytes: &[u8]) {
        let start = self.lent(bus_address, bytes.len());
        for (index, &byte) in bytes.iter().enumerate() {
            // SAFETY: as in `read`.
            unsafe { start.add(index).write_volatile(byte) };
        }
    }

    fn lent(&self, bus_address: u32, length_bytes: usize) -> *mut u8 {
        let end = bus_address as usize + length_bytes;
        let buffers = self.buffers();
        let found = buffers.iter().find(|(_, buffer)| {
            let first = buffer.bus_address as usize;
            bus_address as usize >= first && end <= first + buffer.lent_bytes
        });
        let (address, buffer) =
            found.unwrap_or_else(|| panic!("{bus_address:#x}..{end:#x} was not lent"));
        let offset = (bus_address - buffer.bus_address) as usize;
        core::ptr::with_exposed_provenance_mut::<u8>(*address).wrapping_add(offset)
    }

    fn buffers(&self) -> MutexGuard<'_, BTreeMap<usize, Buffer>> {
        self.buffers.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Dma for Memory {
    fn bus_address(&self, address: usize) -> Option<u32> {
        let mut buffers = self.buffers();
        let next = FIRST + STEP * u32::try_from(buffers.len()).ok()?;
        let buffer = buffers.entry(address).or_insert(Buffer { bus_address: next, lent_bytes: 0 });
        Some(buffer.bus_address)
    }

    fn clean(&self, address: usize, length_bytes: usize) {
        if let Some(buffer) = self.buffers().get_mut(&address) {
            buffer.lent_bytes = length_bytes;
        }
    }

    fn invalidate(&self, address: usize, _length_bytes: usize) {
        if let Some(buffer) = self.buffers().get_mut(&address) {
            buffer.lent_bytes = 0;
        }
    }
}
