//! Programs that nobody should write: each gets its exit code and a message with its name.

use super::*;
use abi::wasi::CALLS;

const EXIT_REFUSED: i32 = 126;
const EXIT_TRAP: i32 = 134;

/// Runs the file `name` with the given bytes.
fn run_bytes(name: &str, bytes: impl AsRef<[u8]>) -> Outcome {
    let programs = Programs::new();
    let path = programs.file(name, bytes);
    Outcome::of(run().arg(path))
}

/// A module that says hello, as bytes.
fn hello() -> Vec<u8> {
    let start = "(func (export \"_start\") (call $say (i32.const 1)))";
    wat::parse_str(format!("(module {IMPORTS} {SAY} {start})")).unwrap()
}

#[test]
fn a_file_that_is_not_there() {
    let outcome = Outcome::of(run().arg("no/such/program.wasm"));

    outcome.assert_ended_with(EXIT_REFUSED, "cannot read no/such/program.wasm");
}

#[test]
fn a_folder() {
    let outcome = Outcome::of(run().arg(env!("CARGO_MANIFEST_DIR")));

    outcome.assert_ended_with(EXIT_REFUSED, "cannot read");
}

#[test]
fn a_file_that_is_no_module() {
    for bytes in [&b""[..], b"\0as", b"#!/bin/sh\n", b"(module)"] {
        let outcome = run_bytes("notes.wasm", bytes);

        outcome.assert_ended_with(EXIT_REFUSED, "notes is not a WebAssembly module");
    }
}

#[test]
fn a_text_with_a_mistake_is_told_with_its_line() {
    let outcome = run_text(&[], "(module\n  (func $f (no.such.instruction)))");

    outcome.assert_ended_with(EXIT_REFUSED, "test.wat:2");
}

#[test]
fn a_truncated_module() {
    let bytes = hello();

    for length in [4, 7, 9, bytes.len() / 2, bytes.len() - 1] {
        let outcome = run_bytes("cut.wasm", &bytes[..length]);

        outcome.assert_ended_with(EXIT_REFUSED, "bramble: cut is ");
    }
}

#[test]
fn an_invalid_module() {
    // A function section that names a type that does not exist.
    let outcome = run_bytes("odd.wasm", b"\0asm\x01\0\0\0\x03\x02\x01\x07");

    outcome.assert_ended_with(EXIT_REFUSED, "bramble: odd is not a valid module: ");
}

#[test]
fn an_invalid_function_body_ends_the_program_that_calls_it() {
    let programs = Programs::new();
    let text =
        "(module (memory (export \"memory\") 1) (func (export \"_start\") (drop (i32.add))))";
    let path = programs.file("test.wat", text);

    let outcome = Outcome::of(run().arg(path));

    assert!(matches!(outcome.code, Some(EXIT_REFUSED | EXIT_TRAP)), "{outcome:?}");
    assert!(outcome.stderr.starts_with("bramble: test "), "{outcome:?}");
}

#[test]
fn a_component_instead_of_a_module() {
    let outcome = run_bytes("part.wasm", b"\0asm\x0d\0\x01\0");

    outcome.assert_ended_with(EXIT_REFUSED, "bramble: part is a WebAssembly component");
}

#[test]
fn an_unknown_import_is_named() {
    let outcome = run_text(
        &[],
        r#"(module (import "env" "launch" (func)) (memory (export "memory") 1)
            (func (export "_start")))"#,
    );

    outcome.assert_ended_with(EXIT_REFUSED, "`env` `launch`");
}

#[test]
fn an_import_of_the_wrong_type_is_named() {
    let outcome = run_text(
        &[],
        r#"(module (import "wasi_snapshot_preview1" "fd_write" (func (param i64)))
            (memory (export "memory") 1) (func (export "_start")))"#,
    );

    outcome.assert_ended_with(EXIT_REFUSED, "`wasi_snapshot_preview1` `fd_write`");
    assert!(outcome.stderr.contains("wrong type"), "{outcome:?}");
}

#[test]
fn a_library_instead_of_a_program() {
    let text = r#"(module (memory (export "memory") 1) (func (export "_initialize")))"#;
    let outcome = run_text(&[], text);

    outcome.assert_ended_with(EXIT_REFUSED, "test has no `_start` function");
}

/// Runs a module with this `start` function, whose `_start` says hello.
fn run_start_section(options: &[&str], body: &str) -> Outcome {
    let text = format!(
        r#"(module {IMPORTS}
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll (param i32 i32 i32 i32) (result i32)))
            {SAY}
            (func $first {body})
            (start $first)
            (func (export "_start") (call $say (i32.const 1))))"#
    );
    run_text(options, &text)
}

#[test]
fn a_start_function_that_traps() {
    let outcome = run_start_section(&[], "unreachable");

    outcome.assert_ended_with(EXIT_TRAP, "test trapped: ");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_start_function_that_loops() {
    let outcome = run_start_section(&["--fuel", "100000"], "(loop $forever (br $forever))");

    outcome.assert_ended_with(EXIT_TRAP, "test used up its 100000 units of fuel");
}

#[test]
fn a_start_function_that_waits() {
    // A subscription at 64: the monotonic clock (1) after 10 ms.
    let wait = "
        (i32.store (i32.const 80) (i32.const 1))
        (i64.store (i32.const 88) (i64.const 10000000))
        (if (call $poll (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 192))
            (then unreachable))";

    let outcome = run_start_section(&[], wait);

    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "hello\n"), "{outcome:?}");
}

