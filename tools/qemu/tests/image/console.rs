//! Typing on the console: the line editor, and an app that reads.

use super::*;

/// Writes what it reads, until the input ends.
fn parrot() -> Vec<u8> {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_read"
            (func $fd_read (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 16))
            (loop $next
                (i32.store (i32.const 4) (i32.const 1024))
                (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
                (i32.store (i32.const 4) (i32.load (i32.const 8)))
                (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
                (br_if $next (i32.load (i32.const 8))))))"#;
    wat::parse_str(text).unwrap()
}

fn boot_parrot(board: Board) -> (Packed, Qemu) {
    let module = parrot();
    let packed = Packed::new(vec![App { stdin: Stdin::Console, ..app("parrot", &module) }]);
    let qemu = packed.boot(board);
    qemu.expect("boot ", LIMIT);
    (packed, qemu)
}

#[test]
fn what_is_typed_is_edited_by_line_and_read_by_the_app() {
    for board in Board::ALL {
        let (_packed, mut qemu) = boot_parrot(board);

        qemu.send("helpo\x08\x08lo\r");
        qemu.expect("parrot | hello", LIMIT);
        qemu.send("\x04");

        qemu.expect("kernel: parrot exited with code 0", LIMIT);
    }
}

#[test]
fn a_line_that_others_break_is_shown_whole_with_the_next_key() {
    let parrot = parrot();
    let on = "(loop $on (call $say) (call $sleep (i64.const 200)) (br $on))";
    let talker = leaks::sleeper(1, on);
    let reader = App { stdin: Stdin::Console, ..app("parrot", &parrot) };
    let packed = Packed::new(vec![reader, app("talker", &talker)]);
    let mut qemu = packed.boot(Board::Raspi3b);
    qemu.expect("boot ", LIMIT);

    qemu.send("half");
    qemu.expect("parrot | half", LIMIT);
    qemu.forget();
    qemu.expect("talker | tick", LIMIT);
    qemu.send(" a line");

    qemu.expect("parrot | half a line", LIMIT);
}

#[test]
fn a_line_longer_than_the_editor_holds_leaves_the_board_well() {
    let (_packed, mut qemu) = boot_parrot(Board::Raspi3b);

    qemu.send(&"x".repeat(5000));
    qemu.send("\x15after\r");

    qemu.expect("parrot | after", LIMIT);
}
