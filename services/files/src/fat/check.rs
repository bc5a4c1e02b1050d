//! The check at mount, and the repair of what a loss of power leaves behind.
//!
//! Two walks. The first only looks, so that a volume whose table is gone is refused and not
//! repaired until it is empty. The second repairs as it goes: each file claims the clusters that
//! its length needs, whoever comes first keeps them, and what nobody claims is freed at the end.
//! A cut of the power during the repair leaves something that can be repaired, since the volume
//! stays marked as in use.

mod twins;

use super::change::{parent_of, set_parent};
use super::directory::put_slot;
use super::geometry::{CLUSTER_FIRST, MountError};
use super::report::Report;
use super::scan::Item;
use super::slot::Slot;
use super::state::{self, failed};
use super::table::{Link, Table};
use super::walk::Walk;
use abi::Errno;
use alloc::vec::Vec;

/// Directories in each other, at most; a path has no room for more.
const DEPTH_MAX: usize = 2048;

/// Files whose clusters are free, from how many on the table is suspected.
const LOST_MIN: u32 = 3;

/// When a volume is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// If it says that it was in use.
    WhenDirty,
    /// In any case.
    Always,
}

/// Checks the volume and, unless it `is_read_only`, repairs it.
///
/// # Errors
///
/// [`MountError`]; what was repaired stays so.
pub(super) fn check(table: &mut Table, is_read_only: bool) -> Result<Report, MountError> {
    let found = Checker::new(table, false)?;
    let mut found = found.run()?;
    if is_read_only {
        found.is_only_found = true;
        return Ok(found);
    }
    state::mark(table, true).map_err(failed)?;
    Checker::new(table, true)?.run()
}

/// One of the two walks.
struct Checker<'a> {
    table: &'a mut Table,
    mends: bool,
    /// A bit for each cluster that a file has.
    claimed: Vec<u32>,
    report: Report,
    /// Files whose first cluster is free.
    lost: u32,
    twins: u32,
}

/// What could be claimed of a chain.
struct Claim {
    count: u32,
    /// The last cluster claimed, and what follows it.
    last: Option<(u32, Link)>,
}

impl<'a> Checker<'a> {
    fn new(table: &'a mut Table, mends: bool) -> Result<Self, MountError> {
        let mut claimed = Vec::new();
        let words = table.geometry.cluster_end().div_ceil(32) as usize;
        claimed.try_reserve_exact(words).map_err(|_| MountError::NoMemory)?;
        claimed.resize(words, 0);
        Ok(Self { table, mends, claimed, report: Report::default(), lost: 0, twins: 0 })
    }

    fn run(mut self) -> Result<Report, MountError> {
        let mut walk = Walk::new(self.table, self.mends);
        let root = self.table.geometry.root_cluster;
        if root != 0 && !self.claim_directory(root).map_err(failed)? {
            return Err(MountError::TableLost);
        }
        while let Some(item) = walk.next(self.table).map_err(failed)? {
            self.report.files += 1;
            self.visit(&mut walk, &item).map_err(failed)?;
            if walk.depth() > DEPTH_MAX {
                return Err(MountError::TooDeep);
            }
        }
        self.report.stray_names = walk.strays;
        if self.lost >= LOST_MIN && self.lost > self.report.files / 2 {
            return Err(MountError::TableLost);
        }
        if self.mends {
            self.finish().map_err(failed)?;
        }
        Ok(self.report)
    }

    fn visit(&mut self, walk: &mut Walk, item: &Item) -> Result<(), Errno> {
        let first = item.slot.first(self.table.geometry.width);
        let exists = self.exists(first);
        self.lost += u32::from(exists && self.table.link(first)? == Link::Free);
        if exists && self.is_claimed(first) && self.finish_rename(walk, item, first)? {
            return Ok(());
        }
        if item.slot.is_directory() {
            self.visit_directory(walk, item, first)
        } else {
            self.visit_file(item, first)
        }
    }

    fn visit_file(&mut self, item: &Item, first: u32) -> Result<(), Errno> {
        let cluster_bytes = self.table.geometry.cluster_bytes();
        let size = item.slot.size();
        let needed = size.div_ceil(cluster_bytes);
        let claim = self.claim(first, needed)?;
        if let Some((last, link)) = claim.last
            && link != Link::End
        {
            self.report.mended_links += u32::from(claim.count == needed);
            self.mend(|table| table.end(last))?;
        }
        if claim.count == needed && (needed > 0 || first == 0) {
            return Ok(());
        }
        self.report.cut_files += 1;
        let mut slot = item.slot;
        if claim.count == 0 {
            slot.set_first(0, self.table.geometry.width);
        }
        slot.set_size(size.min(claim.count.saturating_mul(cluster_bytes)));
        self.put(item, &slot)
    }

