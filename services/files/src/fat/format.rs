//! Making an empty volume, for cards that are made on a PC and for tests.
//!
//! Source: *Microsoft FAT Specification* (fatgen103), chapters "Boot Sector and BPB" and "FAT
//! Volume Initialization".

use super::fields::{put_u16, put_u32};
use super::geometry::{Geometry, MountError, Width};
use device::{BLOCK_BYTES, BlockDevice};

/// Copies of the table.
const TABLES: u32 = 2;

/// Slots of the root directory of FAT12 and FAT16.
const ROOT_SLOTS: u16 = 512;

/// Blocks before the table of FAT32, and where in them the hints and the copy of both are.
const RESERVED_32: u16 = 32;
const HINTS: u16 = 1;
const BACKUP: u16 = 6;

/// The first byte of the table and a byte of the boot sector, on all disks that are not floppies.
const MEDIA: u8 = 0xf8;

/// What volume to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// How wide the entries of the table are. The number of clusters must fit.
    pub width: Width,
    /// Blocks of a cluster, a power of two up to 128.
    pub cluster_blocks: u8,
    /// The volume's number, which tells one card from another.
    pub serial: u32,
    /// The volume's name in capitals, filled up with spaces.
    pub label: [u8; 11],
}

/// Makes an empty volume of the `blocks` blocks from `first` on. The same arguments make the same
/// bytes, but for blocks of files, which keep what they had.
///
/// # Errors
///
/// [`MountError::Damaged`] if there is no such volume of that size, with nothing changed;
/// [`MountError::Disk`].
pub fn format(
    device: &dyn BlockDevice,
    first: u64,
    blocks: u32,
    format: &Format,
) -> Result<(), MountError> {
    let boot = boot_sector(first, blocks, format);
    let geometry = Geometry::parse(&boot, blocks.into())?;
    if geometry.width != format.width || !has_right_count(&geometry) {
        return Err(MountError::Damaged);
    }
    let write = |block: u32, data: &[u8; BLOCK_BYTES]| {
        device.write(first + u64::from(block), data).map_err(MountError::Disk)
    };
    let cleared = if geometry.width == Width::Fat32 { geometry.cluster_blocks } else { 0 };
    for block in 0..geometry.data_first + cleared {
        write(block, &[0; BLOCK_BYTES])?;
    }
    for copy in 0..TABLES {
        write(geometry.table_first + copy * geometry.table_blocks, &table_start(format.width))?;
    }
    write(geometry.root_first, &label_slot(format))?;
    if let Some(hints) = geometry.hints {
        let data = hints_sector(&geometry);
        write(hints, &data)?;
        write(hints + u32::from(BACKUP), &data)?;
        write(BACKUP.into(), &boot)?;
    }
    write(0, &boot)?;
    device.flush().map_err(MountError::Disk)
}

