//! Windows of apps: what is typed into them, and what is done to them.

use super::super::card::Card;
use super::*;
use qemu::Button;

/// Opens a window of 200 times 100 pixels, paints it, and says what is typed into it, a key in a
/// line, until it is closed.
pub(super) fn typist() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "bramble_display" "open"
                (func $open (param i32 i32 i32 i32 i32 i32) (result i32)))
            (import "bramble_display" "clear" (func $clear (param i32 i32) (result i32)))
            (import "bramble_display" "text"
                (func $text (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write"
                (func $fd_write (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_read"
                (func $fd_read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (memory (export "memory") 1)
            ;; At 0 the surface, at 8 a result, at 16 a vector for an event, which comes to 64, and
            ;; at 24 one for its text.
            (data (i32.const 16) "\40\00\00\00\14\00\00\00\4c\00\00\00")
            (data (i32.const 32) "typist")
            (func $ok (param $errno i32)
                (if (local.get $errno) (then (call $proc_exit (local.get $errno)))))
            (func (export "_start") (local $end i32)
                (call $ok (call $open (i32.const 32) (i32.const 6) (i32.const 200) (i32.const 100)
                    (i32.const 0) (i32.const 0)))
                (call $ok (call $clear (i32.load (i32.const 0)) (i32.const 0x204060)))
                (call $ok (call $text (i32.load (i32.const 0)) (i32.const 20) (i32.const 40)
                    (i32.const 32) (i32.const 6) (i32.const 2) (i32.const 0xffffff)))
                (loop $on
                    (call $ok (call $fd_read (i32.load (i32.const 0)) (i32.const 16) (i32.const 1)
                        (i32.const 8)))
                    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 7))
                        (then (call $proc_exit (i32.const 0))))
                    ;; A key that went down and types something.
                    (if (i32.and
                            (i32.and (i32.eq (i32.load8_u (i32.const 64)) (i32.const 1))
                                (i32.eq (i32.load8_u (i32.const 66)) (i32.const 1)))
                            (i32.ne (i32.load8_u (i32.const 76)) (i32.const 0)))
                        (then
                            (local.set $end (i32.const 76))
                            (loop $text
                                (local.set $end (i32.add (local.get $end) (i32.const 1)))
                                (br_if $text (i32.load8_u (local.get $end))))
                            (i32.store8 (local.get $end) (i32.const 10))
                            (i32.store (i32.const 28) (i32.sub (local.get $end) (i32.const 75)))
                            (call $ok (call $fd_write (i32.const 1) (i32.const 24) (i32.const 1)
                                (i32.const 8)))))
                    (br $on))))"#,
    )
    .unwrap()
}

/// A place on the title of the first window, and the color that it has with the focus.
const TITLE: (u32, u32) = (160, 28);
const BERRY: u32 = 0x86_3a66;
/// Inside of the arrow.
const POINTER: u32 = 0xe8_e4da;

fn pixel(picture: &Picture, (x, y): (u32, u32)) -> u32 {
    picture.pixels()[(y * picture.width() + x) as usize]
}

/// An app that may open windows.
pub(super) fn windowed<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    App { uses: vec![Service::Wasi, Service::Display], ..app(name, module) }
}

fn typed(screen: &Screen) -> Vec<String> {
    let console = screen.qemu.console();
    let lines = console.lines().filter_map(|line| line.split_once("typist | "));
    lines.map(|(_, text)| text.trim_end().to_owned()).collect()
}

#[test]
fn a_window_is_typed_into_dragged_and_closed() {
    let module = typist();
    let image = Packed::new(vec![windowed("typist", &module)]);
    let mut screen = Screen::boot(image.machine(Board::Raspi3b));
    screen.expect("window", &[ABOUT, FUEL]);

    screen.monitor.type_text("aZ").unwrap();
    screen.qemu.expect("typist | Z", LIMIT);
    assert_eq!(typed(&screen), ["a", "Z"]);

    // The focus goes to the start screen, so that it is seen when the title is pressed: QEMU's
    // tablet makes one of what is done before the board has asked for it.
    screen.point(500, 400);
    screen.monitor.button(Button::Left, true).unwrap();
    screen.wait(|picture| pixel(picture, TITLE) != BERRY);
    screen.monitor.button(Button::Left, false).unwrap();
    screen.point(100, 36);
    screen.wait(|picture| pixel(picture, (101, 39)) == POINTER);
    screen.monitor.button(Button::Left, true).unwrap();
    screen.wait(|picture| pixel(picture, TITLE) == BERRY);
    screen.point(340, 236);
    screen.expect("window-dragged", &[ABOUT, FUEL]);
    screen.monitor.button(Button::Left, false).unwrap();

    screen.monitor.chord(&["alt", "f4"]).unwrap();
    screen.qemu.expect("kernel: typist exited with code 0", LIMIT);
    screen.expect("window-closed", &[ABOUT, FUEL]);
}

#[test]
fn a_keyboard_types_in_the_layout_of_the_card() {
    let module = typist();
    let image = Packed::new(vec![windowed("typist", &module)]);
    let card = Card::new(&[("system.toml", b"keyboard = \"de\"\n")]);
    let mut screen = Screen::boot(image.machine(Board::Raspi3b).card(card.path()));
    screen.wait(|picture| picture.pixels().contains(&0x204060));

    // Where the US have z, an acute accent, and q.
    for keys in [&["z"][..], &["equal"], &["e"], &["alt_r", "q"], &["shift", "2"]] {
        screen.monitor.chord(keys).unwrap();
    }

    screen.qemu.expect("typist | \"", LIMIT);
    assert_eq!(typed(&screen), ["y", "é", "@", "\""]);
}

#[test]
fn a_kiosks_window_is_all_that_is_seen() {
    let module = typist();
    let app = App { kiosk: true, ..windowed("typist", &module) };
    let image = Packed::new(vec![app]);
    let mut screen = Screen::boot(image.machine(Board::Raspi3b));

    screen.expect("kiosk", &[]);
}

#[test]
fn more_apps_than_fit_are_scrolled_to() {
    let module = module("hello", "(call $say)");
    let names: Vec<_> = (1..=14).map(|number| format!("app-{number}")).collect();
    let apps = names.iter().map(|name| App { start: false, ..app(name, &module) });
    let image = Packed::new(apps.collect());
    let mut screen = Screen::boot(image.machine(Board::Raspi3b));

    for _ in 0..13 {
        screen.monitor.chord(&["down"]).unwrap();
    }
    screen.expect("start-scrolled", &[ABOUT]);
    screen.monitor.chord(&["ret"]).unwrap();
    screen.qemu.expect("app-14 | hello", LIMIT);
}

#[test]
fn the_log_is_in_a_window() {
    let image = Packed::new(vec![app("hello", &module("hello", "(call $say)"))]);
    let mut screen = Screen::boot(image.machine(Board::Raspi3b));
    screen.qemu.expect("all apps have ended", LIMIT);

    screen.monitor.chord(&["down"]).unwrap();
    screen.monitor.chord(&["ret"]).unwrap();

    // What it says is of this boot.
    let text = Area { x: 24, y: 48, width: 576, height: 328 };
    screen.expect("log", &[ABOUT, FUEL, text]);
}
