//! A disk that records what it is asked for and fails as told, and a clock that a test sets.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};
use device::{BLOCK_BYTES, BlockDevice, BlockError, Clock};
use spin::Mutex;

const DISK_BLOCKS: usize = 1024;

/// What a disk was asked for: blocks from the first, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Read(u64, usize),
    Write(u64, usize),
    Flush,
}

pub(super) struct Disk {
    state: Mutex<State>,
}

pub(super) struct State {
    bytes: Vec<u8>,
    calls: Vec<Call>,
    pub(super) is_absent: bool,
    pub(super) is_read_only: bool,
    /// Transfers that touch this block fail.
    pub(super) bad_block: Option<u64>,
}

impl Disk {
    /// A disk whose blocks differ.
    pub(super) fn new() -> Self {
        let bytes = (0..DISK_BLOCKS * BLOCK_BYTES).map(|at| (at / BLOCK_BYTES) as u8).collect();
        let calls = Vec::new();
        let state = State { bytes, calls, is_absent: false, is_read_only: false, bad_block: None };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
    }

    /// What it was asked for since the last look.
    pub(super) fn calls(&self) -> Vec<Call> {
        core::mem::take(&mut self.state.lock().calls)
    }

    /// All that is on it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.state.lock().bytes.clone()
    }

    /// The first byte of `block`.
    pub(super) fn byte(&self, block: usize) -> u8 {
        self.state.lock().bytes[block * BLOCK_BYTES]
    }
}

impl State {
    fn check(&self, first: u64, count: usize) -> Result<(), BlockError> {
        let range = first..first + count as u64;
        match self.bad_block {
            _ if self.is_absent => Err(BlockError::Absent),
            Some(block) if range.contains(&block) => Err(BlockError::Corrupt),
            _ => Ok(()),
        }
    }
}

impl BlockDevice for Disk {
    fn blocks(&self) -> u64 {
        if self.state.lock().is_absent { 0 } else { DISK_BLOCKS as u64 }
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        let mut state = self.state.lock();
        let count = buffer.len() / BLOCK_BYTES;
        state.calls.push(Call::Read(first, count));
        state.check(first, count)?;
        buffer.copy_from_slice(&state.bytes[first as usize * BLOCK_BYTES..][..buffer.len()]);
        Ok(())
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        let mut state = self.state.lock();
        let count = data.len() / BLOCK_BYTES;
        state.calls.push(Call::Write(first, count));
        state.check(first, count)?;
        state.bytes[first as usize * BLOCK_BYTES..][..data.len()].copy_from_slice(data);
        Ok(())
    }

    fn flush(&self) -> Result<(), BlockError> {
        let mut state = self.state.lock();
        state.calls.push(Call::Flush);
        state.check(0, 0)
    }

    fn is_read_only(&self) -> bool {
        self.state.lock().is_read_only
    }

    fn revive(&self) -> Result<(), BlockError> {
        self.state.lock().is_absent = false;
        Ok(())
    }
}

/// A clock that a test sets.
pub(super) struct HandClock(AtomicU64);

impl HandClock {
    pub(super) fn set(&self, now_ns: u64) {
        self.0.store(now_ns, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        1
    }
}

pub(super) fn clock() -> &'static HandClock {
    Box::leak(Box::new(HandClock(AtomicU64::new(0))))
}
