//! Drawing, a band of rows in each turn.

use abi::Errno;
use alloc::boxed::Box;
use runtime::{GuestMemory, Outcome, Until, Wait};
use service_wasi::Wasi;

use crate::area::Area;
use crate::canvas::Color;
use crate::desktop::Desktop;
use crate::surface::SurfaceError;

use super::shape::Shape;
use super::surface::Surface;

/// How much of a call is done in one turn, in bytes that are touched. The guest pays two thirds of
/// a turn for it; at a bandwidth of 1 GB/s it takes half a millisecond. Smaller bands would cost a
/// picture of the whole screen more turns, at 2 700 instructions each.
pub const BAND_BYTES_MAX: u64 = 512 << 10;

/// A call that draws: all of it that outlives a wait.
#[derive(Clone, Copy)]
pub(super) struct Drawing {
    fd: u32,
    color: Color,
    shape: Shape,
    /// Where something is to be drawn still.
    rest: Area,
}

impl Drawing {
    /// A call that has drawn nothing yet.
    pub fn new(fd: u32, color: Color, shape: Shape) -> Self {
        Self { fd, color, shape, rest: shape.area() }
    }

    /// Draws a band, and goes on with the next in another turn until there is none.
    ///
    /// # Errors
    ///
    /// [`Errno::BadDescriptor`] if the surface is closed, which it may be at any turn, and what
    /// [`Shape::draw`] fails with; the bands of earlier turns stay drawn.
    pub fn step(
        mut self,
        wasi: &mut Wasi,
        memory: &mut GuestMemory<'_>,
    ) -> Result<Outcome<Wasi>, Errno> {
        let &mut Surface { client, id } = wasi.device(self.fd)?;
        let drawn = client.with(|desktop| self.draw_band(memory, desktop, client.app, id))?;
        memory.charge(self.shape.work_bytes(&drawn?));
        if self.rest.is_empty() {
            return Ok(Outcome::Return(0));
        }
        let resume =
            Box::new(move |memory: &mut GuestMemory<'_>, wasi: &mut Wasi| self.step(wasi, memory));
        Ok(Outcome::Wait(Wait { until: Until::NEXT_TURN, resume }))
    }

    /// Draws a band, takes it from the rest, and gives where it was, or why nothing was drawn.
    fn draw_band(
        &mut self,
        memory: &GuestMemory<'_>,
        desktop: &mut Desktop,
        app: u32,
        id: u32,
    ) -> Result<Result<Area, Errno>, SurfaceError> {
        let mut canvas = desktop.canvas(app, id)?;
        // The surface may be another since the last band, if somebody resized the window.
        self.rest = self.rest.intersection(&canvas.clip());
        let band = self.next_band();
        if band.is_empty() {
            return Ok(Ok(band));
        }
        if let Err(errno) = self.shape.draw(memory, &mut canvas, &band, self.color) {
            return Ok(Err(errno));
        }
        desktop.has_drawn(app, id, &band)?;
        Ok(Ok(band))
    }

    /// Takes from the rest as many rows as are done at once, at least one.
    fn next_band(&mut self) -> Area {
        let rest = self.rest;
        let work_bytes = self.shape.work_bytes(&rest).max(1);
        let rows = u64::from(rest.height()) * BAND_BYTES_MAX / work_bytes;
        let rows = rows.clamp(1, rest.height().max(1).into()) as u32;
        if self.shape.is_from_below() {
            self.rest.bottom = rest.bottom.saturating_sub_unsigned(rows);
            Area { top: self.rest.bottom, ..rest }
        } else {
            self.rest.top = rest.top.saturating_add_unsigned(rows);
            Area { bottom: self.rest.top, ..rest }
        }
    }
}
