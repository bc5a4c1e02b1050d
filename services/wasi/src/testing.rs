//! A machine for tests: a clock that stands still, streams that a test writes and reads, and a
//! source of random bytes that are all `0xa5`. With the feature `testing` others have it too.

extern crate std;

#[cfg(test)]
mod medium;
#[cfg(test)]
pub(crate) mod network;
#[cfg(test)]
mod program;

#[cfg(test)]
pub(crate) use medium::Medium;
#[cfg(test)]
pub(crate) use network::FakeNetwork;
#[cfg(test)]
pub(crate) use program::{ALL, CREATE, DIRECTORY, EXCLUSIVE, FOLLOW, NOFOLLOW, Program, TRUNCATE};

use crate::{Input, Output, Read, Surroundings, Wasi};
use abi::Errno;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use device::{Clock, Rng, RngError};
use runtime::Pool;
#[cfg(test)]
use runtime::{GuestMemory, Outcome, Wait};
use service_files::{Access, Handle, MemoryFiles, Mount, Room, shared};
use std::string::String;
use std::sync::Mutex;
use std::vec;

/// Where the machine's wall clock starts.
pub const WALL_BASE_NS: u64 = 1_800_000_000_000_000_000;

/// Bytes that files in memory may take.
const FILES_BYTES_MAX: u64 = 16 << 20;

/// An empty directory in memory, mounted at `at`.
///
/// # Panics
///
/// Never: its limit has room for a directory.
pub fn memory_mount(at: &str, device: u64, access: Access) -> Mount {
    let files = MemoryFiles::new(FILES_BYTES_MAX, &Plenty, WALL_BASE_NS).expect("there is room");
    let directory = Handle::root(shared(files), device, access);
    Mount { at: String::from(at), directory }
}

/// Memory without end.
pub(crate) struct Plenty;

impl Room for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

impl Pool for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// The guest memory that `bytes` is.
#[cfg(test)]
pub(crate) fn memory_of(bytes: &mut [u8]) -> GuestMemory<'_> {
    GuestMemory::new(bytes)
}

/// What a call returned that did not wait or exit.
#[cfg(test)]
pub(crate) fn finish(outcome: Result<Outcome<Wasi>, Errno>) -> Result<i32, Errno> {
    match outcome? {
        Outcome::Return(value) => Ok(value),
        Outcome::Wait(wait) => panic!("waits until {:?}", wait.until),
        Outcome::Exit(code) => panic!("exits with {code}"),
    }
}

/// The wait that a call ended in.
#[cfg(test)]
pub(crate) fn waits(outcome: Result<Outcome<Wasi>, Errno>) -> Wait<Wasi> {
    match outcome {
        Ok(Outcome::Wait(wait)) => wait,
        other => panic!("did not wait: {:?}", finish(other)),
    }
}

#[derive(Default)]
struct State {
    now_ns: u64,
    entropy_from_ns: u64,
    is_terminal: bool,
    typed: VecDeque<u8>,
    has_ended: bool,
    ends_read: u32,
    room_bytes: usize,
    output: Vec<u8>,
    output_calls: u32,
    errors: Vec<u8>,
}

