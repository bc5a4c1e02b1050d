//! Volumes that are not what they should be, each from somebody's drawer.

use super::disk::Blocks;
use super::*;
use alloc::string::ToString;

/// Where the table of the FAT16 volume begins, its second copy, its root and its cluster 2.
const TABLE: u64 = FIRST + 1;
const COPY: u64 = TABLE + 18;
const ROOT: u64 = COPY + 18;
const DATA: u64 = ROOT + 32;

/// A volume with the files `ONE`, of clusters 2 to 4, and `TWO`, of 5 to 7, and the directory
/// `DIR` at 8, with `DIR/THREE` of 9.
fn sample() -> &'static Ram {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "ONE", &pattern(1, 1_500)).unwrap();
    put(&mut files, "TWO", &pattern(2, 1_500)).unwrap();
    make_directory(&mut files, "DIR");
    put(&mut files, "DIR/THREE", &pattern(3, 500)).unwrap();
    files.flush().unwrap();
    card
}

/// Sets an entry in both copies of the table.
fn set(card: &Ram, cluster: u64, value: u16) {
    [TABLE, COPY].iter().for_each(|table| {
        card.poke(table + cluster / 256, (cluster % 256 * 2) as usize, &value.to_le_bytes());
    });
}

/// Sets first cluster and length of the file in slot `slot` of the root.
fn set_slot(card: &Ram, slot: usize, first: u16, size: u32) {
    card.poke(ROOT, slot * 32 + 26, &first.to_le_bytes());
    card.poke(ROOT, slot * 32 + 28, &size.to_le_bytes());
}

/// Repairs the volume; afterwards nothing is left to repair.
fn repaired(card: &'static Ram) -> (FatFiles, Report) {
    let (_, report) = mount_any(card, Check::Always).expect("the volume is mounted");
    expect_in_order(card);
    (mount(card), report.expect("a check was asked for"))
}

fn refusal(card: &'static Ram) -> MountError {
    match mount_any(card, Check::Always) {
        Ok(_) => panic!("the volume was mounted"),
        Err(error) => error,
    }
}

#[test]
fn the_sample_is_as_the_other_tests_think() {
    let card = sample();
    let first = |slot: usize| card.peek(ROOT)[slot * 32 + 26];
    assert_eq!([first(1), first(2), first(3)], [2, 5, 8]);
    assert_eq!(card.peek(DATA + 6)[64 + 26], 9);
}

#[test]
fn other_file_systems_are_called_by_their_names() {
    for (name, error) in [(b"EXFAT   ", MountError::ExFat), (b"NTFS    ", MountError::Ntfs)] {
        let card = sample();
        card.poke(FIRST, 3, name);
        assert_eq!(refusal(card), error);
    }
    let card = Ram::new(5_000);
    assert_eq!(refusal(card), MountError::NotFat);
    let card = sample();
    card.poke(FIRST, 11, &2048u16.to_le_bytes());
    assert_eq!(refusal(card).to_string(), "sectors of 2048 bytes; format the partition with 512");
}

#[test]
fn a_volume_that_is_longer_than_its_partition_is_refused() {
    let card = sample();
    let mounted = FatFiles::mount(card, FIRST, 4_390, Check::WhenDirty);
    assert!(matches!(mounted, Err(MountError::Truncated { missing: 10 })));
}

#[test]
fn a_disk_that_ends_early_gives_errors_and_nothing_worse() {
    let card = sample();
    let short = Ram::new(DATA + 4);
    short.load(card.save());
    let (mut files, _) = FatFiles::mount(short, FIRST, 4_400, Check::WhenDirty).unwrap();
    assert_eq!(get(&mut files, "ONE").unwrap(), pattern(1, 1_500));
    assert_eq!(get(&mut files, "TWO"), Err(Errno::Io));
    assert_eq!(get(&mut files, "DIR/THREE"), Err(Errno::Io));
}

#[test]
fn boot_sectors_with_any_byte_changed_are_mounted_or_refused() {
    for offset in 11..90 {
        for value in [0, 1, 2, 0x7f, 0x80, 0xff] {
            let card = sample();
            card.poke(FIRST, offset, &[value]);
            if let Ok((mut files, _)) = mount_any(card, Check::Always) {
                let _ = put(&mut files, "x", &pattern(1, 3_000));
                let _ = files.flush();
            }
        }
    }
}

