//! Flattens the kernel's ELF file into the bytes that the firmware loads.

use anyhow::{Context, bail, ensure};
use object::{Object, ObjectSegment, ObjectSymbol};

/// Where the firmware loads a 64-bit kernel (`kernel_address` in `config.txt`).
pub(super) const LOAD_ADDRESS: u64 = 0x8_0000;

/// The kernel looks for its bundle here.
const BUNDLE_SYMBOL: &str = "__bundle_start";

/// More than any kernel; a linker script gone wrong would otherwise ask for gigabytes.
const FLAT_BYTES_MAX: u64 = 64 << 20;

/// The kernel as it lies in memory from [`LOAD_ADDRESS`] on, up to where its bundle begins.
///
/// # Errors
///
/// `elf` is not an ELF file, or was not linked by the kernel's linker script.
pub(super) fn flatten(elf: &[u8]) -> anyhow::Result<Vec<u8>> {
    let file = object::File::parse(elf).context("the kernel is not an ELF file")?;
    let bundle_start = file
        .symbols()
        .find(|symbol| symbol.name() == Ok(BUNDLE_SYMBOL))
        .with_context(|| format!("the kernel has no symbol `{BUNDLE_SYMBOL}`"))?
        .address();
    let length_bytes = bundle_start
        .checked_sub(LOAD_ADDRESS)
        .filter(|length| *length <= FLAT_BYTES_MAX)
        .with_context(|| format!("`{BUNDLE_SYMBOL}` cannot be at {bundle_start:#x}"))?;

    let mut flat = vec![0; length_bytes as usize];
    for segment in file.segments() {
        let bytes = segment.data()?;
        if !bytes.is_empty() {
            place(&mut flat, segment.address(), bytes)?;
        }
    }

    ensure!(flat.iter().any(|byte| *byte != 0), "the kernel has no bytes to load");
    Ok(flat)
}

fn place(flat: &mut [u8], address: u64, bytes: &[u8]) -> anyhow::Result<()> {
    let start = address.checked_sub(LOAD_ADDRESS).map(|offset| offset as usize);
    let room = start.and_then(|start| flat.get_mut(start..start.checked_add(bytes.len())?));
    match room {
        Some(room) => room.copy_from_slice(bytes),
        None => bail!(
            "the kernel's segment at {address:#x} lies outside {LOAD_ADDRESS:#x} to `{BUNDLE_SYMBOL}`"
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests;
