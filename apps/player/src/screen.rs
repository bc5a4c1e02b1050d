//! The window: pictures, as large as whole pixels allow.

use app_guest::display::{Event, Picture, Pixels, Size, Surface, Window, look};
use mpeg1::Frame;
use std::io;

/// How many pixels wide and high one of the film is, if the screen is large enough.
const SCALE: u32 = 3;
/// As large as the display makes pixels.
const SCALE_MAX: u32 = 16;

pub(crate) struct Screen {
    surface: Surface,
    pixels: Vec<u32>,
    /// Of a picture.
    size: Size,
    /// How many pixels there are from one row to the next.
    stride: u32,
}

impl Screen {
    /// Opens a window for pictures as large as `frame`.
    ///
    /// # Errors
    ///
    /// There is no display, or no window is left.
    pub(crate) fn open(title: &str, frame: &Frame) -> io::Result<Self> {
        let size = Size { width: frame.width as u32, height: frame.height as u32 };
        let surface = (2..=SCALE).rev().find_map(|scale| open(title, size, scale).ok());
        let surface = surface.map_or_else(|| open(title, size, 1), Ok)?;
        surface.clear(look::GROUND);
        Ok(Self {
            surface,
            pixels: vec![0; frame.luma.samples().len()],
            size,
            stride: frame.luma.columns() as u32,
        })
    }

    /// Takes over the picture that `show` shows; one of another size is left out.
    pub(crate) fn convert(&mut self, frame: &Frame) {
        if (frame.width as u32, frame.height as u32) == (self.size.width, self.size.height) {
            mpeg1::convert(frame, &mut self.pixels);
        }
    }

    /// Shows the picture in the middle of the window.
    pub(crate) fn show(&self) {
        let Size { width, height } = self.surface.size();
        let scale = (width / self.size.width).min(height / self.size.height).clamp(1, SCALE_MAX);
        let middle = |all: u32, own: u32| (all.cast_signed() - (own * scale).cast_signed()) / 2;
        let picture = Picture {
            pixels: Pixels::Xrgb8888(&self.pixels),
            width: self.size.width,
            height: self.size.height,
            stride: self.stride,
            scale,
        };
        let (left, top) = (middle(width, self.size.width), middle(height, self.size.height));
        self.surface.blit(left, top, &picture).expect("a frame has as many pixels as it says");
    }

    /// What happened, if something did.
    pub(crate) fn next_event(&self) -> Option<Event> {
        let event = self.surface.next_event()?;
        self.draw_again(event);
        Some(event)
    }

    /// What happens next.
    pub(crate) fn wait_event(&self) -> Event {
        let event = self.surface.wait_event();
        self.draw_again(event);
        event
    }

    /// Waits for the display's next picture, or for something to happen.
    pub(crate) fn wait_frame(&self) {
        self.surface.wait_frame();
    }

    fn draw_again(&self, event: Event) {
        if matches!(event, Event::Resize { .. }) {
            self.surface.clear(look::GROUND);
            self.show();
        }
    }
}

fn open(title: &str, size: Size, scale: u32) -> io::Result<Surface> {
    let size = Size { width: size.width * scale, height: size.height * scale };
    Surface::open(title, size, Window::Framed)
        .map_err(|errno| io::Error::from_raw_os_error(errno.into()))
}
