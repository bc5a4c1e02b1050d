;; Presents the same picture of WIDTH times HEIGHT pixels PRESENTS times on a surface as large as
;; the screen, each pixel SCALE wide and high, one for each picture of the display.
(module
    (import "bramble_display" "open"
        (func $open (param i32 i32 i32 i32 i32 i32) (result i32)))
    (import "bramble_display" "blit" (func $blit (param i32 i32 i32 i32) (result i32)))
    (import "bramble_display" "wait_frame" (func $wait_frame (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 20)

    (func $check (param $errno i32)
        (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))

    (func (export "_start")
        (local $left i32) (local $surface i32)
        ;; The picture: its pixels are in the second page.
        (i32.store (i32.const 0) (i32.const 65536))
        (i32.store (i32.const 4) (i32.const WIDTH))
        (i32.store (i32.const 8) (i32.const HEIGHT))
        (i32.store (i32.const 28) (i32.const SCALE))

        (call $check (call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
            (i32.const 1) (i32.const 32)))
        (local.set $surface (i32.load (i32.const 32)))
        (local.set $left (i32.const PRESENTS))
        (loop $next
            (call $check (call $blit (local.get $surface) (i32.const 0) (i32.const 0)
                (i32.const 0)))
            (call $check (call $wait_frame (local.get $surface)))
            (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))))
