//! What apps read from their surfaces.

use crate::machine::{FIRST, LENGTH_AT, READ_AT, Screen, Script, finish, parked};
use crate::windows::press;
use abi::Errno;
use abi::display::event;
use runtime::{Events, Until};
use service_display::KeyState;

const OK: Errno = Errno::Success;
const NONBLOCK: i64 = 4;
const DISPLAY: Until = Until { at_ns: None, events: Events::DISPLAY };

/// The first four bytes of an event as a number.
fn head(bytes: [u8; 4]) -> i64 {
    i32::from_le_bytes(bytes).into()
}

#[test]
fn events_are_read_whole_as_many_as_there_is_room_for() {
    let screen = Screen::new();
    let (down, up) = (head([event::KEY, 4, 1, 0]), head([event::KEY, 4, 0, 0]));
    let script = Script::open(64, 64)
        .reads(FIRST, 19, Errno::Invalid)
        .reads(FIRST, 20, OK)
        .holds(LENGTH_AT, 20)
        .holds(READ_AT, head([event::FOCUS, 0, 1, 0]))
        .reads(FIRST, 59, OK)
        .holds(LENGTH_AT, 40)
        .holds(READ_AT, down)
        .holds(READ_AT + event::TEXT, i64::from(b'x'))
        .holds(READ_AT + event::BYTES, up)
        .reads(FIRST, 20, OK)
        .holds(READ_AT, down)
        .reads(FIRST, 4000, OK)
        .holds(LENGTH_AT, 20)
        .holds(READ_AT, up);
    let mut guest = screen.start(1, &script);

    assert_eq!(parked(&mut guest), DISPLAY);
    assert_eq!(parked(&mut guest), DISPLAY, "another window was told something");
    screen.with(|desktop| [4, 4].map(|usage| press(desktop, usage)));
    assert_eq!(finish(&mut guest), 0);
}

#[test]
fn who_does_not_want_to_wait_is_told_that_there_is_nothing() {
    let script = Script::open(64, 64)
        .reads(FIRST, 20, OK)
        .call("fd_fdstat_set_flags", &[FIRST, NONBLOCK], OK)
        .reads(FIRST, 20, Errno::Again);
    assert_eq!(finish(&mut Screen::new().start(1, &script)), 0);
}

#[test]
fn a_poll_waits_for_an_event_and_says_how_much_there_is() {
    let screen = Screen::new();
    let ready_bytes = READ_AT + abi::wasi::event::READY_BYTES;
    let script = Script::open(64, 64)
        .polls(FIRST)
        .holds(ready_bytes, 20)
        .reads(FIRST, 20, OK)
        .polls(FIRST)
        .holds(LENGTH_AT, 1)
        .holds(READ_AT + abi::wasi::event::ERROR, i64::from(abi::wasi::eventtype::FD_READ) << 16)
        .holds(ready_bytes, 40);
    let mut guest = screen.start(1, &script);

    assert_eq!(parked(&mut guest), DISPLAY);
    assert_eq!(parked(&mut guest), DISPLAY);
    screen.with(|desktop| press(desktop, 4));
    assert_eq!(finish(&mut guest), 0);
}

#[test]
fn whoever_waits_is_woken_by_what_any_window_is_told() {
    let screen = Screen::new();
    assert_eq!(finish(&mut screen.start(1, &Script::open(64, 64))), 0);
    let mut guest = screen.start(2, &Script::open(64, 64));
    assert_eq!(finish(&mut guest), 0);

    screen.with(|desktop| {
        assert!(desktop.take_told());
        assert!(!desktop.take_told());
        desktop.key(4, KeyState::Down, [0; 8]);
        assert!(desktop.take_told());
        assert_eq!(desktop.event_count(2, 2), 2);
    });
}
