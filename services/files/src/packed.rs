//! The read-only files of the image: a packed [folder](crate::folder), read where it lies.

use crate::folder::{FolderError, Record, Records, split};
use crate::{Creation, Entry, FileSystem, Kind, NAME_BYTES_MAX, Node, Status};
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;

/// A file system over the bytes of a folder, which nothing changes.
pub struct PackedFiles {
    /// In the order of [`split`]; node 0 is the root, and node n the item before n.
    items: Vec<Item>,
}

struct Item {
    path: &'static str,
    modified_ns: u64,
    content: Content,
}

#[derive(Clone, Copy)]
enum Content {
    Directory,
    File(&'static [u8]),
    Link(&'static str),
}

const ROOT: Node = Node(0);

impl PackedFiles {
    /// The files of `folder`.
    ///
    /// # Errors
    ///
    /// [`FolderError`] also if files have holes, or do not stand in the order of
    /// [`pack`](crate::folder::pack).
    pub fn new(folder: &'static [u8]) -> Result<Self, FolderError> {
        let mut files = Self { items: Vec::new() };
        let mut records = Records::of(folder)?;
        while let Some(record) = records.next() {
            let (path, modified_ns, content) = match record? {
                Record::Directory { path, modified_ns } => (path, modified_ns, Content::Directory),
                Record::SymbolicLink { path, modified_ns, target } => {
                    (path, modified_ns, Content::Link(target))
                }
                Record::File { path, modified_ns, length_bytes } => {
                    (path, modified_ns, Content::File(whole(records.next(), length_bytes)?))
                }
                Record::Bytes { .. } | Record::End => return Err(FolderError::Damaged),
            };
            files.add(Item { path, modified_ns, content })?;
        }
        Ok(files)
    }

    /// Adds an item that comes after all before it, in a directory that is one of those.
    fn add(&mut self, item: Item) -> Result<(), FolderError> {
        let (parent, name) = split(item.path);
        let is_name = !matches!(name, "" | "." | "..") && name.len() <= NAME_BYTES_MAX;
        let is_in_order = self.items.last().is_none_or(|last| split(last.path) < split(item.path));
        let is_in_directory = parent.is_empty() && !item.path.starts_with('/')
            || self.position(parent).is_some_and(|at| self.items[at].content.is_directory());
        if !is_name || !is_in_order || !is_in_directory {
            return Err(FolderError::Damaged);
        }
        self.items.push(item);
        Ok(())
    }

    fn position(&self, path: &str) -> Option<usize> {
        self.search(split(path))
    }

    fn search(&self, key: (&str, &str)) -> Option<usize> {
        self.items.binary_search_by(|item| split(item.path).cmp(&key)).ok()
    }

    /// The item of `node`; the root has none.
    fn item(&self, node: Node) -> Result<Option<&Item>, Errno> {
        if node == ROOT {
            return Ok(None);
        }
        let at = usize::try_from(node.0 - 1).ok();
        at.and_then(|at| self.items.get(at)).map(Some).ok_or(Errno::Stale)
    }

    fn content(&self, node: Node) -> Result<Content, Errno> {
        Ok(self.item(node)?.map_or(Content::Directory, |item| item.content))
    }

    fn path_of_directory(&self, node: Node) -> Result<&'static str, Errno> {
        match self.item(node)? {
            None => Ok(""),
            Some(item) if item.content.is_directory() => Ok(item.path),
            Some(_) => Err(Errno::NotDirectory),
        }
    }
}

/// The bytes of a file, which are all in one record.
fn whole(
    record: Option<Result<Record<'static>, FolderError>>,
    length_bytes: u64,
) -> Result<&'static [u8], FolderError> {
    match record {
        Some(Ok(Record::Bytes { offset: 0, bytes })) if bytes.len() as u64 == length_bytes => {
            Ok(bytes)
        }
        _ => Err(FolderError::Damaged),
    }
}

impl Content {
    fn is_directory(self) -> bool {
        matches!(self, Self::Directory)
    }

