//! What comes out of lowering, looked at as a validator and as the loader look at it.

use abi::threads::{DATA_EXPORT, MEMORY, MODULE, Place};
use encoder_wasmparser::{DataKind, Operator, Parser, Payload, TypeRef, Validator, WasmFeatures};
use lower::{LowerError, lower};
use std::borrow::Cow;

const PAGES_MAX: u32 = 16;

/// What the interpreter takes.
const FEATURES: WasmFeatures = WasmFeatures::WASM2.union(WasmFeatures::EXTENDED_CONST);

/// A module with a bit of everything that has to be renumbered.
const MIXED: &str = r#"(module
    (import "env" "before" (func $before (param i32)))
    (import "env" "memory" (memory 1 4 shared))
    (import "env" "global" (global i32))
    (table 2 funcref)
    (elem (i32.const 0) $first $second)
    (global $stack (mut i32) (i32.const 64))
    (global (export "reference") funcref (ref.func $second))
    (data (i32.const 8) "active")
    (data $passive "passive")
    (start $first)
    (func $first (export "one")
        (memory.init $passive (i32.const 0) (i32.const 0) (i32.const 7))
        (call $before (memory.grow (memory.size)))
        (call_indirect (i32.const 1)))
    (func $second (export "two") (result i64)
        (atomic.fence)
        (i32.atomic.store16 offset=4 (i32.const 0) (i32.const 1))
        (drop (memory.atomic.notify (i32.const 0) (i32.const 1)))
        (drop (memory.atomic.wait64 (i32.const 0) (i64.const 1) (i64.const 1)))
        (call $first)
        (i64.atomic.rmw32.cmpxchg_u (i32.const 0) (i64.const 1) (i64.const 2))))"#;

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a module")
}

fn lowered(text: &str) -> Vec<u8> {
    lower(&wasm(text), PAGES_MAX).expect("the module can be lowered").into_owned()
}

fn refused(text: &str) -> LowerError {
    lower(&wasm(text), PAGES_MAX).expect_err("the module cannot be lowered")
}

fn payloads(wasm: &[u8]) -> impl Iterator<Item = Payload<'_>> {
    Parser::new(0).parse_all(wasm).map(|payload| payload.expect("the module is valid"))
}

/// The names of what `wasm` exports.
fn exports(wasm: &[u8]) -> Vec<String> {
    payloads(wasm)
        .filter_map(|payload| match payload {
            Payload::ExportSection(exports) => Some(exports),
            _ => None,
        })
        .flatten()
        .map(|export| export.expect("the module is valid").name.to_owned())
        .collect()
}

/// The pages of the imported memory.
fn imported_pages(wasm: &[u8]) -> (u64, Option<u64>) {
    payloads(wasm)
        .filter_map(|payload| match payload {
            Payload::ImportSection(imports) => Some(imports),
            _ => None,
        })
        .flat_map(|imports| imports.into_imports())
        .filter_map(Result::ok)
        .find_map(|import| match import.ty {
            TypeRef::Memory(memory) if (import.module, import.name) == (MODULE, MEMORY) => {
                Some((memory.initial, memory.maximum))
            }
            _ => None,
        })
        .expect("the memory is imported")
}

/// The instructions of all functions, one after the other.
fn instructions(wasm: &[u8]) -> Vec<Operator<'_>> {
    payloads(wasm)
        .filter_map(|payload| match payload {
            Payload::CodeSectionEntry(body) => body.get_operators_reader().ok(),
            _ => None,
        })
        .flatten()
        .map(|operator| operator.expect("the module is valid"))
        .collect()
}

#[test]
fn a_module_without_threads_stays_as_it_is() {
    let plain = wasm("(module (memory 1) (func (drop (memory.grow (memory.size)))))");

    assert!(matches!(lower(&plain, PAGES_MAX), Ok(Cow::Borrowed(same)) if same == plain));
}

#[test]
fn what_is_no_module_is_left_to_the_loader() {
    assert!(matches!(lower(b"#!/bin/sh", PAGES_MAX), Ok(Cow::Borrowed(b"#!/bin/sh"))));
}

