;; Draws a window and then sleeps for SECONDS.
(module
    (import "bramble_display" "open"
        (func $open (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "bramble_display" "clear" (func $clear (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)

    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

    (func (export "_start")
        (call $check (call $open (i32.const 0) (i32.const 0) (i32.const 300) (i32.const 200)
            (i32.const 0) (i32.const 0)))
        (call $check (call $clear (i32.load (i32.const 0)) (i32.const 0x336699)))
        ;; A subscription to the monotonic clock, by so many nanoseconds.
        (i32.store (i32.const 80) (i32.const 1))
        (i64.store (i32.const 88)
            (i64.mul (i64.const SECONDS) (i64.const 1000000000)))
        (call $check (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1)
            (i32.const 192)))))
