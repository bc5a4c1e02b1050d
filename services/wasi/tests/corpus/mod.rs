//! Programs of other people's, run on the host as the kernel runs them.

mod machine;
mod tree;

use machine::{Machine, Written};
use runtime::{End, Guest, Itself, Limits, Program, Turn};
use service_wasi::{Wasi, link};
use std::fs;
use tree::Tree;
use wasm_corpus::{Files, Left};

const LIMITS: Limits = Limits {
    module_bytes_max: 16 << 20,
    function_bytes_max: 256 << 10,
    memory_pages_max: 2048,
    table_elements_max: 1 << 20,
    stack_bytes_max: 1 << 20,
    fuel_max: None,
};

/// A program with the files that it finds at its root directory.
pub struct Case {
    case: wasm_corpus::Case,
    wasm: Vec<u8>,
    /// With its own name as the zeroth.
    args: Vec<String>,
    root: Option<Tree>,
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

/// The cases of `suites`, of which `bench` is one that the manifest does not list; `None` where
/// there is no corpus, which is visible, but not in CI.
pub fn cases(suites: &[&str]) -> Option<Vec<Case>> {
    let folder = wasm_corpus::folder()?;
    let listed = wasm_corpus::listed(&folder, suites);
    let bench = wasm_corpus::bench(&folder).filter(|_| suites.contains(&"bench"));
    Some(listed.into_iter().chain(bench).map(Case::new).collect())
}

impl Case {
    fn new(case: wasm_corpus::Case) -> Self {
        let name = case.file.file_name().unwrap().to_str().unwrap().to_owned();
        let mut root = case.root.as_deref().map(Tree::read);
        for (path, text) in case.missing() {
            if let Some(root) = &mut root {
                root.add_missing(path, text);
            }
        }
        Self {
            wasm: fs::read(&case.file).unwrap(),
            args: [name].into_iter().chain(case.args.iter().cloned()).collect(),
            root,
            case,
        }
    }

    /// Its suite and its name.
    pub fn id(&self) -> &str {
        &self.case.id
    }

    /// Runs the program in turns of `fuel` to its end; what it waits for is there at once.
    pub fn run(&self, fuel: u64) -> Outcome {
        let machine = Machine::new();
        let root = self.root.as_ref().map(Tree::mount);
        let mounts = root.clone().into_iter().collect();
        let wasi: Wasi = machine.wasi(&self.args, &self.case.env, &self.case.stdin, mounts);
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

    /// What of `outcome` the manifest says otherwise, with what the program had to say.
    pub fn complaints(&self, outcome: &Outcome) -> Vec<String> {
        let output = stream(outcome, 1);
        let exit_code = match outcome.end {
            End::Exit(code) => Some(code.into()),
            _ => None,
        };
        let files = outcome.files.as_ref().map(|tree| tree as &dyn Files);
        let left = Left { exit_code, end: &outcome.end, output: &output, files };
        let mut complaints = self.case.expected.complaints(&left);
        if !complaints.is_empty() {
            let said = [output, stream(outcome, 2)].map(|bytes| bytes.escape_ascii().to_string());
            complaints.push(format!("said {said:?}"));
        }
        complaints
    }
}

/// All that was written to a descriptor.
fn stream(outcome: &Outcome, number: u8) -> Vec<u8> {
    let written = outcome.written.iter().filter(|(stream, _)| *stream == number);
    written.flat_map(|(_, bytes)| bytes).copied().collect()
}
