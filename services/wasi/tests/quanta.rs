//! Programs of other people's, cut into turns: where a turn ends must make no difference.
//!
//! Each program of the corpus runs uninterrupted and again in turns of a few sizes. There are
//! no files here, so a program that wants one ends with a message, which must be the same each
//! time.

use device::{Clock, Rng, RngError};
use runtime::{End, Guest, Limits, Pool, Program, Turn};
use serde_json::Value;
use service_wasi::{Input, Output, Read, Surroundings, Wasi, link};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");

/// The suites with programs that need no more than a console.
const SUITES: [&str; 2] = ["programs", "wasm3-wasi"];

const BENCHMARKS: [&str; 8] =
    ["fib", "hello", "matmul", "membulk", "memcpy_loop", "nbody", "sha256", "sieve"];

/// Fuel of a turn that interrupts nothing.
const WHOLE: u64 = 1 << 40;

/// Fuel for turns, for every program.
const TURNS: [u64; 2] = [1_000, 100_000];

/// Fuel for turns, for programs that use no more than [`SHORT_FUEL_MAX`].
const SMALLEST_TURNS: [u64; 2] = [1, 7];
const SHORT_FUEL_MAX: u64 = 3_000_000;

const LIMITS: Limits = Limits {
    module_bytes_max: 16 << 20,
    function_bytes_max: 256 << 10,
    memory_pages_max: 2048,
    table_elements_max: 1 << 20,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

#[test]
fn where_turns_end_makes_no_difference_to_any_program() {
    let corpus = Path::new(CORPUS);
    if !corpus.exists() {
        assert!(std::env::var_os("CI").is_none(), "there is no corpus");
        println!("SKIPPED: there is no corpus");
        return;
    }

    let cases = cases(corpus);
    assert!(cases.len() >= 40, "the corpus has only {} programs", cases.len());
    println!("{:<50} {:>12}  fuel of turns", "program", "fuel");
    for case in &cases {
        let whole = case.run(WHOLE);
        let small = if whole.fuel_used <= SHORT_FUEL_MAX { &SMALLEST_TURNS[..] } else { &[] };
        println!("{:<50} {:>12}  {TURNS:?} {small:?}", case.id, whole.fuel_used);

        for fuel in TURNS.iter().chain(small) {
            let cut = case.run(*fuel);
            assert!(cut == whole, "{} in turns of {fuel}:\n{cut:?}\n{whole:?}", case.id);
        }
    }
}

/// A program and what it is started with.
struct Case {
    id: String,
    wasm: Vec<u8>,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: Vec<u8>,
}

fn cases(corpus: &Path) -> Vec<Case> {
    let manifest = fs::read(corpus.join("MANIFEST.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let cases = manifest["cases"].as_array().unwrap();

    cases
        .iter()
        .filter(|case| SUITES.iter().any(|suite| case["suite"] == *suite))
        .map(|case| Case::read(corpus, case))
        .chain(benchmarks(corpus))
        .collect()
}

/// The programs that the manifest does not list; they want nothing.
fn benchmarks(corpus: &Path) -> impl Iterator<Item = Case> {
    BENCHMARKS.iter().map(move |name| Case {
        id: format!("bench/{name}"),
        wasm: fs::read(corpus.join(format!("bench/{name}.wasm"))).unwrap(),
        args: vec![(*name).to_owned()],
        env: Vec::new(),
        stdin: Vec::new(),
    })
}

impl Case {
    fn read(corpus: &Path, case: &Value) -> Self {
        let file: PathBuf = corpus.join(case["file"].as_str().unwrap());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut args = vec![file.file_name().unwrap().to_str().unwrap().to_owned()];
        args.extend(case["args"].as_array().into_iter().flatten().map(text));
        let env = case["env"].as_object().into_iter().flatten();
        let stdin = match (&case["stdin"], &case["stdin_file"]) {
            (Value::String(stdin), _) => stdin.clone().into_bytes(),
            (_, Value::String(file)) => fs::read(corpus.join(file)).unwrap(),
            _ => Vec::new(),
        };
        Self {
            id: text(&case["id"]),
            wasm: fs::read(&file).unwrap(),
            args,
            env: env.map(|(name, value)| (name.clone(), text(value))).collect(),
            stdin,
        }
    }

    /// Runs the program in turns of `fuel` to its end; what it waits for is there at once.
    fn run(&self, fuel: u64) -> Outcome {
        let streams = Streams::default();
        let program = Program::load(&self.wasm, false, &LIMITS, &ROOMY).unwrap();
        let wasi = self.wasi(&streams);
        let mut guest =
            Guest::new(&program, wasi, &LIMITS, &ROOMY, |imports| link(imports, |wasi| wasi))
                .unwrap();

        let end = loop {
            match guest.turn(fuel) {
                Turn::OutOfFuel => {}
                Turn::Parked(until) => {
                    let at_ns = until.at_ns.expect("all streams are always ready");
                    streams.clock.0.fetch_max(at_ns, Ordering::Relaxed);
                }
                Turn::Ended(end) => break end,
            }
        };
        let written = streams.written.lock().unwrap().clone();
        Outcome { end, written, fuel_used: guest.fuel_used(), memory_bytes: guest.memory_bytes() }
    }

    fn wasi(&self, streams: &Streams) -> Wasi {
        let args: Vec<_> = self.args.iter().map(String::as_str).collect();
        let env: Vec<_> =
            self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        Wasi::new(Surroundings {
            args: &args,
            env: &env,
            input: Box::new(Keyboard(self.stdin.clone().into())),
            output: Box::new(Paper { written: streams.written.clone(), stream: 1 }),
            errors: Box::new(Paper { written: streams.written.clone(), stream: 2 }),
            clock: streams.clock,
            wall_base_ns: 1_800_000_000_000_000_000,
            rng: &FixedRng,
        })
    }
}

/// All that can be seen of a program's life.
#[derive(Debug, PartialEq)]
struct Outcome {
    end: End,
    written: Written,
    fuel_used: u64,
    memory_bytes: usize,
}

/// What was written to which descriptor, in order; writes that follow each other are one.
type Written = Vec<(u8, Vec<u8>)>;

/// A machine with memory enough.
struct Roomy;

static ROOMY: Roomy = Roomy;

impl Pool for Roomy {
    fn can_take(&self, _bytes: usize) -> bool {
        true
    }
}

/// What a run writes and the time that it sees.
struct Streams {
    written: Arc<Mutex<Written>>,
    clock: &'static StillClock,
}

impl Default for Streams {
    fn default() -> Self {
        let clock = Box::leak(Box::new(StillClock(AtomicU64::new(1_000_000_000))));
        Self { written: Arc::default(), clock }
    }
}

/// A clock that moves only when a program sleeps.
struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now_ns(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn resolution_ns(&self) -> u64 {
        16
    }
}

struct FixedRng;

impl Rng for FixedRng {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RngError> {
        buffer.fill(0xa5);
        Ok(())
    }
}

/// Standard input that is all there.
struct Keyboard(std::collections::VecDeque<u8>);

impl Input for Keyboard {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let length_bytes = buffer.len().min(self.0.len());
        if length_bytes == 0 {
            return Read::End;
        }
        buffer.iter_mut().zip(self.0.drain(..length_bytes)).for_each(|(to, byte)| *to = byte);
        Read::Bytes(length_bytes)
    }

    fn poll(&mut self) -> Read {
        if self.0.is_empty() { Read::End } else { Read::Bytes(self.0.len()) }
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// Standard output or error that keeps everything.
struct Paper {
    written: Arc<Mutex<Written>>,
    stream: u8,
}

impl Output for Paper {
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut written = self.written.lock().unwrap();
        match written.last_mut() {
            Some((stream, text)) if *stream == self.stream => text.extend_from_slice(bytes),
            _ => written.push((self.stream, bytes.to_vec())),
        }
        bytes.len()
    }

    fn room_bytes(&mut self) -> usize {
        usize::MAX
    }

    fn is_terminal(&self) -> bool {
        false
    }
}
