//! Files and directories as anybody would use them.

use super::*;
use crate::Kind;

#[test]
fn a_new_volume_is_empty_and_in_order() {
    for width in WIDTHS {
        let card = card(width);
        expect_in_order(card);
        assert!(names(&mut mount(card), "").is_empty());
    }
}

#[test]
fn what_was_written_is_there_after_the_next_mount() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        make_directory(&mut files, "logs");
        make_directory(&mut files, "logs/A long name of a directory");
        let bytes = pattern(1, 70_000);
        put(&mut files, "logs/A long name of a directory/data.bin", &bytes).unwrap();
        put(&mut files, "small.txt", b"hello").unwrap();
        files.flush().unwrap();

        expect_in_order(card);
        let mut files = mount(card);
        assert_eq!(get(&mut files, "LOGS/a LONG name of a directory/DATA.BIN").unwrap(), bytes);
        assert_eq!(get(&mut files, "small.txt").unwrap(), b"hello");
        assert_eq!(names(&mut files, ""), ["logs", "small.txt"]);
        assert_eq!(names(&mut files, "logs"), ["A long name of a directory"]);
    }
}

#[test]
fn bytes_are_written_and_read_at_any_place_and_in_any_length() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    let node = create(&mut files, "x", Creation::File).unwrap();
    let (mut model, mut dice) = (Vec::new(), Dice(1));
    for turn in 0..400 {
        let (at, length) = (dice.below(20_000), dice.below(3_000));
        match dice.below(4) {
            0 => {
                files.resize(node, at as u64, NOW_NS).unwrap();
                model.resize(at, 0);
            }
            1 => files.sync(node).unwrap(),
            _ => {
                let bytes = pattern(turn, length);
                write_all(&mut files, node, at as u64, &bytes).unwrap();
                model.resize(model.len().max(if length > 0 { at + length } else { 0 }), 0);
                model[at..at + length].copy_from_slice(&bytes);
            }
        }
        let mut part = alloc::vec![0; length];
        let read = files.read(node, at as u64, &mut part).unwrap();
        let expected = model.get(at..).unwrap_or(&[]);
        assert_eq!(part[..read], expected[..expected.len().min(length)]);
    }
    assert_eq!(read_all(&mut files, node).unwrap(), model);
    files.release(node);
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_long_read_is_one_access_into_the_callers_buffer() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    put(&mut files, "big", &pattern(3, 1 << 20)).unwrap();
    let node = find(&mut files, "big").unwrap();
    let mut piece = alloc::vec![0; 64 << 10];
    card.accesses();

    for at in (0..1 << 20).step_by(piece.len()) {
        assert_eq!(files.read(node, at, &mut piece).unwrap(), piece.len());
    }

    let (largest, accesses) = card.accesses();
    assert_eq!(largest, 64 << 10);
    assert!(accesses <= 16 + 5, "16 pieces of data and the table: {accesses}");
}

#[test]
fn a_file_that_is_removed_while_open_can_be_used_and_frees_its_room_later() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        put(&mut files, "gone", &pattern(1, 5_000)).unwrap();
        let node = find(&mut files, "gone").unwrap();
        unlink(&mut files, "gone").unwrap();
        put(&mut files, "gone", b"another").unwrap();
        write_all(&mut files, node, 5_000, b"more").unwrap();

        assert_eq!(read_all(&mut files, node).unwrap()[..5_000], pattern(1, 5_000));
        assert_eq!(files.status(node).unwrap().links, 0);
        files.release(node);
        files.flush().unwrap();
        expect_in_order(card);
        assert_eq!(get(&mut mount(card), "gone").unwrap(), b"another");
    }
}

