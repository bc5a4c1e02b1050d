//! How an app with threads ends: all of it at once, whoever ends it, and nothing beside it.

use super::*;

/// The line in which the kernel says how the stress program `name` ended, while another app
/// goes on.
#[track_caller]
fn ending_of(name: &str) -> String {
    let neighbour = module("still here", "(call $say)");
    let packed = Packed::new(vec![stress_app(name, "1"), app("neighbour", &neighbour)]);
    let qemu = packed.boot(Board::Raspi3b);

    let line = qemu.expect_line(&format!("kernel: {name} "), LIMIT);
    qemu.expect("neighbour | still here", LIMIT);
    qemu.expect("kernel: all apps have ended", LIMIT);
    line.trim_end().to_owned()
}

#[test]
fn a_thread_past_the_limit_is_an_error_and_the_others_go_on() {
    assert_eq!(ending_of("limit"), "kernel: limit exited with code 0");
}

#[test]
fn a_trap_in_a_thread_ends_those_that_wait_too() {
    let line = ending_of("trap");

    assert!(line.starts_with("kernel: trap trapped: "), "{line}");
    assert!(line.contains("unreachable"), "{line}");
}

#[test]
fn an_exit_in_a_thread_ends_those_that_wait_too() {
    assert_eq!(ending_of("exit"), "kernel: exit exited with code 42");
}

#[test]
fn a_wait_beside_a_word_traps() {
    let line = ending_of("unaligned");

    assert!(line.starts_with("kernel: unaligned trapped: "), "{line}");
}

#[test]
fn a_wait_on_memory_that_is_not_shared_traps() {
    let text = r#"(module
        (memory (export "memory") 1)
        (func (export "_start")
            (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))))"#;
    let module = lowered(&wat::parse_str(text).unwrap());
    let packed = Packed::new(vec![app_with_threads("alone", &module)]);
    let qemu = packed.boot(Board::Raspi3b);

    let line = qemu.expect_line("kernel: alone ", LIMIT);
    assert!(line.starts_with("kernel: alone trapped: "), "{line}");
}
