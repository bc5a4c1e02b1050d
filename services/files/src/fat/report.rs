//! What a check found, in one line.

use core::fmt;

/// What a check of a volume found and, unless the disk is protected, repaired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files and directories that were looked at.
    pub files: u32,
    /// Clusters that were in use, but no file had them: they were freed.
    pub freed_clusters: u32,
    /// Files that were cut to what was there.
    pub cut_files: u32,
    /// Directories that led nowhere, or to where another leads: their names were taken out.
    pub removed_entries: u32,
    /// Renames that the power cut off: the old name was taken out.
    pub finished_renames: u32,
    /// Pieces of names that no file has: they were taken out.
    pub stray_names: u32,
    /// Chains that went on behind their file's end, and `..` that led elsewhere.
    pub mended_links: u32,
    /// Blocks in which copies of the allocation table differed: the first copy stands.
    pub copied_blocks: u32,
    /// Whether nothing was repaired, because the disk is protected.
    pub is_only_found: bool,
}

impl Report {
    /// Whether there was nothing to repair.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.counts().iter().all(|(count, _)| *count == 0)
    }

    fn counts(&self) -> [(u32, &'static str); 7] {
        [
            (self.freed_clusters, "lost clusters freed"),
            (self.cut_files, "files cut"),
            (self.removed_entries, "names that led nowhere removed"),
            (self.finished_renames, "renames finished"),
            (self.stray_names, "stray pieces of names removed"),
            (self.mended_links, "links mended"),
            (self.copied_blocks, "blocks of the table copied"),
        ]
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files checked", self.files)?;
        for (count, what) in self.counts().into_iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {what}")?;
        }
        if self.is_clean() {
            f.write_str(", nothing to repair")?;
        } else if self.is_only_found {
            f.write_str(": not done, the card is protected")?;
        }
        Ok(())
    }
}
