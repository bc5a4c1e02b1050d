extern crate std;

use super::EXPANSIONS_MAX;
use crate::testing::{MIB, NEW, NOW_NS, OLD, bytes_at, names_of, open, put, tree};
use crate::{Access, Handle, Kind, MemoryFiles, Opening, shared, testing::Plenty};
use abi::Errno;
use std::format;
use std::string::String;
use std::vec::Vec;

const DIRECTORY: Opening = Opening { directory: true, ..OLD };
const NO_FOLLOW: Opening = Opening { follow: false, ..OLD };
const CREATE: Opening = Opening { create: true, ..OLD };

/// `dir/nested/file`, beside links to each.
fn nested() -> Handle {
    let tree = tree();
    tree.create_directory("dir", NOW_NS).unwrap();
    tree.create_directory("dir/nested", NOW_NS).unwrap();
    put(&tree, "dir/nested/file", b"found");
    tree.symlink("dir/nested/file", "to-file", NOW_NS).unwrap();
    tree.symlink("dir/nested", "to-directory", NOW_NS).unwrap();
    tree.symlink("nothing", "to-nothing", NOW_NS).unwrap();
    tree
}

fn error(tree: &Handle, path: &str, opening: Opening) -> Option<Errno> {
    tree.open(path, opening, NOW_NS).err()
}

fn kind(tree: &Handle, path: &str, follow: bool) -> Result<Kind, Errno> {
    tree.status_at(path, follow).map(|status| status.kind)
}

#[test]
fn dots_and_repeated_slashes_are_walked() {
    let tree = nested();

    let path = "dir/.//nested/../../dir/nested/../nested///./file";

    assert_eq!(bytes_at(&tree, path), b"found");
}

#[test]
fn there_is_no_way_out() {
    let tree = nested();
    let inner = open(&tree, "dir");
    for (target, link) in [("..", "up"), ("../nested/../..", "later"), ("nested/../../dir", "back")]
    {
        inner.symlink(target, link, NOW_NS).unwrap();
    }

    for path in ["/", "/dir", "..", "../dir", "nested/../..", "nested/../../dir/nested/file"] {
        assert_eq!(error(&inner, path, OLD), Some(Errno::NotPermitted), "{path}");
        assert_eq!(inner.unlink(path, NOW_NS), Err(Errno::NotPermitted), "{path}");
        assert_eq!(inner.create_directory(path, NOW_NS), Err(Errno::NotPermitted), "{path}");
    }
    for path in ["up", "up/dir", "later", "later/dir", "back", "back/nested/file"] {
        assert_eq!(error(&inner, path, OLD), Some(Errno::NotPermitted), "{path}");
    }
    assert_eq!(inner.rename("../dir", &inner, "x", NOW_NS), Err(Errno::NotPermitted));
    assert_eq!(inner.rename("nested", &inner, "../x", NOW_NS), Err(Errno::NotPermitted));
    assert_eq!(inner.link("nested/file", false, &inner, "../x", NOW_NS), Err(Errno::NotPermitted));
    // The same paths are fine for who may see the whole tree.
    assert_eq!(bytes_at(&tree, "dir/back/nested/file"), b"found");
}

#[test]
fn absolute_targets_are_neither_made_nor_followed() {
    let files = shared(MemoryFiles::new(MIB, &Plenty, NOW_NS).unwrap());
    let tree = Handle::root(files.clone(), 0, Access::ReadWrite);
    let root = files.lock().root();
    let absolute = crate::Creation::SymbolicLink("/file");
    let link = files.lock().create(root, "link", absolute, NOW_NS).unwrap();
    files.lock().release(link);

    assert_eq!(tree.symlink("/file", "another", NOW_NS), Err(Errno::NotPermitted));
    assert_eq!(error(&tree, "link", OLD), Some(Errno::NotPermitted));
    assert_eq!(tree.read_link("link").as_deref(), Ok("/file"));
}

