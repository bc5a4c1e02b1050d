//! Names in directories: listed, moved and removed.

use super::*;

#[test]
fn a_rename_replaces_a_file_and_whoever_held_it_keeps_it() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        put(&mut files, "Configuration.toml", b"old").unwrap();
        put(&mut files, "Configuration.toml.new", b"newer").unwrap();
        let held = find(&mut files, "Configuration.toml").unwrap();
        let moved = find(&mut files, "Configuration.toml.new").unwrap();
        rename(&mut files, "Configuration.toml.new", "Configuration.toml").unwrap();

        assert_eq!(read_all(&mut files, held).unwrap(), b"old");
        write_all(&mut files, moved, 5, b"!").unwrap();
        files.release(held);
        files.release(moved);
        files.flush().unwrap();
        expect_in_order(card);
        let mut files = mount(card);
        assert_eq!(names(&mut files, ""), ["Configuration.toml"]);
        assert_eq!(get(&mut files, "Configuration.toml").unwrap(), b"newer!");
    }
}

#[test]
fn a_rename_may_change_nothing_but_the_case() {
    let card = card(Width::Fat16);
    let mut files = mount(card);
    put(&mut files, "readme.txt", b"text").unwrap();
    rename(&mut files, "readme.txt", "ReadMe.txt").unwrap();
    rename(&mut files, "README.TXT", "ReadMe.txt").unwrap();
    assert_eq!(names(&mut files, ""), ["ReadMe.txt"]);
    files.flush().unwrap();
    expect_in_order(card);
}

#[test]
fn a_directory_moves_with_all_that_is_in_it() {
    for width in WIDTHS {
        let card = card(width);
        let mut files = mount(card);
        ["a", "a/b", "c"].iter().for_each(|path| make_directory(&mut files, path));
        put(&mut files, "a/b/file", b"deep").unwrap();
        rename(&mut files, "a/b", "c/moved here").unwrap();
        assert_eq!(get(&mut files, "c/moved here/file").unwrap(), b"deep");
        rename(&mut files, "c/moved here", "top").unwrap();
        files.flush().unwrap();

        expect_in_order(card);
        assert_eq!(get(&mut mount(card), "top/file").unwrap(), b"deep");
    }
}

#[test]
fn a_directory_cannot_move_into_itself() {
    let mut files = mount(card(Width::Fat32));
    ["a", "a/b"].iter().for_each(|path| make_directory(&mut files, path));
    assert_eq!(rename(&mut files, "a", "a/c"), Err(Errno::Invalid));
    assert_eq!(rename(&mut files, "a", "a/b/c"), Err(Errno::Invalid));
    rename(&mut files, "a", "A").unwrap();
}

#[test]
fn kinds_are_not_confused() {
    let mut files = mount(card(Width::Fat16));
    ["full", "empty"].iter().for_each(|path| make_directory(&mut files, path));
    put(&mut files, "full/file", b"x").unwrap();
    put(&mut files, "file", b"x").unwrap();
    let root = files.root();
    let file = find(&mut files, "file").unwrap();
    let full = find(&mut files, "full").unwrap();

    assert_eq!(unlink(&mut files, "full"), Err(Errno::IsDirectory));
    assert_eq!(remove_directory(&mut files, "file"), Err(Errno::NotDirectory));
    assert_eq!(remove_directory(&mut files, "full"), Err(Errno::NotEmpty));
    assert_eq!(rename(&mut files, "empty", "full"), Err(Errno::NotEmpty));
    assert_eq!(rename(&mut files, "file", "full"), Err(Errno::IsDirectory));
    assert_eq!(rename(&mut files, "full", "file"), Err(Errno::NotDirectory));
    assert_eq!(rename(&mut files, "none", "file"), Err(Errno::NoEntry));
    assert_eq!(rename(&mut files, "no:ne", "file"), Err(Errno::NoEntry));
    assert_eq!(rename(&mut files, "file", "fi:le"), Err(Errno::Invalid));
    assert_eq!(files.find(file, "x"), Err(Errno::NotDirectory));
    assert_eq!(files.read(full, 0, &mut [0; 4]), Err(Errno::IsDirectory));
    assert_eq!(files.write(full, 0, b"x", NOW_NS), Err(Errno::IsDirectory));
    assert_eq!(create(&mut files, "FILE", Creation::File), Err(Errno::Exists));
    assert_eq!(files.link(file, root, "again", NOW_NS), Err(Errno::NotSupported));
    let link = Creation::SymbolicLink("file");
    assert_eq!(create(&mut files, "link", link), Err(Errno::NotSupported));
}

#[test]
fn nothing_can_be_made_in_a_directory_that_was_removed() {
    let mut files = mount(card(Width::Fat16));
    make_directory(&mut files, "d");
    let held = find(&mut files, "d").unwrap();
    remove_directory(&mut files, "d").unwrap();

    assert_eq!(files.create(held, "x", Creation::File, NOW_NS), Err(Errno::NoEntry));
    assert_eq!(files.entry(held, 0), Ok(None));
    files.release(held);
}

#[test]
fn the_numbers_of_a_listing_are_those_of_the_files() {
    let mut files = mount(card(Width::Fat16));
    (0..40).for_each(|n| put(&mut files, &alloc::format!("file number {n}"), b"x").unwrap());
    let (mut cookie, mut seen) = (0, Vec::new());
    while let Some(entry) = files.entry(files.root(), cookie).unwrap() {
        let node = find(&mut files, &entry.name).unwrap();
        assert_eq!(files.status(node).unwrap().inode, entry.inode);
        files.release(node);
        seen.push(entry.inode);
        cookie = entry.next;
    }
    seen.dedup();
    assert_eq!(seen.len(), 40);
}

#[test]
fn a_listing_goes_on_while_names_come_and_go() {
    let mut files = mount(card(Width::Fat32));
    make_directory(&mut files, "d");
    let name = |n: usize| alloc::format!("d/a name that takes a few slots {n}");
    (0..60).for_each(|n| put(&mut files, &name(n), b"").unwrap());
    let directory = find(&mut files, "d").unwrap();
    let (mut cookie, mut seen, mut made) = (0, Vec::new(), 60);
    while let Some(entry) = files.entry(directory, cookie).unwrap() {
        cookie = entry.next;
        seen.push(alloc::format!("d/{}", entry.name));
        // What was just seen goes, and a name of another length may take its slots.
        unlink(&mut files, seen.last().unwrap()).unwrap();
        if made < 90 {
            put(&mut files, &alloc::format!("d/{}{made}", "x".repeat(made)), b"").unwrap();
            made += 1;
        }
    }
    (0..60).for_each(|n| assert_eq!(seen.iter().filter(|seen| **seen == name(n)).count(), 1));
    assert!(seen.iter().all(|name| !name.contains('~')), "no name is seen in half");
}
