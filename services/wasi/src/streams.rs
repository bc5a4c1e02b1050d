//! Standard input, output and error.
//!
//! The kernel implements [`Input`] and [`Output`]; neither ever blocks. When a stream has
//! nothing, or no room, the guest is parked until [`Events::INPUT`] or [`Events::OUTPUT`].

use crate::descriptors::Stream;
use crate::vectors::Vectors;
use crate::{WORK_BYTES_MAX, Wasi, check, on, wait};
use abi::Errno;
use alloc::boxed::Box;
use runtime::{Events, GuestMemory, Outcome};

/// What reading from an [`Input`] gave, or would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// This many bytes, at least 1.
    Bytes(usize),
    /// Nothing yet; [`Events::INPUT`] tells when to try again.
    Empty,
    /// The end: no byte will follow.
    End,
}

/// Where an app's standard input comes from.
pub trait Input: Send {
    /// Moves waiting bytes to the front of `buffer`, which is not empty.
    fn read(&mut self, buffer: &mut [u8]) -> Read;

    /// What a read with a large buffer would answer now; takes nothing.
    fn poll(&mut self) -> Read;

    /// Whether a person types here.
    fn is_terminal(&self) -> bool;
}

/// Where an app's standard output or error goes.
pub trait Output: Send {
    /// Takes as many bytes from the front of `bytes` as fit and tells how many. After a 0,
    /// [`Events::OUTPUT`] tells when to try again.
    fn write(&mut self, bytes: &[u8]) -> usize;

    /// How many bytes would fit now.
    fn room_bytes(&mut self) -> usize;

    /// Whether a person reads here.
    fn is_terminal(&self) -> bool;
}

/// The three streams of one app.
pub(crate) struct Streams {
    pub(crate) input: Box<dyn Input>,
    pub(crate) output: Box<dyn Output>,
    pub(crate) errors: Box<dyn Output>,
}

impl Streams {
    pub(crate) fn is_terminal(&self, stream: Stream) -> bool {
        match stream {
            Stream::Input => self.input.is_terminal(),
            Stream::Output => self.output.is_terminal(),
            Stream::Errors => self.errors.is_terminal(),
        }
    }

    /// The stream to read from; [`Errno::BadDescriptor`] if it is one to write to.
    pub(crate) fn readable(&mut self, stream: Stream) -> Result<&mut dyn Input, Errno> {
        match stream {
            Stream::Input => Ok(&mut *self.input),
            Stream::Output | Stream::Errors => Err(Errno::BadDescriptor),
        }
    }

    /// The stream to write to; [`Errno::BadDescriptor`] if it is one to read from.
    pub(crate) fn writable(&mut self, stream: Stream) -> Result<&mut dyn Output, Errno> {
        match stream {
            Stream::Input => Err(Errno::BadDescriptor),
            Stream::Output => Ok(&mut *self.output),
            Stream::Errors => Ok(&mut *self.errors),
        }
    }
}

/// Which way a call moves bytes between a stream and the guest's memory.
pub(crate) trait Direction: 'static {
    /// What a guest waits for if nothing moves.
    const EVENTS: Events;
    /// Moves what can be moved now.
    const MOVE: Move;
}

/// Tells how many bytes it moved, or `None` if the guest is to wait. A stream that goes the other
/// way is an [`Errno::BadDescriptor`].
type Move = fn(&mut Streams, Stream, &mut GuestMemory<'_>, &Vectors) -> Result<Option<u32>, Errno>;

/// Reads into the buffers; 0 bytes are the end.
pub(crate) enum Reading {}

impl Direction for Reading {
    const EVENTS: Events = Events::INPUT;
    const MOVE: Move = scatter;
}

/// Writes what is in the buffers.
pub(crate) enum Writing {}

impl Direction for Writing {
    const EVENTS: Events = Events::OUTPUT;
    const MOVE: Move = gather;
}

impl Wasi {
    /// Moves bytes between descriptor `fd` and the buffers of a list, and writes their number to
    /// `length_at`. Waits until there is a byte to move, but not until all can be moved.
    pub(crate) fn fd_transfer<D: Direction>(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        length_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        let vectors = Vectors::check(memory, vectors_at, count)?;
        check(memory, length_at, 4)?;
        let descriptor = self.descriptors.get(fd)?;

        match (D::MOVE)(&mut self.streams, descriptor.stream, memory, &vectors)? {
            None if descriptor.is_nonblocking() => Err(Errno::Again),
            None => Ok(wait(on(D::EVENTS), move |memory, wasi| {
                wasi.fd_transfer::<D>(memory, fd, vectors_at, count, length_at)
            })),
            Some(length_bytes) => {
                memory.write(length_at, &length_bytes.to_le_bytes())?;
                Ok(Outcome::Return(0))
            }
        }
    }
}

/// Reads the input into the buffers; `None` if there is nothing yet, else how many bytes it gave.
fn scatter(
    streams: &mut Streams,
    stream: Stream,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Option<u32>, Errno> {
    let input = streams.readable(stream)?;
    let mut read_bytes = 0;

    for index in 0..vectors.count() {
        let buffer = vectors.buffer(memory, index, WORK_BYTES_MAX - read_bytes)?;
        if buffer.is_empty() {
            continue;
        }
        // Once there are bytes to return, an end is left for the next call to find.
        if read_bytes > 0 && !matches!(input.poll(), Read::Bytes(_)) {
            break;
        }
        match input.read(buffer) {
            Read::Empty if read_bytes == 0 => return Ok(None),
            Read::Empty | Read::End => break,
            Read::Bytes(length_bytes) => {
                read_bytes += length_bytes.min(buffer.len()) as u32;
                if length_bytes < buffer.len() {
                    break;
                }
            }
        }
    }
    Ok(Some(read_bytes))
}

/// Writes the buffers to the output until one does not fit; `None` if it has no room for a byte,
/// else how many it took.
fn gather(
    streams: &mut Streams,
    stream: Stream,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Option<u32>, Errno> {
    let output = streams.writable(stream)?;
    let mut written_bytes = 0;

    for index in 0..vectors.count() {
        let buffer = vectors.buffer(memory, index, WORK_BYTES_MAX - written_bytes)?;
        if buffer.is_empty() {
            continue;
        }
        let taken_bytes = output.write(buffer);
        written_bytes += taken_bytes.min(buffer.len()) as u32;
        if taken_bytes < buffer.len() {
            break;
        }
    }
    Ok((written_bytes > 0 || !vectors.has_bytes()).then_some(written_bytes))
}

#[cfg(test)]
mod tests;
