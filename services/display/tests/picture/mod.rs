//! Compares what was drawn with a picture that a person has looked at.

use picture::Gallery;
use service_display::{Canvas, Color};

/// What was drawn, in rows from the top.
pub struct Picture {
    pub width: u32,
    pub pixels: Vec<Color>,
}

impl Picture {
    /// So many pixels of one color.
    pub fn new(width: u32, height: u32, color: Color) -> Self {
        Self { width, pixels: vec![color; (width * height) as usize] }
    }

    pub fn height(&self) -> u32 {
        self.pixels.len() as u32 / self.width
    }

    /// The whole of it, to draw on.
    pub fn canvas(&mut self) -> Canvas<'_> {
        let (width, height) = (self.width, self.height());
        Canvas::new(&mut self.pixels, width, height, width).expect("it has as many pixels")
    }

    /// Fails unless it is, pixel for pixel, `tests/pictures/NAME.png`, see [`Gallery`].
    #[track_caller]
    pub fn assert_is(&self, name: &str) {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pictures");
        let gallery = Gallery::new(golden, env!("CARGO_TARGET_TMPDIR"));
        let drawn = picture::Picture::new(self.width, self.pixels.clone());
        gallery.assert_shows(name, &drawn.expect("it has pixels"), &[]);
    }
}
