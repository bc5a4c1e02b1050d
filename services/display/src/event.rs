//! What happens to a window, and what of it the window's app has not taken yet.

use alloc::collections::VecDeque;

use abi::display::{event, state};
use embedded_graphics_core::geometry::{Point, Size};

/// How many events wait for an app; one more, and one is lost that can be spared.
pub const EVENTS_MAX: usize = 64;
/// How many bytes of text a key types at most.
pub const TEXT_BYTES: usize = event::TEXT_BYTES as usize;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyState {
    /// It goes up.
    Up = state::UP,
    /// It goes down.
    Down = state::DOWN,
    /// It is held, and types again.
    Repeated = state::REPEATED,
}

/// Something that happened to a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A key was used while the window had the focus.
    Key {
        /// As in [`device::InputEvent::Key`].
        usage: u8,
        /// What it does.
        state: KeyState,
        /// Which of the keys 0xe0 to 0xe7 are down, the first in the lowest bit.
        modifiers: u8,
        /// What it types, in UTF-8, with zeroes behind it.
        text: [u8; TEXT_BYTES],
    },
    /// The pointer moved over the window.
    Pointer {
        /// Where it is on the surface, or beside it while a button is held.
        at: Point,
    },
    /// A button went down on the window, or one that did went up.
    Button {
        /// As in [`device::InputEvent::Button`].
        number: u8,
        /// Down, or up.
        is_down: bool,
        /// Where the pointer is, on the surface.
        at: Point,
    },
    /// The wheel turned over the window.
    Wheel {
        /// As in [`device::InputEvent::Wheel`].
        notches: i8,
    },
    /// The window has the focus now, or has it no longer; all keys are up for it then.
    Focus(bool),
    /// The surface has another size.
    Resize(Size),
    /// Somebody wants the window to close, which its app does, or does not.
    Close,
}

impl Event {
    /// The bytes that an app reads, see [`abi::display::event`].
    pub(crate) fn encode(&self) -> [u8; event::BYTES as usize] {
        let mut typed = [0; TEXT_BYTES];
        let (head, x, y) = match *self {
            Self::Key { usage, state, modifiers, text } => {
                typed = text;
                ([event::KEY, usage, state as u8, modifiers], 0, 0)
            }
            Self::Pointer { at } => ([event::POINTER, 0, 0, 0], at.x, at.y),
            Self::Button { number, is_down, at } => {
                ([event::BUTTON, number, is_down.into(), 0], at.x, at.y)
            }
            Self::Wheel { notches } => ([event::WHEEL, 0, 0, 0], notches.into(), 0),
            Self::Focus(has_it) => ([event::FOCUS, 0, has_it.into(), 0], 0, 0),
            Self::Resize(size) => ([event::RESIZE, 0, 0, 0], size.width as i32, size.height as i32),
            Self::Close => ([event::CLOSE, 0, 0, 0], 0, 0),
        };
        let mut bytes = [0; event::BYTES as usize];
        bytes[..event::X as usize].copy_from_slice(&head);
        bytes[event::X as usize..][..4].copy_from_slice(&x.to_le_bytes());
        bytes[event::Y as usize..][..4].copy_from_slice(&y.to_le_bytes());
        bytes[event::TEXT as usize..].copy_from_slice(&typed);
        bytes
    }

    /// Whether nobody needs to know of `before`, which it follows.
    fn replaces(&self, before: &Self) -> bool {
        matches!(
            (before, self),
            (Self::Pointer { .. }, Self::Pointer { .. })
                | (Self::Resize(_), Self::Resize(_))
                | (Self::Close, Self::Close)
        )
    }

    /// Which key, button or state of the window is another from now on; an app that misses that
    /// would take it for what it was for ever.
    fn settles(&self) -> Option<(u8, u8)> {
        match *self {
            Self::Key { usage, state: KeyState::Up, .. } => Some((event::KEY, usage)),
            Self::Button { number, is_down: false, .. } => Some((event::BUTTON, number)),
            Self::Focus(_) => Some((event::FOCUS, 0)),
            Self::Resize(_) => Some((event::RESIZE, 0)),
            Self::Close => Some((event::CLOSE, 0)),
            _ => None,
        }
    }
}

/// The events that an app has not taken.
#[derive(Default)]
pub(crate) struct Queue {
    events: VecDeque<Event>,
    /// Whether one has come since somebody asked.
    has_new: bool,
}

