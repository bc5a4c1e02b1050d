//! The shell on the serial console: each command, on each board, as a person types it.

use super::*;
use std::collections::BTreeSet;
use std::mem;
use std::time::Instant;

const LOOP: &str = "(loop $forever (br $forever))";
const PROMPT: &str = "\x1b[Kbramble> ";

/// A module of one page whose `_start` has the given body, in which `$sleep` takes milliseconds.
/// Like [`module`], it writes `tick`.
fn sleeper(start: &str) -> Vec<u8> {
    leaks::sleeper(1, start)
}

/// A module that writes its first argument.
fn speaker() -> Vec<u8> {
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write"
            (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "args_get"
            (func $args_get (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        ;; At 64 the pointers, at 128 the strings, at 0 one vector, at 16 a newline.
        (data (i32.const 16) "\n")
        (func (export "_start")
            (drop (call $args_get (i32.const 64) (i32.const 128)))
            (i32.store (i32.const 0) (i32.load (i32.const 68)))
            (i32.store (i32.const 4) (i32.const 4))
            (i32.store (i32.const 8) (i32.const 16))
            (i32.store (i32.const 12) (i32.const 1))
            (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 32)))))"#;
    wat::parse_str(text).unwrap()
}

/// A module that reads for ever, and writes `typed` for each line.
fn reader() -> Vec<u8> {
    module(
        "typed",
        "(i32.store (i32.const 32) (i32.const 256))
        (i32.store (i32.const 36) (i32.const 64))
        (loop $on
            (drop (call $fd_read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 8)))
            (call $say) (br $on))",
    )
}

/// Boots and opens the shell.
pub(super) fn open(packed: &Packed, board: Board) -> Qemu {
    let mut qemu = packed.boot(board);
    qemu.expect("boot ", LIMIT);
    enter(&mut qemu);
    qemu
}

/// Opens the shell.
pub(super) fn enter(qemu: &mut Qemu) {
    qemu.send("\r");
    qemu.expect(PROMPT, LIMIT);
}

/// What is shown between `line` and the next prompt.
#[track_caller]
pub(super) fn ask(qemu: &mut Qemu, line: &str) -> String {
    ask_for(qemu, line, &format!("{line}\r\n"))
}

/// As [`ask`]; the answer begins with `head`. What others write may come before it.
#[track_caller]
pub(super) fn ask_for(qemu: &mut Qemu, line: &str, head: &str) -> String {
    let before = qemu.console().len();
    qemu.forget();
    qemu.send(&format!("{line}\r"));
    qemu.expect_both(head, PROMPT, LIMIT);
    qemu.console()[before..].to_owned()
}

/// What `ps` shows.
#[track_caller]
pub(super) fn ps(qemu: &mut Qemu) -> String {
    ask_for(qemu, "ps", "KiB     for\r\n")
}

/// An app that is neither waiting nor at its end. One of core 0 has no turn while the shell looks.
pub(super) const GOES_ON: &str = "r";

/// Asks `ps` until the line of each app in `names` has `state` at its beginning.
#[track_caller]
pub(super) fn look_until(qemu: &mut Qemu, names: &[&str], state: &str) {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        let shown = ps(qemu);
        let is_so = |name: &&str| {
            let beginning = format!("{name:<16} {state}");
            shown.lines().any(|line| line.starts_with(&beginning))
        };
        if names.iter().all(is_so) {
            return;
        }
    }
    panic!("{names:?} were never `{state}`:\n{}", qemu.console());
}

/// The free bytes of all pieces of the heap.
#[track_caller]
pub(super) fn free_bytes(qemu: &mut Qemu) -> u64 {
    let shown = ask_for(qemu, "free", "largest hole\r\n");
    let pieces = shown.lines().filter(|line| line.starts_with("piece "));
    pieces.map(|line| line.split_whitespace().nth(3).unwrap().parse::<u64>().unwrap()).sum()
}

