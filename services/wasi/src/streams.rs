//! Standard input, output and error.
//!
//! The kernel implements [`Input`] and [`Output`]; neither ever blocks. When a stream has
//! nothing, or no room, the guest is parked until the stream's event.

use crate::descriptors::{Stream, Target};
use crate::state;
use crate::vectors::Vectors;
use abi::{Errno, wasi::filetype};
use alloc::boxed::Box;
use runtime::{Events, GuestMemory};

/// What reading from an [`Input`] gave, or would give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// This many bytes, at least 1.
    Bytes(usize),
    /// Nothing yet; [`Input::event`] tells when to try again.
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

    /// What happens when there may be bytes again.
    fn event(&self) -> Events {
        Events::INPUT
    }
}

/// Where an app's standard output or error goes.
pub trait Output: Send {
    /// Takes as many bytes from the front of `bytes` as fit and tells how many. After a 0,
    /// [`Output::event`] tells when to try again.
    ///
    /// # Errors
    ///
    /// [`Errno::Pipe`] if nobody reads them any more.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno>;

    /// How many bytes would fit now.
    fn room_bytes(&mut self) -> usize;

    /// Whether a person reads here.
    fn is_terminal(&self) -> bool;

    /// What happens when there may be room again.
    fn event(&self) -> Events {
        Events::OUTPUT
    }
}

/// The three streams of one app.
pub(crate) struct Streams {
    pub(crate) input: Box<dyn Input>,
    pub(crate) output: Box<dyn Output>,
    pub(crate) errors: Box<dyn Output>,
}

impl Streams {
    /// The type of `target`, one of [`filetype`].
    pub(crate) fn filetype(&self, target: &Target) -> u8 {
        let stream = match target {
            Target::File(file) => return state::filetype(file.kind),
            Target::Socket(socket) => return socket.filetype(),
            Target::Device(_) => return filetype::UNKNOWN,
            Target::Stream(stream) => stream,
        };
        let is_terminal = match stream {
            Stream::Input => self.input.is_terminal(),
            Stream::Output => self.output.is_terminal(),
            Stream::Errors => self.errors.is_terminal(),
        };
        if is_terminal { filetype::CHARACTER_DEVICE } else { filetype::UNKNOWN }
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

    /// What happens when bytes may be moved from or to `stream` again.
    pub(crate) fn event(&self, stream: Stream) -> Events {
        match stream {
            Stream::Input => self.input.event(),
            Stream::Output => self.output.event(),
            Stream::Errors => self.errors.event(),
        }
    }

    /// Moves bytes between `stream` and the buffers, as many as can be moved now; `None` if the
    /// guest is to wait for the first.
    pub(crate) fn transfer(
        &mut self,
        stream: Stream,
        direction: Direction,
        memory: &mut GuestMemory<'_>,
        vectors: &Vectors,
    ) -> Result<Option<u32>, Errno> {
        match direction {
            Direction::Read => scatter(self.readable(stream)?, memory, vectors),
            Direction::Write => gather(self.writable(stream)?, memory, vectors),
        }
    }
}

/// Which way a call moves bytes between a descriptor and the guest's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Into the buffers; 0 bytes are the end.
    Read,
    /// Out of the buffers.
    Write,
}

/// Reads the input into the buffers; `None` if there is nothing yet, else how many bytes it gave.
fn scatter(
    input: &mut dyn Input,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Option<u32>, Errno> {
    let mut has_read = false;
    let mut waits = false;
    let read_bytes = vectors.each(memory, &mut |buffer| {
        // Once there are bytes to return, an end is left for the next call to find.
        if has_read && !matches!(input.poll(), Read::Bytes(_)) {
            return Ok(0);
        }
        match input.read(buffer) {
            Read::Bytes(length_bytes) => {
                has_read = true;
                return Ok(length_bytes);
            }
            Read::Empty => waits = !has_read,
            Read::End => {}
        }
        Ok(0)
    })?;
    Ok((!waits).then_some(read_bytes))
}

/// Writes the buffers to the output until one does not fit; `None` if it has no room for a byte,
/// else how many it took.
fn gather(
    output: &mut dyn Output,
    memory: &mut GuestMemory<'_>,
    vectors: &Vectors,
) -> Result<Option<u32>, Errno> {
    let written_bytes = vectors.each(memory, &mut |buffer| output.write(buffer))?;
    Ok((written_bytes > 0 || !vectors.has_bytes()).then_some(written_bytes))
}

#[cfg(test)]
mod tests;
