//! Other apps in an image that is built already, so that a test need not build a kernel.

use anyhow::{Context, ensure};
use flate2::{Compression, write::GzEncoder};
use kernel_core::bundle::Bundle;
use object::{Object, ObjectSymbol};
use std::io::Write;
use std::path::Path;

/// Where the firmware loads a flat image.
const LOAD_ADDRESS: u64 = 0x8_0000;

/// Where the kernel looks for the bundle that its image carries.
const BUNDLE_SYMBOL: &str = "__bundle_start";

/// The kernel of the image at `gzip` with `bundle` instead of its own, as a `kernel8.img`.
///
/// The flat image and the ELF lie beside `gzip`, as `bramble image` leaves them.
///
/// # Errors
///
/// One of the files is missing or not what it should be.
pub fn repack(gzip: &Path, bundle: &Bundle<'_>) -> anyhow::Result<Vec<u8>> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let flat = read(&gzip.with_extension("flat"))?;
    let elf = read(&gzip.with_extension("elf"))?;

    let image = replace_bundle(&flat, bundle_offset_bytes(&elf)?, bundle)?;

    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&image)?;
    Ok(encoder.finish()?)
}

fn bundle_offset_bytes(elf: &[u8]) -> anyhow::Result<usize> {
    let file = object::File::parse(elf).context("the kernel is no ELF")?;
    let symbol = file.symbols().find(|symbol| symbol.name() == Ok(BUNDLE_SYMBOL));
    let address = symbol.with_context(|| format!("the kernel has no {BUNDLE_SYMBOL}"))?.address();
    let offset = address.checked_sub(LOAD_ADDRESS).context("the bundle lies below the image")?;
    Ok(usize::try_from(offset)?)
}

fn replace_bundle(
    flat: &[u8],
    offset_bytes: usize,
    bundle: &Bundle<'_>,
) -> anyhow::Result<Vec<u8>> {
    let old = flat.get(offset_bytes..).unwrap_or_default();
    ensure!(Bundle::read(old).is_ok(), "the image and the ELF are not of the same build");

    let new = bundle.write().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok([&flat[..offset_bytes], &new].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_core::bundle::{OnCrash, WhenDone};

    fn bundle(packed_at_s: u64) -> Bundle<'static> {
        Bundle {
            packed_at_s,
            on_crash: OnCrash::Halt,
            when_done: WhenDone::default(),
            network: Vec::new(),
            apps: Vec::new(),
        }
    }

    #[test]
    fn the_kernel_stays_and_the_bundle_is_another() {
        let flat = [b"kernel", &bundle(1).write().unwrap()[..]].concat();

        let image = replace_bundle(&flat, 6, &bundle(2)).unwrap();

        assert_eq!(&image[..6], b"kernel");
        assert_eq!(Bundle::read(&image[6..]), Ok(bundle(2)));
    }

    #[test]
    fn an_image_without_a_bundle_at_that_place_is_not_touched() {
        let flat = [b"kernel", &bundle(1).write().unwrap()[..]].concat();

        for wrong in [0, 7, flat.len(), flat.len() + 1] {
            assert!(replace_bundle(&flat, wrong, &bundle(2)).is_err(), "offset {wrong}");
        }
    }
}
