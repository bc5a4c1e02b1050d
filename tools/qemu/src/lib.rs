//! Boots an image on an emulated Raspberry Pi and reads its console as a person would.
//!
//! A [`Machine`] says what is booted and how; [`Qemu`] is one that runs, and ends with the
//! value. A [`Monitor`] pulls its card, a [`Network`] is plugged into it. [`symbols`] turns the
//! addresses of a crash report into names, [`repack()`] puts other apps into an image that is built
//! already. `tests/` holds every test that needs a board.

#![forbid(unsafe_code)]

mod board;
mod console;
mod machine;
mod monitor;
mod network;
mod qemu;
mod repack;
pub mod symbols;

pub use board::{Board, UnknownBoard};
pub use machine::Machine;
pub use monitor::Monitor;
pub use network::{Forward, Network};
pub use qemu::{Qemu, Stopper, WaitError};
pub use repack::repack;