#[test]
fn boot_sectors_of_noise_are_mounted_or_refused() {
    let (card, mut dice) = (card(Width::Fat32), Dice(3));
    let (blocks, mut mounted) = (card.save(), 0);
    for _ in 0..3_000 {
        card.load(blocks.clone());
        for _ in 0..1 + dice.below(6) {
            let extremes = [0, 1, 2, 0x7f, 0x80, 0xff];
            let bytes = [(); 4].map(|()| extremes[dice.below(extremes.len())]);
            card.poke(FIRST, 13 + dice.below(40), &bytes[..1 + dice.below(4)]);
        }
        mounted += u32::from(mount_any(card, Check::WhenDirty).is_ok());
    }
    assert!(mounted > 100, "some noise is where it does no harm: {mounted}");
}

#[test]
fn a_volume_of_all_blocks_that_there_can_be_and_no_table_is_refused() {
    let card = card(Width::Fat32);
    card.poke(FIRST, 32, &[0xff; 4]);
    card.poke(FIRST, 36, &[0; 4]);
    card.poke(FIRST, 14, &[1, 0]);
    assert_eq!(refusal(card), MountError::Damaged);
}

#[test]
fn a_table_of_zeros_is_refused_and_nothing_is_written() {
    for (blocks, error) in [(0..18, MountError::NoTable), (1..18, MountError::TableLost)] {
        let card = card(Width::Fat16);
        let mut files = mount(card);
        // The first block of the table has the clusters up to 255.
        put(&mut files, "FIRST", &pattern(1, 250 * 512)).unwrap();
        for n in 0..20 {
            put(&mut files, &alloc::format!("{n}"), &pattern(n, 2_000)).unwrap();
        }
        files.flush().unwrap();
        for block in blocks {
            [TABLE, COPY].iter().for_each(|table| card.poke(table + block, 0, &[0; 512]));
        }
        let before: Blocks = card.save();
        assert_eq!(refusal(card), error);
        assert!(card.save() == before);
    }
}

#[test]
fn of_two_files_with_the_same_clusters_the_first_keeps_them() {
    let card = sample();
    set(card, 5, 3);
    let (mut files, report) = repaired(card);
    assert_eq!((report.cut_files, report.freed_clusters), (1, 2), "{report}");
    assert_eq!(get(&mut files, "ONE").unwrap(), pattern(1, 1_500));
    assert_eq!(get(&mut files, "TWO").unwrap(), pattern(2, 512));
}

#[test]
fn of_two_files_that_begin_in_the_same_cluster_the_first_keeps_it() {
    let card = sample();
    set_slot(card, 2, 2, 700);
    let (mut files, report) = repaired(card);
    assert_eq!((report.cut_files, report.freed_clusters), (1, 3), "{report}");
    assert_eq!(get(&mut files, "ONE").unwrap(), pattern(1, 1_500));
    assert_eq!(get(&mut files, "TWO").unwrap(), b"");
}

#[test]
fn a_chain_that_comes_back_to_itself_is_cut() {
    let card = sample();
    set(card, 4, 2);
    set_slot(card, 1, 2, 5_000);
    let mut files = mount(card);
    let node = find(&mut files, "ONE").unwrap();
    assert_eq!(files.read(node, 4_999, &mut [0]), Ok(1), "a chain is followed, however it goes");
    let (mut files, report) = repaired(card);
    assert_eq!(report.cut_files, 1, "{report}");
    assert_eq!(get(&mut files, "ONE").unwrap()[..1_500], pattern(1, 1_500));
}

#[test]
fn a_directory_that_contains_itself_is_taken_out() {
    let card = sample();
    // A slot after THREE: a directory LOOP that is DIR again.
    let mut slot = [b' '; 32];
    slot[..4].copy_from_slice(b"LOOP");
    slot[11..].fill(0);
    slot[11] = 0x10;
    slot[26] = 8;
    card.poke(DATA + 6, 96, &slot);
    let mut files = mount(card);
    assert_eq!(get(&mut files, "DIR/LOOP/LOOP/THREE").unwrap(), pattern(3, 500));
    let (mut files, report) = repaired(card);
    assert_eq!(report.removed_entries, 1, "{report}");
    assert_eq!(names(&mut files, "DIR"), ["THREE"]);
    assert_eq!(get(&mut files, "DIR/THREE").unwrap(), pattern(3, 500));
}

