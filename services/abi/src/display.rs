//! Windows on the screen: the calls, and the layouts of what they take.
//!
//! Every call gives an errno. A surface is what an app draws, and a window shows; it is a
//! descriptor of WASI as well: `poll_oneoff` says that it is readable when an [`event`] waits,
//! `fd_read` gives whole events, as many as there is room for, and `fd_close` closes its window.
//! Colors are `0x00rrggbb`. Coordinates are i32, from the surface's left upper corner to the right
//! and down, and may be anywhere: what is not on the surface is not drawn. What was drawn is seen
//! with the screen's next picture.

use crate::wasi::Call;

/// Module name of the calls.
pub const MODULE: &str = "bramble_display";

/// Every call, in the order of [`names`].
pub const CALLS: &[Call] = &[
    call(names::OPEN, "iiiiii"),
    call(names::SIZE, "ii"),
    call(names::CLEAR, "ii"),
    call(names::FILL, "iiiiii"),
    call(names::LINE, "iiiiii"),
    call(names::RECTANGLE, "iiiiiiii"),
    call(names::CIRCLE, "iiiiii"),
    call(names::TRIANGLE, "iiiiiiiii"),
    call(names::TEXT, "iiiiiii"),
    call(names::TEXT_EXTENT, "iiii"),
    call(names::BLIT, "iiii"),
    call(names::SCROLL, "iiiiiii"),
    call(names::WAIT_FRAME, "i"),
];

const fn call(name: &'static str, params: &'static str) -> Call {
    Call { name, params, results: "i" }
}

/// The names of [`CALLS`]. All but the first and `text_extent` begin with the surface.
pub mod names {
    /// Opens a surface and its window: the title and its length in bytes; width and height, or
    /// 0 and 0 for as large as the screen; [`open_flags`](super::open_flags); where the surface's
    /// number is written. It waits until it is known whether there is a display. Of the title 64
    /// bytes are kept.
    ///
    /// `ENODEV` without a display, `EINVAL` for no pixels or other flags, `EOVERFLOW` for more
    /// columns or rows than the screen has, `EMFILE` for too many windows, `ENOMEM`.
    pub const OPEN: &str = "open";
    /// How large the surface is, which changes when somebody resizes its window: where the
    /// [`size`](super::size) is written.
    pub const SIZE: &str = "size";
    /// All of the surface in one color: the color.
    pub const CLEAR: &str = "clear";
    /// A rectangle in one color: x, y, width, height, color.
    pub const FILL: &str = "fill";
    /// A line between two pixels, both included: x, y, x, y, color.
    pub const LINE: &str = "line";
    /// A rectangle with round corners: x, y, width, height, radius, [`style`](super::style), color.
    pub const RECTANGLE: &str = "rectangle";
    /// A circle: x and y of the pixel in its middle, radius, [`style`](super::style), color.
    pub const CIRCLE: &str = "circle";
    /// A triangle: x and y of each corner, [`style`](super::style), color.
    pub const TRIANGLE: &str = "triangle";
    /// Text in UTF-8, its background left as it is: x, y, text, its length in bytes, how many pixels
    /// wide and high one of the font's 8 × 16 is, color. What is no UTF-8 is shown as U+FFFD.
    ///
    /// `E2BIG` for more than 4096 bytes.
    pub const TEXT: &str = "text";
    /// How much room text takes: text, its length in bytes, scale as for `text`, where the
    /// [`size`](super::size) is written.
    pub const TEXT_EXTENT: &str = "text_extent";
    /// Pixels out of the app's memory: x, y, where the [`picture`](super::picture) is described.
    ///
    /// `EFAULT` if they are not in the memory, `EINVAL` if the description makes no sense.
    pub const BLIT: &str = "blit";
    /// Moves the pixels of a rectangle, without what would leave it: x, y, width, height, how far
    /// to the right, how far down. What nothing came to stays as it was.
    pub const SCROLL: &str = "scroll";
    /// Waits until the display's next picture, of which there are 60 in a second, or until the
    /// surface has an event: who leaves its events unread does not wait.
    pub const WAIT_FRAME: &str = "wait_frame";
}

/// How a surface is opened, one bit each.
pub mod open_flags {
    /// It covers the screen, in its middle if it is smaller, before all other windows.
    pub const WHOLE_SCREEN: u32 = 1;
}

