//! The corpus of programs beside the checkout, each as `bramble run` runs it.
//!
//! The suites `programs` and `bench`, as far as a program needs no files: those with a `root`
//! wait for the file service.

#![forbid(unsafe_code)]

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;

/// Each run keeps one core of the host busy.
const RUNS_AT_ONCE: usize = 2;

/// Seconds for one program: the longest takes about ten on a slow host.
const TIMEOUT_S: &str = "120";

/// What the kernels of `bench` print; the manifest does not have them. Checked with Node.
const BENCH: [(&str, &str); 8] = [
    ("fib", "fib(30)=832040\n"),
    ("hello", "Hello, World!\n"),
    ("matmul", "matmul 128: 3153308236162\n"),
    ("membulk", "bulk: 8e00a8431c9d0000\n"),
    ("memcpy_loop", "copy: 8e00a8431c9d0000\n"),
    ("nbody", "nbody 20000: -169075163828 -169089262755 (e*1e12)\n"),
    (
        "sha256",
        "8ffdf7e6cfde155ab118e1f70435db9efd0e96745e674854895edd173fc591ca  sha256(1MiB lcg)\n",
    ),
    ("sieve", "primes<=1000000: 78498\n"),
];

/// One program of the corpus and what it should do.
struct Case {
    id: String,
    file: PathBuf,
    args: Vec<String>,
    env: Vec<String>,
    stdin: Vec<u8>,
    stdout: Option<Vec<u8>>,
    exit_code: i32,
}

#[test]
fn every_program_of_the_corpus_that_needs_no_files_does_what_it_should() {
    let Some(corpus) = corpus() else { return };
    let programs = programs(&corpus);
    assert!(!programs.is_empty(), "the manifest has no program without a root");
    let cases: Vec<Case> = programs.into_iter().chain(bench(&corpus)).collect();

    let failures = run_all(&cases);

    let count = failures.len();
    assert!(failures.is_empty(), "{count} of {}:\n{}", cases.len(), failures.join("\n"));
}

#[test]
fn a_program_that_needs_exceptions_is_refused_with_a_clear_message() {
    let Some(corpus) = corpus() else { return };

    let output = bramble().arg(corpus.join("negative/setjmp-needs-EH.wasm")).output().unwrap();

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(126), "{stderr}");
    assert!(stderr.starts_with("bramble: setjmp-needs-EH is not a valid module: "), "{stderr}");
}

/// The corpus; where it is not there the test is passed over, visibly, but not in CI.
fn corpus() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(std::env::var_os("CI").is_none(), "../shared/corpus is not there");
    // Not by `eprintln!`, which is shown only for tests that fail.
    let _ = writeln!(std::io::stderr(), "SKIPPED: ../shared/corpus is not there");
    None
}

/// The cases of the suite `programs` in the manifest that have no `root`.
fn programs(corpus: &Path) -> Vec<Case> {
    let manifest = std::fs::read(corpus.join("MANIFEST.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let cases = manifest["cases"].as_array().unwrap().iter();
    let wanted = cases.filter(|case| case["suite"] == "programs" && case["root"].is_null());
    wanted.map(|case| Case::read(corpus, case)).collect()
}

fn bench(corpus: &Path) -> impl Iterator<Item = Case> {
    BENCH
        .map(|(name, stdout)| Case {
            id: format!("bench/{name}"),
            file: corpus.join(format!("bench/{name}.wasm")),
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
            stdout: Some(stdout.into()),
            exit_code: 0,
        })
        .into_iter()
}

impl Case {
    fn read(corpus: &Path, case: &Value) -> Self {
        let text = |key: &str| case[key].as_str().map(str::to_owned);
        let words = |key: &str| case[key].as_array().into_iter().flatten();
        let variables = case["env"].as_object().into_iter().flatten();
        Self {
            id: text("id").unwrap(),
            file: corpus.join(text("file").unwrap()),
            args: words("args").map(|word| word.as_str().unwrap().to_owned()).collect(),
            env: variables
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                .collect(),
            stdin: text("stdin").unwrap_or_default().into_bytes(),
            stdout: text("stdout").map(String::into_bytes),
            exit_code: case["exit_code"].as_i64().unwrap().try_into().unwrap(),
        }
    }

    /// Runs the program; what was wrong, if anything.
    fn run(&self) -> Result<(), String> {
        let mut command = bramble();
        command.args(["--timeout", TIMEOUT_S]);
        for variable in &self.env {
            command.args(["--env", variable]);
        }
        command.arg(&self.file).args(&self.args);

        let output = output_of(command, &self.stdin);

        // Nothing of the corpus that succeeds complains, and neither may `bramble`.
        let is_quiet = self.exit_code != 0 || output.stderr.is_empty();
        let is_right = is_quiet
            && output.status.code() == Some(self.exit_code)
            && self.stdout.as_ref().is_none_or(|stdout| *stdout == output.stdout);
        if is_right { Ok(()) } else { Err(self.complaint(&output)) }
    }

    fn complaint(&self, output: &Output) -> String {
        format!(
            "{}: {} instead of {}\nstdout: {}\nexpected: {}\nstderr: {}",
            self.id,
            output.status,
            self.exit_code,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(self.stdout.as_deref().unwrap_or(b"anything")),
            String::from_utf8_lossy(&output.stderr),
        )
    }
}

/// `bramble run`, once it is certain that no image has to be built first.
fn bramble() -> Command {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/image/kernel8.img");
    let image = std::env::var_os("BRAMBLE_IMAGE").map_or_else(default, PathBuf::from);
    assert!(image.is_file(), "{} is not there; `make image` builds it", image.display());

    let mut command = Command::new(env!("CARGO_BIN_EXE_bramble"));
    command.arg("run");
    command
}

fn output_of(mut command: Command, stdin: &[u8]) -> Output {
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    // No input is longer than a pipe holds, and a program need not read it.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

/// Runs all cases, some at once, and says what was wrong with those that failed.
fn run_all(cases: &[Case]) -> Vec<String> {
    let waiting = Mutex::new(cases.iter());
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..RUNS_AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some(case) = next else { return };
                    if let Err(complaint) = case.run() {
                        failures.lock().unwrap().push(complaint);
                    }
                }
            });
        }
    });
    failures.into_inner().unwrap()
}
