//! `bramble release`: what is published, a card image that Raspberry Pi Imager and others write,
//! its sum, and the kernel for those who have a card already.
//!
//! The same sources make the same bytes, wherever `SOURCE_DATE_EPOCH` is the same.

use crate::card::{self, ByteBar, Card};
use crate::image;
use anyhow::{Context, ensure};
use lzma_rust2::{XzOptions, XzWriter};
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  make release
  cargo bramble release --firmware ../firmware/boot --output /tmp

Check what you downloaded with `sha256sum -c bramble-VERSION.img.xz.sha256`.";

/// As `xz` does it unless told otherwise; more only takes longer for a card that is mostly empty.
const PRESET: u32 = 6;

const PIECE_BYTES: usize = 1 << 20;

/// The arguments of `bramble release`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Folder for the files [default: target/release-card].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,

    /// Folder with the Raspberry Pi's firmware [default: what tools/firmware.sh downloaded].
    #[arg(long, value_name = "FOLDER")]
    firmware: Option<PathBuf>,

    /// Publish this kernel8.img instead of building one.
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,

    /// Print what was written, or the error, as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the verb: builds the image, and writes the release's files.
///
/// # Errors
///
/// There is no firmware, the image cannot be built, or a file cannot be written.
pub(crate) fn release(args: &Args) -> anyhow::Result<ExitCode> {
    let folder = match &args.output {
        Some(folder) => folder.clone(),
        None => crate::workspace::target().join("release-card"),
    };
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let name = format!("bramble-{}.img", env!("CARGO_PKG_VERSION"));

    // Beside what is published, so that it is no part of it.
    let scratch = tempfile::tempdir_in(&folder)?;
    let card = card(args, &scratch.path().join(&name))?;
    let packed = folder.join(format!("{name}.xz"));
    compress(&card.path, &packed)?;
    let sha256 = write_sum(&packed)?;

    if args.json {
        let said = serde_json::json!({ "image": packed, "sha256": sha256, "card": card.to_json() });
        println!("{said}");
    } else {
        println!("{}\n  sha256 {sha256}\n  unpacked {}", packed.display(), card.sha256);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the card image `path`, and the kernel that it has beside the release.
fn card(args: &Args, path: &Path) -> anyhow::Result<Card> {
    let options = card::Options { firmware: args.firmware.clone(), ..card::Options::default() };
    let contents = card::prepare(path, &options)?;
    ensure!(
        contents.has_firmware,
        "a card without firmware boots no board: `tools/firmware.sh` downloads the firmware, or \
         name a folder that has it with --firmware"
    );

    let kernel = match &args.kernel {
        Some(kernel) => kernel.clone(),
        None => image::build(&image::Args::default())?.0.gzip,
    };
    let card = card::write(path, &options, contents, &kernel)?;
    let folder = path.ancestors().nth(2).context("the card lies in a folder of the release")?;
    card::replace(&folder.join("kernel8.img"), |file| Ok(file.write_all(&fs::read(&kernel)?)?))?;
    let licence = card::FONT_LICENCE.as_bytes();
    card::replace(&folder.join("LICENCE.spleen"), |file| Ok(file.write_all(licence)?))?;
    Ok(card)
}

/// Packs the file `from` into the xz archive `to`.
fn compress(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from)?;
    let bar = ByteBar::new("xz", source.metadata()?.len());

    card::replace(to, |file| {
        let options = XzOptions::with_preset(PRESET);
        let mut writer = XzWriter::new(BufWriter::new(file), options)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read_bytes = source.read(&mut piece)?;
            if read_bytes == 0 {
                return Ok(writer.finish()?.flush()?);
            }
            writer.write_all(&piece[..read_bytes])?;
            bar.advance(read_bytes);
        }
    })
}

/// Writes the sum of the file `path` beside it, as `sha256sum` does, and gives it.
fn write_sum(path: &Path) -> anyhow::Result<String> {
    let sum = card::sha256_of_file(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{sum}  {name}\n");
    let sum_path = path.with_file_name(format!("{name}.sha256"));
    card::replace(&sum_path, |file| Ok(file.write_all(line.as_bytes())?))?;
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lzma_rust2::XzReader;

    #[test]
    fn what_is_packed_unpacks_to_the_same_and_packs_to_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|at| (at / 7 % 251) as u8).collect();
        fs::write(at("card.img"), &bytes).unwrap();

        compress(&at("card.img"), &at("one.xz")).unwrap();
        compress(&at("card.img"), &at("two.xz")).unwrap();

        let packed = fs::read(at("one.xz")).unwrap();
        assert!(packed.len() < bytes.len() / 100, "{} B", packed.len());
        assert!(packed == fs::read(at("two.xz")).unwrap());
        let mut unpacked = Vec::new();
        XzReader::new(&packed[..], false).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == bytes);
    }

    #[test]
    fn the_sum_stands_beside_the_file_as_sha256sum_writes_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.img.xz");
        fs::write(&path, "abc").unwrap();

        let sum = write_sum(&path).unwrap();

        let line = fs::read_to_string(folder.path().join("card.img.xz.sha256")).unwrap();
        assert_eq!(line, format!("{sum}  card.img.xz\n"));
        assert!(sum.starts_with("ba7816bf"), "{sum}");
    }
}
