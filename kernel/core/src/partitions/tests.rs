//! Tables as tools write them, and broken ones.

use alloc::string::ToString;

use super::*;

const DISK_BLOCKS: u64 = 131_072;

/// The first block of a disk with these entries: type code, first block, blocks.
fn table(entries: &[(u8, u32, u32)]) -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    for (index, &(code, first_block, blocks)) in entries.iter().enumerate() {
        let entry = &mut block[446 + 16 * index..][..16];
        entry[4] = code;
        entry[8..12].copy_from_slice(&first_block.to_le_bytes());
        entry[12..].copy_from_slice(&blocks.to_le_bytes());
    }
    block[510..].copy_from_slice(&[0x55, 0xaa]);
    block
}

/// The first block of a FAT32 volume as mkfs.vfat writes it, as far as it matters.
fn volume() -> [u8; BLOCK_BYTES] {
    let mut block = [0; BLOCK_BYTES];
    block[..11].copy_from_slice(b"\xeb\x58\x90mkfs.fat");
    block[11..17].copy_from_slice(&[0x00, 0x02, 1, 32, 0, 2]);
    block[21] = 0xf8;
    block[510..].copy_from_slice(&[0x55, 0xaa]);
    block
}

fn find(block: &[u8; BLOCK_BYTES]) -> Result<Partition, PartitionError> {
    find_in(block, DISK_BLOCKS)
}

fn partition(first_block: u64, blocks: u64, kind: Kind) -> Result<Partition, PartitionError> {
    Ok(Partition { first_block, blocks, kind })
}

#[test]
fn one_fat32_partition_is_found() {
    let block = table(&[(0x0c, 2048, 129_024)]);

    assert_eq!(find(&block), partition(2048, 129_024, Kind::Fat32));
}

#[test]
fn every_type_of_fat_is_known() {
    for code in [0x01, 0x04, 0x06, 0x0e] {
        assert_eq!(find(&table(&[(code, 1, 9)])), partition(1, 9, Kind::Fat16));
    }
    for code in [0x0b, 0x0c] {
        assert_eq!(find(&table(&[(code, 1, 9)])), partition(1, 9, Kind::Fat32));
    }
}

#[test]
fn the_first_fat_partition_is_taken_whatever_stands_before_and_after_it() {
    let block = table(&[(0x83, 100, 50), (0, 0, 0), (0x0c, 200, 50), (0x06, 300, 50)]);

    assert_eq!(find(&block), partition(200, 50, Kind::Fat32));
}

#[test]
fn a_card_of_another_system_with_a_fat_partition_first_is_fine() {
    let mut block = table(&[(0x0c, 8192, 1000), (0x83, 16_384, 100_000)]);
    // Boot code, and the first partition marked for it.
    block[..3].copy_from_slice(&[0xeb, 0x63, 0x90]);
    block[446] = 0x80;

    assert_eq!(find(&block), partition(8192, 1000, Kind::Fat32));
}

#[test]
fn a_disk_without_a_table_that_is_one_volume_is_fine() {
    assert_eq!(find(&volume()), partition(0, DISK_BLOCKS, Kind::Fat32));

    let mut fat16 = volume();
    fat16[22] = 32;
    assert_eq!(find(&fat16), partition(0, DISK_BLOCKS, Kind::Fat16));
}

#[test]
fn an_empty_disk_has_no_table() {
    assert_eq!(find(&[0; BLOCK_BYTES]), Err(PartitionError::NoTable));
    assert_eq!(find(&[0xff; BLOCK_BYTES]), Err(PartitionError::NoTable));
}

#[test]
fn boot_code_up_to_the_signature_is_no_table() {
    let mut block = [0x90; BLOCK_BYTES];
    block[510..].copy_from_slice(&[0x55, 0xaa]);

    assert_eq!(find(&block), Err(PartitionError::NoTable));
}

#[test]
fn each_field_of_a_volume_is_looked_at() {
    for (at, value) in [(0, 0x33), (12, 0x10), (13, 3), (14, 0), (16, 7), (21, 0x12)] {
        let mut block = volume();
        block[at] = value;

        assert_eq!(find(&block), Err(PartitionError::NoFat), "byte {at}");
    }
}

