//! What a volume says about itself: in use or not, and how much of it is free.

use super::fields::{put_u32, u32_at};
use super::geometry::{MountError, Width};
use super::table::Table;
use abi::Errno;
use device::{BLOCK_BYTES, BlockError};

/// The lowest bit of the boot sector's flags: in use.
const IN_USE: u8 = 1;

/// The two highest bits of the table's second entry: not in use, and no errors.
const NOT_IN_USE_16: u32 = 0x8000;
const NOT_IN_USE_32: u32 = 0x0800_0000;

/// The signatures of the block with the hints, and where they stand.
const SIGNATURES: [(usize, u32); 3] = [(0, 0x4161_5252), (484, 0x6141_7272), (508, 0xaa55_0000)];

/// Looks at the first entries of the table and at the hints, and tells whether the volume was
/// left in order.
///
/// # Errors
///
/// [`MountError`].
pub(super) fn examine(table: &mut Table, boot: &[u8; BLOCK_BYTES]) -> Result<bool, MountError> {
    let begins = table.value(0).map_err(failed)?;
    // The lowest byte repeats one of the boot sector, but not all formatters know that.
    if (begins >> 4) & 0xff != 0xff {
        return Err(MountError::NoTable);
    }
    read_hints(table).map_err(failed)?;
    let bits = table.value(1).map_err(failed)?;
    let is_clean = bits & flag(table) == flag(table);
    Ok(is_clean && boot[table.geometry.flag_offset()] & IN_USE == 0)
}

/// What a failure of the disk is for whoever mounts it.
pub(super) fn failed(_: Errno) -> MountError {
    MountError::Disk(BlockError::Failed)
}

/// Says on the disk whether the volume is in use, and returns when that survives a loss of power.
///
/// # Errors
///
/// [`Errno::Io`].
pub(super) fn mark(table: &mut Table, is_in_use: bool) -> Result<(), Errno> {
    let offset = table.geometry.flag_offset();
    let flags = table.disk.sector(0)?[offset];
    let flags = if is_in_use { flags | IN_USE } else { flags & !IN_USE };
    table.disk.change(0, offset, &[flags])?;
    let bits = table.value(1)?;
    let flag = flag(table);
    table.set(1, if is_in_use { bits & !flag } else { bits | flag })?;
    table.flush()
}

/// Writes how many clusters are free, and where to look for one.
///
/// # Errors
///
/// [`Errno::Io`].
pub(super) fn write_hints(table: &mut Table) -> Result<(), Errno> {
    let Some(block) = table.geometry.hints else { return Ok(()) };
    if !are_hints(table.disk.sector(block)?) {
        return Ok(());
    }
    let free = match table.free {
        Some(free) => free,
        None => table.count_free()?,
    };
    let mut bytes = [0; 8];
    put_u32(&mut bytes, 0, free);
    let is_cluster = table.hint < table.geometry.cluster_end();
    put_u32(&mut bytes, 4, if is_cluster { table.hint } else { u32::MAX });
    table.disk.change(block, 488, &bytes)
}

fn read_hints(table: &mut Table) -> Result<(), Errno> {
    let Some(block) = table.geometry.hints else { return Ok(()) };
    let data = table.disk.sector(block)?;
    if are_hints(data) {
        let (free, hint) = (u32_at(data, 488), u32_at(data, 492));
        table.free = Some(free).filter(|free| *free <= table.geometry.clusters);
        table.hint = hint;
    }
    Ok(())
}

fn are_hints(data: &[u8; BLOCK_BYTES]) -> bool {
    SIGNATURES.iter().all(|(offset, value)| u32_at(data, *offset) == *value)
}

/// FAT12 has no such bit.
fn flag(table: &Table) -> u32 {
    match table.geometry.width {
        Width::Fat12 => 0,
        Width::Fat16 => NOT_IN_USE_16,
        Width::Fat32 => NOT_IN_USE_32,
    }
}
