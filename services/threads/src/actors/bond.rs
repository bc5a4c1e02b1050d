//! What is between an app and one that it started.

use super::{Birth, Ending};
use crate::Wake;
use abi::{Errno, actors::ending};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem;
use spin::{Mutex, MutexGuard};

/// Bytes that were sent in one direction and not received yet, at most.
pub const CHANNEL_BYTES: usize = 4096;

/// The channel to the app that was started, and the one from it.
const DOWN: usize = 0;
const UP: usize = 1;

struct Bond {
    tasks: &'static dyn Wake,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    channels: [Channel; 2],
    ending: Option<Ending>,
    /// Tasks of both sides that wait for any change.
    waiting: Vec<u32>,
}

#[derive(Default)]
struct Channel {
    bytes: Vec<u8>,
    /// Nobody will send any more.
    is_shut: bool,
    /// Nobody will receive any more.
    is_deaf: bool,
}

/// One app's side of the bond. When it is dropped, the other finds its channels ended.
pub struct Side {
    bond: Arc<Bond>,
    sends: usize,
}

/// Says how the app ended that was started; if it is dropped before, it was killed.
pub struct Teller {
    bond: Arc<Bond>,
}

/// A bond between an app and one that it is about to start; `tasks` wakes those who wait.
pub(super) fn tie(tasks: &'static dyn Wake) -> (Side, Birth) {
    let bond = Arc::new(Bond { tasks, state: Mutex::default() });
    let side = |sends| Side { bond: Arc::clone(&bond), sends };
    let teller = Teller { bond: Arc::clone(&bond) };
    (side(DOWN), Birth { side: Arc::new(side(UP)), teller })
}

impl Side {
    /// Sends as many of `bytes` as there is room for, and tells how many. If there is none, `None`:
    /// the calling task is woken when that may have changed.
    ///
    /// # Errors
    ///
    /// [`Errno::Pipe`] if nobody will receive them, or [`Self::shutdown`] was called.
    pub fn send(&self, bytes: &[u8]) -> Result<Option<usize>, Errno> {
        let mut state = self.bond.state.lock();
        let channel = &mut state.channels[self.sends];
        if channel.is_deaf || channel.is_shut {
            return Err(Errno::Pipe);
        }
        let count = bytes.len().min(CHANNEL_BYTES - channel.bytes.len());
        if count == 0 && !bytes.is_empty() {
            self.wait(&mut state);
            return Ok(None);
        }
        channel.bytes.extend_from_slice(&bytes[..count]);
        self.bond.changed(state);
        Ok(Some(count))
    }

    /// Receives as many bytes as are there and `buffer` has room for, and tells how many: 0 are the
    /// end. If there are none yet, `None`, as for [`Self::send`].
    pub fn receive(&self, buffer: &mut [u8]) -> Option<usize> {
        let mut state = self.bond.state.lock();
        let count = self.waiting_bytes(&mut state)?.min(buffer.len());
        let bytes = &mut state.channels[self.receives()].bytes;
        buffer[..count].copy_from_slice(&bytes[..count]);
        bytes.drain(..count);
        self.bond.changed(state);
        Some(count)
    }

    /// How many bytes [`Self::receive`] would give at most; takes none.
    pub fn peek(&self) -> Option<usize> {
        self.waiting_bytes(&mut self.bond.state.lock())
    }

    /// How many bytes [`Self::send`] would take at most; some, if it would fail. If there is no
    /// room, the calling task is woken when that may have changed.
    pub fn room_bytes(&self) -> usize {
        let mut state = self.bond.state.lock();
        // Whoever is gone has left no bytes behind.
        let room_bytes = CHANNEL_BYTES - state.channels[self.sends].bytes.len();
        if room_bytes == 0 {
            self.wait(&mut state);
        }
        room_bytes
    }

    /// Nothing more will be sent.
    pub fn shutdown(&self) {
        let mut state = self.bond.state.lock();
        state.channels[self.sends].is_shut = true;
        self.bond.changed(state);
    }

    /// How the app ended that was started. `None` if it has not, as for [`Self::send`].
    pub(super) fn ending(&self) -> Option<Ending> {
        let mut state = self.bond.state.lock();
        if state.ending.is_none() {
            self.wait(&mut state);
        }
        state.ending
    }

    /// Does something while the app that was started cannot come to its end.
    pub(super) fn unless_ended(&self, body: impl FnOnce()) {
        let state = self.bond.state.lock();
        if state.ending.is_none() {
            body();
        }
    }

    fn receives(&self) -> usize {
        DOWN + UP - self.sends
    }

    fn waiting_bytes(&self, state: &mut State) -> Option<usize> {
        let Channel { bytes, is_shut, .. } = &state.channels[self.receives()];
        if bytes.is_empty() && !is_shut {
            self.wait(state);
            return None;
        }
        Some(bytes.len())
    }

    /// Lets the calling task be woken at the next change.
    fn wait(&self, state: &mut State) {
        let task = self.bond.tasks.current();
        if !state.waiting.contains(&task) {
            state.waiting.push(task);
        }
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        let mut state = self.bond.state.lock();
        state.channels[self.sends].is_shut = true;
        let received = &mut state.channels[self.receives()];
        received.is_deaf = true;
        received.bytes = Vec::new();
        self.bond.changed(state);
    }
}

impl Teller {
    /// The app ended so; only the first call counts.
    pub fn tell(&self, ending: Ending) {
        let mut state = self.bond.state.lock();
        state.ending.get_or_insert(ending);
        self.bond.changed(state);
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.tell(Ending { how: ending::KILLED, code: 0 });
    }
}

impl Bond {
    /// Wakes all who wait, without the lock.
    fn changed(&self, mut state: MutexGuard<'_, State>) {
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(|task| self.tasks.wake(task));
    }
}