#[test]
fn a_slash_at_the_end_wants_a_directory() {
    let tree = nested();

    assert_eq!(error(&tree, "dir/nested///", OLD), None);
    assert_eq!(error(&tree, "to-directory/", NO_FOLLOW), None);
    for path in ["dir/nested/file/", "dir/nested/file///", "to-file/", "dir/nested/file/."] {
        assert_eq!(error(&tree, path, NO_FOLLOW), Some(Errno::NotDirectory), "{path}");
        assert_eq!(kind(&tree, path, false), Err(Errno::NotDirectory), "{path}");
    }
    assert_eq!(error(&tree, "new/", CREATE), Some(Errno::IsDirectory));
    assert_eq!(error(&tree, "dir/nested/file/x", CREATE), Some(Errno::NotDirectory));
}

#[test]
fn strange_paths_are_errors() {
    let tree = nested();
    let name = "x".repeat(256);

    assert_eq!(error(&tree, "", OLD), Some(Errno::NoEntry));
    assert_eq!(error(&tree, "dir/nested/file\0", OLD), Some(Errno::Invalid));
    assert_eq!(error(&tree, &name, OLD), Some(Errno::NameTooLong));
    assert_eq!(error(&tree, &format!("{name}/file"), OLD), Some(Errno::NameTooLong));
    assert_eq!(tree.symlink("", "link", NOW_NS), Err(Errno::NoEntry));
    assert_eq!(tree.symlink("a\0", "link", NOW_NS), Err(Errno::Invalid));
}

#[test]
fn paths_of_4096_bytes_are_the_longest() {
    let tree = tree();
    let mut path = String::new();
    let mut directory = tree.clone();
    while path.len() < 4090 {
        directory.create_directory("d", NOW_NS).unwrap();
        directory = open(&directory, "d");
        path.push_str("d/");
    }

    path.push_str(&"f".repeat(4096 - path.len()));
    put(&tree, &path, b"deep");

    assert_eq!(bytes_at(&tree, &path), b"deep");
    assert_eq!(error(&tree, &format!("{path}f"), OLD), Some(Errno::NameTooLong));
    assert_eq!(tree.symlink(&path, "link", NOW_NS), Ok(()));
    assert_eq!(bytes_at(&tree, "link"), b"deep");
    assert_eq!(error(&tree, "link/x", OLD), Some(Errno::NameTooLong));
}

#[test]
fn links_are_followed_from_where_they_stand() {
    let tree = nested();
    tree.symlink("../nested/file", "dir/inner", NOW_NS).unwrap();
    tree.symlink("nested/../nested", "dir/around", NOW_NS).unwrap();

    assert_eq!(error(&tree, "dir/inner", OLD), Some(Errno::NoEntry));
    assert_eq!(bytes_at(&tree, "dir/around/file"), b"found");
    assert_eq!(bytes_at(&tree, "to-directory/../nested/file"), b"found");
    assert_eq!(bytes_at(&tree, "to-file"), b"found");
}

#[test]
fn a_link_itself_is_seen_by_who_does_not_follow() {
    let tree = nested();

    assert_eq!(kind(&tree, "to-file", false), Ok(Kind::SymbolicLink));
    assert_eq!(kind(&tree, "to-file", true), Ok(Kind::File));
    assert_eq!(kind(&tree, "to-directory/", false), Ok(Kind::Directory));
    assert_eq!(kind(&tree, "to-nothing", true), Err(Errno::NoEntry));
    assert_eq!(tree.status_at("to-file", false).unwrap().length_bytes, 15);
    assert_eq!(tree.read_link("to-file").as_deref(), Ok("dir/nested/file"));
    assert_eq!(tree.read_link("dir"), Err(Errno::Invalid));
    assert_eq!(error(&tree, "to-file", NO_FOLLOW), Some(Errno::Loop));
    assert_eq!(error(&tree, "to-nothing", NO_FOLLOW), Some(Errno::Loop));
    let directory = Opening { directory: true, ..NO_FOLLOW };
    assert_eq!(error(&tree, "to-directory", directory), Some(Errno::NotDirectory));

    tree.set_times_at("to-file", false, None, Some(1), 2).unwrap();
    assert_eq!(tree.status_at("to-file", false).unwrap().modified_ns, 1);
    assert_eq!(tree.status_at("to-file", true).unwrap().modified_ns, NOW_NS);
}