    fn kind(self) -> Kind {
        match self {
            Self::Directory => Kind::Directory,
            Self::File(_) => Kind::File,
            Self::Link(_) => Kind::SymbolicLink,
        }
    }

    fn length_bytes(self) -> usize {
        match self {
            Self::Directory => 0,
            Self::File(bytes) => bytes.len(),
            Self::Link(target) => target.len(),
        }
    }
}

impl FileSystem for PackedFiles {
    fn root(&self) -> Node {
        ROOT
    }

    fn find(&mut self, directory: Node, name: &str) -> Result<Node, Errno> {
        let path = self.path_of_directory(directory)?;
        let at = self.search((path, name)).ok_or(Errno::NoEntry)?;
        Ok(Node(at as u64 + 1))
    }

    fn hold(&mut self, _node: Node) {}

    fn release(&mut self, _node: Node) {}

    fn status(&mut self, node: Node) -> Result<Status, Errno> {
        let content = self.content(node)?;
        let modified_ns = self.item(node)?.map_or(0, |item| item.modified_ns);
        Ok(Status {
            inode: node.0 + 1,
            kind: content.kind(),
            links: 1,
            length_bytes: content.length_bytes() as u64,
            accessed_ns: modified_ns,
            modified_ns,
            changed_ns: modified_ns,
        })
    }

    fn set_times(
        &mut self,
        _node: Node,
        _accessed_ns: Option<u64>,
        _modified_ns: Option<u64>,
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn read(&mut self, file: Node, offset: u64, buffer: &mut [u8]) -> Result<usize, Errno> {
        let bytes = match self.content(file)? {
            Content::File(bytes) => bytes,
            Content::Directory => return Err(Errno::IsDirectory),
            Content::Link(_) => return Err(Errno::Invalid),
        };
        let rest = usize::try_from(offset).ok().and_then(|offset| bytes.get(offset..));
        let source = rest.unwrap_or_default();
        let count = source.len().min(buffer.len());
        buffer[..count].copy_from_slice(&source[..count]);
        Ok(count)
    }

    fn write(
        &mut self,
        _file: Node,
        _offset: u64,
        _bytes: &[u8],
        _now_ns: u64,
    ) -> Result<usize, Errno> {
        Err(Errno::ReadOnly)
    }

    fn resize(&mut self, _file: Node, _length_bytes: u64, _now_ns: u64) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn create(
        &mut self,
        _directory: Node,
        _name: &str,
        _kind: Creation<'_>,
        _now_ns: u64,
    ) -> Result<Node, Errno> {
        Err(Errno::ReadOnly)
    }

    fn read_link(&mut self, link: Node) -> Result<String, Errno> {
        match self.content(link)? {
            Content::Link(target) => Ok(String::from(target)),
            _ => Err(Errno::Invalid),
        }
    }

    fn link(
        &mut self,
        _file: Node,
        _directory: Node,
        _name: &str,
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn unlink(&mut self, _directory: Node, _name: &str, _now_ns: u64) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn remove_directory(
        &mut self,
        _directory: Node,
        _name: &str,
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn rename(
        &mut self,
        _from: (Node, &str),
        _to: (Node, &str),
        _now_ns: u64,
    ) -> Result<(), Errno> {
        Err(Errno::ReadOnly)
    }

    fn entry(&mut self, directory: Node, cookie: u64) -> Result<Option<Entry>, Errno> {
        let path = self.path_of_directory(directory)?;
        let first = self.items.partition_point(|item| split(item.path).0 < path);
        let at = usize::try_from(cookie).ok().and_then(|cookie| first.checked_add(cookie));
        let Some((at, item)) = at.and_then(|at| Some((at, self.items.get(at)?))) else {
            return Ok(None);
        };
        let (parent, name) = split(item.path);
        let entry = Entry {
            name: String::from(name),
            inode: at as u64 + 2,
            kind: item.content.kind(),
            next: cookie.saturating_add(1),
        };
        Ok((parent == path).then_some(entry))
    }

    fn sync(&mut self, _node: Node) -> Result<(), Errno> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
