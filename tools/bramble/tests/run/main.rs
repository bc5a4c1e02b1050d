//! `bramble run` from end to end: the shipped image on an emulated board, with one program.
//!
//! Programs are written as text, which `bramble run` takes as well as modules.

#![forbid(unsafe_code)]

mod bad_input;
mod early_ends;
mod endings;
mod files;
mod memory;
mod network;
mod pictures;
mod script;
mod streams;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// Imports that most programs of these tests need.
const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))"#;

/// One page of memory; `say` writes "hello\n" to the descriptor that it is given.
const SAY: &str = r#"
    (memory (export "memory") 1)
    (data (i32.const 0) "\10\00\00\00\06\00\00\00")
    (data (i32.const 16) "hello\n")
    (func $say (param i32) (drop (call $fd_write
        (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8))))"#;

/// `bramble run`, once it is certain that no image has to be built first.
fn run() -> Command {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/image/kernel8.img");
    let image = std::env::var_os("BRAMBLE_IMAGE").map_or_else(default, PathBuf::from);
    assert!(image.is_file(), "{} is not there; `make image` builds it", image.display());

    let mut command = Command::new(env!("CARGO_BIN_EXE_bramble"));
    command.arg("run").stdin(std::process::Stdio::null());
    command
}

/// A folder for programs.
struct Programs {
    folder: TempDir,
}

impl Programs {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// Writes `bytes` as the file `name`.
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Runs the program `text`, whose name is `test`, with `options` before it.
fn run_text(options: &[&str], text: &str) -> Outcome {
    let programs = Programs::new();
    let path = programs.file("test.wat", text);
    Outcome::of(run().args(options).arg(path))
}

/// Runs the program with the usual imports and the body of `_start` that is given.
fn run_start(options: &[&str], start: &str) -> Outcome {
    run_text(options, &format!("(module {IMPORTS} {SAY} (func (export \"_start\") {start}))"))
}

/// How a run ended and what it wrote.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Outcome {
    #[track_caller]
    fn of(command: &mut Command) -> Self {
        Self::from(command.output().unwrap())
    }

    /// Asserts the exit code, and that stderr is one line of `bramble` with `what` in it.
    #[track_caller]
    fn assert_ended_with(&self, code: i32, what: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stderr.starts_with("bramble: "), "{self:?}");
        assert!(self.stderr.contains(what), "no `{what}` in {self:?}");
    }
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}
