//! `bramble build`: one program for WebAssembly, from Rust or C, with the tools that `make setup`
//! found.

use crate::apps;
use crate::manifest::GuestTarget;
use crate::process::Progress;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble build ../hi                 a Rust package, or a folder with C files
  cargo bramble build hi.c -o /tmp/hi.wasm

The path of the module is printed on stdout. Where the compiler has no standard library for
WebAssembly, it is built first, once for each package outside of apps/, which takes a minute.";

/// The arguments of `bramble build`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The folder of a Rust package or of C files, or one C file.
    #[arg(value_name = "FOLDER|FILE.c")]
    source: PathBuf,

    /// Where to write the module [default: in the folder, or beside the C file, with its name].
    #[arg(short, long, value_name = "FILE.wasm")]
    output: Option<PathBuf>,
}

/// Runs the verb: builds the program and prints where it is.
///
/// # Errors
///
/// The source is not there, a tool is missing, the build failed, or the module cannot be written.
pub(crate) fn build(args: &Args) -> anyhow::Result<ExitCode> {
    let output = match &args.output {
        Some(output) => output.clone(),
        None => default_output(&args.source)?,
    };
    ensure!(!output.is_dir(), "{} is a folder: `-o` names a file", output.display());

    let scratch = tempfile::tempdir()?;
    let progress = Progress::new(1);
    progress.step(&args.source.display().to_string());
    let folder = scratch.path().join("output");
    let module = apps::compile(&args.source, GuestTarget::Wasip1, &folder, &progress)?;
    drop(progress);

    std::fs::write(&output, module)
        .with_context(|| format!("cannot write {}", output.display()))?;
    println!("{}", output.display());
    Ok(ExitCode::SUCCESS)
}

fn default_output(source: &Path) -> anyhow::Result<PathBuf> {
    if !source.is_dir() {
        return Ok(source.with_extension("wasm"));
    }
    // `.` has no name of its own.
    let name = source.canonicalize()?;
    let name = name.file_name().context("`/` is no folder of a program")?;
    Ok(source.join(name).with_added_extension("wasm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_lies_in_the_folder_or_beside_the_c_file() {
        let folder = tempfile::tempdir().unwrap();
        let hi = folder.path().join("hi.v2");
        std::fs::create_dir(&hi).unwrap();

        assert_eq!(default_output(&hi).unwrap(), hi.join("hi.v2.wasm"));
        assert_eq!(default_output(Path::new("a/hi.c")).unwrap(), Path::new("a/hi.wasm"));
    }
}
