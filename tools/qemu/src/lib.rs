//! Boots an image on an emulated Raspberry Pi and reads its console as a person would.
//!
//! A [`Machine`] says what is booted and how; [`Qemu`] is one that runs, and ends with the
//! value. A [`Monitor`] pulls its card, types, points and looks at its screen, which a [`Window`] shows
//! to a person; a [`Network`] is plugged into it. [`symbols`] turns the
//! addresses of a crash report into names, [`repack()`] puts other apps into an image that is built
//! already. `tests/` holds every test that needs a board.

#![forbid(unsafe_code)]

mod board;
mod console;
mod display;
mod machine;
mod monitor;
mod network;
mod qemu;
mod repack;
pub mod symbols;

pub use board::{Board, UnknownBoard};
pub use display::{NoWindow, Window};
pub use machine::Machine;
pub use monitor::{Button, Monitor};
pub use network::{Forward, Network};
pub use qemu::{Qemu, Stopper, WaitError};
pub use repack::repack;
