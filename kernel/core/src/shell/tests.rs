//! The whole shell, with a system that notes what it is asked.

use super::*;
use crate::system_view::{AppView, Parked, State, ThreadView};
use alloc::format;
use alloc::vec;
use core::cell::{Cell, RefCell};

const SECOND_NS: u64 = 1_000_000_000;

struct Fake {
    now_ns: Cell<u64>,
    asked: RefCell<Vec<String>>,
}

impl Fake {
    fn new() -> Self {
        Self { now_ns: Cell::new(90 * SECOND_NS), asked: RefCell::new(Vec::new()) }
    }

    fn note(&self, what: String) {
        self.asked.borrow_mut().push(what);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.take()
    }
}

fn thread(number: u32, state: State) -> ThreadView {
    let (fuel, ran_ns) = (123_456_789, 7 * SECOND_NS / 10);
    ThreadView { number, state, since_ns: 80 * SECOND_NS, core: 3, fuel, turns: 1234, ran_ns }
}

impl System for Fake {
    fn snapshot(&self) -> Snapshot {
        let app = |number, name: &str, memory_bytes, threads| AppView {
            number,
            name: name.into(),
            memory_bytes,
            threads,
        };
        let mut spin = thread(0, State::Running);
        spin.fuel += (self.now_ns.get() - 90 * SECOND_NS) / 10;
        spin.ran_ns += (self.now_ns.get() - 90 * SECOND_NS) / 2;
        Snapshot {
            at_ns: self.now_ns.get(),
            apps: vec![
                app(0, "spin", 65_536, vec![spin]),
                app(
                    1,
                    "echo",
                    131_072,
                    vec![thread(0, State::Parked(Parked::Input)), thread(1, State::Ready)],
                ),
                app(2, "spare", 0, vec![thread(0, State::NeverStarted)]),
                app(
                    3,
                    "a-name-of-more-than-sixteen",
                    0,
                    vec![thread(0, State::Ended("trapped: out of bounds memory access".into()))],
                ),
            ],
        }
    }

    fn heap(&self) -> [HeapPiece; HEAP_PIECES] {
        let piece = |total_bytes| HeapPiece { total_bytes, free_bytes: 900, largest_bytes: 800 };
        [piece(1000), piece(0), piece(2000), piece(0)]
    }

    fn interrupts(&self) -> [CoreRow; CORE_ROWS] {
        ["timer", "uart", "usb", "other core", "ms awake"]
            .map(|name| CoreRow { name, counts: [1, 2, 3, 4_000_000_000] })
    }

    fn show_tail(&self, app: usize, screen: &mut Screen) {
        screen.put(format!("line of {app}\n").as_bytes());
    }

    fn run(&self, app: usize, args: Vec<String>) {
        self.note(format!("run {app} {args:?}"));
    }

    fn kill(&self, app: usize) {
        self.note(format!("kill {app}"));
    }

    fn boot(&self) -> String {
        "boot 0.12 ms\n".into()
    }

    fn show_network(&self, screen: &mut Screen) {
        screen.put(b"address 10.0.2.15/24\n");
    }

    fn ping(&self, host: &str, is_new: bool) -> Option<String> {
        (!is_new).then(|| format!("{host} is there"))
    }

    fn reboot(&self) {
        self.note("reboot".into());
    }
}

/// What a shell that is open shows after `keys`.
fn shown(shell: &mut Shell, system: &Fake, keys: &str) -> String {
    for key in keys.bytes() {
        shell.key(key, system);
        shell.act(system);
    }
    let text = String::from_utf8(shell.screen().bytes().to_vec()).unwrap();
    shell.screen().discard(usize::MAX);
    text
}

fn open() -> (Shell, Fake) {
    let (mut shell, system) = (Shell::default(), Fake::new());
    assert_eq!(shown(&mut shell, &system, "\r"), "\r\x1b[Kbramble> ");
    (shell, system)
}

