//! What people do with their hands: keys, and pointers that move or are somewhere.

/// A keyboard, mouse or tablet, or several that take turns.
pub trait InputSource: Sync {
    /// The oldest event that nobody has taken yet.
    fn next_event(&self) -> Option<InputEvent>;
}

/// One thing that somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputEvent {
    /// A key went down or up. One that is held when its keyboard is pulled goes up.
    Key {
        /// Its number on the page "Keyboard/Keypad" of the *HID Usage Tables*; 0xe0 to 0xe7 are
        /// Ctrl, Shift, Alt and GUI, left and right.
        usage: u8,
        /// Down, or up.
        is_down: bool,
    },
    /// A button of a pointer went down or up.
    Button {
        /// 1 is the one on the left, 2 on the right, 3 in the middle.
        number: u8,
        /// Down, or up.
        is_down: bool,
    },
    /// A pointer moved.
    Motion {
        /// To the right, in its own steps.
        x: i16,
        /// Down.
        y: i16,
    },
    /// A pointer is somewhere.
    Position {
        /// 0 is the left edge, 0x7fff the right one.
        x: u16,
        /// 0 is the top edge, 0x7fff the bottom one.
        y: u16,
    },
    /// A wheel turned, away from the person if positive.
    Wheel {
        /// By so many notches.
        notches: i8,
    },
}
