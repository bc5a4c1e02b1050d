//! The shipped image on emulated boards: what a person at its serial console sees.
//!
//! The image is `target/image/kernel8.img`, or the one that `BRAMBLE_IMAGE` names: always the
//! gzip file, never the ELF. Tests of other apps put these into the same kernel.

#![forbid(unsafe_code)]

mod actors;
mod boot;
mod card;
mod console;
mod cores;
mod crash;
mod isolation;
mod leaks;
mod net;
mod priorities;
mod screen;
mod seed;
mod shell;
mod spec;
mod threads;
mod usb;

use kernel_core::bundle::{App, Bundle, Limits, OnCrash, Restart, Stdin, WhenDone};
use qemu::{Board, Machine, Qemu};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Far more than a boot takes: a host that does much else is slow, and only a failure waits.
const LIMIT: Duration = Duration::from_secs(60);

/// The shipped image.
fn image() -> PathBuf {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/image/kernel8.img");
    let path = std::env::var_os("BRAMBLE_IMAGE").map_or_else(default, PathBuf::from);
    assert!(path.is_file(), "{} is not there; `make image` builds it", path.display());
    path
}

/// The shipped kernel with apps of a test's own.
struct Packed {
    folder: TempDir,
}

impl Packed {
    fn new(apps: Vec<App<'_>>) -> Self {
        Self::with(WhenDone::Wait, OnCrash::Reset, apps)
    }

    fn with(when_done: WhenDone, on_crash: OnCrash, apps: Vec<App<'_>>) -> Self {
        Self::of(&Bundle { on_crash, when_done, ..bundle(apps) })
    }

    fn of(bundle: &Bundle<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes = qemu::repack(&image(), bundle).unwrap();
        std::fs::write(folder.path().join("kernel8.img"), bytes).unwrap();
        Self { folder }
    }

    fn machine(&self, board: Board) -> Machine {
        Machine::new(board, self.folder.path().join("kernel8.img"))
    }

    fn boot(&self, board: Board) -> Qemu {
        Qemu::boot(board, &self.folder.path().join("kernel8.img"))
    }
}

/// What the kernel gets, without settings.
fn bundle(apps: Vec<App<'_>>) -> Bundle<'_> {
    let (on_crash, when_done) = (OnCrash::Reset, WhenDone::Wait);
    Bundle { packed_at_s: 1_790_000_000, on_crash, when_done, network: Vec::new(), apps }
}

/// An app that may use WASI and nothing much else.
fn app<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    let limits = Limits { memory_pages_max: 4, ..Limits::default() };
    App { limits, ..App::program(name, module) }
}

/// The program that is made of `source`, by the host's tool.
fn build(source: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("module.wasm");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["bramble", "build"]).arg(source).arg("-o").arg(&module);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::read(module).unwrap()
}

/// A module of one page whose `_start` has the given body; imports the calls that tests need.
fn module(data: &str, start: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read"
                (func $fd_read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (memory (export "memory") 1)
            ;; At 0 one vector over `data`, at 8 a result, at 16 the bytes.
            (data (i32.const 0) "\10\00\00\00\{:02x}\00\00\00")
            (data (i32.const 16) "{data}\n")
            (func $say (drop (call $fd_write
                (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
            (func (export "_start") {start}))"#,
        data.len() + 1
    );
    wat::parse_str(text).unwrap()
}
