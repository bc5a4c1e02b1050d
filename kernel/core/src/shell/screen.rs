//! What the shell has to show and the console has not taken yet.

use alloc::vec::Vec;
use core::fmt;

/// Bytes for the terminal, in order.
#[derive(Default)]
pub struct Screen {
    bytes: Vec<u8>,
    /// How many of them are shown.
    shown: usize,
}

impl Screen {
    /// Adds bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is to be shown.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.shown..]
    }

    /// Whether all is shown.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Drops the first `count` bytes, which are shown.
    pub fn discard(&mut self, count: usize) {
        self.shown = self.shown.saturating_add(count);
        if self.shown >= self.bytes.len() {
            // The list of a thousand apps is not kept for ever.
            *self = Self::default();
        }
    }
}

impl fmt::Write for Screen {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}