/// What the command `line` shows, without its echo and the next prompt.
fn answer(line: &str) -> String {
    let (mut shell, system) = open();
    let text = shown(&mut shell, &system, &format!("{line}\r"));
    let text = text.strip_prefix(&format!("{line}\n")).unwrap();
    text.strip_suffix("\r\x1b[Kbramble> ").unwrap().into()
}

#[test]
fn nothing_is_shown_before_the_first_key() {
    let mut shell = Shell::default();

    assert!(!shell.is_open() && shell.next_ns().is_none());
    assert!(shell.screen().bytes().is_empty());
}

#[test]
fn the_first_key_opens_the_shell_and_is_not_lost() {
    let (mut shell, system) = (Shell::default(), Fake::new());

    assert_eq!(shown(&mut shell, &system, "p"), "\r\x1b[Kbramble> p");
    assert!(shown(&mut shell, &system, "s\r").contains("spin"));
}

#[test]
fn ps_lists_every_thread_in_columns() {
    assert_eq!(
        answer("ps"),
        "\
app              state               core         fuel    turns     KiB     for
spin             running                3    123456789     1234      64      10
echo             waits for input        3    123456789     1234     128      10
                 ready                  3    123456789     1234       0      10
spare            never started          3    123456789     1234       0      10
a-name-of-more-t trapped: out of boun   3    123456789     1234       0      10
"
    );
}

#[test]
fn every_table_fits_eighty_columns() {
    for command in ["ps", "free", "irq", "help", "top"] {
        let (mut shell, system) = open();
        for line in shown(&mut shell, &system, &format!("{command}\r")).lines() {
            let text = line.rsplit("\x1b[J").next().unwrap();
            assert!(text.chars().count() < 80, "{text}");
        }
    }
}

#[test]
fn free_shows_pieces_and_those_apps_that_have_memory() {
    assert_eq!(
        answer("free"),
        "\
heap                        bytes            free    largest hole
piece 0                      1000             900             800
piece 2                      2000             900             800
spin                        65536
echo                       131072
"
    );
}

#[test]
fn irq_shows_a_count_for_each_core() {
    assert_eq!(
        answer("irq"),
        "\
interrupt            core 0      core 1      core 2      core 3
timer                     1           2           3  4000000000
uart                      1           2           3  4000000000
usb                       1           2           3  4000000000
other core                1           2           3  4000000000
ms awake                  1           2           3  4000000000
"
    );
}

#[test]
fn top_compares_with_the_last_picture_until_a_key() {
    let (mut shell, system) = open();
    shown(&mut shell, &system, "top\r");
    assert_eq!(shell.next_ns(), Some(91 * SECOND_NS));
    assert!(!shell.has_line());

    system.now_ns.set(92 * SECOND_NS);
    shell.tick(92 * SECOND_NS, &system);
    let picture = shown(&mut shell, &system, "");

    assert!(picture.starts_with("\x1b[H\x1b[Jup 92 s"), "{picture}");
    let spin = picture.lines().find(|line| line.starts_with("spin")).unwrap();
    let words: Vec<_> = spin.split_whitespace().collect();
    assert_eq!(words[1..5], ["running", "3", "100000000", "50"]);
    let echo = picture.lines().find(|line| line.starts_with("echo")).unwrap();
    assert!(echo.contains("   0        0 "), "{echo}");

    assert_eq!(shown(&mut shell, &system, "q"), "\r\x1b[Kbramble> ");
    assert!(shell.has_line() && shell.next_ns().is_none());
}

