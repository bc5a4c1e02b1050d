//! What goes in and comes out: streams, arguments, environment, clocks.

use super::*;
use std::io::{Read, Write};
use std::process::Stdio;

/// Writes what it reads, until the input ends.
const PARROT: &str = r#"
    (i32.store (i32.const 0) (i32.const 16))
    (loop $next
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.store (i32.const 4) (i32.load (i32.const 8)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
        (br_if $next (i32.load (i32.const 8))))"#;

fn parrot(programs: &Programs) -> PathBuf {
    let text = format!("(module {IMPORTS} {SAY} (func (export \"_start\") {PARROT}))");
    programs.file("parrot.wat", text)
}

#[test]
fn a_hello_says_hello_on_both_boards_and_nothing_else_comes_out() {
    for board in ["raspi3b", "raspi4b"] {
        let outcome = run_start(&["--board", board], "(call $say (i32.const 1))");

        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!((&*outcome.stdout, &*outcome.stderr), ("hello\n", ""));
    }
}

#[test]
fn stdout_and_stderr_come_out_apart() {
    let outcome = run_start(&[], "(call $say (i32.const 2)) (call $proc_exit (i32.const 0))");

    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", "hello\n"));
}

#[test]
fn the_kernels_log_is_shown_only_if_asked_for() {
    let outcome = run_start(&["-v"], "(call $say (i32.const 1))");

    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "hello\n"));
    assert!(outcome.stderr.contains("kernel: test exited with code 0"), "{outcome:?}");
}

#[test]
fn every_byte_of_a_piped_file_goes_in_and_comes_out() {
    let programs = Programs::new();
    let bytes: Vec<u8> = (0..200_000_u32).map(|byte| (byte ^ (byte >> 8)) as u8).collect();
    let input = programs.file("input", &bytes);

    let output = run().arg("--stdin").arg(input).arg(parrot(&programs)).output().unwrap();

    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == bytes, "{} bytes came back", output.stdout.len());
}

#[test]
fn a_line_is_answered_before_the_next_one_is_typed() {
    let programs = Programs::new();
    let path = parrot(&programs);
    let mut child = run().arg(path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();

    for line in [b"one\n", b"two\n"] {
        stdin.write_all(line).unwrap();
        let mut answer = [0; 4];
        stdout.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, line);
    }

    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_program_that_never_reads_leaves_the_input_to_the_next_one() {
    let programs = Programs::new();
    let text = "(module (memory (export \"memory\") 1) (func (export \"_start\")))";
    let program = programs.file("silent.wat", text);
    let (mut rest, mut pipe) = std::io::pipe().unwrap();
    pipe.write_all(b"still here").unwrap();
    drop(pipe);

    let status = run().arg(program).stdin(rest.try_clone().unwrap()).status().unwrap();

    let mut left = String::new();
    rest.read_to_string(&mut left).unwrap();
    assert_eq!((status.code(), &*left), (Some(0), "still here"));
}

#[test]
fn the_output_of_a_program_whose_reader_is_gone_ends_the_run() {
    let programs = Programs::new();
    let text = format!(
        "(module {IMPORTS} {SAY} (func (export \"_start\")
            (loop $forever (call $say (i32.const 1)) (br $forever))))"
    );
    let program = programs.file("yes.wat", text);
    let mut child = run().arg(program).stdout(Stdio::piped()).spawn().unwrap();

    let mut first = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();

    assert_eq!(&first, b"hello\n");
    assert_eq!(child.wait().unwrap().code(), Some(141));
}

/// Writes the block of strings that `get` fills, whose size `sizes` tells.
fn strings_of(kind: &str, options: &[&str], words: &[&str]) -> Outcome {
    let text = format!(
        r#"(module {IMPORTS}
            (import "wasi_snapshot_preview1" "{kind}_sizes_get"
                (func $sizes (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "{kind}_get"
                (func $get (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start")
                (drop (call $sizes (i32.const 8) (i32.const 4)))
                (drop (call $get (i32.const 64) (i32.const 1024)))
                (i32.store (i32.const 0) (i32.const 1024))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    );
    let programs = Programs::new();
    let path = programs.file("test.wat", text);
    Outcome::of(run().args(options).arg(path).args(words))
}

#[test]
fn arguments_arrive_as_they_were_given() {
    let outcome = strings_of("args", &[], &["--fuel", "", "a b", "ü"]);

    assert_eq!(outcome.stdout, "test\0--fuel\0\0a b\0ü\0", "{outcome:?}");
}

#[test]
fn the_environment_is_what_was_given_and_nothing_else() {
    let outcome = strings_of("environ", &["--env", "B=1=2", "--env", "A="], &[]);

    assert_eq!(outcome.stdout, "B=1=2\0A=\0", "{outcome:?}");
}

#[test]
fn the_wall_clock_is_the_hosts() {
    let before = std::time::SystemTime::now();
    let text = format!(
        r#"(module {IMPORTS}
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $time (param i32 i64 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start")
                (drop (call $time (i32.const 0) (i64.const 1) (i32.const 16)))
                (i32.store (i32.const 0) (i32.const 16))
                (i32.store (i32.const 4) (i32.const 8))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
    );
    let programs = Programs::new();

    let output = run().arg(programs.file("test.wat", text)).output().unwrap();

    let ns = u64::from_le_bytes(output.stdout.try_into().unwrap());
    let host_s = before.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!((ns / 1_000_000_000).abs_diff(host_s) < 60, "{ns} ns there, {host_s} s here");
}
