//! What a file system may take, and from whom.

use abi::Errno;

/// Memory that files draw on. The kernel implements it over its heap, so that a file is refused
/// before the heap's reserve is touched.
pub trait Room: Sync {
    /// Whether `bytes` more can be allocated now. Nothing is reserved.
    fn can_take(&self, bytes: usize) -> bool;
}

/// The limit of one file system and what of it is in use.
pub(super) struct Budget {
    limit_bytes: u64,
    used_bytes: u64,
    room: &'static dyn Room,
}

impl Budget {
    pub(super) fn new(limit_bytes: u64, room: &'static dyn Room) -> Self {
        Self { limit_bytes, used_bytes: 0, room }
    }

    /// Takes `bytes`, which are then allocated.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Errno> {
        let used_bytes = self.used_bytes.saturating_add(bytes as u64);
        if used_bytes > self.limit_bytes || !self.room.can_take(bytes) {
            return Err(Errno::NoSpace);
        }
        self.used_bytes = used_bytes;
        Ok(())
    }

    pub(super) fn give_back(&mut self, bytes: usize) {
        self.used_bytes = self.used_bytes.saturating_sub(bytes as u64);
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used_bytes
    }
}
