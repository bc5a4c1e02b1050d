//! Builds apps, each by its language's own tools.
//!
//! With rustup the standard library for a guest target is downloaded. Where it cannot be, it is
//! built from the compiler's source, for WASI against the C library of the system's packages.

use crate::c_threads;
use crate::folder::{self, Times};
use crate::manifest::{App, Files, GuestTarget, Manifest, Source};
use crate::pack;
use crate::process::{self, Progress};
use crate::toolchain::{self, WasiClang, WasiLibc};
use crate::workspace;
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

const WASM_MAGIC: &[u8] = b"\0asm";

/// What clippy is told about the Rust apps, which share no manifest that could say so.
const LINTS: [&str; 6] = [
    "-Dwarnings",
    "-Wmissing_docs",
    "-Dunsafe_op_in_unsafe_fn",
    "-Dunused_must_use",
    "-Wclippy::undocumented_unsafe_blocks",
    "-Wclippy::multiple_unsafe_ops_per_block",
];

/// What a bundle holds of an app beside what its manifest says.
pub(crate) struct Built {
    /// The WebAssembly module.
    pub(crate) module: Vec<u8>,
    /// The packed folders of those mounts that are in the bundle, in their order.
    pub(crate) folders: Vec<Vec<u8>>,
}

/// Builds each app of `manifest`, in its order; else as [`build`].
///
/// # Errors
///
/// As [`build`].
pub(crate) fn build_all(
    manifest: &Manifest,
    packed_at_s: u64,
    progress: &Progress,
) -> anyhow::Result<Vec<Built>> {
    let build_one = |app: &App| {
        progress.step(&format!("app {}", app.name));
        build(app, packed_at_s, progress)
    };
    manifest.apps.iter().map(build_one).collect()
}

/// The module of `app`, built if it comes from source, and its folders, whose files get the time
/// `packed_at_s`, in seconds since 1970.
///
/// # Errors
///
/// The source is not there, a tool is missing or the build failed; the error names the app.
fn build(app: &App, packed_at_s: u64, progress: &Progress) -> anyhow::Result<Built> {
    let parts = || {
        let folders = app.mounts.iter().filter_map(|mount| match &mount.files {
            Files::Bundle(path) => Some(folder::pack(path, Times::All(packed_at_s))),
            Files::Card(_) | Files::Memory { .. } => None,
        });
        let folders = folders.collect::<anyhow::Result<_>>()?;
        let module = pack::lowered(&read_module(app, progress)?, &app.limits)?;
        anyhow::Ok(Built { module, folders })
    };
    parts().with_context(|| format!("the app `{}` cannot be built", app.name))
}

fn read_module(app: &App, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let (path, target) = match &app.source {
        Source::Module(path) => return read(path),
        Source::Folder { path, target } => (path, *target),
    };

    // A manifest that lies elsewhere may name the apps of this checkout.
    let here = folder_of_apps().join(&app.name);
    let folder = [path, &here].into_iter().find(|folder| folder.is_dir());
    let folder = folder.with_context(|| {
        format!("there is no folder {}; `module = \"…\"` names a file instead", path.display())
    })?;
    let output = workspace::target().join("apps").join("modules").join(&app.name);
    compile(folder, target, &output, progress)
}

/// Builds the Rust package or the C files in the folder `source`, or the C file `source`; what
/// the build leaves goes to the folder `output`, which is emptied first.
///
/// # Errors
///
/// `source` is none of these, a tool is missing or the build failed.
pub(crate) fn compile(
    source: &Path,
    target: GuestTarget,
    output: &Path,
    progress: &Progress,
) -> anyhow::Result<Vec<u8>> {
    let source = &source.canonicalize().with_context(|| format!("no {}", source.display()))?;
    if source.join("Cargo.toml").is_file() {
        return build_rust(source, target, output, progress);
    }

    let files = if source.is_dir() { files_in(source, "c")? } else { vec![source.clone()] };
    let all_are_c = files.iter().all(|file| file.extension().is_some_and(|found| found == "c"));
    ensure!(!files.is_empty(), "{} has neither a Cargo.toml nor a C file", source.display());
    ensure!(all_are_c, "{} is no C file, and no folder of an app", source.display());
    build_c(&files, output, progress)
}

fn folder_of_apps() -> PathBuf {
    workspace::root().join("apps")
}

/// The module in the file `path`, from text if it is text.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.starts_with(WASM_MAGIC) {
        return Ok(bytes);
    }
    let is_text = path.extension().is_some_and(|extension| extension == "wat");
    ensure!(
        is_text,
        "{} is not a WebAssembly module: it does not begin with \\0asm, and its text would be \
         called .wat",
        path.display()
    );
    Ok(wat::Parser::new().parse_bytes(Some(path), &bytes)?.into_owned())
}

