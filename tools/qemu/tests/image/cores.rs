//! Guests on all four cores.

use super::*;

const LOOP: &str = "(loop $forever (br $forever))";

/// A module of one page. `$sleep` takes milliseconds, `$sleep_until` milliseconds since power-on,
/// `$now`
/// is the monotonic clock in nanoseconds, `$work` is so many steps of arithmetic, and `$tell` says
/// a number of eight digits.
pub(super) fn worker(start: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "clock_time_get"
                (func $clock_time_get (param i32 i64 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            ;; At 0 one vector over the digits and the line's end, at 8 a result, at 16 the
            ;; bytes. At 64 one subscription to the monotonic clock, at 128 its event, at 160
            ;; the time.
            (data (i32.const 0) "\10\00\00\00\09\00\00\00")
            (data (i32.const 16) "00000000\n")
            (data (i32.const 80) "\01")
            (func $sleep (param $ms i64)
                (i64.store (i32.const 88) (i64.mul (local.get $ms) (i64.const 1000000)))
                (drop (call $poll_oneoff
                    (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 8))))
            (func $sleep_until (param $ms i64)
                (i32.store16 (i32.const 104) (i32.const 1))
                (call $sleep (local.get $ms)))
            (func $now (result i64)
                (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 160)))
                (i64.load (i32.const 160)))
            (func $work (param $steps i32)
                (local $sum i32)
                (loop $next
                    (local.set $sum (i32.add
                        (i32.mul (local.get $sum) (i32.const 31)) (local.get $steps)))
                    (local.set $steps (i32.sub (local.get $steps) (i32.const 1)))
                    (br_if $next (local.get $steps)))
                (i32.store (i32.const 256) (local.get $sum)))
            (func $tell (param $number i64)
                (local $at i32)
                (local.set $at (i32.const 24))
                (loop $next
                    (local.set $at (i32.sub (local.get $at) (i32.const 1)))
                    (i64.store8 (local.get $at) (i64.add (i64.const 48)
                        (i64.rem_u (local.get $number) (i64.const 10))))
                    (local.set $number (i64.div_u (local.get $number) (i64.const 10)))
                    (br_if $next (i32.gt_u (local.get $at) (i32.const 16))))
                (drop (call $fd_write
                    (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
            (func (export "_start") {start}))"#
    );
    wat::parse_str(text).unwrap()
}

/// The numbers that `name` told.
pub(super) fn told(console: &str, name: &str) -> Vec<u64> {
    let beginning = format!("{name} | ");
    let lines = console.lines().filter_map(|line| line.strip_prefix(&beginning));
    lines.filter_map(|digits| digits.trim().parse().ok()).collect()
}

/// Waits until each of `names` has told a number.
#[track_caller]
fn expect_all(qemu: &Qemu, names: &[String]) {
    for name in names {
        qemu.expect(&format!("{name} | "), LIMIT);
    }
}

#[test]
fn five_apps_that_never_give_way_share_four_cores_with_one_that_talks() {
    let step = "(loop $on (call $work (i32.const 3000000)) (call $tell (i64.const 1)) (br $on))";
    let (busy, talker) = (
        worker(step),
        worker("(loop $on (call $tell (i64.const 2)) (call $sleep (i64.const 50)) (br $on))"),
    );
    let names: Vec<_> = (0..5).map(|number| format!("busy-{number}")).collect();
    let mut apps: Vec<_> = names.iter().map(|name| app(name, &busy)).collect();
    apps.push(app("talker", &talker));
    let packed = Packed::new(apps);

    for board in Board::ALL {
        let qemu = packed.boot(board);
        for _ in 0..5 {
            expect_all(&qemu, &names);
            qemu.expect("talker | 00000002", LIMIT);
            qemu.forget();
        }
    }
}

/// Four that share one core take four times as long as one, and here there may be two processors
/// for the four cores, which do other things as well.
#[test]
fn four_apps_that_compute_at_once_do_not_take_four_times_as_long_as_one() {
    const ATTEMPTS: usize = 3;
    const RATIO_MAX: f64 = 3.4;

    let mut ratios = (0..ATTEMPTS).map(|_| slowdown_of_four());
    // What else the host does may spoil one measurement, and does not make four out of one core.
    assert!(ratios.any(|ratio| ratio < RATIO_MAX), "none of {ATTEMPTS} was below {RATIO_MAX}");
}

/// How many times longer four take that compute at once than one alone, by their own clock.
fn slowdown_of_four() -> f64 {
    let timed = |before: &str| {
        worker(&format!(
            "(local $began i64) {before} (local.set $began (call $now))
            (call $work (i32.const 4000000))
            (call $tell (i64.div_u (i64.sub (call $now) (local.get $began)) (i64.const 1000)))"
        ))
    };
    // The four begin when the one has long ended.
    let (alone, together) = (timed(""), timed("(call $sleep (i64.const 5000))"));
    let names: Vec<_> = (0..4).map(|number| format!("one-of-{number}")).collect();
    let mut apps = vec![app("alone", &alone)];
    apps.extend(names.iter().map(|name| app(name, &together)));
    let packed = Packed::new(apps);

    let qemu = packed.boot(Board::Raspi3b);
    qemu.expect("kernel: all apps have ended", LIMIT);

    let console = qemu.console();
    let one_us = told(&console, "alone")[0];
    let slowest_us = names.iter().flat_map(|name| told(&console, name)).max().unwrap();
    let ratio = slowest_us as f64 / one_us as f64;
    println!("one took {one_us} us, the slowest of four {slowest_us} us: {ratio:.2}");
    ratio
}

#[test]
fn a_thousand_apps_that_sleep_all_wake_at_once_and_end() {
    // All at the same moment, when the last has long gone to sleep, and so they end together too.
    let sleeper = worker("(call $sleep_until (i64.const 5000)) (call $tell (i64.const 3))");
    let names: Vec<_> = (0..1000).map(|number| format!("s{number}")).collect();
    let limits = Limits { memory_pages_max: 1, stack_bytes_max: 65_536, ..Limits::default() };
    let apps = names.iter().map(|name| App { limits, ..app(name, &sleeper) });
    let packed = Packed::new(apps.collect());

    let qemu = packed.boot(Board::Raspi3b);
    qemu.expect("kernel: all apps have ended", LIMIT);

    let console = qemu.console();
    let told: Vec<_> = names.iter().filter(|name| told(&console, name) == [3]).collect();
    assert_eq!(told.len(), names.len(), "{console}");
}

#[test]
fn an_app_that_never_gives_way_keeps_no_key_from_another() {
    let busy = module("", LOOP);
    let echo = module(
        "typed",
        "(loop $on
            (drop (call $fd_read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 8)))
            (call $say) (br $on))",
    );
    let names: Vec<_> = (0..4).map(|number| format!("busy-{number}")).collect();
    let mut apps: Vec<_> = names.iter().map(|name| app(name, &busy)).collect();
    apps.push(App { stdin: Stdin::Console, ..app("echo", &echo) });
    let packed = Packed::new(apps);

    for board in Board::ALL {
        let mut qemu = packed.boot(board);
        qemu.expect("boot ", LIMIT);
        for _ in 0..5 {
            qemu.send("key\n");
            qemu.expect("echo | typed", LIMIT);
            qemu.forget();
        }
    }
}