#[test]
fn a_link_to_itself_is_a_loop_and_forty_in_a_row_are_not() {
    let tree = tree();
    tree.symlink("self", "self", NOW_NS).unwrap();
    put(&tree, "0", b"end");
    for number in 1..=EXPANSIONS_MAX + 1 {
        let (target, path) = (format!("{}", number - 1), format!("{number}"));
        tree.symlink(&target, &path, NOW_NS).unwrap();
    }

    assert_eq!(error(&tree, "self", OLD), Some(Errno::Loop));
    assert_eq!(error(&tree, "self/x", NO_FOLLOW), Some(Errno::Loop));
    assert_eq!(bytes_at(&tree, "40"), b"end");
    assert_eq!(error(&tree, "41", OLD), Some(Errno::Loop));
}

#[test]
fn links_do_not_make_a_walk_endless() {
    let tree = tree();
    tree.create_directory("a", NOW_NS).unwrap();
    for link in ["b", "c", "d"] {
        tree.symlink(&"a/../".repeat(800), link, NOW_NS).unwrap();
    }

    assert_eq!(error(&tree, "b/c/a", OLD), None);
    assert_eq!(error(&tree, "b/c/d/a", OLD), Some(Errno::Loop));
}

#[test]
fn a_link_that_grows_its_path_comes_to_an_end() {
    let tree = tree();
    tree.symlink(&format!("again/{}", "./".repeat(2000)), "again", NOW_NS).unwrap();

    assert_eq!(error(&tree, "again/x", OLD), Some(Errno::NameTooLong));
}

#[test]
fn a_file_is_made_where_a_dangling_link_leads_but_not_exclusively() {
    let tree = nested();

    assert_eq!(error(&tree, "to-nothing", NEW), Some(Errno::Exists));
    assert_eq!(error(&tree, "to-nothing", Opening { follow: true, ..NEW }), Some(Errno::Exists));
    assert_eq!(error(&tree, "to-nothing", CREATE), None);
    assert_eq!(kind(&tree, "nothing", false), Ok(Kind::File));
    assert_eq!(error(&tree, "nothing", NEW), Some(Errno::Exists));
    assert_eq!(error(&tree, "missing/file", CREATE), Some(Errno::NoEntry));
}

#[test]
fn opening_says_what_it_wants() {
    let tree = nested();

    assert_eq!(error(&tree, "missing", OLD), Some(Errno::NoEntry));
    assert_eq!(error(&tree, "to-file", DIRECTORY), Some(Errno::NotDirectory));
    assert_eq!(error(&tree, "to-directory", DIRECTORY), None);
    assert_eq!(error(&tree, ".", DIRECTORY), None);
    assert_eq!(error(&tree, "dir", CREATE), Some(Errno::IsDirectory));
    assert_eq!(error(&tree, "dir", Opening { create: true, ..DIRECTORY }), Some(Errno::Invalid));

    assert_eq!(error(&tree, "to-file", Opening { truncate: true, ..OLD }), None);
    assert_eq!(bytes_at(&tree, "to-file"), b"");
}

#[test]
fn a_file_has_nothing_below_it() {
    let tree = nested();
    let file = open(&tree, "to-file");

    for path in [".", "x", "x/y"] {
        assert_eq!(error(&file, path, CREATE), Some(Errno::NotDirectory), "{path}");
    }
    assert_eq!(file.create_directory("x", NOW_NS), Err(Errno::NotDirectory));
    assert_eq!(file.unlink("x", NOW_NS), Err(Errno::NotDirectory));
    assert_eq!(tree.rename("dir", &file, "x", NOW_NS), Err(Errno::NotDirectory));
}

