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
    /// A directory.
    pub const DIRECTORY: u8 = 3;
    /// A file of bytes.
    pub const REGULAR_FILE: u8 = 4;
    /// A socket for datagrams.
    pub const SOCKET_DATAGRAM: u8 = 5;
    /// A connection, or what connections come to.
    pub const SOCKET_STREAM: u8 = 6;
    /// A symbolic link.
    pub const SYMBOLIC_LINK: u8 = 7;
}

/// How a descriptor behaves, one bit each (`fdflags`).
pub mod fdflags {
    /// Writes go to the end of the file.
    pub const APPEND: u16 = 1;
    /// What was written is durable when the call returns.
    pub const DSYNC: u16 = 1 << 1;
    /// Calls answer "again" instead of waiting.
    pub const NONBLOCK: u16 = 1 << 2;
    /// What is read is durable before the call returns.
    pub const RSYNC: u16 = 1 << 3;
    /// As [`DSYNC`], and all else that is known about the file is durable too.
    pub const SYNC: u16 = 1 << 4;
}

/// How a path is opened, one bit each (`oflags`).
pub mod oflags {
    /// Make the file if there is none.
    pub const CREATE: u16 = 1;
    /// Refuse anything but a directory.
    pub const DIRECTORY: u16 = 1 << 1;
    /// Refuse a file that exists.
    pub const EXCLUSIVE: u16 = 1 << 2;
    /// Cut the file to no bytes.
    pub const TRUNCATE: u16 = 1 << 3;
}

/// How a path is resolved, one bit each (`lookupflags`).
pub mod lookupflags {
    /// Follow a symbolic link that the path ends at.
    pub const SYMLINK_FOLLOW: u32 = 1;
}

/// Which times to set, one bit each (`fstflags`).
pub mod fstflags {
    /// When the file was last read, to the time given.
    pub const ACCESSED: u32 = 1;
    /// When the file was last read, to now.
    pub const ACCESSED_NOW: u32 = 1 << 1;
    /// When the file was last written, to the time given.
    pub const MODIFIED: u32 = 1 << 2;
    /// When the file was last written, to now.
    pub const MODIFIED_NOW: u32 = 1 << 3;
}

/// What may be done with a descriptor, one bit each (`rights`).
pub mod rights {
    /// `fd_datasync`.
    pub const FD_DATASYNC: u64 = 1;
    /// `fd_read`.
    pub const FD_READ: u64 = 1 << 1;
    /// `fd_seek`; with it also `fd_tell`.
    pub const FD_SEEK: u64 = 1 << 2;
    /// `fd_fdstat_set_flags`.
    pub const FD_FDSTAT_SET_FLAGS: u64 = 1 << 3;
    /// `fd_sync`.
    pub const FD_SYNC: u64 = 1 << 4;
    /// `fd_tell`.
    pub const FD_TELL: u64 = 1 << 5;
    /// `fd_write`.
    pub const FD_WRITE: u64 = 1 << 6;
    /// `fd_advise`.
    pub const FD_ADVISE: u64 = 1 << 7;
    /// `fd_allocate`.
    pub const FD_ALLOCATE: u64 = 1 << 8;
    /// `path_create_directory`.
    pub const PATH_CREATE_DIRECTORY: u64 = 1 << 9;
    /// `path_open` that makes a file.
    pub const PATH_CREATE_FILE: u64 = 1 << 10;
    /// `path_link` of a file here.
    pub const PATH_LINK_SOURCE: u64 = 1 << 11;
    /// `path_link` to a name here.
    pub const PATH_LINK_TARGET: u64 = 1 << 12;
    /// `path_open`.
    pub const PATH_OPEN: u64 = 1 << 13;
    /// `fd_readdir`.
    pub const FD_READDIR: u64 = 1 << 14;
    /// `path_readlink`.
    pub const PATH_READLINK: u64 = 1 << 15;
    /// `path_rename` of a name here.
    pub const PATH_RENAME_SOURCE: u64 = 1 << 16;
    /// `path_rename` to a name here.
    pub const PATH_RENAME_TARGET: u64 = 1 << 17;
    /// `path_filestat_get`.
    pub const PATH_FILESTAT_GET: u64 = 1 << 18;
    /// `path_open` that truncates a file.
    pub const PATH_FILESTAT_SET_SIZE: u64 = 1 << 19;
    /// `path_filestat_set_times`.
    pub const PATH_FILESTAT_SET_TIMES: u64 = 1 << 20;
    /// `fd_filestat_get`.
    pub const FD_FILESTAT_GET: u64 = 1 << 21;
    /// `fd_filestat_set_size`.
    pub const FD_FILESTAT_SET_SIZE: u64 = 1 << 22;
    /// `fd_filestat_set_times`.
    pub const FD_FILESTAT_SET_TIMES: u64 = 1 << 23;
    /// `path_symlink`.
    pub const PATH_SYMLINK: u64 = 1 << 24;
    /// `path_remove_directory`.
    pub const PATH_REMOVE_DIRECTORY: u64 = 1 << 25;
    /// `path_unlink_file`.
    pub const PATH_UNLINK_FILE: u64 = 1 << 26;
    /// `poll_oneoff` on the descriptor.
    pub const POLL_FD_READWRITE: u64 = 1 << 27;
    /// `sock_shutdown`.
    pub const SOCK_SHUTDOWN: u64 = 1 << 28;
    /// `sock_accept`.
    pub const SOCK_ACCEPT: u64 = 1 << 29;
}

