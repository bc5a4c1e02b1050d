//! The kernel's own memory routines (`kernel/src/arch/memory.s`), by way of the bulk
//! instructions that end in them, against loops that move a byte at a time.

use super::*;

/// Two equal buffers, at 0 and at 2048: one changes by a bulk instruction, the other by a loop.
const BUFFERS: &str = r#"
    (memory (export "memory") 1)
    (func $reset (local $at i32)
        (loop $next
            (i32.store8 (local.get $at)
                (i32.add (i32.mul (local.get $at) (i32.const 7)) (i32.const 3)))
            (i32.store8 offset=2048 (local.get $at)
                (i32.add (i32.mul (local.get $at) (i32.const 7)) (i32.const 3)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 1024)))))
    (func $compare (local $at i32)
        (loop $next
            (if (i32.ne (i32.load8_u (local.get $at)) (i32.load8_u offset=2048 (local.get $at)))
                (then (unreachable)))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.lt_u (local.get $at) (i32.const 1024)))))
    (func $copy_slowly (param $to i32) (param $from i32) (param $length i32) (local $at i32)
        (if (i32.eqz (local.get $length)) (then (return)))
        (if (i32.lt_u (local.get $to) (local.get $from))
            (then (loop $next
                (i32.store8 offset=2048 (i32.add (local.get $to) (local.get $at))
                    (i32.load8_u offset=2048 (i32.add (local.get $from) (local.get $at))))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $at) (local.get $length)))))
            (else (local.set $at (local.get $length)) (loop $next
                (local.set $at (i32.sub (local.get $at) (i32.const 1)))
                (i32.store8 offset=2048 (i32.add (local.get $to) (local.get $at))
                    (i32.load8_u offset=2048 (i32.add (local.get $from) (local.get $at))))
                (br_if $next (local.get $at))))))
    (func $fill_slowly (param $to i32) (param $value i32) (param $length i32)
        (if (i32.eqz (local.get $length)) (then (return)))
        (loop $next
            (local.set $length (i32.sub (local.get $length) (i32.const 1)))
            (i32.store8 offset=2048 (i32.add (local.get $to) (local.get $length))
                (local.get $value))
            (br_if $next (local.get $length))))"#;

/// Lengths around every limit that the routines have.
const LENGTHS: [u32; 31] = [
    0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 79, 80, 81, 127,
    128, 129, 255, 256, 257, 400,
];

fn ends_well(start: &str) {
    let outcome = run_text(&[], &format!("(module {BUFFERS} (func (export \"_start\") {start}))"));

    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
}

#[test]
fn a_copy_is_right_for_every_length_alignment_and_overlap() {
    let mut start = String::new();
    for length in LENGTHS {
        for (to, from) in [(64, 512), (67, 513), (64, 65), (65, 64), (80, 64), (64, 96), (101, 70)]
        {
            start += &format!(
                "(call $reset)
                 (memory.copy (i32.const {to}) (i32.const {from}) (i32.const {length}))
                 (call $copy_slowly (i32.const {to}) (i32.const {from}) (i32.const {length}))
                 (call $compare)"
            );
        }
    }

    ends_well(&start);
}

#[test]
fn a_fill_is_right_for_every_length_and_alignment() {
    let mut start = String::new();
    for length in LENGTHS {
        for (to, value) in [(64, 0), (65, 0), (127, 0), (64, 0xa5), (71, 0xff)] {
            start += &format!(
                "(call $reset)
                 (memory.fill (i32.const {to}) (i32.const {value}) (i32.const {length}))
                 (call $fill_slowly (i32.const {to}) (i32.const {value}) (i32.const {length}))
                 (call $compare)"
            );
        }
    }

    ends_well(&start);
}

#[test]
fn thousands_of_refused_growths_in_one_turn_leave_the_machine_alone() {
    let outcome = run_text(
        &["--memory", "64"],
        r#"(module (memory (export "memory") 1) (table 1 funcref)
            (func (export "_start") (local $count i32)
                (loop $again
                    (drop (memory.grow (i32.const 60000)))
                    (drop (table.grow (ref.null func) (i32.const 99999999)))
                    (local.set $count (i32.add (local.get $count) (i32.const 1)))
                    (br_if $again (i32.lt_u (local.get $count) (i32.const 20000))))))"#,
    );

    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{outcome:?}");
}

/// Memories of 11 pages of which every second one moves to make holes, others that take all that
/// is left, and then as much stack as there may be.
#[test]
fn a_heap_full_of_holes_ends_the_guest_and_not_the_machine() {
    const HOLES: u32 = 60;
    const MEMORIES: u32 = 100;
    const GROWTHS: [u32; 18] =
        [2040, 1500, 1000, 700, 500, 350, 250, 180, 125, 90, 60, 45, 30, 22, 15, 13, 12, 11];

    let pages = |number| if number < HOLES { 11 } else { 1 };
    let memories: String = (0..MEMORIES).map(|at| format!("(memory {})", pages(at))).collect();
    let holes: String = (1..HOLES)
        .step_by(2)
        .map(|at| format!("(drop (memory.grow {at} (i32.const 1)))"))
        .collect();
    let fill: String = (HOLES..MEMORIES)
        .map(|at| {
            let tries: String = GROWTHS
                .iter()
                .map(|pages| {
                    format!("(br_if $done (i32.ne (memory.grow {at} (i32.const {pages})) (i32.const -1)))")
                })
                .collect();
            format!("(block $done {tries})")
        })
        .collect();

    let outcome = run_text(
        &[],
        &format!(
            "(module {memories} (func $deep (call $deep))
                (func (export \"_start\") {holes} {fill} (call $deep)))"
        ),
    );

    outcome.assert_ended_with(134, "bramble: test ");
}
