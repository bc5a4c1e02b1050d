//! Decodes MPEG-1 video, as fast as an interpreter of WebAssembly lets it.
//!
//! A file is a stream of units, each behind a start code; [`Decoder`] takes them one after another
//! and gives the pictures in the order in which they are shown. What is broken in a stream is left
//! out, up to the next unit that makes sense, and the picture before it stays there.
//!
//! The path of a picture: `units` → `headers` → `slice` (macroblocks, by `codes` and `bits`) →
//! `motion` (what is taken over from other pictures) and `block` → `idct` (what is new in this one).
//!
//! Source: ISO/IEC 11172-1 and 11172-2. Section numbers are those of 11172-2.

#![forbid(unsafe_code)]

mod bits;
mod block;
mod codes;
mod coefficients;
mod color;
mod decoder;
mod demux;
mod frame;
mod headers;
mod idct;
mod motion;
mod slice;
mod units;

pub use color::convert;
pub use decoder::Decoder;
pub use demux::video_of;
pub use frame::{Frame, Plane};
pub use headers::Kind;

/// What no encoder writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;
