//! The boot sector: where everything is, and whether that can be true.
//!
//! Source: *Microsoft FAT Specification* (fatgen103), chapter "Boot Sector and BPB".

use super::fields::{u16_at, u32_at};
use device::BlockError;

use core::fmt;
use device::BLOCK_BYTES;

/// The number of the first cluster that holds data.
pub(super) const CLUSTER_FIRST: u32 = 2;

/// The most clusters that entries of 12, 16 and 28 bits can number.
const CLUSTERS_MAX: [u32; 3] = [4084, 65_524, 0x0fff_fff4];

/// How wide the entries of the allocation table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 12 bits.
    Fat12,
    /// 16 bits.
    Fat16,
    /// 28 bits, in 32.
    Fat32,
}

/// Where the parts of a volume are, in blocks from its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub width: Width,
    /// How many blocks the volume has.
    pub blocks: u32,
    /// First block of the first copy of the table in use.
    pub table_first: u32,
    /// Blocks of one copy.
    pub table_blocks: u32,
    /// Copies to keep alike.
    pub tables: u32,
    /// First block of the root directory of FAT12 and FAT16.
    pub root_first: u32,
    /// Its blocks; none on FAT32.
    pub root_blocks: u32,
    /// First cluster of the root directory of FAT32; 0 on the others.
    pub root_cluster: u32,
    /// First block of cluster 2.
    pub data_first: u32,
    pub cluster_blocks: u32,
    /// How many clusters there are; the last has the number `clusters + 1`.
    pub clusters: u32,
    /// The block with the hints about free clusters, on FAT32.
    pub hints: Option<u32>,
}

impl Geometry {
    /// Reads the boot sector `boot` of a partition with `blocks` blocks.
    ///
    /// # Errors
    ///
    /// [`MountError`], but never [`MountError::Disk`].
    pub(super) fn parse(boot: &[u8; BLOCK_BYTES], blocks: u64) -> Result<Self, MountError> {
        recognise(boot)?;
        let geometry = Self::measure(boot).ok_or(MountError::Damaged)?;
        if u64::from(geometry.blocks) > blocks {
            return Err(MountError::Truncated { missing: u64::from(geometry.blocks) - blocks });
        }
        Ok(geometry)
    }

    /// Bytes in a cluster.
    pub(super) fn cluster_bytes(&self) -> u32 {
        self.cluster_blocks * BLOCK_BYTES as u32
    }

    /// The first number that is no cluster's.
    pub(super) fn cluster_end(&self) -> u32 {
        CLUSTER_FIRST + self.clusters
    }

    /// The first block of `cluster`, which exists.
    pub(super) fn block_of(&self, cluster: u32) -> u32 {
        self.data_first + (cluster - CLUSTER_FIRST) * self.cluster_blocks
    }

    /// Where the boot sector keeps the flag that says "in use".
    pub(super) fn flag_offset(&self) -> usize {
        if self.width == Width::Fat32 { 0x41 } else { 0x25 }
    }

    /// All that the fields say, if they can be true.
    fn measure(boot: &[u8; BLOCK_BYTES]) -> Option<Self> {
        let cluster_blocks = u32::from(boot[13]);
        let tables = u32::from(boot[16]);
        let reserved = u32::from(u16_at(boot, 14));
        if !cluster_blocks.is_power_of_two() || !(1..=4).contains(&tables) || reserved == 0 {
            return None;
        }
        let wide = u16_at(boot, 22) == 0;
        let table_blocks = either(u16_at(boot, 22), u32_at(boot, 36));
        let blocks = either(u16_at(boot, 19), u32_at(boot, 32));
        let root_blocks = u32::from(u16_at(boot, 17)).div_ceil(16);
        let root_first = reserved.checked_add(table_blocks.checked_mul(tables)?)?;
        let data_first = root_first.checked_add(root_blocks)?;
        let clusters = blocks.checked_sub(data_first)? / cluster_blocks;
        let width = width_of(wide, clusters);
        let has_version = wide && u16_at(boot, 42) != 0;
        if has_version || clusters == 0 || clusters > CLUSTERS_MAX[width as usize] {
            return None;
        }
        let geometry = Self {
            width,
            blocks,
            table_first: reserved,
            table_blocks,
            tables,
            root_first,
            root_blocks,
            root_cluster: if wide { u32_at(boot, 44) } else { 0 },
            data_first,
            cluster_blocks,
            clusters,
            hints: hints_of(boot, wide, reserved),
        };
        geometry.with_active_table(u16_at(boot, 40)).filter(Self::is_possible)
    }

