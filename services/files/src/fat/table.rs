//! The file allocation table: for each cluster the next one of its file.
//!
//! Source: *Microsoft FAT Specification* (fatgen103), chapter "FAT Data Structure". A few blocks
//! of the table are kept here; those of them that changed are written, to every copy, when others
//! are needed or all is flushed.

mod window;

use super::disk::Disk;
use super::geometry::{CLUSTER_FIRST, Geometry, Width};
use abi::Errno;
use alloc::vec::Vec;
use core::ops::Range;

/// What ends a chain: any value from the first on is read as that, the second is written.
const END_MIN: u32 = 0x0fff_fff8;
const END: u32 = 0x0fff_ffff;

/// Marks a cluster that cannot be used.
const BAD: u32 = 0x0fff_fff7;

/// What follows a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    /// Nothing: nobody has it.
    Free,
    /// This cluster.
    Next(u32),
    /// Nothing: it is a file's last.
    End,
    /// A number that means nothing here, or that the cluster is bad.
    Invalid,
}

/// Clusters that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub cluster: u32,
    pub count: u32,
}

/// The table, on its disk.
pub(super) struct Table {
    pub disk: Disk,
    pub geometry: Geometry,
    /// Blocks of the table from `window_first` on; empty if there are none yet.
    window: Vec<u8>,
    window_first: u32,
    /// Those of them that are not written.
    changed: Range<u32>,
    /// Where to look for a free cluster first.
    pub hint: u32,
    /// How many clusters are free, if that is known.
    pub free: Option<u32>,
    /// Whether a search found none, and none became free since.
    is_full: bool,
}

impl Table {
    pub(super) fn new(disk: Disk, geometry: Geometry) -> Self {
        Self {
            disk,
            geometry,
            window: Vec::new(),
            window_first: 0,
            changed: 0..0,
            hint: CLUSTER_FIRST,
            free: None,
            is_full: false,
        }
    }

    /// What follows `cluster`.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`], also if there is no such cluster.
    pub(super) fn link(&mut self, cluster: u32) -> Result<Link, Errno> {
        if !(CLUSTER_FIRST..self.geometry.cluster_end()).contains(&cluster) {
            return Err(Errno::Io);
        }
        let value = self.value(cluster)?;
        Ok(match value {
            0 => Link::Free,
            END_MIN.. => Link::End,
            _ if (CLUSTER_FIRST..self.geometry.cluster_end()).contains(&value) => Link::Next(value),
            _ => Link::Invalid,
        })
    }

    /// The cluster after `cluster`, of a file that has both.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`], also if the chain is broken here.
    pub(super) fn next(&mut self, cluster: u32) -> Result<Option<u32>, Errno> {
        match self.link(cluster)? {
            Link::Next(next) => Ok(Some(next)),
            Link::End => Ok(None),
            Link::Free | Link::Invalid => Err(Errno::Io),
        }
    }

    /// Whether `cluster` is marked as bad.
    pub(super) fn is_bad(&mut self, cluster: u32) -> Result<bool, Errno> {
        Ok(self.value(cluster)? == BAD)
    }

    /// Makes `cluster` a file's last.
    pub(super) fn end(&mut self, cluster: u32) -> Result<(), Errno> {
        self.set(cluster, END)
    }

    /// Lets `next` follow `cluster`.
    pub(super) fn join(&mut self, cluster: u32, next: u32) -> Result<(), Errno> {
        self.set(cluster, next)
    }

    /// Takes at most `wanted` free clusters that follow each other, and chains them. The search
    /// begins at `near`.
    ///
    /// # Errors
    ///
    /// [`Errno::NoSpace`], [`Errno::Io`].
    pub(super) fn take(&mut self, near: u32, wanted: u32) -> Result<Run, Errno> {
        let first = self.search(near)?;
        let mut last = first;
        while last - first + 1 < wanted && self.is_free(last + 1)? {
            self.join(last, last + 1)?;
            last += 1;
        }
        self.end(last)?;
        let run = Run { cluster: first, count: last - first + 1 };
        self.hint = last + 1;
        self.free = self.free.map(|free| free.saturating_sub(run.count));
        Ok(run)
    }

