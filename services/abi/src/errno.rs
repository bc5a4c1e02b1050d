//! WASI's error numbers: the one place where an error becomes one.

use core::fmt;

/// Declares [`Errno`] and [`SENTENCES`], so that a number's name and sentence stand in one line.
macro_rules! errnos {
    ($($name:ident = $number:literal: $sentence:literal,)*) => {
        /// Why a call failed, as the guest sees it (`errno` in the witx file).
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub enum Errno {
            $(#[doc = $sentence] $name = $number,)*
        }

        /// What each number means, by number.
        const SENTENCES: [&str; 77] = [$($sentence),*];
    };
}

errnos! {
    Success = 0: "no error occurred",
    TooBig = 1: "argument list too long",
    Access = 2: "permission denied",
    AddressInUse = 3: "address in use",
    AddressNotAvailable = 4: "address not available",
    AddressFamilyNotSupported = 5: "address family not supported",
    Again = 6: "resource unavailable, or the call would wait",
    Already = 7: "connection already in progress",
    BadDescriptor = 8: "bad file descriptor",
    BadMessage = 9: "bad message",
    Busy = 10: "device or resource busy",
    Canceled = 11: "operation canceled",
    Child = 12: "no child processes",
    ConnectionAborted = 13: "connection aborted",
    ConnectionRefused = 14: "connection refused",
    ConnectionReset = 15: "connection reset",
    Deadlock = 16: "resource deadlock would occur",
    DestinationAddressRequired = 17: "destination address required",
    Domain = 18: "argument out of the function's domain",
    Quota = 19: "disk quota exceeded",
    Exists = 20: "file exists",
    Fault = 21: "bad address",
    FileTooBig = 22: "file too large",
    HostUnreachable = 23: "host is unreachable",
    IdentifierRemoved = 24: "identifier removed",
    IllegalSequence = 25: "illegal byte sequence",
    InProgress = 26: "operation in progress",
    Interrupted = 27: "interrupted call",
    Invalid = 28: "invalid argument",
    Io = 29: "input or output error",
    IsConnected = 30: "socket is connected",
    IsDirectory = 31: "is a directory",
    Loop = 32: "too many levels of symbolic links",
    ManyFiles = 33: "too many open files in the app",
    ManyLinks = 34: "too many links",
    MessageSize = 35: "message too large",
    Multihop = 36: "multihop attempted",
    NameTooLong = 37: "file name too long",
    NetworkDown = 38: "network is down",
    NetworkReset = 39: "connection aborted by the network",
    NetworkUnreachable = 40: "network unreachable",
    ManyFilesInSystem = 41: "too many open files in the system",
    NoBuffers = 42: "no buffer space available",
    NoDevice = 43: "no such device",
    NoEntry = 44: "no such file or directory",
    NotExecutable = 45: "executable file format error",
    NoLocks = 46: "no locks available",
    NoLink = 47: "link has been severed",
    NoMemory = 48: "not enough memory",
    NoMessage = 49: "no message of the desired type",
    NoProtocolOption = 50: "protocol option not available",
    NoSpace = 51: "no space left on device",
    NoSys = 52: "call not supported",
    NotConnected = 53: "socket is not connected",
    NotDirectory = 54: "not a directory",
    NotEmpty = 55: "directory not empty",
    NotRecoverable = 56: "state not recoverable",
    NotSocket = 57: "not a socket",
    NotSupported = 58: "not supported",
    NotTerminal = 59: "not a terminal",
    NoDeviceOrAddress = 60: "no such device or address",
    Overflow = 61: "value too large",
    OwnerDead = 62: "previous owner died",
    NotPermitted = 63: "operation not permitted",
    Pipe = 64: "broken pipe",
    Protocol = 65: "protocol error",
    ProtocolNotSupported = 66: "protocol not supported",
    ProtocolType = 67: "wrong protocol type for the socket",
    Range = 68: "result too large",
    ReadOnly = 69: "read-only file system",
    SeekPipe = 70: "a stream cannot be sought",
    NoProcess = 71: "no such process",
    Stale = 72: "stale file handle",
    TimedOut = 73: "timed out",
    TextBusy = 74: "text file busy",
    CrossDevice = 75: "link across devices",
    NotCapable = 76: "capabilities insufficient",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SENTENCES[*self as usize])
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use std::string::ToString;

    // Numbers as the witx file counts them, on purpose not taken from the list above.
    #[test]
    fn errnos_have_the_numbers_of_the_specification() {
        assert_eq!(Errno::Success as u16, 0);
        assert_eq!(Errno::Access as u16, 2);
        assert_eq!(Errno::Again as u16, 6);
        assert_eq!(Errno::BadDescriptor as u16, 8);
        assert_eq!(Errno::Exists as u16, 20);
        assert_eq!(Errno::Fault as u16, 21);
        assert_eq!(Errno::Invalid as u16, 28);
        assert_eq!(Errno::Io as u16, 29);
        assert_eq!(Errno::NameTooLong as u16, 37);
        assert_eq!(Errno::NoEntry as u16, 44);
        assert_eq!(Errno::NoSys as u16, 52);
        assert_eq!(Errno::NotDirectory as u16, 54);
        assert_eq!(Errno::NotSocket as u16, 57);
        assert_eq!(Errno::NotSupported as u16, 58);
        assert_eq!(Errno::Overflow as u16, 61);
        assert_eq!(Errno::Pipe as u16, 64);
        assert_eq!(Errno::SeekPipe as u16, 70);
        assert_eq!(Errno::TimedOut as u16, 73);
        assert_eq!(Errno::NotCapable as u16, 76);
    }

    #[test]
    fn an_errno_prints_the_sentence_of_its_own_line() {
        assert_eq!(Errno::Success.to_string(), "no error occurred");
        assert_eq!(Errno::BadDescriptor.to_string(), "bad file descriptor");
        assert_eq!(Errno::NotCapable.to_string(), "capabilities insufficient");
    }
}
