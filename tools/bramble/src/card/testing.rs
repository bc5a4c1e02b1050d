//! What the tests of a card are made of: a kernel that is none.

use flate2::{Compression, GzBuilder};
use kernel_core::bundle::{Bundle, MAGIC, OnCrash, WhenDone};
use std::io::Write;

/// 2026-11-21 12:34:56 UTC.
pub(super) const PACKED_AT_S: u64 = 1_795_264_496;

/// A `kernel8.img` whose code has the bundle's magic number in it, as the real one has.
pub(super) fn kernel() -> Vec<u8> {
    let bundle = Bundle {
        packed_at_s: PACKED_AT_S,
        on_crash: OnCrash::Reset,
        when_done: WhenDone::Wait,
        network: Vec::new(),
        apps: Vec::new(),
    };
    gzip(&[b"code", &MAGIC[..], b"more code", &bundle.write().unwrap()].concat())
}

/// `bytes` through gzip.
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
