//! Descriptors: what the numbers stand for that a program reads from and writes to.
//!
//! So far these are the three standard streams. A stream that is a terminal is a character
//! device without the rights to seek and tell, by which wasi-libc's `isatty` knows it and
//! buffers output by line. Any other stream is of unknown type, as wasmtime has it for a pipe,
//! and libc buffers its output fully.

use crate::{Wasi, check, put};
use abi::Errno;
use abi::wasi::{fdflags, fdstat, filestat, filetype, prestat, rights};
use alloc::vec::Vec;
use runtime::GuestMemory;

/// One of the three standard streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Input,
    Output,
    Errors,
}

/// An open descriptor.
pub(crate) struct Descriptor {
    number: u32,
    pub(crate) stream: Stream,
    flags: u16,
}

impl Descriptor {
    fn new(number: u32, stream: Stream) -> Self {
        Self { number, stream, flags: 0 }
    }

    /// Whether the guest wants [`Errno::Again`] instead of a wait.
    pub(crate) fn is_nonblocking(&self) -> bool {
        self.flags & fdflags::NONBLOCK != 0
    }

    fn rights(&self) -> u64 {
        let direction = match self.stream {
            Stream::Input => rights::FD_READ,
            Stream::Output | Stream::Errors => rights::FD_WRITE,
        };
        let all = rights::FD_FDSTAT_SET_FLAGS | rights::FD_FILESTAT_GET | rights::POLL_FD_READWRITE;
        direction | all
    }
}

/// The open descriptors of one app.
pub(crate) struct Descriptors {
    open: Vec<Descriptor>,
}

impl Descriptors {
    /// The three standard streams under their usual numbers.
    pub(crate) fn of_streams() -> Self {
        let streams = [Stream::Input, Stream::Output, Stream::Errors];
        let open = (0..).zip(streams).map(|(number, stream)| Descriptor::new(number, stream));
        Self { open: open.collect() }
    }

    /// The open descriptor `number`.
    pub(crate) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        self.index(number).map(|index| &self.open[index])
    }

    fn close(&mut self, number: u32) -> Result<Descriptor, Errno> {
        self.index(number).map(|index| self.open.swap_remove(index))
    }

    fn index(&self, number: u32) -> Result<usize, Errno> {
        let mut open = self.open.iter();
        open.position(|descriptor| descriptor.number == number).ok_or(Errno::BadDescriptor)
    }
}

impl Wasi {
    /// Closes descriptor `fd`.
    pub(crate) fn fd_close(&mut self, fd: u32) -> Result<(), Errno> {
        self.descriptors.close(fd).map(|_| ())
    }

    /// Gives descriptor `from` the number `to`, and closes what had that number.
    ///
    /// `to` must be open, as in wasmtime: a guest cannot choose a fresh number.
    pub(crate) fn fd_renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.descriptors.index(to)?;
        let moved = self.descriptors.close(from)?;

