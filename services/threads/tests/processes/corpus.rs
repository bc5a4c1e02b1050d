//! The wasi-threads proposal's own tests.

use crate::machine::run_wasm;
use runtime::End;
use std::fs;

fn assert_ends_with(name: &str, code: u32) {
    let Some(folder) = wasm_corpus::folder() else { return };
    let file = folder.join(format!("wasi-threads/wasi_threads_{name}.wasm"));
    let wasm = fs::read(file).expect("the corpus is whole");
    assert_eq!(run_wasm(&wasm, 4), End::Exit(code), "{name}");
}

#[test]
fn a_program_may_import_shared_memory_of_no_pages() {
    assert_ends_with("noop", 0);
}

#[test]
fn main_may_return_while_a_thread_waits() {
    assert_ends_with("return_main_block", 0);
}

#[test]
fn main_may_return_while_a_thread_loops() {
    assert_ends_with("return_main_busy", 0);
}

#[test]
fn main_may_return_while_a_thread_sleeps() {
    assert_ends_with("return_main_wasi", 0);
}

#[test]
fn main_may_return_while_a_thread_reads() {
    assert_ends_with("return_main_wasi_read", 0);
}

#[test]
fn a_thread_gets_its_number_and_argument_and_wakes_the_main_thread() {
    assert_ends_with("spawn", 22);
}
