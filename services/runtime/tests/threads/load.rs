//! What a program with threads must be for seats to be made for it.

use crate::support::{LIMITS, ROOMY, load};
use runtime::{Limits, LoadError, Program, Seat};

fn program(memory: &str) -> String {
    format!(r#"(module (memory (export "memory") {memory} shared) (func (export "_start")))"#)
}

#[test]
fn a_module_that_was_not_lowered_is_refused() {
    let wasm = wat::parse_str(program("1 1")).unwrap();

    let error = Program::load(&wasm, false, &LIMITS, &ROOMY).err().unwrap();
    assert!(error.to_string().contains("threads must be enabled"), "{error}");
}

#[test]
fn a_program_without_threads_has_no_seats() {
    let program = load(&wat::parse_str("(module (func (export \"_start\")))").unwrap()).unwrap();

    let seats = Seat::make(&program, 1, &LIMITS, &ROOMY, || ());
    assert!(matches!(seats.err(), Some(LoadError::UnknownImport { kind: "memory", .. })));
}

#[test]
fn shared_memory_is_held_to_the_limit_at_its_largest() {
    let wasm = wat::parse_str(program("1 8")).unwrap();
    let program = load(&wasm).unwrap();

    let limits = Limits { memory_pages_max: 7, ..LIMITS };
    let seats = Seat::make(&program, 1, &limits, &ROOMY, || ());
    assert_eq!(seats.err(), Some(LoadError::MemoryTooLarge { pages: 8, pages_max: 7 }));
}
