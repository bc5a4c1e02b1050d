//! What is done to many pixels at once.

unsafe extern "C" {
    /// Stores `count` times [`BLOCK`] pixels twice each (memory.s).
    fn double_pixels(target: *mut u32, source: *const u8, count: usize);
}

/// Pixels that are taken at once.
const BLOCK: usize = 16;
const PIXEL_BYTES: usize = 4;

/// As `service_display` defines it: an instruction for each pixel of `source`.
pub(crate) fn double(source: &[u8], target: &mut [u32]) {
    let count = (source.len() / PIXEL_BYTES).min(target.len() / 2) / BLOCK;
    if count > 0 {
        // SAFETY: `source` has `count` blocks, `target` twice as many, and neither is in the other.
        unsafe { double_pixels(target.as_mut_ptr(), source.as_ptr(), count) };
    }
    let done = count * BLOCK;
    service_display::picture::double(&source[done * PIXEL_BYTES..], &mut target[done * 2..]);
}