    /// Frees the chain that begins at `first`, up to where it ends or is broken.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; the rest of the chain is then nobody's until the next repair.
    pub(super) fn release(&mut self, first: u32) -> Result<(), Errno> {
        let mut cluster = first;
        loop {
            let link = self.link(cluster)?;
            if link == Link::Free {
                return Ok(());
            }
            self.free_one(cluster)?;
            match link {
                Link::Next(next) => cluster = next,
                _ => return Ok(()),
            }
        }
    }

    /// Frees one cluster, whatever pointed to it.
    pub(super) fn free_one(&mut self, cluster: u32) -> Result<(), Errno> {
        self.set(cluster, 0)?;
        self.free = self.free.map(|free| free.saturating_add(1));
        self.hint = self.hint.min(cluster);
        self.is_full = false;
        Ok(())
    }

    /// Counts the free clusters, and knows how many there are from then on.
    pub(super) fn count_free(&mut self) -> Result<u32, Errno> {
        let mut free = 0;
        for cluster in CLUSTER_FIRST..self.geometry.cluster_end() {
            free += u32::from(self.is_free(cluster)?);
        }
        self.free = Some(free);
        Ok(free)
    }

    /// The whole entry of cluster 0 or 1, which are none.
    pub(super) fn value(&mut self, cluster: u32) -> Result<u32, Errno> {
        let offset = self.offset(cluster);
        let mut bytes = [0; 4];
        for (index, byte) in bytes.iter_mut().take(self.entry_bytes()).enumerate() {
            *byte = *self.byte(offset + index)?;
        }
        let value = u32::from_le_bytes(bytes);
        Ok(match self.geometry.width {
            Width::Fat12 if cluster & 1 == 1 => widened(value >> 4, 0xfff),
            Width::Fat12 => widened(value & 0xfff, 0xfff),
            Width::Fat16 => widened(value, 0xffff),
            Width::Fat32 => value & END,
        })
    }

    /// Sets the entry of `cluster`. FAT32 keeps what its four highest bits are.
    pub(super) fn set(&mut self, cluster: u32, value: u32) -> Result<(), Errno> {
        let offset = self.offset(cluster);
        let (value, mask) = match self.geometry.width {
            Width::Fat12 if cluster & 1 == 1 => ((value & 0xfff) << 4, 0xfff0),
            Width::Fat12 => (value & 0xfff, 0xfff),
            Width::Fat16 => (value & 0xffff, 0xffff),
            Width::Fat32 => (value & END, END),
        };
        let (value, mask) = (value.to_le_bytes(), mask.to_le_bytes());
        for index in 0..self.entry_bytes() {
            let byte = self.byte(offset + index)?;
            *byte = *byte & !mask[index] | value[index];
            self.has_changed(offset + index);
        }
        Ok(())
    }

    /// Writes what is not written yet, and returns when all survives a loss of power.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`]; the next call tries again.
    pub(super) fn flush(&mut self) -> Result<(), Errno> {
        self.write_window()?;
        self.disk.flush()
    }

    fn is_free(&mut self, cluster: u32) -> Result<bool, Errno> {
        Ok(cluster < self.geometry.cluster_end() && self.value(cluster)? == 0)
    }

    fn search(&mut self, near: u32) -> Result<u32, Errno> {
        if self.is_full {
            return Err(Errno::NoSpace);
        }
        let end = self.geometry.cluster_end();
        let near = if (CLUSTER_FIRST..end).contains(&near) { near } else { CLUSTER_FIRST };
        for cluster in (near..end).chain(CLUSTER_FIRST..near) {
            if self.is_free(cluster)? {
                return Ok(cluster);
            }
        }
        self.is_full = true;
        self.free = Some(0);
        Err(Errno::NoSpace)
    }

    fn entry_bytes(&self) -> usize {
        if self.geometry.width == Width::Fat32 { 4 } else { 2 }
    }

    fn offset(&self, cluster: u32) -> usize {
        let cluster = cluster as usize;
        match self.geometry.width {
            Width::Fat12 => cluster + cluster / 2,
            Width::Fat16 => cluster * 2,
            Width::Fat32 => cluster * 4,
        }
    }
}

/// An entry of 12 or 16 bits as one of 28: what is above all clusters stays above them.
fn widened(value: u32, ones: u32) -> u32 {
    if value >= ones - 8 { value | END & !ones } else { value }
}
