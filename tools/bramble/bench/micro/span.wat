;; Sleeps until all cores are up and other apps have started, then works, and says when it began
;; and when it ended, in nanoseconds.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock_time_get (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff"
    (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))

  ;; At 8 is the time, from 16 on a number of 24 digits and the end of its line, and at 48 where
  ;; that is. At 64 is one subscription to the monotonic clock, for a second, at 128 its event.
  (memory (export "memory") 1)
  (data (i32.const 16) "000000000000000000000000\n")
  (data (i32.const 48) "\10\00\00\00\19\00\00\00")
  (data (i32.const 80) "\01")
  (data (i32.const 88) "\00\ca\9a\3b")

  (func $work (local $n i32) (local $x i32)
    (local.set $n (i32.const 30000000))
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

  (func (export "_start") (local $begin i64)
    (drop (call $poll_oneoff (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 160)))
    (local.set $begin (call $now))
    (call $work)
    (call $say (local.get $begin))
    (call $say (call $now))))