#[test]
fn run_gives_the_words_behind_the_name_as_arguments() {
    let (mut shell, system) = open();
    shown(&mut shell, &system, "run spare a 'b c'\r");
    shown(&mut shell, &system, "run spare\r");

    assert_eq!(system.asked(), [r#"run 2 ["a", "b c"]"#, "run 2 []"]);
}

#[test]
fn commands_that_need_nothing_reach_the_system() {
    let (mut shell, system) = open();
    shown(&mut shell, &system, "kill echo\rreboot\r");

    assert_eq!(system.asked(), ["kill 1", "reboot"]);
    assert_eq!(answer("boot"), "boot 0.12 ms\n");
    assert_eq!(answer("net"), "address 10.0.2.15/24\n");
    assert_eq!(answer("ping"), "which machine? `ping HOST`\n");
}

#[test]
fn logs_shows_the_last_that_an_app_wrote() {
    assert_eq!(answer("logs echo"), "line of 1\n");
}

#[test]
fn what_cannot_be_done_is_said_in_a_line() {
    assert_eq!(answer("sp"), "there is no command `sp`; `help` lists them\n");
    assert_eq!(answer("run"), "which app? `ps` lists them\n");
    assert_eq!(answer("kill nobody"), "there is no app `nobody`; `ps` lists them\n");
    assert_eq!(answer("run spin"), "already running: `spin`; `ps` lists them\n");
    assert_eq!(answer("kill spare"), "not running: `spare`; `ps` lists them\n");
    assert_eq!(answer("logs 'spin"), "a quote is open\n");
    assert_eq!(answer("  "), "");
}

#[test]
fn tab_completes_commands_and_names() {
    let (mut shell, system) = open();

    assert_eq!(shown(&mut shell, &system, "fr\t"), "free ");
    shown(&mut shell, &system, "\x15");
    assert_eq!(shown(&mut shell, &system, "kill e\t"), "kill echo ");
    shown(&mut shell, &system, "\x15");
    assert_eq!(shown(&mut shell, &system, "run s\t"), "run sp");
    assert_eq!(shown(&mut shell, &system, "\t"), "\nspin\nspare\n\r\x1b[Kbramble> run sp");
    assert_eq!(shown(&mut shell, &system, "x\t"), "x");
    shown(&mut shell, &system, "\x15");
    assert_eq!(shown(&mut shell, &system, "ps s\t"), "ps s");
}

#[test]
fn the_switch_leaves_the_shell_and_opens_it_again() {
    let (mut shell, system) = open();

    assert_eq!(shown(&mut shell, &system, "\x1d"), "\n");
    assert!(!shell.is_open());
    assert_eq!(shown(&mut shell, &system, "\x1d"), "\r\x1b[Kbramble> ");
    assert!(shell.is_open());
}

#[test]
fn a_line_that_was_interrupted_is_drawn_again_whole() {
    let (mut shell, system) = open();
    shown(&mut shell, &system, "kill sp");

    shell.draw();

    assert_eq!(shown(&mut shell, &system, ""), "\r\x1b[Kbramble> kill sp");
}

#[test]
fn ping_asks_each_second_and_looks_for_the_answer_meanwhile() {
    let (mut shell, system) = open();
    assert_eq!(shown(&mut shell, &system, "ping peer\r"), "ping peer\n");

    let mut now_ns = 90 * SECOND_NS;
    for _ in 0..PINGS {
        assert_eq!(shell.next_ns(), Some(now_ns));
        assert!(shell.tick(now_ns, &system));
        assert_eq!(shown(&mut shell, &system, ""), "");
        assert!(!shell.tick(now_ns + LOOK_NS - 1, &system));
        assert!(shell.tick(now_ns + LOOK_NS, &system));
        let answer = shown(&mut shell, &system, "");
        assert!(answer.starts_with("peer is there\n"), "{answer}");
        now_ns += LOOK_NS + SECOND_NS;
    }

    assert!(shell.has_line() && shell.next_ns().is_none());
}

#[test]
fn a_key_ends_ping() {
    let (mut shell, system) = open();
    shown(&mut shell, &system, "ping peer\r");

    assert_eq!(shown(&mut shell, &system, "q"), "\r\x1b[Kbramble> ");
    assert_eq!(shell.next_ns(), None);
}
