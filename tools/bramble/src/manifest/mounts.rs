//! The key `mounts`: which directories an app finds open, and where their files are.

use super::value::{Table, Value};
use anyhow::{anyhow, ensure};
use kernel_core::bundle::Access;
use kernel_core::card::{ACCESSES, size_bytes};
use std::path::{Path, PathBuf};

const KEYS: [&str; 4] = ["bundle", "card", "memory", "access"];

/// A directory that an app finds open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Its path as the app sees it.
    pub(crate) at: String,
    /// Where its files are.
    pub(crate) files: Files,
    /// Whether the app may change them.
    pub(crate) access: Access,
}

/// Where the files of a [`Mount`] are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Files {
    /// This folder of the host, packed into the image.
    Bundle(PathBuf),
    /// This directory of the SD card.
    Card(String),
    /// In memory, which holds so many bytes of them.
    Memory {
        /// That many.
        bytes_max: u64,
    },
}

/// The mounts that `value` names; folders are relative to `folder`.
///
/// # Errors
///
/// Something cannot be so; the error names file and line.
pub(super) fn read(value: &Value<'_>, folder: &Path) -> anyhow::Result<Vec<Mount>> {
    let mut mounts = Vec::new();
    for (at, value) in value.any_table()?.entries() {
        let path = at.text();
        check_path(path).map_err(|why| at.error(why))?;
        let table = value.table(&KEYS)?;
        let (files, access) = read_files(value, &table, folder)?;
        mounts.push(Mount { at: path.to_owned(), files, access });
    }
    Ok(mounts)
}

/// Checks that an app can see a directory as `path`.
///
/// # Errors
///
/// It cannot; the error says why.
pub(crate) fn check_path(path: &str) -> anyhow::Result<()> {
    ensure!(path.starts_with('/'), "a directory's path begins with `/`, which `{path}` does not");
    ensure!(!path.contains('\0'), "a path has no NUL");
    let is_plain = path == "/" || path[1..].split('/').all(|name| !matches!(name, "" | "." | ".."));
    ensure!(is_plain, "a directory's path is plain, without `.`, `..` and a `/` at its end");
    Ok(())
}

fn read_files(
    value: &Value<'_>,
    table: &Table<'_>,
    folder: &Path,
) -> anyhow::Result<(Files, Access)> {
    let access = table.get("access").map(|value| value.one_of(&ACCESSES)).transpose()?;
    let fixed =
        |should_be: Access| match (table.get("access"), access) {
            (Some(value), Some(access)) if access != should_be => Err(value
                .error(anyhow!("files in the image are read-only, those in memory read-write"))),
            _ => Ok(should_be),
        };

    match (table.get("bundle"), table.get("card"), table.get("memory")) {
        (Some(path), None, None) => {
            Ok((Files::Bundle(folder.join(path.text()?)), fixed(Access::ReadOnly)?))
        }
        (None, Some(path), None) => {
            let path_text = path.text()?;
            check_path(&path_text).map_err(|why| path.error(why))?;
            Ok((Files::Card(path_text), access.unwrap_or_default()))
        }
        (None, None, Some(size)) => {
            let bytes_max = size_bytes(&size.text()?)
                .ok_or_else(|| size.error(anyhow!("a size is such as \"64K\" or \"16M\"")))?;
            Ok((Files::Memory { bytes_max }, fixed(Access::ReadWrite)?))
        }
        _ => Err(value.error(anyhow!("a mount has one of the keys `bundle`, `card`, `memory`"))),
    }
}
