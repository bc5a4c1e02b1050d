extern crate std;

use super::{MemoryFiles, Room};
use crate::testing::{
    MIB, NEW, NOW_NS, OLD, Plenty, bytes_at, names_of, open, put, root, tree, tree_of,
};
use crate::{FileSystem, Handle, Kind, Opening, Status};
use abi::Errno;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::boxed::Box;
use std::format;
use std::vec;
use std::vec::Vec;

fn links(directory: &Handle, path: &str) -> u64 {
    directory.status_at(path, false).unwrap().links
}

#[test]
fn what_was_written_is_read_back() {
    let tree = tree();
    let file = put(&tree, "file", b"hello");

    let mut buffer = [0; 8];

    assert_eq!(file.read(0, &mut buffer), Ok(5));
    assert_eq!(&buffer[..5], b"hello");
    assert_eq!(file.read(3, &mut buffer), Ok(2));
    assert_eq!(file.read(5, &mut buffer), Ok(0));
    assert_eq!(file.read(u64::MAX, &mut buffer), Ok(0));
}

#[test]
fn a_write_across_pieces_is_whole() {
    let tree = tree();
    let bytes: Vec<u8> = (0..20_000).map(|at| (at % 251) as u8).collect();
    let file = put(&tree, "file", &bytes);

    assert_eq!(file.write(4090, b"0123456789", NOW_NS), Ok(10));

    let mut expected = bytes;
    expected[4090..4100].copy_from_slice(b"0123456789");
    assert_eq!(bytes_at(&tree, "file"), expected);
}

#[test]
fn the_gap_behind_the_old_end_reads_as_zeros() {
    let tree = tree();
    let file = put(&tree, "file", b"ab");

    file.write(10_000, b"c", NOW_NS).unwrap();

    let bytes = bytes_at(&tree, "file");
    assert_eq!((bytes.len(), &bytes[..2], bytes[10_000]), (10_001, &b"ab"[..], b'c'));
    assert!(bytes[2..10_000].iter().all(|byte| *byte == 0));
}

#[test]
fn what_was_cut_off_does_not_come_back() {
    let tree = tree();
    let file = put(&tree, "file", &[7; 9000]);

    file.resize(4100, NOW_NS).unwrap();
    file.resize(9000, NOW_NS).unwrap();

    let bytes = bytes_at(&tree, "file");
    assert!(bytes[..4100].iter().all(|byte| *byte == 7));
    assert!(bytes[4100..].iter().all(|byte| *byte == 0));
}

#[test]
fn a_write_a_tebibyte_away_takes_one_piece() {
    let tree = tree_of(MIB / 16);
    let file = put(&tree, "sparse", b"");

    assert_eq!(file.write(1 << 40, b"x", NOW_NS), Ok(1));

    let mut buffer = [1; 4];
    assert_eq!(file.read((1 << 40) - 3, &mut buffer), Ok(4));
    assert_eq!(buffer, [0, 0, 0, b'x']);
    assert_eq!(file.status().unwrap().length_bytes, (1 << 40) + 1);
}

