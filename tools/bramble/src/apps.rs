//! Builds apps, each by its language's own tools.
//!
//! With rustup the standard library for a guest target is downloaded. Where it cannot be, it is
//! built from the compiler's source, for WASI against the C library of the system's packages.

use crate::manifest::{App, GuestTarget, Source};
use crate::process::{self, Progress};
use crate::toolchain::{self, WasiClang, WasiLibc};
use crate::workspace;
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The WebAssembly module of `app`, built if it comes from source.
///
/// # Errors
///
/// The source is not there, a tool is missing or the build failed; the error names the app.
pub(crate) fn module(app: &App, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    read_module(app, progress).with_context(|| format!("the app `{}` cannot be built", app.name))
}

fn read_module(app: &App, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let (path, target) = match &app.source {
        Source::Module(path) => return read(path),
        Source::Folder { path, target } => (path, *target),
    };

    // A manifest that lies elsewhere may name the apps of this checkout.
    let here = workspace::root().join("apps").join(&app.name);
    let folder = [path, &here].into_iter().find(|folder| folder.is_dir());
    let folder = folder.with_context(|| {
        format!("there is no folder {}; `module = \"…\"` names a file instead", path.display())
    })?;
    let output = workspace::target().join("apps").join("modules").join(&app.name);

    if folder.join("Cargo.toml").is_file() {
        build_rust(folder, target, &output, progress)
    } else {
        build_c(folder, &output, progress)
    }
}

/// The module in the file `path`, from text if it is text.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let module = wat::parse_bytes(&bytes).with_context(|| format!("in {}", path.display()))?;
    Ok(module.into_owned())
}

fn build_rust(
    folder: &Path,
    target: GuestTarget,
    output: &Path,
    progress: &Progress,
) -> anyhow::Result<Vec<u8>> {
    empty(output)?;

    let mut cargo = cargo("build", folder, target)?;
    cargo.args(["-Zunstable-options", "--artifact-dir"]).arg(output);
    progress.run(&mut cargo)?;

    let modules = files_in(output, "wasm")?;
    match &modules[..] {
        [module] => read(module),
        _ => bail!("{} builds {} programs, and an app is one", folder.display(), modules.len()),
    }
}

/// Checks the Rust apps of this checkout with clippy; a warning is an error.
///
/// # Errors
///
/// There are warnings; they are on stderr.
pub(crate) fn lint(progress: &Progress) -> anyhow::Result<()> {
    let mut cargo = cargo("clippy", &workspace::root().join("apps"), GuestTarget::Wasip1)?;
    progress.run(cargo.args(["--workspace", "--", "-D", "warnings"]))
}

/// The cargo command `verb` on the package, or workspace, in `folder`.
fn cargo(verb: &str, folder: &Path, target: GuestTarget) -> anyhow::Result<Command> {
    let (flags, options) = rust_options(target)?;
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();

    let mut cargo = process::cargo(&flags);
    cargo
        .args([verb, "--release", "--target", target.triple()])
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(workspace::target().join("apps"))
        .args(options)
        // `--artifact-dir` and `-Zbuild-std`, on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1");
    Ok(cargo)
}

/// The compiler's flags and cargo's options for `target`.
fn rust_options(target: GuestTarget) -> anyhow::Result<(Vec<String>, Vec<&'static str>)> {
    if toolchain::has_rust_target(target.triple()) {
        return Ok((Vec::new(), Vec::new()));
    }
    match target {
        GuestTarget::Unknown => Ok((Vec::new(), vec!["-Zbuild-std=core,alloc"])),
        GuestTarget::Wasip1 => {
            let libc = WasiLibc::find().context("WASI's C library is missing: run `make setup`")?;
            let lib = libc.lib();
            let flags = vec![
                "-Clink-self-contained=no".to_owned(),
                "-Clinker=rust-lld".to_owned(),
                format!("-Lnative={}", lib.display()),
                format!("-Clink-arg={}", lib.join("crt1-command.o").display()),
            ];
            Ok((
                flags,
                vec!["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
            ))
        }
    }
}

fn build_c(folder: &Path, output: &Path, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let sources = files_in(folder, "c")?;
    ensure!(!sources.is_empty(), "{} has neither a Cargo.toml nor a C file", folder.display());
    let tools =
        WasiClang::find().context("a C compiler for WebAssembly is missing: run `make setup`")?;
    empty(output)?;
    let module = output.join("module.wasm");

    let mut clang = Command::new(&tools.clang);
    clang
        .arg(format!("--target={}", tools.libc.triple))
        .arg(format!("--sysroot={}", tools.libc.sysroot.display()))
        .args(["-Oz", "-s", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&module)
        .args(sources);
    progress.run(&mut clang)?;
    read(&module)
}

/// Makes `folder` exist and hold nothing.
fn empty(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// The files in `folder` with the extension `extension`, by name.
fn files_in(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
