//! Fingers: keys, the pointer, its buttons and its wheel, on what [`Machine::hands`] plugs in.
//!
//! QEMU's keyboard and tablet remember 16 events each that the board has not asked for yet, and
//! forget the others. So text is typed at the board's own pace, by its clock; who sends more than a
//! few events of another kind waits in between for what they do.
//!
//! [`Machine::hands`]: crate::Machine::hands

use super::Monitor;
use serde_json::{Value, json};
use std::io;

/// How long a key is down, in the board's time: several times as long as its keyboard is asked.
const HOLD_MS: u32 = 20;

/// QEMU queues a thousand steps, of which a capital letter takes twelve.
const TEXT_CHARS_MAX: usize = 80;

/// Where a tablet's last column and row are, whatever the screen's size.
const POSITION_MAX: u64 = 0x7fff;

/// A button of the pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// On the left.
    Left,
    /// In the middle.
    Middle,
    /// On the right.
    Right,
}

impl Button {
    const fn name(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Middle => "middle",
            Self::Right => "right",
        }
    }
}

impl Monitor {
    /// Presses or lets go the key that QEMU calls `qcode`: `a`, `ret`, `shift`, `alt_r`, `f4`. It is
    /// named after what is on it in the US.
    ///
    /// # Errors
    ///
    /// There is no such key, or QEMU has ended.
    pub fn send_key(&mut self, qcode: &str, is_down: bool) -> io::Result<()> {
        let key = json!({ "type": "qcode", "data": qcode });
        self.send(&[json!({ "type": "key", "data": { "down": is_down, "key": key } })])
    }

    /// Presses these keys, each while those before it are down, and lets them go. It returns before
    /// the board has them all.
    ///
    /// # Errors
    ///
    /// As [`Self::send_key`].
    pub fn chord(&mut self, qcodes: &[&str]) -> io::Result<()> {
        let key = |qcode: &&str| json!({ "type": "qcode", "data": qcode });
        let keys: Vec<Value> = qcodes.iter().map(key).collect();
        let arguments = json!({ "keys": keys, "hold-time": HOLD_MS });
        self.execute("send-key", &arguments).map(|_| ())
    }

    /// Types `text` as on a keyboard of the US. It returns before the board has all of it.
    ///
    /// # Errors
    ///
    /// It has more than 80 characters, or one that no key types; then nothing is typed. QEMU has
    /// ended.
    pub fn type_text(&mut self, text: &str) -> io::Result<()> {
        let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidInput, what);
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(wrong(format!("more than {TEXT_CHARS_MAX} characters at once")));
        }
        let key = |typed| key_of(typed).ok_or_else(|| wrong(format!("no key types {typed:?}")));
        let keys: Vec<_> = text.chars().map(key).collect::<io::Result<_>>()?;

        for (qcode, is_shifted) in keys {
            let chord = ["shift", &*qcode];
            self.chord(if is_shifted { &chord } else { &chord[1..] })?;
        }
        Ok(())
    }

    /// Moves the pointer to the column and row `to` of a screen that has so many of them.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or the board is halted.
    pub fn move_pointer(&mut self, to: (u32, u32), screen: (u32, u32)) -> io::Result<()> {
        let axis = |name, value| json!({ "type": "abs", "data": { "axis": name, "value": value } });
        self.send(&[axis("x", position(to.0, screen.0)), axis("y", position(to.1, screen.1))])
    }

    /// Presses or lets go a button of the pointer.
    ///
    /// # Errors
    ///
    /// As [`Self::move_pointer`].
    pub fn button(&mut self, button: Button, is_down: bool) -> io::Result<()> {
        self.send(&[button_event(button.name(), is_down)])
    }

    /// Turns the wheel by so many notches, away from the person if they are more than 0.
    ///
    /// # Errors
    ///
    /// As [`Self::move_pointer`].
    pub fn wheel(&mut self, notches: i32) -> io::Result<()> {
        let name = if notches > 0 { "wheel-up" } else { "wheel-down" };
        for _ in 0..notches.unsigned_abs() {
            self.send(&[button_event(name, true)])?;
            self.send(&[button_event(name, false)])?;
        }
        Ok(())
    }

    fn send(&mut self, events: &[Value]) -> io::Result<()> {
        self.execute("input-send-event", &json!({ "events": events })).map(|_| ())
    }
}

fn button_event(name: &str, is_down: bool) -> Value {
    json!({ "type": "btn", "data": { "down": is_down, "button": name } })
}

/// What a tablet says for the pixel `at` of `count`: the least that is not in the one before it.
fn position(at: u32, count: u32) -> u64 {
    let last = u64::from(count).saturating_sub(1).max(1);
    (u64::from(at) * POSITION_MAX).div_ceil(last).min(POSITION_MAX)
}

/// The key that types a character in the US, and whether with Shift.
fn key_of(typed: char) -> Option<(String, bool)> {
    const ALONE: &str = "1234567890-=[]\\;'`,./";
    const SHIFTED: &str = "!@#$%^&*()_+{}|:\"~<>?";

    let below = SHIFTED.find(typed).and_then(|place| ALONE[place..].chars().next());
    let is_shifted = typed.is_ascii_uppercase() || below.is_some();
    let alone = below.unwrap_or(typed.to_ascii_lowercase());
    Some((name_of(alone)?, is_shifted))
}

/// QEMU's name for the key that types `alone` without Shift.
fn name_of(alone: char) -> Option<String> {
    let name = match alone {
        'a'..='z' | '0'..='9' => return Some(alone.to_string()),
        '-' => "minus",
        '=' => "equal",
        '[' => "bracket_left",
        ']' => "bracket_right",
        '\\' => "backslash",
        ';' => "semicolon",
        '\'' => "apostrophe",
        '`' => "grave_accent",
        ',' => "comma",
        '.' => "dot",
        '/' => "slash",
        ' ' => "spc",
        '\n' => "ret",
        '\t' => "tab",
        _ => return None,
    };
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a board draws the pointer of a tablet that says so.
    fn pixel_of(position: u64, count: u32) -> u64 {
        position * u64::from(count - 1) / POSITION_MAX
    }

    #[test]
    fn the_pointer_comes_to_each_pixel_of_each_screen() {
        for count in [1, 2, 480, 640, 1080, 1920, 4096] {
            for at in 0..count {
                assert_eq!(pixel_of(position(at, count), count), u64::from(at), "of {count}");
            }
        }
    }

    #[test]
    fn a_pixel_beside_the_screen_is_its_last() {
        assert_eq!(position(640, 640), POSITION_MAX);
        assert_eq!(position(u32::MAX, 0), POSITION_MAX);
    }

    #[test]
    fn every_character_of_ascii_that_is_seen_has_its_key() {
        let missing: Vec<char> = (' '..='~').filter(|typed| key_of(*typed).is_none()).collect();

        assert_eq!(missing, []);
        assert_eq!(key_of('a'), Some(("a".to_owned(), false)));
        assert_eq!(key_of('Z'), Some(("z".to_owned(), true)));
        assert_eq!(key_of('0'), Some(("0".to_owned(), false)));
        assert_eq!(key_of('?'), Some(("slash".to_owned(), true)));
        assert_eq!(key_of('ä'), None);
    }
}
