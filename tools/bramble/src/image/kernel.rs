//! Builds the kernel with the compiler flags that no cargo profile can hold.

use super::parser;
use crate::process::{self, Progress};
use crate::workspace;
use std::path::PathBuf;
use std::process::Command;

/// What the kernel is optimised for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Profile {
    /// Speed, and the smaller file on the card.
    #[default]
    Fast,
    /// The smaller image in memory: repeated code is shared, at half the speed.
    Small,
}

impl Profile {
    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Small => "small",
        }
    }
}

/// What README's table of measures has figures for.
///
/// - `-Zfmt-debug=none`: `{:?}` prints nothing. `-Zlocation-detail=none`: panics have no place in
///   the source, which `immediate-abort` would not print anyway.
/// - The code model: what lies within a mebibyte is reached with one instruction instead of two;
///   `kernel/src/arch/link.ld` keeps it so.
/// - The linker's order of functions and constants: alike beside alike compresses better.
/// - The inliner's threshold is 5 at `opt-level = "z"`, which leaves functions of one instruction as
///   calls. Up to 12 the image becomes smaller and faster, beyond that faster and larger.
/// - Ends that blocks have in common are merged from two instructions on, in however many blocks.
/// - Instructions and blocks stay in the order of the source, which compresses better than the order
///   that a model of some processor prefers. That model is no board's; what the order costs there can
///   only be measured there.
/// - Nothing is moved out of loops, or made to count otherwise, in what LLVM makes of code of this
///   size; and what is longer than two registers is copied by a call. The interpreter's speed stays.
const FLAGS: [&str; 17] = [
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
    "-Clink-arg=--icf=all",
    "-Ccode-model=tiny",
    "-Clink-arg=--bp-compression-sort=both",
    "-Clink-arg=-O2",
    "-Cllvm-args=--inline-threshold=12",
    "-Cllvm-args=--tail-merge-size=2",
    "-Cllvm-args=--tail-merge-threshold=1000",
    "-Cllvm-args=--enable-misched=false",
    "-Cllvm-args=--enable-post-misched=false",
    "-Cllvm-args=--disable-block-placement",
    "-Cllvm-args=--disable-machine-licm",
    "-Cllvm-args=--disable-lsr",
    "-Cllvm-args=--max-store-memcpy=2",
];

/// LLVM's outliner, on at `opt-level = "z"`, slows the interpreter's handlers by half, and what
/// it saves in memory compresses worse.
const NO_OUTLINER: &str = "-Cllvm-args=--enable-machine-outliner=never";

/// Builds the kernel with the features `features` and gives its ELF file.
///
/// # Errors
///
/// The parser cannot be changed as [`parser`] says, or the build failed; the compiler's output is
/// on stderr.
pub(super) fn build(
    profile: Profile,
    features: &str,
    progress: &Progress,
) -> anyhow::Result<PathBuf> {
    progress.run(&mut cargo("build", profile, features)?)?;
    Ok(target(profile).join("aarch64-rpi").join(cargo_profile(profile)).join("kernel"))
}

/// Checks the kernel with clippy; a warning is an error.
///
/// # Errors
///
/// As of [`build`], or there are warnings; they are on stderr.
pub(super) fn lint(features: &str, progress: &Progress) -> anyhow::Result<()> {
    progress.run(cargo("clippy", Profile::Fast, features)?.args(["--", "-D", "warnings"]))
}

/// The profile's name in the workspace's `Cargo.toml`.
fn cargo_profile(profile: Profile) -> &'static str {
    match profile {
        Profile::Fast => "kernel",
        Profile::Small => "kernel-small",
    }
}

/// The cargo command `verb` on the kernel.
fn cargo(verb: &str, profile: Profile, features: &str) -> anyhow::Result<Command> {
    let mut flags = FLAGS.to_vec();
    if profile == Profile::Fast {
        flags.push(NO_OUTLINER);
    }

    let mut cargo = process::cargo(&flags);
    cargo
        .args([
            verb,
            "--config",
            &parser::setting()?,
            "--package",
            "kernel",
            "--profile",
            cargo_profile(profile),
        ])
        .args(["--target", "aarch64-rpi.json", "-Zjson-target-spec"])
        .arg("-Zbuild-std=core,alloc,compiler_builtins")
        .arg("-Zbuild-std-features=compiler-builtins-mem,optimize_for_size")
        .args(["--no-default-features", "--features", features])
        .arg("--target-dir")
        .arg(target(profile))
        // The flags above that begin with `-Z`, on a stable compiler.
        .env("RUSTC_BOOTSTRAP", "1");
    Ok(cargo)
}

/// A folder for each set of flags: changing them then rebuilds nothing else.
fn target(profile: Profile) -> PathBuf {
    workspace::target().join(format!("kernel-{}", profile.name()))
}
