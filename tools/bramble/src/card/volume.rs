//! The bytes of a card: a partition table, and one FAT32 volume with the card's files.
//!
//! The volume is made and filled by `service_files`, the same code with which the kernel reads
//! and writes it. The same files make the same bytes: every time is the kernel's, every number is
//! made from the contents. Source of the partition table: *UEFI Specification* 2.10, §5.2.1.

use super::contents::{CardFile, Contents};
use abi::Errno;
use anyhow::{Context, anyhow, bail};
use device::{BLOCK_BYTES, BlockDevice, BlockError};
use service_files::{Check, Creation, FatFiles, FileSystem, Format, Node, Width};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// A mebibyte, where every tool puts the first partition, so that it begins with an erase block.
const FIRST_BLOCK: u32 = 2048;

const LABEL: [u8; 11] = *b"BRAMBLE    ";

/// A FAT32 volume whose blocks are addressed by number.
const TYPE_FAT32_BY_BLOCK: u8 = 0x0c;

/// Cylinder, head and sector of what only has a number.
const NO_CYLINDER: [u8; 3] = [0xfe, 0xff, 0xff];

/// Up to how many bytes a card has clusters of how many blocks: the specification's table
/// `DskTableFAT32` (*Microsoft FAT Specification*, fatgen103).
const CLUSTER_BLOCKS: [(u64, u8); 4] =
    [(260 << 20, 1), (8 << 30, 8), (16 << 30, 16), (32 << 30, 32)];
const CLUSTER_BLOCKS_MAX: u8 = 64;

const SECOND_NS: u64 = 1_000_000_000;

/// Writes a card of `size_bytes` with `contents` to the empty file `file`.
///
/// # Errors
///
/// The files do not fit, or `file` cannot be written; what it holds is then of no use.
pub(super) fn write(file: &File, size_bytes: u64, contents: &Contents) -> anyhow::Result<()> {
    let volume_id = contents.volume_id(size_bytes);
    file.set_len(size_bytes)?;
    // A mounted disk stays until the kernel's power-off; one card is made per program.
    let disk: &'static FileDisk =
        Box::leak(Box::new(FileDisk { file: file.try_clone()?, size_bytes }));
    let blocks = u32::try_from(disk.blocks())? - FIRST_BLOCK;

    file.write_all_at(&partition_table(blocks, volume_id), 0)?;
    let format = Format {
        width: Width::Fat32,
        cluster_blocks: cluster_blocks(size_bytes),
        serial: volume_id,
        label: LABEL,
    };
    let wrong = |error| anyhow!("cannot make a FAT32 volume: {error}");
    service_files::format(disk, FIRST_BLOCK.into(), blocks, &format).map_err(wrong)?;
    let mounted = FatFiles::mount(disk, FIRST_BLOCK.into(), blocks.into(), Check::WhenDirty);
    let (mut volume, _) = mounted.map_err(wrong)?;

    let now_ns = contents.packed_at_s.saturating_mul(SECOND_NS);
    for file in &contents.files {
        create(&mut volume, file, now_ns)
            .with_context(|| format!("cannot write {} to the card", file.path))?;
    }
    volume.flush().map_err(explained)
}

fn cluster_blocks(size_bytes: u64) -> u8 {
    let row = CLUSTER_BLOCKS.iter().find(|(bytes_max, _)| size_bytes <= *bytes_max);
    row.map_or(CLUSTER_BLOCKS_MAX, |(_, blocks)| *blocks)
}

/// The first block of a card with one partition of `blocks` blocks.
fn partition_table(blocks: u32, disk_id: u32) -> [u8; BLOCK_BYTES] {
    let mut table = [0; BLOCK_BYTES];
    table[440..444].copy_from_slice(&disk_id.to_le_bytes());
    table[447..450].copy_from_slice(&NO_CYLINDER);
    table[450] = TYPE_FAT32_BY_BLOCK;
    table[451..454].copy_from_slice(&NO_CYLINDER);
    table[454..458].copy_from_slice(&FIRST_BLOCK.to_le_bytes());
    table[458..462].copy_from_slice(&blocks.to_le_bytes());
    table[510..].copy_from_slice(&[0x55, 0xaa]);
    table
}

/// Writes `file` to `volume`, in a folder that is made if it is not there.
fn create(volume: &mut FatFiles, file: &CardFile, now_ns: u64) -> anyhow::Result<()> {
    let node = match file.path.split_once('/') {
        Some((folder, name)) => {
            let folder = folder_of(volume, folder, now_ns)?;
            let node = volume.create(folder, name, Creation::File, now_ns);
            volume.release(folder);
            node
        }
        None => volume.create(volume.root(), &file.path, Creation::File, now_ns),
    };
    let node = node.map_err(explained)?;

    let mut written_bytes = 0;
    while written_bytes < file.bytes.len() {
        let rest = &file.bytes[written_bytes..];
        match volume.write(node, written_bytes as u64, rest, now_ns).map_err(explained)? {
            0 => bail!("the card does not take more"),
            bytes => written_bytes += bytes,
        }
    }
    volume.release(node);
    Ok(())
}

/// The folder `name` of the volume's root, held.
fn folder_of(volume: &mut FatFiles, name: &str, now_ns: u64) -> anyhow::Result<Node> {
    let root = volume.root();
    match volume.find(root, name) {
        Err(Errno::NoEntry) => {
            volume.create(root, name, Creation::Directory, now_ns).map_err(explained)
        }
        found => found.map_err(explained),
    }
}

fn explained(error: Errno) -> anyhow::Error {
    match error {
        Errno::NoSpace => {
            anyhow!("the card is too small for its files: make it larger with --size")
        }
        error => anyhow!("{error}"),
    }
}

/// A file as a disk.
struct FileDisk {
    file: File,
    size_bytes: u64,
}

impl BlockDevice for FileDisk {
    fn blocks(&self) -> u64 {
        self.size_bytes / BLOCK_BYTES as u64
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        ended(self.file.read_exact_at(buffer, first * BLOCK_BYTES as u64))
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        ended(self.file.write_all_at(data, first * BLOCK_BYTES as u64))
    }

    /// What a loss of power leaves is of no use anyway: the file gets its name when it is whole.
    fn flush(&self) -> Result<(), BlockError> {
        Ok(())
    }
}

fn ended(outcome: io::Result<()>) -> Result<(), BlockError> {
    outcome.map_err(|_| BlockError::Failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partition_table_has_one_entry_that_ends_with_the_card() {
        let table = partition_table(129_024, 0x1234_5678);

        // Offsets as the UEFI specification prints them in table 5.1 and 5.2.
        assert_eq!(table[440..446], [0x78, 0x56, 0x34, 0x12, 0, 0]);
        assert_eq!(table[446..454], [0, 0xfe, 0xff, 0xff, 0x0c, 0xfe, 0xff, 0xff]);
        assert_eq!(table[454..462], [0, 8, 0, 0, 0, 0xf8, 1, 0]);
        assert!(table[462..510].iter().all(|byte| *byte == 0));
        assert_eq!(table[510..], [0x55, 0xaa]);
    }

    #[test]
    fn clusters_grow_with_the_card_as_the_specification_says() {
        assert_eq!(cluster_blocks(64 << 20), 1);
        assert_eq!(cluster_blocks(512 << 20), 8);
        assert_eq!(cluster_blocks(8 << 30), 8);
        assert_eq!(cluster_blocks(32 << 30), 32);
        assert_eq!(cluster_blocks(64 << 30), 64);
    }
}
