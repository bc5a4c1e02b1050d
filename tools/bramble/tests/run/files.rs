//! Folders of the host that a program is lent, and directories in memory.

use super::script::Script;
use super::*;
use abi::Errno;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// A folder with three files, one of them below.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.txt"), "alpha").unwrap();
    fs::write(folder.path().join("b.txt"), "beta").unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    fs::write(folder.path().join("sub/c.txt"), "gamma").unwrap();
    folder
}

/// The value of `--dir` that lends `folder` as `guest`.
fn lent(folder: &TempDir, guest: &str) -> String {
    format!("{}::{guest}", folder.path().display())
}

/// All that is in a folder: for each path its text, or what else it is.
fn contents(folder: &Path) -> BTreeMap<String, String> {
    let mut contents = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        let what = entry.file_type().unwrap();
        if what.is_dir() {
            let below = self::contents(&entry.path()).into_iter();
            contents.extend(below.map(|(path, what)| (format!("{name}/{path}"), what)));
            contents.insert(name, "directory".to_owned());
        } else if what.is_symlink() {
            let target = fs::read_link(entry.path()).unwrap();
            contents.insert(name, format!("link to {}", target.display()));
        } else {
            contents.insert(name, fs::read_to_string(entry.path()).unwrap());
        }
    }
    contents
}

#[track_caller]
fn assert_contents(folder: &TempDir, expected: &[(&str, &str)]) {
    let expected = expected.iter().map(|(path, what)| ((*path).to_owned(), (*what).to_owned()));
    assert_eq!(contents(folder.path()), expected.collect());
}

#[track_caller]
fn assert_silent_success(outcome: &Outcome) {
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""), "{outcome:?}");
}

#[test]
fn what_a_program_changes_is_changed_in_the_folder_afterwards() {
    let folder = folder();
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path().join("a.txt"), executable.clone()).unwrap();

    let outcome = Script::new()
        .write("a.txt", "changed")
        .rename("b.txt", "renamed.txt")
        .remove("sub/c.txt")
        .remove_directory("sub")
        .make_directory("new")
        .write("new/d.txt", "delta")
        .symlink("new/d.txt", "link")
        .print("link")
        .run(&["--dir", &lent(&folder, "/")]);

    assert_silent_success(&outcome);
    assert_eq!(outcome.stdout, "delta");
    assert_contents(
        &folder,
        &[
            ("a.txt", "changed"),
            ("link", "link to new/d.txt"),
            ("new", "directory"),
            ("new/d.txt", "delta"),
            ("renamed.txt", "beta"),
        ],
    );
    let mode = fs::metadata(folder.path().join("a.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, executable.mode());
}

#[test]
fn a_read_only_folder_can_be_read_and_nothing_else() {
    let folder = folder();
    let before = contents(folder.path());

    let outcome = Script::new()
        .print("sub/c.txt")
        .write("a.txt", "changed")
        .fails_with(Errno::ReadOnly)
        .write("new.txt", "new")
        .fails_with(Errno::ReadOnly)
        .remove("a.txt")
        .fails_with(Errno::ReadOnly)
        .rename("a.txt", "c.txt")
        .fails_with(Errno::ReadOnly)
        .make_directory("new")
        .fails_with(Errno::ReadOnly)
        .symlink("a.txt", "link")
        .fails_with(Errno::ReadOnly)
        .run(&["--dir-ro", &lent(&folder, "/")]);

    assert_silent_success(&outcome);
    assert_eq!(outcome.stdout, "gamma");
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn a_program_knows_each_folder_by_the_name_that_it_is_given() {
    let (one, other, third) = (folder(), folder(), folder());
    let (own, other) = (one.path().to_str().unwrap(), lent(&other, "/"));
    let third = lent(&third, "some/where");
    let options = ["--dir-ro", &third, "--tmpfs", "/tmp", "--dir", own, "--dir", &other];

    let outcome = Script::new()
        .print_name()
        .in_folder(1)
        .print_name()
        .in_folder(2)
        .print_name()
        .in_folder(3)
        .print_name()
        .in_folder(4)
        .print_name()
        .fails_with(Errno::BadDescriptor)
        .run(&options);

    assert_silent_success(&outcome);
    assert_eq!(outcome.stdout, format!("{own}/some/where/tmp"));
}

#[test]
fn each_of_several_folders_gets_its_own_changes() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());

    let outcome = Script::new()
        .write("1.txt", "one")
        .in_folder(1)
        .write("2.txt", "two")
        .print("1.txt")
        .fails_with(Errno::NoEntry)
        .run(&["--dir", &lent(&one, "/1"), "--dir", &lent(&other, "/2")]);

    assert_silent_success(&outcome);
    assert_contents(&one, &[("1.txt", "one")]);
    assert_contents(&other, &[("2.txt", "two")]);
}

#[test]
fn a_directory_in_memory_is_empty_at_first_and_gone_at_the_end() {
    let script = Script::new().print("a.txt").fails_with(Errno::NoEntry).write("a.txt", "alpha");
    let script = script.print("a.txt");

    for _ in 0..2 {
        let outcome = script.run(&["--tmpfs", "/tmp"]);

        assert_silent_success(&outcome);
        assert_eq!(outcome.stdout, "alpha");
    }
}

#[test]
fn without_a_folder_there_is_none() {
    let outcome = Script::new().print_name().fails_with(Errno::BadDescriptor).run(&[]);

    assert_silent_success(&outcome);
}

#[test]
fn a_file_of_megabytes_comes_back_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..5_000_000_u32).map(|byte| (byte ^ (byte >> 8)) as u8).collect();
    fs::write(folder.path().join("large"), &bytes).unwrap();

    let outcome = Script::new().rename("large", "moved").run(&["--dir", &lent(&folder, "/")]);

    assert_silent_success(&outcome);
    assert!(fs::read(folder.path().join("moved")).unwrap() == bytes);
    assert!(!folder.path().join("large").exists());
}

#[test]
fn no_link_leads_out_of_a_folder() {
    let (inside, outside) = (tempfile::tempdir().unwrap(), folder());
    let target = outside.path().join("a.txt");
    std::os::unix::fs::symlink(&target, inside.path().join("link")).unwrap();

    let outcome = Script::new()
        .print("link")
        .fails_with(Errno::NotPermitted)
        .write("link", "changed")
        .fails_with(Errno::NotPermitted)
        .print("../a.txt")
        .fails_with(Errno::NotPermitted)
        .run(&["--dir", &lent(&inside, "/")]);

    assert_silent_success(&outcome);
    assert_eq!(fs::read_to_string(target).unwrap(), "alpha");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let program = Script::new();

    for option in ["--dir", "--dir-ro"] {
        let outcome = program.run(&[option, "no/such/folder::/"]);

        outcome.assert_ended_with(125, "no/such/folder is no folder");
    }
}

#[test]
fn two_folders_of_one_name_are_refused() {
    let folder = folder();

    let outcome = Script::new().run(&["--dir", &lent(&folder, "/a"), "--tmpfs", "/a"]);

    outcome.assert_ended_with(125, "two folders cannot both be the program's /a");
}

#[test]
fn a_program_that_is_refused_changes_nothing() {
    let folder = folder();
    let before = contents(folder.path());

    let module = "(module (import \"nowhere\" \"nothing\" (func)) (memory (export \"memory\") 1))";
    let outcome = run_text(&["--dir", &lent(&folder, "/")], module);

    outcome.assert_ended_with(126, "test ");
    assert_eq!(contents(folder.path()), before);
}
