//! Walking a path: from a directory, by names and symbolic links, never out of it.
//!
//! A file system knows no way up, so a [`Walk`] remembers the way that it came, and `..` goes
//! back on it; at the directory where it began, there is no further back. The file system is
//! locked for the whole walk and what is done at its end, so that nobody moves what it stands on.
//! Where POSIX leaves a choice the errors are Linux's, those for a way out wasmtime's.

use crate::{Creation, FileSystem, Kind, NAME_BYTES_MAX, Node, PATH_BYTES_MAX, Shared};
use abi::Errno;
use alloc::string::String;
use alloc::vec::Vec;
use spin::MutexGuard;

/// Symbolic links that one walk follows, as on Linux.
const EXPANSIONS_MAX: usize = 40;

/// Names that one walk passes: twice as many as the longest path has. Links could else make one
/// call take as long as forty such paths.
const STEPS_MAX: usize = PATH_BYTES_MAX;

/// What becomes of a symbolic link at the end of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// It is followed.
    Follow,
    /// It is found itself, unless a slash behind it asks for what it leads to.
    Find,
    /// It is found itself: the name is what matters.
    Name,
}

impl Last {
    pub(crate) fn of(follow: bool) -> Self {
        if follow { Self::Follow } else { Self::Find }
    }
}

/// Where a path leads. Its nodes are held until the walk is dropped.
#[derive(Default)]
pub(crate) struct Place {
    /// The directory with the last name; the place itself if there is no name.
    pub(crate) directory: Node,
    /// The last name; empty where the path ended with `.`, `..` or where it began.
    pub(crate) name: String,
    /// A slash stood at the end: only a directory may be meant.
    pub(crate) slash: bool,
    /// What is there.
    pub(crate) found: Option<(Node, Kind)>,
}

impl Place {
    /// The file that is there.
    pub(crate) fn file(&self) -> Result<Node, Errno> {
        match self.found {
            None => Err(Errno::NoEntry),
            Some((_, kind)) if self.slash && kind != Kind::Directory => Err(Errno::NotDirectory),
            Some((node, _)) => Ok(node),
        }
    }

    /// Whether the path named no name, but a directory by where it lies.
    pub(crate) fn is_nameless(&self) -> bool {
        self.name.is_empty()
    }
}

/// A file system, locked, and the nodes held on the way.
pub(crate) struct Walk<'a> {
    pub(crate) files: MutexGuard<'a, dyn FileSystem + 'static>,
    /// Where the last path led.
    pub(crate) place: Place,
    held: Vec<Node>,
}

impl<'a> Walk<'a> {
    pub(crate) fn of(files: &'a Shared) -> Self {
        Self { files: files.lock(), place: Place::default(), held: Vec::new() }
    }

    /// Walks `path` from the directory `base` on, to a new [`Walk::place`].
    pub(crate) fn to(&mut self, base: Node, path: &str, last: Last) -> Result<(), Errno> {
        check(path)?;
        self.files.hold(base);
        self.held.push(base);

        let floor = self.held.len();
        let mut expansions = 0;
        let mut expanded;
        let mut rest = path;
        for _ in 0..STEPS_MAX {
            let step = Step::of(rest);
            match self.take(&step, base, floor, last)? {
                Next::There => return Ok(()),
                Next::On => rest = step.rest,
                Next::Instead(_) if expansions == EXPANSIONS_MAX => break,
                Next::Instead(path) => {
                    expansions += 1;
                    expanded = path;
                    rest = &expanded;
                }
            }
        }
        Err(Errno::Loop)
    }

    /// Takes one step of the walk from `base`, whose node lies at `floor`.
    fn take(
        &mut self,
        step: &Step<'_>,
        base: Node,
        floor: usize,
        last: Last,
    ) -> Result<Next, Errno> {
        if step.is_parent() {
            self.back(floor)?;
        }
        let directory = self.top(base);
        if !step.is_named() {
            return if step.is_end() { self.end_at(directory) } else { Ok(Next::On) };
        }
        let found = self.find(directory, step.name)?;
        if step.is_end() && !step.follows(last, found) {
            let (name, slash) = (String::from(step.name), step.slash);
            self.place = Place { directory, name, slash, found };
            return Ok(Next::There);
        }
        match found {
            Some((_, Kind::Directory)) => Ok(Next::On),
            Some((link, Kind::SymbolicLink)) => self.expand(link, step).map(Next::Instead),
            Some(_) => Err(Errno::NotDirectory),
            None => Err(Errno::NoEntry),
        }
    }

