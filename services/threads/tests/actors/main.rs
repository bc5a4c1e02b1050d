//! The calls of `bramble_actors` as real guests make them, on cores that are threads of the host.

#![forbid(unsafe_code)]

#[path = "../common/host.rs"]
mod host;
mod machine;

use abi::Errno;
use abi::actors::ending;
use machine::{Answer, run};

/// A program that imports all calls; `$expect` exits with `code` unless the two numbers are alike.
fn program(start: &str) -> String {
    format!(
        r#"(module
            (import "bramble_actors" "spawn"
                (func $spawn (param i32 i32 i32 i32 i32 i32) (result i32)))
            (import "bramble_actors" "send"
                (func $send (param i32 i32 i32 i64 i32) (result i32)))
            (import "bramble_actors" "receive"
                (func $receive (param i32 i32 i32 i64 i32) (result i32)))
            (import "bramble_actors" "shutdown" (func $shutdown (param i32) (result i32)))
            (import "bramble_actors" "wait" (func $wait (param i32 i64 i32) (result i32)))
            (import "bramble_actors" "close" (func $close (param i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory (export "memory") 1)
            ;; At 0 answers, at 16 a list of one name, at 64 bytes to send, at 128 those that came.
            (data (i32.const 16) "child\00")
            (data (i32.const 64) "ping")
            (func $expect (param $code i32) (param i32 i32)
                (if (i32.ne (local.get 1) (local.get 2)) (then (call $exit (local.get $code)))))
            (func $start (result i32)
                (call $spawn (i32.const 16) (i32.const 6) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0)))
            (func (export "_start") {start}))"#
    )
}

const EXITED_0: Answer = Answer { how: ending::EXITED, code: 0 };

#[test]
fn a_child_answers_and_its_exit_code_is_read() {
    let parent = program(
        "(call $expect (i32.const 1) (call $start) (i32.const 0))
        (call $expect (i32.const 2) (i32.load (i32.const 0)) (i32.const 1))
        (call $expect (i32.const 3) (i32.const 0) (call $send
            (i32.const 1) (i32.const 64) (i32.const 4) (i64.const -1) (i32.const 0)))
        (call $expect (i32.const 4) (i32.const 0) (call $receive
            (i32.const 1) (i32.const 128) (i32.const 64) (i64.const -1) (i32.const 0)))
        (call $expect (i32.const 5) (i32.load (i32.const 0)) (i32.const 4))
        (call $expect (i32.const 6) (i32.load (i32.const 128)) (i32.load (i32.const 64)))
        (call $expect (i32.const 7) (i32.const 0)
            (call $wait (i32.const 1) (i64.const -1) (i32.const 0)))
        (call $expect (i32.const 8) (i32.load (i32.const 4)) (i32.const 42))",
    );
    let child = program(
        "(drop (call $receive
            (i32.const 0) (i32.const 128) (i32.const 64) (i64.const -1) (i32.const 0)))
        (drop (call $send
            (i32.const 0) (i32.const 128) (i32.load (i32.const 0)) (i64.const -1) (i32.const 0)))
        (call $exit (i32.const 42))",
    );

    assert_eq!(run(&parent, &child), EXITED_0);
}

#[test]
fn a_parent_that_closes_ends_a_child_that_waits() {
    let parent = program(
        "(drop (call $start))
        (call $expect (i32.const 1) (call $close (i32.const 1)) (i32.const 0))
        (call $expect (i32.const 2) (call $close (i32.const 1)) (i32.const 8))",
    );
    let child = program(
        "(drop (call $receive
            (i32.const 0) (i32.const 128) (i32.const 64) (i64.const -1) (i32.const 0)))",
    );

    assert_eq!(run(&parent, &child), EXITED_0);
}

#[test]
fn what_a_parent_forgets_ends_with_it() {
    let child = program(
        "(drop (call $wait (i32.const 1) (i64.const -1) (i32.const 0)))
        (loop $forever (br $forever))",
    );

    assert_eq!(run(&program("(drop (call $start))"), &child), EXITED_0);
}

/// The errno that the program's last call gives, which its exit code is.
fn errno(call: &str) -> u32 {
    let child = program("(loop $forever (br $forever))");
    run(&program(&format!("(drop (call $start)) (call $exit {call})")), &child).code
}

#[test]
fn what_cannot_be_is_an_error_and_no_trap() {
    let send = |args: &str| errno(&format!("(call $send {args})"));
    let spawn = |args: &str| errno(&format!("(call $spawn {args})"));
    let number = |errno: Errno| errno as u32;
    let bytes = "(i32.const 64) (i32.const 4)";
    let none = "(i32.const 0) (i32.const 0) (i32.const 0)";

    let nobody = format!("(i32.const 2) {bytes} (i64.const 0) (i32.const 0)");
    assert_eq!(send(&nobody), number(Errno::BadDescriptor));
    let parent = format!("(i32.const 0) {bytes} (i64.const 0) (i32.const 0)");
    assert_eq!(send(&parent), number(Errno::BadDescriptor));
    let beyond = "(i32.const 1) (i32.const -4) (i32.const 8) (i64.const 0) (i32.const 0)";
    assert_eq!(send(beyond), number(Errno::Fault));
    let beyond = format!("(i32.const 1) {bytes} (i64.const 0) (i32.const 65533)");
    assert_eq!(send(&beyond), number(Errno::Fault));

    let open = format!("(i32.const 16) (i32.const 5) {none} (i32.const 0)");
    assert_eq!(spawn(&open), number(Errno::Invalid));
    let empty = format!("(i32.const 16) (i32.const 0) {none} (i32.const 0)");
    assert_eq!(spawn(&empty), number(Errno::Invalid));
    let large = format!("(i32.const 16) (i32.const 4097) {none} (i32.const 0)");
    assert_eq!(spawn(&large), number(Errno::TooBig));
    let beyond = format!("(i32.const 65535) (i32.const 6) {none} (i32.const 0)");
    assert_eq!(spawn(&beyond), number(Errno::Fault));
    let beyond = format!("(i32.const 16) (i32.const 6) {none} (i32.const 65533)");
    assert_eq!(spawn(&beyond), number(Errno::Fault));
    let stranger = format!("(i32.const 64) (i32.const 5) {none} (i32.const 0)");
    assert_eq!(spawn(&stranger), number(Errno::Access));
}

#[test]
fn a_time_limit_ends_a_wait() {
    let again = Errno::Again as u32;

    for limit_ns in [0, 1_000_000] {
        let wait = format!("(call $wait (i32.const 1) (i64.const {limit_ns}) (i32.const 0))");
        assert_eq!(errno(&wait), again);
        let receive = format!(
            "(call $receive (i32.const 1) (i32.const 128) (i32.const 1) (i64.const {limit_ns})
                (i32.const 0))"
        );
        assert_eq!(errno(&receive), again);
    }
}
