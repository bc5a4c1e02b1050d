//! The Raspberry Pi's own firmware, which a board needs before it comes to Bramble.
//!
//! It is not part of Bramble and under a licence of its own, which allows copying it unchanged
//! for use with a Raspberry Pi, and asks that its text comes along.

use super::contents::CardFile;
use anyhow::{Context, ensure};
use std::path::{Path, PathBuf};

/// What `gpu_mem=16` makes the boards read, see `config.txt`.
const NEEDED: [&str; 6] = [
    "bootcode.bin",
    "start_cd.elf",
    "fixup_cd.dat",
    "start4cd.elf",
    "fixup4cd.dat",
    "LICENCE.broadcom",
];

/// Descriptions of the boards, from which the firmware makes what it tells the kernel. Debian's
/// package has none, and the firmware starts a kernel without.
const WELCOME: [&str; 4] = [
    "bcm2710-rpi-3-b.dtb",
    "bcm2710-rpi-3-b-plus.dtb",
    "bcm2710-rpi-zero-2-w.dtb",
    "bcm2711-rpi-4-b.dtb",
];

/// What to do where there is no firmware.
pub(super) const MISSING: &str = "it has no firmware, so it boots in QEMU but on no board; \
    `tools/firmware.sh` downloads the firmware (Debian's raspi-firmware), or name a folder that \
    has it with --firmware";

/// The firmware's files out of `folder`, or out of where `tools/firmware.sh` puts them; none if
/// it has put nothing there.
///
/// # Errors
///
/// The folder lacks one of the files; the error names it.
pub(super) fn gather(folder: Option<&Path>) -> anyhow::Result<Vec<CardFile>> {
    match (folder, downloads()) {
        (Some(folder), _) => read(folder),
        (None, Some(folder)) if folder.is_dir() => {
            read(&folder).context("the firmware was not downloaded whole: run `tools/firmware.sh`")
        }
        (None, _) => Ok(Vec::new()),
    }
}

/// Where `tools/firmware.sh` puts what it downloads.
fn downloads() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")))?;
    Some(cache.join("bramble/firmware"))
}

fn read(folder: &Path) -> anyhow::Result<Vec<CardFile>> {
    let missing: Vec<_> = NEEDED.into_iter().filter(|name| !folder.join(name).is_file()).collect();
    ensure!(
        missing.is_empty(),
        "the firmware in {} lacks {}: see README, \"On a real board\"",
        folder.display(),
        missing.join(", ")
    );

    let welcome = WELCOME.into_iter().filter(|name| folder.join(name).is_file());
    NEEDED
        .into_iter()
        .chain(welcome)
        .map(|name| CardFile::read(name.to_owned(), &folder.join(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_lacks_a_file_is_refused_with_the_files_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in NEEDED.into_iter().filter(|name| *name != "fixup4cd.dat") {
            std::fs::write(folder.path().join(name), name).unwrap();
        }

        let error = read(folder.path()).unwrap_err().to_string();

        assert!(error.contains("lacks fixup4cd.dat:"), "{error}");
    }

    #[test]
    fn descriptions_of_boards_are_taken_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        for name in NEEDED.into_iter().chain(["bcm2711-rpi-4-b.dtb", "start.elf"]) {
            std::fs::write(folder.path().join(name), name).unwrap();
        }

        let files = read(folder.path()).unwrap();

        let names: Vec<_> = files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, [&NEEDED[..], &["bcm2711-rpi-4-b.dtb"]].concat());
        assert_eq!(files[0].bytes, b"bootcode.bin");
    }
}
