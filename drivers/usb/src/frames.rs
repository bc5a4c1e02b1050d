//! Frames of the network adapter: those that came, those that go, and the memory for more.

use core::mem;

use device::Frame;

use crate::ring::Ring;

/// Bytes for one frame. QEMU hands over a frame at once only where there is room for more than
/// 1536 bytes, and each packet 250 µs after the one before otherwise.
pub const FRAME_MEMORY_BYTES: usize = 2048;

/// Frames that may wait to be read.
pub const RECEIVED_MAX: usize = 16;

/// Frames that may wait to be sent.
pub const SENDING_MAX: usize = 8;

/// Whose memory a frame is.
const RECEIVED: u8 = 0;
const SENDING: u8 = 1;

/// All frames, and what is known of their adapter.
pub(crate) struct Frames {
    /// Memory to receive in.
    pub(crate) empty: Ring<&'static mut [u8], RECEIVED_MAX>,
    received: Ring<Frame, RECEIVED_MAX>,
    free: Ring<&'static mut [u8], SENDING_MAX>,
    pub(crate) sending: Ring<Frame, SENDING_MAX>,
    /// The adapter's device, and what is known of it.
    pub(crate) adapter: Option<(usize, device::Link)>,
    adapters: u32,
    /// What comes next is the rest of a frame that had no room.
    is_rest: bool,
}

impl Frames {
    /// Frames in the memory that `take` gives, as much as it has.
    pub(crate) fn new(take: &mut dyn FnMut() -> Option<&'static mut [u8]>) -> Self {
        let mut frames = Self {
            empty: Ring::new(),
            received: Ring::new(),
            free: Ring::new(),
            sending: Ring::new(),
            adapter: None,
            adapters: 0,
            is_rest: false,
        };
        (0..SENDING_MAX).filter_map(|_| take()).for_each(|memory| frames.take_free(memory));
        (0..RECEIVED_MAX).filter_map(|_| take()).for_each(|memory| frames.take_empty(memory));
        frames
    }

    /// Takes memory that nobody needs, which came from `kind`.
    fn take_in(&mut self, memory: &'static mut [u8], kind: u8) {
        if kind == RECEIVED { self.empty.push(memory) } else { self.free.push(memory) }
    }

    /// Takes memory to receive in.
    pub(crate) fn take_empty(&mut self, memory: &'static mut [u8]) {
        self.take_in(memory, RECEIVED);
    }

    /// Takes memory to send from.
    pub(crate) fn take_free(&mut self, memory: &'static mut [u8]) {
        self.take_in(memory, SENDING);
    }

    pub(crate) fn plug(&mut self, device: usize, address: [u8; 6]) {
        self.adapters = self.adapters.wrapping_add(1);
        self.is_rest = false;
        let link = device::Link { address, is_up: true, adapter: self.adapters };
        self.adapter = Some((device, link));
    }

    /// Forgets the adapter, if it is this device, and all that waits.
    pub(crate) fn unplug(&mut self, device: usize) {
        if self.adapter.is_some_and(|(own, _)| own == device) {
            self.adapter = None;
            while let Some(frame) = self.received.pop().or_else(|| self.sending.pop()) {
                self.give_back(frame);
            }
        }
    }

    /// A frame came, of this length; an empty one is none.
    pub(crate) fn arrive(&mut self, memory: &'static mut [u8], length_bytes: usize) {
        let was_rest = mem::replace(&mut self.is_rest, length_bytes == memory.len());
        let is_frame = (1..=device::FRAME_BYTES_MAX).contains(&length_bytes) && !was_rest;
        if !is_frame || self.adapter.is_none() {
            self.take_empty(memory);
        } else {
            self.received.push(Frame::new(memory, length_bytes, RECEIVED));
        }
    }

    pub(crate) fn receive(&mut self) -> Option<Frame> {
        self.received.pop()
    }

    pub(crate) fn reserve(&mut self) -> Option<Frame> {
        let memory = self.free.pop()?;
        Some(Frame::new(memory, device::FRAME_BYTES_MAX, SENDING))
    }

    /// Puts a frame with those to be sent.
    pub(crate) fn send(&mut self, frame: Frame) {
        let (memory, length_bytes, kind) = frame.into_parts();
        if kind == SENDING && length_bytes > 0 && self.adapter.is_some() {
            self.sending.push(Frame::new(memory, length_bytes, kind));
        } else {
            self.take_in(memory, kind);
        }
    }

    pub(crate) fn give_back(&mut self, frame: Frame) {
        let (memory, _, kind) = frame.into_parts();
        self.take_in(memory, kind);
    }

    /// Whether there is no memory to receive in.
    pub(crate) fn is_full(&self) -> bool {
        self.empty.is_empty()
    }

    pub(crate) fn set_up(&mut self, is_up: bool) {
        if let Some((_, link)) = &mut self.adapter {
            link.is_up = is_up;
        }
    }
}
