//! The official test suite of WASI preview 1, and programs of other people's with their files.
//!
//! Each runs once, uninterrupted, with the folder that it wants in memory at `/`. What it writes,
//! how it ends and what files it leaves is compared with the corpus's manifest.

mod corpus;

use corpus::Case;
use std::collections::BTreeMap;

/// Fuel of a turn that interrupts nothing.
const WHOLE: u64 = 1 << 40;

#[test]
fn every_case_of_the_official_suite_passes() {
    let Some(cases) = corpus::cases(&["wasi-testsuite"]) else { return };
    assert_eq!(cases.len(), 72);

    expect_all(&cases);
}

#[test]
fn every_program_does_and_leaves_what_it_should() {
    let Some(cases) = corpus::cases(&["programs", "wasm3-wasi"]) else { return };
    assert_eq!(cases.len(), 40);

    expect_all(&cases);
}

/// Runs all of `cases`, and prints how many passed of each kind.
fn expect_all(cases: &[Case]) {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut failures = Vec::new();
    for case in cases {
        let complaints = case.complaints(&case.run(WHOLE));
        let (passed, all) = counts.entry(group(case.id())).or_default();
        *passed += usize::from(complaints.is_empty());
        *all += 1;
        failures
            .extend(complaints.into_iter().map(|complaint| format!("{} {complaint}", case.id())));
    }

    for (group, (passed, all)) in counts {
        println!("{group:<30} {passed:>3} of {all:>3}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The suite and, in the official one, the language of a case.
fn group(id: &str) -> &str {
    id.rsplit_once('/').map_or(id, |(group, _)| group)
}
