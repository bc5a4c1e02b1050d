//! One window: a surface, where it is, its frame, and the events that its app has not taken.

use alloc::vec::Vec;

use embedded_graphics_core::geometry::Point;

use crate::area::Area;
use crate::canvas::Canvas;
use crate::damage::Damage;
use crate::event::Queue;
use crate::look;
use crate::surface::Surface;
use crate::{shapes, text};

/// How many bytes of a title are kept.
pub const TITLE_BYTES_MAX: usize = 64;

/// How a window is shown, from the lowest to the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Behind all others, without a frame.
    Ground,
    /// With a frame; it can be moved, resized and closed.
    Framed,
    /// In the middle of a black screen, before all others.
    Whole,
}

pub(crate) struct Window {
    pub id: u32,
    pub app: u32,
    pub kind: Kind,
    pub title: Vec<u8>,
    pub left: i32,
    pub top: i32,
    pub surface: Surface,
    pub events: Queue,
    /// What of the surface was drawn on and is not to be seen yet.
    pub drawn: Damage,
    /// For how many pictures of the display there has been something.
    pub unfinished_pictures: u8,
}

impl Window {
    /// Where its surface is.
    pub fn content(&self) -> Area {
        let size = self.surface.size();
        Area::new(self.left, self.top, size.width, size.height)
    }

    /// All that it covers, of a screen of `screen`.
    pub fn frame(&self, screen: &Area) -> Area {
        match self.kind {
            Kind::Ground => self.content(),
            Kind::Framed => {
                let around = self.content().inset(-look::BORDER);
                Area { top: around.top - look::TITLE_HEIGHT, ..around }
            }
            Kind::Whole => *screen,
        }
    }

    /// Where a framed one is moved by.
    pub fn title_bar(&self) -> Area {
        let content = self.content();
        let (top, bottom) = (content.top - look::TITLE_HEIGHT, content.top);
        Area { top, bottom, ..content }
    }

    /// Where a framed one is closed.
    pub fn close_box(&self) -> Area {
        let title = self.title_bar();
        Area { left: title.right - look::TITLE_HEIGHT, ..title }
    }

    /// Where a framed one is resized.
    pub fn grip(&self) -> Area {
        let edge = self.content().inset(-look::BORDER);
        Area { left: edge.right - look::GRIP, top: edge.bottom - look::GRIP, ..edge }
    }

    /// Where a place on the screen is on its surface.
    pub fn inner(&self, at: Point) -> Point {
        Point::new(at.x.saturating_sub(self.left), at.y.saturating_sub(self.top))
    }

    /// Draws what of it is in `area`, which is part of its frame.
    pub fn draw(&self, canvas: &mut Canvas<'_>, area: &Area, has_focus: bool) {
        let content = self.content();
        let mut canvas = canvas.clipped(area);
        if area.without(&content).iter().any(|beside| !beside.is_empty()) {
            match self.kind {
                Kind::Framed => self.draw_frame(&mut canvas, has_focus),
                _ => self.draw_margin(&mut canvas),
            }
        }
        self.surface.show(&mut canvas, self.left, self.top, area);
    }

    /// Draws the black around a surface smaller than the screen.
    fn draw_margin(&self, canvas: &mut Canvas<'_>) {
        for beside in canvas.clip().without(&self.content()) {
            canvas.fill(&beside, 0);
        }
    }

    fn draw_frame(&self, canvas: &mut Canvas<'_>, has_focus: bool) {
        let (content, title, close) = (self.content(), self.title_bar(), self.close_box());
        let (bar, ink) =
            if has_focus { (look::BERRY, look::TEXT) } else { (look::PANEL, look::QUIET) };
        for beside in content.inset(-look::BORDER).without(&content) {
            canvas.fill(&beside, look::LINE);
        }
        for beside in title.inset(-look::BORDER).without(&title) {
            canvas.fill(&beside, look::LINE);
        }
        canvas.fill(&title, bar);
        let at = Point::new(title.left + look::GRID, title.top + look::GRID / 2);
        let mut before_close = canvas.clipped(&Area { right: close.left, ..title });
        text::draw(&mut before_close, at, &self.title, 1, ink);
        draw_cross(canvas, &close.inset(look::GRID), ink);
    }
}

/// Draws the cross of the box that closes a window.
fn draw_cross(canvas: &mut Canvas<'_>, area: &Area, color: u32) {
    let (left, top) = (area.left, area.top);
    let (right, bottom) = (area.right - 1, area.bottom - 1);
    for wide in [0, 1] {
        let (left, right) = (left + wide, right + wide);
        shapes::line(canvas, Point::new(left, top), Point::new(right, bottom), color);
        shapes::line(canvas, Point::new(left, bottom), Point::new(right, top), color);
    }
}
