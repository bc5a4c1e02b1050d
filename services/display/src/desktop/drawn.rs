//! What apps drew and have not finished: nobody wants to see a picture that is half drawn.

use crate::area::Area;
use crate::surface::SurfaceError;
use crate::window::Window;

use super::Desktop;

/// For how many pictures of the display an app may go on drawing before it is seen doing so.
pub const UNFINISHED_PICTURES_MAX: u8 = 3;

impl Desktop {
    /// Notes that `area` of a window's surface was drawn on. It is shown once its app has
    /// [finished](Desktop::finish), or after [`UNFINISHED_PICTURES_MAX`].
    ///
    /// # Errors
    ///
    /// As [`Desktop::draw`].
    pub fn has_drawn(&mut self, app: u32, id: u32, area: &Area) -> Result<(), SurfaceError> {
        let index = self.index_of(app, id)?;
        let window = &mut self.windows[index];
        let size = window.surface.size();
        let area = area.intersection(&Area::new(0, 0, size.width, size.height));
        window.drawn.add(&area);
        Ok(())
    }

    /// What `app` drew is complete, since it waits for something now: the next picture shows it.
    /// Tells whether it drew anything.
    pub fn finish(&mut self, app: u32) -> bool {
        self.show_drawn(|window| window.app == app)
    }

    /// Whether any app has not finished.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        self.windows.iter().any(|window| !window.drawn.is_empty())
    }

    /// The display's next picture is due: who has drawn for too long is shown as it is.
    pub fn picture_is_due(&mut self) {
        for window in self.windows.iter_mut().filter(|window| !window.drawn.is_empty()) {
            window.unfinished_pictures += 1;
        }
        self.show_drawn(|window| window.unfinished_pictures > UNFINISHED_PICTURES_MAX);
    }

    fn show_drawn(&mut self, is_shown: impl Fn(&Window) -> bool) -> bool {
        let mut has_shown = false;
        for index in 0..self.windows.len() {
            let window = &mut self.windows[index];
            if window.drawn.is_empty() || !is_shown(window) {
                continue;
            }
            has_shown = true;
            window.unfinished_pictures = 0;
            let (left, top, content) = (window.left, window.top, window.content());
            let drawn = window.drawn.take();
            drawn.for_each(|area| self.mark(&area.moved(left, top).intersection(&content)));
        }
        has_shown
    }
}
