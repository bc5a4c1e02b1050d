//! A folder as bytes: how the host hands files to the kernel, and gets them back.
//!
//! Layout: [`MAGIC`], then [`Record`]s in [postcard](https://postcard.jamesmunns.com) encoding,
//! the last of which is [`Record::End`]. A folder can so be written piece by piece, however large
//! it is, and read in place, with names and bytes borrowed. Several names of one file become
//! several files.

mod transfer;

pub use transfer::{Sink, dump, load};

use abi::Errno;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Serialize, Serializer};

/// The first bytes of every folder; the last one is the version of the format.
pub const MAGIC: [u8; 8] = *b"BRFILES\x01";

/// A part of a folder. Paths are relative to it, with `/` between names; times are nanoseconds
/// since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// A directory; what is in it comes later.
    Directory {
        /// Where it is.
        path: &'a str,
        /// When names in it last changed.
        modified_ns: u64,
    },
    /// A file; what it holds comes next.
    File {
        /// Where it is.
        path: &'a str,
        /// When its bytes last changed.
        modified_ns: u64,
        /// Its length.
        length_bytes: u64,
    },
    /// Bytes of the file before; those that no record tells of are zeros.
    Bytes {
        /// Where in the file they are.
        offset: u64,
        /// The bytes.
        #[serde(serialize_with = "in_one_piece")]
        bytes: &'a [u8],
    },
    /// A symbolic link.
    SymbolicLink {
        /// Where it is.
        path: &'a str,
        /// When it was made.
        modified_ns: u64,
        /// The path that it holds.
        target: &'a str,
    },
    /// The end of the folder.
    End,
}

/// The same bytes as serde's own for a slice, without a call for each.
fn in_one_piece<S: Serializer>(bytes: &&[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// A file, whole, as the host has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// As in [`Record`].
    pub path: &'a str,
    /// As in [`Record`].
    pub modified_ns: u64,
    /// What it is.
    pub content: Content<'a>,
}

/// What an [`Item`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A directory.
    Directory,
    /// A file with these bytes.
    File(&'a [u8]),
    /// A symbolic link to this path.
    SymbolicLink(&'a str),
}

/// Why a folder cannot be read or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderError {
    /// The bytes are no folder, or one of another version.
    NotAFolder,
    /// The folder ends too early, or its records make no sense.
    Damaged,
    /// The file system would not have the file.
    Refused(Errno),
}

impl From<Errno> for FolderError {
    fn from(error: Errno) -> Self {
        Self::Refused(error)
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFolder => f.write_str("no packed folder, or one of another version"),
            Self::Damaged => f.write_str("the packed folder is damaged"),
            Self::Refused(error) => write!(f, "a file of the packed folder was refused: {error}"),
        }
    }
}

/// The directory of `path` and its name in there. Ordered by this, each directory comes before
/// what is in it, and what is in it comes together.
pub fn split(path: &str) -> (&str, &str) {
    // By bytes, since the searches of `str` are ten times the code.
    let slash = path.bytes().rposition(|byte| byte == b'/');
    let parts = slash.and_then(|at| Some((path.get(..at)?, path.get(at + 1..)?)));
    parts.unwrap_or(("", path))
}

/// A folder of `items`, in the order that [`PackedFiles`](crate::PackedFiles) wants.
///
/// # Errors
///
/// [`FolderError::Refused`] if there is no memory for it.
pub fn pack(items: &[Item<'_>]) -> Result<Vec<u8>, FolderError> {
    let mut items = items.to_vec();
    items.sort_by_key(|item| split(item.path));

    let mut folder = MAGIC.to_vec();
    for item in &items {
        let Item { path, modified_ns, content } = *item;
        match content {
            Content::Directory => append(&mut folder, Record::Directory { path, modified_ns })?,
            Content::SymbolicLink(target) => {
                append(&mut folder, Record::SymbolicLink { path, modified_ns, target })?;
            }
            Content::File(bytes) => {
                let length_bytes = bytes.len() as u64;
                append(&mut folder, Record::File { path, modified_ns, length_bytes })?;
                append(&mut folder, Record::Bytes { offset: 0, bytes })?;
            }
        }
    }
    append(&mut folder, Record::End)?;
    Ok(folder)
}

fn append(folder: &mut Vec<u8>, record: Record<'_>) -> Result<(), FolderError> {
    let taken = core::mem::take(folder);
    *folder = postcard::to_extend(&record, taken).map_err(|_| Errno::NoMemory)?;
    Ok(())
}

/// The records of a folder, without the end; after an error there are no more.
#[derive(Clone, Debug)]
pub struct Records<'a> {
    rest: &'a [u8],
    is_over: bool,
}

impl<'a> Records<'a> {
    /// Begins to read `folder`; what comes after it is left alone.
    ///
    /// # Errors
    ///
    /// [`FolderError::NotAFolder`].
    pub fn of(folder: &'a [u8]) -> Result<Self, FolderError> {
        let rest = folder.strip_prefix(&MAGIC).ok_or(FolderError::NotAFolder)?;
        Ok(Self { rest, is_over: false })
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, FolderError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let next = postcard::take_from_bytes(self.rest);
        self.is_over = matches!(next, Err(_) | Ok((Record::End, _)));
        match next {
            Ok((Record::End, _)) => None,
            Ok((record, rest)) => {
                self.rest = rest;
                Some(Ok(record))
            }
            Err(_) => Some(Err(FolderError::Damaged)),
        }
    }
}

#[cfg(test)]
mod tests;
