//! A walk through all directories of a volume, for a check.

use super::directory::Directory;
use super::scan::{Item, Scan};
use super::table::Table;
use abi::Errno;
use alloc::vec::Vec;

/// Where the walk is in one directory.
struct Level {
    directory: Directory,
    index: u32,
}

/// A walk; it goes down only where it is told to.
pub(super) struct Walk {
    levels: Vec<Level>,
    /// Whether pieces of names that no file has are taken out.
    mends: bool,
    /// How many there were.
    pub strays: u32,
}

impl Walk {
    /// Begins at the root.
    pub(super) fn new(table: &Table, mends: bool) -> Self {
        let directory = Directory::new(table, 0);
        Self { levels: alloc::vec![Level { directory, index: 0 }], mends, strays: 0 }
    }

    /// The next file.
    ///
    /// # Errors
    ///
    /// [`Errno::Io`].
    pub(super) fn next(&mut self, table: &mut Table) -> Result<Option<Item>, Errno> {
        while let Some(level) = self.levels.last_mut() {
            let mut scan = Scan::new(&mut level.directory, level.index);
            scan.strays = Some(Vec::new());
            let item = scan.next(table)?;
            let strays = scan.strays.unwrap_or_default();
            self.strays += strays.len() as u32;
            if self.mends {
                strays.iter().try_for_each(|index| level.directory.delete(table, *index))?;
            }
            match item {
                Some(item) => {
                    level.index = item.index + 1;
                    return Ok(Some(item));
                }
                None => self.levels.pop(),
            };
        }
        Ok(None)
    }

    /// Goes down into the directory at cluster `first`.
    pub(super) fn enter(&mut self, table: &Table, first: u32) {
        self.levels.push(Level { directory: Directory::new(table, first), index: 0 });
    }

    /// The directory of the file that came last; `None` only when all is done.
    pub(super) fn directory(&mut self) -> Option<&mut Directory> {
        self.levels.last_mut().map(|level| &mut level.directory)
    }

    /// Whether the walk is in the directory at cluster `first`, or in one below.
    pub(super) fn is_inside(&self, first: u32) -> bool {
        self.levels.iter().any(|level| level.directory.first() == first)
    }

    /// How deep it is.
    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }
}
