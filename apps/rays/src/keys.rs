//! Keys that are down, and where they lead.

use app_guest::display::{State, usage};

use crate::walker::Steps;

/// Two keys for each way, by where they are on the keyboard: ahead, back, two that turn, and two
/// to the sides without a second key.
const KEYS: [[u8; 2]; 6] = [
    [W, usage::UP],
    [S, usage::DOWN],
    [usage::LEFT, usage::LEFT],
    [usage::RIGHT, usage::RIGHT],
    [A, A],
    [D, D],
];
const A: u8 = 0x04;
const D: u8 = 0x07;
const S: u8 = 0x16;
const W: u8 = 0x1a;

/// Which ways' keys are down.
#[derive(Clone, Copy, Default)]
pub(crate) struct Keys([bool; KEYS.len()]);

impl Keys {
    /// A key went down or up; tells whether it is one of these.
    pub(crate) fn change(&mut self, usage: u8, state: State) -> bool {
        let way = KEYS.iter().position(|keys| keys.contains(&usage));
        way.map(|way| self.0[way] = state != State::Up).is_some()
    }

    /// Whether any is down.
    pub(crate) fn any(self) -> bool {
        self.0.contains(&true)
    }

    /// Where they lead together.
    pub(crate) fn steps(self) -> Steps {
        let [ahead, back, turn_left, turn_right, left, right] = self.0.map(f32::from);
        Steps { ahead: ahead - back, right: right - left, turn: turn_right - turn_left }
    }
}
