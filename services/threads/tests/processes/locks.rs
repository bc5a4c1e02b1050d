//! Threads that wait for each other, as programs do.

use crate::machine::run;
use runtime::End;

/// A program of these `functions` and a main thread. It spawns `threads` with the numbers from 0
/// as arguments, waits until as many have called `$finish`, and exits with the word at address 4.
fn program(threads: u32, functions: &str) -> String {
    format!(
        r#"(module
        (import "env" "memory" (memory 1 1 shared))
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (export "memory" (memory 0))
        {functions}
        (func $finish
            (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
            (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))
        (func (export "_start") (local $n i32) (local $finished i32)
            (loop $more
                (if (i32.lt_s (call $spawn (local.get $n)) (i32.const 0)) (then (unreachable)))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $n) (i32.const {threads}))))
            (block $all
                (loop $again
                    (local.set $finished (i32.atomic.load (i32.const 0)))
                    (br_if $all (i32.eq (local.get $finished) (i32.const {threads})))
                    (drop (memory.atomic.wait32
                        (i32.const 0) (local.get $finished) (i64.const -1)))
                    (br $again)))
            (call $exit (i32.load (i32.const 4)))))"#
    )
}

#[test]
fn a_mutex_of_wait_and_notify_loses_no_plain_increment() {
    const MUTEX: &str = r#"
        (func $lock
            (block $mine
                (br_if $mine (i32.eqz (i32.atomic.rmw.cmpxchg
                    (i32.const 64) (i32.const 0) (i32.const 1))))
                (loop $again
                    (br_if $mine (i32.eqz (i32.atomic.rmw.xchg (i32.const 64) (i32.const 2))))
                    (drop (memory.atomic.wait32 (i32.const 64) (i32.const 2) (i64.const -1)))
                    (br $again))))
        (func $unlock
            (if (i32.eq (i32.atomic.rmw.xchg (i32.const 64) (i32.const 0)) (i32.const 2))
                (then (drop (memory.atomic.notify (i32.const 64) (i32.const 1))))))
        (func (export "wasi_thread_start") (param i32 i32) (local $n i32)
            (loop $more
                (call $lock)
                (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
                (call $unlock)
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $n) (i32.const 5000))))
            (call $finish))"#;

    assert_eq!(run(&program(4, MUTEX), 5), End::Exit(20_000));
}

#[test]
fn petersons_lock_of_sequentially_consistent_accesses_holds() {
    // Thread n wants the lock when the word at 64 + 4n is 1; the word at 72 says who yields.
    const PETERSON: &str = r#"
        (func (export "wasi_thread_start") (param i32) (param $me i32) (local $n i32)
            (local $mine i32) (local $other i32)
            (local.set $mine (i32.add (i32.const 64) (i32.shl (local.get $me) (i32.const 2))))
            (local.set $other (i32.sub (i32.const 132) (local.get $mine)))
            (loop $more
                (i32.atomic.store (local.get $mine) (i32.const 1))
                (i32.atomic.store (i32.const 72) (local.get $me))
                (loop $busy
                    (br_if $busy (i32.and
                        (i32.atomic.load (local.get $other))
                        (i32.eq (i32.atomic.load (i32.const 72)) (local.get $me)))))
                (i32.store (i32.const 4) (i32.add (i32.load (i32.const 4)) (i32.const 1)))
                (i32.atomic.store (local.get $mine) (i32.const 0))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $n) (i32.const 2000))))
            (call $finish))"#;

    assert_eq!(run(&program(2, PETERSON), 3), End::Exit(4_000));
}

#[test]
fn a_wait_that_nobody_ends_times_out() {
    const TIMEOUT: &str = r#"
        (func (export "wasi_thread_start") (param i32 i32)
            (i32.store (i32.const 4) (memory.atomic.wait64
                (i32.const 64) (i64.const 0) (i64.const 1000000)))
            (call $finish))"#;

    assert_eq!(run(&program(1, TIMEOUT), 2), End::Exit(2));
}

#[test]
fn a_trap_in_a_thread_ends_all() {
    const TRAPS: &str = r#"(func (export "wasi_thread_start") (param i32 i32) (unreachable))"#;

    assert!(matches!(run(&program(2, TRAPS), 3), End::Trap(_)));
}

#[test]
fn an_exit_of_a_thread_ends_all() {
    const EXITS: &str = r#"(func (export "wasi_thread_start") (param i32 i32)
        (call $exit (i32.const 0)) (unreachable))"#;

    assert_eq!(run(&program(2, EXITS), 3), End::Exit(0));
}

#[test]
fn a_wait_at_an_unaligned_address_traps() {
    const UNALIGNED: &str = r#"(func (export "wasi_thread_start") (param i32 i32)
        (drop (memory.atomic.wait32 (i32.const 66) (i32.const 0) (i64.const 0))))"#;

    let End::Trap(trap) = run(&program(1, UNALIGNED), 2) else { panic!("it did not trap") };
    assert!(trap.to_string().contains("unaligned atomic"), "{trap}");
}

#[test]
fn spawning_without_a_seat_is_an_error_and_no_trap() {
    const PROGRAM: &str = r#"(module
        (import "env" "memory" (memory 1 1 shared))
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (func (export "wasi_thread_start") (param i32 i32)
            (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1))))
        (func (export "_start")
            (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then (unreachable)))
            (call $exit (i32.eq (call $spawn (i32.const 0)) (i32.const -1)))))"#;

    assert_eq!(run(PROGRAM, 2), End::Exit(1));
}

#[test]
fn a_seat_serves_one_thread_after_another_as_if_it_were_new() {
    // One thread is there at a time. Each adds its global, which must be 1, then changes it, and
    // drops a segment that the next one needs.
    const PROGRAM: &str = r#"(module
        (import "env" "memory" (memory 1 1 shared))
        (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (global $mine (mut i32) (i32.const 1))
        (data $segment "x")
        (func (export "wasi_thread_start") (param i32 i32)
            (memory.init $segment (i32.const 8) (i32.const 0) (i32.const 1))
            (data.drop $segment)
            (drop (i32.atomic.rmw.add (i32.const 0) (global.get $mine)))
            (global.set $mine (i32.const 1000)))
        (func (export "_start") (local $n i32)
            (loop $more
                (loop $no_seat
                    (br_if $no_seat (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0))))
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $more (i32.lt_u (local.get $n) (i32.const 20))))
            (loop $unfinished
                (br_if $unfinished (i32.lt_u (i32.atomic.load (i32.const 0)) (i32.const 20))))
            (call $exit (i32.atomic.load (i32.const 0)))))"#;

    assert_eq!(run(PROGRAM, 2), End::Exit(20));
}
