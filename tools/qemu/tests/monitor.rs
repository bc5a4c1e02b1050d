//! QEMU's monitor on a board without an image of ours: its screen, keys, and what it refuses.

#![forbid(unsafe_code)]

use picture::{Gallery, Picture};
use qemu::{Board, Button, Machine, Monitor, Qemu};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far more than QEMU takes to start; only a failure waits.
const LIMIT: Duration = Duration::from_secs(60);

/// A board on which nothing runs but the endless loop that is its image.
struct Idle {
    _board: Qemu,
    folder: TempDir,
    monitor: Monitor,
}

impl Idle {
    fn boot(board: Board) -> Self {
        /// `b .`, of the *Arm Architecture Reference Manual*.
        const LOOP: u32 = 0x1400_0000;

        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("loop.img");
        std::fs::write(&image, LOOP.to_le_bytes()).unwrap();
        let socket = folder.path().join("monitor");
        let machine = Machine::new(board, image).monitor(&socket).hands();
        let board = machine.boot().unwrap();
        Self { _board: board, monitor: connect(&socket), folder }
    }
}

/// A connection to a QEMU that has just been started.
fn connect(socket: &Path) -> Monitor {
    let start = Instant::now();
    loop {
        match Monitor::connect(socket) {
            Ok(monitor) => return monitor,
            Err(error) => assert!(start.elapsed() < LIMIT, "no monitor: {error}"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_screen_that_no_board_has_set_up_is_black_and_can_be_photographed() {
    for board in Board::ALL {
        let mut idle = Idle::boot(board);
        let path = idle.folder.path().join("screen.png");

        let picture = idle.monitor.screenshot(&path).unwrap();

        assert_eq!((picture.width(), picture.height()), (640, 480));
        assert!(picture.is_blank() && picture.pixels()[0] == 0);
        assert!(Picture::read(&path).unwrap().difference(&picture, &[]).is_none());
    }
}

#[test]
fn a_photograph_that_cannot_be_written_is_an_error() {
    let mut idle = Idle::boot(Board::Raspi3b);
    let path = idle.folder.path().join("nowhere/screen.png");

    assert!(idle.monitor.screenshot(&path).is_err());
}

#[test]
fn keys_text_and_the_pointer_are_taken_and_a_key_that_is_none_is_not() {
    let mut idle = Idle::boot(Board::Raspi3b);
    let monitor = &mut idle.monitor;

    monitor.type_text("Hello, \"Bramble\"\n").unwrap();
    monitor.chord(&["alt", "f4"]).unwrap();
    monitor.send_key("alt_r", true).unwrap();
    monitor.send_key("alt_r", false).unwrap();
    monitor.move_pointer((639, 479), (640, 480)).unwrap();
    monitor.button(Button::Left, true).unwrap();
    monitor.button(Button::Left, false).unwrap();
    monitor.wheel(-2).unwrap();

    let error = monitor.send_key("any", true).unwrap_err();
    assert!(error.to_string().contains("any"), "{error}");
    assert!(monitor.type_text("naïve").is_err());
    assert!(monitor.type_text(&"x".repeat(81)).is_err());
}

#[test]
#[should_panic(expected = "307200 pixels differ")]
fn a_screen_that_never_shows_what_it_should_fails_with_what_it_shows() {
    let mut idle = Idle::boot(Board::Raspi3b);
    let gallery = Gallery::new(idle.folder.path(), idle.folder.path());
    let white = Picture::of_color(640, 480, 0xff_ff_ff);
    white.write(&idle.folder.path().join("white.png")).unwrap();

    idle.monitor.expect_picture(&gallery, "white", &[], Duration::ZERO);
}

#[test]
fn a_screen_that_shows_what_it_should_ends_the_wait() {
    let mut idle = Idle::boot(Board::Raspi3b);
    let gallery = Gallery::new(idle.folder.path(), idle.folder.path());
    let black = Picture::of_color(640, 480, 0);
    black.write(&idle.folder.path().join("black.png")).unwrap();
    let start = Instant::now();

    idle.monitor.expect_picture(&gallery, "black", &[], LIMIT);

    assert!(start.elapsed() < LIMIT);
}