impl Queue {
    /// Keeps `event`. One that it makes obsolete is replaced, and without room the oldest is lost
    /// of those that can be spared.
    pub fn push(&mut self, event: Event) {
        if self.events.back().is_some_and(|last| event.replaces(last)) {
            self.events.pop_back();
        } else if self.events.len() == EVENTS_MAX {
            self.events.remove(self.spared());
        }
        self.events.push_back(event);
        self.has_new = true;
    }

    /// Which one is lost: the oldest that settles nothing, or what a later one settles anew.
    fn spared(&self) -> usize {
        let is_spared = |index: &usize| {
            let settled = self.events[*index].settles();
            let mut later = self.events.range(index + 1..);
            settled.is_none() || later.any(|event| event.settles() == settled)
        };
        (0..self.events.len()).find(is_spared).unwrap_or(0)
    }

    /// The oldest, which is taken.
    pub fn pop(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether any has come since the last call.
    pub fn take_new(&mut self) -> bool {
        core::mem::take(&mut self.has_new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn key(usage: u8, state: KeyState) -> Event {
        Event::Key { usage, state, modifiers: 0, text: [0; TEXT_BYTES] }
    }

    fn kept(events: impl IntoIterator<Item = Event>) -> Vec<Event> {
        let mut queue = Queue::default();
        events.into_iter().for_each(|event| queue.push(event));
        core::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn an_app_that_takes_nothing_still_hears_of_every_key_that_went_up_last() {
        let ups = [4, 5].map(|usage| key(usage, KeyState::Up));
        let wheel = [Event::Wheel { notches: 1 }; 300];
        let pressed = (0..300).flat_map(|_| [KeyState::Down, KeyState::Up]).map(|to| key(6, to));

        let kept = kept(ups.into_iter().chain(wheel).chain(pressed));

        assert_eq!(kept.len(), EVENTS_MAX);
        assert_eq!(kept[..2], ups);
        assert_eq!(kept[kept.len() - 2..], [key(6, KeyState::Down), key(6, KeyState::Up)]);
    }

    #[test]
    fn of_events_none_of_which_can_be_spared_the_oldest_is_lost() {
        let ups = Vec::from_iter((0..EVENTS_MAX as u8 + 1).map(|usage| key(usage, KeyState::Up)));
        assert_eq!(kept(ups.clone()), ups[1..]);
    }

    #[test]
    fn of_motions_and_sizes_in_a_row_the_last_is_kept() {
        let at = |x| Event::Pointer { at: Point::new(x, 0) };
        let to = |width| Event::Resize(Size::new(width, 9));

        let kept = kept([at(1), at(2), to(1), to(2), Event::Close, Event::Close, at(3)]);

        assert_eq!(kept, [at(2), to(2), Event::Close, at(3)]);
    }

    #[test]
    fn every_event_is_read_as_the_abi_says() {
        let text = *b"\xc3\xa4\0\0\0\0\0\0";
        let typed = Event::Key { usage: 0x34, state: KeyState::Repeated, modifiers: 2, text };
        let at = Point::new(-2, 258);
        let pressed = Event::Button { number: 3, is_down: true, at };
        let bytes = |kind: [u8; 4], x: [u8; 4], y: [u8; 4]| {
            let fields: [u8; 12] = [kind, x, y].concat().try_into().unwrap();
            let mut bytes = [0; 20];
            bytes[..12].copy_from_slice(&fields);
            bytes
        };
        let (x, y) = ([0xfe, 255, 255, 255], [2, 1, 0, 0]);

        assert_eq!(typed.encode()[..4], [1, 0x34, 2, 2]);
        assert_eq!(typed.encode()[12..], text);
        assert_eq!(Event::Pointer { at }.encode(), bytes([2, 0, 0, 0], x, y));
        assert_eq!(pressed.encode(), bytes([3, 3, 1, 0], x, y));
        assert_eq!(Event::Wheel { notches: -2 }.encode(), bytes([4, 0, 0, 0], x, [0; 4]));
        assert_eq!(Event::Focus(true).encode(), bytes([5, 0, 1, 0], [0; 4], [0; 4]));
        let size = Event::Resize(Size::new(7, 258));
        assert_eq!(size.encode(), bytes([6, 0, 0, 0], [7, 0, 0, 0], y));
        assert_eq!(Event::Close.encode(), bytes([7, 0, 0, 0], [0; 4], [0; 4]));
    }
}
