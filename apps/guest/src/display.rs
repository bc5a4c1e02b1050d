//! Windows on the screen: drawing in them, and what people do there.
//!
//! An app that draws says `uses = ["wasi", "display"]` in its manifest. Colors are `0x00rrggbb`.
//! Coordinates go from the surface's left upper corner to the right and down, and may be anywhere:
//! what is not on the surface is not drawn. Source: `services/abi/src/display.rs`.

mod event;
#[cfg(feature = "graphics")]
mod graphics;
mod imports;
pub mod look;
mod picture;
mod wait;

use core::time::Duration;

use crate::{Errno, answer};

pub use event::{Event, State, Text, usage};
pub use picture::{Picture, Pixels};

/// Red, green and blue, a byte each, red the highest: `0x00rrggbb`.
pub type Color = u32;

/// Columns and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Size {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Size {
    /// Of a surface to open: as large as the screen.
    pub const SCREEN: Self = Self { width: 0, height: 0 };
}

/// How a surface is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// With a frame, among other windows.
    Framed = 0,
    /// Before all other windows, on the whole screen, in its middle if it is smaller.
    WholeScreen = 1,
}

/// How a shape is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// All that is inside, and the edge.
    Filled = 0,
    /// The edge alone, a pixel wide.
    Outlined = 1,
}

/// What an app draws and a window shows. Dropping it closes the window.
///
/// Drawing cannot fail, since the surface is open and all memory the app's own. What was drawn is
/// seen with the screen's next picture, of which there are 60 in a second.
#[derive(Debug, PartialEq, Eq)]
pub struct Surface(u32);

impl Surface {
    /// Opens a surface and its window, once it is known whether there is a display.
    ///
    /// # Errors
    ///
    /// "No such device" without a display, "value too large" if the screen is smaller, "too many
    /// open files" if there are as many windows as there may be, "not enough space" without
    /// memory, "invalid argument" for a surface without pixels; there is no window then.
    pub fn open(title: &str, size: Size, window: Window) -> Result<Self, Errno> {
        let (mut surface, Size { width, height }) = (0, size);
        // SAFETY: `title` is borrowed for the whole call, and the kernel writes nothing but
        // `surface`.
        let errno = unsafe {
            imports::open(title.as_ptr(), title.len(), width, height, window as u32, &mut surface)
        };
        let surface = answer(errno, Self(surface))?;
        wait::never_in_read(surface.0)?;
        Ok(surface)
    }

    /// The number of its descriptor, for who polls several.
    #[must_use]
    pub const fn descriptor(&self) -> u32 {
        self.0
    }

    /// How large it is, which changes with [`Event::Resize`].
    #[must_use]
    pub fn size(&self) -> Size {
        let mut size = Size::default();
        // SAFETY: the kernel writes nothing but `size`.
        unsafe { imports::size(self.0, &mut size) };
        size
    }

    /// Draws all of it in one color.
    pub fn clear(&self, color: Color) {
        imports::clear(self.0, color);
    }

    /// Draws a rectangle.
    pub fn fill(&self, x: i32, y: i32, width: u32, height: u32, color: Color) {
        imports::fill(self.0, x, y, width, height, color);
    }

    /// Draws a line between two pixels, both included.
    pub fn line(&self, (x, y): (i32, i32), (to_x, to_y): (i32, i32), color: Color) {
        imports::line(self.0, x, y, to_x, to_y, color);
    }

    /// Draws a rectangle whose corners are quarters of a circle of `radius`.
    pub fn rectangle(
        &self,
        (x, y): (i32, i32),
        Size { width, height }: Size,
        radius: u32,
        style: Style,
        color: Color,
    ) {
        imports::rectangle(self.0, x, y, width, height, radius, style as u32, color);
    }

    /// Draws a circle around a pixel.
    pub fn circle(&self, (x, y): (i32, i32), radius: u32, style: Style, color: Color) {
        imports::circle(self.0, x, y, radius, style as u32, color);
    }

    /// Draws a triangle between three pixels, all included.
    pub fn triangle(&self, corners: [(i32, i32); 3], style: Style, color: Color) {
        let [(a_x, a_y), (b_x, b_y), (c_x, c_y)] = corners;
        imports::triangle(self.0, a_x, a_y, b_x, b_y, c_x, c_y, style as u32, color);
    }

    /// Draws text, each pixel of the font, which is 8 × 16, `scale` wide and high. What is between
    /// the strokes stays. One of more than 4096 bytes is not drawn.
    pub fn text(&self, x: i32, y: i32, text: &str, scale: u32, color: Color) {
        // SAFETY: `text` is borrowed for the whole call.
        unsafe { imports::text(self.0, x, y, text.as_ptr(), text.len(), scale, color) };
    }

    /// Draws pixels out of the app's memory.
    ///
    /// # Errors
    ///
    /// "Invalid argument" if there are fewer pixels than the size says, none, or more than 256
    /// colors, or the scale is none from 1 to 16; nothing is drawn then.
    pub fn blit(&self, x: i32, y: i32, picture: &Picture<'_>) -> Result<(), Errno> {
        let described = picture.describe()?;
        // SAFETY: `picture` borrows its pixels and colors for the whole call, and `describe` has
        // checked that there are as many as it says.
        let errno = unsafe { imports::blit(self.0, x, y, &described) };
        answer(errno, ())
    }

    /// Moves the pixels of a rectangle so far to the right and down, without what would leave it.
    /// What nothing came to stays as it was.
    pub fn scroll(&self, (x, y): (i32, i32), size: Size, right: i32, down: i32) {
        imports::scroll(self.0, x, y, size.width, size.height, right, down);
    }

    /// Waits until the screen's next picture, or until there is an event: who leaves its events
    /// unread does not wait.
    pub fn wait_frame(&self) {
        imports::wait_frame(self.0);
    }

    /// The next event, if there is one; does not wait.
    #[must_use]
    pub fn next_event(&self) -> Option<Event> {
        Event::decode(&wait::read(self.0)?)
    }

    /// The next event; waits for it as long as it takes.
    #[must_use]
    pub fn wait_event(&self) -> Event {
        loop {
            wait::until_readable(self.0, None);
            if let Some(event) = self.next_event() {
                return event;
            }
        }
    }

    /// The next event; `None` if there is none for so long.
    #[must_use]
    pub fn wait_event_for(&self, limit: Duration) -> Option<Event> {
        wait::until_readable(self.0, Some(limit));
        self.next_event()
    }
}

impl Drop for Surface {
    /// Closes its window.
    fn drop(&mut self) {
        wait::close(self.0);
    }
}

/// How much room text takes, each pixel of the font `scale` wide and high.
#[must_use]
pub fn text_extent(text: &str, scale: u32) -> Size {
    let mut size = Size::default();
    // SAFETY: `text` is borrowed for the whole call, and the kernel writes nothing but `size`.
    unsafe { imports::text_extent(text.as_ptr(), text.len(), scale, &mut size) };
    size
}