#[test]
fn names_with_a_slash_behind_are_made_and_removed_as_directories() {
    let tree = nested();
    let at = NOW_NS;

    assert_eq!(tree.create_directory("made/", at), Ok(()));
    assert_eq!(tree.create_directory("made/", at), Err(Errno::Exists));
    assert_eq!(tree.create_directory("to-nothing/", at), Err(Errno::Exists));
    assert_eq!(tree.rename("made/", &tree, "moved", at), Ok(()));
    assert_eq!(tree.rename("moved", &tree, "made/", at), Ok(()));
    assert_eq!(tree.rename("made/", &tree, "moved/", at), Ok(()));
    assert_eq!(tree.rename("to-file/", &tree, "x", at), Err(Errno::NotDirectory));
    assert_eq!(tree.rename("to-file", &tree, "x/", at), Err(Errno::NotDirectory));
    assert_eq!(tree.unlink("moved/", at), Err(Errno::IsDirectory));
    assert_eq!(tree.unlink("dir/nested/file/", at), Err(Errno::NotDirectory));
    assert_eq!(tree.unlink("to-file/", at), Err(Errno::NotDirectory));
    assert_eq!(tree.remove_directory("to-directory/", at), Err(Errno::NotDirectory));
    assert_eq!(tree.remove_directory("dir/nested/file/", at), Err(Errno::NotDirectory));
    assert_eq!(tree.remove_directory("moved/", at), Ok(()));
}

#[test]
fn links_are_not_made_with_a_slash_behind() {
    let tree = nested();
    let at = NOW_NS;

    assert_eq!(tree.symlink("x", "link/", at), Err(Errno::NoEntry));
    assert_eq!(tree.symlink("x", "dir/", at), Err(Errno::Exists));
    assert_eq!(tree.symlink("x", "dir", at), Err(Errno::Exists));
    assert_eq!(tree.symlink("x", "to-nothing", at), Err(Errno::Exists));
    assert_eq!(tree.link("to-file", true, &tree, "link/", at), Err(Errno::NoEntry));
    assert_eq!(tree.link("dir/nested/file/", false, &tree, "x", at), Err(Errno::NotDirectory));
}

#[test]
fn a_link_to_a_link_is_made_or_one_to_what_it_leads_to() {
    let tree = nested();

    tree.link("to-nothing", false, &tree, "same-link", NOW_NS).unwrap();
    tree.link("to-file", true, &tree, "same-file", NOW_NS).unwrap();

    assert_eq!(kind(&tree, "same-link", false), Ok(Kind::SymbolicLink));
    assert_eq!(kind(&tree, "same-file", false), Ok(Kind::File));
    let dangling = tree.link("to-nothing", true, &tree, "x", NOW_NS);
    assert_eq!(dangling, Err(Errno::NoEntry));
}

#[test]
fn links_are_removed_and_renamed_themselves() {
    let tree = nested();

    tree.rename("to-nothing", &tree, "to-file", NOW_NS).unwrap();
    tree.unlink("to-file", NOW_NS).unwrap();
    tree.unlink("to-directory", NOW_NS).unwrap();

    assert_eq!(names_of(&tree), ["dir"]);
    assert_eq!(bytes_at(&tree, "dir/nested/file"), b"found");
}

#[test]
fn places_without_a_name_cannot_be_made_moved_or_removed() {
    let tree = nested();
    let at = NOW_NS;

    for path in [".", "dir/.", "dir/..", "dir/nested/../"] {
        assert_eq!(tree.create_directory(path, at), Err(Errno::Exists), "{path}");
        assert_eq!(tree.symlink("x", path, at), Err(Errno::Exists), "{path}");
        assert_eq!(tree.unlink(path, at), Err(Errno::IsDirectory), "{path}");
        assert_eq!(tree.rename(path, &tree, "x", at), Err(Errno::Busy), "{path}");
        assert_eq!(tree.rename("dir", &tree, path, at), Err(Errno::Busy), "{path}");
        assert_eq!(error(&tree, path, NEW), Some(Errno::Exists), "{path}");
    }
    assert_eq!(tree.remove_directory("dir/.", at), Err(Errno::Invalid));
    assert_eq!(tree.remove_directory("dir/nested/..", at), Err(Errno::NotEmpty));
}