    fn visit_directory(&mut self, walk: &mut Walk, item: &Item, first: u32) -> Result<(), Errno> {
        let parent = walk.directory().map_or(0, |directory| directory.first());
        if !self.claim_directory(first)? {
            self.report.removed_entries += 1;
            return self.take_out(walk, item);
        }
        if item.slot.size() != 0 {
            let mut slot = item.slot;
            slot.set_size(0);
            self.put(item, &slot)?;
        }
        self.check_parent(first, parent)?;
        walk.enter(self.table, first);
        Ok(())
    }

    /// Claims all clusters of a directory, and tells whether there is at least one.
    fn claim_directory(&mut self, first: u32) -> Result<bool, Errno> {
        let claim = self.claim(first, u32::MAX)?;
        if let Some((last, link)) = claim.last
            && link != Link::End
        {
            self.report.mended_links += 1;
            self.mend(|table| table.end(last))?;
        }
        Ok(claim.count > 0)
    }

    /// Claims at most `wanted` clusters from `first` on.
    fn claim(&mut self, first: u32, wanted: u32) -> Result<Claim, Errno> {
        let mut claim = Claim { count: 0, last: None };
        let mut cluster = first;
        while claim.count < wanted && self.can_claim(cluster)? {
            self.claimed[cluster as usize / 32] |= 1 << (cluster % 32);
            let link = self.table.link(cluster)?;
            claim.count += 1;
            claim.last = Some((cluster, link));
            match link {
                Link::Next(next) => cluster = next,
                _ => break,
            }
        }
        Ok(claim)
    }

    fn can_claim(&mut self, cluster: u32) -> Result<bool, Errno> {
        Ok(self.exists(cluster)
            && !self.is_claimed(cluster)
            && self.table.link(cluster)? != Link::Free
            && !self.table.is_bad(cluster)?)
    }

    fn exists(&self, cluster: u32) -> bool {
        (CLUSTER_FIRST..self.table.geometry.cluster_end()).contains(&cluster)
    }

    fn is_claimed(&self, cluster: u32) -> bool {
        self.claimed[cluster as usize / 32] & 1 << (cluster % 32) != 0
    }

    /// Lets `..` of the directory at `first` lead to `parent`.
    fn check_parent(&mut self, first: u32, parent: u32) -> Result<(), Errno> {
        let root = self.table.geometry.root_cluster;
        let expected = if parent == root { 0 } else { parent };
        let is_wrong = parent_of(self.table, first).is_ok_and(|found| found != expected);
        self.report.mended_links += u32::from(is_wrong);
        if is_wrong { self.mend(|table| set_parent(table, first, parent)) } else { Ok(()) }
    }

    /// Takes out the name of `item`, the file that came last in `walk`.
    fn take_out(&mut self, walk: &mut Walk, item: &Item) -> Result<(), Errno> {
        match walk.directory() {
            Some(directory) if self.mends => directory.remove(self.table, item),
            _ => Ok(()),
        }
    }

    fn put(&mut self, item: &Item, slot: &Slot) -> Result<(), Errno> {
        self.mend(|table| put_slot(table, item.place, slot))
    }

    fn mend(&mut self, mend: impl FnOnce(&mut Table) -> Result<(), Errno>) -> Result<(), Errno> {
        if self.mends { mend(self.table) } else { Ok(()) }
    }

    /// Frees what nobody claimed, once no directory on the disk has it, and makes the copies of
    /// the table alike.
    fn finish(&mut self) -> Result<(), Errno> {
        self.table.flush()?;
        let mut free = 0;
        for cluster in CLUSTER_FIRST..self.table.geometry.cluster_end() {
            if self.is_claimed(cluster) {
                continue;
            }
            let link = self.table.link(cluster)?;
            if link != Link::Free && !self.table.is_bad(cluster)? {
                self.report.freed_clusters += 1;
                self.table.free_one(cluster)?;
                free += 1;
            }
            free += u32::from(link == Link::Free);
        }
        self.report.copied_blocks = self.table.mend_copies()?;
        self.table.hint = CLUSTER_FIRST;
        self.table.free = Some(free);
        self.table.flush()
    }
}
