//! Programs of other people's, run on the host as the kernel runs them.

mod expected;
mod machine;
mod tree;

use expected::Expected;
use machine::{Machine, Written};
use runtime::{End, Guest, Itself, Limits, Program, Turn};
use serde_json::Value;
use service_wasi::{Wasi, link};
use std::fs;
use std::path::{Path, PathBuf};
use tree::Tree;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");

const BENCHMARKS: [&str; 8] =
    ["fib", "hello", "matmul", "membulk", "memcpy_loop", "nbody", "sha256", "sieve"];

const LIMITS: Limits = Limits {
    module_bytes_max: 16 << 20,
    function_bytes_max: 256 << 10,
    memory_pages_max: 2048,
    table_elements_max: 1 << 20,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

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
    pub id: String,
    wasm: Vec<u8>,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Vec<u8>,
    /// The files that it finds at its root directory.
    root: Option<Tree>,
    expected: Expected,
}

/// All that can be seen of a program's life.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub end: End,
    pub written: Written,
    /// The files that it leaves, if it was given any.
    pub files: Option<Tree>,
    pub fuel_used: u64,
    pub memory_bytes: usize,
}

/// The cases of `suites`, of which `bench` is one that the manifest does not list; `None` where there is no corpus, which is visible, but not in CI.
pub fn cases(suites: &[&str]) -> Option<Vec<Case>> {
    let corpus = Path::new(CORPUS);
    if !corpus.exists() {
        assert!(std::env::var_os("CI").is_none(), "there is no corpus");
        println!("SKIPPED: there is no corpus");
        return None;
    }
    let manifest = fs::read(corpus.join("MANIFEST.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let cases = manifest["cases"].as_array().unwrap().iter();
    let wanted = cases.filter(|case| suites.iter().any(|suite| case["suite"] == *suite));
    let kernels = BENCHMARKS.iter().filter(|_| suites.contains(&"bench"));
    let kernels = kernels.map(|name| Case::benchmark(corpus, name));
    Some(wanted.map(|case| Case::read(corpus, case)).chain(kernels).collect())
}

impl Case {
    /// A program that wants nothing, and need only end.
    fn benchmark(corpus: &Path, name: &str) -> Self {
        Self {
            id: format!("bench/{name}"),
            wasm: fs::read(corpus.join(format!("bench/{name}.wasm"))).unwrap(),
            args: vec![name.to_owned()],
            env: Vec::new(),
            stdin: Vec::new(),
            root: None,
            expected: Expected::default(),
        }
    }

    fn read(corpus: &Path, case: &Value) -> Self {
        let file: PathBuf = corpus.join(case["file"].as_str().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut args = vec![file.file_name().unwrap().to_str().unwrap().to_owned()];
        args.extend(case["args"].as_array().into_iter().flatten().map(text));
        let env = case["env"].as_object().into_iter().flatten();
        assert!(matches!(case["guest_dir"].as_str(), None | Some("/")), "{}", case["id"]);
        let stdin = match (&case["stdin"], &case["stdin_file"]) {
            (Value::String(stdin), _) => stdin.clone().into_bytes(),
            (_, Value::String(file)) => fs::read(corpus.join(file)).unwrap(),
            _ => Vec::new(),
        };
        let mut root = case["root"].as_str().map(|root| Tree::read(&corpus.join(root)));
        for (id, path, text) in MISSING {
            if let Some(root) = root.as_mut().filter(|_| case["id"] == id) {
                root.add_missing(path, text);
            }
        }
        Self {
            id: text(&case["id"]),
            wasm: fs::read(&file).unwrap(),
            args,
            env: env.map(|(name, value)| (name.clone(), text(value))).collect(),
            stdin,
            root,
            expected: Expected::read(corpus, case),
        }
    }

    /// Runs the program in turns of `fuel` to its end; what it waits for is there at once.
    pub fn run(&self, fuel: u64) -> Outcome {
        let machine = Machine::new();
        let root = self.root.as_ref().map(Tree::mount);
        let mounts = root.clone().into_iter().collect();
        let wasi: Wasi = machine.wasi(&self.args, &self.env, &self.stdin, mounts);
        let program = Program::load(&self.wasm, false, &LIMITS, &machine::ROOMY).unwrap();
        let mut guest =
            Guest::new(&program, wasi, &LIMITS, &machine::ROOMY, |imports| link(imports, Itself))
                .unwrap();

        let end = loop {
            match guest.turn(fuel) {
                Turn::OutOfFuel => {}
                Turn::Parked(until) => machine.pass(until),
                Turn::Ended(end) => break end,
            }
        };
        Outcome {
            end,
            written: machine.written(),
            files: root.map(|root| Tree::of(&root.directory)),
            fuel_used: guest.fuel_used(),
            memory_bytes: guest.memory_bytes(),
        }
    }

    /// What of `outcome` the manifest says otherwise.
    pub fn complaints(&self, outcome: &Outcome) -> Vec<String> {
        self.expected.complaints(outcome)
    }
}