#[test]
fn every_command_answers_on_both_boards() {
    let (spin, nap, speaker) =
        (module("", LOOP), sleeper("(call $sleep (i64.const 3600000))"), speaker());
    let args = vec!["mine"];
    let packed = Packed::new(vec![
        app("spin", &spin),
        app("nap", &nap),
        App { args, ..app("speaker", &speaker) },
    ]);

    for board in Board::ALL {
        let mut qemu = open(&packed, board);
        qemu.expect("speaker | mine", LIMIT);

        look_until(&mut qemu, &["spin"], GOES_ON);
        look_until(&mut qemu, &["nap"], "sleeps for 35");
        look_until(&mut qemu, &["speaker"], "exited with code 0");
        for (line, answer) in [
            ("help", "run APP [ARGS]"),
            ("free", "spin                        65536"),
            ("boot", "(kernel entry to first Wasm instruction)"),
            ("irq", "other core"),
            ("logs speaker", "mine"),
            ("run nap", "already running: `nap`"),
            ("kill speaker", "not running: `speaker`"),
            ("run nobody", "there is no app `nobody`"),
            ("nonsense", "there is no command `nonsense`"),
            ("kill", "which app?"),
            ("logs 'nap", "a quote is open"),
        ] {
            let shown = ask(&mut qemu, line);
            assert!(shown.contains(answer), "{line}: {shown}");
        }

        ask(&mut qemu, "run speaker your");
        qemu.expect("speaker | your", LIMIT);
        look_until(&mut qemu, &["speaker"], "exited");
        ask(&mut qemu, "run speaker");
        qemu.expect("speaker | mine", LIMIT);

        ask(&mut qemu, "kill spin");
        look_until(&mut qemu, &["spin"], "was killed");
        ask(&mut qemu, "run spin");
        look_until(&mut qemu, &["spin"], GOES_ON);
    }
}

#[test]
fn top_draws_a_picture_each_second_until_a_key() {
    let spin = module("", LOOP);
    let packed = Packed::new(vec![app("spin", &spin)]);

    for board in Board::ALL {
        let mut qemu = open(&packed, board);
        qemu.send("top\r");
        for _ in 0..3 {
            qemu.expect("a key ends this", LIMIT);
            qemu.expect("spin             ", LIMIT);
            qemu.forget();
        }
        // A loop without end has a core for itself; the emulator's cores may have to share one.
        let row = qemu.expect_line("spin  ", LIMIT);
        let percent: u64 = row.split_whitespace().nth(4).unwrap().parse().unwrap();
        assert!((50..=101).contains(&percent), "{row}");
        qemu.forget();
        qemu.send("q");
        qemu.expect(PROMPT, LIMIT);
        assert!(ps(&mut qemu).contains("spin"));
    }
}

#[test]
fn apps_in_every_state_are_killed_and_run_again() {
    let (spin, nap, flood, broken) = (
        module("", LOOP),
        sleeper("(call $sleep (i64.const 3600000))"),
        module("more", "(loop $on (call $say) (br $on))"),
        module("", "unreachable"),
    );
    let reader = reader();
    let always = Restart::Always;
    let busy = ["busy-0", "busy-1", "busy-2", "busy-3", "busy-4", "busy-5"];
    let mut apps: Vec<_> = busy.iter().map(|name| app(name, &spin)).collect();
    apps.push(app("nap", &nap));
    apps.push(App { restart: always, ..app("broken", &broken) });
    apps.push(App { restart: always, ..app("phoenix", &nap) });
    apps.push(App { stdin: Stdin::Console, ..app("reader", &reader) });
    apps.push(app("flood", &flood));
    let packed = Packed::new(apps);

    for board in Board::ALL {
        let mut qemu = packed.boot(board);
        // The prompt is drawn at a key even while another writes without a pause.
        qemu.expect("flood | more", LIMIT);
        qemu.expect("boot ", LIMIT);
        qemu.send("\x1dkill flood\r");
        qemu.expect("kernel: flood was killed", LIMIT);
        qemu.forget();
        qemu.send("\r");
        qemu.expect(PROMPT, LIMIT);

        look_until(&mut qemu, &["nap", "phoenix"], "sleeps");
        look_until(&mut qemu, &["broken"], "starts in");
        look_until(&mut qemu, &["reader"], "waits for input");
        let others = ["nap", "phoenix", "reader"];
        // Six that never give way on four cores: some have their turn, and some are ready.
        let all: Vec<_> = busy.iter().chain(&others).copied().collect();
        // What the log says of `broken` may come in the way of a line that is typed.
        for name in &all {
            qemu.send(&format!("kill {name}\r"));
            qemu.expect(&format!("kernel: {name} was killed"), LIMIT);
        }
        look_until(&mut qemu, &all, "was killed");
        // It may have trapped once more as it was killed, and is at its end all the same.
        qemu.send("kill broken\r");
        let began = Instant::now();
        let is_ended = |row: &str| row.contains("was killed") || row.contains("trapped");
        while !ps(&mut qemu).lines().any(|row| row.starts_with("broken ") && is_ended(row)) {
            assert!(began.elapsed() < LIMIT, "{}", qemu.console());
        }

        for name in &busy {
            ask(&mut qemu, &format!("run {name}"));
        }
        ask(&mut qemu, "run phoenix");
        look_until(&mut qemu, &["phoenix"], "sleeps");
        qemu.send("run broken\r");
        look_until(&mut qemu, &["broken"], "starts in");
    }
}

