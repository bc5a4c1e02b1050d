//! What the fuzz targets do with their input, one module for each target in `fuzz_targets`.
//!
//! The input is anything at all. A target panics if the kernel would, or if a promise is broken
//! that its module names; libFuzzer then keeps the input.

#![forbid(unsafe_code)]

pub mod bundle;
pub mod console;
mod encoding;
mod guest;
pub mod manifest;
pub mod module;
pub mod net;
pub mod usb;
pub mod wasi;
