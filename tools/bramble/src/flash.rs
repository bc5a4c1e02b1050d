//! `bramble flash`: writes a card image to a card, and reads it back.
//!
//! The wrong device costs somebody a disk. So what a device is, is read from the system and shown
//! ([`device`]); what argues against it is decided without touching it ([`refusal`]); and only
//! then is one question asked and the card written ([`copy`]).

mod copy;
mod device;
mod mounts;
mod refusal;
#[cfg(test)]
mod testing;

use crate::card::sha256_of_file;
use anyhow::{Context, bail, ensure};
use copy::CopyError;
use device::{Device, System};
use refusal::Permissions;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble image --sd card.img && cargo bramble flash --device /dev/sdX card.img
  cargo bramble flash --device /dev/sdX --yes card.img    no question, for scripts
  cargo bramble flash --device disk.img --force card.img  to a file, for a try

A device is refused if it or a part of it is mounted or in use, if it is not removable, if it is
larger than 256 GB, or if the image does not fit. Nothing is written then.

Exit codes:
  0  written, and read back the same
  1  the image or the device could not be read or written: the card is of no use as it is
  2  the command line was not understood
  3  refused, or you did not say yes: nothing was written
  4  written, but read back differently: the card is not to be trusted";

/// Refused, or not wanted: nothing was written.
const EXIT_REFUSED: u8 = 3;

/// What was read back is not what was written.
const EXIT_DIFFERENT: u8 = 4;

/// The arguments of `bramble flash`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The card as a whole, such as /dev/sdX or /dev/mmcblk0; all that is on it is lost.
    #[arg(long, value_name = "DEVICE")]
    device: PathBuf,

    /// Do not ask.
    #[arg(long)]
    yes: bool,

    /// Take also what is no removable card: a fixed disk, a loop device, a file.
    #[arg(long)]
    force: bool,

    /// Take also a device of more than 256 GB.
    #[arg(long)]
    large: bool,

    /// Print what was written, or the error, as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// The card image, as `cargo bramble image --sd` writes it.
    #[arg(value_name = "CARD.img")]
    image: PathBuf,
}

/// Runs the verb: looks, asks, writes, reads back.
///
/// # Errors
///
/// The image or the device cannot be read or written. That nothing was written, or that what was
/// written reads back differently, are exit codes of their own.
pub(crate) fn flash(args: &Args) -> anyhow::Result<ExitCode> {
    let image_bytes = image_bytes(&args.image)?;
    let device = Device::inspect(&args.device, &System::this())?;

    let permissions = Permissions { not_removable: args.force, large: args.large };
    if let Err(refusal) = refusal::check(&device, image_bytes, permissions) {
        return Ok(refused(args, &format!("{}: {refusal}", args.device.display())));
    }
    if is_same_file(&args.image, &args.device) {
        return Ok(refused(args, "the card image cannot be written over itself"));
    }
    if let Err(reason) = ask(args, &device) {
        return Ok(refused(args, &format!("{reason:#}")));
    }

    match copy::copy(&args.image, &device) {
        Ok(()) => said(args, image_bytes),
        Err(error @ CopyError::Different { .. }) => {
            crate::report(&error.to_string(), args.json);
            Ok(ExitCode::from(EXIT_DIFFERENT))
        }
        Err(CopyError::Failed(error)) => Err(error),
    }
}

fn refused(args: &Args, reason: &str) -> ExitCode {
    crate::report(&format!("{reason}; nothing was written"), args.json);
    ExitCode::from(EXIT_REFUSED)
}

fn said(args: &Args, image_bytes: u64) -> anyhow::Result<ExitCode> {
    if args.json {
        let said = serde_json::json!({
            "device": args.device,
            "bytes": image_bytes,
            "sha256": sha256_of_file(&args.image)?,
            "verified": true,
        });
        println!("{said}");
    } else {
        println!("{}: written and read back the same, {image_bytes} B", args.device.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// The length of the card image at `path`.
///
/// # Errors
///
/// It cannot be read, or does not end like a card's first block.
fn image_bytes(path: &Path) -> anyhow::Result<u64> {
    let wrong = || format!("cannot read the card image {}", path.display());
    let file = File::open(path).with_context(wrong)?;
    let length_bytes = file.metadata().with_context(wrong)?.len();

    let mut first_block = Vec::new();
    io::Read::read_to_end(&mut io::Read::take(file, device::BLOCK_BYTES), &mut first_block)
        .with_context(wrong)?;
    let is_card = first_block.len() as u64 == device::BLOCK_BYTES
        && first_block.ends_with(&[0x55, 0xaa])
        && length_bytes.is_multiple_of(device::BLOCK_BYTES);
    ensure!(
        is_card,
        "{} is no card image, it has no partition table; `cargo bramble image --sd card.img` \
         writes one",
        path.display()
    );
    Ok(length_bytes)
}

/// Whether two paths lead to one file.
fn is_same_file(left: &Path, right: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    identity(left).is_some_and(|left| identity(right) == Some(left))
}

/// Shows what will be lost, and asks once whether it may be.
///
/// # Errors
///
/// It may not, or there is nobody to ask.
fn ask(args: &Args, device: &Device) -> anyhow::Result<()> {
    if !args.json {
        eprint!("{}", device.to_text());
    }
    if args.yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        bail!("there is nobody to ask, as the input is no terminal: say --yes");
    }

    eprint!("Overwrite all of {}? Type yes: ", args.device.display());
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    ensure!(means_yes(&answer), "you did not say yes");
    Ok(())
}

/// Only the whole word: a disk is lost by a slip of the finger otherwise.
fn means_yes(answer: &str) -> bool {
    answer.trim().eq_ignore_ascii_case("yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_means_yes() {
        assert!(means_yes("yes\n"));
        assert!(means_yes(" YES "));
        for answer in ["", "\n", "y", "yess", "no", "yes please"] {
            assert!(!means_yes(answer), "{answer:?}");
        }
    }

    #[test]
    fn what_has_no_partition_table_is_no_card_image() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("card.img");
        let refusal = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            image_bytes(&path).unwrap_err().to_string()
        };
        let mut image = vec![0; 1024];
        image[510..512].copy_from_slice(&[0x55, 0xaa]);

        assert!(refusal(b"").contains("is no card image"));
        assert!(refusal(&[0; 1024]).contains("is no card image"));
        assert!(refusal(&image[..1000]).contains("is no card image"));
        std::fs::write(&path, &image).unwrap();
        assert_eq!(image_bytes(&path).unwrap(), 1024);
    }
}
