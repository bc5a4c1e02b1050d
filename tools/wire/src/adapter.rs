//! A network adapter for tests: the machine's end of the cable.

use device::{Ethernet, FRAME_BYTES_MAX, Frame, Link};
use std::collections::VecDeque;
use std::sync::Mutex;

/// The adapter's address.
pub const MAC: [u8; 6] = [0x52, 0x54, 0, 0x12, 0x34, 0x56];

/// Frames that wait for the machine; more are lost.
const FRAMES: usize = 32;

/// An adapter that is nothing but its queues.
pub struct FakeAdapter(Mutex<Queues>);

struct Queues {
    link: Option<Link>,
    free: Vec<Frame>,
    received: VecDeque<Frame>,
    sent: VecDeque<Vec<u8>>,
}

impl FakeAdapter {
    /// One that is plugged in and connected.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it keeps its memory for good")]
    pub fn new() -> Self {
        let memory = || Box::leak(vec![0; FRAME_BYTES_MAX].into_boxed_slice());
        let free = (0..2 * FRAMES).map(|_| Frame::new(memory(), FRAME_BYTES_MAX, 0)).collect();
        let link = Some(Link { address: MAC, is_up: true, adapter: 1 });
        let (received, sent) = (VecDeque::new(), VecDeque::new());
        Self(Mutex::new(Queues { link, free, received, sent }))
    }

    /// Plugs it in, out, or its cable.
    pub fn set_link(&self, link: Option<Link>) {
        self.0.lock().expect("nobody panics while it is held").link = link;
    }

    /// How many frames nobody holds.
    pub fn free(&self) -> usize {
        self.0.lock().expect("nobody panics while it is held").free.len()
    }

    /// Throws away what the machine did not take, and says how many frames nobody holds.
    pub fn drain(&self) -> usize {
        while let Some(frame) = self.receive() {
            self.give_back(frame);
        }
        self.free()
    }

    /// Hands the machine `bytes` as a frame.
    pub fn deliver(&self, bytes: &[u8]) {
        let mut queues = self.0.lock().expect("nobody panics while it is held");
        // As a real one does, it drops what finds no room.
        if queues.received.len() == FRAMES || bytes.len() > FRAME_BYTES_MAX {
            return;
        }
        let Some(frame) = queues.free.pop() else { return };
        let (memory, ..) = frame.into_parts();
        memory[..bytes.len()].copy_from_slice(bytes);
        queues.received.push_back(Frame::new(memory, bytes.len(), 0));
    }

    /// Takes the oldest frame that the machine sent.
    pub fn take_sent(&self) -> Option<Vec<u8>> {
        self.0.lock().expect("nobody panics while it is held").sent.pop_front()
    }
}

impl Ethernet for FakeAdapter {
    fn link(&self) -> Option<Link> {
        self.0.lock().expect("nobody panics while it is held").link
    }

    fn receive(&self) -> Option<Frame> {
        self.0.lock().expect("nobody panics while it is held").received.pop_front()
    }

    fn reserve(&self) -> Option<Frame> {
        self.0.lock().expect("nobody panics while it is held").free.pop()
    }

    fn send(&self, frame: Frame) {
        self.0.lock().expect("nobody panics while it is held").sent.push_back(frame.to_vec());
        self.give_back(frame);
    }

    fn give_back(&self, frame: Frame) {
        let (memory, ..) = frame.into_parts();
        self.0.lock().expect("nobody panics while it is held").free.push(Frame::new(
            memory,
            FRAME_BYTES_MAX,
            0,
        ));
    }
}
