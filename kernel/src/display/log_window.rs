//! The window that shows the log.

use super::KERNEL;
use crate::console;
use kernel_core::log_ring::Cursor;
use service_display::console::Console;
use service_display::{Area, Desktop, Event, Kind, Size};

/// How often it is brought up to date.
const LOOK_NS: u64 = 250_000_000;

const COLUMNS: u32 = 68;
const LINES: u32 = 20;

/// How far a notch of the wheel, and a page key, moves it.
const WHEEL_LINES: i32 = 3;
const PAGE_LINES: i32 = 16;
/// *HID Usage Tables*, page "Keyboard/Keypad".
const PAGE_UP: u8 = 0x4b;
const PAGE_DOWN: u8 = 0x4e;

/// The log on the screen; its text is kept while the window is open.
#[derive(Default)]
pub(super) struct LogWindow {
    open: Option<Open>,
}

struct Open {
    id: u32,
    text: Console,
    seen: Cursor,
    look_ns: u64,
}

impl LogWindow {
    /// Opens it, or shows it before all others.
    pub(super) fn show(&mut self, desktop: &mut Desktop) {
        if let Some(open) = &self.open {
            return desktop.bring(KERNEL, open.id);
        }
        let size = Size::new(COLUMNS * 8 + 16, LINES * 16 + 8);
        let Ok(id) = desktop.open(KERNEL, b"log", size, Kind::Framed) else { return };
        let (text, seen) = (Console::default(), Cursor::NEW);
        self.open = Some(Open { id, text, seen, look_ns: 0 });
    }

    /// Sees to it, and tells when to do so again.
    pub(super) fn look_after(&mut self, desktop: &mut Desktop, now_ns: u64) -> Option<u64> {
        let open = self.open.as_mut()?;
        let mut has_changed = false;
        while let Some(event) = desktop.next_event(KERNEL, open.id) {
            if event == Event::Close {
                // It is there, since it has events.
                let _ = desktop.close(KERNEL, open.id);
                self.open = None;
                return None;
            }
            has_changed |= open.handle(event);
        }
        if now_ns >= open.look_ns {
            has_changed |= open.read();
            open.look_ns = now_ns + LOOK_NS;
        }
        if has_changed {
            open.draw(desktop);
        }
        Some(open.look_ns)
    }
}

impl Open {
    /// Whether the window is to be drawn again.
    fn handle(&mut self, event: Event) -> bool {
        let lines = match event {
            Event::Wheel { notches } => i32::from(notches) * WHEEL_LINES,
            Event::Key { usage: PAGE_UP, .. } => PAGE_LINES,
            Event::Key { usage: PAGE_DOWN, .. } => -PAGE_LINES,
            Event::Resize(_) => 0,
            _ => return false,
        };
        self.text.scroll(lines);
        true
    }

    /// Takes what is new in the log; whether there is something.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 256];
        let mut is_new = false;
        loop {
            let count = console::read_log(&mut self.seen, &mut buffer);
            if count == 0 {
                return is_new;
            }
            self.text.write(&buffer[..count]);
            is_new = true;
        }
    }

    fn draw(&self, desktop: &mut Desktop) {
        let size = desktop.size_of(KERNEL, self.id).unwrap_or_default();
        let whole = Area::new(0, 0, size.width, size.height);
        // Somebody may have closed it, which the next event tells.
        let _ = desktop.draw(KERNEL, self.id, &whole, |canvas| self.text.draw(canvas));
    }
}
