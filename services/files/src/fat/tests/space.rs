//! Full volumes, full directories, and files that are too long.

use super::*;
use alloc::format;

#[test]
fn a_full_volume_says_so_and_what_was_there_stays_whole() {
    for width in [Width::Fat12, Width::Fat16] {
        let card = card(width);
        let mut files = mount(card);
        put(&mut files, "kept", &pattern(1, 5_000)).unwrap();
        let node = create(&mut files, "filler", Creation::File).unwrap();
        let (bytes, mut written) = (pattern(2, 100_000), 0);
        let error = loop {
            match files.write(node, written, &bytes, NOW_NS) {
                Ok(count) => written += count as u64,
                Err(error) => break error,
            }
        };
        assert_eq!(error, Errno::NoSpace);
        assert!(written > 300_000, "{written}");
        assert_eq!(files.status(node).unwrap().length_bytes, written);
        assert_eq!(put(&mut files, "more", b"x"), Err(Errno::NoSpace));
        assert_eq!(create(&mut files, "directory", Creation::Directory), Err(Errno::NoSpace));
        files.sync(node).unwrap();
        assert_eq!(get(&mut files, "kept").unwrap(), pattern(1, 5_000));

        files.resize(node, 1_000, NOW_NS).unwrap();
        put(&mut files, "more", &pattern(3, 50_000)).unwrap();
        files.release(node);
        files.flush().unwrap();
        expect_in_order(card);
        assert_eq!(get(&mut mount(card), "more").unwrap(), pattern(3, 50_000));
    }
}

#[test]
fn room_of_files_just_removed_can_be_used_at_once() {
    let card = card(Width::Fat12);
    let mut files = mount(card);
    for turn in 0..5 {
        put(&mut files, "large", &pattern(turn, 300_000)).unwrap();
        unlink(&mut files, "large").unwrap();
        let node = create(&mut files, "other", Creation::File).unwrap();
        write_all(&mut files, node, 0, &pattern(turn, 400_000)).unwrap();
        files.resize(node, 0, NOW_NS).unwrap();
        write_all(&mut files, node, 0, &pattern(turn + 1, 400_000)).unwrap();
        assert_eq!(read_all(&mut files, node).unwrap(), pattern(turn + 1, 400_000));
        files.release(node);
        unlink(&mut files, "other").unwrap();
    }
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_file_that_cannot_be_lengthened_stays_as_it_was() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "f", &pattern(1, 700)).unwrap();
    let node = find(&mut files, "f").unwrap();
    assert_eq!(files.resize(node, 100_000_000, NOW_NS), Err(Errno::NoSpace));
    assert_eq!(files.write(node, 100_000_000, b"x", NOW_NS), Err(Errno::NoSpace));
    assert_eq!(read_all(&mut files, node).unwrap(), pattern(1, 700));
    put(&mut files, "g", &pattern(1, 2_000_000)).unwrap();
    files.release(node);
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_file_of_four_gibibytes_is_too_big() {
    let mut files = mount(card(Width::Fat32));
    let node = create(&mut files, "f", Creation::File).unwrap();
    assert_eq!(files.resize(node, 1 << 32, NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(files.write(node, u64::from(u32::MAX), b"x", NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(files.write(node, u64::MAX, b"x", NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(files.read(node, u64::MAX, &mut [0; 4]), Ok(0));
}

#[test]
fn the_root_of_fat16_has_room_for_512_slots() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    for n in 0..511 {
        put(&mut files, &format!("{n}"), b"").unwrap();
    }
    assert_eq!(put(&mut files, "one more", b""), Err(Errno::NoSpace));
    assert_eq!(put(&mut files, "511", b""), Err(Errno::NoSpace));
    put(&mut files, "17", b"those that are there can be written").unwrap();
    unlink(&mut files, "20").unwrap();
    put(&mut files, "511", b"").unwrap();
    rename(&mut files, "511", "17").unwrap();
    assert_eq!(names(&mut files, "").len(), 509 + 1 - 1 + 1);
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_directory_grows_and_its_free_slots_are_used_again() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    make_directory(&mut files, "d");
    for turn in 0..3 {
        for n in 0..100 {
            put(&mut files, &format!("d/some file {turn} {n}"), b"").unwrap();
        }
        for n in 0..100 {
            unlink(&mut files, &format!("d/some file {turn} {n}")).unwrap();
        }
    }
    files.flush().unwrap();
    assert_eq!(names(&mut files, "d"), [""; 0]);
    let free = files.table.count_free().unwrap();
    // 300 slots are 19 clusters of 16; there would be 57 if none were used again.
    assert!(free > files.table.geometry.clusters - 30, "{free}");
    expect_in_order(card);
}

#[test]
fn clusters_of_one_file_follow_each_other() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    put(&mut files, "one", &pattern(1, 50_000)).unwrap();
    put(&mut files, "hole", &pattern(1, 512)).unwrap();
    put(&mut files, "two", &pattern(1, 50_000)).unwrap();
    unlink(&mut files, "hole").unwrap();
    let node = find(&mut files, "two").unwrap();
    card.accesses();
    read_all(&mut files, node).unwrap();
    assert_eq!(card.accesses().0, 50_000 - 50_000 % 512);
}