#[test]
fn what_is_read_only_does_not_change() {
    let tree = nested();
    let (sealed, at) = (tree.clone().read_only(), NOW_NS);
    let file = open(&sealed, "to-file");

    assert_eq!(file.access(), Access::ReadOnly);
    let truncate = Opening { truncate: true, ..OLD };
    let refused = [
        error(&sealed, "new", CREATE),
        error(&sealed, "to-file", truncate),
        file.write(0, b"x", at).err(),
        file.append(b"x", at).err(),
        file.resize(0, at).err(),
        file.set_times(Some(1), None, at).err(),
        sealed.set_times_at("dir", true, Some(1), None, at).err(),
        sealed.create_directory("new", at).err(),
        sealed.symlink("x", "new", at).err(),
        sealed.link("to-file", true, &sealed, "new", at).err(),
        // Else the new name would be a way to change the file.
        sealed.link("to-file", true, &tree, "new", at).err(),
        tree.link("to-file", true, &sealed, "new", at).err(),
        sealed.rename("dir", &tree, "new", at).err(),
        tree.rename("dir", &sealed, "new", at).err(),
        sealed.unlink("to-file", at).err(),
        sealed.remove_directory("dir", at).err(),
    ];
    assert!(refused.iter().all(|error| *error == Some(Errno::ReadOnly)), "{refused:?}");

    assert_eq!(error(&sealed, "to-file", CREATE), None);
    assert_eq!(sealed.create_directory("dir", at), Err(Errno::Exists));
    assert_eq!(names_of(&tree), ["dir", "to-directory", "to-file", "to-nothing"]);
    assert_eq!(bytes_at(&sealed, "to-file"), b"found");
}

#[test]
fn nothing_moves_between_file_systems() {
    let (tree, other) = (nested(), nested());

    assert_eq!(tree.rename("dir", &other, "new", NOW_NS), Err(Errno::CrossDevice));
    assert_eq!(tree.link("to-file", true, &other, "new", NOW_NS), Err(Errno::CrossDevice));
}

#[test]
fn every_walk_lets_go_of_what_it_held() {
    let files =
        alloc::sync::Arc::new(spin::Mutex::new(MemoryFiles::new(MIB, &Plenty, NOW_NS).unwrap()));
    let empty_bytes = files.lock().used_bytes();
    let tree = Handle::root(files.clone(), 0, Access::ReadWrite);
    tree.create_directory("a", NOW_NS).unwrap();
    tree.create_directory("a/b", NOW_NS).unwrap();
    tree.symlink("a/../a/b", "link", NOW_NS).unwrap();

    let results: Vec<bool> = ["link/x", "link/../b/..", "a/b/../../..", "link/.", "a/x/y", "link"]
        .into_iter()
        .flat_map(|path| {
            [
                tree.open(path, CREATE, NOW_NS).is_ok(),
                tree.status_at(path, false).is_ok(),
                tree.rename(path, &tree, "link/y", NOW_NS).is_ok(),
                tree.rename("link/y", &tree, path, NOW_NS).is_ok(),
                tree.unlink(path, NOW_NS).is_ok(),
            ]
        })
        .collect();

    assert!(results.contains(&true) && results.contains(&false));
    for name in names_of(&open(&tree, "a/b")) {
        open(&tree, "a/b").unlink(&name, NOW_NS).unwrap();
    }
    tree.remove_directory("a/b", NOW_NS).unwrap();
    tree.remove_directory("a", NOW_NS).unwrap();
    for name in names_of(&tree) {
        tree.unlink(&name, NOW_NS).unwrap();
    }
    assert_eq!(files.lock().used_bytes(), empty_bytes);
}
