//! `bramble image`: builds the kernel and the apps, packs them into `kernel8.img` and says what
//! takes how much room.
//!
//! The flat image is the kernel as it lies in memory, then the bundle of its apps. What ships is
//! the same through gzip, which the Pi's firmware and QEMU unpack.

mod flatten;
mod kernel;
mod parser;
mod sizes;
#[cfg(test)]
mod testing;

use crate::manifest::{Files, Manifest, Services};
use crate::process::Progress;
use crate::{apps, card, pack, workspace};
use anyhow::{Context, ensure};
use flate2::bufread::GzDecoder;
pub(crate) use kernel::Profile;
use serde_json::json;
pub(crate) use sizes::Sizes;
use std::fs::File;
use std::io::{self, BufReader};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// The kernel's feature that `bramble run` needs: a program and its streams from the host.
const RUN_FEATURE: &str = "run";

/// The kernel's feature for mounts: files of the bundle and in memory.
const FILES_FEATURE: &str = "files";

/// The kernel's feature for the SD card: its driver, FAT, and the apps on it.
const CARD_FEATURE: &str = "card";

/// The kernel's feature for the shell on the serial console, which images for memory do without.
const SHELL_FEATURE: &str = "shell";

/// The kernel's feature for USB.
const USB_FEATURE: &str = "usb";

/// More rounds than these take longer and find next to nothing.
const ZOPFLI: zopfli::Options = zopfli::Options {
    iteration_count: NonZeroU64::new(5).expect("5 is not 0"),
    iterations_without_improvement: NonZeroU64::MAX,
    // As many as pay, which is 2 KB less than 15 of them.
    maximum_block_splits: u16::MAX,
};

const AFTER_HELP: &str = "\
Examples:
  cargo bramble image
  cargo bramble image --apps apps/demo.toml
  cargo bramble image --profile small -o /media/boot/kernel8.img
  cargo bramble image --sd card.img --app hello.wasm

The flat image (.flat) and the ELF file with its symbols (.elf) are written beside the image.
The time of packing, from which the kernel's wall clock counts, is SOURCE_DATE_EPOCH if that is
set.";

/// The arguments of `bramble image`.
#[derive(Default, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Manifest of the apps to pack [default: apps/apps.toml].
    #[arg(long, value_name = "FILE")]
    pub(crate) apps: Option<PathBuf>,

    /// What the kernel is optimised for.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) profile: Profile,

    /// Where to write the image [default: target/image/kernel8.img; for another manifest or
    /// profile a folder of its own in target/image].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Print the sizes, or the error, as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// The card to write too.
    #[command(flatten)]
    pub(crate) card: card::Options,
}

/// The files of an image.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// What ships: the flat image through gzip.
    pub(crate) gzip: PathBuf,
    /// What lies in memory.
    pub(crate) flat: PathBuf,
    /// The kernel with its symbols, without apps.
    pub(crate) elf: PathBuf,
}

/// Runs the verb: builds an image, a card if one is asked for, and prints what is in them.
///
/// # Errors
///
/// What [`build`] and the [`card`] report; a card that cannot be written is noticed, where that
/// is possible, before anything is built.
pub(crate) fn image(args: &Args) -> anyhow::Result<ExitCode> {
    let card = match &args.card.sd {
        Some(path) => Some((path, card::prepare(path, &args.card)?)),
        None => None,
    };
    let built = match &args.card.kernel {
        Some(_) => None,
        None => Some(build(args)?),
    };
    let kernel = args.card.kernel.as_ref().or(built.as_ref().map(|(image, _)| &image.gzip));
    let card = match (card, kernel) {
        (Some((path, contents)), Some(kernel)) => {
            Some(card::write(path, &args.card, contents, kernel)?)
        }
        _ => None,
    };

    print(args, built.as_ref(), card.as_ref());
    Ok(ExitCode::SUCCESS)
}

/// Says what was built and written: sizes, then the card.
fn print(args: &Args, built: Option<&(Image, Sizes)>, card: Option<&card::Card>) {
    if args.json {
        let mut said = built.map_or_else(|| json!({}), |(image, sizes)| sizes.to_json(image));
        if let Some(card) = card {
            said["card"] = card.to_json();
        }
        println!("{said}");
        return;
    }
    let sizes = built.map(|(image, sizes)| sizes.to_text(image));
    let card = card.map(card::Card::to_text);
    print!("{}{}", sizes.unwrap_or_default(), card.unwrap_or_default());
}

