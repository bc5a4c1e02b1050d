//! What can be wrong with a display, and what apps do that are wrong.

use super::super::card::Card;
use super::super::priorities::{ONE_CORE, TURN_NS_MAX, late_riser, lateness_ns};
use super::windows::{typist, windowed};
use super::*;
use kernel_core::bundle::Priority;

/// `ENODEV`.
const NO_DEVICE: u32 = 43;

/// The app of the image has its window when the card's settings are read, the card's has not yet.
#[test]
fn without_a_display_an_app_is_told_so() {
    let module = typist();
    let image = Packed::new(vec![windowed("typist", &module)]);
    let card = Card::new(&[
        ("system.toml", b"display = \"off\"\n"),
        ("apps/late.wasm", &module),
        ("apps/late.toml", b"uses = [\"wasi\", \"display\"]\n"),
    ]);
    let qemu = image.machine(Board::Raspi3b).card(card.path()).boot().unwrap();

    for app in ["typist", "late"] {
        qemu.expect(&format!("kernel: {app} exited with code {NO_DEVICE}"), LIMIT);
    }
}

#[test]
fn a_mode_that_the_firmware_refuses_is_replaced() {
    let image = Packed::new(vec![app("hello", &module("hello", "(call $say)"))]);
    let card = Card::new(&[("system.toml", b"display_mode = \"9000x9000\"\n")]);
    let screen = Screen::boot(image.machine(Board::Raspi3b).card(card.path()));

    screen.qemu.expect("display: the firmware refuses 9000 x 9000, and shows 640 x 480", LIMIT);
}

#[test]
fn a_mode_of_the_cards_is_shown() {
    let image = Packed::new(vec![app("hello", &module("hello", "(call $say)"))]);
    let card = Card::new(&[("system.toml", b"display_mode = \"800x600\"\n")]);
    let mut screen = Screen::boot(image.machine(Board::Raspi3b).card(card.path()));

    screen.wait(|picture| picture.width() == 800 && !picture.is_blank());
}

/// The start screen's own turns are between those of the apps.
#[test]
fn an_app_that_draws_without_end_holds_up_no_other_by_more_than_its_turns() {
    let (greedy, riser) = (greedy(), late_riser());
    let packed = Packed::new(vec![
        windowed("greedy", &greedy),
        App { priority: Priority::Realtime, ..app("riser", &riser) },
    ]);

    // It is seen drawing.
    let middle = |picture: &Picture| picture.pixels()[240 * 640 + 320];
    let mut screen = Screen::boot(packed.machine(Board::Raspi3b));
    let before = middle(&screen.wait(|_| true));
    screen.wait(|now| middle(now) != before);

    let late_ns = lateness_ns(&packed.machine(Board::Raspi3b).append(ONE_CORE).counted());

    // A turn, a piece of a picture, and the screen being painted.
    assert!(late_ns.iter().all(|late_ns| *late_ns <= 3 * TURN_NS_MAX), "{late_ns:?}");
}

/// Fills a surface as large as the screen, for ever.
fn greedy() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (import "bramble_display" "open"
                (func $open (param i32 i32 i32 i32 i32 i32) (result i32)))
            (import "bramble_display" "clear" (func $clear (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start") (local $color i32)
                (drop (call $open (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
                    (i32.const 0) (i32.const 0)))
                (loop $on
                    (drop (call $clear (i32.load (i32.const 0)) (local.get $color)))
                    (local.set $color (i32.add (local.get $color) (i32.const 7)))
                    (br $on))))"#,
    )
    .unwrap()
}

#[test]
fn a_crash_of_the_kernel_is_on_the_screen() {
    let module = module("hello", "(call $say)");
    let image = Packed::with(WhenDone::Wait, OnCrash::Halt, vec![app("hello", &module)]);
    let machine = image.machine(Board::Raspi3b).append("bramble.crash=panic").crash_expected();
    let mut screen = Screen::boot_until(machine, "halted; turn the board off and on again");

    // Where it was, and what was in the registers.
    let numbers = Area { x: 32, y: 80, width: 608, height: 300 };
    screen.expect("panic", &[numbers]);
}