    /// FAT32 can say that only one of the copies is kept.
    fn with_active_table(mut self, flags: u16) -> Option<Self> {
        if self.width == Width::Fat32 && flags & 0x80 != 0 {
            let active = u32::from(flags & 0xf);
            self.table_first += active.checked_mul(self.table_blocks)?;
            (active < self.tables).then_some(())?;
            self.tables = 1;
        }
        Some(self)
    }

    fn is_possible(&self) -> bool {
        let entries = u64::from(self.cluster_end());
        let table_bytes = match self.width {
            Width::Fat12 => (entries * 3).div_ceil(2),
            Width::Fat16 => entries * 2,
            Width::Fat32 => entries * 4,
        };
        let root_is_there = match self.width {
            Width::Fat32 => (CLUSTER_FIRST..self.cluster_end()).contains(&self.root_cluster),
            _ => self.root_blocks > 0,
        };
        let room = u64::from(self.table_blocks) * BLOCK_BYTES as u64;
        root_is_there && table_bytes <= room
    }
}

/// The 16-bit field, or the 32-bit one that is used where that is 0.
fn either(short: u16, long: u32) -> u32 {
    if short == 0 { long } else { short.into() }
}

/// The specification goes by the number of clusters. A volume whose short table length is 0 has
/// the layout of FAT32 in any case, and some formatters make such with too few clusters.
fn width_of(wide: bool, clusters: u32) -> Width {
    match clusters {
        _ if wide => Width::Fat32,
        0..4085 => Width::Fat12,
        _ => Width::Fat16,
    }
}

fn hints_of(boot: &[u8; BLOCK_BYTES], wide: bool, reserved: u32) -> Option<u32> {
    let block = u32::from(u16_at(boot, 48));
    (wide && (1..reserved).contains(&block)).then_some(block)
}

/// Tells what is no FAT file system, and what it is instead.
fn recognise(boot: &[u8; BLOCK_BYTES]) -> Result<(), MountError> {
    match &boot[3..11] {
        b"EXFAT   " => return Err(MountError::ExFat),
        b"NTFS    " => return Err(MountError::Ntfs),
        _ => {}
    }
    let sector_bytes = u16_at(boot, 11);
    match sector_bytes {
        _ if boot[510..] != [0x55, 0xaa] => Err(MountError::NotFat),
        512 => Ok(()),
        1024 | 2048 | 4096 => Err(MountError::SectorBytes(sector_bytes)),
        _ => Err(MountError::NotFat),
    }
}

/// Why a volume cannot be used. Each says what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountError {
    /// The disk failed.
    Disk(BlockError),
    /// There is no boot sector.
    NotFat,
    /// There is an exFAT file system.
    ExFat,
    /// There is an NTFS file system.
    Ntfs,
    /// Sectors are not 512 bytes long but these.
    SectorBytes(u16),
    /// The boot sector contradicts itself.
    Damaged,
    /// The volume is longer than the partition.
    Truncated {
        /// By how many blocks.
        missing: u64,
    },
    /// The allocation table does not begin as it must.
    NoTable,
    /// So many files lost their first cluster that the table must be the broken part: repairing
    /// would throw them all away.
    TableLost,
    /// There is not enough memory to check the volume.
    NoMemory,
    /// Directories lie in each other too deep to be checked.
    TooDeep,
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sentence = match self {
            Self::Disk(error) => return error.fmt(f),
            Self::NotFat => "no FAT file system; format the partition as FAT32",
            Self::ExFat => "an exFAT file system; format the partition as FAT32 instead",
            Self::Ntfs => "an NTFS file system; format the partition as FAT32 instead",
            Self::SectorBytes(bytes) => {
                return write!(f, "sectors of {bytes} bytes; format the partition with 512");
            }
            Self::Damaged => "a boot sector that contradicts itself; format the partition again",
            Self::Truncated { missing } => {
                return write!(
                    f,
                    "the card's last {missing} blocks are missing; copy it again, whole"
                );
            }
            Self::NoTable => "the allocation table is gone; save what you need with a PC's fsck",
            Self::TableLost => {
                "the allocation table names almost no file's data; look at it with a PC's fsck"
            }
            Self::NoMemory => "not enough memory to check it; run a PC's fsck",
            Self::TooDeep => "directories nest too deep to be checked; run a PC's fsck",
        };
        f.write_str(sentence)
    }
}