/// The machine; clones are the same one.
#[derive(Clone)]
pub struct Machine(Arc<Mutex<State>>);

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// A machine with nothing typed, no terminal and all the room there is, at time 0.
    pub fn new() -> Self {
        let machine = Self(Arc::default());
        machine.start_over();
        machine
    }

    /// Makes the machine as good as new; apps on it stay on it.
    pub fn start_over(&self) {
        self.state(|state| *state = State { room_bytes: usize::MAX, ..State::default() });
    }

    /// An app on this machine, with a name and one variable.
    pub fn wasi(&self) -> Wasi {
        self.wasi_with(&["app"], &[("A", "1")])
    }

    /// An app with these arguments, the zeroth included, and these variables.
    pub fn wasi_with(&self, args: &[&str], env: &[(&str, &str)]) -> Wasi {
        self.wasi_in(args, env, Vec::new())
    }

    /// An app with an empty directory in memory, mounted at `/`.
    pub fn wasi_with_files(&self) -> Wasi {
        self.wasi_on(vec![memory_mount("/", 1, Access::ReadWrite)])
    }

    /// An app with these mounts.
    pub fn wasi_on(&self, mounts: Vec<Mount>) -> Wasi {
        self.wasi_in(&["app"], &[("A", "1")], mounts)
    }

    fn wasi_in(&self, args: &[&str], env: &[(&str, &str)], mounts: Vec<Mount>) -> Wasi {
        let machine: &'static Machine = Box::leak(Box::new(self.clone()));
        Wasi::new(Surroundings {
            args,
            env,
            input: Box::new(self.clone()),
            output: Box::new(Sink { machine: self.clone(), is_errors: false }),
            errors: Box::new(Sink { machine: self.clone(), is_errors: true }),
            mounts,
            pool: &Plenty,
            clock: machine,
            wall_ns: |now_ns| WALL_BASE_NS + now_ns,
            rng: machine,
        })
    }

    /// Sets the clock, in nanoseconds since power-on.
    pub fn set_now_ns(&self, now_ns: u64) {
        self.state(|state| state.now_ns = now_ns);
    }

    /// From this time on the machine has random bytes; without this call it always has.
    pub fn have_entropy_from_ns(&self, from_ns: u64) {
        self.state(|state| state.entropy_from_ns = from_ns);
    }

    /// All streams are a terminal from now on.
    pub fn make_terminal(&self) {
        self.state(|state| state.is_terminal = true);
    }

    /// Standard input has these bytes too.
    pub fn type_in(&self, bytes: &[u8]) {
        self.state(|state| state.typed.extend(bytes));
    }

    /// Standard input ends after what was typed.
    pub fn end_input(&self) {
        self.state(|state| state.has_ended = true);
    }

    /// How often the end of standard input was read.
    pub fn ends_read(&self) -> u32 {
        self.state(|state| state.ends_read)
    }

    /// Standard output and error together take so many bytes more.
    pub fn set_room_bytes(&self, room_bytes: usize) {
        self.state(|state| state.room_bytes = room_bytes);
    }

    /// What was written to standard output.
    pub fn output(&self) -> Vec<u8> {
        self.state(|state| state.output.clone())
    }

    /// How often standard output or error was written to.
    pub fn output_calls(&self) -> u32 {
        self.state(|state| state.output_calls)
    }

    /// What was written to standard error.
    pub fn errors(&self) -> Vec<u8> {
        self.state(|state| state.errors.clone())
    }

    fn state<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.0.lock().unwrap())
    }
}

impl Clock for Machine {
    fn now_ns(&self) -> u64 {
        self.state(|state| state.now_ns)
    }

    fn resolution_ns(&self) -> u64 {
        16
    }
}

impl Rng for Machine {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        if self.state(|state| state.now_ns < state.entropy_from_ns) {
            return Err(RngError::NotReady);
        }
        buffer.fill(0xa5);
        Ok(())
    }
}

impl Input for Machine {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let answer = self.poll();
        self.state(|state| match answer {
            Read::Bytes(waiting_bytes) => {
                let length_bytes = waiting_bytes.min(buffer.len());
                for (to, byte) in buffer.iter_mut().zip(state.typed.drain(..length_bytes)) {
                    *to = byte;
                }
                Read::Bytes(length_bytes)
            }
            Read::Empty => Read::Empty,
            Read::End => {
                state.ends_read += 1;
                Read::End
            }
        })
    }

    fn poll(&mut self) -> Read {
        self.state(|state| match state.typed.len() {
            0 if state.has_ended => Read::End,
            0 => Read::Empty,
            length_bytes => Read::Bytes(length_bytes),
        })
    }

    fn is_terminal(&self) -> bool {
        self.state(|state| state.is_terminal)
    }
}

struct Sink {
    machine: Machine,
    is_errors: bool,
}

impl Output for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        self.machine.state(|state| {
            let taken_bytes = bytes.len().min(state.room_bytes);
            state.room_bytes -= taken_bytes;
            state.output_calls += 1;
            let sink = if self.is_errors { &mut state.errors } else { &mut state.output };
            sink.extend_from_slice(&bytes[..taken_bytes]);
            Ok(taken_bytes)
        })
    }

    fn room_bytes(&mut self) -> usize {
        self.machine.state(|state| state.room_bytes)
    }

    fn is_terminal(&self) -> bool {
        self.machine.state(|state| state.is_terminal)
    }
}
