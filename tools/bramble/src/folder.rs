//! Folders of the host as the kernel takes them, and back.
//!
//! A folder is packed as `service-files` has it: for the image, or for the time of a run. After a
//! run [`write_back`] changes in the host's folder what the guest changed in its copy, and nothing
//! else.

mod write_back;

pub(crate) use write_back::write_back;

use anyhow::{Context, anyhow, ensure};
use service_files::folder::{Content, Item};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Which times the packed files have.
#[derive(Clone, Copy)]
pub(crate) enum Times {
    /// This one, in seconds since 1970: then the same files make the same bytes.
    All(u64),
    /// Their own.
    Own,
}

/// A file of the host, read.
struct Found {
    path: String,
    modified_ns: u64,
    what: What,
}

enum What {
    Directory,
    File(Vec<u8>),
    SymbolicLink(String),
}

/// The folder `path` and all below it, packed.
///
/// # Errors
///
/// It is no folder, cannot be read, or has something in it that is neither file, folder nor
/// symbolic link, or whose name is no UTF-8; the error names it.
pub(crate) fn pack(path: &Path, times: Times) -> anyhow::Result<Vec<u8>> {
    ensure!(path.is_dir(), "{} is no folder", path.display());
    let mut found = Vec::new();
    find(path, "", times, &mut found)?;

    let items: Vec<_> = found.iter().map(Found::item).collect();
    service_files::folder::pack(&items)
        .map_err(|error| anyhow!("{} cannot be packed: {error}", path.display()))
}

fn find(folder: &Path, prefix: &str, times: Times, found: &mut Vec<Found>) -> anyhow::Result<()> {
    let mut entries = fs::read_dir(folder)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);

    for entry in entries {
        let at = entry.path();
        let name = entry.file_name();
        let name = name.to_str().with_context(|| format!("{} is no UTF-8", at.display()))?;
        let path = format!("{prefix}{name}");
        let metadata = entry.metadata().with_context(|| format!("cannot read {}", at.display()))?;
        let what = read(&at, &metadata)?;
        let is_directory = matches!(what, What::Directory);
        found.push(Found { modified_ns: times.of(&metadata), path: path.clone(), what });
        if is_directory {
            find(&at, &format!("{path}/"), times, found)?;
        }
    }
    Ok(())
}

fn read(at: &Path, metadata: &fs::Metadata) -> anyhow::Result<What> {
    let unreadable = || format!("cannot read {}", at.display());
    if metadata.is_dir() {
        return Ok(What::Directory);
    }
    if metadata.is_symlink() {
        let target = fs::read_link(at).with_context(unreadable)?;
        let target = target.to_str().with_context(|| format!("{} has no UTF-8", at.display()))?;
        return Ok(What::SymbolicLink(target.to_owned()));
    }
    ensure!(metadata.is_file(), "{} is neither a file nor a folder", at.display());
    Ok(What::File(fs::read(at).with_context(unreadable)?))
}

impl Times {
    fn of(self, metadata: &fs::Metadata) -> u64 {
        match self {
            Self::All(at_s) => at_s.saturating_mul(1_000_000_000),
            Self::Own => u64::try_from(metadata.mtime())
                .unwrap_or(0)
                .saturating_mul(1_000_000_000)
                .saturating_add(metadata.mtime_nsec().unsigned_abs()),
        }
    }
}

impl Found {
    fn item(&self) -> Item<'_> {
        let content = match &self.what {
            What::Directory => Content::Directory,
            What::File(bytes) => Content::File(bytes),
            What::SymbolicLink(target) => Content::SymbolicLink(target),
        };
        Item { path: &self.path, modified_ns: self.modified_ns, content }
    }
}

#[cfg(test)]
mod tests;