/// What an offset is relative to (`whence`). `wasi_unstable` counts the same three from
/// [`CURRENT`](whence::CURRENT) on.
pub mod whence {
    /// The start of the file.
    pub const START: u32 = 0;
    /// The position.
    pub const CURRENT: u32 = 1;
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
    /// The file system: u64.
    pub const DEVICE: u32 = 0;
    /// The file within it: u64.
    pub const INODE: u32 = 8;
    /// One of [`filetype`](super::filetype): u8.
    pub const FILETYPE: u32 = 16;
    /// How many names the file has: u64.
    pub const LINKS: u32 = 24;
    /// Its length in bytes: u64.
    pub const LENGTH: u32 = 32;
    /// When it was last read, in nanoseconds: u64.
    pub const ACCESSED: u32 = 40;
    /// When it was last written, in nanoseconds: u64.
    pub const MODIFIED: u32 = 48;
    /// When anything about it last changed, in nanoseconds: u64.
    pub const CHANGED: u32 = 56;
    /// Size of the struct.
    pub const BYTES: u32 = 64;
    /// How many names the file has, in `wasi_unstable`: u32.
    pub const UNSTABLE_LINKS: u32 = 20;
    /// Size of the struct in `wasi_unstable`, where the count of links has 4 bytes and all after
    /// it lies 8 bytes lower.
    pub const UNSTABLE_BYTES: u32 = 56;
}

/// What a descriptor was opened for before the program started (`prestat`).
pub mod prestat {
    /// [`TAG_DIRECTORY`]: u8.
    pub const TAG: u32 = 0;
    /// Length of the directory's path in bytes: u32.
    pub const NAME_LENGTH: u32 = 4;
    /// Size of the struct.
    pub const BYTES: u32 = 8;

    /// It is a directory.
    pub const TAG_DIRECTORY: u8 = 0;
}

/// What stands before each name of a directory (`dirent`).
pub mod dirent {
    /// Where the next name is found: u64.
    pub const NEXT: u32 = 0;
    /// The file of that name, or 0 if it is not known: u64.
    pub const INODE: u32 = 8;
    /// Length of the name, which follows, in bytes: u32.
    pub const NAME_LENGTH: u32 = 16;
    /// One of [`filetype`](super::filetype): u8.
    pub const FILETYPE: u32 = 20;
    /// Size of the struct.
    pub const BYTES: u32 = 24;
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
