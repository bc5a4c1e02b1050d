//! What people do, and which window it is for.
//!
//! With the left Alt key: Tab shows the next window, F4 asks one to close, the arrows move it, and
//! with Shift resize it.

use device::InputEvent;
use embedded_graphics_core::geometry::{Point, Size};

use crate::event::{Event, KeyState, TEXT_BYTES};
use crate::look;
use crate::window::{Kind, Window};

use super::Desktop;

/// *HID Usage Tables*, page "Keyboard/Keypad".
const TAB: u8 = 0x2b;
const F4: u8 = 0x3d;
const RIGHT: u8 = 0x4f;
const LEFT: u8 = 0x50;
const DOWN: u8 = 0x51;
const UP: u8 = 0x52;
const MODIFIERS: core::ops::RangeInclusive<u8> = 0xe0..=0xe7;

const LEFT_ALT: u8 = 1 << 2;
const SHIFTS: u8 = 1 << 1 | 1 << 5;

/// How far a key moves a window.
const KEY_STEP: i32 = 2 * look::GRID;
/// The smallest surface that somebody can make with the corner.
const SIDE_MIN: i32 = 8 * look::GRID;
/// The largest number of a place, see [`InputEvent::Position`].
const POSITION_MAX: i64 = 0x7fff;

/// What the pointer does while a button is held.
pub(super) struct Drag {
    pub id: u32,
    action: Action,
    /// The button that ends it.
    number: u8,
}

#[derive(Clone, Copy)]
enum Action {
    Move,
    Resize,
    /// The window gets all of the pointer's events.
    Hold,
}

/// Which keys are down for the window that has the focus, and which modifiers for all.
#[derive(Default)]
pub(super) struct Keys {
    told: [u32; 8],
    modifiers: u8,
}

impl Keys {
    /// Another window has the focus: it was told of no key.
    pub fn forget(&mut self) {
        self.told = [0; 8];
    }

    fn note_modifier(&mut self, usage: u8, is_down: bool) {
        if MODIFIERS.contains(&usage) {
            let bit = 1 << (usage & 7);
            self.modifiers = self.modifiers & !bit | if is_down { bit } else { 0 };
        }
    }

    /// Whether the window is to be told: of a key that goes up or is repeated only if it was told
    /// that it went down.
    fn is_for_window(&mut self, usage: u8, state: KeyState) -> bool {
        let (word, bit) = (&mut self.told[usize::from(usage / 32)], 1 << (usage % 32));
        let was_told = *word & bit != 0;
        match state {
            KeyState::Up => *word &= !bit,
            KeyState::Down => *word |= bit,
            KeyState::Repeated => {}
        }
        was_told || state == KeyState::Down
    }
}

impl Desktop {
    /// Does what an event of a keyboard, mouse or tablet asks for, or tells the window that it is
    /// for. A key types nothing here: what it does, [`Desktop::key`] is told by who has its layout.
    pub fn handle(&mut self, event: InputEvent) {
        match event {
            InputEvent::Key { usage, is_down } => {
                let state = if is_down { KeyState::Down } else { KeyState::Up };
                self.key(usage, state, [0; TEXT_BYTES]);
            }
            InputEvent::Button { number, is_down: true } => self.press(number),
            InputEvent::Button { number, is_down: false } => self.release(number),
            InputEvent::Motion { x, y } => {
                let Point { x: left, y: top } = self.pointer.unwrap_or_default();
                self.point_to(Point::new(left + i32::from(x), top + i32::from(y)));
            }
            InputEvent::Position { x, y } => {
                let scaled = |at: u16, count: u32| {
                    (i64::from(at) * (i64::from(count) - 1) / POSITION_MAX) as i32
                };
                let (width, height) = (self.screen.width(), self.screen.height());
                self.point_to(Point::new(scaled(x, width), scaled(y, height)));
            }
            InputEvent::Wheel { notches } => {
                let under = self.pointer.and_then(|at| self.window_at(at));
                self.tell(under, |_| Event::Wheel { notches });
            }
        }
    }

    /// Does what a key asks for, or tells the window that has the focus. `text` is what it types,
    /// in UTF-8, with zeroes behind it.
    pub fn key(&mut self, usage: u8, state: KeyState, text: [u8; TEXT_BYTES]) {
        let is_down = state != KeyState::Up;
        self.keys.note_modifier(usage, is_down);
        let modifiers = self.keys.modifiers;
        if is_down && modifiers & LEFT_ALT != 0 && self.shortcut(usage, modifiers & SHIFTS != 0) {
            return;
        }
        if self.keys.is_for_window(usage, state) {
            self.tell(self.focus, |_| Event::Key { usage, state, modifiers, text });
        }
    }

    /// Whether the key was for the desktop, which has done then what it asks for.
    fn shortcut(&mut self, usage: u8, resizes: bool) -> bool {
        let (right, down) = match usage {
            TAB => return self.raise_lowest(),
            F4 => return self.tell(self.focus, |_| Event::Close),
            RIGHT => (KEY_STEP, 0),
            LEFT => (-KEY_STEP, 0),
            DOWN => (0, KEY_STEP),
            UP => (0, -KEY_STEP),
            _ => return false,
        };
        let framed = self.windows.iter().find(|window| Some(window.id) == self.focus);
        let Some(id) = framed.filter(|window| window.kind == Kind::Framed).map(|window| window.id)
        else {
            return false;
        };
        if resizes {
            self.resize(id, right, down)
        } else {
            self.move_by(id, right, down)
        }
        true
    }

