//! The compositor: windows above each other, and a screen on which only what changed is drawn.
//!
//! Input goes in at [`Desktop::handle`] and [`Desktop::key`], apps' drawing at [`Desktop::canvas`], events come out of
//! [`Desktop::next_event`], pixels out of [`Desktop::paint`].

mod drawn;
mod input;
mod paint;
mod place;

use alloc::vec::Vec;

use embedded_graphics_core::geometry::{Point, Size};
use runtime::Pool;

use crate::area::Area;
use crate::canvas::{Canvas, Doubling};
use crate::damage::Damage;
use crate::event::{Event, Queue};
use crate::look;
use crate::picture;
use crate::pointer;
use crate::surface::{Surface, SurfaceError};
use crate::window::{Kind, TITLE_BYTES_MAX, Window};
pub use drawn::UNFINISHED_PICTURES_MAX;

/// How many windows there may be.
pub const WINDOWS_MAX: usize = 32;
/// How many of them one app may have.
pub const WINDOWS_PER_APP_MAX: usize = 4;
/// How many buffers the screen may have, that are shown in turn.
pub const BUFFERS_MAX: usize = 2;

/// All windows, the pointer, and what of the screen is out of date.
pub struct Desktop {
    screen: Area,
    /// What surfaces take memory from.
    pool: &'static dyn Pool,
    double: Doubling,
    /// From the lowest to the highest; those of a higher [`Kind`] are above all others.
    windows: Vec<Window>,
    last_id: u32,
    focus: Option<u32>,
    /// `None` until it moves for the first time.
    pointer: Option<Point>,
    drag: Option<input::Drag>,
    keys: input::Keys,
    /// For each buffer, what changed since it was drawn.
    damage: [Damage; BUFFERS_MAX],
}

impl Desktop {
    /// A screen without windows, all of which has to be drawn. The surfaces of windows take their
    /// memory from `pool`.
    #[must_use]
    pub fn new(screen: Size, pool: &'static dyn Pool) -> Self {
        let mut desktop = Self {
            screen: Area::new(0, 0, screen.width, screen.height),
            pool,
            double: picture::double,
            windows: Vec::new(),
            last_id: 0,
            focus: None,
            pointer: None,
            drag: None,
            keys: input::Keys::default(),
            damage: [Damage::default(); BUFFERS_MAX],
        };
        desktop.redraw();
        desktop
    }

    /// Has pixels doubled by `double` from now on, which may do it faster.
    pub fn set_doubling(&mut self, double: Doubling) {
        self.double = double;
    }

    /// Has all of the screen drawn with the next picture, because another has drawn on it.
    pub fn redraw(&mut self) {
        self.mark(&Area { ..self.screen });
    }

    /// Opens a window of `app` with a surface of `size`, before all others of its kind, which has
    /// the focus; its number is another for each.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::TooMany`], and what [`Surface::new`] fails with; nothing has changed then.
    pub fn open(
        &mut self,
        app: u32,
        title: &[u8],
        size: Size,
        kind: Kind,
    ) -> Result<u32, SurfaceError> {
        let own = self.windows.iter().filter(|window| window.app == app).count();
        if own >= WINDOWS_PER_APP_MAX || self.windows.len() >= WINDOWS_MAX {
            return Err(SurfaceError::TooMany);
        }
        let surface = Surface::new(size, self.screen_size(), look::PANEL, self.pool)?;
        let (left, top) = self.place_for(size, kind);
        let title = title[..title.len().min(TITLE_BYTES_MAX)].to_vec();
        self.last_id = self.last_id.wrapping_add(1);
        let (id, events) = (self.last_id, Queue::default());
        let (drawn, unfinished_pictures) = (Damage::default(), 0);
        self.windows.push(Window {
            id,
            app,
            kind,
            title,
            left,
            top,
            surface,
            events,
            drawn,
            unfinished_pictures,
        });
        self.raise(id);
        Ok(id)
    }

    /// Closes a window of `app`.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::Unknown`] if it has none of that number.
    pub fn close(&mut self, app: u32, id: u32) -> Result<(), SurfaceError> {
        let index = self.index_of(app, id)?;
        self.remove(index);
        Ok(())
    }

    /// Closes all windows of `app`, which has ended.
    pub fn close_all(&mut self, app: u32) {
        while let Some(index) = self.windows.iter().position(|window| window.app == app) {
            self.remove(index);
        }
    }

