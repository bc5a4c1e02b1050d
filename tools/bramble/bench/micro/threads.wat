;; Sleeps until all cores are up, works twice, one after the other, and then with two threads at
;; once; says how many thousandths of the second time the first one was.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param i32) (result i32)))

  ;; At 0 the second thread says that it is done, at 8 is the time, from 16 on a number of 24
  ;; digits and the end of its line, and at 48 where that is. At 64 is one subscription to the
  ;; monotonic clock, for a second, at 128 its event.
  (memory (export "memory") 1 1 shared)
  (data (i32.const 16) "000000000000000000000000\n")
  (data (i32.const 48) "\10\00\00\00\19\00\00\00")
  (data (i32.const 80) "\01")
  (data (i32.const 88) "\00\ca\9a\3b")

  (func $work (local $n i32) (local $x i32)
    (local.set $n (i32.const 20000000))
    (loop $more
      (local.set $x
        (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))

  (func $now (result i64)
    (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 8)))
    (i64.load (i32.const 8)))

  (func $say (param $number i64) (local $at i32)
    (local.set $at (i32.const 39))
    (loop $digit
      (i32.store8 (local.get $at)
        (i32.add (i32.const 48) (i32.wrap_i64 (i64.rem_u (local.get $number) (i64.const 10)))))
      (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (br_if $digit (i64.ne (local.get $number) (i64.const 0))))
    (drop (call $fd_write (i32.const 1) (i32.const 48) (i32.const 1) (i32.const 8))))

  (func (export "wasi_thread_start") (param i32 i32)
    (call $work)
    (i32.atomic.store (i32.const 0) (i32.const 1))
    (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))

  (func (export "_start") (local $begin i64) (local $middle i64)
    (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 160)))
    (local.set $begin (call $now))
    (call $work)
    (call $work)
    (local.set $middle (call $now))
    (if (i32.lt_s (call $spawn (i32.const 0)) (i32.const 0)) (then (unreachable)))
    (call $work)
    (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
    (call $say
      (i64.div_u
        (i64.mul (i64.sub (local.get $middle) (local.get $begin)) (i64.const 1000))
        (i64.sub (call $now) (local.get $middle))))))
