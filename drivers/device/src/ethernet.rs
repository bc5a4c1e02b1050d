//! Network adapters: whole Ethernet frames, in memory that they are sent from and received in.

use core::ops::{Deref, DerefMut};

/// The longest frame: a header of 14 bytes and 1500 bytes. No checksum is part of it.
pub const FRAME_BYTES_MAX: usize = 1514;

/// A network adapter that may be plugged in and pulled at any time.
///
/// Frames belong to the adapter; whoever has one gives it back with [`Ethernet::send`] or
/// [`Ethernet::give_back`], in any order, and may do so after the adapter was pulled.
pub trait Ethernet: Sync {
    /// What is known of the adapter; `None` while there is none.
    fn link(&self) -> Option<Link>;

    /// The oldest frame that was received and not asked for yet.
    fn receive(&self) -> Option<Frame>;

    /// A frame to be filled and sent, as long as one can be; `None` while all that there are
    /// wait to be sent.
    fn reserve(&self) -> Option<Frame>;

    /// Sends what `frame` holds, after those that wait. While there is no adapter it is dropped,
    /// as frames may be at any time.
    fn send(&self, frame: Frame);

    /// Takes back a frame that is not needed any more.
    fn give_back(&self, frame: Frame);
}

/// A network adapter, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its own address.
    pub address: [u8; 6],
    /// Whether a wire connects it to others; an adapter that cannot tell has one.
    pub is_up: bool,
    /// Goes on by one with every adapter that is plugged in.
    pub adapter: u32,
}

/// The bytes of one frame.
pub struct Frame {
    memory: &'static mut [u8],
    length_bytes: usize,
    /// What the driver that made it knows it by.
    kind: u8,
}

impl Frame {
    /// A frame of `length_bytes` in `memory`, or as many as there is memory. `kind` is for the
    /// driver alone.
    #[must_use]
    pub fn new(memory: &'static mut [u8], length_bytes: usize, kind: u8) -> Self {
        let length_bytes = length_bytes.min(memory.len());
        Self { memory, length_bytes, kind }
    }

    /// Makes it `length_bytes` long, or as long as it was if that is less.
    pub fn truncate(&mut self, length_bytes: usize) {
        self.length_bytes = self.length_bytes.min(length_bytes);
    }

    /// All of its memory, its length and its kind, for the driver.
    #[must_use]
    pub fn into_parts(self) -> (&'static mut [u8], usize, u8) {
        (self.memory, self.length_bytes, self.kind)
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.memory[..self.length_bytes]
    }
}

impl DerefMut for Frame {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.memory[..self.length_bytes]
    }
}
