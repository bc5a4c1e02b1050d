use super::*;
use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A folder with a file of its own, one below, and a link.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/b.txt"), "beta").unwrap();
    symlink("a.txt", folder.path().join("link")).unwrap();
    folder
}

/// All that is in a folder: for each path its bytes, or what else it is.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut found = Vec::new();
    find(folder, "", Times::All(0), &mut found).unwrap();
    let describe = |found: Found| match found.what {
        What::Directory => (found.path, "directory".to_owned()),
        What::File(bytes) => (found.path, String::from_utf8(bytes).unwrap()),
        What::SymbolicLink(target) => (found.path, format!("link to {target}")),
    };
    found.into_iter().map(describe).collect()
}

/// What the guest leaves, as a folder of the host.
fn left(change: impl Fn(&Path)) -> Vec<u8> {
    let copy = folder();
    change(copy.path());
    pack(copy.path(), Times::Own).unwrap()
}

#[test]
fn what_the_guest_changed_is_changed_in_the_folder() {
    let folder = folder();
    let before = pack(folder.path(), Times::Own).unwrap();
    let after = left(|copy| {
        fs::write(copy.join("a.txt"), "changed").unwrap();
        fs::create_dir(copy.join("new")).unwrap();
        fs::write(copy.join("new/c.txt"), "gamma").unwrap();
        fs::remove_dir_all(copy.join("sub")).unwrap();
        fs::remove_file(copy.join("link")).unwrap();
        symlink("new/c.txt", copy.join("link")).unwrap();
    });

    write_back(folder.path(), &before, &after).unwrap();

    let expected = [
        ("a.txt", "changed"),
        ("link", "link to new/c.txt"),
        ("new", "directory"),
        ("new/c.txt", "gamma"),
    ];
    let expected = expected.map(|(path, what)| (path.to_owned(), what.to_owned()));
    assert_eq!(contents(folder.path()), BTreeMap::from(expected));
}

#[test]
fn what_the_guest_left_alone_is_not_touched() {
    let folder = folder();
    let before = pack(folder.path(), Times::Own).unwrap();
    // Changed on the host while the guest ran: it knows nothing of that.
    fs::write(folder.path().join("a.txt"), "on the host").unwrap();
    fs::write(folder.path().join("new.txt"), "on the host").unwrap();

    write_back(folder.path(), &before, &before).unwrap();

    let contents = contents(folder.path());
    assert_eq!((&*contents["a.txt"], &*contents["new.txt"]), ("on the host", "on the host"));
}

#[test]
fn a_file_can_become_a_directory_and_back() {
    let folder = folder();
    let before = pack(folder.path(), Times::Own).unwrap();
    let after = left(|copy| {
        fs::remove_file(copy.join("a.txt")).unwrap();
        fs::create_dir(copy.join("a.txt")).unwrap();
        fs::remove_dir_all(copy.join("sub")).unwrap();
        fs::write(copy.join("sub"), "a file").unwrap();
    });

    write_back(folder.path(), &before, &after).unwrap();

    let contents = contents(folder.path());
    assert_eq!((&*contents["a.txt"], &*contents["sub"]), ("directory", "a file"));
}

#[test]
fn times_come_back_too() {
    let folder = folder();
    let before = pack(folder.path(), Times::Own).unwrap();
    let after = pack(folder.path(), Times::All(1_000_000_000)).unwrap();

    write_back(folder.path(), &before, &after).unwrap();

    for name in ["a.txt", "sub", "sub/b.txt", "link"] {
        let metadata = folder.path().join(name).symlink_metadata().unwrap();
        assert_eq!(metadata.mtime(), 1_000_000_000, "{name}");
    }
}

#[test]
fn nothing_outside_of_the_folder_is_written() {
    let folder = folder();
    let before = pack(folder.path(), Times::Own).unwrap();
    let item = Item { path: "../evil", modified_ns: 0, content: Content::File(b"x") };
    let after = service_files::folder::pack(&[item]).unwrap();

    assert!(write_back(folder.path(), &before, &after).is_err());

    assert!(!folder.path().parent().unwrap().join("evil").exists());
}

#[test]
fn the_same_files_with_one_time_make_the_same_bytes() {
    let one = pack(folder().path(), Times::All(7)).unwrap();
    let other = pack(folder().path(), Times::All(7)).unwrap();

    assert_eq!(one, other);
}

#[test]
fn what_cannot_be_packed_is_named() {
    let folder = folder();
    nix::unistd::mkfifo(&folder.path().join("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();

    let error = pack(folder.path(), Times::Own).unwrap_err().to_string();

    assert!(error.contains("pipe is neither a file nor a folder"), "{error}");
    assert!(pack(&folder.path().join("a.txt"), Times::Own).is_err());
}
