//! Reports of keyboards, mice and tablets, and what people did that they tell of.
//!
//! Sources: *Device Class Definition for Human Interface Devices (HID)*, version 1.11, appendix B
//! for the boot protocol; *HID Usage Tables*, 1.12.

mod layout;

pub use layout::Layout;

use device::InputEvent;

/// Bytes of a keyboard's report in the boot protocol.
const KEYBOARD_BYTES: usize = 8;
/// In the place of a key: nothing, and three reasons why the keys cannot be told.
const LAST_NO_KEY: u8 = 3;
const LEFT_CTRL: u8 = 0xe0;
/// Buttons of a pointer that are told apart.
const BUTTONS_MAX: u8 = 8;

/// A device of reports, and what its last one said.
#[derive(Clone, Copy)]
pub enum Hand {
    /// A keyboard in the boot protocol, and its last report.
    Keyboard([u8; KEYBOARD_BYTES]),
    /// A mouse in the boot protocol, and the buttons that are down.
    Mouse(u8),
    /// A pointer that is somewhere, and the buttons that are down.
    Tablet(Layout, u8),
}

impl Hand {
    /// A keyboard of which no key is down.
    #[must_use]
    pub fn keyboard() -> Self {
        Self::Keyboard([0; KEYBOARD_BYTES])
    }

    /// Tells what a report says that the one before did not.
    pub fn read(&mut self, report: &[u8], tell: &mut dyn FnMut(InputEvent)) {
        match self {
            Self::Keyboard(last) => {
                let Some(report) = report.first_chunk() else { return };
                if !(1..=LAST_NO_KEY).contains(&report[2]) {
                    tell_keys(last, report, tell);
                    *last = *report;
                }
            }
            Self::Mouse(buttons) => read_mouse(buttons, report, tell),
            Self::Tablet(layout, buttons) => {
                let Some(state) = layout.read(report) else { return };
                tell(InputEvent::Position { x: state.x, y: state.y });
                tell_buttons(buttons, state.buttons, tell);
                tell_wheel(state.wheel, tell);
            }
        }
    }

    /// Lets go of all that is down.
    pub fn release(&mut self, tell: &mut dyn FnMut(InputEvent)) {
        match self {
            Self::Keyboard(last) => {
                tell_keys(last, &[0; KEYBOARD_BYTES], tell);
                *self = Self::keyboard();
            }
            Self::Mouse(buttons) | Self::Tablet(_, buttons) => tell_buttons(buttons, 0, tell),
        }
    }
}

fn tell_keys(
    before: &[u8; KEYBOARD_BYTES],
    now: &[u8; KEYBOARD_BYTES],
    tell: &mut dyn FnMut(InputEvent),
) {
    let (old, new) = (&before[2..], &now[2..]);
    let is_key = |usage: &&u8| **usage > LAST_NO_KEY;
    for &usage in old.iter().filter(is_key).filter(|usage| !new.contains(usage)) {
        tell(InputEvent::Key { usage, is_down: false });
    }
    for_each_change(before[0], now[0], |bit, is_down| {
        tell(InputEvent::Key { usage: LEFT_CTRL + bit, is_down });
    });
    for &usage in new.iter().filter(is_key).filter(|usage| !old.contains(usage)) {
        tell(InputEvent::Key { usage, is_down: true });
    }
}

/// Buttons, two movements, and perhaps a wheel.
fn read_mouse(buttons: &mut u8, report: &[u8], tell: &mut dyn FnMut(InputEvent)) {
    let &[now, x, y, ref more @ ..] = report else { return };
    let [x, y] = [x, y].map(|step| i16::from(step.cast_signed()));
    if (x, y) != (0, 0) {
        tell(InputEvent::Motion { x, y });
    }
    tell_buttons(buttons, now, tell);
    tell_wheel(more.first().map_or(0, |notches| notches.cast_signed()), tell);
}

fn tell_wheel(notches: i8, tell: &mut dyn FnMut(InputEvent)) {
    if notches != 0 {
        tell(InputEvent::Wheel { notches });
    }
}

fn tell_buttons(before: &mut u8, now: u8, tell: &mut dyn FnMut(InputEvent)) {
    for_each_change(*before, now, |bit, is_down| {
        tell(InputEvent::Button { number: bit + 1, is_down });
    });
    *before = now;
}

fn for_each_change(before: u8, now: u8, mut tell: impl FnMut(u8, bool)) {
    for bit in 0..BUTTONS_MAX {
        if (before ^ now) >> bit & 1 != 0 {
            tell(bit, now >> bit & 1 != 0);
        }
    }
}

#[cfg(test)]
mod tests;
