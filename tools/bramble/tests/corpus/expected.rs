//! What the manifest says that a program does.

use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use std::process::Output;

/// What a program does; nothing of what is `None` or empty is looked at.
#[derive(Default)]
pub struct Expected {
    exit_code: i32,
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

impl Expected {
    /// That it writes `output` and ends with 0.
    pub fn success(output: &str) -> Self {
        Self { output: Some(Text::Whole(output.into())), ..Self::default() }
    }

    pub fn read(corpus: &Path, case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let file = || Some(fs::read(corpus.join(case["stdout_file"].as_str()?)).unwrap());
        let output = text("stdout").map(|text| Text::Whole(text.into_bytes()));
        let names = case["files_after"].as_array().filter(|_| !case["root"].is_null());
        let hashes = case["expect_files_sha256"].as_object().into_iter().flatten();
        assert!(case["stdout_regex"].is_null(), "{} has a pattern of another kind", case["id"]);
        Self {
            exit_code: case["exit_code"].as_i64().unwrap().try_into().unwrap(),
            output: output
                .or_else(|| file().map(Text::Whole))
                .or_else(|| text("stdout_sha1").map(Text::Sha1))
                .or_else(|| text("stdout_fnmatch").map(Text::Pattern)),
            names: names.map(|names| names.iter().map(owned).collect()),
            hashes: hashes.map(|(path, hash)| (path.clone(), owned(hash))).collect(),
        }
    }

    /// What of `output`, and of what is now in the folder `root`, is otherwise.
    pub fn complaints(&self, output: &Output, root: Option<&Path>) -> Vec<String> {
        let mut complaints = Vec::new();
        if output.status.code() != Some(self.exit_code) {
            complaints.push(format!("{} instead of {}", output.status, self.exit_code));
        }
        if self.output.as_ref().is_some_and(|text| !text.matches(&output.stdout)) {
            complaints.push("wrote something else".to_owned());
        }
        if String::from_utf8_lossy(&output.stderr).contains("bramble: ") {
            complaints.push("was complained about".to_owned());
        }
        if let Some(root) = root {
            complaints.extend(self.complaints_about_files(root));
        }
        complaints
    }

    fn complaints_about_files(&self, root: &Path) -> Vec<String> {
        let mut complaints = Vec::new();
        let names = names_in(root);
        if self.names.as_ref().is_some_and(|expected| *expected != names) {
            complaints.push(format!("left {names:?}"));
        }
        for (path, hash) in &self.hashes {
            let bytes = fs::read(root.join(path)).ok();
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

/// The names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn owned(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
