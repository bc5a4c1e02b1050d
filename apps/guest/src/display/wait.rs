//! A surface as a descriptor of WASI: reading its events, and waiting for them.
//!
//! Source: WASI preview 1, `wasi_snapshot_preview1.witx`.

use core::time::Duration;

use super::event::EVENT_BYTES;
use crate::{Errno, answer};

/// A flag of descriptors: nothing waits in `fd_read`.
const NONBLOCK: u32 = 1 << 2;
/// The clock that never goes back.
const MONOTONIC: u64 = 1;
const CLOCK: u64 = 0;
const FD_READ: u64 = 1;

/// What to wait for (`subscription`), as 64-bit words: what the caller knows it by, which kind it
/// is, and of a clock its number, for how long, how exactly, and flags.
type Subscription = [u64; 6];
/// What has happened (`event`), as 64-bit words.
type Happened = [u64; 4];

mod imports {
    use super::{Happened, Subscription};

    /// Room for bytes (`iovec`).
    #[repr(C)]
    pub(super) struct Room {
        pub(super) at: *mut u8,
        pub(super) length_bytes: usize,
    }

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        /// Reads into some rooms, and stores how many bytes.
        pub(super) fn fd_read(
            descriptor: u32,
            rooms: *const Room,
            rooms_length: usize,
            read_bytes: *mut usize,
        ) -> u32;

        /// Closes it.
        pub(super) safe fn fd_close(descriptor: u32) -> u32;

        /// Sets its flags.
        pub(super) safe fn fd_fdstat_set_flags(descriptor: u32, flags: u32) -> u32;

        /// Waits for the first of some, and stores what has happened, and how much.
        pub(super) fn poll_oneoff(
            subscriptions: *const Subscription,
            happened: *mut Happened,
            count: usize,
            happened_count: *mut usize,
        ) -> u32;
    }
}

/// Reading gives "try again" instead of waiting from now on.
pub(super) fn never_in_read(surface: u32) -> Result<(), Errno> {
    answer(imports::fd_fdstat_set_flags(surface, NONBLOCK), ())
}

pub(super) fn close(surface: u32) {
    imports::fd_close(surface);
}

/// An event that has happened, if one has.
pub(super) fn read(surface: u32) -> Option<[u8; EVENT_BYTES]> {
    let (mut event, mut read_bytes) = ([0; EVENT_BYTES], 0);
    let room = imports::Room { at: event.as_mut_ptr(), length_bytes: EVENT_BYTES };
    // SAFETY: `room` describes `event`, and the kernel writes nothing but that and `read_bytes`.
    let errno = unsafe { imports::fd_read(surface, &room, 1, &mut read_bytes) };
    (errno == 0 && read_bytes == EVENT_BYTES).then_some(event)
}

/// Waits until there is an event, or for so long.
pub(super) fn until_readable(surface: u32, limit: Option<Duration>) {
    let limit_ns = limit.map_or(0, |limit| limit.as_nanos().try_into().unwrap_or(u64::MAX));
    let subscriptions: [Subscription; 2] =
        [[0, FD_READ, surface.into(), 0, 0, 0], [1, CLOCK, MONOTONIC, limit_ns, 0, 0]];
    let (mut happened, mut count) = ([[0; 4]; 2], 0);
    // SAFETY: there are as many subscriptions as are said, room for as many events, and the kernel
    // writes nothing but these and `count`.
    unsafe {
        imports::poll_oneoff(
            subscriptions.as_ptr(),
            happened.as_mut_ptr(),
            1 + usize::from(limit.is_some()),
            &mut count,
        )
    };
}
