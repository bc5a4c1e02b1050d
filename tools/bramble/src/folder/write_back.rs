//! The way back: what a guest changed, done in the host's folder.

use anyhow::{Context, anyhow, ensure};
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;
use service_files::folder::{Record, Records};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt, symlink};
use std::path::{Component, Path, PathBuf};

/// A file of a packed folder.
#[derive(PartialEq, Eq)]
struct Packed<'a> {
    modified_ns: u64,
    what: What<'a>,
}

#[derive(PartialEq, Eq)]
enum What<'a> {
    Directory,
    File(Bytes),
    SymbolicLink(&'a str),
}

/// What a file holds; all that no piece tells of is zeros.
#[derive(PartialEq, Eq)]
struct Bytes {
    length_bytes: u64,
    /// By offset, none touching the next.
    pieces: Vec<(u64, Vec<u8>)>,
}

/// Makes the folder `path`, which was packed as `before`, look like `after`. What is the same in
/// both stays untouched.
///
/// # Errors
///
/// A file cannot be written, or `after` is no packed folder; what came before is done.
pub(crate) fn write_back(path: &Path, before: &[u8], after: &[u8]) -> anyhow::Result<()> {
    let before = files_of(before)?;
    let after = files_of(after)?;

    // What is gone, or is now something else: what is in a directory before the directory.
    for (name, old) in before.iter().rev() {
        if after.get(name).is_none_or(|new| !old.what.is_same_kind(&new.what)) {
            let at = path.join(name);
            old.what.remove(&at).with_context(|| format!("cannot remove {}", at.display()))?;
        }
    }
    let changed = || after.iter().filter(|(name, new)| before.get(*name) != Some(new));
    for (name, new) in changed() {
        let at = path.join(name);
        new.what.write(&at).with_context(|| format!("cannot write {}", at.display()))?;
    }
    // Last, since each file that is made changes the time of its directory.
    for (name, new) in changed() {
        let at = path.join(name);
        set_time(&at, new.modified_ns).with_context(|| format!("cannot date {}", at.display()))?;
    }
    Ok(())
}

/// The files of a packed folder by their path; a directory comes before what is in it.
fn files_of(folder: &[u8]) -> anyhow::Result<BTreeMap<PathBuf, Packed<'_>>> {
    let damaged = || anyhow!("what came back from the guest is damaged");
    let mut files: BTreeMap<_, Packed<'_>> = BTreeMap::new();
    let mut last = PathBuf::new();
    for record in Records::of(folder).map_err(|_| damaged())? {
        let (path, modified_ns, what) = match record.map_err(|_| damaged())? {
            Record::Directory { path, modified_ns } => (path, modified_ns, What::Directory),
            Record::SymbolicLink { path, modified_ns, target } => {
                (path, modified_ns, What::SymbolicLink(target))
            }
            Record::File { path, modified_ns, length_bytes } => {
                let bytes = Bytes { length_bytes, pieces: Vec::new() };
                (path, modified_ns, What::File(bytes))
            }
            Record::Bytes { offset, bytes } => {
                let file = files.get_mut(&last).and_then(Packed::bytes_mut);
                file.ok_or_else(damaged)?.push(offset, bytes);
                continue;
            }
            Record::End => break,
        };
        last = inside(path)?;
        files.insert(last.clone(), Packed { modified_ns, what });
    }
    Ok(files)
}

/// `path`, if nothing in it leads out of the folder.
fn inside(path: &str) -> anyhow::Result<PathBuf> {
    let path = PathBuf::from(path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    ensure!(is_inside, "the guest's file {} is outside of the folder", path.display());
    Ok(path)
}

fn set_time(at: &Path, modified_ns: u64) -> nix::Result<()> {
    let seconds = i64::try_from(modified_ns / 1_000_000_000).unwrap_or(i64::MAX);
    let modified = TimeSpec::new(seconds, (modified_ns % 1_000_000_000) as i64);
    utimensat(
        nix::fcntl::AT_FDCWD,
        at,
        &TimeSpec::UTIME_OMIT,
        &modified,
        UtimensatFlags::NoFollowSymlink,
    )
}

impl Packed<'_> {
    fn bytes_mut(&mut self) -> Option<&mut Bytes> {
        match &mut self.what {
            What::File(bytes) => Some(bytes),
            What::Directory | What::SymbolicLink(_) => None,
        }
    }
}

impl What<'_> {
    fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    fn remove(&self, at: &Path) -> io::Result<()> {
        match self {
            Self::Directory => fs::remove_dir(at),
            Self::File(_) | Self::SymbolicLink(_) => fs::remove_file(at),
        }
    }

    fn write(&self, at: &Path) -> io::Result<()> {
        match self {
            Self::Directory if at.is_dir() => Ok(()),
            Self::Directory => fs::create_dir(at),
            Self::SymbolicLink(target) => {
                if at.is_symlink() {
                    fs::remove_file(at)?;
                }
                symlink(target, at)
            }
            Self::File(bytes) => bytes.write(at),
        }
    }
}

impl Bytes {
    fn push(&mut self, offset: u64, bytes: &[u8]) {
        match self.pieces.last_mut() {
            Some((start, last)) if *start + last.len() as u64 == offset => last.extend(bytes),
            _ => self.pieces.push((offset, bytes.to_vec())),
        }
    }

    fn write(&self, at: &Path) -> io::Result<()> {
        let file = File::create(at)?;
        for (offset, bytes) in &self.pieces {
            file.write_all_at(bytes, *offset)?;
        }
        file.set_len(self.length_bytes)
    }
}
