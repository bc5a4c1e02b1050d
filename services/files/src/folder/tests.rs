extern crate std;

use super::{Content, FolderError, Item, MAGIC, Record, Records, append, dump, load, pack};
use crate::testing::{MIB, NEW, NOW_NS, bytes_at, names_of, open, put, tree, tree_of};
use crate::{Handle, Kind};
use abi::Errno;
use std::format;
use std::string::String;
use std::vec;
use std::vec::Vec;

fn items() -> [Item<'static>; 6] {
    let item = |path, modified_ns, content| Item { path, modified_ns, content };
    [
        item("a/b/deep", 4, Content::File(b"deep")),
        item("link", 5, Content::SymbolicLink("/absolute")),
        item("a", 1, Content::Directory),
        item("a.txt", 3, Content::File(b"")),
        item("a/b", 2, Content::Directory),
        item("a/c", 6, Content::SymbolicLink("b/deep")),
    ]
}

fn of_records(records: &[Record<'_>]) -> Vec<u8> {
    let mut folder = MAGIC.to_vec();
    for record in records {
        append(&mut folder, *record).unwrap();
    }
    folder
}

fn dumped(tree: &Handle) -> Vec<u8> {
    let mut bytes = Vec::new();
    dump(tree, &mut |piece: &[u8]| {
        bytes.extend_from_slice(piece);
        Ok(())
    })
    .unwrap();
    bytes
}

#[test]
fn a_packed_folder_is_loaded_with_its_times() {
    let tree = tree();

    load(&pack(&items()).unwrap(), &tree).unwrap();

    assert_eq!(names_of(&tree), ["a", "a.txt", "link"]);
    assert_eq!(names_of(&open(&tree, "a")), ["b", "c"]);
    assert_eq!(bytes_at(&tree, "a/c"), b"deep");
    assert_eq!(tree.read_link("link").as_deref(), Ok("/absolute"));
    for Item { path, modified_ns, .. } in items() {
        assert_eq!(tree.status_at(path, false).unwrap().modified_ns, modified_ns, "{path}");
    }
}

#[test]
fn what_was_dumped_is_loaded_again() {
    let (one, other) = (tree(), tree());
    load(&pack(&items()).unwrap(), &one).unwrap();
    let bytes: Vec<u8> = (0..30_000).map(|at| (at % 253) as u8).collect();
    put(&one, "a/large", &bytes);

    load(&dumped(&one), &other).unwrap();

    assert_eq!(bytes_at(&other, "a/large"), bytes);
    assert_eq!(dumped(&other), dumped(&one));
}

#[test]
fn each_name_of_a_file_gets_its_bytes() {
    let (one, other) = (tree(), tree());
    put(&one, "a", b"shared");
    one.link("a", false, &one, "b", NOW_NS).unwrap();

    load(&dumped(&one), &other).unwrap();

    assert_eq!(bytes_at(&other, "a"), b"shared");
    assert_eq!(bytes_at(&other, "b"), b"shared");
}

#[test]
fn the_holes_of_a_file_take_no_room_in_a_folder() {
    let (one, other) = (tree(), tree_of(MIB / 4));
    let file = put(&one, "sparse", b"start");
    file.write(1 << 40, b"middle", NOW_NS).unwrap();
    file.resize(1 << 50, NOW_NS).unwrap();

    let folder = dumped(&one);
    load(&folder, &other).unwrap();

    assert!(folder.len() < 10_000, "{} bytes", folder.len());
    let file = open(&other, "sparse");
    let mut buffer = [0; 6];
    assert_eq!(file.status().unwrap().length_bytes, 1 << 50);
    assert_eq!(file.read(1 << 40, &mut buffer), Ok(6));
    assert_eq!(&buffer, b"middle");
}

#[test]
fn an_empty_folder_is_one() {
    let tree = tree();

    assert_eq!(load(&dumped(&tree), &tree), Ok(()));
    assert_eq!(names_of(&tree), Vec::<String>::new());
    assert_eq!(dumped(&tree), pack(&[]).unwrap());
}

#[test]
fn a_folder_cut_anywhere_is_an_error() {
    let folder = pack(&items()).unwrap();

    for length in 0..folder.len() {
        assert!(load(&folder[..length], &tree()).is_err(), "cut to {length} bytes");
    }
    assert_eq!(load(&folder[..7], &tree()), Err(FolderError::NotAFolder));
    assert_eq!(load(&folder[..12], &tree()), Err(FolderError::Damaged));
}

#[test]
fn a_flipped_bit_never_panics() {
    let folder = pack(&items()).unwrap();

    for at in 0..folder.len() * 8 {
        let mut damaged = folder.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        let _ = load(&damaged, &tree());
    }
}

#[test]
fn nothing_is_made_outside_of_the_directory() {
    let tree = tree();
    tree.create_directory("inside", NOW_NS).unwrap();
    let inside = open(&tree, "inside");

    for path in ["../file", "/file", "a/../../file", "up/file"] {
        let folder = of_records(&[
            Record::Directory { path: "a", modified_ns: 1 },
            Record::SymbolicLink { path: "up", modified_ns: 1, target: ".." },
            Record::File { path, modified_ns: 1, length_bytes: 0 },
            Record::End,
        ]);
        assert_eq!(load(&folder, &inside), Err(FolderError::Refused(Errno::NotPermitted)));
        inside.unlink("up", NOW_NS).unwrap();
    }

    assert_eq!(names_of(&tree), ["inside"]);
}

#[test]
fn bytes_without_a_file_or_behind_its_end_are_damage() {
    let bytes = |offset| Record::Bytes { offset, bytes: b"xy" };
    let file = Record::File { path: "f", modified_ns: 1, length_bytes: 3 };
    let directory = Record::Directory { path: "d", modified_ns: 1 };

    for records in [
        &[bytes(0), Record::End][..],
        &[file, directory, bytes(0), Record::End],
        &[file, bytes(2), Record::End],
        &[file, bytes(u64::MAX), Record::End],
        &[file, bytes(0)],
    ] {
        assert_eq!(load(&of_records(records), &tree()), Err(FolderError::Damaged), "{records:?}");
    }
    assert_eq!(load(&of_records(&[file, bytes(1), Record::End]), &tree()), Ok(()));
}

#[test]
fn a_folder_that_is_too_large_says_so() {
    let bytes = vec![1; 100_000];
    let item = Item { path: "large", modified_ns: 1, content: Content::File(&bytes) };

    let loaded = load(&pack(&[item]).unwrap(), &tree_of(MIB / 16));

    assert_eq!(loaded, Err(FolderError::Refused(Errno::NoSpace)));
}

#[test]
fn what_lies_too_deep_for_a_path_stops_the_dump() {
    let tree = tree();
    let mut directory = tree.clone();
    for number in 0..2100 {
        let name = format!("{}", number % 10);
        directory.create_directory(&name, NOW_NS).unwrap();
        directory = open(&directory, &name);
    }

    assert_eq!(dump(&tree, &mut |_: &[u8]| Ok(())), Err(Errno::NameTooLong));
}

#[test]
fn the_sinks_error_ends_the_dump() {
    let tree = tree();
    put(&tree, "file", b"bytes");
    let mut pieces = 0;

    let result = dump(&tree, &mut |_: &[u8]| {
        pieces += 1;
        if pieces == 3 { Err(Errno::Io) } else { Ok(()) }
    });

    assert_eq!((result, pieces), (Err(Errno::Io), 3));
}

#[test]
fn records_end_at_the_end_and_at_an_error() {
    let mut folder = of_records(&[Record::Directory { path: "d", modified_ns: 1 }, Record::End]);
    folder.extend_from_slice(b"what follows");

    let records: Vec<_> = Records::of(&folder).unwrap().collect();
    let damaged: Vec<_> = Records::of(&folder[..9]).unwrap().collect();

    assert_eq!(records, [Ok(Record::Directory { path: "d", modified_ns: 1 })]);
    assert_eq!(damaged, [Err(FolderError::Damaged)]);
}

#[test]
fn loading_adds_to_what_is_there_but_replaces_nothing() {
    let tree = tree();
    tree.create_directory("a", NOW_NS).unwrap();
    put(&tree, "a/mine", b"");

    assert_eq!(load(&pack(&items()).unwrap(), &tree), Ok(()));
    assert_eq!(names_of(&open(&tree, "a")), ["b", "c", "mine"]);
    let again = load(&pack(&items()).unwrap(), &tree);
    assert_eq!(again, Err(FolderError::Refused(Errno::Exists)));
    assert_eq!(tree.status_at("a", false).unwrap().kind, Kind::Directory);
    assert_eq!(tree.open("a/b/deep", NEW, NOW_NS).err(), Some(Errno::Exists));
}
