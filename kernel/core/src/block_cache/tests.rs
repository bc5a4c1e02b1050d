//! The cache in front of a disk that records what it is asked for.

mod disk;

use alloc::vec;

use super::*;
use disk::{Call, Disk, clock};

fn cache_of(disk: &Disk, blocks: usize) -> BlockCache<&Disk> {
    BlockCache::new(disk, clock(), blocks).expect("there is memory for so few")
}

/// `count` blocks full of `byte`.
fn blocks_of(byte: u8, count: usize) -> Vec<u8> {
    vec![byte; count * BLOCK_BYTES]
}

/// The first bytes of `count` blocks as the cache reads them.
fn read(cache: &impl BlockDevice, first: u64, count: usize) -> Result<Vec<u8>, BlockError> {
    let mut buffer = blocks_of(0, count);
    cache.read(first, &mut buffer)?;
    Ok(buffer.chunks(BLOCK_BYTES).map(|block| block[0]).collect())
}

fn write(cache: &impl BlockDevice, first: u64, byte: u8) -> Result<(), BlockError> {
    cache.write(first, &blocks_of(byte, 1))
}

#[test]
fn what_was_read_once_is_not_read_again() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 16);

    assert_eq!(read(&cache, 5, 2), Ok(vec![5, 6]));
    assert_eq!(read(&cache, 6, 1), Ok(vec![6]));

    assert_eq!(disk.calls(), [Call::Read(5, 2)]);
}

#[test]
fn a_reader_in_sequence_is_read_ahead_for() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    for block in 100..164 {
        assert_eq!(read(&cache, block, 1), Ok(vec![block as u8]));
    }

    assert_eq!(disk.calls(), [Call::Read(100, 1), Call::Read(101, 64)]);
}

#[test]
fn blocks_that_are_here_do_not_stop_the_reading_ahead() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    read(&cache, 7, 1).unwrap();
    disk.calls();

    // As a file system looks at its table between the blocks of a file.
    for block in 100..110 {
        read(&cache, block, 1).unwrap();
        read(&cache, 7, 1).unwrap();
    }

    assert_eq!(disk.calls(), [Call::Read(100, 1), Call::Read(101, 64)]);
}

#[test]
fn a_reader_here_and_there_is_not_read_ahead_for() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    for block in [100, 300, 200] {
        read(&cache, block, 1).unwrap();
    }

    assert_eq!(disk.calls(), [Call::Read(100, 1), Call::Read(300, 1), Call::Read(200, 1)]);
}

#[test]
fn reading_ahead_ends_with_the_disk_and_before_what_is_here() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    read(&cache, 1020, 1).unwrap();
    read(&cache, 1021, 1).unwrap();
    write(&cache, 210, 1).unwrap();
    read(&cache, 200, 1).unwrap();
    read(&cache, 201, 1).unwrap();

    let calls = [Call::Read(1020, 1), Call::Read(1021, 3), Call::Read(200, 1), Call::Read(201, 9)];
    assert_eq!(disk.calls(), calls);
    assert_eq!(read(&cache, 209, 3), Ok(vec![209, 1, 211]));
}

#[test]
fn a_bad_block_ahead_does_not_harm_the_reader_before_it() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    disk.set(|state| state.bad_block = Some(110));

    assert_eq!(read(&cache, 100, 1), Ok(vec![100]));
    assert_eq!(read(&cache, 101, 2), Ok(vec![101, 102]));
    assert_eq!(read(&cache, 110, 1), Err(BlockError::Corrupt));
}

#[test]
fn what_is_written_is_read_back_before_the_disk_has_it() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 16);

    write(&cache, 9, 0xaa).unwrap();

    assert_eq!(read(&cache, 8, 3), Ok(vec![8, 0xaa, 10]));
    assert_eq!(disk.byte(9), 9);
    assert_eq!(cache.flush(), Ok(()));
    assert_eq!(disk.byte(9), 0xaa);
}

#[test]
fn neighbours_are_written_in_one_piece() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    for block in 10..20 {
        write(&cache, block, 1).unwrap();
    }
    cache.flush().unwrap();

    assert_eq!(disk.calls(), [Call::Write(10, 10), Call::Flush]);
    assert_eq!(cache.dirty_blocks(), 0);
}

#[test]
fn a_piece_is_no_longer_than_the_room_for_it() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    for block in 0..150 {
        write(&cache, block, 1).unwrap();
    }
    cache.flush().unwrap();

    let pieces = [Call::Write(0, 64), Call::Write(64, 64), Call::Write(128, 22), Call::Flush];
    assert_eq!(disk.calls(), pieces);
}

