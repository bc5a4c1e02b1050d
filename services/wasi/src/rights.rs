//! Rights: which calls a descriptor allows, and what the others answer.
//!
//! A program asks for rights when it opens a file, and gets those of them that mean something for
//! what it opened. It may give some up later, and never gains any. A call that a kind of file
//! cannot do at all is one that it has no right to, with an error that says why.

use crate::descriptors::Target;
use crate::sockets::Kind as SocketKind;
use abi::Errno;
use abi::wasi::{oflags, rights::*};
use service_files::Kind;

/// What can be done with a file of bytes.
const FILE: u64 = FD_DATASYNC
    | FD_READ
    | FD_SEEK
    | FD_FDSTAT_SET_FLAGS
    | FD_SYNC
    | FD_TELL
    | FD_WRITE
    | FD_ADVISE
    | FD_ALLOCATE
    | FD_FILESTAT_GET
    | FD_FILESTAT_SET_SIZE
    | FD_FILESTAT_SET_TIMES
    | POLL_FD_READWRITE;

/// What can be done at the paths of a directory.
const PATHS: u64 = PATH_CREATE_DIRECTORY
    | PATH_CREATE_FILE
    | PATH_LINK_SOURCE
    | PATH_LINK_TARGET
    | PATH_OPEN
    | PATH_READLINK
    | PATH_RENAME_SOURCE
    | PATH_RENAME_TARGET
    | PATH_FILESTAT_GET
    | PATH_FILESTAT_SET_SIZE
    | PATH_FILESTAT_SET_TIMES
    | PATH_SYMLINK
    | PATH_REMOVE_DIRECTORY
    | PATH_UNLINK_FILE
    | FD_READDIR;

/// What can be done with a directory.
const DIRECTORY: u64 = PATHS | FD_DATASYNC | FD_SYNC | FD_FILESTAT_GET | FD_FILESTAT_SET_TIMES;

/// What can be done with bytes, of which a directory has none.
const BYTES: u64 =
    FD_READ | FD_WRITE | FD_SEEK | FD_TELL | FD_ALLOCATE | FD_ADVISE | FD_FILESTAT_SET_SIZE;

/// What can be done with bytes that have a position, as those of a stream have not.
const POSITIONS: u64 = FD_SEEK | FD_TELL | FD_ALLOCATE | FD_ADVISE;

/// What can be done with bytes that are kept, as those of a stream are not.
const KEPT: u64 = FD_SYNC | FD_DATASYNC | FD_FILESTAT_SET_SIZE | FD_FILESTAT_SET_TIMES;

/// The rights of a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    /// To the descriptor itself.
    pub(crate) base: u64,
    /// To what is opened through it.
    pub(crate) inheriting: u64,
}

impl Rights {
    /// All that a directory granted to the app can have.
    pub(crate) const GRANTED: Self = Self { base: DIRECTORY, inheriting: DIRECTORY | FILE };

    /// Those of a standard stream that bytes move through in one `direction`.
    pub(crate) fn of_stream(direction: u64) -> Self {
        let base = direction | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;
        Self { base, inheriting: base }
    }

    /// Those of a socket; what comes to a listener can be polled for like bytes.
    pub(crate) fn of_socket(kind: SocketKind) -> Self {
        let common = FD_READ | FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;
        let connection = common | FD_WRITE | SOCK_SHUTDOWN;
        match kind {
            SocketKind::Listener => Self { base: common | SOCK_ACCEPT, inheriting: connection },
            SocketKind::Connection | SocketKind::Datagrams { .. } => {
                Self { base: connection, inheriting: connection }
            }
            // What it may be used for shows when it has become something.
            SocketKind::New { .. } => {
                Self { base: connection | SOCK_ACCEPT, inheriting: connection }
            }
        }
    }

    /// Those that a program asks for when it opens a path below a directory with these rights;
    /// what no file can have is left out.
    ///
    /// # Errors
    ///
    /// [`Errno::NotCapable`] if the directory does not grant them.
    pub(crate) fn derive(self, base: u64, inheriting: u64) -> Result<Self, Errno> {
        let known = DIRECTORY | FILE;
        let asked = Self { base: base & known, inheriting: inheriting & known };
        if (asked.base | asked.inheriting) & !self.inheriting != 0 {
            return Err(Errno::NotCapable);
        }
        Ok(asked)
    }

    /// Those of them that mean something for a file of this kind.
    pub(crate) fn of_kind(self, kind: Kind) -> Self {
        let all = if kind == Kind::Directory { DIRECTORY } else { FILE };
        Self { base: self.base & all, ..self }
    }

    /// Gives up all rights but these.
    ///
    /// # Errors
    ///
    /// [`Errno::NotCapable`] if these are more; nothing is given up then.
    pub(crate) fn shrink(&mut self, base: u64, inheriting: u64) -> Result<(), Errno> {
        if base & !self.base != 0 || inheriting & !self.inheriting != 0 {
            return Err(Errno::NotCapable);
        }
        *self = Self { base, inheriting };
        Ok(())
    }

    /// Whether `target`, which has these rights, may be used as `needed`.
    ///
    /// # Errors
    ///
    /// If not, why.
    pub(crate) fn allow(self, needed: u64, target: &Target) -> Result<(), Errno> {
        // Whoever may move the position may ask for it.
        let tell = if self.base & FD_SEEK != 0 { FD_TELL } else { 0 };
        match needed & !(self.base | tell) {
            0 => Ok(()),
            missing => Err(refusal(missing, target)),
        }
    }
}

/// The error of a call for which `target` misses rights.
fn refusal(missing: u64, target: &Target) -> Errno {
    let is_stream = !matches!(target, Target::File(_));
    let is_directory = target.is_directory();
    if missing & PATHS != 0 && !is_directory {
        Errno::NotDirectory
    } else if missing & BYTES != 0 && is_directory {
        Errno::IsDirectory
    } else if missing & POSITIONS != 0 && is_stream {
        Errno::SeekPipe
    } else if missing & KEPT != 0 && is_stream {
        Errno::Invalid
    } else if missing & (FD_READ | FD_WRITE) != 0 {
        Errno::BadDescriptor
    } else {
        Errno::NotCapable
    }
}

/// What a directory must allow for a path below it to be opened with these [`oflags`].
pub(crate) fn to_open(flags: u16) -> u64 {
    let create = if flags & oflags::CREATE != 0 { PATH_CREATE_FILE } else { 0 };
    let truncate = if flags & oflags::TRUNCATE != 0 { PATH_FILESTAT_SET_SIZE } else { 0 };
    PATH_OPEN | create | truncate
}
