//! Pictures of the screen: of a program that runs, and of one of its frames.

use super::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::Child;
use std::time::{Duration, Instant};

/// Far more than a boot takes: only a failure waits.
const LIMIT: Duration = Duration::from_secs(60);

/// A program that runs until it is ended.
const ENDLESS: &str = "(module (memory (export \"memory\") 1)
    (func (export \"_start\") (loop $again (br $again))))";

/// Draws a white bar into a blue window, a column further to the right in each picture.
const MOVING: &str = r#"(module
    (import "bramble_display" "open" (func $open (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "bramble_display" "clear" (func $clear (param i32 i32) (result i32)))
    (import "bramble_display" "fill" (func $fill (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "bramble_display" "wait_frame" (func $wait_frame (param i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start") (local $surface i32) (local $x i32)
        (drop (call $open (i32.const 0) (i32.const 0) (i32.const 200) (i32.const 100) (i32.const 0)
            (i32.const 0)))
        (local.set $surface (i32.load (i32.const 0)))
        (loop $again
            (drop (call $clear (local.get $surface) (i32.const 0x0000ff)))
            (drop (call $fill (local.get $surface) (local.get $x) (i32.const 0) (i32.const 5)
                (i32.const 100) (i32.const 0xffffff)))
            (local.set $x (i32.add (local.get $x) (i32.const 1)))
            (drop (call $wait_frame (local.get $surface)))
            (br $again))))"#;

/// What `bramble screenshot` says of the board that `child` runs, once it answers.
fn photograph(child: &Child, png: &Path) -> Output {
    let start = Instant::now();
    loop {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bramble"));
        command.args(["screenshot", "--json", "--pid", &child.id().to_string()]).arg(png);
        let output = command.output().unwrap();
        if output.status.success() {
            return output;
        }
        assert!(start.elapsed() < LIMIT, "{output:?}");
    }
}

#[test]
fn the_screen_of_a_program_that_runs_is_photographed_from_elsewhere() {
    let programs = Programs::new();
    let program = programs.file("endless.wat", ENDLESS);
    let png = programs.file("screen.png", "");
    let mut child = run().args(["--timeout", "60"]).arg(program).spawn().unwrap();

    let output = photograph(&child, &png);
    kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = child.wait().unwrap();

    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&said["program"], &said["board"]), (&"endless".into(), &"raspi3b".into()));
    let picture = picture::Picture::read(&png).unwrap();
    assert_eq!(
        (&said["width"], &said["height"]),
        (&picture.width().into(), &picture.height().into())
    );
    assert_eq!(ended.code(), Some(130));
}

#[test]
fn a_picture_shows_the_frame_that_is_asked_for_and_ends_the_program() {
    let programs = Programs::new();
    let png = programs.folder.path().join("frame.png");
    let options = ["--json", "--timeout", "60", "--frames", "30", "--png", png.to_str().unwrap()];

    let outcome = run_text(&options, MOVING);

    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let said: serde_json::Value = serde_json::from_str(&outcome.stderr).unwrap();
    assert_eq!((&said["frame"], &said["picture"]), (&30.into(), &png.to_str().unwrap().into()));
    assert_eq!(bar(&picture::Picture::read(&png).unwrap()), Some(29));
}

/// How far the bar is from the window's left edge, in the first row.
fn bar(picture: &picture::Picture) -> Option<usize> {
    let (width, blue, white) = (picture.width() as usize, 0x0000ff, 0xffffff);
    let row = picture.pixels().chunks(width).find(|row| row.contains(&blue))?;
    let edge = row.iter().position(|pixel| *pixel == blue)?;
    row[edge..].iter().position(|pixel| *pixel == white)
}

#[test]
fn a_program_that_ends_before_its_frame_leaves_no_picture_and_says_so() {
    let programs = Programs::new();
    let png = programs.folder.path().join("frame.png");
    let options = ["--frames", "2", "--png", png.to_str().unwrap()];

    let outcome = run_start(&options, "(call $say (i32.const 1))");

    assert_eq!(outcome.stdout, "hello\n");
    outcome.assert_ended_with(125, "no picture: test ended with code 0 before its frame 2");
    assert!(!png.exists());
}

#[test]
fn a_picture_that_could_not_be_written_costs_no_boot() {
    let outcome = run_start(&["--png", "/nowhere/frame.png"], "(call $say (i32.const 1))");

    assert_eq!(outcome.stdout, "");
    outcome.assert_ended_with(125, "cannot write /nowhere/frame.png: its folder is not there");
}
