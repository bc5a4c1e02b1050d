//! The libc shim: WASI preview 1, which is what C, Rust and Go have for an operating system, and
//! WasmEdge's extension of it by sockets that programs open themselves.
//!
//! Path of a call: guest `fd_write` → [`link`] → `Wasi::fd_write` → [`Output::write`], which the
//! kernel implements on the console, or [`Handle::write`](service_files::Handle::write), if the
//! descriptor is a file below one of the app's mounts. Every call checks all its pointers before
//! it does anything, does at most [`WORK_BYTES_MAX`] of work before it returns short or parks, and
//! answers a bad pointer with `EFAULT`. Source: WASI preview 1, `wasi_snapshot_preview1.witx`; programs built
//! for the snapshot before it (`wasi_unstable`) get the same calls with its layouts.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod args;
mod clocks;
mod descriptors;
mod devices;
mod directory;
mod files;
mod filestat;
#[cfg(test)]
mod guests;
mod link;
mod network;
mod paths;
mod poll;
mod positions;
mod process;
mod random;
mod rights;
mod sockets;
mod state;
mod streams;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod transfers;
mod vectors;
mod wasmedge;

pub use devices::Device;
pub use link::link;
pub use network::{Network, Readiness};
pub use sockets::takes_listeners;
pub use streams::{Input, Output, Read};

use abi::Errno;
use alloc::boxed::Box;
use alloc::vec::Vec;
use args::Strings;
use clocks::Clocks;
use descriptors::Descriptors;
use device::{Clock, Rng};
use runtime::{Events, GuestMemory, Outcome, Pool, Until, Wait};
use service_files::Mount;
use streams::Streams;

/// Bytes that one host call moves at most before it returns short or parks.
pub const WORK_BYTES_MAX: u32 = 64 << 10;

/// What an app finds around it when it starts.
pub struct Surroundings<'a> {
    /// The program's arguments; the zeroth is its own name.
    pub args: &'a [&'a str],
    /// Environment variables as name and value.
    pub env: &'a [(&'a str, &'a str)],
    /// Standard input, descriptor 0.
    pub input: Box<dyn Input>,
    /// Standard output, descriptor 1.
    pub output: Box<dyn Output>,
    /// Standard error, descriptor 2.
    pub errors: Box<dyn Output>,
    /// Directories that the app was granted, from descriptor 3 on.
    pub mounts: Vec<Mount>,
    /// What the app's descriptors take memory from.
    pub pool: &'static (dyn Pool + Sync),
    /// The machine's clock.
    pub clock: &'static dyn Clock,
    /// What the wall clock shows, in nanoseconds since 1970-01-01T00:00:00Z, when `clock` shows
    /// this. It never goes back.
    pub wall_ns: fn(u64) -> u64,
    /// The machine's source of random bytes.
    pub rng: &'static dyn Rng,
}

/// What WASI knows about one app.
pub struct Wasi {
    args: Strings,
    env: Strings,
    descriptors: Descriptors,
    streams: Streams,
    clocks: Clocks,
    rng: &'static dyn Rng,
    network: Option<Box<dyn Network>>,
}

impl Wasi {
    /// The state of an app that starts with these `surroundings`.
    pub fn new(surroundings: Surroundings<'_>) -> Self {
        let Surroundings { args, env, input, output, errors, mounts, pool, .. } = surroundings;
        let Surroundings { clock, wall_ns, rng, .. } = surroundings;

        Self {
            args: Strings::of_args(args),
            env: Strings::of_env(env),
            descriptors: Descriptors::new(mounts, pool),
            streams: Streams { input, output, errors },
            clocks: Clocks::new(clock, wall_ns),
            rng,
            network: None,
        }
    }

    /// Gives the app a network, and `listeners` on it under the next numbers.
    ///
    /// # Errors
    ///
    /// [`Errno::ManyFiles`] or [`Errno::NoMemory`] if there is no room for so many descriptors.
    pub fn with_network(
        mut self,
        network: Box<dyn Network>,
        listeners: &[u32],
    ) -> Result<Self, Errno> {
        self.network = Some(network);
        for &listener in listeners {
            self.open_listener(listener)?;
        }
        Ok(self)
    }
}

/// Checks that all `length_bytes` bytes at guest address `at` exist, at no cost to the guest.
fn check(memory: &mut GuestMemory<'_>, at: u32, length_bytes: u32) -> Result<(), Errno> {
    let end = at.checked_add(length_bytes).ok_or(Errno::Fault)?;
    memory.slice(end, 0).map(|_| ())
}

/// Parks the guest; `resume` goes on with the call when `until` holds.
fn wait(
    until: Until,
    resume: impl FnOnce(&mut GuestMemory<'_>, &mut Wasi) -> Result<Outcome<Wasi>, Errno>
    + Send
    + 'static,
) -> Outcome<Wasi> {
    Outcome::Wait(Wait { until, resume: Box::new(resume) })
}

/// Until any of `events`, however long that takes.
fn on(events: Events) -> Until {
    Until { at_ns: None, events }
}

/// Stores the field `value` at `offset` in a guest's struct.
///
/// # Panics
///
/// If the field reaches over the end of `buffer`: offset and size are ours, not the guest's.
fn put<const N: usize>(buffer: &mut [u8], offset: u32, value: [u8; N]) {
    let start = offset as usize;
    buffer[start..start + N].copy_from_slice(&value);
}
