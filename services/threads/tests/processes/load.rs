//! How a program with threads begins, and the size of its memory.

use crate::machine::run;
use runtime::End;

/// A program of these `functions` that exits with what `$result` gives.
fn program(memory: &str, functions: &str) -> String {
    format!(
        r#"(module
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") {memory} shared)
        {functions}
        (func (export "_start") (call $exit (call $result))))"#
    )
}

#[test]
fn data_segments_are_there_before_the_start_function_runs() {
    const DATA: &str = r#"(data (i32.const 8) "\05\00\00\00")
        (data (offset (i32.add (i32.const 8) (i32.const 8))) "\07\00\00\00")
        (start $begin)
        (func $begin (i32.store (i32.const 0)
            (i32.mul (i32.load (i32.const 8)) (i32.load (i32.const 16)))))
        (func $result (result i32) (i32.load (i32.const 0)))"#;

    assert_eq!(run(&program("1 1", DATA), 1), End::Exit(35));
}

#[test]
fn a_start_function_may_wait() {
    const WAITS: &str = r#"(start $begin)
        (func $begin (i32.store (i32.const 0)
            (memory.atomic.wait32 (i32.const 8) (i32.const 0) (i64.const 1000000))))
        (func $result (result i32) (i32.load (i32.const 0)))"#;

    assert_eq!(run(&program("1 1", WAITS), 1), End::Exit(2));
}

#[test]
fn memory_grows_up_to_its_maximum_and_no_further() {
    // 100 × size before + 10 × what growing gave + size after; then one too many.
    const GROWS: &str = r#"(func $result (result i32) (local $sum i32)
        (local.set $sum (i32.mul (i32.const 100) (memory.size)))
        (local.set $sum (i32.add (local.get $sum)
            (i32.mul (i32.const 10) (memory.grow (i32.const 2)))))
        (if (i32.ne (memory.grow (i32.const 2)) (i32.const -1)) (then (unreachable)))
        (i32.add (local.get $sum) (memory.size)))"#;

    assert_eq!(run(&program("1 4", GROWS), 1), End::Exit(113));
}

#[test]
fn an_atomic_access_beyond_the_current_size_traps() {
    const BEYOND: &str = "(func $result (result i32) (i32.atomic.load (i32.const 65536)))";

    assert_eq!(run(&program("1 4", BEYOND), 1).to_string(), "trapped: out of bounds memory access");
}

#[test]
fn an_offset_does_not_wrap_round() {
    const BEYOND: &str = "(func $result (result i32)
        (i32.atomic.load offset=0xfffffffc (i32.const 8)))";

    assert_eq!(run(&program("1 1", BEYOND), 1).to_string(), "trapped: out of bounds memory access");
}
