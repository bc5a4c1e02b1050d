//! One program of the corpus: what it is given, and a run of it.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use wasm_corpus::{Files, Left};

/// Seconds for one program: the longest takes about ten, and many more where others compute too.
const TIMEOUT_S: &str = "300";

/// One program of the corpus.
pub struct Case(pub wasm_corpus::Case);

impl Case {
    /// Runs the program.
    ///
    /// # Errors
    ///
    /// It did something else than it should: what, and all that it said.
    pub fn run(&self) -> Result<(), String> {
        let root = self.0.root.as_deref().map(|root| self.copy_of(root));
        let mut command = super::bramble();
        command.args(["--timeout", TIMEOUT_S]);
        for (name, value) in &self.0.env {
            command.arg("--env").arg(format!("{name}={value}"));
        }
        if let Some(root) = &root {
            command.arg("--dir").arg(format!("{}::/", root.path().display()));
        }
        command.arg(&self.0.file).args(&self.0.args);

        let output = output_of(command, &self.0.stdin);

        let folder = root.as_ref().map(TempDir::path);
        let complaints = self.complaints(&output, folder);
        if complaints.is_empty() { Ok(()) } else { Err(self.complaint(&complaints, &output)) }
    }

    fn complaints(&self, output: &Output, folder: Option<&Path>) -> Vec<String> {
        let left = Left {
            exit_code: output.status.code().map(i64::from),
            end: &output.status,
            output: &output.stdout,
            files: folder.as_ref().map(|folder| folder as &dyn Files),
        };
        let mut complaints = self.0.expected.complaints(&left);
        if String::from_utf8_lossy(&output.stderr).contains("bramble: ") {
            complaints.push("was complained about".to_owned());
        }
        complaints
    }

    /// A copy of the program's folder, with the files that the corpus has not got.
    fn copy_of(&self, root: &Path) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(root, copy.path());
        for (path, text) in self.0.missing() {
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
            self.0.id,
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
