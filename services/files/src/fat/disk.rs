//! The partition: blocks by number, and the one that was used last.

use abi::Errno;
use device::{BLOCK_BYTES, BlockDevice, BlockError};

/// No block has this number, since a volume has fewer.
const NONE: u32 = u32::MAX;

/// What is written where zeros are wanted, so many at a time.
pub(super) static ZEROS: [u8; 8 * BLOCK_BYTES] = [0; _];

/// The block that was used last, as it is on the disk.
struct Window {
    block: u32,
    data: [u8; BLOCK_BYTES],
}

/// A partition of a disk.
pub(super) struct Disk {
    device: &'static dyn BlockDevice,
    first: u64,
    blocks: u32,
    window: Window,
}

impl Disk {
    /// The `blocks` blocks from `first` on. A volume has no more than 2³² − 1 of them.
    pub(super) fn new(device: &'static dyn BlockDevice, first: u64, blocks: u64) -> Self {
        let blocks = u32::try_from(blocks).unwrap_or(NONE);
        Self { device, first, blocks, window: Window { block: NONE, data: [0; BLOCK_BYTES] } }
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.device.is_read_only()
    }

    /// Fills `buffer`, whole blocks, from `block` on.
    pub(super) fn read(&self, block: u32, buffer: &mut [u8]) -> Result<(), Errno> {
        self.check(block, buffer.len())?;
        self.device.read(self.first + u64::from(block), buffer).map_err(errno)
    }

    /// Writes `data`, whole blocks, from `block` on.
    pub(super) fn write(&mut self, block: u32, data: &[u8]) -> Result<(), Errno> {
        self.check(block, data.len())?;
        if self.window.block >= block && self.window.block - block < blocks_in(data.len()) {
            self.window.block = NONE;
        }
        self.device.write(self.first + u64::from(block), data).map_err(errno)
    }

    /// The bytes of `block`.
    pub(super) fn sector(&mut self, block: u32) -> Result<&[u8; BLOCK_BYTES], Errno> {
        if self.window.block != block {
            self.check(block, BLOCK_BYTES)?;
            // Whatever is there after an error is of no use.
            self.window.block = NONE;
            let at = self.first + u64::from(block);
            self.device.read(at, &mut self.window.data).map_err(errno)?;
            self.window.block = block;
        }
        Ok(&self.window.data)
    }

    /// Puts `bytes` into `block` from byte `offset` on, and writes it.
    pub(super) fn change(&mut self, block: u32, offset: usize, bytes: &[u8]) -> Result<(), Errno> {
        let mut data = *self.sector(block)?;
        data[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.write(block, &data)?;
        self.window = Window { block, data };
        Ok(())
    }

    /// Makes `count` blocks from `block` on zero.
    pub(super) fn clear(&mut self, block: u32, count: u32) -> Result<(), Errno> {
        let mut done = 0;
        while done < count {
            let blocks = (count - done).min(blocks_in(ZEROS.len()));
            self.write(block + done, &ZEROS[..blocks as usize * BLOCK_BYTES])?;
            done += blocks;
        }
        Ok(())
    }

    /// Returns when all that was written survives a loss of power.
    pub(super) fn flush(&self) -> Result<(), Errno> {
        self.device.flush().map_err(errno)
    }

    fn check(&self, block: u32, length_bytes: usize) -> Result<(), Errno> {
        let end = block.checked_add(blocks_in(length_bytes));
        if end.is_some_and(|end| end <= self.blocks) { Ok(()) } else { Err(Errno::Io) }
    }
}

fn blocks_in(length_bytes: usize) -> u32 {
    (length_bytes / BLOCK_BYTES) as u32
}

/// What a guest is told when the disk fails.
fn errno(error: BlockError) -> Errno {
    match error {
        BlockError::ReadOnly => Errno::ReadOnly,
        _ => Errno::Io,
    }
}