fn build_rust(
    folder: &Path,
    target: GuestTarget,
    output: &Path,
    progress: &Progress,
) -> anyhow::Result<Vec<u8>> {
    if folder.parent() == Some(&folder_of_apps()) {
        check_package_name(folder)?;
    }
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

/// Checks that no package beside the one in `folder` has its name: what they build, in one
/// folder for all apps, would have one name too.
fn check_package_name(folder: &Path) -> anyhow::Result<()> {
    let own = package_name(folder);
    for other in rust_packages(folder.parent().unwrap_or(folder))? {
        ensure!(
            own.is_none() || other == folder || package_name(&other) != own,
            "the packages in {} and {} have the same name: change it in one Cargo.toml",
            folder.display(),
            other.display()
        );
    }
    Ok(())
}

fn package_name(folder: &Path) -> Option<String> {
    let manifest: toml::Table =
        std::fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()?;
    Some(manifest.get("package")?.get("name")?.as_str()?.to_owned())
}

/// The folders in `folder` with a Rust package, by name.
fn rust_packages(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut packages = children(folder)?;
    packages.retain(|path| path.join("Cargo.toml").is_file());
    Ok(packages)
}

/// Checks the apps of this checkout: Rust with rustfmt and clippy, C with the compiler's
/// warnings. A warning is an error.
///
/// # Errors
///
/// There are warnings; they are on stderr.
pub(crate) fn lint(progress: &Progress) -> anyhow::Result<()> {
    for folder in rust_packages(&folder_of_apps())? {
        progress.run(process::cargo(&[]).current_dir(&folder).args(["fmt", "--check"]))?;
        let mut cargo = cargo("clippy", &folder, GuestTarget::Wasip1)?;
        progress.run(cargo.arg("--").args(LINTS))?;
    }
    let mut folders = children(&folder_of_apps())?;
    folders.push(c_threads::folder());
    for folder in folders.iter().filter(|path| path.is_dir()) {
        let files = files_in(folder, "c")?;
        if !files.is_empty() {
            let mut clang = clang(&files)?;
            c_threads::compile(&mut clang);
            progress.run(clang.args(["-fsyntax-only", "-Qunused-arguments", "-Werror"]))?;
        }
    }
    Ok(())
}

/// The cargo command `verb` on the package in `folder`, with the settings that apply there.
fn cargo(verb: &str, folder: &Path, target: GuestTarget) -> anyhow::Result<Command> {
    let (flags, options) = rust_options(target)?;
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();

    let mut cargo = process::cargo(&flags);
    cargo
        .current_dir(folder)
        .args([verb, "--release", "--target", target.triple()])
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

fn build_c(files: &[PathBuf], output: &Path, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    empty(output)?;
    let module = output.join("module.wasm");

    let mut clang_files = clang(files)?;
    if c_threads::are_used(clang(files)?) {
        c_threads::link(c_threads::compile(&mut clang_files));
    }
    progress.run(clang_files.arg("-o").arg(&module))?;
    read(&module)
}

/// The compiler's command on the C files `files`, with its warnings on.
fn clang(files: &[PathBuf]) -> anyhow::Result<Command> {
    let tools =
        WasiClang::find().context("a C compiler for WebAssembly is missing: run `make setup`")?;
    let mut clang = Command::new(&tools.clang);
    clang
        .arg(format!("--target={}", tools.libc.triple))
        .arg(format!("--sysroot={}", tools.libc.sysroot.display()))
        .arg("-I")
        .arg(c_threads::folder().join("include"))
        .args(["-Oz", "-s", "-Wall", "-Wextra"])
        .args(files);
    Ok(clang)
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
    let mut files = children(folder)?;
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    Ok(files)
}

/// What is in `folder`, by name.
fn children(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        children.push(entry?.path());
    }
    children.sort();
    Ok(children)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(folder: &Path, name: &str) -> PathBuf {
        std::fs::create_dir(folder).unwrap();
        let manifest = format!("[package]\nname = \"{name}\"\n");
        std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        folder.to_owned()
    }

    #[test]
    fn two_packages_of_one_name_are_an_error_that_names_both() {
        let folder = tempfile::tempdir().unwrap();
        let hello = package(&folder.path().join("hello"), "app-hello");
        package(&folder.path().join("other"), "app-other");
        assert!(check_package_name(&hello).is_ok());

        package(&folder.path().join("copy"), "app-hello");

        let message = check_package_name(&hello).unwrap_err().to_string();
        assert!(message.contains("hello and") && message.contains("copy have"), "{message}");
    }

    #[test]
    fn a_module_that_is_neither_binary_nor_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "just notes").unwrap();

        let message = read(&path).unwrap_err().to_string();

        assert!(message.contains("notes.txt is not a WebAssembly module"), "{message}");
    }

    #[test]
    fn only_c_files_and_folders_of_apps_are_built() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.zig");
        std::fs::write(&file, "").unwrap();
        let build = |path: &Path| {
            let output = folder.path().join("output");
            compile(path, GuestTarget::Wasip1, &output, &Progress::new(1)).unwrap_err().to_string()
        };

        assert!(build(&file).contains("is no C file"));
        assert!(build(folder.path()).contains("neither a Cargo.toml nor a C file"));
        assert!(build(&folder.path().join("none")).contains("none"));
    }
}