/// How a shape is drawn.
pub mod style {
    /// All that is inside, and the edge.
    pub const FILLED: u32 = 0;
    /// The edge alone, a pixel wide.
    pub const OUTLINED: u32 = 1;
}

/// How large something is.
pub mod size {
    /// Columns, a u32.
    pub const WIDTH: u32 = 0;
    /// Rows, a u32.
    pub const HEIGHT: u32 = 4;
    /// Size of the struct.
    pub const BYTES: u32 = 8;
}

/// Pixels in the app's memory.
pub mod picture {
    /// Where the first pixel is, an address.
    pub const PIXELS: u32 = 0;
    /// Columns, a u32.
    pub const WIDTH: u32 = 4;
    /// Rows, a u32.
    pub const HEIGHT: u32 = 8;
    /// Bytes from a row to the one below, a u32; 0 if there are none between them.
    pub const STRIDE: u32 = 12;
    /// A u32, one of the numbers below.
    pub const FORMAT: u32 = 16;
    /// Where the colors of [`PALETTE`] are, an address: a u32 each.
    pub const COLORS: u32 = 20;
    /// How many colors these are, a u32, 256 at most.
    pub const COLOR_COUNT: u32 = 24;
    /// How many pixels of the surface one is wide and high, a u32 from 1 to 16.
    pub const SCALE: u32 = 28;
    /// Size of the struct.
    pub const BYTES: u32 = 32;

    /// Four bytes each: blue, green, red, and one without a meaning.
    pub const XRGB8888: u32 = 0;
    /// Four bytes each: blue, green, red, and how much it covers of what is there, 255 for all.
    pub const ARGB8888: u32 = 1;
    /// Two bytes each, as a little-endian number: red in its highest 5 bits, green in 6, blue in 5.
    pub const RGB565: u32 = 2;
    /// One byte each: the number of a color; black beyond the last.
    pub const PALETTE: u32 = 3;
}

/// Something that happened to a surface's window. At most 64 wait to be read; one more, and one is
/// lost, which is none that says last that a key or a button went up, as long as there is another.
pub mod event {
    /// What, a u8: one of the numbers below.
    pub const KIND: u32 = 0;
    /// Of a key, its number on the page "Keyboard/Keypad" of the *HID Usage Tables*; of a button, 1
    /// on the left, 2 on the right, 3 in the middle. A u8.
    pub const NUMBER: u32 = 1;
    /// One of [`state`](super::state), a u8: of a key or a button; of the focus, down if the window
    /// has it now.
    pub const STATE: u32 = 2;
    /// Which of the keys 0xe0 to 0xe7 are down, the first in the lowest bit: a u8.
    pub const MODIFIERS: u32 = 3;
    /// Of a pointer and a button, where the pointer is on the surface, or beside it while a button
    /// is held; of the new size, the width; of a wheel, how many notches away from the person. An
    /// i32.
    pub const X: u32 = 4;
    /// As [`X`]; of the new size, the height.
    pub const Y: u32 = 8;
    /// What a key types in the chosen layout, in UTF-8, zeroes behind it.
    pub const TEXT: u32 = 12;
    /// Length of [`TEXT`].
    pub const TEXT_BYTES: u32 = 8;
    /// Size of the struct.
    pub const BYTES: u32 = 20;

    /// A key, while the window has the focus.
    pub const KEY: u8 = 1;
    /// The pointer moved over the window.
    pub const POINTER: u8 = 2;
    /// A button of the pointer.
    pub const BUTTON: u8 = 3;
    /// The wheel turned over the window.
    pub const WHEEL: u8 = 4;
    /// The window has the focus now, or has it no longer; all its keys are up then.
    pub const FOCUS: u8 = 5;
    /// The surface has another size. What fitted is there still.
    pub const RESIZE: u8 = 6;
    /// Somebody wants the window to close; the app does that, or not.
    pub const CLOSE: u8 = 7;
}

/// Of a key or a button.
pub mod state {
    /// It went up.
    pub const UP: u8 = 0;
    /// It went down.
    pub const DOWN: u8 = 1;
    /// It is held, and types again.
    pub const REPEATED: u8 = 2;
}

/// The call that a program imports under these two names.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    CALLS.iter().find(|call| module == MODULE && call.name == name)
}
