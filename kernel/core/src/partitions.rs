//! Finds the part of a disk that holds a FAT file system, or says what to do about its absence.
//!
//! Sources: for the table in the first block, *UEFI Specification* 2.10, §5.2; for the fields of
//! a FAT volume's first block, *Microsoft FAT Specification* (2005), §3.

use core::fmt;
use device::{BLOCK_BYTES, BlockDevice, BlockError};

/// Where a file system lies on its disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// The disk's block that is the first of the partition.
    pub first_block: u64,
    /// How many there are.
    pub blocks: u64,
    /// What the table says that it holds; the file system itself knows better.
    pub kind: Kind,
}

/// What a partition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// FAT12 or FAT16.
    Fat16,
    /// FAT32.
    Fat32,
}

/// Finds the first FAT partition of `disk`; a disk that is one FAT volume without a table is a
/// partition too.
///
/// # Errors
///
/// [`PartitionError`], which says what to do.
pub fn find(disk: &dyn BlockDevice) -> Result<Partition, PartitionError> {
    let mut block = [0; BLOCK_BYTES];
    disk.read(0, &mut block).map_err(PartitionError::Unreadable)?;
    find_in(&block, disk.blocks())
}

/// Finds the first FAT partition of a disk with `blocks`, whose first block is `block`.
///
/// # Errors
///
/// [`PartitionError`], which says what to do.
pub fn find_in(block: &[u8; BLOCK_BYTES], blocks: u64) -> Result<Partition, PartitionError> {
    if !has_signature(block) {
        return Err(PartitionError::NoTable);
    }
    if is_foreign_volume(block) {
        return Err(PartitionError::Foreign);
    }
    if let Some(kind) = kind_of_volume(block) {
        return Ok(Partition { first_block: 0, blocks, kind });
    }
    let entries = [0, 1, 2, 3].map(|index| Entry::read(block, index));
    if !entries.iter().all(Entry::has_a_boot_mark) {
        return Err(PartitionError::NoTable);
    }
    let (number, kind) = first_fat(&entries)?;
    check(&entries, number, blocks)?;
    let Entry { first_block, blocks, .. } = entries[number - 1];
    Ok(Partition { first_block, blocks, kind })
}

/// One of the four entries of the table.
#[derive(Clone, Copy)]
struct Entry {
    boot_mark: u8,
    code: u8,
    first_block: u64,
    blocks: u64,
}

impl Entry {
    /// The entry at `index`, below 4.
    fn read(block: &[u8; BLOCK_BYTES], index: usize) -> Self {
        const FIRST_ENTRY: usize = 446;
        const ENTRY_BYTES: usize = 16;

        let start = FIRST_ENTRY + index * ENTRY_BYTES;
        Self {
            boot_mark: block[start],
            code: block[start + 4],
            first_block: word(block, start + 8).into(),
            blocks: word(block, start + 12).into(),
        }
    }

    /// Whether the mark has one of its two values; with others the block is code, not a table.
    fn has_a_boot_mark(&self) -> bool {
        matches!(self.boot_mark, 0x00 | 0x80)
    }

    fn is_used(&self) -> bool {
        self.code != 0 && self.blocks != 0
    }

    /// The block after the last; both numbers have 32 bits, so it cannot overflow.
    fn end(&self) -> u64 {
        self.first_block + self.blocks
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.first_block < other.end() && other.first_block < self.end()
    }
}

/// The number, from 1 on, of the first entry for FAT, and what it holds.
fn first_fat(entries: &[Entry; 4]) -> Result<(usize, Kind), PartitionError> {
    let mut other = PartitionError::NoFat;
    for (number, entry) in (1..).zip(entries) {
        match entry.code {
            _ if !entry.is_used() => {}
            0x01 | 0x04 | 0x06 | 0x0e => return Ok((number, Kind::Fat16)),
            0x0b | 0x0c => return Ok((number, Kind::Fat32)),
            0xee => return Err(PartitionError::Guid),
            0x07 => other = PartitionError::Foreign,
            _ => {}
        }
    }
    Err(other)
}

