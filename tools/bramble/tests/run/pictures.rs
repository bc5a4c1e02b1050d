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
