//! Writes an image to a device and reads it back from the device itself, not from what this
//! machine remembers of it.
//!
//! The first block, with the partition table, is made empty first and written last: a card that
//! was pulled half-way is one that nobody takes for whole.

use super::device::{BLOCK_BYTES, Device, Kind};
use crate::card::ByteBar;
use anyhow::{Context, anyhow};
use nix::fcntl::OFlag;
use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// As much as is written before the device must have it, so that the bar shows what is done.
const PIECE_BYTES: usize = 4 << 20;

/// Where memory that a device reads into must begin, and the largest block that disks have.
const ALIGNMENT_BYTES: usize = 4096;

/// Why an image is not on a device.
#[derive(Debug)]
pub(super) enum CopyError {
    /// The image or the device could not be read or written.
    Failed(anyhow::Error),
    /// What was read back is not what was written.
    Different {
        /// The first byte that differs, counted from the beginning of the device.
        offset_bytes: u64,
        /// The image's byte there.
        expected: u8,
        /// The device's.
        found: u8,
    },
}

impl fmt::Display for CopyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "{error:#}"),
            Self::Different { offset_bytes, expected, found } => write!(
                f,
                "byte {offset_bytes} was written as {expected:#04x} and reads back as \
                 {found:#04x}: the card is worn out or not what it claims to be; take another"
            ),
        }
    }
}

impl From<anyhow::Error> for CopyError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Writes the image at `image` to `device`, and reads it back.
///
/// # Errors
///
/// A byte could not be written or read, or came back as another: what the device holds is of no
/// use then.
pub(super) fn copy(image: &Path, device: &Device) -> Result<(), CopyError> {
    let path = device.path.display();
    let source = File::open(image).with_context(|| format!("cannot read {}", image.display()))?;
    let length_bytes = source.metadata().context("cannot read the image")?.len();

    let target = open_for_writing(device)?;
    write(&source, length_bytes, &target).with_context(|| format!("cannot write {path}"))?;
    drop(target);

    let target =
        open_past_the_cache(&device.path).with_context(|| format!("cannot read {path} back"))?;
    compare(&source, length_bytes, &target)
}

fn open_for_writing(device: &Device) -> anyhow::Result<File> {
    // Linux refuses a disk that came into use since it was looked at, if asked for it alone.
    let flags = match device.kind {
        Kind::File => OFlag::empty(),
        Kind::Partition | Kind::Disk(_) => OFlag::O_EXCL,
    };
    let opened = File::options().write(true).custom_flags(flags.bits()).open(&device.path);
    opened.map_err(|error| {
        let path = device.path.display();
        match error.kind() {
            io::ErrorKind::PermissionDenied => anyhow!(
                "you may not write to {path}: do it as root, `sudo {} flash …`",
                std::env::current_exe().unwrap_or_default().display()
            ),
            _ => anyhow!("cannot write to {path}: {error}"),
        }
    })
}

/// Writes all `length_bytes` of `source` to `target`, which has them when this returns.
fn write(source: &File, length_bytes: u64, target: &File) -> io::Result<()> {
    let bar = ByteBar::new("write", length_bytes);
    let mut first_block = [0; BLOCK_BYTES as usize];
    target.write_all_at(&first_block, 0)?;
    target.sync_data()?;
    source.read_exact_at(&mut first_block, 0)?;

    let mut piece = vec![0; PIECE_BYTES];
    let mut offset = BLOCK_BYTES;
    while offset < length_bytes {
        let piece = &mut piece[..piece_bytes(length_bytes - offset)];
        source.read_exact_at(piece, offset)?;
        target.write_all_at(piece, offset)?;
        target.sync_data()?;
        offset += piece.len() as u64;
        bar.advance(piece.len());
    }

    target.write_all_at(&first_block, 0)?;
    target.sync_all()
}

/// The length of the next piece, with `left_bytes` to go.
fn piece_bytes(left_bytes: u64) -> usize {
    usize::try_from(left_bytes).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES))
}

/// The device as it is, not as this machine remembers it, as far as the system allows.
fn open_past_the_cache(path: &Path) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        let direct = File::options().read(true).custom_flags(OFlag::O_DIRECT.bits()).open(path);
        // Not every file system reads like this, and some say so only when they are to do it.
        if let Ok(file) = direct
            && file.read_at(Piece::new().bytes_mut(), 0).is_ok()
        {
            return Ok(file);
        }
        let file = File::open(path)?;
        nix::fcntl::posix_fadvise(
            &file,
            0,
            0,
            nix::fcntl::PosixFadviseAdvice::POSIX_FADV_DONTNEED,
        )?;
        Ok(file)
    }
    #[cfg(not(target_os = "linux"))]
    File::open(path)
}

/// Checks that `target` begins with all `length_bytes` of `source`.
fn compare(source: &File, length_bytes: u64, target: &File) -> Result<(), CopyError> {
    let bar = ByteBar::new("verify", length_bytes);
    let mut expected = vec![0; PIECE_BYTES];
    let mut found = Piece::new();

    let mut offset = 0;
    while offset < length_bytes {
        let expected = &mut expected[..piece_bytes(length_bytes - offset)];
        source.read_exact_at(expected, offset).context("cannot read the image")?;
        let found = read_back(target, &mut found, expected.len(), offset)
            .with_context(|| format!("cannot read back what was written at byte {offset}"))?;

        if expected != found {
            return Err(difference(expected, found, offset));
        }
        offset += expected.len() as u64;
        bar.advance(expected.len());
    }
    Ok(())
}

/// The first byte that differs of two pieces that do, which lie at `offset`.
fn difference(expected: &[u8], found: &[u8], offset: u64) -> CopyError {
    let pairs = expected.iter().zip(found);
    let same = pairs.take_while(|(expected, found)| expected == found).count();
    CopyError::Different {
        offset_bytes: offset + same as u64,
        expected: expected[same],
        found: found[same],
    }
}

/// The `length_bytes` bytes of `target` at `offset`. Whole pieces are asked for, since past the
/// cache a device reads only whole blocks.
fn read_back<'a>(
    target: &File,
    piece: &'a mut Piece,
    length_bytes: usize,
    offset: u64,
) -> io::Result<&'a [u8]> {
    let bytes = piece.bytes_mut();
    let mut filled_bytes = 0;
    while filled_bytes < length_bytes {
        match target.read_at(&mut bytes[filled_bytes..], offset + filled_bytes as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read_bytes => filled_bytes += read_bytes,
        }
    }
    Ok(&bytes[..length_bytes])
}

/// Memory for one piece that begins where a device can read into it.
struct Piece {
    memory: Vec<u8>,
}

impl Piece {
    fn new() -> Self {
        Self { memory: vec![0; PIECE_BYTES + ALIGNMENT_BYTES] }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        let start = self.memory.as_ptr().align_offset(ALIGNMENT_BYTES);
        &mut self.memory[start..start + PIECE_BYTES]
    }
}

#[cfg(test)]
mod tests;