/// The full image: the default manifest's, with every service. It is built if it is not there,
/// and never rebuilt.
///
/// # Errors
///
/// What [`build`] reports.
pub(crate) fn full() -> anyhow::Result<Image> {
    let image = Image::at(output(&Args::default()));
    if image.gzip.is_file() && image.flat.is_file() && image.elf.is_file() {
        return Ok(image);
    }
    build(&Args::default()).map(|(image, _)| image)
}

/// Builds the image that `args` ask for and writes its files.
///
/// # Errors
///
/// The manifest is wrong, a build fails, or a file cannot be written; no image is written then.
pub(crate) fn build(args: &Args) -> anyhow::Result<(Image, Sizes)> {
    if let Some(output) = &args.output {
        check_output(output)?;
    }
    let path = args.apps.clone().unwrap_or_else(workspace::default_manifest);
    let manifest = Manifest::read(&path)?;
    let progress = Progress::new(manifest.apps.len() + 2);

    let packed_at_s = packed_at_s()?;
    let built = apps::build_all(&manifest, packed_at_s, &progress)?;
    let bundle = pack::bundle(&manifest, &built, packed_at_s)?;

    progress.step("kernel");
    let elf = kernel::build(args.profile, &features(&manifest, args.profile), &progress)?;
    let elf = std::fs::read(&elf).with_context(|| format!("cannot read {}", elf.display()))?;

    progress.step("image");
    let kernel = flatten::flatten(&elf)?;
    let flat = [&kernel[..], &bundle].concat();
    let gzip = compress(&flat)?;
    let image = Image::at(output(args));
    image.write(&gzip, &flat, &elf)?;

    let modules = built.iter().map(|built| &built.module);
    let apps = manifest.apps.iter().map(|app| app.name.as_str()).zip(modules);
    let sizes = Sizes::measure(&elf, &kernel, &bundle, apps, gzip.len())?;
    Ok((image, sizes))
}

/// The sizes of the kernel of `image` as it would ship without apps: the same for the same kernel.
///
/// # Errors
///
/// `image` has no ELF file.
pub(crate) fn sizes_without_apps(image: &Image) -> anyhow::Result<Sizes> {
    let elf = std::fs::read(&image.elf)
        .with_context(|| format!("cannot read {}", image.elf.display()))?;
    let kernel = flatten::flatten(&elf)?;
    let gzip = compress(&kernel)?;
    Sizes::measure(&elf, &kernel, &[], std::iter::empty(), gzip.len())
}

/// Checks, before anything is built, that `output` can be written and is not taken for one of
/// the files beside it.
fn check_output(output: &Path) -> anyhow::Result<()> {
    ensure!(
        !output.extension().is_some_and(|extension| extension == "flat" || extension == "elf"),
        "`-o` names the compressed image, kernel8.img; .flat and .elf are written beside it"
    );
    // A path that ends in `/` means a folder, whether it is there or not.
    let is_folder = output.is_dir() || output.as_os_str().as_encoded_bytes().ends_with(b"/");
    ensure!(
        !is_folder,
        "{} is a folder: `-o` names a file, such as {}",
        output.display(),
        output.join("kernel8.img").display()
    );
    // The parent of a bare name is empty.
    let folder = Path::new(".").join(output);
    let folder = folder.parent().unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "there is no folder {}: make it first", folder.display());
    Ok(())
}

/// Checks the kernel, with all its features, with clippy.
///
/// # Errors
///
/// There are warnings; they are on stderr.
pub(crate) fn lint(progress: &Progress) -> anyhow::Result<()> {
    let services = pack::service_names().into_iter().map(|(name, _)| name);
    let others = [FILES_FEATURE, CARD_FEATURE, RUN_FEATURE, SHELL_FEATURE, USB_FEATURE];
    let features: Vec<_> = services.chain(others).collect();
    kernel::lint(&features.join(","), progress)
}

/// The kernel's features for `manifest`: services that its apps use, or all there are.
fn features(manifest: &Manifest, profile: Profile) -> String {
    let all = manifest.services == Services::All;
    let mut features: Vec<_> = pack::service_names()
        .into_iter()
        .filter(|(_, service)| all || manifest.apps.iter().any(|app| app.uses.contains(service)))
        .map(|(name, _)| name)
        .collect();
    let mounts = || manifest.apps.iter().flat_map(|app| &app.mounts);
    if all || mounts().next().is_some() {
        features.push(FILES_FEATURE);
    }
    if all || manifest.card || mounts().any(|mount| matches!(mount.files, Files::Card(_))) {
        features.push(CARD_FEATURE);
    }
    if all {
        features.push(RUN_FEATURE);
        features.push(USB_FEATURE);
    }
    if profile == Profile::Fast {
        features.push(SHELL_FEATURE);
    }
    features.join(",")
}

