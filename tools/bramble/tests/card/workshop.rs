//! Where cards are made for a test: a kernel that is none, an app, and firmware that is none.

use flate2::Compression;
use flate2::write::GzEncoder;
use kernel_core::bundle::{Bundle, OnCrash, WhenDone};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

pub(crate) const CARD_BYTES: u64 = 64 << 20;

/// Where the partition begins, as tools for FAT are told.
pub(crate) const PARTITION_BYTES: u64 = 1 << 20;

/// A folder with a kernel that is none, an app, firmware that is none, and a card of these.
pub(crate) struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub(crate) fn new() -> Self {
        let workshop = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(workshop.at("kernel8.img"), kernel()).unwrap();
        let module = wat::parse_str(r#"(module (func (export "_start")))"#).unwrap();
        fs::write(workshop.at("hello.wasm"), module).unwrap();
        fs::create_dir(workshop.at("firmware")).unwrap();
        let files = ["bootcode.bin", "start_cd.elf", "fixup_cd.dat", "start4cd.elf"];
        for name in files.into_iter().chain(["fixup4cd.dat", "LICENCE.broadcom"]) {
            fs::write(workshop.at("firmware").join(name), vec![b'x'; 5000]).unwrap();
        }
        workshop
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command in this folder, where nothing was downloaded.
    pub(crate) fn bramble(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_bramble"))
            .args(words)
            .current_dir(self.folder.path())
            .env("XDG_CACHE_HOME", self.folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Writes `card.img` with everything on it.
    pub(crate) fn card(&self) -> serde_json::Value {
        let words = ["image", "--json", "--kernel", "kernel8.img", "--sd", "card.img"];
        let more = ["--app", "hello.wasm", "--firmware", "firmware"];
        let output = self.bramble(&[&words[..], &more].concat());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A file that stands for a card that was used before.
    pub(crate) fn used_card(&self, size_bytes: u64) {
        fs::write(self.at("used"), vec![0xa5; size_bytes as usize]).unwrap();
    }
}

/// A `kernel8.img` without a kernel, packed at 2026-11-21 12:34:56 UTC.
pub(crate) fn kernel() -> Vec<u8> {
    let bundle = Bundle {
        packed_at_s: 1_795_264_496,
        on_crash: OnCrash::Reset,
        when_done: WhenDone::Wait,
        network: Vec::new(),
        apps: Vec::new(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&bundle.write().unwrap()).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
pub(crate) fn assert_fails(output: &Output, code: i32, what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(what), "no `{what}` in {stderr}");
}

/// The tool `name`, which Debian may keep where only root's `PATH` leads.
pub(crate) fn tool(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap();
    let mut command = Command::new("env");
    command.arg(format!("PATH={path}:/usr/sbin:/sbin")).arg(name);
    command
}

/// Whether the tool `name` of package `package` is here; where tests must be complete, it must.
pub(crate) fn has_tool(name: &str, package: &str) -> bool {
    let output = tool(name).arg("--version").output().unwrap();
    // What `env` ends with where it finds no such program.
    let found = output.status.code() != Some(127);
    assert!(found || std::env::var_os("CI").is_none(), "{name} is missing: install {package}");
    if !found {
        println!("SKIPPED: {name} of {package} is not installed; `make setup` installs it");
    }
    found
}
