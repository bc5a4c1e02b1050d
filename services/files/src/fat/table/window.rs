//! The blocks of the table that are kept in memory.

use super::Table;
use abi::Errno;
use alloc::vec::Vec;
use core::ops::Range;
use device::BLOCK_BYTES;

/// Blocks of the table that are kept at a time.
const WINDOW_BLOCKS: u32 = 8;

impl Table {
    /// Makes all copies like the first, and tells how many blocks differed.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(in crate::fat) fn mend_copies(&mut self) -> Result<u32, Errno> {
        let mut differing = 0;
        let mut other = Vec::new();
        for block in (0..self.geometry.table_blocks).step_by(WINDOW_BLOCKS as usize) {
            self.load(block)?;
            self.write_window()?;
            for copy in 1..self.geometry.tables {
                let at = self.copy_block(copy, block);
                other.resize(self.window.len(), 0);
                self.disk.read(at, &mut other)?;
                if other != self.window {
                    differing += (self.window.len() / BLOCK_BYTES) as u32;
                    self.disk.write(at, &self.window)?;
                }
            }
        }
        Ok(differing)
    }

    /// The byte of the table at `offset`. An entry of 12 bits may stand in two blocks.
    pub(super) fn byte(&mut self, offset: usize) -> Result<&mut u8, Errno> {
        let from = self.window_first as usize * BLOCK_BYTES;
        if offset < from || offset - from >= self.window.len() {
            self.load((offset / BLOCK_BYTES) as u32)?;
        }
        let from = self.window_first as usize * BLOCK_BYTES;
        self.window.get_mut(offset - from).ok_or(Errno::Io)
    }

    /// Remembers that the byte at `offset`, which is in the window, is not written.
    pub(super) fn has_changed(&mut self, offset: usize) {
        let block = (offset / BLOCK_BYTES) as u32;
        self.changed = if self.changed.is_empty() {
            block..block + 1
        } else {
            self.changed.start.min(block)..self.changed.end.max(block + 1)
        };
    }

    /// Fills the window with `block` of the table and its neighbours.
    fn load(&mut self, block: u32) -> Result<(), Errno> {
        self.write_window()?;
        let first = block - block % WINDOW_BLOCKS;
        let count = self.geometry.table_blocks.saturating_sub(first).min(WINDOW_BLOCKS);
        let mut window = core::mem::take(&mut self.window);
        window.resize(count as usize * BLOCK_BYTES, 0);
        self.disk.read(self.copy_block(0, first), &mut window)?;
        self.window = window;
        self.window_first = first;
        Ok(())
    }

    pub(super) fn write_window(&mut self) -> Result<(), Errno> {
        let Range { start, end } = self.changed;
        if start < end {
            let from = (start - self.window_first) as usize * BLOCK_BYTES;
            let to = (end - self.window_first) as usize * BLOCK_BYTES;
            for copy in 0..self.geometry.tables {
                let block = self.copy_block(copy, start);
                self.disk.write(block, &self.window[from..to])?;
            }
            self.changed = 0..0;
        }
        Ok(())
    }

    /// Where `block` of the table is in copy number `copy`.
    fn copy_block(&self, copy: u32, block: u32) -> u32 {
        self.geometry.table_first + copy * self.geometry.table_blocks + block
    }
}
