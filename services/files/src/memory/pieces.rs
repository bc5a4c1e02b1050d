//! Pieces of memory by number: what files and directories consist of.
//!
//! A sorted list, since each type of map is some kilobytes of code. To add one in the middle
//! moves the others, 24 bytes for each piece of 4 KiB.

use super::budget::Budget;
use abi::Errno;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What one piece takes beside its bytes: its place in a list that has just been doubled, and what
/// the heap rounds up.
const OVERHEAD_BYTES: usize = 64;

#[derive(Default)]
pub(super) struct Pieces(Vec<(u64, Box<[u8]>)>);

impl Pieces {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where the piece `key` is, or else where it would be.
    fn find(&self, key: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&key, |(key, _)| *key)
    }

    pub(super) fn get(&self, key: u64) -> Option<&[u8]> {
        let place = self.find(key).ok()?;
        Some(&self.0[place].1)
    }

    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut [u8]> {
        let place = self.find(key).ok()?;
        Some(&mut self.0[place].1)
    }

    /// The first piece from `key` on.
    pub(super) fn from(&self, key: u64) -> Option<(u64, &[u8])> {
        let place = self.find(key).unwrap_or_else(|place| place);
        self.0.get(place).map(|(key, piece)| (*key, &**piece))
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
        if piece.try_reserve_exact(length_bytes).is_err() || self.0.try_reserve(1).is_err() {
            budget.give_back(cost_bytes);
            return Err(Errno::NoSpace);
        }
        piece.resize(at, 0);
        piece.extend_from_slice(bytes);
        piece.resize(length_bytes, 0);
        let piece = (key, piece.into_boxed_slice());
        match self.find(key) {
            Ok(place) => self.0[place] = piece,
            Err(place) => self.0.insert(place, piece),
        }
        Ok(())
    }

    pub(super) fn remove(&mut self, key: u64, budget: &mut Budget) {
        if let Ok(place) = self.find(key) {
            let (_, piece) = self.0.remove(place);
            budget.give_back(piece.len() + OVERHEAD_BYTES);
            self.forget_room();
        }
    }

    /// Removes all pieces from `key` on.
    pub(super) fn cut(&mut self, key: u64, budget: &mut Budget) {
        let place = self.find(key).unwrap_or_else(|place| place);
        for (_, piece) in self.0.drain(place..) {
            budget.give_back(piece.len() + OVERHEAD_BYTES);
        }
        self.forget_room();
    }

    /// Gives the list itself back when nothing is in it.
    fn forget_room(&mut self) {
        if self.0.is_empty() {
            self.0 = Vec::new();
        }
    }
}