#[test]
fn blocks_reach_the_disk_in_the_order_of_their_last_writes() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    // Data, table, data, table, directory: as a file system appends to a file.
    for (block, byte) in [(100, 1), (5, 1), (101, 2), (5, 2), (50, 3)] {
        write(&cache, block, byte).unwrap();
    }
    cache.flush().unwrap();

    let order = [Call::Write(100, 2), Call::Write(5, 1), Call::Write(50, 1), Call::Flush];
    assert_eq!(disk.calls(), order);
}

#[test]
fn neighbours_written_in_between_wait_for_their_turn() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);

    for block in [10, 50, 11, 9] {
        write(&cache, block, 1).unwrap();
    }
    cache.flush().unwrap();

    let one_by_one = [10, 50, 11, 9].map(|block| Call::Write(block, 1));
    assert_eq!(disk.calls()[..4], one_by_one);
}

#[test]
fn a_full_cache_gives_up_the_clean_and_unused_first() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 4);
    write(&cache, 1, 0xaa).unwrap();
    for block in [200, 300, 400] {
        read(&cache, block, 1).unwrap();
    }
    disk.calls();

    // Wanted a second time: each of them in turn, so that it matters which.
    for (wanted, other) in [(200, 500), (300, 600), (400, 700)] {
        read(&cache, wanted, 1).unwrap();
        read(&cache, other, 1).unwrap();
        disk.calls();

        assert_eq!(read(&cache, wanted, 1), Ok(vec![wanted as u8]));
        assert_eq!(read(&cache, 1, 1), Ok(vec![0xaa]));
        assert_eq!(disk.calls(), [], "block {wanted}");
    }
}

#[test]
fn a_cache_full_of_what_waits_writes_the_oldest_piece_to_make_room() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 4);
    for block in [10, 11, 20, 30] {
        write(&cache, block, 1).unwrap();
    }
    assert_eq!(disk.calls(), []);

    write(&cache, 40, 1).unwrap();

    assert_eq!(disk.calls(), [Call::Write(10, 2)]);
    assert_eq!(cache.dirty_blocks(), 3);
}

#[test]
fn reading_never_waits_for_writing() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 2);
    write(&cache, 1, 0xaa).unwrap();
    write(&cache, 2, 0xbb).unwrap();

    assert_eq!(read(&cache, 0, 4), Ok(vec![0, 0xaa, 0xbb, 3]));

    assert_eq!(disk.calls(), [Call::Read(0, 1), Call::Read(3, 1)]);
}

#[test]
fn a_long_read_passes_by_but_sees_what_waits() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    write(&cache, 103, 0xaa).unwrap();
    write(&cache, 164, 0xbb).unwrap();

    let bytes = read(&cache, 100, 64).unwrap();

    assert_eq!(bytes[2..5], [102, 0xaa, 104]);
    assert_eq!(bytes[63], 163);
    assert_eq!(disk.calls(), [Call::Read(100, 64)]);
}

#[test]
fn a_long_write_passes_by_and_replaces_what_waits() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    read(&cache, 99, 3).unwrap();
    write(&cache, 103, 0xaa).unwrap();
    disk.calls();

    cache.write(100, &blocks_of(0xcc, 64)).unwrap();

    assert_eq!(disk.calls(), [Call::Write(100, 64)]);
    assert_eq!(cache.dirty_blocks(), 0);
    assert_eq!(cache.dirty_since_ns(), None);
    assert_eq!(read(&cache, 99, 5), Ok(vec![99, 0xcc, 0xcc, 0xcc, 0xcc]));
}

#[test]
fn a_long_write_that_fails_keeps_what_waits_and_nothing_else() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    read(&cache, 101, 1).unwrap();
    write(&cache, 103, 0xaa).unwrap();
    disk.set(|state| state.bad_block = Some(163));

    assert_eq!(cache.write(100, &blocks_of(0xcc, 64)), Err(BlockError::Corrupt));
    disk.calls();

    assert_eq!(cache.dirty_blocks(), 1);
    assert_eq!(read(&cache, 103, 1), Ok(vec![0xaa]));
    assert_eq!(disk.calls(), []);
    read(&cache, 101, 1).unwrap();
    assert_eq!(disk.calls(), [Call::Read(101, 1)]);
}

#[test]
fn an_error_is_the_flushers_and_the_block_waits_on() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    for block in [10, 20, 30] {
        write(&cache, block, 0xaa).unwrap();
    }
    disk.set(|state| state.bad_block = Some(20));

    assert_eq!(cache.flush(), Err(BlockError::Corrupt));

    // Nothing after it in the order was written.
    assert_eq!(disk.calls(), [Call::Write(10, 1), Call::Write(20, 1)]);
    assert_eq!(cache.dirty_blocks(), 2);
    disk.set(|state| state.bad_block = None);
    assert_eq!(cache.flush(), Ok(()));
    assert_eq!([10, 20, 30].map(|block| disk.byte(block)), [0xaa; 3]);
}