/// Checks that the entry with `number` is within the disk, and no other reaches into it.
fn check(entries: &[Entry; 4], number: usize, blocks: u64) -> Result<(), PartitionError> {
    let entry = entries[number - 1];
    if entry.first_block == 0 {
        return Err(PartitionError::OverTable { number });
    }
    if entry.end() > blocks {
        return Err(PartitionError::PastTheEnd { number, missing_blocks: entry.end() - blocks });
    }
    let overlaps = |(other, found): &(usize, &Entry)| {
        *other != number && found.is_used() && found.overlaps(&entry)
    };
    match (1..).zip(entries).find(overlaps) {
        Some((other, _)) => Err(PartitionError::Overlap { number, other }),
        None => Ok(()),
    }
}

fn has_signature(block: &[u8; BLOCK_BYTES]) -> bool {
    block[510..] == [0x55, 0xaa]
}

/// Whether this is the first block of an NTFS or exFAT volume.
fn is_foreign_volume(block: &[u8; BLOCK_BYTES]) -> bool {
    matches!(&block[3..11], b"NTFS    " | b"EXFAT   ")
}

/// What FAT volume this is the first block of, if it is that of one: all fields that a table's
/// boot code in the same place would not have by chance.
fn kind_of_volume(block: &[u8; BLOCK_BYTES]) -> Option<Kind> {
    let is_jump = matches!(block[..3], [0xeb, _, 0x90] | [0xe9, _, _]);
    let block_bytes = u16::from_le_bytes([block[11], block[12]]);
    let cluster_blocks = block[13];
    let reserved_blocks = u16::from_le_bytes([block[14], block[15]]);
    let tables = block[16];
    let medium = block[21];
    let table_blocks_of_fat16 = u16::from_le_bytes([block[22], block[23]]);

    let is_volume = is_jump
        && usize::from(block_bytes) == BLOCK_BYTES
        && cluster_blocks.is_power_of_two()
        && reserved_blocks > 0
        && matches!(tables, 1 | 2)
        && matches!(medium, 0xf0 | 0xf8..=0xff);
    let kind = if table_blocks_of_fat16 == 0 { Kind::Fat32 } else { Kind::Fat16 };
    is_volume.then_some(kind)
}

fn word(block: &[u8; BLOCK_BYTES], at: usize) -> u32 {
    u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]])
}

/// Why a disk has no FAT partition to use. Partitions have numbers from 1 to 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartitionError {
    /// The first block cannot be read.
    Unreadable(BlockError),
    /// The first block is neither a table nor the start of a FAT volume.
    NoTable,
    /// The table is a GUID partition table's placeholder.
    Guid,
    /// There is NTFS or exFAT, and no FAT.
    Foreign,
    /// No partition is one that could be used.
    NoFat,
    /// The partition begins at block 0, where the table is.
    OverTable {
        /// The partition.
        number: usize,
    },
    /// The partition is longer than the disk.
    PastTheEnd {
        /// The partition.
        number: usize,
        /// Blocks of it that the disk does not have.
        missing_blocks: u64,
    },
    /// Another partition has some of the same blocks.
    Overlap {
        /// The partition.
        number: usize,
        /// The other.
        other: usize,
    },
}

impl fmt::Display for PartitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const FORMAT: &str = "make one FAT32 partition (type 0c) on it";
        match self {
            Self::Unreadable(error) => {
                write!(f, "the disk's first block cannot be read: {error}; try another card")
            }
            Self::NoTable => write!(f, "the disk has no partition table; {FORMAT}"),
            Self::Guid => {
                write!(f, "the disk has a GUID partition table; choose MBR instead and {FORMAT}")
            }
            Self::Foreign => {
                write!(f, "the disk has exFAT or NTFS, which the kernel cannot read; {FORMAT}")
            }
            Self::NoFat => write!(f, "the disk has no FAT partition; {FORMAT}"),
            Self::OverTable { number } => {
                write!(f, "partition {number} begins where the partition table is; {FORMAT}")
            }
            Self::PastTheEnd { number, missing_blocks } => write!(
                f,
                "partition {number} ends {missing_blocks} blocks past the end of the disk; \
                 it was made for a larger one, so {FORMAT}"
            ),
            Self::Overlap { number, other } => write!(
                f,
                "partitions {number} and {other} overlap; save what is on them and {FORMAT}"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
