//! FAT12, FAT16 and FAT32 on a block device, with long names, for reading and writing.
//!
//! Source: *Microsoft Extensible Firmware Initiative FAT32 File System Specification* (fatgen103).
//!
//! Our own, because no published crate does this. `hadris-fat` 3.0.0-rc.2 comes closest, but is
//! 62 KB of compressed code where this is 25 (both alone, with all of the libraries that they
//! need), refuses to remove or replace a file that is open, keeps no order between its writes and
//! repairs nothing. `fatfs` 0.3.6 and its fork `axfatfs` refuse to rename over a file and free the
//! clusters of one that is still open, `simple-fatfs` 0.1.0-alpha.2 renames over nothing either,
//! and `embedded-sdmmc` 0.10.0 (13 KB) writes no long names and renames nothing at all.
//!
//! What survives a loss of power: [`FileSystem::sync`] writes data, then the allocation table,
//! then the slots of directories, with a flush between; clusters are freed last. A name is put in
//! before the old one is taken out, so that a rename leaves one of the two, or both, of which the
//! repair at the next mount takes out the old. Other cuts leave clusters that nobody has, and the
//! repair frees them. The flag for "in use" is on the disk before the first change is. All this
//! holds if a block is written whole or not at all; what a card does to blocks that it was not
//! writing, nobody can repair.
//!
//! Limits: no links; names that differ only in case are the same, see `name`; times are UTC, to
//! two seconds. The time of the last access is a day, and reading does not change it. Lengthening
//! a file writes zeros, since FAT has no holes.

mod chain;
mod change;
mod check;
mod directory;
mod fields;
mod file;
mod format;
mod geometry;
mod name;
mod node;
mod report;
mod scan;
mod slot;
mod state;
mod system;
mod table;
mod time;
mod walk;

mod disk;
#[cfg(test)]
mod tests;

pub use check::Check;
pub use format::{Format, format};
pub use geometry::{MountError, Width};
pub use report::Report;

use crate::Node;
use abi::Errno;
use alloc::vec::Vec;
use device::{BLOCK_BYTES, BlockDevice};
use disk::Disk;
use geometry::Geometry;
use node::Held;
use table::Table;

#[cfg(doc)]
use crate::FileSystem;

/// How long a change waits at most until [`FatFiles::idle`] makes it durable.
const WAIT_NS: u64 = 1_000_000_000;

/// The root directory's number.
const ROOT: Node = Node(0);

/// A FAT file system.
pub struct FatFiles {
    table: Table,
    /// Files that are held, or whose slots are not written yet.
    held: Held,
    /// First clusters of chains to be freed as soon as no slot on the disk has them.
    doomed: Vec<u32>,
    is_read_only: bool,
    /// Whether the disk says that the volume is in use.
    is_marked: bool,
    /// When the first change was made that is not durable yet, and the last one at all.
    waiting_since_ns: Option<u64>,
    changed_ns: u64,
}

impl FatFiles {
    /// Mounts the volume in the `blocks` blocks from `first` on, and tells what a check found, if
    /// there was one. A disk that is protected against writing is mounted for reading.
    ///
    /// # Errors
    ///
    /// [`MountError`]; the disk is unchanged, or a repair has begun that can be begun again.
    pub fn mount(
        device: &'static dyn BlockDevice,
        first: u64,
        blocks: u64,
        check: Check,
    ) -> Result<(Self, Option<Report>), MountError> {
        let mut boot = [0; BLOCK_BYTES];
        device.read(first, &mut boot).map_err(MountError::Disk)?;
        let geometry = Geometry::parse(&boot, blocks)?;
        let disk = Disk::new(device, first, geometry.blocks.into());
        let is_read_only = disk.is_read_only();
        let mut table = Table::new(disk, geometry);
        let is_clean = state::examine(&mut table, &boot)?;
        let report = if check == Check::Always || !is_clean {
            Some(check::check(&mut table, is_read_only)?)
        } else {
            None
        };
        let mut files = Self {
            table,
            held: Held::new(geometry.root_cluster),
            doomed: Vec::new(),
            is_read_only,
            // A check leaves it marked.
            is_marked: !is_read_only && (!is_clean || report.is_some()),
            waiting_since_ns: None,
            changed_ns: 0,
        };
        files.settle().map_err(|_| MountError::Disk(device::BlockError::Failed))?;
        Ok((files, report))
    }

    /// Makes all durable, and says on the disk that the volume is not in use.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; the next call tries again.
    pub fn flush(&mut self) -> Result<(), Errno> {
        self.commit()?;
        self.settle()
    }

    /// To be called a few times in a second: makes durable what has waited for one, and does as
    /// [`FatFiles::flush`] once nothing has changed for as long.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; the next call tries again.
    pub fn idle(&mut self, now_ns: u64) -> Result<(), Errno> {
        // A clock that was set counts as one that went on.
        let is_due = |since: u64| now_ns.abs_diff(since) >= WAIT_NS;
        if self.is_marked && is_due(self.changed_ns) {
            return self.flush();
        }
        match self.waiting_since_ns {
            Some(since) if is_due(since) => self.commit(),
            _ => Ok(()),
        }
    }

    /// Whether all is durable and the disk says so.
    pub fn is_clean(&self) -> bool {
        !self.is_marked && self.waiting_since_ns.is_none()
    }

    /// Before every change: the disk must say first that the volume is in use.
    fn begin(&mut self, now_ns: u64) -> Result<(), Errno> {
        if self.is_read_only {
            return Err(Errno::ReadOnly);
        }
        if !self.is_marked {
            state::mark(&mut self.table, true)?;
            self.is_marked = true;
        }
        self.waiting_since_ns.get_or_insert(now_ns);
        self.changed_ns = now_ns;
        Ok(())
    }

    /// Makes all changes durable, in the order that the module's documentation tells.
    fn commit(&mut self) -> Result<(), Errno> {
        self.table.flush()?;
        if self.write_slots()? {
            self.table.flush()?;
        }
        while let Some(first) = self.doomed.pop() {
            self.table.release(first)?;
        }
        self.waiting_since_ns = None;
        Ok(())
    }

    /// Writes the slots that changed, tells whether there were any, and forgets files that nobody
    /// holds.
    fn write_slots(&mut self) -> Result<bool, Errno> {
        let mut has_written = false;
        for open in self.held.all().filter(|open| open.is_dirty) {
            if let Some(place) = open.place {
                directory::put_slot(&mut self.table, place, &open.slot)?;
            }
            open.is_dirty = false;
            has_written = true;
        }
        if has_written {
            self.held.forget_released();
        }
        Ok(has_written)
    }

    /// Says on the disk that the volume is not in use, if it says otherwise.
    fn settle(&mut self) -> Result<(), Errno> {
        if self.is_marked && !self.is_read_only {
            state::write_hints(&mut self.table)?;
            self.table.flush()?;
            state::mark(&mut self.table, false)?;
            self.is_marked = false;
        }
        Ok(())
    }
}
