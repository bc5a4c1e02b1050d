//! One program of the corpus: what it is given, and a run of it.

use super::expected::Expected;
use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// Seconds for one program: the longest takes about ten, and many more where others compute too.
const TIMEOUT_S: &str = "300";

/// Files that programs read and the corpus has not got: case, path and what is in it, as far as
/// what the program should print tells.
const MISSING: [(&str, &str, &str); 2] = [
    ("wasm3/fast/simple-wasi-test", "wasi/simple/0.txt", "Hello world"),
    (
        "wasm3/fast/mal",
        "wasi/mal/test-fib.mal",
        "(def! fib (fn* (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))
         (println (fib (read-string (first *ARGV*))))",
    ),
];

/// One program of the corpus and what it should do.
pub struct Case {
    pub id: String,
    file: PathBuf,
    args: Vec<String>,
    env: Vec<String>,
    stdin: Vec<u8>,
    /// The folder of which it gets a copy at `/`.
    root: Option<PathBuf>,
    expected: Expected,
}

impl Case {
    /// A kernel of the suite `bench`.
    pub fn bench(corpus: &Path, name: &str, stdout: &str) -> Self {
        Self {
            id: format!("bench/{name}"),
            file: corpus.join(format!("bench/{name}.wasm")),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            root: None,
            expected: Expected::success(stdout),
        }
    }

    /// A case of the manifest.
    pub fn read(corpus: &Path, case: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        assert!(matches!(case["guest_dir"].as_str(), None | Some("/")), "{}", case["id"]);
        let words = case["args"].as_array().into_iter().flatten();
        let variables = case["env"].as_object().into_iter().flatten();
        let stdin = match (&case["stdin"], &case["stdin_file"]) {
            (Value::String(stdin), _) => stdin.clone().into_bytes(),
            (_, Value::String(file)) => fs::read(corpus.join(file)).unwrap(),
            _ => Vec::new(),
        };
        Self {
            id: text(&case["id"]),
            file: corpus.join(text(&case["file"])),
            args: words.map(text).collect(),
            env: variables.map(|(name, value)| format!("{name}={}", text(value))).collect(),
            stdin,
            root: case["root"].as_str().map(|root| corpus.join(root)),
            expected: Expected::read(corpus, case),
        }
    }

    /// Runs the program.
    ///
    /// # Errors
    ///
    /// It did something else than it should: what, and all that it said.
    pub fn run(&self) -> Result<(), String> {
        let root = self.root.as_deref().map(|root| self.copy_of(root));
        let mut command = super::bramble();
        command.args(["--timeout", TIMEOUT_S]);
        for variable in &self.env {
            command.args(["--env", variable]);
        }
        if let Some(root) = &root {
            command.arg("--dir").arg(format!("{}::/", root.path().display()));
        }
        command.arg(&self.file).args(&self.args);

        let output = output_of(command, &self.stdin);

        let complaints = self.expected.complaints(&output, root.as_ref().map(TempDir::path));
        if complaints.is_empty() { Ok(()) } else { Err(self.complaint(&complaints, &output)) }
    }

    /// A copy of the program's folder, with the files that the corpus has not got.
    fn copy_of(&self, root: &Path) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(root, copy.path());
        for (_, path, text) in MISSING.iter().filter(|(id, ..)| *id == self.id) {
            let path = copy.path().join(path);
            if !path.exists() {
                fs::write(path, text).unwrap();
            }
        }
        copy
    }

    fn complaint(&self, complaints: &[String], output: &Output) -> String {
        format!(
            "{}: {}\nstdout: {}\nstderr: {}",
            self.id,
            complaints.join("; "),
            end_of(&output.stdout),
            end_of(&output.stderr),
        )
    }
}

/// As much of the end of what a program wrote as a person reads.
fn end_of(written: &[u8]) -> String {
    const BYTES_MAX: usize = 1000;
    written[written.len().saturating_sub(BYTES_MAX)..].escape_ascii().to_string()
}

/// Copies what is in `from`, which has no links, to the folder `to`.
fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            // Made anew, since folders of the corpus may not be written.
            fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            fs::write(&to, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

fn output_of(mut command: Command, stdin: &[u8]) -> Output {
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    // No input is longer than a pipe holds, and a program need not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}
