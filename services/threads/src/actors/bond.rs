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
        let mut state = self.bond.state();
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
        let mut state = self.bond.state();
        let count = self.waiting_bytes(&mut state)?.min(buffer.len());
        let bytes = &mut state.channels[self.receives()].bytes;
        buffer[..count].copy_from_slice(&bytes[..count]);
        bytes.drain(..count);
        self.bond.changed(state);
        Some(count)
    }

    /// How many bytes [`Self::receive`] would give at most; takes none.
    pub fn peek(&self) -> Option<usize> {
        self.waiting_bytes(&mut self.bond.state())
    }

    /// How many bytes [`Self::send`] would take at most; some, if it would fail. If there is no
    /// room, the calling task is woken when that may have changed.
    pub fn room_bytes(&self) -> usize {
        let mut state = self.bond.state();
        // Whoever is gone has left no bytes behind.
        let room_bytes = CHANNEL_BYTES - state.channels[self.sends].bytes.len();
        if room_bytes == 0 {
            self.wait(&mut state);
        }
        room_bytes
    }

    /// Nothing more will be sent.
    pub fn shutdown(&self) {
        let mut state = self.bond.state();
        state.channels[self.sends].is_shut = true;
        self.bond.changed(state);
    }

    /// How the app ended that was started. `None` if it has not, as for [`Self::send`].
    pub(super) fn ending(&self) -> Option<Ending> {
        let mut state = self.bond.state();
        if state.ending.is_none() {
            self.wait(&mut state);
        }
        state.ending
    }

    /// Does something while the app that was started cannot come to its end.
    pub(super) fn unless_ended(&self, body: impl FnOnce()) {
        let state = self.bond.state();
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
        let mut state = self.bond.state();
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
        let mut state = self.bond.state();
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
    /// What both sides share. Taking a lock is code worth having once.
    #[inline(never)]
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Wakes all who wait, without the lock.
    fn changed(&self, mut state: MutexGuard<'_, State>) {
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(|task| self.tasks.wake(task));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;

    /// The calling task is always 7.
    #[derive(Default)]
    struct Tasks {
        woken: Mutex<Vec<u32>>,
    }

    impl Wake for Tasks {
        fn wake(&self, task: u32) {
            self.woken.lock().push(task);
        }

        fn current(&self) -> u32 {
            7
        }
    }

    impl Tasks {
        fn take_woken(&self) -> Vec<u32> {
            mem::take(&mut self.woken.lock())
        }
    }

    fn tied() -> (&'static Tasks, Side, Birth) {
        let tasks: &'static Tasks = Box::leak(Box::default());
        let (side, birth) = tie(tasks);
        (tasks, side, birth)
    }

    #[test]
    fn bytes_come_in_the_order_in_which_they_were_sent() {
        let (_, parent, child) = tied();
        let mut buffer = [0; 4];

        assert_eq!(parent.send(b"abc"), Ok(Some(3)));
        assert_eq!(parent.send(b"de"), Ok(Some(2)));
        assert_eq!(child.side.send(b"up"), Ok(Some(2)));

        assert_eq!((child.side.receive(&mut buffer), &buffer), (Some(4), b"abcd"));
        assert_eq!((child.side.receive(&mut buffer), buffer[0]), (Some(1), b'e'));
        assert_eq!((parent.receive(&mut buffer), &buffer[..2]), (Some(2), &b"up"[..]));
    }

    #[test]
    fn who_finds_nothing_is_woken_once_by_what_comes() {
        let (tasks, parent, child) = tied();

        assert_eq!(child.side.receive(&mut [0; 4]), None);
        assert_eq!(child.side.peek(), None);
        assert_eq!(tasks.take_woken(), []);
        assert_eq!(parent.send(b"x"), Ok(Some(1)));
        assert_eq!(tasks.take_woken(), [7]);
        assert_eq!(parent.send(b"y"), Ok(Some(1)));
        assert_eq!(tasks.take_woken(), []);
    }

    #[test]
    fn a_full_channel_takes_no_byte_until_there_is_room() {
        let (tasks, parent, child) = tied();

        assert_eq!(parent.send(&[1; CHANNEL_BYTES + 1]), Ok(Some(CHANNEL_BYTES)));
        assert_eq!(parent.send(&[2]), Ok(None));
        assert_eq!(parent.room_bytes(), 0);
        assert_eq!(child.side.receive(&mut [0; 3]), Some(3));
        assert_eq!(tasks.take_woken(), [7]);
        assert_eq!(parent.send(&[2; 5]), Ok(Some(3)));
    }

    #[test]
    fn after_a_shutdown_the_rest_comes_and_then_the_end() {
        let (tasks, parent, child) = tied();
        assert_eq!(parent.send(b"x"), Ok(Some(1)));

        parent.shutdown();

        assert_eq!(parent.send(b"y"), Err(Errno::Pipe));
        assert_eq!(child.side.receive(&mut [0; 4]), Some(1));
        assert_eq!(child.side.receive(&mut [0; 4]), Some(0));
        assert_eq!(child.side.send(b"up"), Ok(Some(2)), "the other way is open");
        assert_eq!(tasks.take_woken(), []);
    }

    #[test]
    fn who_waits_is_woken_when_the_other_side_goes() {
        let (tasks, parent, child) = tied();
        assert_eq!(parent.receive(&mut [0; 4]), None);

        drop(child.side);

        assert_eq!(tasks.take_woken(), [7]);
        assert_eq!(parent.receive(&mut [0; 4]), Some(0));
        assert_eq!(parent.send(b"x"), Err(Errno::Pipe));
        assert_eq!(parent.room_bytes(), CHANNEL_BYTES, "to write shows that nobody reads");
    }

    #[test]
    fn what_nobody_will_receive_is_gone_at_once_and_makes_no_room() {
        let (_, parent, child) = tied();
        assert_eq!(parent.send(&[1; CHANNEL_BYTES]), Ok(Some(CHANNEL_BYTES)));

        drop(child.side);

        assert_eq!(parent.send(&[1]), Err(Errno::Pipe));
        assert_eq!(parent.bond.state.lock().channels[DOWN].bytes.capacity(), 0);
    }

    #[test]
    fn an_end_is_told_once_and_to_who_waits() {
        let (tasks, parent, child) = tied();
        let exited = Ending { how: ending::EXITED, code: 3 };
        assert_eq!(parent.ending(), None);

        child.teller.tell(exited);
        drop(child.teller);

        assert_eq!(tasks.take_woken(), [7]);
        assert_eq!(parent.ending(), Some(exited));
        parent.unless_ended(|| panic!("it has ended"));
    }

    #[test]
    fn an_app_of_which_nothing_is_told_was_killed() {
        let (_, parent, child) = tied();
        let mut is_running = false;
        parent.unless_ended(|| is_running = true);
        assert!(is_running);

        drop(child);

        assert_eq!(parent.ending(), Some(Ending { how: ending::KILLED, code: 0 }));
    }
}