#[test]
fn a_file_ends_where_offsets_end() {
    let tree = tree();
    let file = put(&tree, "file", b"");
    let end = i64::MAX as u64;

    assert_eq!(file.write(end, b"x", NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(file.write(u64::MAX, b"xy", NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(file.resize(end + 1, NOW_NS), Err(Errno::FileTooBig));
    assert_eq!(file.status().unwrap().length_bytes, 0);
    assert_eq!(file.write(end - 1, b"x", NOW_NS), Ok(1));
}

#[test]
fn append_goes_to_the_end_wherever_it_is() {
    let tree = tree();
    let one = put(&tree, "log", b"a");
    let other = open(&tree, "log");

    assert_eq!(one.append(b"b", NOW_NS), Ok(1));
    assert_eq!(other.append(b"c", NOW_NS), Ok(1));

    assert_eq!(bytes_at(&tree, "log"), b"abc");
}

#[test]
fn two_names_are_one_file() {
    let tree = tree();
    put(&tree, "one", b"first");

    tree.link("one", false, &tree, "two", NOW_NS).unwrap();
    open(&tree, "two").write(0, b"FIRST", NOW_NS).unwrap();

    assert_eq!(bytes_at(&tree, "one"), b"FIRST");
    assert_eq!(links(&tree, "one"), 2);
    let [one, two] = ["one", "two"].map(|path| tree.status_at(path, false).unwrap().inode);
    assert_eq!(one, two);

    tree.unlink("one", NOW_NS).unwrap();
    assert_eq!(bytes_at(&tree, "two"), b"FIRST");
    assert_eq!(links(&tree, "two"), 1);
}

#[test]
fn a_link_wants_a_new_name_and_no_directory() {
    let tree = tree();
    put(&tree, "file", b"");
    tree.create_directory("directory", NOW_NS).unwrap();

    let link = |from, to| tree.link(from, false, &tree, to, NOW_NS);

    assert_eq!(link("file", "file"), Err(Errno::Exists));
    assert_eq!(link("file", "directory"), Err(Errno::Exists));
    assert_eq!(link("directory", "other"), Err(Errno::NotPermitted));
    assert_eq!(link("nothing", "other"), Err(Errno::NoEntry));
}

#[test]
fn a_file_without_names_lives_as_long_as_it_is_open() {
    let files = MemoryFiles::new(MIB, &Plenty, NOW_NS).unwrap();
    let empty_bytes = files.used_bytes();
    let files = alloc::sync::Arc::new(spin::Mutex::new(files));
    let tree = Handle::root(files.clone(), 0, crate::Access::ReadWrite);
    let file = put(&tree, "file", b"still here");
    let again = file.clone();

    tree.unlink("file", NOW_NS).unwrap();
    drop(file);

    let mut buffer = [0; 10];
    assert_eq!(again.read(0, &mut buffer), Ok(10));
    assert_eq!(&buffer, b"still here");
    assert_eq!(again.write(10, b"!", NOW_NS), Ok(1));
    assert_eq!(again.status().unwrap().links, 0);
    drop(again);
    assert_eq!(files.lock().used_bytes(), empty_bytes);
}

#[test]
fn a_removed_directory_takes_no_more_names() {
    let tree = tree();
    tree.create_directory("gone", NOW_NS).unwrap();
    let gone = open(&tree, "gone");
    put(&tree, "file", b"");

    tree.remove_directory("gone", NOW_NS).unwrap();

    assert_eq!(gone.open("file", NEW, NOW_NS).err(), Some(Errno::NoEntry));
    assert_eq!(gone.create_directory("d", NOW_NS), Err(Errno::NoEntry));
    assert_eq!(tree.rename("file", &gone, "file", NOW_NS), Err(Errno::NoEntry));
    assert_eq!(gone.entry(0), Ok(None));
}

#[test]
fn rename_puts_a_file_in_the_place_of_another() {
    let tree = tree();
    put(&tree, "new", b"new");
    let old = put(&tree, "old", b"old");

    tree.rename("new", &tree, "old", NOW_NS).unwrap();

    assert_eq!(names_of(&tree), ["old"]);
    assert_eq!(bytes_at(&tree, "old"), b"new");
    assert_eq!(old.status().unwrap().links, 0);
}

#[test]
fn rename_between_names_of_one_file_does_nothing() {
    let tree = tree();
    put(&tree, "one", b"");
    tree.link("one", false, &tree, "two", NOW_NS).unwrap();

    tree.rename("one", &tree, "two", NOW_NS).unwrap();

    assert_eq!(names_of(&tree), ["one", "two"]);
}

#[test]
fn rename_replaces_only_what_is_of_its_kind_and_empty() {
    let tree = tree();
    for path in ["source", "empty", "full", "full/inner"] {
        tree.create_directory(path, NOW_NS).unwrap();
    }
    put(&tree, "file", b"");

    let rename = |from, to| tree.rename(from, &tree, to, NOW_NS);

    assert_eq!(rename("source", "full"), Err(Errno::NotEmpty));
    assert_eq!(rename("source", "file"), Err(Errno::NotDirectory));
    assert_eq!(rename("file", "empty"), Err(Errno::IsDirectory));
    assert_eq!(rename("nothing", "file"), Err(Errno::NoEntry));
    assert_eq!(rename("source", "empty"), Ok(()));
    assert_eq!(names_of(&tree), ["empty", "file", "full"]);
}

#[test]
fn a_directory_does_not_move_into_itself() {
    let tree = tree();
    for path in ["a", "a/b", "a/b/c", "other"] {
        tree.create_directory(path, NOW_NS).unwrap();
    }

    assert_eq!(tree.rename("a", &tree, "a/b/c/a", NOW_NS), Err(Errno::Invalid));
    assert_eq!(tree.rename("a", &tree, "a/d", NOW_NS), Err(Errno::Invalid));
    assert_eq!(tree.rename("a/b/c", &tree, "a/b", NOW_NS), Err(Errno::NotEmpty));

    // What counts is where it lies now.
    tree.rename("a/b", &tree, "other/b", NOW_NS).unwrap();
    assert_eq!(tree.rename("a", &tree, "other/b/c/a", NOW_NS), Ok(()));
    assert_eq!(names_of(&open(&tree, "other/b/c")), ["a"]);
}

#[test]
fn a_directory_with_names_stays() {
    let tree = tree();
    tree.create_directory("d", NOW_NS).unwrap();
    put(&tree, "d/file", b"");

    assert_eq!(tree.remove_directory("d", NOW_NS), Err(Errno::NotEmpty));
    assert_eq!(tree.remove_directory("d/file", NOW_NS), Err(Errno::NotDirectory));
    assert_eq!(tree.unlink("d", NOW_NS), Err(Errno::IsDirectory));

    tree.unlink("d/file", NOW_NS).unwrap();
    assert_eq!(tree.remove_directory("d", NOW_NS), Ok(()));
    assert_eq!(tree.status_at("d", false), Err(Errno::NoEntry));
}

#[test]
fn a_listing_goes_on_where_it_was_while_names_come_and_go() {
    let tree = tree();
    for number in 0..100 {
        put(&tree, &format!("file.{number}"), b"");
    }
    let mut seen = Vec::new();
    let mut cookie = 0;

    while let Some(entry) = tree.entry(cookie).unwrap() {
        tree.unlink(&entry.name, NOW_NS).unwrap();
        put(&tree, &format!("new.{}", entry.name), b"");
        if !entry.name.starts_with("new.") {
            seen.push(entry.name);
        }
        cookie = entry.next;
    }

    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 100);
}

#[test]
fn an_entry_tells_what_status_tells() {
    let tree = tree();
    tree.create_directory("d", NOW_NS).unwrap();

    let entry = tree.entry(0).unwrap().unwrap();

    assert_eq!((&*entry.name, entry.kind), ("d", Kind::Directory));
    assert_eq!(entry.inode, tree.status_at("d", false).unwrap().inode);
    assert_eq!(tree.entry(entry.next), Ok(None));
}

#[test]
fn changes_leave_their_time() {
    let tree = root(MemoryFiles::new(MIB, &Plenty, 1).unwrap());
    let file = tree.open("file", NEW, 2).ok().unwrap();
    let times = |status: Status| (status.accessed_ns, status.modified_ns, status.changed_ns);

    assert_eq!(times(tree.status().unwrap()), (1, 2, 2));
    file.write(0, b"x", 3).unwrap();
    assert_eq!(times(file.status().unwrap()), (2, 3, 3));
    file.write(0, b"", 4).unwrap();
    assert_eq!(times(file.status().unwrap()), (2, 3, 3));
    tree.link("file", false, &tree, "again", 5).unwrap();
    assert_eq!(times(file.status().unwrap()), (2, 3, 5));
    file.resize(0, 6).unwrap();
    assert_eq!(times(file.status().unwrap()), (2, 6, 6));
    file.set_times(Some(40), None, 7).unwrap();
    assert_eq!(times(file.status().unwrap()), (40, 6, 7));
    file.set_times(None, Some(50), 8).unwrap();
    assert_eq!(times(file.status().unwrap()), (40, 50, 8));
    tree.unlink("file", 9).unwrap();
    assert_eq!(times(tree.status().unwrap()), (1, 9, 9));
    assert_eq!(times(file.status().unwrap()), (40, 50, 9));
}

#[test]
fn a_full_file_system_keeps_what_it_has() {
    let tree = tree_of(128 << 10);
    put(&tree, "first", &[1; 10_000]);
    let file = put(&tree, "second", b"");
    let mut length = 0;

    let full = loop {
        match file.write(length, &[2; 6000], NOW_NS) {
            Ok(count) => length += count as u64,
            Err(error) => break error,
        }
    };

    assert_eq!(full, Errno::NoSpace);
    assert_eq!(bytes_at(&tree, "first"), [1; 10_000]);
    assert_eq!(bytes_at(&tree, "second"), vec![2; length as usize]);
    assert!(length > 64 << 10);
    assert_eq!(length % 4096, 0, "the last write took what fitted");

    tree.unlink("first", NOW_NS).unwrap();
    assert_eq!(file.write(length, &[3; 6000], NOW_NS), Ok(6000));
}

#[test]
fn empty_files_and_names_use_up_the_limit_too() {
    type Make = fn(&Handle, &str) -> Result<(), Errno>;
    let makes: [Make; 4] = [
        |tree, path| tree.open(path, NEW, NOW_NS).map(|_| ()),
        |tree, path| tree.create_directory(path, NOW_NS),
        |tree, path| tree.symlink(path, path, NOW_NS),
        |tree, path| tree.link("0", false, tree, path, NOW_NS),
    ];
    let tree = tree_of(MIB);
    put(&tree, "0", b"");

    for (kind, make) in makes.into_iter().enumerate() {
        let paths = (0..).map(|number| format!("{kind}.{number}"));
        let made: Vec<_> = paths.take_while(|path| make(&tree, path).is_ok()).collect();

        assert!((1000..20_000).contains(&made.len()), "{} of kind {kind}", made.len());
        assert_eq!(make(&tree, "one more"), Err(Errno::NoSpace));
        for path in made {
            let is_directory = tree.remove_directory(&path, NOW_NS).is_ok();
            assert!(is_directory || tree.unlink(&path, NOW_NS).is_ok());
        }
    }
}

#[test]
fn whatever_was_made_and_removed_leaves_nothing_taken() {
    let mut files = MemoryFiles::new(MIB, &Plenty, NOW_NS).unwrap();
    let before = files.used_bytes();
    let root = files.root();

    // Often enough that numbers which were not used again would take a second block.
    for _ in 0..100 {
        let file = files.create(root, "file", crate::Creation::File, NOW_NS).unwrap();
        files.write(file, 0, &[1; 50_000], NOW_NS).unwrap();
        files.release(file);
        let link = crate::Creation::SymbolicLink("somewhere");
        let link = files.create(root, "link", link, NOW_NS).unwrap();
        files.release(link);
        assert!(files.used_bytes() > before + 50_000);
        files.unlink(root, "file", NOW_NS).unwrap();
        files.unlink(root, "link", NOW_NS).unwrap();
        assert_eq!(files.used_bytes(), before);
    }
}

/// A room that has `left` bytes, and says so truthfully until `left` changes.
struct Left(AtomicUsize);

impl Room for Left {
    fn can_take(&self, bytes: usize) -> bool {
        bytes <= self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn the_machines_memory_ends_before_the_limit() {
    let room: &'static Left = Box::leak(Box::new(Left(AtomicUsize::new(MIB as usize))));
    let tree = root(MemoryFiles::new(64 * MIB, room, NOW_NS).unwrap());
    let file = put(&tree, "file", b"kept");

    room.0.store(100, Ordering::Relaxed);

    assert_eq!(file.write(4096, b"x", NOW_NS), Err(Errno::NoSpace));
    assert_eq!(tree.open("other", NEW, NOW_NS).err(), Some(Errno::NoSpace));
    assert_eq!(file.write(0, b"KEPT", NOW_NS), Ok(4));
    assert_eq!(file.resize(1 << 30, NOW_NS), Ok(()));
    assert_eq!(names_of(&tree), ["file"]);
    room.0.store(0, Ordering::Relaxed);
    assert_eq!(MemoryFiles::new(MIB, room, NOW_NS).err(), Some(Errno::NoSpace));
}

#[test]
fn a_thousand_files_are_open_at_once() {
    let tree = tree();

    let files: Vec<Handle> = (0..1000u16)
        .map(|number| put(&tree, &format!("{number}"), &number.to_le_bytes()))
        .collect();

    for (number, file) in (0..1000u16).zip(&files) {
        let mut bytes = [0; 2];
        assert_eq!(file.read(0, &mut bytes), Ok(2));
        assert_eq!(u16::from_le_bytes(bytes), number);
    }
}

#[test]
fn names_of_255_bytes_are_the_longest() {
    let tree = tree();
    let longest = "ä".repeat(127) + "x";
    let too_long = "x".repeat(256);

    put(&tree, &longest, b"long");

    assert_eq!(names_of(&tree), [longest.as_str()]);
    assert_eq!(bytes_at(&tree, &longest), b"long");
    assert_eq!(tree.open(&too_long, NEW, NOW_NS).err(), Some(Errno::NameTooLong));
    assert_eq!(tree.rename(&longest, &tree, &too_long, NOW_NS), Err(Errno::NameTooLong));
    assert_eq!(tree.symlink("x", &too_long, NOW_NS), Err(Errno::NameTooLong));
}

#[test]
fn a_directory_is_no_file_to_read_or_write() {
    let tree = tree();
    let truncate = Opening { truncate: true, ..OLD };
    tree.create_directory("d", NOW_NS).unwrap();
    let directory = open(&tree, "d");

    assert_eq!(directory.read(0, &mut [0]), Err(Errno::IsDirectory));
    assert_eq!(directory.write(0, b"x", NOW_NS), Err(Errno::IsDirectory));
    assert_eq!(directory.resize(0, NOW_NS), Err(Errno::IsDirectory));
    assert_eq!(tree.open("d", truncate, NOW_NS).err(), Some(Errno::IsDirectory));
    assert_eq!(put(&tree, "file", b"").entry(0), Err(Errno::NotDirectory));
}
