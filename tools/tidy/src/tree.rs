//! The files of the project.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder that holds the whole project.
///
/// # Panics
///
/// If this crate has left its place in it.
#[must_use]
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().expect("tidy is in tools/tidy")
}

/// A file of the project.
#[derive(Clone, Debug)]
pub struct File {
    /// Where it is, counted from the root, with `/` between folders.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A package of the project.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its folder, counted from the root, with `/` between folders.
    pub folder: String,
    /// What its `Cargo.toml` says.
    pub manifest: toml::Table,
}

/// Every Rust source file, in order of their paths.
#[must_use]
pub fn rust_files() -> Vec<File> {
    files(|path| path.ends_with(".rs"))
}

/// Every package, in order of their folders.
///
/// # Panics
///
/// If a `Cargo.toml` is not TOML.
#[must_use]
pub fn packages() -> Vec<Package> {
    let package = |File { path, text }: File| {
        let folder = path.strip_suffix("/Cargo.toml")?.to_owned();
        let manifest = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        Some(Package { folder, manifest })
    };
    files(|path| path.ends_with("/Cargo.toml")).into_iter().filter_map(package).collect()
}

/// The folders in the root, but for hidden ones and what the compiler writes.
#[must_use]
pub fn top_level_folders() -> Vec<String> {
    let mut folders: Vec<String> = children(&root())
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|path| name(&path))
        .collect();
    folders.sort();
    folders
}

/// The project's files whose path, counted from the root, is `wanted`.
fn files(wanted: impl Fn(&str) -> bool) -> Vec<File> {
    let root = root();
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for child in children(&folder) {
            if child.is_dir() {
                folders.push(child);
                continue;
            }
            let path = relative(&root, &child);
            if wanted(&path) {
                let text = fs::read_to_string(&child)
                    .unwrap_or_else(|error| panic!("{path} cannot be read: {error}"));
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// What is in `folder`, but for hidden things, links and what the compiler writes.
fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()));
    entries
        .map(|entry| entry.expect("the folder is readable to its end").path())
        .filter(|path| !path.is_symlink() && !name(path).starts_with('.') && name(path) != "target")
        .collect()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).expect("the walk starts at the root");
    let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}
