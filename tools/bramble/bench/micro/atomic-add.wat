;; Exit code: nanoseconds of an atomic addition that nobody contends for.
(module
    (import "env" "memory" (memory 1 1 shared))
    (import "wasi_snapshot_preview1" "clock_time_get"
        (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $sched_yield (result i32)))
    (export "memory" (memory 0))
    (func (export "wasi_thread_start") (param i32 i32))

    (func $now_ns (result i64)
        (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 0)))
        (i64.load (i32.const 0)))

    (func (export "_start")
        (local $left i32) (local $begin_ns i64) (local $adds_ns i64) (local $loop_ns i64)
        ;; The boot goes on when the first turn ends, and must not be measured with the additions.
        (drop (call $sched_yield))

        (local.set $begin_ns (call $now_ns))
        (local.set $left (i32.const 100000))
        (loop $next
            (drop (i32.atomic.rmw.add (i32.const 64) (local.get $left)))
            (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $adds_ns (i64.sub (call $now_ns) (local.get $begin_ns)))

        (local.set $begin_ns (call $now_ns))
        (local.set $left (i32.const 100000))
        (loop $next
            (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.set $loop_ns (i64.sub (call $now_ns) (local.get $begin_ns)))

        (call $proc_exit (i32.wrap_i64 (i64.div_u
            (i64.sub (local.get $adds_ns) (local.get $loop_ns))
            (i64.const 100000))))))
