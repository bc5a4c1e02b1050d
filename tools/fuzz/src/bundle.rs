//! Bytes as a bundle of apps: what can be read is written and read back as the same.

use kernel_core::bundle::{Bundle, MAGIC};

/// Reads `input` as a bundle, and again as what stands behind a bundle's header.
///
/// # Panics
///
/// If a bundle that could be read does not survive being written.
pub fn try_input(input: &[u8]) {
    try_bundle(input);
    try_bundle(&with_header(input));
}

/// The bytes with a header that fits them: no mutation would find one by chance.
fn with_header(encoded: &[u8]) -> Vec<u8> {
    let length_bytes = u32::try_from(encoded.len()).expect("no input has 4 GiB");
    [&MAGIC[..], &length_bytes.to_le_bytes(), encoded].concat()
}

fn try_bundle(bytes: &[u8]) {
    let Ok(bundle) = Bundle::read(bytes) else { return };

    let written = bundle.write().expect("what was read fits into 4 GiB");

    assert_eq!(Bundle::read(&written), Ok(bundle), "another bundle is read back");
}
