//! The interpreter's parser as the kernel has it: as it is published, with the changes of
//! `kernel/wasmparser.diff`, which says why.
//!
//! Nothing of it lies in the checkout. It is copied from where cargo keeps it to where cargo is then
//! told to take it from, for the kernel alone: all tests on the host have it as it is published.
//!
//! Source: *The Cargo Book*, "Overriding Dependencies", on `paths`.

use crate::{process, workspace};
use anyhow::{Context, ensure};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

const DIFF: &str = include_str!("../../../../kernel/wasmparser.diff");

/// One change of a file: this text, which it has once, becomes that.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    /// The package's name and version, a slash, and the file's path in the package.
    file: String,
    before: String,
    after: String,
}

/// Makes the changed parser, and gives the setting that has cargo use it.
///
/// # Errors
///
/// Cargo does not have the package, or it is not as the changes expect it; or its copy cannot be
/// written.
pub(super) fn setting() -> anyhow::Result<String> {
    let changes = changes(DIFF);
    let package = changes.first().and_then(|change| change.file.split('/').next());
    let package = package.context("kernel/wasmparser.diff is empty")?;
    let copy = workspace::target().join("parser").join(package);
    copy_changed(&published(package)?, &copy, package, &changes)?;
    Ok(format!("paths = {}", toml::Value::from(vec![copy.display().to_string()])))
}

/// Where cargo keeps `package`, which is a name and a version.
fn published(package: &str) -> anyhow::Result<PathBuf> {
    let metadata = process::output_of(process::cargo(&[]).args(["metadata", "--format-version=1"]));
    let metadata: Value = serde_json::from_str(&metadata.context("`cargo metadata` failed")?)?;
    let packages = metadata["packages"].as_array();
    let is_wanted = |found: &&Value| {
        let [name, version] = ["name", "version"].map(|key| found[key].as_str().unwrap_or(""));
        package.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) == Some(version)
    };
    let found = packages.and_then(|packages| packages.iter().find(is_wanted));
    let manifest = found.and_then(|found| found["manifest_path"].as_str());
    let manifest = manifest.with_context(|| {
        format!("kernel/wasmparser.diff is for {package}, which is not what the interpreter uses")
    })?;
    Ok(Path::new(manifest).with_file_name(""))
}

/// The changes that `diff` has, a unified diff with any text before it.
fn changes(diff: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut file = "";
    for line in diff.lines() {
        if let Some(path) = line.strip_prefix("--- ") {
            file = path;
        } else if line.starts_with("@@ ") {
            let (before, after) = (String::new(), String::new());
            changes.push(Change { file: file.into(), before, after });
        } else if let Some(change) = changes.last_mut().filter(|change| change.file == file) {
            let (mark, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            if mark != "+" {
                change.before.extend([text, "\n"]);
            }
            if mark != "-" {
                change.after.extend([text, "\n"]);
            }
        }
    }
    changes
}

/// Makes `copy` what the folder `original`, called `name` in `changes`, is with these. A file that
/// is so already is left alone, or cargo would build it again.
fn copy_changed(
    original: &Path,
    copy: &Path,
    name: &str,
    changes: &[Change],
) -> anyhow::Result<()> {
    fs::create_dir_all(copy).with_context(|| format!("cannot make {}", copy.display()))?;
    let entries = fs::read_dir(original);
    for entry in entries.with_context(|| format!("cannot read {}", original.display()))? {
        let entry = entry?;
        let (path, copy) = (entry.path(), copy.join(entry.file_name()));
        let name = format!("{name}/{}", entry.file_name().display());
        if entry.file_type()?.is_dir() {
            copy_changed(&path, &copy, &name, changes)?;
            continue;
        }
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let bytes = changed(bytes, changes.iter().filter(|change| change.file == name))?;
        if fs::read(&copy).ok().as_ref() != Some(&bytes) {
            fs::write(&copy, bytes).with_context(|| format!("cannot write {}", copy.display()))?;
        }
    }
    Ok(())
}

/// The bytes of a file with `changes`.
fn changed<'c>(
    bytes: Vec<u8>,
    changes: impl Iterator<Item = &'c Change>,
) -> anyhow::Result<Vec<u8>> {
    changes.into_iter().try_fold(bytes, |bytes, Change { file, before, after }| {
        let text = String::from_utf8(bytes).with_context(|| format!("{file} is not a text"))?;
        let places = text.matches(before).count();
        ensure!(places == 1, "{file} has {places} places that kernel/wasmparser.diff may mean");
        Ok(text.replacen(before, after, 1).into_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "Why.\n\n--- p-1.0/src/a.rs\n+++ p-1.0/src/a.rs\n@@ -1,3 +1,3 @@\n one\n-two\n\
                       +2\n three\n";

    #[test]
    fn a_diff_says_what_becomes_what() {
        let file = "p-1.0/src/a.rs".into();
        let (before, after) = ("one\ntwo\nthree\n".into(), "one\n2\nthree\n".into());

        assert_eq!(changes(ONE), [Change { file, before, after }]);
    }

    #[test]
    fn a_copy_has_the_changes_and_all_else_as_it_was() {
        let folders = tempfile::tempdir().unwrap();
        let [original, copy] = ["original", "copy"].map(|name| folders.path().join(name));
        fs::create_dir_all(original.join("src")).unwrap();
        fs::write(original.join("src/a.rs"), "zero\none\ntwo\nthree\n").unwrap();
        fs::write(original.join("b"), [0xff]).unwrap();

        copy_changed(&original, &copy, "p-1.0", &changes(ONE)).unwrap();

        assert_eq!(fs::read(copy.join("src/a.rs")).unwrap(), b"zero\none\n2\nthree\n");
        assert_eq!(fs::read(copy.join("b")).unwrap(), [0xff]);
    }

    #[test]
    fn a_copy_that_is_as_it_should_be_is_not_written_again() {
        let folders = tempfile::tempdir().unwrap();
        let [original, copy] = ["original", "copy"].map(|name| folders.path().join(name));
        fs::create_dir(&original).unwrap();
        fs::write(original.join("b"), "").unwrap();
        copy_changed(&original, &copy, "p-1.0", &[]).unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        fs::File::options()
            .write(true)
            .open(copy.join("b"))
            .unwrap()
            .set_modified(long_ago)
            .unwrap();

        copy_changed(&original, &copy, "p-1.0", &[]).unwrap();

        assert_eq!(fs::metadata(copy.join("b")).unwrap().modified().unwrap(), long_ago);
    }

    #[test]
    fn a_change_that_fits_nowhere_or_twice_is_an_error() {
        for text in ["one\ntwo\n", "one\ntwo\nthree\none\ntwo\nthree\n"] {
            let error = changed(text.into(), changes(ONE).iter()).unwrap_err();
            assert!(error.to_string().starts_with("p-1.0/src/a.rs has "), "{error}");
        }
    }

    #[test]
    fn the_parser_that_the_interpreter_uses_takes_all_changes() {
        let setting = setting().unwrap();

        let changes = changes(DIFF);
        for Change { file, after, .. } in &changes {
            let text = fs::read_to_string(workspace::target().join("parser").join(file)).unwrap();
            assert_eq!(text.matches(after.as_str()).count(), 1, "{file}");
        }
        assert!(setting.starts_with("paths = [\"/"), "{setting}");
    }
}
