//! Where a file's clusters are, as far as anybody asked.

use super::table::{Run, Table};
use abi::Errno;
use alloc::vec::Vec;

/// Pieces that are remembered of one file.
const PIECES_MAX: usize = 256;

/// Clusters that follow each other in the file and on the disk.
#[derive(Clone, Copy)]
struct Piece {
    /// Place of the first within the file.
    index: u32,
    run: Run,
}

impl Piece {
    fn end(&self) -> u32 {
        self.index + self.run.count
    }
}

/// A file's clusters.
pub(super) struct Chain {
    first: u32,
    /// By index. There may be gaps.
    pieces: Vec<Piece>,
}

impl Chain {
    /// The chain that begins with the cluster `first`; none for 0.
    pub(super) fn new(first: u32) -> Self {
        Self { first, pieces: Vec::new() }
    }

    pub(super) fn first(&self) -> u32 {
        self.first
    }

    /// The cluster at place `index`, and how many follow it on the disk: up to `wanted` if there
    /// are so many. `None` if the chain is shorter.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`], also for a chain that is broken.
    pub(super) fn locate(
        &mut self,
        table: &mut Table,
        index: u32,
        wanted: u32,
    ) -> Result<Option<Run>, Errno> {
        // No chain is longer than all clusters, unless it comes back to itself.
        if self.first == 0 || index >= table.geometry.clusters {
            return Ok(None);
        }
        let mut at = self.piece_before(index);
        while self.pieces[at].end() <= index {
            match self.go_on(table, at)? {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        while self.pieces[at].end() - index < wanted && self.go_on(table, at)? == Some(at) {}
        let Piece { index: from, run } = self.pieces[at];
        let skipped = index - from;
        Ok(Some(Run { cluster: run.cluster + skipped, count: run.count - skipped }))
    }

    /// Forgets all from place `index` on.
    pub(super) fn forget_from(&mut self, index: u32) {
        self.pieces.retain(|piece| piece.index < index);
        if let Some(last) = self.pieces.last_mut() {
            last.run.count = last.run.count.min(index - last.index);
        }
    }

    /// The last piece that begins at `index` or before.
    fn piece_before(&mut self, index: u32) -> usize {
        if self.pieces.len() == PIECES_MAX {
            let mut keeps = false;
            self.pieces.retain(|_| {
                keeps = !keeps;
                keeps
            });
        }
        if self.pieces.is_empty() {
            self.pieces.push(Piece { index: 0, run: Run { cluster: self.first, count: 1 } });
        }
        // The first piece's index is 0.
        self.pieces.partition_point(|piece| piece.index <= index) - 1
    }

    /// Looks for what follows piece `at`: it grows, or another comes next. `None` at the end.
    fn go_on(&mut self, table: &mut Table, at: usize) -> Result<Option<usize>, Errno> {
        let Piece { index, run } = self.pieces[at];
        let end = index + run.count;
        if self.pieces.get(at + 1).is_some_and(|next| next.index == end) {
            return Ok(Some(at + 1));
        }
        let last = run.cluster + run.count - 1;
        let Some(next) = table.next(last)? else { return Ok(None) };
        if next == last + 1 {
            self.pieces[at].run.count += 1;
            return Ok(Some(at));
        }
        let piece = Piece { index: end, run: Run { cluster: next, count: 1 } };
        self.pieces.insert(at + 1, piece);
        Ok(Some(at + 1))
    }
}