#[test]
fn a_pulled_card_fails_every_call_until_it_is_revived_and_what_waited_is_lost() {
    let disk = Disk::new();
    let cache = cache_of(&disk, USUAL_BLOCKS);
    write(&cache, 10, 0xaa).unwrap();
    disk.set(|state| state.is_absent = true);

    assert_eq!(cache.flush(), Err(BlockError::Absent));
    assert_eq!(read(&cache, 10, 1), Err(BlockError::Absent));
    assert_eq!(write(&cache, 11, 1), Err(BlockError::Absent));
    assert_eq!(cache.dirty_blocks(), 1);

    assert_eq!(cache.revive(), Ok(()));
    assert_eq!(cache.dirty_blocks(), 0);
    assert_eq!(read(&cache, 10, 1), Ok(vec![10]));
}

#[test]
fn what_waits_on_a_failing_disk_never_outgrows_the_cache() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 4);
    disk.set(|state| state.bad_block = Some(0));

    let results: Vec<_> = (0..6).map(|block| write(&cache, block, 1)).collect();

    assert_eq!(results[..4], [Ok(()); 4]);
    assert_eq!(results[4..], [Err(BlockError::Corrupt); 2]);
    assert_eq!(cache.dirty_blocks(), 4);
    // What is here already can still be changed.
    assert_eq!(write(&cache, 3, 2), Ok(()));
}

#[test]
fn a_protected_disk_says_so_at_once() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 4);
    disk.set(|state| state.is_read_only = true);

    assert_eq!(write(&cache, 0, 1), Err(BlockError::ReadOnly));

    assert!(cache.is_read_only());
    assert_eq!(cache.dirty_blocks(), 0);
}

#[test]
fn the_time_that_the_oldest_block_has_waited_is_known() {
    let disk = Disk::new();
    let clock = clock();
    let cache = BlockCache::new(&disk, clock, 16).unwrap();
    assert_eq!(cache.dirty_since_ns(), None);

    clock.set(100);
    write(&cache, 1, 1).unwrap();
    clock.set(200);
    write(&cache, 2, 1).unwrap();
    assert_eq!(cache.dirty_since_ns(), Some(100));

    cache.flush().unwrap();
    assert_eq!(cache.dirty_since_ns(), None);
}

#[test]
fn the_time_goes_on_to_the_next_when_the_oldest_is_written() {
    let disk = Disk::new();
    let clock = clock();
    let cache = BlockCache::new(&disk, clock, 2).unwrap();
    for (now_ns, block) in [(100, 1), (200, 20), (300, 30)] {
        clock.set(now_ns);
        write(&cache, block, 1).unwrap();
    }

    assert_eq!(cache.dirty_since_ns(), Some(200));
}

#[test]
fn a_block_that_was_written_again_has_waited_no_less() {
    let disk = Disk::new();
    let clock = clock();
    let cache = BlockCache::new(&disk, clock, 2).unwrap();
    for (now_ns, block) in [(100, 1), (200, 20), (300, 1), (400, 30)] {
        clock.set(now_ns);
        write(&cache, block, 1).unwrap();
    }

    // Block 20 was the one to make room.
    assert_eq!(disk.calls(), [Call::Write(20, 1)]);
    assert_eq!(cache.dirty_since_ns(), Some(100));
}

#[test]
fn what_does_not_fit_the_disk_does_not_reach_it() {
    let disk = Disk::new();
    let cache = cache_of(&disk, 4);
    let past_the_end = BlockError::OutOfRange { block: 1024 };

    assert_eq!(read(&cache, 1023, 2), Err(past_the_end));
    assert_eq!(cache.write(1023, &blocks_of(1, 2)), Err(past_the_end));
    assert_eq!(cache.write(0, &[0; 100]), Err(BlockError::Unaligned));

    assert_eq!(disk.calls(), []);
}

#[test]
fn whatever_is_done_cache_and_disk_together_are_a_disk() {
    for blocks in [1, 7, USUAL_BLOCKS] {
        let disk = Disk::new();
        let cache = cache_of(&disk, blocks);
        let mut expected = disk.bytes();
        let mut random = Random(blocks as u32);

        for step in 0..4000 {
            let first = random.below(200);
            let count = if random.below(20) == 0 { 64 } else { 1 + random.below(6) };
            let range = first * BLOCK_BYTES..(first + count) * BLOCK_BYTES;
            match random.below(8) {
                0..4 => {
                    let mut buffer = blocks_of(0, count);
                    cache.read(first as u64, &mut buffer).unwrap();
                    assert!(buffer == expected[range], "step {step}");
                }
                7 if random.below(10) == 0 => {
                    cache.flush().unwrap();
                    assert!(disk.bytes() == expected, "step {step}");
                }
                _ => {
                    let data = blocks_of(step as u8, count);
                    cache.write(first as u64, &data).unwrap();
                    expected[range].copy_from_slice(&data);
                }
            }
        }
    }
}

/// Numbers in no order, the same in every run.
struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }
}