        self.descriptors.open.retain(|descriptor| descriptor.number != to);
        self.descriptors.open.push(Descriptor { number: to, ..moved });
        Ok(())
    }

    /// Writes type, flags and rights of descriptor `fd`.
    pub(crate) fn fd_fdstat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, fdstat::BYTES)?;
        let descriptor = self.descriptors.get(fd)?;
        let filetype = self.filetype(descriptor.stream);
        let rights = descriptor.rights();

        buffer.fill(0);
        put(buffer, fdstat::FILETYPE, [filetype]);
        put(buffer, fdstat::FLAGS, descriptor.flags.to_le_bytes());
        put(buffer, fdstat::RIGHTS_BASE, rights.to_le_bytes());
        put(buffer, fdstat::RIGHTS_INHERITING, rights.to_le_bytes());
        Ok(())
    }

    /// Sets the flags of descriptor `fd`. Of those that there are, a stream can be appended to,
    /// which it always is, and made not to wait.
    pub(crate) fn fd_fdstat_set_flags(&mut self, fd: u32, flags: u32) -> Result<(), Errno> {
        let index = self.descriptors.index(fd)?;
        let settable = fdflags::APPEND | fdflags::NONBLOCK;
        let flags = u16::try_from(flags).map_err(|_| Errno::Invalid)?;
        if flags & !settable != 0 {
            return Err(Errno::Invalid);
        }

        self.descriptors.open[index].flags = flags;
        Ok(())
    }

    /// Writes what is known about descriptor `fd` as a file: of a stream, its type.
    ///
    /// `LENGTH_BYTES` is [`filestat::BYTES`] or [`filestat::UNSTABLE_BYTES`].
    pub(crate) fn fd_filestat_get<const LENGTH_BYTES: u32>(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, LENGTH_BYTES)?;
        let filetype = self.filetype(self.descriptors.get(fd)?.stream);

        buffer.fill(0);
        put(buffer, filestat::FILETYPE, [filetype]);
        Ok(())
    }

    /// Answers that no descriptor is a directory opened for the app before it started.
    pub(crate) fn fd_prestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        _fd: u32,
        at: u32,
    ) -> Result<(), Errno> {
        check(memory, at, prestat::BYTES)?;
        Err(Errno::BadDescriptor)
    }

    /// Answers that no descriptor is a directory opened for the app before it started.
    pub(crate) fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        _fd: u32,
        at: u32,
        length_bytes: u32,
    ) -> Result<(), Errno> {
        check(memory, at, length_bytes)?;
        Err(Errno::BadDescriptor)
    }

    fn filetype(&self, stream: Stream) -> u8 {
        if self.streams.is_terminal(stream) {
            filetype::CHARACTER_DEVICE
        } else {
            filetype::UNKNOWN
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, memory_of};

    const NONBLOCK: u32 = 4;

    fn fdstat(wasi: &mut Wasi, fd: u32) -> Result<[u8; 24], Errno> {
        let mut bytes = [0xff; 24];
        wasi.fd_fdstat_get(&mut memory_of(&mut bytes), fd, 0)?;
        Ok(bytes)
    }

    #[test]
    fn a_terminal_is_a_character_device_that_cannot_seek_or_tell() {
        let machine = Machine::new();
        machine.make_terminal();
        let mut wasi = machine.wasi();

        for fd in 0..3 {
            let stat = fdstat(&mut wasi, fd).unwrap();
            assert_eq!(stat[0], 2);
            assert_eq!(stat[8] & (1 << 2 | 1 << 5), 0);
        }
    }

    #[test]
    fn a_pipe_has_an_unknown_type() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(fdstat(&mut wasi, 1).unwrap()[0], 0);
    }

    #[test]
    fn input_may_be_read_and_the_outputs_written() {
        let mut wasi = Machine::new().wasi();
        let (read, write) = (1 << 1, 1 << 6);

        assert_eq!(fdstat(&mut wasi, 0).unwrap()[8] & (read | write), read);
        assert_eq!(fdstat(&mut wasi, 1).unwrap()[8] & (read | write), write);
        assert_eq!(fdstat(&mut wasi, 2).unwrap()[8] & (read | write), write);
    }

    #[test]
    fn flags_that_were_set_are_reported() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.fd_fdstat_set_flags(0, NONBLOCK), Ok(()));

        assert_eq!(fdstat(&mut wasi, 0).unwrap()[2..4], [4, 0]);
        assert_eq!(fdstat(&mut wasi, 1).unwrap()[2..4], [0, 0]);
    }

    #[test]
    fn flags_that_a_stream_cannot_have_are_invalid() {
        let mut wasi = Machine::new().wasi();

        for flags in [1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 16, u32::MAX] {
            let result = wasi.fd_fdstat_set_flags(0, flags);
            assert_eq!(result, Err(Errno::Invalid), "{flags:#x}");
        }
    }

    #[test]
    fn a_closed_descriptor_is_bad() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.fd_close(1), Ok(()));

        assert_eq!(fdstat(&mut wasi, 1), Err(Errno::BadDescriptor));
        assert_eq!(wasi.fd_close(1), Err(Errno::BadDescriptor));
        assert!(fdstat(&mut wasi, 2).is_ok());
    }

    #[test]
    fn renumbering_moves_a_descriptor_over_another() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.fd_renumber(0, 2), Ok(()));

        assert_eq!(fdstat(&mut wasi, 0), Err(Errno::BadDescriptor));
        assert_eq!(wasi.descriptors.get(2).unwrap().stream, Stream::Input);
    }

    #[test]
    fn renumbering_to_itself_changes_nothing() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.fd_renumber(1, 1), Ok(()));

        assert_eq!(wasi.descriptors.get(1).unwrap().stream, Stream::Output);
    }

    #[test]
    fn renumbering_needs_both_to_be_open() {
        let mut wasi = Machine::new().wasi();

        let fresh = wasi.fd_renumber(1, 9);
        let unknown = wasi.fd_renumber(9, 1);

        assert_eq!(fresh, Err(Errno::BadDescriptor));
        assert_eq!(unknown, Err(Errno::BadDescriptor));
        assert!(fdstat(&mut wasi, 1).is_ok());
    }

    #[test]
    fn no_directory_is_open_from_the_start() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = [0; 8];
        let memory = &mut memory_of(&mut bytes);

        assert_eq!(wasi.fd_prestat_get(memory, 3, 0), Err(Errno::BadDescriptor));
        assert_eq!(wasi.fd_prestat_dir_name(memory, 3, 0, 8), Err(Errno::BadDescriptor));
    }

    #[test]
    fn the_older_snapshots_filestat_is_8_bytes_shorter() {
        let machine = Machine::new();
        machine.make_terminal();
        let mut wasi = machine.wasi();
        let mut bytes = [0xff; 65];

        let memory = &mut memory_of(&mut bytes);
        let result = wasi.fd_filestat_get::<{ filestat::UNSTABLE_BYTES }>(memory, 0, 0);
        assert_eq!(result, Ok(()));
        assert_eq!((bytes[16], bytes[55], bytes[56]), (2, 0, 0xff));

        let memory = &mut memory_of(&mut bytes);
        let result = wasi.fd_filestat_get::<{ filestat::BYTES }>(memory, 0, 0);
        assert_eq!(result, Ok(()));
        assert_eq!((bytes[16], bytes[63], bytes[64]), (2, 0, 0xff));
    }
}
