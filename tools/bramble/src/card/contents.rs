//! What lies on a card: the files, in the order in which they are written.

use super::{Options, apps, firmware};
use anyhow::{Context, ensure};
use flate2::bufread::GzDecoder;
use kernel_core::bundle::{Bundle, MAGIC};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

const CONFIG: &str = include_str!("../../card/config.txt");
const SYSTEM: &str = include_str!("../../card/system.toml");
/// Of the font in the kernel: it has to go wherever the kernel goes.
pub(crate) const FONT_LICENCE: &str = include_str!("../../../../services/display/LICENCE.spleen");
const ABOUT_APPS: &str = include_str!("../../card/apps.txt");

/// One file of a card.
#[derive(Debug)]
pub(super) struct CardFile {
    /// Its place on the card, with `/` between folder and name.
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

/// Everything on a card.
pub(crate) struct Contents {
    pub(super) files: Vec<CardFile>,
    /// Whether a board can boot from it.
    pub(crate) has_firmware: bool,
    /// When the kernel was packed, in seconds since 1970: the time of every file.
    pub(super) packed_at_s: u64,
}

impl CardFile {
    /// The file at `from`, for the place `path` on the card.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub(super) fn read(path: String, from: &Path) -> anyhow::Result<Self> {
        let bytes =
            std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        Ok(Self { path, bytes })
    }

    fn text(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), bytes: text.as_bytes().to_vec() }
    }
}

impl Contents {
    /// Everything that `options` want on the card, but the kernel, which may have yet to be built.
    ///
    /// # Errors
    ///
    /// An app or the firmware cannot be read, or the kernel would not take an app.
    pub(super) fn gather(options: &Options) -> anyhow::Result<Self> {
        let mut files = firmware::gather(options.firmware.as_deref())?;
        let has_firmware = !files.is_empty();
        files.push(CardFile::text("config.txt", CONFIG));
        files.push(CardFile::text("system.toml", SYSTEM));
        files.push(CardFile::text("LICENCE.spleen", FONT_LICENCE));
        files.push(CardFile::text("apps/README.txt", ABOUT_APPS));
        for path in &options.app {
            files.extend(apps::gather(path)?);
        }

        ensure_names_differ(&files)?;
        Ok(Self { files, has_firmware, packed_at_s: 0 })
    }

    /// Adds the kernel, the file at `path`.
    ///
    /// # Errors
    ///
    /// It cannot be read, or is no `kernel8.img` of Bramble's; nothing is added then.
    pub(super) fn add_kernel(&mut self, path: &Path) -> anyhow::Result<()> {
        let kernel = CardFile::read("kernel8.img".to_owned(), path)?;
        self.packed_at_s = packed_at_s(&kernel.bytes).with_context(|| {
            format!("{} is not a kernel8.img; `cargo bramble image` builds one", path.display())
        })?;
        self.files.push(kernel);
        Ok(())
    }

    /// A number that is the same for the same files on a card of the same size.
    pub(super) fn volume_id(&self, size_bytes: u64) -> u32 {
        let mut hasher = Sha256::new();
        hasher.update(size_bytes.to_le_bytes());
        for file in &self.files {
            for part in [file.path.as_bytes(), &file.bytes] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
        let sum = hasher.finalize();
        u32::from_le_bytes([sum[0], sum[1], sum[2], sum[3]])
    }
}

/// Nothing on a FAT volume may have the name of another, whatever its case.
fn ensure_names_differ(files: &[CardFile]) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for file in files {
        let is_new = names.insert(file.path.to_ascii_lowercase());
        ensure!(is_new, "two apps of the same name would both be {}", file.path);
    }
    Ok(())
}

/// When the shipped kernel `gzip` was packed: its bundle knows.
fn packed_at_s(gzip: &[u8]) -> anyhow::Result<u64> {
    let mut flat = Vec::new();
    GzDecoder::new(gzip).read_to_end(&mut flat)?;

    // The kernel's code has the magic number too; the bundle is what reaches to the end.
    (0..flat.len())
        .filter(|at| flat[*at..].starts_with(&MAGIC))
        .find_map(|at| {
            let rest = &flat[at..];
            let is_last = Bundle::length_bytes(rest) == Ok(rest.len());
            is_last.then(|| Bundle::read(rest).ok()).flatten()
        })
        .map(|bundle| bundle.packed_at_s)
        .context("it has no bundle of apps of this version")
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PACKED_AT_S, kernel};
    use super::*;
    use kernel_core::card::{CardApp, System};

    fn contents(files: &[(&str, &str)]) -> Contents {
        let files = files.iter().map(|(path, text)| CardFile::text(path, text)).collect();
        Contents { files, has_firmware: false, packed_at_s: 0 }
    }

    #[test]
    fn the_kernel_says_when_it_was_packed() {
        assert_eq!(packed_at_s(&kernel()).unwrap(), PACKED_AT_S);
    }

    #[test]
    fn what_is_no_kernel_is_not_put_on_a_card() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kernel8.img");
        for wrong in [&b"notes"[..], &kernel()[..40], &super::super::testing::gzip(b"notes")] {
            std::fs::write(&path, wrong).unwrap();
            let mut contents = contents(&[]);

            let error = contents.add_kernel(&path).unwrap_err().to_string();

            assert!(error.contains("is not a kernel8.img"), "{error}");
            assert!(contents.files.is_empty());
        }
    }

    #[test]
    fn another_file_or_size_makes_another_volume() {
        let id = contents(&[("a", "1"), ("b", "2")]).volume_id(64);

        assert_eq!(contents(&[("a", "1"), ("b", "2")]).volume_id(64), id);
        for other in
            [&[("a", "1"), ("b", "3")], &[("a", "1"), ("c", "2")], &[("a", "1b"), ("", "2")]]
        {
            assert_ne!(contents(other).volume_id(64), id);
        }
        assert_ne!(contents(&[("a", "1"), ("b", "2")]).volume_id(128), id);
    }

    #[test]
    fn what_the_card_says_by_itself_are_the_kernels_defaults() {
        assert_eq!(System::parse(SYSTEM), Ok(System::default()));

        // What the file offers is what the kernel understands, and but for the app and the mode its default.
        let settings = SYSTEM.lines().filter_map(|line| line.strip_prefix('#'));
        let settings = settings.filter(|line| line.contains(" = \"") && !line.starts_with(' '));
        let offered = settings.collect::<Vec<_>>().join("\n");
        let boot_app = Some("hello".to_owned());
        let expected = System { boot_app, display_mode: Some((1280, 720)), ..System::default() };
        assert_eq!(System::parse(&offered), Ok(expected));
    }

    #[test]
    fn the_example_of_an_apps_manifest_is_one() {
        let lines = ABOUT_APPS.lines().filter_map(|line| line.strip_prefix("    "));
        let example = lines.collect::<Vec<_>>().join("\n");

        let app = CardApp::new("hello", &[], &example).unwrap();

        assert_eq!(app.start, Some(true));
        assert_eq!(app.app.mounts.len(), 2);
    }

    #[test]
    fn two_apps_of_one_name_are_refused() {
        let files = contents(&[("apps/a.wasm", ""), ("apps/A.wasm", "")]).files;

        assert!(ensure_names_differ(&files).is_err());
        assert!(ensure_names_differ(&files[..1]).is_ok());
    }
}
