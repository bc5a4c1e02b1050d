//! How windows open and close, who may have them, and machines without a display.

use crate::SAMPLES;
use crate::machine::{FIRST, FUEL, RESULT_AT, Screen, Script, TITLE_AT, finish, parked};
use abi::Errno;
use abi::display::open_flags;
use device::InputEvent;
use runtime::{Events, Until};
use service_display::calls::Client;
use service_display::desktop::WINDOWS_PER_APP_MAX;
use service_display::{Desktop, KeyState, Point, SurfaceError};
use std::sync::atomic::Ordering::Relaxed;

const OK: Errno = Errno::Success;
/// Where the content of the first window is.
const CORNER: Point = Point::new(24, 48);

pub fn press(desktop: &mut Desktop, usage: u8) {
    desktop.key(usage, KeyState::Down, *b"x\0\0\0\0\0\0\0");
    desktop.key(usage, KeyState::Up, [0; 8]);
}

/// Presses the button at a place, and moves by so much.
pub fn drag(desktop: &mut Desktop, from: Point, right: i16, down: i16) {
    desktop.handle(InputEvent::Motion { x: -9999, y: -9999 });
    desktop.handle(InputEvent::Motion { x: from.x as i16, y: from.y as i16 });
    desktop.handle(InputEvent::Button { number: 1, is_down: true });
    desktop.handle(InputEvent::Motion { x: right, y: down });
}

fn is_open(screen: &Screen, app: u32, id: u32) -> bool {
    screen.with(|desktop| desktop.size_of(app, id)).is_ok()
}

#[test]
fn a_window_is_open_until_its_descriptor_is_closed() {
    let screen = Screen::new();
    let script = Script::open(100, 50)
        .holds(RESULT_AT, FIRST)
        .call("size", &[FIRST, RESULT_AT.into()], OK)
        .holds(RESULT_AT, 100)
        .holds(RESULT_AT + 4, 50)
        .call("fd_close", &[FIRST], OK)
        .call("clear", &[FIRST, 0], Errno::BadDescriptor)
        .opens(0, 0, 0, OK)
        .holds(RESULT_AT, FIRST)
        .call("size", &[FIRST, RESULT_AT.into()], OK)
        .holds(RESULT_AT, 640)
        .holds(RESULT_AT + 4, 480);
    let mut guest = screen.start(1, &script);

    assert_eq!(finish(&mut guest), 0);

    assert!(!is_open(screen, 1, 1));
    assert!(is_open(screen, 1, 2));
    drop(guest);
    assert!(!is_open(screen, 1, 2));
}

#[test]
fn an_app_that_ends_while_its_window_is_dragged_leaves_nothing() {
    let screen = Screen::new();
    let mut guest = screen.start(1, &Script::open(100, 50));
    assert_eq!(finish(&mut guest), 0);
    screen.with(|desktop| drag(desktop, CORNER + Point::new(20, -10), 5, 5));

    drop(guest);

    screen.with(|desktop| {
        desktop.handle(InputEvent::Motion { x: 30, y: 30 });
        desktop.handle(InputEvent::Button { number: 1, is_down: false });
        press(desktop, 4);
        assert!(!desktop.take_told(), "nobody is left to be told");
    });
}

#[test]
fn an_app_that_opens_a_thousand_surfaces_has_a_few_and_others_go_on() {
    let screen = Screen::new();
    let mut greedy = Script::new();
    for index in 0..1000 {
        let is_one_of_few = index < WINDOWS_PER_APP_MAX;
        let expected = if is_one_of_few { OK } else { Errno::ManyFiles };
        greedy = greedy.opens(64, 64, 0, expected);
    }
    let mut greedy = screen.start(1, &greedy);
    assert_eq!(finish(&mut greedy), 0);

    let modest = Script::open(64, 64).call("clear", &[FIRST, 9], OK);

    assert_eq!(finish(&mut screen.start(2, &modest)), 0);
}

#[test]
fn a_surface_larger_than_the_screen_or_without_pixels_is_refused() {
    let screen = Screen::new();
    let refused = [
        (641, 1, Errno::Overflow),
        (1, 481, Errno::Overflow),
        (1 << 16, 1 << 15, Errno::Overflow),
        (-1, -1, Errno::Overflow),
        (0, 5, Errno::Invalid),
        (5, 0, Errno::Invalid),
    ];
    let mut script = Script::new();
    for (width, height, expected) in refused {
        script = script.opens(width, height, 0, expected);
    }
    let script = script.opens(64, 64, 2, Errno::Invalid).opens(64, 64, -1, Errno::Invalid);

    assert_eq!(finish(&mut screen.start(1, &script)), 0);
    assert!(!screen.with(|desktop| desktop.take_told()), "no window was opened");
}

