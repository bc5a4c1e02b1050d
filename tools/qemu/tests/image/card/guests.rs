//! Guests that use files, written in the text format. All are made of the same pieces.

/// Bytes that a piece of work moves: what one host call does at most.
pub(super) const PIECE_BYTES: u32 = 64 << 10;

/// A module of three pages with `data` and functions of its own; `start` is the body of its
/// `_start`. The directory that it finds open has the number 3.
///
/// At 0 there is a vector and at 8 what a call tells; a piece of work is at 65 536.
pub(super) fn guest(data: &str, functions: &str, start: &str) -> Vec<u8> {
    let text = format!(
        "(module {IMPORTS} {data} {PIECES} {functions}
            (func (export \"_start\") (local $fd i32) (local $n i32) {start}))"
    );
    wat::parse_str(text).unwrap()
}

const IMPORTS: &str = r#"
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_seek"
        (func $fd_seek (param i32 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_sync" (func $fd_sync (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_get"
        (func $fd_filestat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_filestat_set_size"
        (func $fd_filestat_set_size (param i32 i64) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $path_open
        (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_rename"
        (func $path_rename (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_unlink_file"
        (func $path_unlink_file (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock_time_get (param i32 i64 i32) (result i32)))
    (memory (export "memory") 3)
"#;

const PIECES: &str = r#"
    ;; Reading, writing, seeking, syncing, asking for and setting the size.
    (global $rights i64 (i64.const 0x600077))
    ;; A trap unless `code` is that of success.
    (func $ok (param $code i32) (if (local.get $code) (then unreachable)))
    ;; The file whose name is at `$at`: `$how` 0 as it is, 1 made, 9 made and cut.
    (func $open (param $at i32) (param $length i32) (param $how i32) (param $flags i32)
            (result i32)
        (call $ok (call $path_open (i32.const 3) (i32.const 0) (local.get $at)
            (local.get $length) (local.get $how) (global.get $rights) (i64.const 0)
            (local.get $flags) (i32.const 8)))
        (i32.load (i32.const 8)))
    (func $vector (param $at i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length)))
    ;; Writes bytes and gives the error's number.
    (func $try_write (param $fd i32) (param $at i32) (param $length i32) (result i32)
        (call $vector (local.get $at) (local.get $length))
        (call $fd_write (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
    (func $write (param $fd i32) (param $at i32) (param $length i32)
        (call $ok (call $try_write (local.get $fd) (local.get $at) (local.get $length)))
        (if (i32.ne (i32.load (i32.const 8)) (local.get $length)) (then unreachable)))
    ;; Reads bytes and gives the error's number; at 8 is how many.
    (func $try_read (param $fd i32) (param $at i32) (param $length i32) (result i32)
        (call $vector (local.get $at) (local.get $length))
        (call $fd_read (local.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
    (func $rewind (param $fd i32)
        (call $ok (call $fd_seek (local.get $fd) (i64.const 0) (i32.const 0) (i32.const 16))))
    (func $say (param $at i32) (param $length i32)
        (call $write (i32.const 1) (local.get $at) (local.get $length)))
    ;; Puts a number of eight digits at `$at`.
    (func $digits (param $at i32) (param $number i32) (local $index i32)
        (local.set $index (i32.const 8))
        (loop $next
            (local.set $index (i32.sub (local.get $index) (i32.const 1)))
            (i32.store8 (i32.add (local.get $at) (local.get $index))
                (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
            (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
            (br_if $next (local.get $index))))
    (func $now_us (result i32)
        (call $ok (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
        (i32.wrap_i64 (i64.div_u (i64.load (i32.const 16)) (i64.const 1000))))
"#;
