;; Serves one connection after another on the descriptor that it finds open. The first byte says
;; what is wanted: 0 is as many bytes as the next eight say, the least significant first; 1 is that
;; all is taken until the end, and one byte sent back; 2 is that the program ends.
(module
    (import "wasi_snapshot_preview1" "sock_accept"
        (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read"
        (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write"
        (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 2)
    ;; At 0 a list of one buffer, at 8 how many bytes were moved, at 12 the connection; from 16 on
    ;; what was asked, from 4096 on what is moved.
    (global $fd (mut i32) (i32.const 0))

    (func $or_end (param $error i32)
        (if (local.get $error) (then (call $proc_exit (local.get $error)))))

    ;; Moves at most so many bytes, and says how many.
    (func $read (param $at i32) (param $length i32) (result i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (call $or_end (call $fd_read
            (global.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.load (i32.const 8)))
    (func $write (param $length i32) (result i32)
        (i32.store (i32.const 0) (i32.const 4096))
        (i32.store (i32.const 4) (local.get $length))
        (call $or_end (call $fd_write
            (global.get $fd) (i32.const 0) (i32.const 1) (i32.const 8)))
        (i32.load (i32.const 8)))

    (func $give (local $left i64)
        (local.set $left (i64.load (i32.const 17)))
        (loop $next
            (if (i64.gt_s (local.get $left) (i64.const 0)) (then
                (local.set $left (i64.sub (local.get $left) (i64.extend_i32_u (call $write
                    (select (i32.const 16384) (i32.wrap_i64 (local.get $left))
                        (i64.gt_s (local.get $left) (i64.const 16384)))))))
                (br $next)))))
    (func $take
        (loop $next (br_if $next (call $read (i32.const 4096) (i32.const 16384))))
        (drop (call $write (i32.const 1))))

    (func (export "_start") (local $asked i32)
        (loop $next
            (call $or_end (call $sock_accept (i32.const 3) (i32.const 0) (i32.const 12)))
            (global.set $fd (i32.load (i32.const 12)))
            (local.set $asked (i32.const 0))
            (loop $ask
                (local.set $asked (i32.add (local.get $asked) (call $read
                    (i32.add (i32.const 16) (local.get $asked))
                    (i32.sub (i32.const 9) (local.get $asked)))))
                (br_if $ask (i32.lt_u (local.get $asked) (i32.const 9))))
            (if (i32.eqz (i32.load8_u (i32.const 16))) (then (call $give)))
            (if (i32.eq (i32.load8_u (i32.const 16)) (i32.const 1)) (then (call $take)))
            (drop (call $fd_close (global.get $fd)))
            (br_if $next (i32.ne (i32.load8_u (i32.const 16)) (i32.const 2))))))
