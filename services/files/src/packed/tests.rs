extern crate std;

use super::PackedFiles;
use crate::folder::{Content, FolderError, Item, pack};
use crate::testing::{NOW_NS, OLD, bytes_at, names_of, open, root};
use crate::{Handle, Kind, Opening};
use abi::Errno;
use std::format;
use std::string::String;
use std::vec::Vec;

fn packed(items: &[(&str, Content<'_>)]) -> Result<PackedFiles, FolderError> {
    let items: Vec<_> = items
        .iter()
        .map(|(path, content)| Item { path, modified_ns: 5, content: *content })
        .collect();
    PackedFiles::new(pack(&items).unwrap().leak())
}

fn tree() -> Handle {
    let files = packed(&[
        ("b/c", Content::Directory),
        ("b/c/file", Content::File(b"packed bytes")),
        ("a", Content::File(b"")),
        ("b", Content::Directory),
        ("b-c", Content::File(b"between")),
        ("link", Content::SymbolicLink("b/./c/../c/file")),
    ]);
    root(files.unwrap())
}

#[test]
fn files_are_found_and_read_where_they_lie() {
    let tree = tree();
    let file = open(&tree, "link");
    let mut buffer = [0; 6];

    assert_eq!(bytes_at(&tree, "b/c/file"), b"packed bytes");
    assert_eq!(bytes_at(&tree, "b-c"), b"between");
    assert_eq!(file.read(7, &mut buffer), Ok(5));
    assert_eq!(&buffer, b"bytes\0");
    assert_eq!(file.read(12, &mut buffer), Ok(0));
    assert_eq!(file.read(u64::MAX, &mut buffer), Ok(0));
    assert_eq!(tree.open("b/file", OLD, NOW_NS).err(), Some(Errno::NoEntry));
    assert_eq!(tree.open("a/file", OLD, NOW_NS).err(), Some(Errno::NotDirectory));
}

#[test]
fn directories_list_their_own_names_only() {
    let tree = tree();

    assert_eq!(names_of(&tree), ["a", "b", "b-c", "link"]);
    assert_eq!(names_of(&open(&tree, "b")), ["c"]);
    assert_eq!(names_of(&open(&tree, "b/c")), ["file"]);
    assert_eq!(open(&tree, "b").entry(u64::MAX), Ok(None));
}

#[test]
fn an_entry_tells_what_status_tells() {
    let tree = tree();
    let mut cookie = 0;

    while let Some(entry) = tree.entry(cookie).unwrap() {
        let status = tree.status_at(&entry.name, false).unwrap();
        assert_eq!((entry.inode, entry.kind), (status.inode, status.kind), "{}", entry.name);
        assert_eq!(status.modified_ns, 5);
        cookie = entry.next;
    }
    assert_eq!(tree.status_at("link", false).unwrap().kind, Kind::SymbolicLink);
    assert_eq!(tree.status_at("link", true).unwrap().length_bytes, 12);
}

#[test]
fn nothing_can_be_changed() {
    let (tree, at) = (tree(), NOW_NS);
    let file = open(&tree, "a");
    let create = Opening { create: true, ..OLD };
    let truncate = Opening { truncate: true, ..OLD };

    let refused = [
        tree.open("new", create, at).err(),
        tree.open("a", truncate, at).err(),
        file.write(0, b"x", at).err(),
        file.resize(0, at).err(),
        file.set_times(Some(1), None, at).err(),
        tree.create_directory("new", at).err(),
        tree.symlink("x", "new", at).err(),
        tree.link("a", true, &tree, "new", at).err(),
        tree.rename("a", &tree, "new", at).err(),
        tree.unlink("a", at).err(),
        tree.remove_directory("b", at).err(),
    ];

    assert!(refused.iter().all(|error| *error == Some(Errno::ReadOnly)), "{refused:?}");
    assert_eq!(file.sync(), Ok(()));
}

#[test]
fn a_thousand_files_are_told_apart() {
    let names: Vec<String> = (0..1000).map(|number| format!("{number}")).collect();
    let items: Vec<_> =
        names.iter().map(|name| (&**name, Content::File(name.as_bytes()))).collect();

    let tree = root(packed(&items).unwrap());

    assert_eq!(names_of(&tree).len(), 1000);
    for name in &names {
        assert_eq!(bytes_at(&tree, name), name.as_bytes());
    }
}

#[test]
fn what_has_no_place_in_a_tree_is_damage() {
    let long = "x".repeat(256);
    let file = Content::File(b"");
    for items in [
        &[("/a", file)][..],
        &[("", file)],
        &[("a/", file)],
        &[(".", file)],
        &[("d", Content::Directory), ("d/..", file)],
        &[("missing/a", file)],
        &[("file", file), ("file/a", file)],
        &[("twice", file), ("twice", file)],
        &[("d", Content::Directory), ("d//a", file)],
        &[(&*long, file)],
    ] {
        assert_eq!(packed(items).err(), Some(FolderError::Damaged), "{items:?}");
    }
}

#[test]
fn a_folder_cut_anywhere_is_an_error() {
    let items = [
        Item { path: "d", modified_ns: 1, content: Content::Directory },
        Item { path: "d/f", modified_ns: 1, content: Content::File(b"bytes") },
    ];
    let folder = &*pack(&items).unwrap().leak();

    for length in 0..folder.len() {
        assert!(PackedFiles::new(&folder[..length]).is_err(), "cut to {length} bytes");
    }
    assert!(PackedFiles::new(folder).is_ok());
}

#[test]
fn a_flipped_bit_never_panics() {
    let items = [
        Item { path: "d", modified_ns: 1, content: Content::Directory },
        Item { path: "d/f", modified_ns: 1, content: Content::File(b"bytes") },
        Item { path: "d/l", modified_ns: 1, content: Content::SymbolicLink("f") },
    ];
    let folder = pack(&items).unwrap();

    for at in 0..folder.len() * 8 {
        let mut damaged = folder.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        if let Ok(files) = PackedFiles::new(damaged.leak()) {
            let tree = root(files);
            names_of(&tree).iter().for_each(|name| drop(tree.open(name, OLD, NOW_NS)));
        }
    }
}
