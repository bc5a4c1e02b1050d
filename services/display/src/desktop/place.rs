//! Where new windows are.

use alloc::vec::Vec;

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

    /// Moves a window with a frame to where it covers least of the others, and of such places to the
    /// highest and then to the leftmost.
    pub fn set_aside(&mut self, app: u32, id: u32) {
        let screen = self.screen;
        let Some(window) = self.window(id).filter(|window| window.app == app) else { return };
        let frame = window.frame(&screen);
        if window.kind != Kind::Framed {
            return;
        }
        if let Some(place) = self.best_place(id, &frame) {
            self.move_by(id, place.left - frame.left, place.top - frame.top);
        }
    }

    /// Beside the others, or at the edges of the screen.
    fn best_place(&self, id: u32, frame: &Area) -> Option<Area> {
        let others = self.windows.iter().filter(|other| other.id != id);
        let others = others.filter(|other| other.kind == Kind::Framed);
        let others: Vec<_> = others.map(|other| other.frame(&self.screen)).collect();
        let (width, height) = (frame.width(), frame.height());
        let last = |end: i32, side: u32| (end.saturating_sub_unsigned(side) - MARGIN).max(MARGIN);

        let beside = others.iter().map(|other| other.right + GRID);
        let edges = [MARGIN, last(self.screen.right, width)];
        let mut lefts: Vec<_> = beside.chain(edges).collect();
        let below = others.iter().map(|other| other.bottom + GRID);
        let edges = [MARGIN, last(self.screen.bottom, height)];
        let mut tops: Vec<_> = below.chain(edges).collect();
        lefts.sort_unstable();
        tops.sort_unstable();

        let all = tops.iter().flat_map(|top| lefts.iter().map(|left| (*left, *top)));
        let places = all.map(|(left, top)| Area::new(left, top, width, height));
        let covered = |place: &Area| -> u64 {
            others.iter().map(|other| place.intersection(other).pixels()).sum()
        };
        // The first of those that cover as little.
        places.filter(|place| place.intersection(&self.screen) == *place).min_by_key(covered)
    }
}
