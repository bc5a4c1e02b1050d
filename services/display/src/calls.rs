//! The calls of `bramble_display`: windows that apps open and draw on.
//!
//! Path of a call: guest `fill` → [`link`] → [`drawing::Drawing`] → [`Desktop::canvas`]. A surface
//! is a descriptor of WASI, [`Surface`], and so its number, its events and its end are WASI's
//! affair. Whatever is drawn is paid for, and what is much is drawn in bands of rows, each in a
//! turn of its own.

mod drawing;
mod image;
mod shape;
mod surface;

use abi::Errno;
use abi::display::{CALLS, MODULE};
use alloc::boxed::Box;
use embedded_graphics_core::geometry::Point;
use runtime::{Caller, Find, GuestMemory, Imports, LoadError, Outcome, PARAMS_MAX, call};
use service_wasi::Wasi;

use crate::area::Area;
use crate::desktop::Desktop;
use crate::surface::SurfaceError;

use drawing::Drawing;
use image::Image;
use shape::{Shape, Words, style_of};
use surface::Opening;

/// The desktop, as apps reach it; the kernel has it.
pub trait Seat: Sync {
    /// Calls `body` once with the desktop, when nobody else has it.
    ///
    /// # Errors
    ///
    /// [`Errno::NoDevice`] if there is no display, [`Errno::Again`] while that is not known;
    /// [`Events::DISPLAY`](runtime::Events::DISPLAY) tells when it is.
    fn with(&self, body: &mut dyn FnMut(&mut Desktop)) -> Result<(), Errno>;

    /// What `app` drew is complete.
    fn finish(&self, app: u32);

    /// When the display's next picture is due: later than now, in nanoseconds since power-on.
    fn next_frame_ns(&self) -> u64;
}

/// Who calls.
#[derive(Clone, Copy)]
pub struct Client {
    /// The app's number, which no other app has at the same time.
    pub app: u32,
    /// Whether all its windows cover the screen.
    pub is_kiosk: bool,
    /// Where its windows are.
    pub seat: &'static dyn Seat,
}

impl Client {
    /// What `body` gives, called with the desktop.
    ///
    /// # Errors
    ///
    /// As [`Seat::with`], and that of `body`.
    fn with<R>(
        &self,
        body: impl FnOnce(&mut Desktop) -> Result<R, SurfaceError>,
    ) -> Result<R, Errno> {
        let (mut body, mut answer) = (Some(body), Err(Errno::NoDevice));
        self.seat.with(&mut |desktop| {
            if let Some(body) = body.take() {
                answer = body(desktop).map_err(Errno::from);
            }
        })?;
        answer
    }
}

impl From<SurfaceError> for Errno {
    fn from(error: SurfaceError) -> Self {
        match error {
            SurfaceError::Empty => Self::Invalid,
            SurfaceError::TooLarge => Self::Overflow,
            SurfaceError::NoMemory => Self::NoMemory,
            SurfaceError::TooMany => Self::ManyFiles,
            SurfaceError::Unknown => Self::BadDescriptor,
            SurfaceError::TooShort => Self::Fault,
        }
    }
}

/// A call's parameters; those that it has not got are 0.
type Args = [u32; PARAMS_MAX];

/// What a call does with its parameters.
type Body = fn(Client, &mut Wasi, &mut GuestMemory<'_>, Args) -> Result<Outcome<Wasi>, Errno>;

/// One for each of [`CALLS`].
const BODIES: [Body; CALLS.len()] = [
    |client, wasi, memory, args| Opening { client, args }.attempt(wasi, memory),
    |_, wasi, memory, args| surface::size(wasi, memory, args),
    |_, wasi, memory, args| {
        let everything = Area::new(0, 0, u32::MAX, u32::MAX);
        draw(wasi, memory, args, args[1], Shape::Fill(everything))
    },
    |_, wasi, memory, args| draw(wasi, memory, args, args[5], Shape::Fill(area_of(args))),
    |_, wasi, memory, args| {
        draw(wasi, memory, args, args[5], Shape::Line(point_of(args, 1), point_of(args, 3)))
    },
    |_, wasi, memory, args| {
        let shape = Shape::Rectangle(area_of(args), args[5], style_of(args[6])?);
        draw(wasi, memory, args, args[7], shape)
    },
    |_, wasi, memory, args| {
        let shape = Shape::Circle(point_of(args, 1), args[3], style_of(args[4])?);
        draw(wasi, memory, args, args[5], shape)
    },
    |_, wasi, memory, args| {
        let corners = [1, 3, 5].map(|index| point_of(args, index));
        draw(wasi, memory, args, args[8], Shape::Triangle(corners, style_of(args[7])?))
    },
    |_, wasi, memory, args| {
        let words = Words { at: args[3], length_bytes: args[4], scale: args[5] };
        let extent = words.extent(memory)?;
        draw(wasi, memory, args, args[6], Shape::Text(point_of(args, 1), words, extent))
    },
    |_, _, memory, args| {
        let words = Words { at: args[0], length_bytes: args[1], scale: args[2] };
        memory.view(args[3], abi::display::size::BYTES)?;
        let extent = words.extent(memory)?;
        surface::write_size(memory, args[3], extent)
    },
    |_, wasi, memory, args| {
        let image = Image::read(memory, args[3])?;
        draw(wasi, memory, args, 0, Shape::Image(point_of(args, 1), image))
    },
    |_, wasi, memory, args| {
        let (right, down) = (args[5] as i32, args[6] as i32);
        draw(wasi, memory, args, 0, Shape::Scroll(area_of(args), right, down))
    },
    |_, wasi, _, args| surface::wait_frame(wasi, args[0]),
];

fn draw(
    wasi: &mut Wasi,
    memory: &mut GuestMemory<'_>,
    args: Args,
    color: u32,
    shape: Shape,
) -> Result<Outcome<Wasi>, Errno> {
    Drawing::new(args[0], color, shape).step(wasi, memory)
}

/// The point at two parameters.
fn point_of(args: Args, index: usize) -> Point {
    Point::new(args[index] as i32, args[index + 1] as i32)
}

/// The rectangle at the four parameters behind the surface.
fn area_of(args: Args) -> Area {
    Area::new(args[1] as i32, args[2] as i32, args[3], args[4])
}

/// Offers a program of `client` what it imports to draw; `wasi` finds an app's [`Wasi`] in the app.
///
/// # Errors
///
/// [`LoadError::WrongImportType`] if the program imports a call with another type.
pub fn link<T: 'static>(
    imports: &mut Imports<'_, T>,
    wasi: impl Find<T, Wasi>,
    client: Client,
) -> Result<(), LoadError> {
    for (known, body) in CALLS.iter().zip(BODIES) {
        let func = move |caller: &mut Caller<'_, T>, values: &[u64]| {
            let mut args = [0; PARAMS_MAX];
            args.iter_mut().zip(values).for_each(|(arg, value)| *arg = *value as u32);
            let answer = call(caller, wasi, |memory, wasi| body(client, wasi, memory, args))?;
            Ok(answer as u64)
        };
        imports.offer_any(MODULE, known.name, (known.params, known.results), Box::new(func))?;
    }
    Ok(())
}