    fn raise_lowest(&mut self) -> bool {
        let lowest = self.windows.iter().find(|window| window.kind == Kind::Framed);
        let lowest = lowest.map(|window| window.id);
        lowest.into_iter().for_each(|id| self.raise(id));
        lowest.is_some()
    }

    fn press(&mut self, number: u8) {
        let Some(at) = self.pointer else { return };
        let Some(id) = self.drag.as_ref().map(|drag| drag.id).or_else(|| self.window_at(at)) else {
            return;
        };
        if self.drag.is_none() {
            self.raise(id);
            self.begin_drag(id, number, at);
        }
        self.tell_button(id, number, true, at);
    }

    fn begin_drag(&mut self, id: u32, number: u8, at: Point) {
        let Some(window) = self.window(id) else { return };
        let is_framed = window.kind == Kind::Framed;
        let action = match () {
            () if is_framed && window.close_box().contains(at) => {
                return window.events.push(Event::Close);
            }
            () if is_framed && window.grip().contains(at) => Action::Resize,
            () if is_framed && !window.content().contains(at) => Action::Move,
            () => Action::Hold,
        };
        self.drag = Some(Drag { id, action, number });
    }

    fn release(&mut self, number: u8) {
        let (Some(at), Some(drag)) = (self.pointer, &self.drag) else { return };
        let (id, ends) = (drag.id, drag.number == number);
        self.tell_button(id, number, false, at);
        if ends {
            self.drag = None;
        }
    }

    /// A button is told to a window that holds the pointer, not while its frame is dragged.
    fn tell_button(&mut self, id: u32, number: u8, is_down: bool, at: Point) {
        if let Some(Drag { action: Action::Hold, .. }) = self.drag {
            self.tell(Some(id), |window| Event::Button { number, is_down, at: window.inner(at) });
        }
    }

    /// Moves the pointer, not further than the edge of the screen, and what it drags.
    fn point_to(&mut self, at: Point) {
        let before = self.pointer.unwrap_or_default();
        let (right, bottom) = ((self.screen.right - 1).max(0), (self.screen.bottom - 1).max(0));
        let at = Point::new(at.x.clamp(0, right), at.y.clamp(0, bottom));
        if self.pointer == Some(at) {
            return;
        }
        self.mark(&self.pointer_area());
        self.pointer = Some(at);
        self.mark(&self.pointer_area());
        let step = at - before;
        match self.drag.as_ref().map(|drag| (drag.id, drag.action)) {
            Some((id, Action::Move)) => self.move_by(id, step.x, step.y),
            Some((id, Action::Resize)) => self.resize(id, step.x, step.y),
            Some((id, Action::Hold)) => self.tell_place(Some(id), at),
            None => self.tell_place(self.window_at(at), at),
        }
    }

    fn tell_place(&mut self, id: Option<u32>, at: Point) {
        let over = id.and_then(|id| self.window(id));
        let is_inside = over.is_some_and(|window| window.content().contains(at));
        if is_inside || self.drag.is_some() {
            self.tell(id, |window| Event::Pointer { at: window.inner(at) });
        }
    }

    /// Whether there is such a window, which is told then.
    fn tell(&mut self, id: Option<u32>, event: impl FnOnce(&Window) -> Event) -> bool {
        let window = id.and_then(|id| self.window(id));
        window.map(|window| window.events.push(event(window))).is_some()
    }

    /// The highest window at a place of the screen.
    fn window_at(&self, at: Point) -> Option<u32> {
        let mut from_the_top = self.windows.iter().rev();
        from_the_top.find(|window| window.frame(&self.screen).contains(at)).map(|window| window.id)
    }

    /// Moves a window; some of its title stays where the pointer reaches it.
    pub(super) fn move_by(&mut self, id: u32, right: i32, down: i32) {
        let screen = self.screen;
        let Some(window) = self.window(id) else { return };
        let before = window.frame(&screen);
        let reach = look::TITLE_HEIGHT;
        let leftmost = 2 * reach - window.surface.size().width as i32;
        let rightmost = (screen.right - reach).max(leftmost);
        window.left = (window.left + right).clamp(leftmost, rightmost);
        let highest = reach + look::BORDER;
        window.top = (window.top + down).clamp(highest, screen.bottom.max(highest));
        let after = window.frame(&screen);
        if before != after {
            self.mark(&before);
            self.mark(&after);
        }
    }

    /// Makes the surface of a window larger or smaller, and leaves what fits in it; without memory
    /// for that it stays as it is.
    fn resize(&mut self, id: u32, wider: i32, higher: i32) {
        let (screen, limits, pool) = (self.screen, self.screen_size(), self.pool);
        let Some(window) = self.window(id) else { return };
        let before = window.frame(&screen);
        let side = |now: u32, more: i32, limit: u32| {
            let limit = limit as i32;
            (now as i32).saturating_add(more).clamp(SIDE_MIN.min(limit), limit) as u32
        };
        let now = window.surface.size();
        let size = Size::new(
            side(now.width, wider, limits.width),
            side(now.height, higher, limits.height),
        );
        if size == now {
            return;
        }
        if let Ok(surface) = window.surface.resized(size, limits, look::PANEL, pool) {
            window.surface = surface;
            window.events.push(Event::Resize(size));
            let after = window.frame(&screen);
            self.mark(&before.hull(&after));
        }
    }
}
