//! What the manifest says that a program does.

use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fmt::Display;
use std::fs;
use std::path::Path;

/// What a program does; nothing of what is `None` or empty is looked at.
#[derive(Default)]
pub struct Expected {
    exit_code: i64,
    output: Option<Text>,
    /// The names at the top of its folder afterwards.
    names: Option<Vec<String>>,
    /// SHA-256 of files in the folder, by path.
    hashes: Vec<(String, String)>,
}

/// What is said about standard output.
enum Text {
    Whole(Vec<u8>),
    Sha1(String),
    /// With `*` for anything.
    Pattern(String),
}

/// What a program did and left.
pub struct Left<'a> {
    /// With what it ended, if it was an exit.
    pub exit_code: Option<i64>,
    /// How it ended, in words.
    pub end: &'a dyn Display,
    /// All of its standard output.
    pub output: &'a [u8],
    /// Its files, if it was given any.
    pub files: Option<&'a dyn Files>,
}

/// A folder, wherever it is.
pub trait Files {
    /// The names at its top, sorted.
    fn names(&self) -> Vec<String>;

    /// The bytes of the file at `path`, if there is one.
    fn bytes(&self, path: &str) -> Option<Vec<u8>>;
}

impl Files for &Path {
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self).unwrap().map(Result::unwrap);
        let mut names: Vec<_> =
            entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn bytes(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.join(path)).ok()
    }
}

impl Expected {
    /// That it writes `output` and ends with 0.
    pub(crate) fn success(output: &str) -> Self {
        Self { output: Some(Text::Whole(output.into())), ..Self::default() }
    }

    pub(crate) fn read(corpus: &Path, case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let file = || Some(fs::read(corpus.join(case["stdout_file"].as_str()?)).unwrap());
        let output = text("stdout").map(|text| Text::Whole(text.into_bytes()));
        let names = case["files_after"].as_array().filter(|_| !case["root"].is_null());
        let hashes = case["expect_files_sha256"].as_object().into_iter().flatten();
        assert!(case["stdout_regex"].is_null(), "{} has a pattern of another kind", case["id"]);
        Self {
            exit_code: case["exit_code"].as_i64().unwrap(),
            output: output
                .or_else(|| file().map(Text::Whole))
                .or_else(|| text("stdout_sha1").map(Text::Sha1))
                .or_else(|| text("stdout_fnmatch").map(Text::Pattern)),
            names: names.map(|names| names.iter().map(owned).collect()),
            hashes: hashes.map(|(path, hash)| (path.clone(), owned(hash))).collect(),
        }
    }

    /// What of `left` is otherwise.
    pub fn complaints(&self, left: &Left<'_>) -> Vec<String> {
        let mut complaints = Vec::new();
        if left.exit_code != Some(self.exit_code) {
            complaints.push(format!("ended with {} instead of {}", left.end, self.exit_code));
        }
        if self.output.as_ref().is_some_and(|text| !text.matches(left.output)) {
            complaints.push("wrote something else".to_owned());
        }
        if let Some(files) = left.files {
            complaints.extend(self.complaints_about(files));
        }
        complaints
    }

    fn complaints_about(&self, files: &dyn Files) -> Vec<String> {
        let mut complaints = Vec::new();
        let names = files.names();
        if self.names.as_ref().is_some_and(|expected| *expected != names) {
            complaints.push(format!("left {names:?}"));
        }
        for (path, hash) in &self.hashes {
            let bytes = files.bytes(path);
            if bytes.map(|bytes| hex(&Sha256::digest(bytes))).as_ref() != Some(hash) {
                complaints.push(format!("left something else in {path}"));
            }
        }
        complaints
    }
}

impl Text {
    fn matches(&self, output: &[u8]) -> bool {
        match self {
            Self::Whole(text) => text == output,
            Self::Sha1(hash) => *hash == hex(&Sha1::digest(output)),
            Self::Pattern(pattern) => matches(pattern, &String::from_utf8_lossy(output)),
        }
    }
}

/// Whether `text` is `pattern` with something for each `*`.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(text) = text.strip_prefix(start) else { return false };
    let mut tails = text.char_indices().map(|(at, _)| &text[at..]).chain([""]);
    tails.any(|tail| matches(rest, tail))
}

fn owned(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn left<'a>(output: &'a [u8], files: Option<&'a dyn Files>) -> Left<'a> {
        Left { exit_code: Some(0), end: &"code 0", output, files }
    }

    #[test]
    fn a_star_stands_for_anything_and_for_nothing() {
        assert!(matches("a*c*", "abbc") && matches("a*c", "ac"));
        assert!(!matches("a*c", "acd") && !matches("a*c", "bc"));
    }

    #[test]
    fn another_end_or_output_is_complained_about() {
        let expected = Expected::success("yes\n");

        assert!(expected.complaints(&left(b"yes\n", None)).is_empty());
        assert_eq!(expected.complaints(&left(b"no\n", None)), ["wrote something else"]);
        let trapped = Left { exit_code: None, end: &"a trap", ..left(b"yes\n", None) };
        assert_eq!(expected.complaints(&trapped), ["ended with a trap instead of 0"]);
    }

    #[test]
    fn files_are_held_to_their_names_and_hashes() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let case = json!({
            "id": "x", "exit_code": 0, "root": "r", "files_after": ["a"],
            "expect_files_sha256": { "a": empty, "b": empty },
        });

        let files = folder.path();
        let complaints = Expected::read(files, &case).complaints(&left(b"", Some(&files)));
        assert_eq!(complaints, ["left something else in b"]);
        fs::write(folder.path().join("b"), "").unwrap();
        let complaints = Expected::read(files, &case).complaints(&left(b"", Some(&files)));
        assert_eq!(complaints, [r#"left ["a", "b"]"#]);
    }
}
