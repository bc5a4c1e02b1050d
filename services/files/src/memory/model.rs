//! Random calls on the memory file system and on a model so simple that it must be right.

extern crate std;

use crate::testing::{MIB, NEW, OLD, names_of, tree_of};
use crate::{Handle, Kind, Opening};
use abi::Errno;
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

const SEEDS: u64 = 40;
const STEPS: usize = 1500;

/// Files live here by number, so that names and open files can share one.
#[derive(Default)]
struct Model {
    files: Vec<Vec<u8>>,
    /// By path, each a file's number or a directory.
    names: BTreeMap<String, Option<usize>>,
    open: Vec<usize>,
}

impl Model {
    fn parent_error(&self, path: &str) -> Option<Errno> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let mut at = String::new();
        for name in parent.split('/').filter(|name| !name.is_empty()) {
            at = join(&at, name);
            match self.names.get(&at) {
                None => return Some(Errno::NoEntry),
                Some(Some(_)) => return Some(Errno::NotDirectory),
                Some(None) => {}
            }
        }
        None
    }

    fn get(&self, path: &str) -> Result<Option<usize>, Errno> {
        match self.parent_error(path) {
            Some(error) => Err(error),
            None => self.names.get(path).copied().ok_or(Errno::NoEntry),
        }
    }

    fn add(&mut self, path: &str, what: Option<usize>) -> Result<(), Errno> {
        match self.get(path) {
            Ok(_) => Err(Errno::Exists),
            Err(Errno::NoEntry) if self.parent_error(path).is_none() => {
                self.names.insert(path.to_string(), what);
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn is_empty(&self, path: &str) -> bool {
        let below = format!("{path}/");
        !self.names.keys().any(|name| name.starts_with(&below))
    }

    fn remove(&mut self, path: &str, directory: bool) -> Result<(), Errno> {
        match (self.get(path)?, directory) {
            (Some(_), true) => Err(Errno::NotDirectory),
            (None, false) => Err(Errno::IsDirectory),
            (None, true) if !self.is_empty(path) => Err(Errno::NotEmpty),
            _ => {
                self.names.remove(path);
                Ok(())
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), Errno> {
        // Where several things are wrong at once, what is found out first decides.
        let source = self.get(from);
        if let (Some(error), Ok(_) | Err(Errno::NoEntry)) = (self.parent_error(to), source)
            && self.parent_error(from).is_none()
        {
            return Err(error);
        }
        let source = source?;
        if source.is_none() && to.starts_with(&format!("{from}/")) {
            return Err(Errno::Invalid);
        }
        match (source, self.names.get(to)) {
            _ if from == to => return Ok(()),
            (_, None) => {}
            (Some(one), Some(Some(other))) if one == *other => return Ok(()),
            (Some(_), Some(Some(_))) => {}
            (Some(_), Some(None)) => return Err(Errno::IsDirectory),
            (None, Some(Some(_))) => return Err(Errno::NotDirectory),
            (None, Some(None)) if !self.is_empty(to) => return Err(Errno::NotEmpty),
            (None, Some(None)) => {}
        }
        self.names.remove(from);
        self.names.insert(to.to_string(), source);
        let below = format!("{from}/");
        let moved: Vec<String> =
            self.names.keys().filter(|name| name.starts_with(&below)).cloned().collect();
        for name in moved {
            let what = self.names.remove(&name).unwrap();
            self.names.insert(format!("{to}/{}", &name[below.len()..]), what);
        }
        Ok(())
    }

    fn write(&mut self, number: usize, offset: usize, bytes: &[u8]) {
        let file = &mut self.files[number];
        let end = offset + bytes.len();
        file.resize(file.len().max(end), 0);
        file[offset..end].copy_from_slice(bytes);
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_string() } else { format!("{parent}/{name}") }
}

/// xorshift64*: short, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound
    }

    /// One of few paths, so that they meet often.
    fn path(&mut self) -> String {
        let depth = 1 + self.below(3);
        (0..depth).fold(String::new(), |path, _| join(&path, ["a", "b", "c", "d"][self.below(4)]))
    }
}

/// One random call on both; `Err` tells what differed.
fn step(random: &mut Random, model: &mut Model, tree: &Handle, open: &mut Vec<Handle>) {
    let (path, other) = (random.path(), random.path());
    let at = 1;
    match random.below(10) {
        0 | 1 => {
            let made = tree.open(&path, NEW, at);
            let expected = model.add(&path, Some(model.files.len()));
            assert_eq!(made.as_ref().err(), expected.err().as_ref(), "create {path}");
            if let Ok(file) = made {
                model.open.push(model.files.len());
                model.files.push(Vec::new());
                open.push(file);
            }
        }
        2 => {
            let expected = model.add(&path, None);
            assert_eq!(tree.create_directory(&path, at), expected, "mkdir {path}");
        }
        3 => {
            assert_eq!(tree.unlink(&path, at), model.remove(&path, false), "unlink {path}");
        }
        4 => {
            let expected = model.remove(&path, true);
            assert_eq!(tree.remove_directory(&path, at), expected, "rmdir {path}");
        }
        5 => {
            let expected = model.rename(&path, &other);
            assert_eq!(tree.rename(&path, tree, &other, at), expected, "{path} to {other}");
        }
        6 => {
            if let Ok(Some(number)) = model.get(&path) {
                let expected = model.add(&other, Some(number));
                let linked = tree.link(&path, false, tree, &other, at);
                assert_eq!(linked, expected, "link {path} {other}");
            }
        }
        7 if !open.is_empty() => {
            let which = random.below(open.len());
            drop(open.swap_remove(which));
            model.open.swap_remove(which);
        }
        8 if !open.is_empty() => {
            let which = random.below(open.len());
            let length = random.below(20_000);
            open[which].resize(length as u64, at).unwrap();
            model.files[model.open[which]].resize(length, 0);
        }
        _ if !open.is_empty() => {
            let which = random.below(open.len());
            let (offset, byte) = (random.below(20_000), random.below(256) as u8);
            let bytes = vec![byte; random.below(9000)];
            assert_eq!(open[which].write(offset as u64, &bytes, at), Ok(bytes.len()));
            if !bytes.is_empty() {
                model.write(model.open[which], offset, &bytes);
            }
        }
        _ => {}
    }
}

/// Whether both hold the same names and bytes.
fn compare(model: &Model, tree: &Handle, open: &[Handle]) {
    let mut paths = Vec::new();
    list(tree, "", &mut paths);
    paths.sort();
    assert!(paths.iter().eq(model.names.keys()), "{paths:?}");

    for (path, what) in &model.names {
        let status = tree.status_at(path, false).unwrap();
        let kind = if what.is_some() { Kind::File } else { Kind::Directory };
        assert_eq!(status.kind, kind, "{path}");
        if let Some(number) = what {
            let links = model.names.values().filter(|other| **other == Some(*number)).count();
            assert_eq!(status.links, links as u64, "{path}");
            let file = tree.open(path, OLD, 1).ok().unwrap();
            assert!(bytes_of(&file) == model.files[*number], "{path}");
        }
    }
    for (file, number) in open.iter().zip(&model.open) {
        assert!(bytes_of(file) == model.files[*number], "an open file");
    }
}

fn list(directory: &Handle, at: &str, paths: &mut Vec<String>) {
    for name in names_of(directory) {
        let path = join(at, &name);
        if let Ok(below) = directory.open(&name, Opening { directory: true, ..OLD }, 1) {
            list(&below, &path, paths);
        }
        paths.push(path);
    }
}

fn bytes_of(file: &Handle) -> Vec<u8> {
    let mut bytes = vec![1; file.status().unwrap().length_bytes as usize + 1];
    let count = file.read(0, &mut bytes).unwrap();
    bytes.truncate(count);
    bytes
}

#[test]
fn random_calls_do_what_they_do_to_the_model() {
    for seed in 1..=SEEDS {
        let tree = tree_of(64 * MIB);
        let mut random = Random(seed);
        let (mut model, mut open) = (Model::default(), Vec::new());
        for number in 0..STEPS {
            step(&mut random, &mut model, &tree, &mut open);
            if number % 100 == 0 {
                compare(&model, &tree, &open);
            }
        }
        compare(&model, &tree, &open);
    }
}