#[test]
fn five_hundred_starts_and_kills_over_all_cores_give_all_memory_back() {
    start_and_kill(500);
}

#[test]
#[ignore = "`make stress` runs it"]
fn ten_thousand_starts_and_kills_over_all_cores_give_all_memory_back() {
    start_and_kill(10_000);
}

fn start_and_kill(starts: usize) {
    // In so many each core comes to have what it keeps: places in queues.
    const WARM_UP_STARTS: usize = 100;
    const WARM_UPS_MAX: usize = 10;
    let grow = format!("(drop (memory.grow (i32.const 3))) {LOOP}");
    let modules = [
        module("", LOOP),
        sleeper("(call $sleep (i64.const 3600000))"),
        module("", &grow),
        sleeper("(loop $on (call $sleep (i64.const 1)) (br $on))"),
    ];
    let names = ["a", "b", "c", "d"];
    let apps = names.iter().zip(&modules);
    let packed = Packed::new(apps.map(|(name, wasm)| app(name, wasm)).collect());
    let mut qemu = open(&packed, Board::Raspi3b);
    let mut cores = BTreeSet::new();
    let mut all = |qemu: &mut Qemu, starts: usize| {
        for _ in 0..starts / names.len() {
            qemu.send(&names.map(|name| format!("run {name}\r")).concat());
            cores.extend(cores_of(&ps(qemu)));
            qemu.send(&names.map(|name| format!("kill {name}\r")).concat());
            look_until(qemu, &names, "was killed");
        }
        free_bytes(qemu)
    };

    ask(&mut qemu, "kill a");
    look_until(&mut qemu, &["a"], "was killed");
    let mut before = all(&mut qemu, WARM_UP_STARTS);
    for _ in 0..WARM_UPS_MAX {
        let warmer = all(&mut qemu, WARM_UP_STARTS);
        if warmer == mem::replace(&mut before, warmer) {
            break;
        }
    }
    let after = all(&mut qemu, starts);

    assert_eq!(after, before);
    assert_eq!(cores.len(), 4, "only {cores:?} ran any");
}

/// The cores in what `ps` shows.
fn cores_of(shown: &str) -> Vec<String> {
    let cores = shown.lines().filter_map(|line| line.get(37..41));
    cores.map(|core| core.trim().to_owned()).filter(|core| core.len() == 1).collect()
}

