//! Folders to file systems and back.

use super::{FolderError, MAGIC, Record, Records};
use crate::{Handle, Kind, Opening, PATH_BYTES_MAX};
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;

/// Where the bytes of a folder go, piece by piece.
pub type Sink<'a> = dyn FnMut(&[u8]) -> Result<(), Errno> + 'a;

/// Bytes that are read at once.
const PIECE_BYTES: usize = 4096;

/// Makes the files of `folder` in the directory `into`. Directories may exist already, nothing
/// else may.
///
/// # Errors
///
/// [`FolderError`]; what came before the error is there.
pub fn load(folder: &[u8], into: &Handle) -> Result<(), FolderError> {
    let records = Records::of(folder)?;
    let mut file = None;
    for record in records.clone() {
        let record = record?;
        if let Record::Bytes { offset, bytes } = record {
            let (file, modified_ns) = file.as_ref().ok_or(FolderError::Damaged)?;
            fill(file, offset, bytes, *modified_ns)?;
        } else {
            file = make(record, into)?;
        }
    }
    // Last, since each file that was made changed the directory's time.
    for record in records {
        if let Record::Directory { path, modified_ns } = record? {
            into.set_times_at(path, false, None, Some(modified_ns), modified_ns)?;
        }
    }
    Ok(())
}

/// Makes what `record` tells of, and opens it if it is a file.
fn make(record: Record<'_>, into: &Handle) -> Result<Option<(Handle, u64)>, FolderError> {
    match record {
        Record::Directory { path, modified_ns } => match into.create_directory(path, modified_ns) {
            Ok(()) | Err(Errno::Exists) => {}
            Err(error) => return Err(error.into()),
        },
        Record::SymbolicLink { path, modified_ns, target } => {
            // Whatever its target: it may be there, if not be followed.
            into.make_link(target, path, modified_ns)?;
        }
        Record::File { path, modified_ns, length_bytes } => {
            let new = Opening { create: true, exclusive: true, ..Opening::default() };
            let file = into.open(path, new, modified_ns)?;
            file.resize(length_bytes, modified_ns)?;
            return Ok(Some((file, modified_ns)));
        }
        Record::Bytes { .. } | Record::End => {}
    }
    Ok(None)
}

fn fill(file: &Handle, offset: u64, bytes: &[u8], modified_ns: u64) -> Result<(), FolderError> {
    let end = offset.checked_add(bytes.len() as u64).ok_or(FolderError::Damaged)?;
    if end > file.status()?.length_bytes {
        return Err(FolderError::Damaged);
    }
    let written = file.write(offset, bytes, modified_ns)?;
    if written == bytes.len() { Ok(()) } else { Err(Errno::NoSpace.into()) }
}

/// Writes all that is in the directory `from` to `sink`.
///
/// # Errors
///
/// The sink's own; [`Errno::NameTooLong`] if something lies too deep to have a path.
pub fn dump(from: &Handle, sink: &mut Sink<'_>) -> Result<(), Errno> {
    sink(&MAGIC)?;
    let mut dump = Dump { sink, encoded: Vec::new() };
    let mut path = String::new();
    let mut open = Vec::from([Listing { directory: from.clone(), cookie: 0, path_bytes: 0 }]);
    while let Some(listing) = open.last_mut() {
        path.truncate(listing.path_bytes);
        match listing.next(&mut path)? {
            Some(name) => {
                let below = dump.file(&listing.directory, &name, &path)?;
                open.extend(below);
            }
            None => {
                open.pop();
            }
        }
    }
    dump.record(Record::End)
}

/// A directory whose names are being listed.
struct Listing {
    directory: Handle,
    cookie: u64,
    path_bytes: usize,
}

impl Listing {
    /// The next name, which `path` then ends with.
    fn next(&mut self, path: &mut String) -> Result<Option<String>, Errno> {
        let Some(entry) = self.directory.entry(self.cookie)? else { return Ok(None) };
        self.cookie = entry.next;
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&entry.name);
        if path.len() > PATH_BYTES_MAX { Err(Errno::NameTooLong) } else { Ok(Some(entry.name)) }
    }
}

struct Dump<'a, 'b> {
    sink: &'a mut Sink<'b>,
    encoded: Vec<u8>,
}

impl Dump<'_, '_> {
    fn record(&mut self, record: Record<'_>) -> Result<(), Errno> {
        let mut encoded = core::mem::take(&mut self.encoded);
        encoded.clear();
        self.encoded = postcard::to_extend(&record, encoded).map_err(|_| Errno::NoMemory)?;
        (self.sink)(&self.encoded)
    }

    /// Writes out the file `name` of `directory`; if it is a directory itself, its listing is next.
    fn file(
        &mut self,
        directory: &Handle,
        name: &str,
        path: &str,
    ) -> Result<Option<Listing>, Errno> {
        let status = directory.status_at(name, false)?;
        let modified_ns = status.modified_ns;
        if status.kind == Kind::SymbolicLink {
            let target = &directory.read_link(name)?;
            self.record(Record::SymbolicLink { path, modified_ns, target })?;
            return Ok(None);
        }

        let file = directory.open(name, Opening::default(), 0)?;
        if status.kind == Kind::Directory {
            self.record(Record::Directory { path, modified_ns })?;
            return Ok(Some(Listing { directory: file, cookie: 0, path_bytes: path.len() }));
        }
        let length_bytes = status.length_bytes;
        self.record(Record::File { path, modified_ns, length_bytes })?;
        self.bytes(&file, length_bytes)?;
        Ok(None)
    }

    fn bytes(&mut self, file: &Handle, length_bytes: u64) -> Result<(), Errno> {
        let mut buffer = [0; PIECE_BYTES];
        let mut offset = file.data_from(0)?;
        while offset < length_bytes {
            let count = file.read(offset, &mut buffer)?;
            let bytes = buffer.get(..count).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            self.record(Record::Bytes { offset, bytes })?;
            offset = file.data_from(offset + count as u64)?;
        }
        Ok(())
    }
}