    /// What of the surface of a window is at `area`, to be drawn now; it is shown with the next
    /// picture.
    ///
    /// # Errors
    ///
    /// [`SurfaceError::Unknown`] if `app` has no window of that number.
    pub fn draw(
        &mut self,
        app: u32,
        id: u32,
        area: &Area,
        drawing: impl FnOnce(&mut Canvas<'_>),
    ) -> Result<(), SurfaceError> {
        drawing(&mut self.canvas(app, id)?.clipped(area));
        self.has_drawn(app, id, area)?;
        self.finish(app);
        Ok(())
    }

    /// All of the surface of a window, to be drawn on; [`Desktop::has_drawn`] is told where that
    /// was.
    ///
    /// # Errors
    ///
    /// As [`Desktop::draw`].
    pub fn canvas(&mut self, app: u32, id: u32) -> Result<Canvas<'_>, SurfaceError> {
        let index = self.index_of(app, id)?;
        let double = self.double;
        Ok(self.windows[index].surface.canvas().doubling_by(double))
    }

    /// Shows a window before all others of its kind, and gives it the focus.
    pub fn bring(&mut self, app: u32, id: u32) {
        if self.index_of(app, id).is_ok() {
            self.raise(id);
        }
    }

    /// Shows the windows of `app`, the last that was in front before the others.
    pub fn bring_app(&mut self, app: u32) {
        let of_app = self.windows.iter().filter(|window| window.app == app);
        let ids: Vec<_> = of_app.map(|window| window.id).collect();
        ids.into_iter().for_each(|id| self.raise(id));
    }

    /// What [`Desktop::paint`] would draw on the buffer of that number.
    pub fn damage(&self, buffer: usize) -> impl Iterator<Item = Area> + use<> {
        let mut damage = self.damage[buffer % BUFFERS_MAX];
        damage.take()
    }

    /// The size of a window's surface; it may change whenever somebody drags its corner.
    ///
    /// # Errors
    ///
    /// As [`Desktop::draw`].
    pub fn size_of(&self, app: u32, id: u32) -> Result<Size, SurfaceError> {
        self.index_of(app, id).map(|index| self.windows[index].surface.size())
    }

    /// The oldest event of a window of `app` that it has not taken.
    pub fn next_event(&mut self, app: u32, id: u32) -> Option<Event> {
        let index = self.index_of(app, id).ok()?;
        self.windows[index].events.pop()
    }

    /// How many events of a window of `app` it has not taken.
    #[must_use]
    pub fn event_count(&self, app: u32, id: u32) -> usize {
        self.index_of(app, id).map_or(0, |index| self.windows[index].events.len())
    }

    /// Whether any window was told anything since the last call: somebody may wait for it.
    pub fn take_told(&mut self) -> bool {
        let news = self.windows.iter_mut().map(|window| window.events.take_new());
        news.fold(false, |any, new| any | new)
    }

    /// How large the screen is.
    #[must_use]
    pub fn screen_size(&self) -> Size {
        Size::new(self.screen.width(), self.screen.height())
    }

    /// Where in the list window `id` of `app` is.
    fn index_of(&self, app: u32, id: u32) -> Result<usize, SurfaceError> {
        let index = self.windows.iter().position(|window| window.id == id && window.app == app);
        index.ok_or(SurfaceError::Unknown)
    }

    fn window(&mut self, id: u32) -> Option<&mut Window> {
        self.windows.iter_mut().find(|window| window.id == id)
    }

    /// Puts a window before all others of its kind, and gives the focus to the highest.
    fn raise(&mut self, id: u32) {
        let index = self.windows.iter().position(|window| window.id == id);
        if let Some(window) = index.map(|index| self.windows.remove(index)) {
            let kind = window.kind;
            let above = self.windows.iter().position(|other| other.kind > kind);
            let target = above.unwrap_or(self.windows.len());
            self.mark(&window.frame(&self.screen));
            self.windows.insert(target, window);
        }
        let highest = self.windows.last();
        let focus = highest.filter(|window| window.kind != Kind::Framed).map(|window| window.id);
        self.set_focus(focus.or(Some(id)));
    }

    fn remove(&mut self, index: usize) {
        let window = self.windows.remove(index);
        self.mark(&window.frame(&self.screen));
        self.drag = self.drag.take().filter(|drag| drag.id != window.id);
        if self.focus == Some(window.id) {
            self.focus = None;
            self.set_focus(self.windows.last().map(|highest| highest.id));
        }
    }

    /// Tells the windows concerned, and draws their frames anew.
    fn set_focus(&mut self, id: Option<u32>) {
        if self.focus == id {
            return;
        }
        self.keys.forget();
        for (id, has_it) in [(self.focus, false), (id, true)] {
            let screen = self.screen;
            if let Some(window) = id.and_then(|id| self.window(id)) {
                window.events.push(Event::Focus(has_it));
                let (frame, content) = (window.frame(&screen), window.content());
                frame.without(&content).iter().for_each(|beside| self.mark(beside));
            }
        }
        self.focus = id;
    }

    /// Has `area` drawn with the next picture, on each buffer.
    fn mark(&mut self, area: &Area) {
        let area = area.intersection(&self.screen);
        self.damage.iter_mut().for_each(|damage| damage.add(&area));
    }

    fn pointer_area(&self) -> Area {
        self.pointer.map(pointer::area).unwrap_or_default()
    }
}
