//! From keys to text: what a keyboard of a country types.
//!
//! [`Keyboard`] knows what is held and locked, waits for the letter after an accent, and repeats
//! the key that is held. Keys have their numbers on the page "Keyboard/Keypad" of the *HID Usage
//! Tables*, 1.12; their places in a [`Layout`] are those of ISO/IEC 9995.

mod layout;

pub use layout::{LAYOUTS, Layout};

use layout::Level;

/// From the moment that a key goes down until it is repeated, and between repetitions.
pub const REPEAT_DELAY_NS: u64 = 500_000_000;
/// See [`REPEAT_DELAY_NS`].
pub const REPEAT_INTERVAL_NS: u64 = 33_000_000;

const CAPS_LOCK: u8 = 0x39;
const SCROLL_LOCK: u8 = 0x47;
const NUM_LOCK: u8 = 0x53;
const FIRST_MODIFIER: u8 = 0xe0;
const LAST_MODIFIER: u8 = 0xe7;

/// Keys that are held while others are typed: bits of [`Keyboard::held`], as in a boot keyboard's
/// report (*HID*, 1.11, §8.3).
pub mod modifier {
    /// Ctrl, left and right.
    pub const CTRL: u8 = 1 << 0 | 1 << 4;
    /// Shift, left and right.
    pub const SHIFT: u8 = 1 << 1 | 1 << 5;
    /// Alt on the left.
    pub const LEFT_ALT: u8 = 1 << 2;
    /// Alt on the right: AltGr where the layout has one.
    pub const RIGHT_ALT: u8 = 1 << 6;
    /// The key with a logo, left and right.
    pub const GUI: u8 = 1 << 3 | 1 << 7;
}

/// Lights of a keyboard: bits of [`Keyboard::lights`], as in the report that sets them (*HID*,
/// 1.11, appendix B.1).
pub mod light {
    /// The keypad types numbers.
    pub const NUM_LOCK: u8 = 1 << 0;
    /// Letters are capitals.
    pub const CAPS_LOCK: u8 = 1 << 1;
    /// Means what an app takes it for.
    pub const SCROLL_LOCK: u8 = 1 << 2;
}

/// A keyboard, and what has been typed on it.
#[derive(Clone, Debug)]
pub struct Keyboard {
    layout: Layout,
    held: u8,
    lights: u8,
    /// An accent that waits for its letter.
    accent: Option<char>,
    repeated: Option<Repeated>,
}

/// A key that is held.
#[derive(Clone, Copy, Debug)]
struct Repeated {
    usage: u8,
    due_ns: u64,
}

/// What one key types: nothing, a character, or two where an accent fits no letter.
///
/// Enter, Tab, Escape, Backspace and Delete are U+000A, 9, 1B, 8 and 7F.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text([Option<char>; 2]);

impl Text {
    /// Its characters in their order.
    pub fn chars(self) -> impl Iterator<Item = char> {
        self.0.into_iter().flatten()
    }
}

impl Keyboard {
    /// A keyboard on which nothing is held, and whose keypad types numbers.
    #[must_use]
    pub const fn new(layout: Layout) -> Self {
        Self { layout, held: 0, lights: light::NUM_LOCK, accent: None, repeated: None }
    }

    /// Takes the keyboard for one of `layout` from now on. What is held stays held.
    pub fn set_layout(&mut self, layout: Layout) {
        *self = Self { held: self.held, lights: self.lights, ..Self::new(layout) };
    }

    /// The key `usage` goes down at `now_ns`; gives what that types.
    pub fn press(&mut self, usage: u8, now_ns: u64) -> Text {
        if let FIRST_MODIFIER..=LAST_MODIFIER = usage {
            self.held |= modifier_bit(usage);
            return Text::default();
        }
        if let Some(light) = light_of(usage) {
            self.lights ^= light;
            return Text::default();
        }
        self.repeated = Some(Repeated { usage, due_ns: now_ns.saturating_add(REPEAT_DELAY_NS) });
        self.typed(usage)
    }

    /// The key `usage` goes up.
    pub fn release(&mut self, usage: u8) {
        if let FIRST_MODIFIER..=LAST_MODIFIER = usage {
            self.held &= !modifier_bit(usage);
        }
        self.repeated = self.repeated.filter(|repeated| repeated.usage != usage);
    }

    /// When a held key is due to be repeated, if one is held.
    #[must_use]
    pub fn due_ns(&self) -> Option<u64> {
        self.repeated.map(|repeated| repeated.due_ns)
    }

    /// The key that is repeated at `now_ns`, and what that types; `None` if it is not due. One that
    /// was due several times since is repeated once.
    pub fn repeat(&mut self, now_ns: u64) -> Option<(u8, Text)> {
        let repeated = self.repeated.as_mut().filter(|repeated| repeated.due_ns <= now_ns)?;
        repeated.due_ns = now_ns.saturating_add(REPEAT_INTERVAL_NS);
        let usage = repeated.usage;
        Some((usage, self.typed(usage)))
    }

    /// What is held of the [`modifier`]s.
    #[must_use]
    pub fn held(&self) -> u8 {
        self.held
    }

    /// Which [`light`]s are to be on.
    #[must_use]
    pub fn lights(&self) -> u8 {
        self.lights
    }

    /// What the key types with what is held and locked.
    fn typed(&mut self, usage: u8) -> Text {
        let has_alt_gr = self.layout.has_alt_gr() && self.is_held(modifier::RIGHT_ALT);
        let is_command = self.is_held(modifier::LEFT_ALT | modifier::GUI)
            || (self.is_held(modifier::RIGHT_ALT) && !has_alt_gr);
        let level = Level {
            has_alt_gr,
            has_shift: self.is_held(modifier::SHIFT),
            has_caps: self.lights & light::CAPS_LOCK != 0,
            has_numbers: self.lights & light::NUM_LOCK != 0,
        };
        match self.layout.character(usage, level).filter(|_| !is_command) {
            Some(character) if self.is_held(modifier::CTRL) => Text([control(character), None]),
            Some(character) => self.accented(character),
            None => Text::default(),
        }
    }

    fn is_held(&self, keys: u8) -> bool {
        self.held & keys != 0
    }

    /// Joins `character` with the accent before it, or keeps it if it is one.
    fn accented(&mut self, character: char) -> Text {
        let before = self.accent.take();
        let Some(before) = before else {
            if layout::accent(character).is_some() {
                self.accent = Some(character);
                self.repeated = None;
                return Text::default();
            }
            return Text([Some(character), None]);
        };
        match layout::compose(before, character) {
            Some(letter) => Text([Some(letter), None]),
            None if character.is_ascii_control() => Text([Some(character), None]),
            None => Text([layout::accent(before), layout::accent(character).or(Some(character))]),
        }
    }
}

fn modifier_bit(usage: u8) -> u8 {
    1 << (usage - FIRST_MODIFIER)
}

fn light_of(usage: u8) -> Option<u8> {
    match usage {
        NUM_LOCK => Some(light::NUM_LOCK),
        CAPS_LOCK => Some(light::CAPS_LOCK),
        SCROLL_LOCK => Some(light::SCROLL_LOCK),
        _ => None,
    }
}

/// What `character` is with Ctrl: Ctrl-A is U+0001, and what is one already stays.
fn control(character: char) -> Option<char> {
    match character {
        '@'..='_' | 'a'..='z' => Some((character as u8 & 0x1f) as char),
        _ => Some(character).filter(char::is_ascii_control),
    }
}

#[cfg(test)]
mod tests;
