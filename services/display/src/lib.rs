//! What is on the screen: drawing, windows and their frames, and the kernel's own pictures.
//!
//! Everything here works on slices of pixels in memory and on plain data, so that a host can draw
//! each picture and compare it. Pixels are 32 bits, blue in the lowest byte and the highest one
//! unused, as the Pi's display has them.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod area;
pub mod calls;
pub mod canvas;
pub mod console;
pub mod damage;
pub mod desktop;
pub mod event;
pub mod font;
pub mod look;
pub mod panic;
pub mod picture;
mod pointer;
pub mod shapes;
pub mod start;
pub mod surface;
pub mod text;
pub mod window;

pub use area::Area;
pub use canvas::{Canvas, Color};
pub use desktop::Desktop;
pub use embedded_graphics_core::geometry::{Point, Size};
pub use event::{Event, KeyState};
pub use surface::{Surface, SurfaceError};
pub use window::Kind;