#[test]
fn what_comes_out_is_valid_without_threads() {
    let lowered = lowered(MIXED);

    Validator::new_with_features(FEATURES).validate_all(&lowered).unwrap();
}

#[test]
fn what_comes_out_needs_no_lowering() {
    let once = lowered(MIXED);

    assert!(matches!(lower(&once, PAGES_MAX), Ok(Cow::Borrowed(_))));
}

#[test]
fn exports_keep_their_names_and_come_first() {
    let exports = exports(&lowered(MIXED));

    assert_eq!(exports, ["reference", "one", "two", "bramble: global 1", DATA_EXPORT]);
}

#[test]
fn no_data_segment_writes_itself() {
    let lowered = lowered(MIXED);
    let is_passive = |payload| match payload {
        Payload::DataSection(segments) => {
            segments.into_iter().all(|segment| matches!(segment.unwrap().kind, DataKind::Passive))
        }
        _ => true,
    };

    assert!(payloads(&lowered).all(is_passive));
}

#[test]
fn the_memorys_maximum_is_no_more_than_the_app_may_have() {
    let module = |maximum| format!("(module (memory 2 {maximum} shared))");

    assert_eq!(imported_pages(&lowered(&module(4))), (2, Some(4)));
    assert_eq!(imported_pages(&lowered(&module(65_536))), (2, Some(PAGES_MAX.into())));
}

#[test]
fn too_much_memory_to_begin_with_is_refused() {
    let error = refused("(module (memory 17 20 shared))");

    assert_eq!(error, LowerError::MemoryTooLarge { pages: 17, pages_max: PAGES_MAX.into() });
}

#[test]
fn a_wait_tells_whether_the_memory_was_shared() {
    let is_unshared = |memory| {
        let lowered = lowered(&format!(
            "(module (memory {memory}) (func (drop (memory.atomic.wait32
                (i32.const 0) (i32.const 0) (i64.const 0)))))"
        ));
        let place = instructions(&lowered).into_iter().rev().find_map(|operator| match operator {
            Operator::I64Const { value } => Some(Place::decode(value.cast_unsigned())),
            _ => None,
        });
        place.expect("the call has a place").unshared
    };

    assert!(is_unshared("1 1"));
    assert!(!is_unshared("1 1 shared"));
}

#[test]
fn what_the_interpreter_has_not_got_is_refused_by_name() {
    let reason = |text: &str| match refused(text) {
        LowerError::Invalid { reason, .. } => reason,
        error => panic!("{error}"),
    };
    let with = |rest: &str| reason(&format!("(module (memory 1 1 shared) {rest})"));

    assert!(reason("(module (memory i64 1 1 shared))").contains("memory64"));
    assert!(with("(memory 1)").contains("multiple memories"));
    assert!(with("(func $f (return_call $f))").contains("tail call"));
    assert!(with("(tag) (func (throw 0))").contains("exceptions"));
    assert!(with("(func (drop (v128.const i64x2 0 0)))").contains("SIMD"));
}

#[test]
fn a_program_that_changes_a_table_is_refused() {
    let changes = "(table.set (i32.const 0) (ref.null func))";
    let text = format!("(module (memory 1 1 shared) (table 1 funcref) (func {changes}))");

    assert_eq!(refused(&text), LowerError::ChangesTables);
}

/// Lowers `wasm`; what comes out, if it is changed, has to be valid.
fn assert_valid_or_refused(wasm: &[u8], what: &str) {
    if let Ok(Cow::Owned(lowered)) = lower(wasm, PAGES_MAX) {
        let valid = Validator::new_with_features(FEATURES).validate_all(&lowered);
        assert_eq!(valid.err().map(|error| error.to_string()), None, "{what}");
    }
}

#[test]
fn damaged_modules_are_refused_or_come_out_valid() {
    let whole = wasm(MIXED);

    for place in 0..whole.len() {
        assert_valid_or_refused(&whole[..place], &format!("cut at {place}"));
        for bit in 0..8 {
            let mut flipped = whole.clone();
            flipped[place] ^= 1 << bit;
            assert_valid_or_refused(&flipped, &format!("bit {bit} of byte {place}"));
        }
    }
}
