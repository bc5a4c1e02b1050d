//! What people do in a window, as `abi::display::event` lays it out.

/// How many bytes an event has.
pub(super) const EVENT_BYTES: usize = 20;

/// Something that happened to a surface's window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key, while the window has the focus.
    Key {
        /// Its number on the page "Keyboard/Keypad" of the *HID Usage Tables*; some are in
        /// [`usage`].
        usage: u8,
        /// Where it is.
        state: State,
        /// Which of the keys 0xe0 to 0xe7 are down, the first in the lowest bit.
        modifiers: u8,
        /// What it types in the chosen layout.
        text: Text,
    },
    /// The pointer is here now; beside the surface while a button is held.
    Pointer {
        /// Columns from the left.
        x: i32,
        /// Rows from the top.
        y: i32,
    },
    /// A button of the pointer.
    Button {
        /// 1 is on the left, 2 on the right, 3 in the middle.
        number: u8,
        /// Where it is.
        state: State,
        /// Columns from the left.
        x: i32,
        /// Rows from the top.
        y: i32,
    },
    /// The wheel turned over the window.
    Wheel {
        /// Away from the person.
        notches: i32,
    },
    /// Whether the window has the focus now; all its keys are up if not.
    Focus(bool),
    /// The surface has another size. What fitted is there still.
    Resize {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// Somebody wants the window to close.
    Close,
}

/// Of a key or a button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It went up.
    Up,
    /// It went down.
    Down,
    /// It is held, and types again.
    Repeated,
}

/// What one key types: some UTF-8, zeroes behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text([u8; 8]);

impl Text {
    /// As a string, which is empty for a key that types nothing.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        core::str::from_utf8(&self.0[..length]).unwrap_or_default()
    }
}

/// Numbers of keys that type nothing, and of a few that do.
pub mod usage {
    /// Enter.
    pub const ENTER: u8 = 0x28;
    /// Escape.
    pub const ESCAPE: u8 = 0x29;
    /// The space bar.
    pub const SPACE: u8 = 0x2c;
    /// The arrow to the right.
    pub const RIGHT: u8 = 0x4f;
    /// The arrow to the left.
    pub const LEFT: u8 = 0x50;
    /// The arrow down.
    pub const DOWN: u8 = 0x51;
    /// The arrow up.
    pub const UP: u8 = 0x52;
}

impl Event {
    /// `None` for a kind that is not known.
    pub(super) fn decode(bytes: &[u8; EVENT_BYTES]) -> Option<Self> {
        let [kind, number, state, modifiers, rest @ ..] = *bytes;
        let [x0, x1, x2, x3, y0, y1, y2, y3, text @ ..] = rest;
        let (x, y) = (i32::from_le_bytes([x0, x1, x2, x3]), i32::from_le_bytes([y0, y1, y2, y3]));
        let state = match state {
            0 => State::Up,
            1 => State::Down,
            _ => State::Repeated,
        };
        Some(match kind {
            1 => Self::Key { usage: number, state, modifiers, text: Text(text) },
            2 => Self::Pointer { x, y },
            3 => Self::Button { number, state, x, y },
            4 => Self::Wheel { notches: x },
            5 => Self::Focus(state == State::Down),
            6 => Self::Resize { width: x.cast_unsigned(), height: y.cast_unsigned() },
            7 => Self::Close,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(head: [u8; 4], x: i32, y: i32, text: &[u8; 8]) -> [u8; EVENT_BYTES] {
        let parts = [&head[..], &x.to_le_bytes(), &y.to_le_bytes(), text];
        parts.concat().try_into().unwrap()
    }

    #[test]
    fn a_key_says_what_it_types() {
        let event = Event::decode(&bytes(
            [1, 0x34, 2, 0b10],
            0,
            0,
            "ä\0\0\0\0\0\0".as_bytes().first_chunk().unwrap(),
        ));

        let Some(Event::Key { usage: 0x34, state: State::Repeated, modifiers: 2, text }) = event
        else {
            panic!("{event:?}");
        };
        assert_eq!(text.as_str(), "ä");
    }

    #[test]
    fn text_may_fill_all_its_bytes_and_what_is_no_text_is_none() {
        assert_eq!(Text(*b"abcdefgh").as_str(), "abcdefgh");
        assert_eq!(Text(*b"\xff\0\0\0\0\0\0\0").as_str(), "");
        assert_eq!(Text::default().as_str(), "");
    }

    #[test]
    fn places_may_be_left_of_and_above_the_surface() {
        let button = Event::decode(&bytes([3, 2, 1, 0], -5, -1, &[0; 8]));
        assert_eq!(button, Some(Event::Button { number: 2, state: State::Down, x: -5, y: -1 }));

        let pointer = Event::decode(&bytes([2, 0, 0, 0], 639, -1, &[0; 8]));
        assert_eq!(pointer, Some(Event::Pointer { x: 639, y: -1 }));
    }

    #[test]
    fn each_kind_of_event_is_told_apart() {
        let decode = |kind, state, x| Event::decode(&bytes([kind, 0, state, 0], x, 7, &[0; 8]));

        assert_eq!(decode(4, 0, -3), Some(Event::Wheel { notches: -3 }));
        assert_eq!(decode(5, 1, 0), Some(Event::Focus(true)));
        assert_eq!(decode(5, 0, 0), Some(Event::Focus(false)));
        assert_eq!(decode(6, 0, 300), Some(Event::Resize { width: 300, height: 7 }));
        assert_eq!(decode(7, 0, 0), Some(Event::Close));
        assert_eq!(decode(8, 0, 0), None);
    }
}
