//! What the manifest says that a program does.

use super::Outcome;
use runtime::End;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// What a program does; nothing of what is `None` or empty is looked at.
#[derive(Default)]
pub struct Expected {
    exit_code: u32,
    output: Option<Text>,
    /// The names at the top of its tree afterwards.
    names: Option<Vec<String>>,
    /// SHA-256 of files in the tree, by path.
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
    pub fn read(corpus: &Path, case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let file = || Some(fs::read(corpus.join(case["stdout_file"].as_str()?)).unwrap());
        let output = text("stdout").map(|text| Text::Whole(text.into_bytes()));
        let names = case["files_after"].as_array().filter(|_| !case["root"].is_null());
        let hashes = case["expect_files_sha256"].as_object().into_iter().flatten();
        assert!(case["stdout_regex"].is_null(), "{} has a pattern of another kind", case["id"]);
        Self {
            exit_code: case["exit_code"].as_u64().unwrap().try_into().unwrap(),
            output: output
                .or_else(|| file().map(Text::Whole))
                .or_else(|| text("stdout_sha1").map(Text::Sha1))
                .or_else(|| text("stdout_fnmatch").map(Text::Pattern)),
            names: names.map(|names| names.iter().map(owned).collect()),
            hashes: hashes.map(|(path, hash)| (path.clone(), owned(hash))).collect(),
        }
    }

    /// What of `outcome` is otherwise.
    pub fn complaints(&self, outcome: &Outcome) -> Vec<String> {
        let mut complaints = Vec::new();
        if !ended_with(&outcome.end, self.exit_code) {
            complaints.push(format!("ended with {} instead of {}", outcome.end, self.exit_code));
        }
        let output = stream(outcome, 1);
        if self.output.as_ref().is_some_and(|text| !text.matches(&output)) {
            complaints.push(format!("wrote {:?}", String::from_utf8_lossy(&output)));
        }
        complaints.extend(self.complaints_about_files(outcome));
        if !complaints.is_empty() {
            complaints.push(format!("said {:?}", String::from_utf8_lossy(&stream(outcome, 2))));
        }
        complaints
    }

    fn complaints_about_files(&self, outcome: &Outcome) -> Vec<String> {
        let Some(files) = &outcome.files else { return Vec::new() };
        let mut complaints = Vec::new();
        if self.names.as_ref().is_some_and(|names| *names != files.names()) {
            complaints.push(format!("left {:?}", files.names()));
        }
        for (path, hash) in &self.hashes {
            if files.bytes(path).map(|bytes| hex(&Sha256::digest(bytes))).as_ref() != Some(hash) {
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

fn ended_with(end: &End, exit_code: u32) -> bool {
    match end {
        End::Exit(code) => *code == exit_code,
        _ => false,
    }
}

/// All that was written to a descriptor.
fn stream(outcome: &Outcome, number: u8) -> Vec<u8> {
    let written = outcome.written.iter().filter(|(stream, _)| *stream == number);
    written.flat_map(|(_, bytes)| bytes).copied().collect()
}

fn owned(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
