//! Where new windows are.

use alloc::vec::Vec;
use core::iter;

use embedded_graphics_core::geometry::Size;

use crate::area::Area;
use crate::look::{self, GRID};
use crate::window::Kind;

use super::Desktop;

/// From the left and the upper edge of the screen to the first window's frame.
const MARGIN: i32 = 3 * GRID - look::BORDER;

impl Desktop {
    /// Where a new surface is: one that fills the screen in its middle, others each a little
    /// further down and to the right.
    pub(super) fn place_for(&self, size: Size, kind: Kind) -> (i32, i32) {
        let room = self.screen_size().saturating_sub(size);
        if kind == Kind::Whole {
            return (room.width as i32 / 2, room.height as i32 / 2);
        }
        if kind == Kind::Ground {
            return (0, 0);
        }
        let step = (self.last_id % 8) as i32 * 3 * GRID;
        let left = (GRID * 3 + step).min(room.width as i32 - look::BORDER).max(look::BORDER);
        let lowest = room.height as i32 - look::BORDER;
        let highest = look::TITLE_HEIGHT + look::BORDER;
        (left, (GRID * 6 + step).min(lowest).max(highest))
    }

    /// Moves a window with a frame to where it covers no other, as far up and then to the left as
    /// possible; if there is no such place, it stays.
    pub fn set_aside(&mut self, app: u32, id: u32) {
        let screen = self.screen;
        let Some(window) = self.window(id).filter(|window| window.app == app) else { return };
        let frame = window.frame(&screen);
        if window.kind != Kind::Framed {
            return;
        }
        if let Some((left, top)) = self.free_place(id, &frame) {
            self.move_by(id, left - frame.left, top - frame.top);
        }
    }

    fn free_place(&self, id: u32, frame: &Area) -> Option<(i32, i32)> {
        let others = self.windows.iter().filter(|other| other.id != id);
        let others = others.filter(|other| other.kind == Kind::Framed);
        let others: Vec<_> = others.map(|other| other.frame(&self.screen)).collect();
        let places = |edge: fn(&Area) -> i32| {
            let mut places: Vec<_> =
                others.iter().map(|other| edge(other) + GRID).chain(iter::once(MARGIN)).collect();
            places.sort_unstable();
            places
        };
        let (lefts, tops) = (places(|other| other.right), places(|other| other.bottom));
        let all = tops.iter().flat_map(|top| lefts.iter().map(|left| (*left, *top)));
        all.into_iter().find(|(left, top)| {
            let place = Area::new(*left, *top, frame.width(), frame.height());
            place.right <= self.screen.right
                && place.bottom <= self.screen.bottom
                && others.iter().all(|other| place.intersection(other).is_empty())
        })
    }
}
