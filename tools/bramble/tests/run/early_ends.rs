//! A program that does not end by itself: what it changed in its folders so far comes back.

use super::script::Script;
use super::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::Read;
use std::process::{Child, Stdio};

const LOOP: &str = "(loop $forever (br $forever))";

/// Says more and more.
const CHATTER: &str = "(loop $forever (call $say (i32.const 4096) (i32.const 5)) (br $forever))";

/// An hour in `poll_oneoff`: a subscription of the monotonic clock at 16.
const SLEEP: &str = "
    (i32.store (i32.const 32) (i32.const 1))
    (i64.store (i32.const 40) (i64.const 3600000000000))
    (drop (call $poll_oneoff (i32.const 16) (i32.const 1024) (i32.const 1) (i32.const 8)))";

/// Changes the folder, and then never ends by itself.
fn change_and(end: &str) -> Script {
    Script::new().write("a.txt", "alpha").print("a.txt").then(end)
}

#[track_caller]
fn assert_changed(folder: &TempDir) {
    let text = std::fs::read_to_string(folder.path().join("a.txt"));
    assert_eq!(text.ok().as_deref(), Some("alpha"));
}

/// Starts the program with `folder` lent to it; it has changed it when this returns.
fn start(folder: &TempDir, script: &Script) -> Child {
    let programs = Programs::new();
    let program = programs.file("test.wat", script.text());
    let mapping = format!("{}::/", folder.path().display());
    let mut command = run();
    command.args(["--dir", &mapping]).arg(program).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 5];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    child
}

#[test]
fn a_trap() {
    let folder = tempfile::tempdir().unwrap();

    let outcome = change_and("unreachable").run(&["--dir", folder.path().to_str().unwrap()]);

    outcome.assert_ended_with(134, "test trapped");
    assert_changed(&folder);
}

#[test]
fn the_end_of_its_fuel() {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--fuel", "1000000", "--dir", folder.path().to_str().unwrap()];

    let outcome = change_and(LOOP).run(&options);

    outcome.assert_ended_with(134, "used up its 1000000 units of fuel");
    assert_changed(&folder);
}

#[test]
fn the_end_of_its_time_whether_it_computes_or_sleeps() {
    for end in [LOOP, SLEEP] {
        let folder = tempfile::tempdir().unwrap();
        let options = ["--timeout", "3", "--dir", folder.path().to_str().unwrap()];

        let outcome = change_and(end).run(&options);

        outcome.assert_ended_with(124, "test did not end within 3 s");
        assert_changed(&folder);
    }
}

#[test]
fn ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(&folder, &change_and(LOOP));

    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();

    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_changed(&folder);
}

#[test]
fn a_reader_of_its_output_that_has_had_enough() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(&folder, &change_and(CHATTER));

    drop(child.stdout.take());

    assert_eq!(child.wait().unwrap().code(), Some(141));
    assert_changed(&folder);
}
