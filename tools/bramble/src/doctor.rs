//! `bramble doctor`: which tools are there, which are missing and how to get them.

use crate::process::output_of;
use crate::toolchain::{self, WasiClang, WasiLibc};
use crate::workspace;
use std::process::{Command, ExitCode};

/// Oldest QEMU that has both boards.
const QEMU_MAJOR_MIN: u32 = 9;

/// One thing that is needed.
struct Finding {
    thing: &'static str,
    /// What was found, or what to do.
    found: Result<String, String>,
}

/// The arguments of `bramble doctor`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Print the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the verb: a line for each thing; fails if one is missing.
///
/// # Errors
///
/// None; the signature is that of all verbs.
pub(crate) fn doctor(args: &Args) -> anyhow::Result<ExitCode> {
    let findings = [
        Finding { thing: "Rust", found: rust() },
        Finding { thing: "Rust's source", found: rust_source() },
        Finding { thing: "rustfmt", found: component("fmt") },
        Finding { thing: "clippy", found: component("clippy") },
        Finding { thing: "QEMU", found: qemu() },
        Finding { thing: "Rust apps on WASI", found: rust_wasi() },
        Finding { thing: "C apps", found: c_apps() },
        Finding { thing: "full image", found: full_image() },
    ];

    if args.json {
        let things: Vec<_> = findings.iter().map(Finding::to_json).collect();
        println!("{}", serde_json::json!({ "things": things }));
    } else {
        findings.iter().for_each(Finding::print);
    }
    let all = findings.iter().all(|finding| finding.found.is_ok());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Finding {
    fn print(&self) {
        match &self.found {
            Ok(found) => println!("{}: {found}", self.thing),
            Err(to_do) => println!("{}: MISSING: {to_do}", self.thing),
        }
    }

    fn to_json(&self) -> serde_json::Value {
        let (found, text) = match &self.found {
            Ok(text) => (true, text),
            Err(text) => (false, text),
        };
        serde_json::json!({ "thing": self.thing, "found": found, "text": text })
    }
}

fn rust() -> Result<String, String> {
    let mut rustc = Command::new("rustc");
    rustc.arg("--version").current_dir(workspace::root());
    let version = output_of(&mut rustc).ok_or("install rustup, https://rustup.rs")?;
    let pinned = include_str!("../../../rust-toolchain.toml")
        .lines()
        .find_map(|line| line.strip_prefix("channel = "))
        .map(|version| version.trim_matches('"'))
        .unwrap_or_default();
    if version.split(' ').nth(1) == Some(pinned) {
        Ok(version)
    } else {
        Err(format!("{version} is not {pinned}; run `make setup`"))
    }
}

fn rust_source() -> Result<String, String> {
    if toolchain::has_rust_source() {
        Ok("in the compiler's folder".to_owned())
    } else {
        Err("run `make setup`".to_owned())
    }
}

fn component(name: &str) -> Result<String, String> {
    let mut cargo = Command::new("cargo");
    cargo.args([name, "--version"]).current_dir(workspace::root());
    output_of(&mut cargo).ok_or_else(|| "run `make setup`".to_owned())
}

fn qemu() -> Result<String, String> {
    let version = output_of(Command::new("qemu-system-aarch64").arg("--version"))
        .ok_or("run `make setup`, or install qemu-system-arm")?;
    let line = version.lines().next().unwrap_or_default().to_owned();
    match qemu_major(&line) {
        Some(major) if major >= QEMU_MAJOR_MIN => Ok(line),
        _ => Err(format!("{line} is older than {QEMU_MAJOR_MIN}.0; run `make setup`")),
    }
}

/// 10, from `QEMU emulator version 10.0.2 (Debian …)`.
fn qemu_major(line: &str) -> Option<u32> {
    line.split_once("version ")?.1.split('.').next()?.parse().ok()
}

fn rust_wasi() -> Result<String, String> {
    if toolchain::has_rust_target("wasm32-wasip1") {
        return Ok("rustup's wasm32-wasip1".to_owned());
    }
    match WasiLibc::find() {
        Some(libc) => Ok(format!("standard library built with {}", libc.lib().display())),
        None => Err("run `make setup`".to_owned()),
    }
}

fn c_apps() -> Result<String, String> {
    match WasiClang::find() {
        Some(tools) => Ok(format!("{} with {}", tools.clang.display(), tools.libc.lib().display())),
        None => Err("run `make setup`, or set WASI_SDK_PATH to a wasi-sdk".to_owned()),
    }
}

fn full_image() -> Result<String, String> {
    let image = workspace::target().join("image/kernel8.img");
    if image.is_file() {
        Ok(image.display().to_string())
    } else {
        Err("run `make image`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qemus_version_is_read_from_its_first_line() {
        assert_eq!(qemu_major("QEMU emulator version 10.0.2 (Debian 1:10.0.2+ds-2)"), Some(10));
        assert_eq!(qemu_major("something else"), None);
    }
}
