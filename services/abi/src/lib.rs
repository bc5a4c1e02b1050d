//! Import names, error numbers and layouts that the kernel and its guests share.
//!
//! Numbers and offsets stand here once: services write them, the host's packer checks imports
//! against [`wasi::CALLS`] and its like, and a guest may read them. Source: WASI preview 1,
//! `wasi_snapshot_preview1.witx` and `typenames.witx`; where the older `wasi_unstable` differs,
//! the constant's name says so.

#![no_std]
#![forbid(unsafe_code)]

pub mod actors;
pub mod display;
mod errno;
pub mod system;
pub mod threads;
pub mod wasi;
pub mod wasmedge;

pub use errno::Errno;
