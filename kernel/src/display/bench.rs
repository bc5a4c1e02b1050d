//! `bramble.bench`: what it takes to move a window, and how much was painted.

use super::screen::Screen;
use super::{Display, KERNEL, lock};
use crate::arch::timer;
use service_display::look::{BORDER, TITLE_HEIGHT};
use service_display::{KeyState, Kind, Size};

/// All of a size, one above the other; the highest is moved, there and back.
const WINDOWS: usize = 4;
const SIZE: Size = Size::new(300, 200);
const STEPS: u64 = 16;
/// How far a key moves it.
const STEP: u64 = 16;

/// *HID Usage Tables*, page "Keyboard/Keypad".
const LEFT_ALT: u8 = 0xe2;
const RIGHT: u8 = 0x4f;
const LEFT: u8 = 0x50;

/// Says what moving a window takes: pixels of the places before and after each step, and
/// nanoseconds. Then, how many pixels were painted since the display is there.
pub(crate) fn bench() {
    if let Display::Shown(screen) = &mut *lock() {
        log::info!("bench: painted {}", screen.painted_pixels());
        let took_ns = screen.time_of_moves();
        let width = u64::from(SIZE.width) + 2 * BORDER as u64;
        let height = u64::from(SIZE.height) + (TITLE_HEIGHT + 2 * BORDER) as u64;
        log::info!("bench: moved {} ns {took_ns}", STEPS * (width + STEP) * height);
    }
}

impl Screen {
    fn time_of_moves(&mut self) -> u64 {
        for _ in 0..WINDOWS {
            // Fewer are less to paint around, which would be seen in the figure.
            let _ = self.desktop().open(KERNEL, b"bench", SIZE, Kind::Framed);
        }
        self.paint();
        self.paint();
        self.desktop().key(LEFT_ALT, KeyState::Down, [0; 8]);
        let begin_ns = timer::now_ns();
        for step in 0..STEPS {
            let usage = if step % 2 == 0 { RIGHT } else { LEFT };
            self.desktop().key(usage, KeyState::Down, [0; 8]);
            self.paint();
        }
        let took_ns = timer::now_ns() - begin_ns;
        self.desktop().key(LEFT_ALT, KeyState::Up, [0; 8]);
        self.desktop().close_all(KERNEL);
        took_ns
    }
}