#[test]
fn a_guid_partition_table_is_named() {
    let block = table(&[(0xee, 1, u32::MAX)]);

    assert_eq!(find(&block), Err(PartitionError::Guid));
}

#[test]
fn exfat_and_ntfs_are_named_as_a_partition_and_as_a_whole_disk() {
    assert_eq!(find(&table(&[(0x07, 2048, 1000)])), Err(PartitionError::Foreign));
    for name in [b"NTFS    ", b"EXFAT   "] {
        let mut block = volume();
        block[3..11].copy_from_slice(name);
        assert_eq!(find(&block), Err(PartitionError::Foreign));
    }
}

#[test]
fn a_table_without_fat_is_named() {
    assert_eq!(find(&table(&[])), Err(PartitionError::NoFat));
    assert_eq!(find(&table(&[(0x83, 2048, 1000)])), Err(PartitionError::NoFat));
    assert_eq!(find(&table(&[(0x0c, 2048, 0)])), Err(PartitionError::NoFat));
}

#[test]
fn a_partition_may_end_with_the_disk_but_not_later() {
    let fits = table(&[(0x0c, 2048, 129_024)]);
    let too_long = table(&[(0x0c, 2048, 129_025)]);
    let far_too_long = table(&[(0x0c, u32::MAX, u32::MAX)]);

    assert!(find(&fits).is_ok());
    let error = |missing_blocks| Err(PartitionError::PastTheEnd { number: 1, missing_blocks });
    assert_eq!(find(&too_long), error(1));
    assert_eq!(find(&far_too_long), error(2 * u64::from(u32::MAX) - DISK_BLOCKS));
}

#[test]
fn partitions_may_touch_but_not_overlap() {
    let touching = table(&[(0x0c, 100, 50), (0x83, 150, 50), (0x83, 50, 50)]);
    let overlapping = table(&[(0x83, 50, 50), (0x0c, 100, 50), (0x83, 149, 50)]);
    let within = table(&[(0x0c, 100, 50), (0, 0, 0), (0, 0, 0), (0x0b, 110, 1)]);

    assert!(find(&touching).is_ok());
    assert_eq!(find(&overlapping), Err(PartitionError::Overlap { number: 2, other: 3 }));
    assert_eq!(find(&within), Err(PartitionError::Overlap { number: 1, other: 4 }));
}

#[test]
fn others_that_overlap_are_not_our_affair() {
    let block = table(&[(0x0c, 100, 50), (0x83, 200, 50), (0x83, 210, 50)]);

    assert!(find(&block).is_ok());
}

#[test]
fn a_partition_over_the_table_is_refused() {
    let block = table(&[(0x0c, 0, 1000)]);

    assert_eq!(find(&block), Err(PartitionError::OverTable { number: 1 }));
}

#[test]
fn any_block_at_all_gives_an_answer() {
    let mut seed: u32 = 1;
    for _ in 0..20_000 {
        let mut block = table(&[]);
        for byte in &mut block[446..510] {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = if seed >> 30 == 0 { (seed >> 16) as u8 } else { 0 };
        }
        if let Ok(found) = find(&block) {
            assert!(found.first_block + found.blocks <= DISK_BLOCKS);
        }
    }
}

#[test]
fn a_disk_that_cannot_be_read_says_why() {
    struct NoDisk;

    impl BlockDevice for NoDisk {
        fn blocks(&self) -> u64 {
            0
        }

        fn read(&self, _: u64, _: &mut [u8]) -> Result<(), BlockError> {
            Err(BlockError::Absent)
        }

        fn write(&self, _: u64, _: &[u8]) -> Result<(), BlockError> {
            Err(BlockError::Absent)
        }

        fn flush(&self) -> Result<(), BlockError> {
            Err(BlockError::Absent)
        }
    }

    assert_eq!(super::find(&NoDisk), Err(PartitionError::Unreadable(BlockError::Absent)));
}

#[test]
fn an_error_says_what_to_do() {
    let error = PartitionError::PastTheEnd { number: 2, missing_blocks: 7 };

    let text = "partition 2 ends 7 blocks past the end of the disk; it was made for a larger \
                one, so make one FAT32 partition (type 0c) on it";
    assert_eq!(error.to_string(), text);
}