#[test]
fn times_and_facts_are_kept() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    put(&mut files, "f", b"12345").unwrap();
    let node = find(&mut files, "f").unwrap();
    let status = files.status(node).unwrap();
    assert_eq!((status.kind, status.length_bytes, status.links), (Kind::File, 5, 1));
    assert_eq!(status.modified_ns, NOW_NS);

    let earlier = NOW_NS - 86_400_000_000_000 * 400;
    files.set_times(node, Some(earlier), Some(earlier - 4_000_000_000), NOW_NS).unwrap();
    files.release(node);
    files.flush().unwrap();

    let mut files = mount(card);
    let node = find(&mut files, "f").unwrap();
    let status = files.status(node).unwrap();
    assert_eq!(status.modified_ns, earlier - 4_000_000_000);
    assert_eq!(status.accessed_ns, earlier - earlier % 86_400_000_000_000);
}

#[test]
fn a_thousand_files_can_be_open() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    make_directory(&mut files, "d");
    let name = |n: usize| alloc::format!("d/{n}.txt");
    let open = |n| create(&mut files, &name(n), Creation::File).unwrap();
    let nodes: Vec<_> = (0..1_000).map(open).collect();
    for (n, node) in nodes.iter().enumerate() {
        write_all(&mut files, *node, 0, name(n).as_bytes()).unwrap();
    }
    for (n, node) in nodes.into_iter().enumerate() {
        assert_eq!(read_all(&mut files, node).unwrap(), name(n).as_bytes());
        files.release(node);
    }
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_protected_card_can_be_read_but_not_written() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "f", b"text").unwrap();
    files.flush().unwrap();

    let mut files = mount(card.protected());
    assert_eq!(get(&mut files, "f").unwrap(), b"text");
    assert_eq!(put(&mut files, "f", b"x"), Err(Errno::ReadOnly));
    assert_eq!(put(&mut files, "g", b"x"), Err(Errno::ReadOnly));
    assert_eq!(unlink(&mut files, "f"), Err(Errno::ReadOnly));
    assert_eq!(rename(&mut files, "f", "g"), Err(Errno::ReadOnly));
}

#[test]
fn a_file_that_is_marked_read_only_is_not_written() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "F", b"text").unwrap();
    files.flush().unwrap();
    let root = FIRST + 1 + 2 * 18;
    assert_eq!(&card.peek(root)[32..33], b"F");
    card.poke(root, 32 + 11, &[0x21]);

    let mut files = mount(card);
    let node = find(&mut files, "F").unwrap();
    assert_eq!(files.write(node, 0, b"x", NOW_NS), Err(Errno::Access));
    assert_eq!(files.resize(node, 0, NOW_NS), Err(Errno::Access));
    assert_eq!(read_all(&mut files, node).unwrap(), b"text");
}

#[test]
fn the_volume_says_that_it_is_in_use_until_it_was_idle_for_a_second() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        let node = create(&mut files, "f", Creation::File).unwrap();
        write_all(&mut files, node, 0, b"text").unwrap();
        files.idle(NOW_NS + 999_999_999).unwrap();
        assert!(!files.is_clean());
        assert!(mount_any(card, Check::WhenDirty).unwrap().1.is_some(), "it is marked");

        let mut files = mount(card);
        let node = create(&mut files, "g", Creation::File).unwrap();
        write_all(&mut files, node, 0, b"text").unwrap();
        files.idle(NOW_NS + 1_000_000_000).unwrap();
        assert!(files.is_clean());
        assert_eq!(get(&mut mount(card), "g").unwrap(), b"text");
        expect_in_order(card);
    }
}

#[test]
fn what_is_never_idle_is_durable_after_a_second() {
    let card = card(Width::Fat32);
    let mut files = mount(card);
    let node = create(&mut files, "f", Creation::File).unwrap();
    for tenth in 0..12 {
        let now_ns = NOW_NS + tenth * 100_000_000;
        files.write(node, tenth, b"x", now_ns).unwrap();
        files.idle(now_ns).unwrap();
    }
    assert!(!files.is_clean());
    assert!(get(&mut mount_any(card, Check::WhenDirty).unwrap().0, "f").unwrap().len() >= 10);
}
