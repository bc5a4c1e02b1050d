//! A folder with all that is in it, on the host and in memory.

use service_files::{Access, Handle, Kind, MemoryFiles, Mount, Opening, Room, shared};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use wasm_corpus::Files;

/// When the files of a tree were made, as far as a program can tell.
const MADE_NS: u64 = 1_700_000_000_000_000_000;

/// Bytes that a program may take for its files.
const LIMIT_BYTES: u64 = 64 << 20;

/// Paths and what is there, parents before children.
#[derive(Debug, Default, PartialEq)]
pub struct Tree(BTreeMap<String, Item>);

#[derive(Debug, PartialEq)]
enum Item {
    File(Vec<u8>),
    Directory,
    Link(String),
}

struct Plenty;

impl Room for Plenty {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

impl Tree {
    /// What is in `folder` on the host, which has no links.
    pub fn read(folder: &Path) -> Self {
        let mut tree = Self::default();
        tree.add_folder(folder, "");
        tree
    }

    fn add_folder(&mut self, folder: &Path, prefix: &str) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                self.add_folder(&entry.path(), &format!("{path}/"));
                self.0.insert(path, Item::Directory);
            } else {
                self.0.insert(path, Item::File(fs::read(entry.path()).unwrap()));
            }
        }
    }

    /// Adds a file, unless there is one.
    pub fn add_missing(&mut self, path: &str, text: &str) {
        let item = Item::File(text.as_bytes().to_vec());
        self.0.entry(path.to_owned()).or_insert(item);
    }

    /// The same in memory, mounted at `/`.
    pub fn mount(&self) -> Mount {
        let files = MemoryFiles::new(LIMIT_BYTES, &Plenty, MADE_NS).unwrap();
        let root = Handle::root(shared(files), 1, Access::ReadWrite);
        for (path, item) in &self.0 {
            match item {
                Item::File(bytes) => put(&root, path, bytes),
                Item::Directory => root.create_directory(path, MADE_NS).unwrap(),
                Item::Link(target) => root.symlink(target, path, MADE_NS).unwrap(),
            }
        }
        Mount { at: "/".to_owned(), directory: root }
    }

    /// What is below `root` in memory.
    pub fn of(root: &Handle) -> Self {
        let mut tree = Self::default();
        tree.add(root, "");
        tree
    }

    fn add(&mut self, directory: &Handle, prefix: &str) {
        let mut cookie = 0;
        while let Some(entry) = directory.entry(cookie).unwrap() {
            cookie = entry.next;
            let path = format!("{prefix}{}", entry.name);
            let item = match entry.kind {
                Kind::File => Item::File(bytes(&open(directory, &entry.name))),
                Kind::SymbolicLink => Item::Link(directory.read_link(&entry.name).unwrap()),
                Kind::Directory => {
                    self.add(&open(directory, &entry.name), &format!("{path}/"));
                    Item::Directory
                }
            };
            self.0.insert(path, item);
        }
    }
}

impl Files for Tree {
    fn names(&self) -> Vec<String> {
        self.0.keys().filter(|path| !path.contains('/')).cloned().collect()
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        match self.0.get(path) {
            Some(Item::File(bytes)) => Some(bytes.clone()),
            _ => None,
        }
    }
}

fn open(directory: &Handle, name: &str) -> Handle {
    directory.open(name, Opening::default(), MADE_NS).unwrap_or_else(|error| panic!("{error}"))
}

fn bytes(file: &Handle) -> Vec<u8> {
    let mut bytes = vec![0; file.status().unwrap().length_bytes as usize];
    assert_eq!(file.read(0, &mut bytes), Ok(bytes.len()));
    bytes
}

fn put(root: &Handle, path: &str, bytes: &[u8]) {
    let opening = Opening { create: true, exclusive: true, ..Opening::default() };
    let file = root.open(path, opening, MADE_NS).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(file.write(0, bytes, MADE_NS).unwrap_or(0), bytes.len(), "{path}");
}