fn boot_sector(first: u64, blocks: u32, format: &Format) -> [u8; BLOCK_BYTES] {
    let mut boot = [0; BLOCK_BYTES];
    let is_32 = format.width == Width::Fat32;
    // A jump, as the specification wants it, to code that only says "stop".
    boot[..3].copy_from_slice(&[0xeb, if is_32 { 0x58 } else { 0x3c }, 0x90]);
    boot[3..11].copy_from_slice(b"MSWIN4.1");
    put_u16(&mut boot, 11, BLOCK_BYTES as u16);
    boot[13] = format.cluster_blocks;
    let reserved = if is_32 { RESERVED_32 } else { 1 };
    put_u16(&mut boot, 14, reserved);
    boot[16] = TABLES as u8;
    put_u16(&mut boot, 17, if is_32 { 0 } else { ROOT_SLOTS });
    let short = if is_32 { None } else { u16::try_from(blocks).ok() };
    put_u16(&mut boot, 19, short.unwrap_or(0));
    boot[21] = MEDIA;
    put_u16(&mut boot, 24, 63);
    put_u16(&mut boot, 26, 255);
    put_u32(&mut boot, 28, u32::try_from(first).unwrap_or(0));
    put_u32(&mut boot, 32, if short.is_some() { 0 } else { blocks });
    let table_blocks = table_blocks(blocks, reserved, format);
    let extended = if is_32 {
        put_u32(&mut boot, 36, table_blocks);
        put_u32(&mut boot, 44, 2);
        put_u16(&mut boot, 48, HINTS);
        put_u16(&mut boot, 50, BACKUP);
        64
    } else {
        put_u16(&mut boot, 22, table_blocks as u16);
        36
    };
    boot[extended] = 0x80;
    boot[extended + 2] = 0x29;
    put_u32(&mut boot, extended + 3, format.serial);
    boot[extended + 7..extended + 18].copy_from_slice(&format.label);
    let kind: &[u8; 8] = match format.width {
        Width::Fat12 => b"FAT12   ",
        Width::Fat16 => b"FAT16   ",
        Width::Fat32 => b"FAT32   ",
    };
    boot[extended + 18..extended + 26].copy_from_slice(kind);
    boot[510..].copy_from_slice(&[0x55, 0xaa]);
    boot
}

/// Blocks of a table that is large enough for the clusters that remain beside it.
fn table_blocks(blocks: u32, reserved: u16, format: &Format) -> u32 {
    let (bits, root_blocks) = match format.width {
        Width::Fat12 => (12, u32::from(ROOT_SLOTS) / 16),
        Width::Fat16 => (16, u32::from(ROOT_SLOTS) / 16),
        Width::Fat32 => (32, 0),
    };
    let mut table_blocks = 1;
    loop {
        let others = u32::from(reserved) + root_blocks + TABLES * table_blocks;
        let clusters = blocks.saturating_sub(others) / u32::from(format.cluster_blocks.max(1));
        let bytes = ((u64::from(clusters) + 2) * bits).div_ceil(8);
        let needed = bytes.div_ceil(BLOCK_BYTES as u64) as u32;
        if needed <= table_blocks {
            return table_blocks;
        }
        table_blocks = needed;
    }
}

/// Whether the number of clusters is one that everybody takes for that width.
fn has_right_count(geometry: &Geometry) -> bool {
    match geometry.width {
        Width::Fat12 | Width::Fat16 => true,
        Width::Fat32 => geometry.clusters >= 65_525,
    }
}

/// Entries 0 and 1, which are no cluster's, and the end of the root directory of FAT32.
fn table_start(width: Width) -> [u8; BLOCK_BYTES] {
    let mut table = [0; BLOCK_BYTES];
    match width {
        Width::Fat12 => table[..3].copy_from_slice(&[MEDIA, 0xff, 0xff]),
        Width::Fat16 => table[..4].copy_from_slice(&[MEDIA, 0xff, 0xff, 0xff]),
        Width::Fat32 => {
            put_u32(&mut table, 0, 0x0fff_ff00 | u32::from(MEDIA));
            put_u32(&mut table, 4, 0x0fff_ffff);
            put_u32(&mut table, 8, 0x0fff_ffff);
        }
    }
    table
}

fn label_slot(format: &Format) -> [u8; BLOCK_BYTES] {
    let mut root = [0; BLOCK_BYTES];
    root[..11].copy_from_slice(&format.label);
    root[11] = 0x08;
    // 1980-01-01, so that the same arguments make the same bytes.
    put_u16(&mut root, 24, 1 << 5 | 1);
    root
}

fn hints_sector(geometry: &Geometry) -> [u8; BLOCK_BYTES] {
    let mut hints = [0; BLOCK_BYTES];
    put_u32(&mut hints, 0, 0x4161_5252);
    put_u32(&mut hints, 484, 0x6141_7272);
    // The root directory has one cluster.
    put_u32(&mut hints, 488, geometry.clusters - 1);
    put_u32(&mut hints, 492, 3);
    put_u32(&mut hints, 508, 0xaa55_0000);
    hints
}
