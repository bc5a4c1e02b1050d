//! What `Program::load` and `Guest::new` say to modules that cannot run.

use crate::support::*;
use runtime::{Guest, Limits, LoadError, Program};
use std::cell::RefCell;

const EMPTY_START: &str = r#"(func (export "_start"))"#;

fn parse(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap()
}

/// What is said to `wasm`.
fn refusal(wasm: &[u8]) -> String {
    refusal_within(wasm, &WIDE)
}

fn refusal_within(wasm: &[u8], limits: &Limits) -> String {
    match load(wasm, limits) {
        Ok(_) => panic!("the module was taken"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn other_files_are_not_webassembly() {
    for file in [&b""[..], b"\x7fELF\x02\x01\x01\0\0\0", b"(module)", b"hello"] {
        assert_eq!(refusal(file), "is not a WebAssembly module");
    }
}

#[test]
fn a_component_is_told_from_a_module() {
    let message = refusal(b"\0asm\x0d\0\x01\0");

    assert!(message.starts_with("is a WebAssembly component"), "{message}");
}

#[test]
fn another_version_is_told_from_this_one() {
    assert_eq!(refusal(b"\0asm\x02\0\0\0"), "is of an unknown version of WebAssembly");
}

#[test]
fn a_module_cut_within_a_section_is_cut_short() {
    let wasm = start("(call $log (i32.const 1))");

    assert_eq!(refusal(&wasm[..5]), "is cut short: the module ends after byte 5");
    assert_eq!(refusal(&wasm[..100]), "is cut short: the module ends after byte 100");
}

#[test]
fn a_module_cut_anywhere_is_refused() {
    // Its last section is code, which cannot be spared.
    let wasm = parse(
        r#"(module (import "env" "log" (func (param i32))) (memory 1)
            (func (export "_start") (call 0 (i32.const 1))))"#,
    );
    assert!(load(&wasm, &WIDE).is_ok());

    for length in 0..wasm.len() {
        assert!(load(&wasm[..length], &WIDE).is_err(), "cut to {length} bytes");
    }
}

#[test]
fn a_flipped_bit_never_panics() {
    let wasm = module(
        r#"
        (table (export "t") 2 5 funcref) (global $g (mut i32) (i32.const 3))
        (elem (i32.const 0) $main $log) (data (i32.const 8) "hello")
        (func $first (global.set $g (i32.const 1))) (start $first)
        (func $main (export "_start") (local i64)
            (call_indirect (type 0) (i32.const 7) (i32.const 1))
            (drop (memory.grow (i32.const 1)))
            (return_call $first))"#,
    );

    for at in 0..wasm.len() * 8 {
        let mut damaged = wasm.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        if let Ok(mut guest) = load(&damaged, &WIDE) {
            for _ in 0..20 {
                guest.turn(1000);
            }
        }
    }
}

#[test]
fn an_invalid_module_is_refused_with_reason_and_place() {
    // A type section whose only type has an unknown form.
    let message = refusal(b"\0asm\x01\0\0\0\x01\x02\x01\x42");

    assert!(message.starts_with("is not a valid module: "), "{message}");
    assert!(message.ends_with("(at byte 11)"), "{message}");
}

#[test]
fn a_module_that_the_packer_would_make_valid_is_refused_with_advice() {
    let shared = refusal(&parse(&format!("(module (memory 1 1 shared) {EMPTY_START})")));
    let wide = refusal(&parse(&format!("(module (memory i64 1) {EMPTY_START})")));

    assert!(shared.starts_with("is not a valid module: threads must be enabled"), "{shared}");
    assert!(shared.contains("; pack it with `bramble image`"), "{shared}");
    assert!(!wide.contains("bramble image"), "{wide}");
}

/// What reads and validates these instructions once their proposal is enabled is not in the image,
/// see `kernel/wasmparser.diff`.
#[test]
fn instructions_of_proposals_that_the_interpreter_has_not_got_are_invalid() {
    const MODULES: [&str; 25] = [
        "(memory 1) (func (drop (i32.atomic.load (i32.const 0))))",
        "(memory 1) (func (drop (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 0))))",
        "(func (drop (drop (i64.mul_wide_u (i64.const 1) (i64.const 1)))))",
        "(func (drop (ref.test anyref (ref.null any))))",
        "(type $a (array i32)) (func (drop (array.get $a (ref.null $a) (i32.const 0))))",
        "(type $s (struct (field i32))) (func (drop (struct.get $s 0 (ref.null $s))))",
        "(tag $e) (func (throw $e))",
        "(type $f (func)) (func (call_ref $f (ref.null $f)))",
        "(type $f (func)) (type $c (cont $f)) (func (resume $c (ref.null $c)))",
        // What is wrong with these is the instruction alone, not its type.
        "(memory 1) (func (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0))))",
        "(func (drop (drop (i64.add128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)))))",
        "(func (drop (drop (i64.sub128 (i64.const 1) (i64.const 1) (i64.const 1) (i64.const 1)))))",
        "(type $f (func)) (func (drop (array.get $f unreachable)))",
        "(type $f (func)) (func (drop (array.new_default $f (i32.const 1))))",
        "(type $f (func)) (func (drop (struct.get $f 0 unreachable)))",
        "(type $f (func)) (func (drop (struct.new_default $f)))",
        "(type $f (func)) (func (drop (cont.new $f unreachable)))",
        "(type $f (func)) (tag $e) (func unreachable (switch $f $e))",
        "(func (try_table (catch_all 0)))",
        "(type $f (func)) (global funcref (array.new_default $f (i32.const 1))) (func nop)",
        "(type $f (func)) (global funcref (struct.new_default $f)) (func nop)",
        // Types that refer to each other.
        "(rec (type (func)) (type (func))) (func nop)",
        "(type (sub (func))) (func nop)",
        "(type $f (func)) (type (sub final $f (func))) (func nop)",
        "(type $f (func)) (table 1 (ref null $f)) (func nop)",
    ];
    for module in MODULES {
        // The last function is the entry; `(func)` alone is a type.
        let (before, body) = module.rsplit_once("(func ").unwrap();
        let text = format!("(module {before} (func (export \"_start\") {body})");
        let end = match load(&parse(&text), &WIDE) {
            Err(error) => error.to_string(),
            Ok(mut guest) => run(&mut guest, PLENTY).to_string(),
        };
        assert!(end.contains("is not a valid module: ") || end.contains("invalid code: "), "{end}");
    }
}

#[test]
fn memories_of_64_bits_are_refused() {
    let message = refusal(&parse(&format!("(module (memory i64 1) {EMPTY_START})")));

    assert!(message.contains("memory64"), "{message}");
}

#[test]
fn an_unknown_import_is_named() {
    let wasm = parse(&format!(r#"(module (import "env" "launch" (func)) {EMPTY_START})"#));

    assert_eq!(refusal(&wasm), "imports an unknown function: `env` `launch`");
}

#[test]
fn imports_that_are_no_functions_are_unknown() {
    for (kind, item) in
        [("memory", "(memory 1)"), ("table", "(table 1 funcref)"), ("global", "(global i32)")]
    {
        let wasm = parse(&format!(r#"(module (import "env" "log" {item}) {EMPTY_START})"#));

        assert_eq!(refusal(&wasm), format!("imports an unknown {kind}: `env` `log`"));
    }
}

#[test]
fn an_import_of_the_wrong_type_is_named_with_both_types() {
    let import = r#"(import "env" "read" (func (param i32 i64) (result i32)))"#;
    let wasm = parse(&format!("(module {import} {EMPTY_START})"));

    assert_eq!(
        refusal(&wasm),
        "imports `env` `read` with the wrong type: \
         it wants (i32, i64) -> i32, and there is (i32, i32) -> i32"
    );
}

#[test]
fn control_characters_of_a_module_do_not_reach_the_console() {
    let import = |ty: &str| format!(r#"(import "env" "y\0a\1b[2J\c2\9bx" {ty})"#);
    let unknown = parse(&format!("(module {} {EMPTY_START})", import("(func)")));

    assert_eq!(refusal(&unknown), r"imports an unknown function: `env` `y\n\u{1b}[2J\u{9b}x`");

    let program = Program::load(&unknown, false, &WIDE, &ROOMY).unwrap();
    let wrong = Guest::new(&program, (), &WIDE, &ROOMY, |imports| {
        imports.offer("env", "y\n\x1b[2J\u{9b}x", |_: i32| {})
    });

    assert_eq!(
        wrong.map(|_| ()).unwrap_err().to_string(),
        r"imports `env` `y\n\u{1b}[2J\u{9b}x` with the wrong type: it wants () -> (), and there is (i32) -> ()"
    );
}

#[test]
fn other_characters_of_a_module_are_shown_as_they_are() {
    let wasm = parse(&format!(r#"(module (import "größe" "it's \"a\" \\" (func)) {EMPTY_START})"#));

    assert_eq!(refusal(&wasm), r#"imports an unknown function: `größe` `it's "a" \`"#);
}

#[test]
fn control_characters_in_reasons_do_not_reach_the_console() {
    let name = r#""y\0a\1b[2J""#;
    let twice = format!(
        "(module (func $f) (export {name} (func $f)) (export {name} (func $f)) {EMPTY_START})"
    );
    let refusal = refusal(&parse(&twice));
    let trap = runtime::Trap::InvalidCode("y\n\x1b[2J".into());
    let failure = runtime::Trap::Host("y\n\x1b[2J".into());

    assert!(refusal.contains(r"y\n\u{1b}[2J"), "{refusal}");
    assert_eq!(trap.to_string(), r"invalid code: y\n\u{1b}[2J");
    assert_eq!(failure.to_string(), r"host call failed: y\n\u{1b}[2J");
}

#[test]
fn an_import_may_be_there_twice() {
    let import = r#"(import "env" "log" (func (param i32)))"#;
    let wasm = parse(&format!("(module {import} {import} {EMPTY_START})"));

    assert!(load(&wasm, &WIDE).is_ok());
}

#[test]
fn a_service_sees_the_calls_that_are_wanted_of_it() {
    let wasm = parse(&format!(
        r#"(module (import "a" "x" (func)) (import "b" "y" (func)) (import "a" "z" (func))
            (import "a" "g" (global i32)) {EMPTY_START})"#
    ));
    let program = Program::load(&wasm, false, &WIDE, &ROOMY).unwrap();
    let wanted = RefCell::new(Vec::new());

    let _ = Guest::new(&program, (), &WIDE, &ROOMY, |imports| {
        for name in imports.wanted("a") {
            wanted.borrow_mut().push(name.to_owned());
            imports.offer("a", name, || {})?;
        }
        Ok(())
    });

    assert_eq!(wanted.into_inner(), ["x", "z"]);
    let all: Vec<_> = program.imports().collect();
    assert_eq!(all, [("a", "x"), ("b", "y"), ("a", "z"), ("a", "g")]);
}

#[test]
fn a_module_without_start_is_no_program() {
    assert_eq!(
        refusal(&parse(r#"(module (func (export "run")))"#)),
        "has no `_start` function: it is not a WASI program"
    );
    assert_eq!(
        refusal(&parse(r#"(module (func (export "_initialize")))"#)),
        "has no `_start` function: it exports `_initialize`, so it is a library (a reactor), \
         not a program"
    );
    assert_eq!(
        refusal(&parse(r#"(module (global (export "_start") i32 (i32.const 1)))"#)),
        "has no `_start` function: it is not a WASI program"
    );
    assert_eq!(
        refusal(&parse(r#"(module (func (export "_start") (param i32)))"#)),
        "has a `_start` function that takes or returns values"
    );
}

#[test]
fn a_module_larger_than_its_limit_is_refused() {
    let wasm = start("");
    let bytes = wasm.len();
    let limits = Limits { module_bytes_max: bytes - 1, ..WIDE };

    assert_eq!(
        refusal_within(&wasm, &limits),
        format!("is too large: {bytes} bytes, and the limit is {}", bytes - 1)
    );
    assert!(load(&wasm, &Limits { module_bytes_max: bytes, ..WIDE }).is_ok());
}

#[test]
fn a_function_larger_than_its_limit_is_refused() {
    let wasm = module(&format!("(func) (func {}) {EMPTY_START}", "nop ".repeat(98)));

    assert_eq!(
        refusal_within(&wasm, &Limits { function_bytes_max: 99, ..WIDE }),
        "has a function that is too large: number 1 has 100 bytes, and the limit is 99"
    );
    assert!(load(&wasm, &Limits { function_bytes_max: 100, ..WIDE }).is_ok());
}

#[test]
fn a_memory_that_begins_too_large_is_refused() {
    let wasm = |pages: u32| parse(&format!("(module (memory {pages}) {EMPTY_START})"));

    assert!(load(&wasm(16), &WIDE).is_ok());
    assert_eq!(
        refusal(&wasm(17)),
        "asks for too much memory: 17 pages of 64 KiB, and the limit is 16"
    );
    assert_eq!(
        refusal(&wasm(65_536)),
        "asks for too much memory: 65536 pages of 64 KiB, and the limit is 16"
    );
}

#[test]
fn all_memories_together_are_held_to_the_limit() {
    let wasm = parse(&format!("(module (memory 10) (memory 10) {EMPTY_START})"));

    assert_eq!(refusal(&wasm), "asks for too much memory: 20 pages of 64 KiB, and the limit is 16");
}

#[test]
fn tables_that_begin_too_large_are_refused() {
    let wasm = parse(&format!("(module (table 6000 funcref) (table 6000 funcref) {EMPTY_START})"));

    assert_eq!(
        refusal(&wasm),
        "asks for tables that are too large: 12000 elements, and the limit is 10000"
    );
}

#[test]
fn segments_that_do_not_fit_are_refused() {
    let data = format!(r#"(module (memory 1) (data (i32.const 65535) "ab") {EMPTY_START})"#);
    let element =
        format!(r#"(module (table 1 funcref) (func $f) (elem (i32.const 1) $f) {EMPTY_START})"#);

    assert_eq!(refusal(&parse(&data)), "cannot begin: a data segment does not fit");
    assert_eq!(refusal(&parse(&element)), "cannot begin: an element segment does not fit");
}

#[test]
fn the_pool_is_asked_before_a_module_is_parsed() {
    static NONE: AtMost = AtMost(16_000);

    let refused = load_from(&start(""), &WIDE, &NONE).map(|_| ());

    assert!(matches!(refused, Err(LoadError::OutOfMemory { bytes: 16_000.. })), "{refused:?}");
}

#[test]
fn the_pool_is_asked_before_a_memory_is_made() {
    // Enough for all but the memory.
    static POOL: AtMost = AtMost(4 << 20);
    let limits = Limits { memory_pages_max: 1000, ..WIDE };
    let wasm = |pages: u32| parse(&format!("(module (memory {pages}) {EMPTY_START})"));

    let refused = load_from(&wasm(64), &limits, &POOL).map(|_| ());

    assert!(matches!(refused, Err(LoadError::OutOfMemory { bytes: 4_194_305.. })), "{refused:?}");
    assert!(load_from(&wasm(1), &limits, &POOL).is_ok());
}

#[test]
fn a_program_can_be_run_again() {
    let program = Program::load(&start("(call $log (i32.const 5))"), false, &WIDE, &ROOMY).unwrap();

    for _ in 0..3 {
        let mut guest = Guest::new(&program, App::default(), &WIDE, &ROOMY, link).unwrap();
        run(&mut guest, PLENTY);
        assert_eq!(guest.app().logged, [5]);
    }
}
