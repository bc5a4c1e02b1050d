//! `bramble image --sd`: a whole card as a file, for QEMU, for `bramble flash`, and for other
//! programs that write cards.
//!
//! The card has one FAT32 volume: the Raspberry Pi's firmware, its `config.txt`, the kernel, and
//! what a user may change, which is `system.toml` and the folder `apps`.

mod apps;
mod bar;
mod contents;
mod firmware;
mod hash;
mod size;
#[cfg(test)]
mod testing;
mod volume;

use anyhow::{Context, ensure};
pub(crate) use bar::ByteBar;
pub(crate) use contents::{Contents, FONT_LICENCE};
pub(crate) use hash::sha256_of_file;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What `bramble image` takes for a card.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Card")]
pub(crate) struct Options {
    /// Write a card image too: one FAT32 volume with all that a board boots from.
    #[arg(long, value_name = "CARD.img")]
    pub(crate) sd: Option<PathBuf>,

    /// Size of the card image, a power of two of at least 64M [default: 64M].
    #[arg(long, value_name = "BYTES", value_parser = size::parse, requires = "sd")]
    pub(crate) size: Option<u64>,

    /// Put this program into the card's folder `apps`, and NAME.toml beside it if there is one;
    /// may be given several times.
    #[arg(long, value_name = "NAME.wasm", requires = "sd")]
    pub(crate) app: Vec<PathBuf>,

    /// Folder with the Raspberry Pi's firmware [default: what tools/firmware.sh downloaded].
    #[arg(long, value_name = "FOLDER", requires = "sd")]
    pub(crate) firmware: Option<PathBuf>,

    /// Put this kernel8.img on the card instead of building one.
    #[arg(
        long,
        value_name = "FILE",
        requires = "sd",
        conflicts_with_all = ["apps", "profile", "output"]
    )]
    pub(crate) kernel: Option<PathBuf>,
}

/// A card image that was written.
pub(crate) struct Card {
    /// The file.
    pub(crate) path: PathBuf,
    size_bytes: u64,
    /// The file's sum.
    pub(crate) sha256: String,
    volume_id: u32,
    has_firmware: bool,
    /// Each file on the card with its length.
    files: Vec<(String, usize)>,
}

/// Checks, before a kernel is built for it, that the card at `path` can be written, and gathers
/// what lies on it but the kernel.
///
/// # Errors
///
/// `path` cannot become a file, or what is to be on the card cannot; the error says which.
pub(crate) fn prepare(path: &Path, options: &Options) -> anyhow::Result<Contents> {
    // What is there is replaced, and a device must not become a file.
    ensure!(
        !path.exists() || path.is_file(),
        "{} is no file: `--sd` writes a file, and `cargo bramble flash` writes that to a card",
        path.display()
    );
    let folder = folder_of(path);
    ensure!(folder.is_dir(), "there is no folder {}: make it first", folder.display());
    Contents::gather(options)
}

/// Writes the card image `path` with `contents` and the kernel, the file `kernel`.
///
/// # Errors
///
/// The kernel is none, the card is too small, or the file cannot be written; a file that was at
/// `path` before is then still there.
pub(crate) fn write(
    path: &Path,
    options: &Options,
    mut contents: Contents,
    kernel: &Path,
) -> anyhow::Result<Card> {
    let size_bytes = options.size.unwrap_or(size::BYTES_DEFAULT);
    contents.add_kernel(kernel)?;

    replace(path, |file| volume::write(file, size_bytes, &contents))?;

    Ok(Card {
        path: path.to_owned(),
        size_bytes,
        sha256: sha256_of_file(path)?,
        volume_id: contents.volume_id(size_bytes),
        has_firmware: contents.has_firmware,
        files: contents.files.into_iter().map(|file| (file.path, file.bytes.len())).collect(),
    })
}

/// Writes the file at `path` with `write`, whole or not at all.
///
/// # Errors
///
/// What `write` reports, or the file cannot be made; what was at `path` is then still there.
pub(crate) fn replace(
    path: &Path,
    write: impl FnOnce(&mut std::fs::File) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let wrong = || format!("cannot write {}", path.display());
    let mut file = tempfile::Builder::new()
        .prefix(".bramble-")
        // As any new file has them: what the user's mask leaves.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder_of(path))
        .with_context(wrong)?;
    write(file.as_file_mut()).with_context(wrong)?;
    file.persist(path).with_context(wrong)?;
    Ok(())
}

/// The folder that the file `path` lies in; a bare name's is the current one.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

impl Card {
    /// What was written, for people.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("card {}, {} MiB\n", self.path.display(), self.size_bytes >> 20);
        for (name, length_bytes) in &self.files {
            text.push_str(&format!("  {name:<28} {length_bytes:>10} B\n"));
        }
        text.push_str(&format!("  sha256 {}\n", self.sha256));
        if !self.has_firmware {
            text.push_str(&format!("For QEMU only: {}.\n", firmware::MISSING));
        }
        text
    }

    /// What was written, for programs.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        let files: Vec<_> = self
            .files
            .iter()
            .map(|(path, length_bytes)| serde_json::json!({ "path": path, "bytes": length_bytes }))
            .collect();
        serde_json::json!({
            "path": self.path,
            "bytes": self.size_bytes,
            "sha256": self.sha256,
            "volume_id": format!("{:08x}", self.volume_id),
            "has_firmware": self.has_firmware,
            "files": files,
        })
    }
}

#[cfg(test)]
mod tests;
