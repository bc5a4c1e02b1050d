//! What can be done from a directory, by path.

use super::{Handle, Opening};
use crate::walk::{self, Last, Place, Walk};
use crate::{Creation, Kind, Node, Status};
use abi::Errno;
use alloc::string::String;
use alloc::sync::Arc;

impl Handle {
    /// Opens the file at `path`.
    ///
    /// # Errors
    ///
    /// Those that [`Opening`] names; [`Errno::IsDirectory`] for a directory that should be made or
    /// cut; [`Errno::Invalid`] if a directory is asked for and should be; [`Errno::ReadOnly`],
    /// [`Errno::NoSpace`]. A file that was made stays if the medium fails afterwards.
    pub fn open(&self, path: &str, opening: Opening, now_ns: u64) -> Result<Self, Errno> {
        let changes = opening.create || opening.exclusive || opening.truncate;
        if opening.directory && changes {
            return Err(Errno::Invalid);
        }
        let is_new = opening.create && opening.exclusive;
        let last = if is_new { Last::Name } else { Last::of(opening.follow) };

        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, last)?;
        let node = match walk.place.found {
            Some(_) if is_new => return Err(Errno::Exists),
            Some((_, kind)) => self.open_found(&mut walk, kind, opening, now_ns)?,
            None if !opening.create => return Err(Errno::NoEntry),
            None if walk.place.slash => return Err(Errno::IsDirectory),
            None => {
                self.writable()?;
                walk.create(Creation::File, now_ns)?
            }
        };
        Ok(self.other(node))
    }

    fn open_found(
        &self,
        walk: &mut Walk<'_>,
        kind: Kind,
        opening: Opening,
        now_ns: u64,
    ) -> Result<Node, Errno> {
        if opening.directory && kind != Kind::Directory {
            return Err(Errno::NotDirectory);
        }
        if kind == Kind::SymbolicLink {
            return Err(Errno::Loop);
        }
        let node = walk.place.file()?;
        if kind == Kind::Directory && (opening.create || opening.truncate) {
            return Err(Errno::IsDirectory);
        }
        if opening.truncate {
            self.writable()?;
            walk.files.resize(node, 0, now_ns)?;
        }
        walk.files.hold(node);
        Ok(node)
    }

    /// What is known about the file at `path`; without `follow` a symbolic link is such a file.
    ///
    /// # Errors
    ///
    /// Those of paths.
    pub fn status_at(&self, path: &str, follow: bool) -> Result<Status, Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::of(follow))?;
        let node = walk.place.file()?;
        walk.files.status(node)
    }

    /// Sets times of the file at `path`, as [`Handle::set_times`].
    ///
    /// # Errors
    ///
    /// Those of paths, and [`Errno::ReadOnly`].
    pub fn set_times_at(
        &self,
        path: &str,
        follow: bool,
        accessed_ns: Option<u64>,
        modified_ns: Option<u64>,
        now_ns: u64,
    ) -> Result<(), Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::of(follow))?;
        let node = walk.place.file()?;
        self.writable()?;
        walk.files.set_times(node, accessed_ns, modified_ns, now_ns)
    }

    /// Makes an empty directory.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::Exists`], [`Errno::ReadOnly`], [`Errno::NoSpace`].
    pub fn create_directory(&self, path: &str, now_ns: u64) -> Result<(), Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Name)?;
        self.vacant(&walk.place)?;
        let node = walk.create(Creation::Directory, now_ns)?;
        walk.files.release(node);
        Ok(())
    }

    /// Removes an empty directory.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::NotEmpty`], [`Errno::ReadOnly`]; [`Errno::Invalid`] if the path
    /// ends with `.`.
    pub fn remove_directory(&self, path: &str, now_ns: u64) -> Result<(), Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Name)?;
        let place = &walk.place;
        if place.is_nameless() {
            let is_parent = path.trim_end_matches('/').ends_with("..");
            return Err(if is_parent { Errno::NotEmpty } else { Errno::Invalid });
        }
        place.file()?;
        self.writable()?;
        walk.files.remove_directory(place.directory, &place.name, now_ns)
    }

    /// Takes a file or a symbolic link its name.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::IsDirectory`], [`Errno::ReadOnly`].
    pub fn unlink(&self, path: &str, now_ns: u64) -> Result<(), Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Name)?;
        let place = &walk.place;
        place.file()?;
        if matches!(place.found, Some((_, Kind::Directory))) {
            return Err(Errno::IsDirectory);
        }
        self.writable()?;
        walk.files.unlink(place.directory, &place.name, now_ns)
    }

    /// Makes a symbolic link at `path` that holds `target`.
    ///
    /// # Errors
    ///
    /// Those of paths, for `target` too, which need not exist; [`Errno::Exists`],
    /// [`Errno::ReadOnly`], [`Errno::NoSpace`], [`Errno::NotSupported`].
    pub fn symlink(&self, target: &str, path: &str, now_ns: u64) -> Result<(), Errno> {
        walk::check(target)?;
        self.make_link(target, path, now_ns)
    }

    /// [`Handle::symlink`] with any target.
    pub(crate) fn make_link(&self, target: &str, path: &str, now_ns: u64) -> Result<(), Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Name)?;
        self.vacant_for_file(&walk.place)?;
        let node = walk.create(Creation::SymbolicLink(target), now_ns)?;
        walk.files.release(node);
        Ok(())
    }

    /// The path that the symbolic link at `path` holds.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::Invalid`] for any other file.
    pub fn read_link(&self, path: &str) -> Result<String, Errno> {
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Find)?;
        let node = walk.place.file()?;
        walk.files.read_link(node)
    }

    /// Gives the file at `path` one more name, `to_path` from the directory `to`.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::Exists`], [`Errno::CrossDevice`]; [`Errno::ReadOnly`] also where
    /// only the file, not its new name, is read-only; [`Errno::NotPermitted`] for a directory;
    /// [`Errno::NoSpace`], [`Errno::NotSupported`].
    pub fn link(
        &self,
        path: &str,
        follow: bool,
        to: &Self,
        to_path: &str,
        now_ns: u64,
    ) -> Result<(), Errno> {
        self.same_files(to)?;
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::of(follow))?;
        let file = walk.place.file()?;
        walk.to(to.node, to_path, Last::Name)?;
        let place = &walk.place;
        to.vacant_for_file(place)?;
        self.writable()?;
        walk.files.link(file, place.directory, &place.name, now_ns)
    }

    /// Moves what is at `path` to `to_path` from the directory `to`, over a file or an empty
    /// directory of the same kind.
    ///
    /// # Errors
    ///
    /// Those of paths; [`Errno::CrossDevice`], [`Errno::ReadOnly`], [`Errno::NoSpace`];
    /// [`Errno::NotEmpty`], [`Errno::IsDirectory`] and [`Errno::NotDirectory`] for what it would
    /// replace; [`Errno::Invalid`] for a directory that would come to lie in itself;
    /// [`Errno::Busy`] where a path ends with `.` or `..`.
    pub fn rename(&self, path: &str, to: &Self, to_path: &str, now_ns: u64) -> Result<(), Errno> {
        self.same_files(to)?;
        let mut walk = Walk::of(&self.files);
        walk.to(self.node, path, Last::Name)?;
        let from = core::mem::take(&mut walk.place);
        walk.to(to.node, to_path, Last::Name)?;
        let onto = &walk.place;
        if from.is_nameless() || onto.is_nameless() {
            return Err(Errno::Busy);
        }
        from.file()?;
        if onto.slash && !matches!(from.found, Some((_, Kind::Directory))) {
            return Err(Errno::NotDirectory);
        }
        self.writable()?;
        to.writable()?;
        let (from, onto) = ((from.directory, &*from.name), (onto.directory, &*onto.name));
        walk.files.rename(from, onto, now_ns)
    }

    fn same_files(&self, other: &Self) -> Result<(), Errno> {
        let is_same = Arc::ptr_eq(&self.files, &other.files);
        if is_same { Ok(()) } else { Err(Errno::CrossDevice) }
    }

    /// Whether something can be made at `place`.
    fn vacant(&self, place: &Place) -> Result<(), Errno> {
        if place.found.is_some() { Err(Errno::Exists) } else { self.writable() }
    }

    /// Whether something that is no directory can be made at `place`.
    fn vacant_for_file(&self, place: &Place) -> Result<(), Errno> {
        match place.found {
            None if place.slash => Err(Errno::NoEntry),
            _ => self.vacant(place),
        }
    }
}
