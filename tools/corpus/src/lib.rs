//! The corpus beside the checkout, for tests: programs that nobody here wrote, what each is
//! started with, and what it should do and leave.
//!
//! All of it is for tests, and panics where the corpus is not as its manifest says.

#![forbid(unsafe_code)]

mod expected;

pub use expected::{Expected, Files, Left};

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

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

/// A program, what it is started with, and what it should do.
pub struct Case {
    /// Its suite and its name.
    pub id: String,
    /// Its module.
    pub file: PathBuf,
    /// Its arguments, without the zeroth.
    pub args: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// What it can read.
    pub stdin: Vec<u8>,
    /// The folder of which it gets a copy at `/`.
    pub root: Option<PathBuf>,
    /// What it should do.
    pub expected: Expected,
}

/// The corpus; where it is not there the test is passed over, visibly, but not in CI.
///
/// # Panics
///
/// If it is not there and `CI` is set.
pub fn folder() -> Option<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if corpus.is_dir() {
        return Some(corpus);
    }
    assert!(std::env::var_os("CI").is_none(), "../shared/corpus is not there");
    tell("SKIPPED: ../shared/corpus is not there");
    None
}

/// Says it even if the test passes, which `eprintln!` does not.
pub fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The cases of `suites` in the manifest.
///
/// # Panics
///
/// If the manifest cannot be read.
pub fn listed(corpus: &Path, suites: &[&str]) -> Vec<Case> {
    let manifest = fs::read(corpus.join("MANIFEST.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let all = manifest["cases"].as_array().unwrap().iter();
    let wanted = all.filter(|case| suites.iter().any(|suite| case["suite"] == *suite));
    wanted.map(|case| Case::read(corpus, case)).collect()
}

/// The programs of `bench`, which the manifest does not list.
pub fn bench(corpus: &Path) -> impl Iterator<Item = Case> + use<> {
    let corpus = corpus.to_owned();
    BENCH.into_iter().map(move |(name, output)| Case {
        id: format!("bench/{name}"),
        file: corpus.join(format!("bench/{name}.wasm")),
        args: Vec::new(),
        env: Vec::new(),
        stdin: Vec::new(),
        root: None,
        expected: Expected::success(output),
    })
}

impl Case {
    fn read(corpus: &Path, case: &Value) -> Self {
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
            env: variables.map(|(name, value)| (name.clone(), text(value))).collect(),
            stdin,
            root: case["root"].as_str().map(|root| corpus.join(root)),
            expected: Expected::read(corpus, case),
        }
    }

    /// Files that it reads and its folder has not got: path and contents.
    pub fn missing(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let its = MISSING.into_iter().filter(|(id, ..)| *id == self.id);
        its.map(|(_, path, text)| (path, text))
    }
}
