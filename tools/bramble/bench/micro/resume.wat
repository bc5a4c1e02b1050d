;; Exit code: nanoseconds of a loop that takes about six million units of fuel. Run with short
;; and with long turns it shows what taking turns costs.
(module
    (import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
    (memory (export "memory") 1)

    (func $now_ns (result i64)
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
        (i64.load (i32.const 0)))

    (func (export "_start") (local $left i32) (local $begin_ns i64)
        ;; The boot goes on when the first turn ends, and must not be measured with the turns.
        (drop (call $sched_yield))

        (local.set $begin_ns (call $now_ns))
        (local.set $left (i32.const 1000000))
        (loop $next
            (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (call $proc_exit (i32.wrap_i64 (i64.sub (call $now_ns) (local.get $begin_ns))))))