#[test]
fn a_directory_of_which_the_chain_comes_back_is_cut() {
    let card = sample();
    set(card, 8, 8);
    let (mut files, report) = repaired(card);
    assert_eq!(report.mended_links, 1, "{report}");
    assert_eq!(get(&mut files, "DIR/THREE").unwrap(), pattern(3, 500));
}

#[test]
fn lengths_follow_the_chains_and_chains_the_lengths() {
    let card = sample();
    set_slot(card, 1, 2, 90_000);
    set_slot(card, 2, 5, 600);
    let mut files = mount(card);
    assert_eq!(get(&mut files, "ONE"), Err(Errno::Io));
    let (mut files, report) = repaired(card);
    assert_eq!((report.cut_files, report.mended_links, report.freed_clusters), (1, 1, 1));
    assert_eq!(get(&mut files, "ONE").unwrap()[..1_500], pattern(1, 1_500));
    assert_eq!(get(&mut files, "TWO").unwrap(), pattern(2, 600));
}

#[test]
fn files_that_begin_nowhere_are_empty_and_such_directories_gone() {
    for first in [0, 1, 5_000, 0xfff7, 0xffff, 100] {
        let card = sample();
        set_slot(card, 1, first, 1_500);
        set_slot(card, 3, first, 0);
        let (mut files, report) = repaired(card);
        assert_eq!((report.cut_files, report.removed_entries), (1, 1), "{first}: {report}");
        assert_eq!(names(&mut files, ""), ["ONE", "TWO"]);
        assert_eq!(get(&mut files, "ONE").unwrap(), b"");
        assert_eq!(get(&mut files, "TWO").unwrap(), pattern(2, 1_500));
    }
}

#[test]
fn copies_of_the_table_that_differ_become_the_same() {
    let card = sample();
    card.poke(COPY + 9, 100, &[1, 2, 3]);
    let (_, report) = repaired(card);
    assert_eq!(report.copied_blocks, 8, "they are compared eight at a time");
}

#[test]
fn clusters_that_no_file_has_are_freed_but_not_bad_ones() {
    let card = sample();
    set(card, 100, 101);
    set(card, 101, 0xffff);
    set(card, 200, 0xfff7);
    let (mut files, report) = repaired(card);
    assert_eq!(report.freed_clusters, 2);
    assert_eq!(report.to_string(), "4 files checked, 2 lost clusters freed");
    assert!(files.table.is_bad(200).unwrap());
}

#[test]
fn a_parent_that_is_somewhere_else_is_mended() {
    let card = sample();
    card.poke(DATA + 6, 32 + 26, &[77]);
    let (mut files, report) = repaired(card);
    assert_eq!(report.mended_links, 1);
    assert_eq!(rename(&mut files, "ONE", "DIR/ONE"), Ok(()));
}

#[test]
fn hints_that_lie_are_put_right() {
    let card = card(Width::Fat32);
    card.poke(FIRST + 1, 488, &[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    let mut files = mount(card);
    put(&mut files, "f", &pattern(1, 100_000)).unwrap();
    files.flush().unwrap();
    let (_, report) = mount_any(card, Check::Always).unwrap();
    assert!(report.unwrap().is_clean());
    expect_in_order(card);
}

#[test]
fn a_protected_card_is_looked_at_and_left_alone() {
    let card = sample();
    set(card, 5, 3);
    card.poke(FIRST, 0x25, &[1]);
    let (mut files, report) = mount_any(card.protected(), Check::WhenDirty).unwrap();
    let report = report.expect("it says that it was in use").to_string();
    assert_eq!(report, "4 files checked, 1 files cut: not done, the card is protected");
    assert_eq!(get(&mut files, "ONE").unwrap(), pattern(1, 1_500));
}

#[test]
fn only_one_copy_of_the_table_is_kept_if_the_volume_says_so() {
    let card = card(Width::Fat32);
    // Mirroring off, the second copy in use.
    card.poke(FIRST, 40, &[0x81]);
    let mut files = mount(card);
    put(&mut files, "f", &pattern(1, 5_000)).unwrap();
    files.flush().unwrap();
    assert_eq!(card.peek(FIRST + 32)[12..16], [0; 4], "the first copy is left alone");
    assert_eq!(get(&mut mount(card), "f").unwrap(), pattern(1, 5_000));
}
