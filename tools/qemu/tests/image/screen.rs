//! What a person sees on the screen of a board, and what keyboard and pointer do there.

mod demos;
mod troubles;
mod windows;

use super::*;
use kernel_core::bundle::Service;
use picture::{Area, Gallery, Picture};
use qemu::Monitor;

/// A board with a screen, and hands at it.
pub struct Screen {
    pub qemu: Qemu,
    pub monitor: Monitor,
    _folder: TempDir,
}

impl Screen {
    /// Boots `machine`, and waits until something is on its screen.
    pub fn boot(machine: Machine) -> Self {
        Self::boot_until(machine, "is a tablet")
    }

    /// Boots `machine`, and waits until the console says `line` and something is on the screen.
    pub fn boot_until(machine: Machine, line: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("monitor");
        let qemu = machine.hands().monitor(&socket).boot().unwrap();
        qemu.expect(line, LIMIT);
        let monitor = Monitor::connect(&socket).unwrap();
        let mut screen = Self { qemu, monitor, _folder: folder };
        screen.wait(|picture| !picture.is_blank());
        screen
    }

    /// Waits until the screen `is_right`, and returns what it shows then.
    #[track_caller]
    pub fn wait(&mut self, is_right: impl Fn(&Picture) -> bool) -> Picture {
        let shown = self.monitor.watch(LIMIT, &is_right).unwrap();
        assert!(is_right(&shown), "the screen never showed it; {}", self.qemu.console());
        shown
    }

    /// Waits until the screen shows `pictures/NAME.png` outside of `masks`.
    #[track_caller]
    pub fn expect(&mut self, name: &str, masks: &[Area]) {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/pictures");
        let gallery = Gallery::new(golden, env!("CARGO_TARGET_TMPDIR"));
        self.monitor.expect_picture(&gallery, name, masks, LIMIT);
    }

    /// Moves the pointer there.
    pub fn point(&mut self, x: u32, y: u32) {
        self.monitor.move_pointer((x, y), (640, 480)).unwrap();
    }
}

/// How much fuel each app used.
const FUEL: Area = Area { x: 480, y: 136, width: 128, height: 240 };

/// The board's name, and how long it took to boot.
const ABOUT: Area = Area { x: 32, y: 72, width: 608, height: 32 };

#[test]
fn a_key_chooses_on_the_start_screen_and_the_pointer_is_where_a_tablet_says_on_both_boards() {
    let image = Packed::new(vec![app("hello", &module("hello", "(call $say)"))]);
    for board in Board::ALL {
        let mut screen = Screen::boot(image.machine(board));
        screen.qemu.expect("all apps have ended", LIMIT);

        screen.monitor.chord(&["down"]).unwrap();
        screen.point(320, 140);

        screen.expect("start", &[ABOUT]);
    }
}
