//! WASI preview 1: the table of its calls, and the numbers and layouts of its types.
//!
//! One module stands for each type of `typenames.witx`, under the type's own name. In a module
//! of a struct, `BYTES` is the size and every other constant the offset of a field in bytes.

mod calls;

pub use calls::{CALLS, Call, WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE, find};

/// Clocks (`clockid`).
pub mod clockid {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub const REALTIME: u32 = 0;
    /// Nanoseconds since some moment, never stepping back.
    pub const MONOTONIC: u32 = 1;
    /// Time that the process spent running.
    pub const PROCESS_CPUTIME: u32 = 2;
    /// Time that the thread spent running.
    pub const THREAD_CPUTIME: u32 = 3;
}

/// What a descriptor stands for (`filetype`).
pub mod filetype {
    /// None of the others; what a pipe is.
    pub const UNKNOWN: u8 = 0;
    /// A character device, such as a terminal.
    pub const CHARACTER_DEVICE: u8 = 2;
}

/// How a descriptor behaves, one bit each (`fdflags`).
pub mod fdflags {
    /// Writes go to the end of the file.
    pub const APPEND: u16 = 1;
    /// Calls answer "again" instead of waiting.
    pub const NONBLOCK: u16 = 1 << 2;
}

/// What may be done with a descriptor, one bit each (`rights`).
pub mod rights {
    /// `fd_read`.
    pub const FD_READ: u64 = 1 << 1;
    /// `fd_fdstat_set_flags`.
    pub const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    /// `fd_write`.
    pub const FD_WRITE: u64 = 1 << 6;
    /// `fd_filestat_get`.
    pub const FD_FILESTAT_GET: u64 = 1 << 21;
    /// `poll_oneoff` on the descriptor.
    pub const POLL_FD_READWRITE: u64 = 1 << 27;
}

/// What an offset is relative to (`whence`).
pub mod whence {
    /// The end of the file.
    pub const END: u32 = 2;
}

/// A buffer for scattered reads and gathered writes (`iovec` and `ciovec`).
pub mod iovec {
    /// Address of the buffer: u32.
    pub const ADDRESS: u32 = 0;
    /// Length of the buffer in bytes: u32.
    pub const LENGTH: u32 = 4;
    /// Size of the struct.
    pub const BYTES: u32 = 8;
}

/// The state of a descriptor (`fdstat`).
pub mod fdstat {
    /// One of [`filetype`](super::filetype): u8.
    pub const FILETYPE: u32 = 0;
    /// Bits of [`fdflags`](super::fdflags): u16.
    pub const FLAGS: u32 = 2;
    /// Bits of [`rights`](super::rights) of the descriptor: u64.
    pub const RIGHTS_BASE: u32 = 8;
    /// Bits of [`rights`](super::rights) of what is opened through it: u64.
    pub const RIGHTS_INHERITING: u32 = 16;
    /// Size of the struct.
    pub const BYTES: u32 = 24;
}

/// What is known about a file (`filestat`).
pub mod filestat {
    /// One of [`filetype`](super::filetype): u8.
    pub const FILETYPE: u32 = 16;
    /// Size of the struct.
    pub const BYTES: u32 = 64;
    /// Size of the struct in `wasi_unstable`, where the count of links has 4 bytes and all after
    /// it lies 8 bytes lower.
    pub const UNSTABLE_BYTES: u32 = 56;
}

/// What a descriptor was opened for before the program started (`prestat`).
pub mod prestat {
    /// Size of the struct.
    pub const BYTES: u32 = 8;
}

/// Something to wait for (`subscription`).
pub mod subscription {
    /// What the event repeats to the guest: u64.
    pub const USERDATA: u32 = 0;
    /// One of [`eventtype`](super::eventtype): u8.
    pub const TAG: u32 = 8;
    /// The descriptor of a read or a write: u32.
    pub const DESCRIPTOR: u32 = 16;
    /// One of [`clockid`](super::clockid): u32.
    pub const CLOCK_ID: u32 = 16;
    /// When, in nanoseconds: u64.
    pub const CLOCK_TIMEOUT: u32 = 24;
    /// [`CLOCK_FLAG_ABSOLUTE`] or nothing: u16.
    pub const CLOCK_FLAGS: u32 = 40;
    /// Size of the struct.
    pub const BYTES: u32 = 48;

    /// The timeout counts from the clock's zero, not from now.
    pub const CLOCK_FLAG_ABSOLUTE: u16 = 1;

    /// Size of the struct in `wasi_unstable`, where a user's identifier stands before the fields
    /// of a clock, which lie 8 bytes higher.
    pub const UNSTABLE_BYTES: u32 = 56;
}

/// What a subscription waits for and an event reports (`eventtype`).
pub mod eventtype {
    /// A clock reached a time.
    pub const CLOCK: u8 = 0;
    /// A descriptor can be read.
    pub const FD_READ: u8 = 1;
    /// A descriptor can be written.
    pub const FD_WRITE: u8 = 2;
}

/// Something that was waited for (`event`).
pub mod event {
    /// The subscription's own: u64.
    pub const USERDATA: u32 = 0;
    /// Errno of this subscription: u16.
    pub const ERROR: u32 = 8;
    /// One of [`eventtype`](super::eventtype): u8.
    pub const TYPE: u32 = 10;
    /// Bytes that can be read or written: u64.
    pub const READY_BYTES: u32 = 16;
    /// [`FLAG_HANGUP`] or nothing: u16.
    pub const FLAGS: u32 = 24;
    /// Size of the struct.
    pub const BYTES: u32 = 32;

    /// The other side has ended.
    pub const FLAG_HANGUP: u16 = 1;
}