fn packed_at_s() -> anyhow::Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => text.parse().context("SOURCE_DATE_EPOCH is not a number of seconds"),
        Err(_) => Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs()),
    }
}

/// Where `args` want the image. Of those that name no file only the full image lies in
/// `target/image` itself, so that `bramble run` never boots another.
fn output(args: &Args) -> PathBuf {
    args.output.clone().unwrap_or_else(|| default_output(args))
}

fn default_output(args: &Args) -> PathBuf {
    let folder = workspace::target().join("image");
    let manifest =
        args.apps.as_deref().filter(|path| !is_same(path, &workspace::default_manifest()));
    match (manifest.and_then(Path::file_stem), args.profile) {
        (None, Profile::Fast) => folder,
        (None, profile) => folder.join(profile.name()),
        (Some(stem), profile) => folder.join(stem).join(profile.name()),
    }
    .join("kernel8.img")
}

fn is_same(left: &Path, right: &Path) -> bool {
    match (left.canonicalize(), right.canonicalize()) {
        (Ok(left), Ok(right)) => left == right,
        _ => false,
    }
}

/// `flat` as a gzip archive, the same bytes for the same input: no name and no time in the header.
/// Zopfli looks longer for a short archive than `gzip -9` does, and finds one 3 % shorter.
fn compress(flat: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut archive = Vec::new();
    zopfli::compress(ZOPFLI, zopfli::Format::Gzip, flat, &mut archive)?;
    Ok(archive)
}

impl Image {
    /// The files of the image whose shipped file is `gzip`.
    pub(crate) fn at(gzip: PathBuf) -> Self {
        Self { flat: gzip.with_extension("flat"), elf: gzip.with_extension("elf"), gzip }
    }

    /// Checks that the shipped file can be booted at all: it is there, and is gzip throughout.
    ///
    /// # Errors
    ///
    /// It cannot be, and the error says what to do. QEMU would run anything, and say nothing.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let path = self.gzip.display();
        let file = File::open(&self.gzip).with_context(|| {
            format!("cannot read the image {path}; `cargo bramble image` builds one")
        })?;
        io::copy(&mut GzDecoder::new(BufReader::new(file)), &mut io::sink()).with_context(
            || format!("{path} is not a kernel8.img; `cargo bramble image` builds one"),
        )?;
        Ok(())
    }

    fn write(&self, gzip: &[u8], flat: &[u8], elf: &[u8]) -> anyhow::Result<()> {
        if let Some(folder) = self.gzip.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        // The shipped file last: where it is, the others are.
        for (path, bytes) in [(&self.elf, elf), (&self.flat, flat), (&self.gzip, gzip)] {
            std::fs::write(path, bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_written_only_to_a_file_in_a_folder_that_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: PathBuf| check_output(&path).unwrap_err().to_string();

        assert!(check_output(&folder.path().join("kernel8.img")).is_ok());
        assert!(check_output(Path::new("kernel8.img")).is_ok());
        assert!(refusal(folder.path().to_owned()).contains("is a folder"));
        assert!(refusal(folder.path().join("none/")).contains("is a folder"));
        assert!(refusal(folder.path().join("none/x.img")).contains("there is no folder"));
        assert!(refusal(folder.path().join("x.elf")).contains("written beside it"));
        assert!(!folder.path().join("none").exists());
    }

    #[test]
    fn what_is_no_image_is_not_booted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kernel8.img");
        let image = Image::at(path.clone());
        let refusal = || image.check().unwrap_err().to_string();

        assert!(refusal().starts_with("cannot read the image"));
        std::fs::write(&path, "notes").unwrap();
        assert!(refusal().contains("is not a kernel8.img"));
        let gzip = compress(b"kernel").unwrap();
        std::fs::write(&path, &gzip[..gzip.len() - 1]).unwrap();
        assert!(refusal().contains("is not a kernel8.img"));
        std::fs::write(&path, gzip).unwrap();
        assert!(image.check().is_ok());
    }
}