    /// Makes something at the place, where nothing is, and holds it.
    pub(crate) fn create(&mut self, kind: Creation<'_>, now_ns: u64) -> Result<Node, Errno> {
        self.files.create(self.place.directory, &self.place.name, kind, now_ns)
    }

    /// The path ends without a name, at `directory`.
    fn end_at(&mut self, directory: Node) -> Result<Next, Errno> {
        let kind = self.files.status(directory)?.kind;
        if kind != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        let found = Some((directory, kind));
        self.place = Place { directory, name: String::new(), slash: false, found };
        Ok(Next::There)
    }

    /// The file `name` of `directory`, now on top, and what it is.
    fn find(&mut self, directory: Node, name: &str) -> Result<Option<(Node, Kind)>, Errno> {
        if name.len() > NAME_BYTES_MAX {
            return Err(Errno::NameTooLong);
        }
        match self.files.find(directory, name) {
            Ok(node) => {
                self.held.push(node);
                Ok(Some((node, self.files.status(node)?.kind)))
            }
            Err(Errno::NoEntry) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Goes back to the directory before, from which `link` was found, and tells what path to
    /// walk instead of the step and what was to follow it.
    fn expand(&mut self, link: Node, step: &Step<'_>) -> Result<String, Errno> {
        let mut path = self.files.read_link(link)?;
        self.pop();
        if step.slash {
            path.push('/');
            path.push_str(step.rest);
        }
        check(&path)?;
        Ok(path)
    }

    fn back(&mut self, floor: usize) -> Result<(), Errno> {
        if self.held.len() <= floor {
            return Err(Errno::NotPermitted);
        }
        self.pop();
        Ok(())
    }

    fn top(&self, base: Node) -> Node {
        self.held.last().copied().unwrap_or(base)
    }

    fn pop(&mut self) {
        if let Some(node) = self.held.pop() {
            self.files.release(node);
        }
    }
}

impl Drop for Walk<'_> {
    fn drop(&mut self) {
        while !self.held.is_empty() {
            self.pop();
        }
    }
}

/// Where a walk goes after a step.
enum Next {
    /// It has ended.
    There,
    /// On with the path.
    On,
    /// On with this path instead.
    Instead(String),
}

/// One name of a path.
struct Step<'a> {
    name: &'a str,
    /// A slash comes behind the name.
    slash: bool,
    /// What comes behind the slashes.
    rest: &'a str,
}

impl<'a> Step<'a> {
    fn of(path: &'a str) -> Self {
        let path = without_slashes(path);
        let end = path.bytes().position(|byte| byte == b'/').unwrap_or(path.len());
        let (name, rest) = path.split_at_checked(end).unwrap_or((path, ""));
        Self { name, slash: !rest.is_empty(), rest: without_slashes(rest) }
    }

    fn is_parent(&self) -> bool {
        self.name == ".."
    }

    fn is_named(&self) -> bool {
        !matches!(self.name, "" | "." | "..")
    }

    fn is_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether the walk goes on from what was found under the last name.
    fn follows(&self, last: Last, found: Option<(Node, Kind)>) -> bool {
        let is_link = matches!(found, Some((_, Kind::SymbolicLink)));
        is_link && (last == Last::Follow || last == Last::Find && self.slash)
    }
}

/// `path` from its first name on. By bytes, since the searches of `str` are ten times the code.
fn without_slashes(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix('/') {
        path = rest;
    }
    path
}

/// Refuses what is no path, or one that leads away from where it begins.
pub(crate) fn check(path: &str) -> Result<(), Errno> {
    if path.len() > PATH_BYTES_MAX {
        return Err(Errno::NameTooLong);
    }
    if path.is_empty() {
        return Err(Errno::NoEntry);
    }
    if path.bytes().any(|byte| byte == 0) {
        return Err(Errno::Invalid);
    }
    if path.starts_with('/') { Err(Errno::NotPermitted) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
