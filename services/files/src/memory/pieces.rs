//! Pieces of memory by number: what files and directories consist of.
//!
//! One type for both, since each type of map is some kilobytes of code.

use super::budget::Budget;
use abi::Errno;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// What one piece takes beside its bytes: its share of a half full leaf of the map, and what the
/// heap rounds up.
const OVERHEAD_BYTES: usize = 64;

#[derive(Default)]
pub(super) struct Pieces(BTreeMap<u64, Box<[u8]>>);

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, key: u64) -> Option<&[u8]> {
        self.0.get(&key).map(|piece| &**piece)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut [u8]> {
        self.0.get_mut(&key).map(|piece| &mut **piece)
    }

    /// The first piece from `key` on.
    pub(super) fn from(&self, key: u64) -> Option<(u64, &[u8])> {
        self.0.range(key..).next().map(|(key, piece)| (*key, &**piece))
    }

    /// Adds a piece of `length_bytes` that holds `bytes` from `at` on, and else zeros.
    pub(super) fn insert(
        &mut self,
        key: u64,
        length_bytes: usize,
        at: usize,
        bytes: &[u8],
        budget: &mut Budget,
    ) -> Result<(), Errno> {
        let cost_bytes = length_bytes + OVERHEAD_BYTES;
        budget.take(cost_bytes)?;
        let mut piece = Vec::new();
        if piece.try_reserve_exact(length_bytes).is_err() {
            budget.give_back(cost_bytes);
            return Err(Errno::NoSpace);
        }
        piece.resize(at, 0);
        piece.extend_from_slice(bytes);
        piece.resize(length_bytes, 0);
        self.0.insert(key, piece.into_boxed_slice());
        Ok(())
    }

    pub(super) fn remove(&mut self, key: u64, budget: &mut Budget) {
        if let Some(piece) = self.0.remove(&key) {
            budget.give_back(piece.len() + OVERHEAD_BYTES);
        }
    }

    /// Removes all pieces from `key` on.
    pub(super) fn cut(&mut self, key: u64, budget: &mut Budget) {
        while let Some((last, _)) = self.0.last_key_value()
            && *last >= key
        {
            let last = *last;
            self.remove(last, budget);
        }
    }
}
