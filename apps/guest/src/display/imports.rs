//! The calls, as `abi::display::CALLS` lists them; each gives an errno.

use super::Size;
use super::picture::Described;

#[link(wasm_import_module = "bramble_display")]
unsafe extern "C" {
    /// Opens a window, and stores the surface's number.
    pub(super) fn open(
        title: *const u8,
        title_bytes: usize,
        width: u32,
        height: u32,
        flags: u32,
        surface: *mut u32,
    ) -> u32;

    /// Stores how large it is.
    pub(super) fn size(surface: u32, size: *mut Size) -> u32;

    /// All in one color.
    pub(super) safe fn clear(surface: u32, color: u32) -> u32;

    /// A rectangle.
    pub(super) safe fn fill(s: u32, x: i32, y: i32, width: u32, height: u32, c: u32) -> u32;

    /// A line.
    pub(super) safe fn line(s: u32, x: i32, y: i32, to_x: i32, to_y: i32, color: u32) -> u32;

    /// A rectangle with round corners.
    pub(super) safe fn rectangle(
        surface: u32,
        x: i32,
        y: i32,
        width: u32,
        height: u32,
        radius: u32,
        style: u32,
        color: u32,
    ) -> u32;

    /// A circle.
    pub(super) safe fn circle(s: u32, x: i32, y: i32, radius: u32, style: u32, c: u32) -> u32;

    /// A triangle.
    pub(super) safe fn triangle(
        surface: u32,
        a_x: i32,
        a_y: i32,
        b_x: i32,
        b_y: i32,
        c_x: i32,
        c_y: i32,
        style: u32,
        color: u32,
    ) -> u32;

    /// Text.
    pub(super) fn text(
        surface: u32,
        x: i32,
        y: i32,
        text: *const u8,
        text_bytes: usize,
        scale: u32,
        color: u32,
    ) -> u32;

    /// Stores how much room text takes.
    pub(super) fn text_extent(
        text: *const u8,
        text_bytes: usize,
        scale: u32,
        size: *mut Size,
    ) -> u32;

    /// Pixels.
    pub(super) fn blit(surface: u32, x: i32, y: i32, picture: *const Described) -> u32;

    /// Moves what is there.
    pub(super) safe fn scroll(
        surface: u32,
        x: i32,
        y: i32,
        width: u32,
        height: u32,
        right: i32,
        down: i32,
    ) -> u32;

    /// Waits.
    pub(super) safe fn wait_frame(surface: u32) -> u32;
}
