//! Memory: all of it comes back from every app, however it ended, and apps that want more than
//! there is are refused one by one.

use super::*;

const LOOP: &str = "(loop $forever (br $forever))";

/// For the long tests, on a host that does much else.
const STRESS_LIMIT: Duration = Duration::from_secs(1200);

/// Enough for a few turns and no more.
const BRIEF: Option<u64> = Some(1_000_000);

/// A module of `pages` pages whose `_start` has the given body, in which `$sleep` takes
/// milliseconds.
pub(super) fn sleeper(pages: u32, start: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") {pages})
            ;; At 0 one vector over `tick`, at 8 a result, at 16 the bytes. At 64 one
            ;; subscription to the monotonic clock, at 128 its event.
            (data (i32.const 0) "\10\00\00\00\05\00\00\00")
            (data (i32.const 16) "tick\n")
            (data (i32.const 80) "\01")
            (func $say (drop (call $fd_write
                (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
            (func $sleep (param $ms i64)
                (i64.store (i32.const 88) (i64.mul (local.get $ms) (i64.const 1000000)))
                (drop (call $poll_oneoff
                    (i32.const 64) (i32.const 128) (i32.const 1) (i32.const 8))))
            (func (export "_start") {start}))"#
    );
    wat::parse_str(text).unwrap()
}

/// The free heap before and after, the last two words of the benchmark's line that begins
/// with `beginning`.
#[track_caller]
fn free_heap(qemu: &Qemu, beginning: &str, limit: Duration) -> (u64, u64) {
    let line = qemu.expect_line(beginning, limit);
    let mut words = line.rsplit(' ').map(|word| word.parse().unwrap());
    let after = words.next().unwrap();
    (words.next().unwrap(), after)
}

#[test]
fn a_thousand_starts_and_kills_of_one_app_give_all_memory_back() {
    start_and_kill(1_000, LIMIT);
}

#[test]
#[ignore = "`make stress` runs it"]
fn ten_thousand_starts_and_kills_of_one_app_give_all_memory_back() {
    start_and_kill(10_000, STRESS_LIMIT);
}

fn start_and_kill(count: u32, limit: Duration) {
    let grow = format!("(drop (memory.grow (i32.const 3))) {LOOP}");
    let modules = [
        module("", LOOP),
        sleeper(1, "(call $sleep (i64.const 200))"),
        module("", ""),
        module("", "unreachable"),
        module("", &grow),
    ];
    let brief = Limits { fuel_max: BRIEF, ..app("", &[]).limits };
    // They end by themselves at first; each start of the benchmark is one turn and a kill.
    let packed = Packed::new(vec![
        App { limits: brief, ..app("looping", &modules[0]) },
        app("sleeping", &modules[1]),
        app("ended", &modules[2]),
        app("trapped", &modules[3]),
        App { limits: brief, ..app("grown", &modules[4]) },
    ]);

    let word = format!("bramble.bench={count}");
    let qemu = packed.machine(Board::Raspi3b).append(word).boot().unwrap();

    for name in ["looping", "sleeping", "ended", "trapped", "grown"] {
        let (before, after) = free_heap(&qemu, &format!("bench: start {name} "), limit);
        assert_eq!(after, before, "{name}");
    }
}

#[test]
fn a_thousand_starts_of_ten_different_apps_give_all_memory_back() {
    start_ten_different(100, LIMIT);
}

#[test]
#[ignore = "`make stress` runs it"]
fn ten_thousand_starts_of_ten_different_apps_give_all_memory_back() {
    start_ten_different(1_000, STRESS_LIMIT);
}

fn start_ten_different(rounds: u32, limit: Duration) {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    // Each has code and data of another size, and more memory than the one before.
    let modules: Vec<_> = (1..=names.len())
        .map(|number| {
            let steps = "(drop (memory.grow (i32.const 1)))".repeat(number);
            module(&"x".repeat(10 * number), &format!("{steps} {LOOP}"))
        })
        .collect();
    let limits = Limits { fuel_max: BRIEF, memory_pages_max: 11, ..Limits::default() };
    let apps = names.iter().zip(&modules);
    let packed = Packed::new(apps.map(|(name, wasm)| App { limits, ..app(name, wasm) }).collect());

    let word = format!("bramble.bench={rounds}");
    let qemu = packed.machine(Board::Raspi3b).append(word).boot().unwrap();

    let (before, after) = free_heap(&qemu, &format!("bench: churn {rounds} "), limit);
    assert_eq!(after, before);
    let starts = qemu.console().matches("bench: start ").count();
    assert_eq!(starts, names.len(), "an app of the churn cannot start: {}", qemu.console());
}

#[test]
fn of_a_hundred_apps_that_want_all_memory_some_are_refused_and_the_system_lives() {
    const HOGS: usize = 100;
    const PAGES: u32 = 512;
    let names: Vec<_> = (0..HOGS).map(|number| format!("hog-{number}")).collect();
    let hog = sleeper(PAGES, "(call $sleep (i64.const 2500))");
    let late = sleeper(PAGES, "(call $say)");
    let talker = sleeper(1, "(loop $on (call $say) (call $sleep (i64.const 500)) (br $on))");
    let large = Limits { memory_pages_max: PAGES.into(), ..Limits::default() };
    let mut apps = vec![app("talker", &talker)];
    apps.extend(names.iter().map(|name| App { limits: large, ..app(name, &hog) }));
    let restart = Restart::OnFailure;
    apps.push(App { limits: large, restart, ..app("late", &late) });
    let packed = Packed::new(apps);

    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect("kernel: late was refused: ", LIMIT);
    let console = qemu.console();
    let (refused, admitted): (Vec<_>, Vec<_>) =
        names.iter().partition(|name| console.contains(&refusal(name)));
    assert!(refused.len() >= 60 && !admitted.is_empty(), "{refused:?} were refused");
    qemu.forget();
    qemu.expect("talker | tick", LIMIT);

    qemu.expect("late | tick", LIMIT);
    qemu.expect("kernel: late exited with code 0", LIMIT);
    for name in admitted {
        qemu.expect(&format!("kernel: {name} exited with code 0"), LIMIT);
    }
    qemu.forget();
    qemu.expect("talker | tick", LIMIT);
}

#[test]
fn when_many_small_apps_have_ended_their_memory_is_there_in_one_again() {
    const SMALL: usize = 400;
    // A mebibyte each, and what they leave of 958 MiB is less than the large one wants.
    let small = sleeper(16, "(call $sleep (i64.const 3000))");
    let large = sleeper(10_240, "(call $say)");
    let names: Vec<_> = (0..SMALL).map(|number| format!("small-{number}")).collect();
    let limits = Limits { memory_pages_max: 16, ..Limits::default() };
    let mut apps: Vec<_> = names.iter().map(|name| App { limits, ..app(name, &small) }).collect();
    let limits = Limits { memory_pages_max: 10_240, ..Limits::default() };
    let restart = Restart::OnFailure;
    apps.push(App { limits, restart, ..app("large", &large) });
    let packed = Packed::new(apps);

    let qemu = packed.boot(Board::Raspi3b);

    qemu.expect(&refusal("large"), LIMIT);
    qemu.expect("large | tick", LIMIT);
    qemu.expect("kernel: all apps have ended", LIMIT);
    // What the large one asked for in vain was nobody else's loss.
    assert!(!qemu.console().contains(" was stopped: "), "{}", qemu.console());
}

/// How the kernel's line about a refused app begins.
fn refusal(name: &str) -> String {
    format!("kernel: {name} was refused: ")
}