#[test]
fn a_surface_takes_no_more_memory_than_there_is_and_stays_as_it_is_without() {
    let screen = Screen::new();
    screen.room.0.store(64 * 64 * 4, Relaxed);
    let script = Script::new().opens(65, 64, 0, Errno::NoMemory).opens(64, 64, 0, OK);
    let mut guest = screen.start(1, &script);
    assert_eq!(finish(&mut guest), 0);
    let size = |desktop: &mut Desktop| desktop.size_of(1, 1).unwrap();

    screen.with(|desktop| drag(desktop, CORNER + Point::new(63, 63), 1, 0));
    assert_eq!(screen.with(size).width, 64);

    screen.room.0.store(65 * 64 * 4, Relaxed);
    screen.with(|desktop| desktop.handle(InputEvent::Motion { x: 1, y: 0 }));
    assert_eq!(screen.with(size).width, 65);
}

#[test]
fn without_a_display_there_is_no_device() {
    let screen = Screen::absent(Errno::NoDevice);
    let script = Script::new()
        .opens(64, 64, 0, Errno::NoDevice)
        .call("clear", &[FIRST, 0], Errno::BadDescriptor)
        .call("text_extent", &[TITLE_AT.into(), 7, 2, RESULT_AT.into()], OK)
        .holds(RESULT_AT, 7 * 16);

    assert_eq!(finish(&mut screen.start(1, &script)), 0);
}

#[test]
fn who_opens_early_waits_until_it_is_known_whether_there_is_a_display() {
    for (found, expected) in [(true, OK), (false, Errno::NoDevice)] {
        let screen = Screen::absent(Errno::Again);
        let mut guest = screen.start(1, &Script::new().opens(64, 64, 0, expected));
        let until = Until { at_ns: None, events: Events::DISPLAY };
        assert_eq!(parked(&mut guest), until);
        assert_eq!(parked(&mut guest), until, "another event of the display");

        let there = || Desktop::new(crate::machine::SCREEN, screen.room);
        *screen.desktop.lock().unwrap() = if found { Ok(there()) } else { Err(Errno::NoDevice) };

        assert_eq!(finish(&mut guest), 0);
    }
}

#[test]
fn a_kiosk_and_who_asks_for_it_cover_the_screen() {
    for (is_kiosk, flags) in [(true, 0), (true, open_flags::WHOLE_SCREEN), (false, 1)] {
        let screen = Screen::new();
        let script =
            Script::new().opens(100, 80, flags.into(), OK).call("clear", &[FIRST, 0x99], OK);
        let client = Client { app: 1, is_kiosk, seat: screen };
        let mut guest = screen.start_as(client, &script);
        assert_eq!(finish(&mut guest), 0);

        let pixels = screen.shown();
        let (left, top) = (270, 200);
        assert_eq!(pixels.iter().filter(|pixel| **pixel == 0x99).count(), 100 * 80);
        assert_eq!(pixels[top * 640 + left], 0x99);
        assert_eq!(pixels.iter().filter(|pixel| **pixel == 0).count(), 640 * 480 - 100 * 80);
    }
}

#[test]
fn an_app_reaches_only_surfaces_of_its_own() {
    let screen = Screen::new();
    let mut owner = screen.start(1, &Script::open(64, 64));
    assert_eq!(finish(&mut owner), 0);

    let mut script = Script::new();
    for sample in SAMPLES.iter().filter(|sample| sample.args[0] == FIRST && sample.name != "blit") {
        script = script.call(sample.name, sample.args, Errno::BadDescriptor);
    }
    let script = script.reads(FIRST, 64, Errno::BadDescriptor);

    assert_eq!(finish(&mut screen.start(2, &script)), 0);
    screen.with(|desktop| {
        assert_eq!(desktop.canvas(2, 1).err(), Some(SurfaceError::Unknown));
        assert_eq!(desktop.has_drawn(2, 1, &Default::default()), Err(SurfaceError::Unknown));
        assert_eq!(desktop.size_of(2, 1), Err(SurfaceError::Unknown));
        assert_eq!(desktop.event_count(2, 1), 0);
        assert_eq!(desktop.event_count(1, 1), 1);
    });
}

#[test]
fn a_descriptor_of_something_else_is_no_surface() {
    let mut script = Script::new();
    for sample in SAMPLES.iter().filter(|sample| sample.args[0] == FIRST && sample.name != "blit") {
        let mut args = sample.args.to_vec();
        args[0] = 1;
        script = script.call(sample.name, &args, Errno::BadDescriptor);
    }
    assert_eq!(finish(&mut Screen::new().start(1, &script)), 0);
}

#[test]
fn an_app_that_draws_pays_for_what_it_opens() {
    let screen = Screen::new();
    let mut guest = screen.start(1, &Script::open_whole());
    assert_eq!(finish(&mut guest), 0);
    assert!(guest.fuel_used() > 640 * 480 * 4 / 8, "it used {}", guest.fuel_used());
    assert!(guest.fuel_used() < 640 * 480 * 4 / 8 + FUEL, "it used {}", guest.fuel_used());
}