#[test]
fn a_recursion_without_end() {
    let text = r#"(module (memory (export "memory") 1)
        (func $again (export "_start") (call $again) (call $again)))"#;
    let outcome = run_text(&[], text);

    outcome.assert_ended_with(EXIT_TRAP, "test trapped: call stack exhausted");
}

#[test]
fn a_module_that_asks_for_4_gib() {
    let text = r#"(module (memory (export "memory") 65536) (func (export "_start")))"#;
    let outcome = run_text(&[], text);

    outcome.assert_ended_with(EXIT_REFUSED, "bramble: test ");
    assert!(outcome.stderr.contains("memory"), "{outcome:?}");
}

#[test]
fn a_module_that_asks_for_more_memory_than_it_may_have() {
    let text = r#"(module (memory (export "memory") 17) (func (export "_start")))"#;
    let outcome = run_text(&["--memory", "1M"], text);

    outcome.assert_ended_with(EXIT_REFUSED, "test asks for too much memory: 17 pages");
}

/// Calls `name` of WASI with these arguments (as text) and expects `errno`.
struct Probe {
    name: &'static str,
    arguments: String,
    /// `None`: anything, as long as the program goes on.
    errno: Option<i32>,
}

/// Runs all probes in one program. It ends with 0, or with the number of the first probe
/// that got another answer, counted from 1.
fn first_wrong(probes: &[Probe]) -> Outcome {
    let mut imports = String::new();
    for call in CALLS {
        let params = call.params.replace('i', "i32 ").replace('I', "i64 ");
        let results = call.results.replace('i', "(result i32)");
        imports += &format!(
            "(import \"wasi_snapshot_preview1\" \"{0}\" (func ${0} (param {params}) {results}))\n",
            call.name
        );
    }
    let mut body = String::new();
    for (index, Probe { name, arguments, errno }) in probes.iter().enumerate() {
        body += &match errno {
            None => format!("(drop (call ${name} {arguments}))\n"),
            Some(errno) => format!(
                "(if (i32.ne (call ${name} {arguments}) (i32.const {errno}))
                    (then (call $proc_exit (i32.const {}))))\n",
                index + 1
            ),
        };
    }
    let memory = "(memory (export \"memory\") 1)";
    // At 0 a vector that begins in memory and ends outside, at 8 one that is outside.
    let data = r#"(data (i32.const 0) "\ff\ff\00\00\02\00\00\00\00\00\00\80\01\00\00\00")"#;
    let text = format!("(module {imports} {memory} {data} (func (export \"_start\") {body}))");

    let programs = Programs::new();
    let path = programs.file("test.wat", text);
    Outcome::of(run().args(["--env", "A=1"]).arg(path).arg("word"))
}

#[test]
fn a_pointer_past_the_end_of_memory_is_efault_in_every_call_that_is_built() {
    const EFAULT: i32 = 21;
    let probe = |name, arguments: &[i64]| {
        let call = CALLS.iter().find(|call| call.name == name).unwrap();
        let arguments = typed(call.params, arguments);
        Probe { name, arguments, errno: Some(EFAULT) }
    };
    const OUT: i64 = -1;
    const LAST: i64 = 0xffff;
    let probes = [
        probe("args_get", &[OUT, 64]),
        probe("args_get", &[64, LAST]),
        probe("args_sizes_get", &[OUT, 64]),
        probe("args_sizes_get", &[64, LAST]),
        probe("environ_get", &[OUT, 64]),
        probe("environ_get", &[64, LAST]),
        probe("environ_sizes_get", &[OUT, 64]),
        probe("environ_sizes_get", &[64, LAST]),
        probe("clock_res_get", &[0, LAST]),
        probe("clock_time_get", &[0, 0, OUT]),
        probe("clock_time_get", &[1, 0, LAST]),
        probe("fd_fdstat_get", &[1, LAST]),
        probe("fd_filestat_get", &[1, LAST]),
        probe("fd_read", &[0, OUT, 1, 64]),
        probe("fd_read", &[0, 8, 1, 64]),
        probe("fd_write", &[1, OUT, 1, 64]),
        probe("fd_write", &[1, 0, 1, 64]),
        probe("fd_write", &[1, 8, 1, 64]),
        probe("poll_oneoff", &[OUT, 128, 1, 64]),
        probe("poll_oneoff", &[128, OUT, 1, 64]),
        probe("random_get", &[OUT, 1]),
        probe("random_get", &[LAST, 2]),
    ];

    let outcome = first_wrong(&probes);

    assert_eq!(outcome.code, Some(0), "the number of the probe that failed: {outcome:?}");
    assert_eq!(outcome.stdout, "");
}

#[test]
fn no_call_with_bad_arguments_ends_the_program() {
    // These end the program, or its streams, as they should.
    const ENDING: [&str; 4] = ["proc_exit", "proc_raise", "fd_close", "fd_renumber"];
    let mut probes = Vec::new();
    for call in CALLS.iter().filter(|call| !ENDING.contains(&call.name)) {
        for first in [0, 1, 3, -1] {
            for rest in [-1, 0xffff, i64::from(i32::MIN)] {
                let mut arguments = vec![rest; call.params.len()];
                if let Some(argument) = arguments.first_mut() {
                    *argument = first;
                }
                let arguments = typed(call.params, &arguments);
                probes.push(Probe { name: call.name, arguments, errno: None });
            }
        }
    }

    let outcome = first_wrong(&probes);

    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

/// Constants of the types that `params` says.
fn typed(params: &str, values: &[i64]) -> String {
    let constants = params.chars().zip(values).map(|(kind, value)| match kind {
        'I' => format!("(i64.const {value})"),
        _ => format!("(i32.const {})", *value as i32),
    });
    constants.collect::<Vec<_>>().join(" ")
}
