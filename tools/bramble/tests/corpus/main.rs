//! The corpus of programs beside the checkout, each as `bramble run` runs it: the shipped image on
//! an emulated board, with the program's folder lent to it at `/`.
//!
//! `services/wasi/tests` runs the same on the host, where it looks at more.

#![forbid(unsafe_code)]

mod case;

use case::Case;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

/// Each run keeps one core of the host busy.
const RUNS_AT_ONCE: usize = 2;

/// The suites of the manifest that are programs with arguments, streams and files.
const SUITES: [&str; 3] = ["wasi-testsuite", "programs", "wasm3-wasi"];

#[test]
fn every_program_of_the_corpus_does_and_leaves_what_it_should() {
    let Some(folder) = wasm_corpus::folder() else { return };
    let cases = cases(&folder);

    let failures = run_all(&cases);

    print_counts(&cases, &failures);
    let complaints: Vec<_> = failures.values().map(String::as_str).collect();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn a_program_that_needs_exceptions_is_refused_with_a_clear_message() {
    let Some(folder) = wasm_corpus::folder() else { return };

    let output = bramble().arg(folder.join("negative/setjmp-needs-EH.wasm")).output().unwrap();

    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(126), "{stderr}");
    assert!(stderr.starts_with("bramble: setjmp-needs-EH is not a valid module: "), "{stderr}");
}

fn cases(folder: &Path) -> Vec<Case> {
    let listed = wasm_corpus::listed(folder, &SUITES);
    assert_eq!(listed.len(), 72 + 33 + 7, "the manifest has other cases");
    listed.into_iter().chain(wasm_corpus::bench(folder)).map(Case).collect()
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

/// Runs all cases, some at once, and says what was wrong with those that failed, by their names.
fn run_all(cases: &[Case]) -> BTreeMap<String, String> {
    // The longest are the last, and would be waited for alone.
    let waiting = Mutex::new(cases.iter().rev());
    let failures = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..RUNS_AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some(case) = next else { return };
                    if let Err(complaint) = case.run() {
                        failures.lock().unwrap().insert(case.0.id.clone(), complaint);
                    }
                }
            });
        }
    });
    failures.into_inner().unwrap()
}

/// How many passed of each suite, and in the official one of each language.
fn print_counts(cases: &[Case], failures: &BTreeMap<String, String>) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for case in cases {
        let (suite, _) = case.0.id.rsplit_once('/').unwrap();
        let (passed, all) = counts.entry(suite).or_default();
        *passed += usize::from(!failures.contains_key(&case.0.id));
        *all += 1;
    }
    for (suite, (passed, all)) in counts {
        wasm_corpus::tell(&format!("{suite:<30} {passed:>3} of {all:>3}"));
    }
}
