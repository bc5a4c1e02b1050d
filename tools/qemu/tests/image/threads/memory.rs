//! All memory comes back from apps with threads, wherever these are when they end.

use super::*;

/// Starts a thread that waits, one that loops, and one that has ended, and then `main`.
fn program(main: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "env" "memory" (memory 1 2 shared))
            (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))
            (export "memory" (memory 0))
            (func (export "wasi_thread_start") (param i32) (param $which i32)
                (if (i32.eq (local.get $which) (i32.const 0)) (then
                    (drop (memory.atomic.wait32
                        (i32.const 8) (i32.const 0) (i64.const -1)))))
                (if (i32.eq (local.get $which) (i32.const 1)) (then
                    (loop $forever (br $forever)))))
            (func (export "_start")
                (drop (call $spawn (i32.const 0)))
                (drop (call $spawn (i32.const 1)))
                (drop (call $spawn (i32.const 2)))
                {main}))"#
    );
    lowered(&wat::parse_str(text).unwrap())
}

#[test]
fn fifty_starts_and_ends_of_an_app_with_threads_give_all_memory_back() {
    const NAMES: [&str; 4] = ["returned", "trapped", "looping", "waiting"];
    let wait = "(drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1)))";
    let modules = ["", "unreachable", "(loop $forever (br $forever))", wait].map(program);
    let apps = NAMES.iter().zip(&modules).map(|(name, module)| {
        let app = app_with_threads(name, module);
        // Those that would not end by themselves do when that is used up.
        App { limits: Limits { fuel_max: Some(1_000_000), ..app.limits }, ..app }
    });
    let packed = Packed::new(apps.collect());

    let qemu = packed.machine(Board::Raspi3b).append("bramble.bench=50").boot().unwrap();

    for name in NAMES {
        let line = qemu.expect_line(&format!("bench: start {name} "), LIMIT);
        let mut words = line.trim_end().rsplit(' ');
        let (after, before) = (words.next(), words.next());
        assert_eq!(after, before, "{name}");
    }
}