#[test]
fn keys_edit_the_line_and_bring_back_lines_from_before() {
    let nap = sleeper("(call $sleep (i64.const 3600000))");
    let packed = Packed::new(vec![app("nap", &nap)]);

    for board in Board::ALL {
        let mut qemu = open(&packed, board);
        let keys_for_ps = ["s\x1b[Dp", "\x1b[A", "xps\x1b[1~\x1b[3~", "wrong\x15ps", "p\x7fps"];
        for (keys, answer) in keys_for_ps
            .map(|keys| (keys, "sleeps for"))
            .into_iter()
            .chain([("k\tn\t", "was killed")])
        {
            qemu.forget();
            qemu.send(&format!("{keys}\r"));
            qemu.expect(answer, LIMIT);
        }
    }
}

#[test]
fn what_others_write_stands_above_the_line_that_is_typed() {
    let ticker = sleeper("(loop $on (call $say) (call $sleep (i64.const 300)) (br $on))");
    let packed = Packed::new(vec![app("ticker", &ticker)]);

    for board in Board::ALL {
        let mut qemu = open(&packed, board);
        qemu.send("logs tick");
        qemu.expect("bramble> logs tick", LIMIT);
        for _ in 0..3 {
            qemu.forget();
            qemu.expect("\r\x1b[Kticker | tick\r\n\r\x1b[Kbramble> logs tick", LIMIT);
        }
        qemu.forget();
        qemu.send("er\r");
        qemu.expect("er\r\ntick\r\ntick\r\n", LIMIT);
    }
}

#[test]
fn an_app_that_reads_has_the_keyboard_until_it_is_moved() {
    let reader = reader();
    let packed = Packed::new(vec![App { stdin: Stdin::Console, ..app("reader", &reader) }]);

    for board in Board::ALL {
        let mut qemu = packed.boot(board);
        qemu.expect("boot ", LIMIT);
        qemu.send("ps\r");
        qemu.expect("reader | typed", LIMIT);
        assert!(!qemu.console().contains("bramble>"), "{}", qemu.console());

        qemu.send("\x1d");
        qemu.expect(PROMPT, LIMIT);
        look_until(&mut qemu, &["reader"], "waits for input");

        qemu.forget();
        qemu.send("\x1dps\r");
        qemu.expect("reader | typed", LIMIT);
        qemu.send("\x1d");
        assert!(!ask(&mut qemu, "kill reader").contains("typed"));
        look_until(&mut qemu, &["reader"], "was killed");

        // It has it again when it runs again, and the shell when it has ended.
        qemu.send("run reader\r");
        qemu.expect_both("run reader\r\n", "bramble> \r\n", LIMIT);
        qemu.forget();
        qemu.send("\x1d");
        qemu.expect(PROMPT, LIMIT);
        look_until(&mut qemu, &["reader"], "waits for input");
    }
}

#[test]
fn reboot_boots_again_and_is_no_crash() {
    let nap = sleeper("(call $say) (call $sleep (i64.const 3600000))");
    let packed = Packed::new(vec![app("nap", &nap)]);

    for board in Board::ALL {
        let machine = packed.machine(board).reset_boots_again();
        let mut qemu = machine.boot().unwrap();
        qemu.expect("boot ", LIMIT);
        qemu.forget();
        qemu.send("reboot\r");

        qemu.expect("kernel: resetting", LIMIT);
        qemu.expect("nap | tick", LIMIT);
        qemu.expect("boot ", LIMIT);
        assert!(!qemu.console().contains("last crash"), "{}", qemu.console());
    }
}

#[test]
fn a_board_that_turns_itself_off_waits_for_who_uses_the_shell() {
    let nap = sleeper("(call $sleep (i64.const 1500))");
    let apps = vec![app("nap", &nap)];
    let packed = Packed::with(WhenDone::PowerOff, OnCrash::Reset, apps);

    for board in Board::ALL {
        let mut qemu = open(&packed, board);
        qemu.expect("kernel: nap exited with code 0", LIMIT);
        ask(&mut qemu, "run nap");
        look_until(&mut qemu, &["nap"], "sleeps");
        look_until(&mut qemu, &["nap"], "exited with code 0");
        qemu.send("\x1d");

        let status = qemu.wait_exit(Some(LIMIT)).unwrap();
        assert!(status.success(), "{status}");
    }
}
