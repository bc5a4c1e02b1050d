//! A surface as a descriptor: how it is opened, what is read from it, and waiting for its picture.

use abi::Errno;
use abi::display::{event, open_flags, size};
use alloc::boxed::Box;
use embedded_graphics_core::geometry::Size;
use runtime::{Events, GuestMemory, Outcome, Until, Wait};
use service_wasi::{Device, Wasi};

use crate::canvas::Color;
use crate::window::{Kind, TITLE_BYTES_MAX};

use super::{Args, Client};

/// A window of an app, which is closed when this is dropped.
pub(super) struct Surface {
    pub client: Client,
    /// The window's number on the desktop.
    pub id: u32,
}

impl Drop for Surface {
    fn drop(&mut self) {
        // It is there as long as this is.
        let _ = self.client.with(|desktop| desktop.close(self.client.app, self.id));
    }
}

impl Device for Surface {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let (places, _) = buffer.as_chunks_mut();
        if places.is_empty() {
            return Err(Errno::Invalid);
        }
        let count = self.client.with(|desktop| {
            let events = core::iter::from_fn(|| desktop.next_event(self.client.app, self.id));
            // The places come first: an event that none is left for is not taken.
            let taken = places.iter_mut().zip(events);
            Ok(taken.map(|(place, event)| *place = event.encode()).count())
        })?;
        if count == 0 { Err(Errno::Again) } else { Ok(count * event::BYTES as usize) }
    }

    fn readable_bytes(&self) -> usize {
        self.event_count() * event::BYTES as usize
    }

    fn event(&self) -> Events {
        Events::DISPLAY
    }
}

impl Surface {
    fn event_count(&self) -> usize {
        self.client.with(|desktop| Ok(desktop.event_count(self.client.app, self.id))).unwrap_or(0)
    }
}

/// A call to open a surface: all of it that outlives a wait.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    pub client: Client,
    pub args: Args,
}

impl Opening {
    /// Opens it, once it is known whether there is a display.
    pub fn attempt(
        self,
        wasi: &mut Wasi,
        memory: &mut GuestMemory<'_>,
    ) -> Result<Outcome<Wasi>, Errno> {
        let [title, title_bytes, width, height, flags, number_at, ..] = self.args;
        memory.view(number_at, 4)?;
        memory.view(title, title_bytes)?;
        let title = memory.slice(title, title_bytes.min(TITLE_BYTES_MAX as u32))?;
        let kind = self.kind(flags)?;

        let opened = self.client.with(|desktop| {
            let size = match (width, height) {
                (0, 0) => desktop.screen_size(),
                _ => Size::new(width, height),
            };
            let pixels = u64::from(size.width) * u64::from(size.height);
            let id = desktop.open(self.client.app, title, size, kind)?;
            desktop.set_aside(self.client.app, id);
            Ok((id, pixels))
        });
        let (id, pixels) = match opened {
            Err(Errno::Again) => return Ok(self.wait()),
            opened => opened?,
        };
        memory.charge(pixels * size_of::<Color>() as u64);
        let number = wasi.open_device(Box::new(Surface { client: self.client, id }))?;
        memory.write(number_at, &number.to_le_bytes())?;
        Ok(Outcome::Return(0))
    }

    fn kind(&self, flags: u32) -> Result<Kind, Errno> {
        match flags {
            0 if !self.client.is_kiosk => Ok(Kind::Framed),
            0 | open_flags::WHOLE_SCREEN => Ok(Kind::Whole),
            _ => Err(Errno::Invalid),
        }
    }

    fn wait(self) -> Outcome<Wasi> {
        Outcome::Wait(Wait {
            until: Until { at_ns: None, events: Events::DISPLAY },
            resume: Box::new(move |memory, wasi| self.attempt(wasi, memory)),
        })
    }
}

/// Writes how large a surface is.
pub(super) fn size(
    wasi: &mut Wasi,
    memory: &mut GuestMemory<'_>,
    [fd, at, ..]: Args,
) -> Result<Outcome<Wasi>, Errno> {
    memory.view(at, size::BYTES)?;
    let &mut Surface { client, id } = wasi.device(fd)?;
    let size = client.with(|desktop| desktop.size_of(client.app, id))?;
    write_size(memory, at, size)
}

/// Writes `size` as an app reads it.
pub(super) fn write_size(
    memory: &mut GuestMemory<'_>,
    at: u32,
    size: Size,
) -> Result<Outcome<Wasi>, Errno> {
    let sides = [size.width.to_le_bytes(), size.height.to_le_bytes()];
    memory.write(at, sides.as_flattened())?;
    Ok(Outcome::Return(0))
}

/// Waits until the display's next picture, or until the surface has an event.
pub(super) fn wait_frame(wasi: &mut Wasi, fd: u32) -> Result<Outcome<Wasi>, Errno> {
    let &mut Surface { client, .. } = wasi.device(fd)?;
    client.seat.finish(client.app);
    let at_ns = client.seat.next_frame_ns();
    wait_until(wasi, fd, at_ns)
}

fn wait_until(wasi: &mut Wasi, fd: u32, at_ns: u64) -> Result<Outcome<Wasi>, Errno> {
    let surface = wasi.device::<Surface>(fd)?;
    // The picture that comes next is a later one only when that of `at_ns` was due.
    if surface.event_count() > 0 || surface.client.seat.next_frame_ns() > at_ns {
        return Ok(Outcome::Return(0));
    }
    Ok(Outcome::Wait(Wait {
        until: Until { at_ns: Some(at_ns), events: Events::DISPLAY },
        resume: Box::new(move |_, wasi| wait_until(wasi, fd, at_ns)),
    }))
}
