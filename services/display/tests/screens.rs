//! The kernel's own pictures: start screen, console, panic screen.

use embedded_graphics::prelude::Point;
use picture::Picture;
use service_display::console::{Console, LINE_BYTES_MAX, LINES_MAX};
use service_display::start::{self, App, Start};
use service_display::{Area, panic};

mod picture;

const APPS: [App<'_>; 4] = [
    App { name: "clock", state: "running", fuel: "12.4 M", is_running: true },
    App { name: "web", state: "waiting", fuel: "903 K", is_running: true },
    App { name: "paint", state: "not started", fuel: "–", is_running: false },
    App { name: "hello", state: "exited with code 0", fuel: "41 K", is_running: false },
];

fn start(apps: &'static [App<'static>]) -> Start<'static> {
    let facts = "Raspberry Pi 3 Model B · 192.168.1.7\nfirst instruction of an app after 0.10 ms";
    Start { version: "0.1.0", facts, apps, chosen: Some(2) }
}

fn draw_start(picture: &mut Picture) {
    let screen = Area::new(0, 0, picture.width, picture.height());
    start::draw(&mut picture.canvas(), &screen, &start(&APPS));
}

#[test]
fn the_start_screen_says_what_this_is_and_lists_the_apps() {
    let mut picture = Picture::new(640, 480, 0);
    draw_start(&mut picture);
    picture.assert_is("start");
}

#[test]
fn a_start_screen_without_room_shows_what_fits() {
    let mut picture = Picture::new(320, 240, 0);
    draw_start(&mut picture);
    picture.assert_is("start-small");
}

#[test]
fn a_press_on_a_line_that_is_shown_means_its_app() {
    let app_at =
        |height, x, y| start::app_at(&Area::new(0, 0, 640, height), APPS.len(), Point::new(x, y));
    assert_eq!(app_at(480, 40, 136), Some(0));
    assert_eq!(app_at(480, 600, 136 + 24), Some(1));
    assert_eq!(app_at(480, 40, 135), None);
    assert_eq!(app_at(480, 31, 136), None);
    assert_eq!(app_at(480, 40, 136 + 4 * 24), None);
    assert_eq!(app_at(216, 40, 136), Some(0));
    assert_eq!(app_at(216, 40, 136 + 24), None);
    let room = |height| start::room(&Area::new(0, 0, 640, height));
    assert_eq!([room(480), room(216), room(215), room(10)], [12, 1, 0, 0]);
}

/// A console with so many numbered lines.
fn numbered(count: usize) -> Console {
    let mut console = Console::default();
    (0..count).for_each(|line| console.write(format!("kernel: line {line}\r\n").as_bytes()));
    console
}

fn shown(console: &Console) -> Picture {
    let mut picture = Picture::new(240, 104, 0);
    console.draw(&mut picture.canvas());
    picture
}

#[test]
fn the_console_shows_the_last_lines_and_what_has_begun() {
    let mut console = numbered(40);
    console.write("net: 192.168.1.7 by DHCP … \x1b\nand mo".as_bytes());
    shown(&console).assert_is("console");
}

#[test]
fn who_scrolls_back_sees_the_same_lines_while_others_come() {
    let mut console = numbered(40);
    console.scroll(12);
    let before = shown(&console);
    before.assert_is("console-back");

    console.write(b"one\ntwo\nthree\n");

    assert!(shown(&console).pixels == before.pixels);
    console.scroll(-999);
    assert!(shown(&console).pixels != before.pixels);
}

#[test]
fn a_console_keeps_a_bounded_number_of_bounded_lines() {
    let mut console = numbered(3 * LINES_MAX);
    console.scroll(i32::MAX);
    shown(&console);
    console.scroll(i32::MIN);

    // One line of all the bytes that are kept takes the place of every other.
    console.write(&vec![b'x'; LINES_MAX * LINE_BYTES_MAX]);
    console.scroll(i32::MAX);
    let top = shown(&console);
    console.scroll(-1);
    assert!(shown(&console).pixels != top.pixels);
    console.scroll(-(LINES_MAX as i32) / 2);
    let middle = shown(&console);
    console.scroll(-1);
    assert!(shown(&console).pixels == middle.pixels);
}

#[test]
fn the_panic_screen_says_what_went_wrong() {
    let mut picture = Picture::new(640, 480, 0);
    let message = "kernel: core 2: a translation fault at 0x00000010, reading\n  \
                   in kernel_core::heap::shelves::take, called by a very long chain of functions \
                   whose names go on\nkernel: core 2 ran web; cores 0, 1, 3 slept";
    panic::draw(&mut picture.canvas(), message.as_bytes(), "It starts again in 10 seconds.");
    picture.assert_is("panic");
}

#[test]
fn a_panic_screen_without_room_is_cut_off() {
    let message = [b'x'; 9999];
    for (width, height) in [(1, 1), (60, 40), (100, 3), (3, 100)] {
        let mut picture = Picture::new(width, height, 0xff_00_ff);
        panic::draw(&mut picture.canvas(), &message, "next");
        draw_start(&mut Picture::new(width, height, 0));
        Console::default().draw(&mut Picture::new(width, height, 0).canvas());
        assert!(!picture.pixels.contains(&0xff_00_ff), "all of {width} by {height} is drawn");
    }
}
