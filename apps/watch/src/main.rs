//! An analogue clock in a window.
//!
//! `--time 10:09:36` shows that time of the first of January 1970, and stays there.

#![forbid(unsafe_code)]

mod date;
mod face;

use app_guest::Errno;
use app_guest::display::{Event, Picture, Pixels, Size, Surface, Window, look, text_extent};
use date::Date;
use face::Face;
use std::time::{Duration, SystemTime};

const WIDTH: u32 = 192;
/// Below the face: the date.
const FOOT_HEIGHT: u32 = 32;
const DAY_S: u64 = 24 * 60 * 60;

struct Watch {
    surface: Surface,
    face: Face,
    /// The second that is shown, since 1970.
    shown_s: Option<u64>,
}

impl Watch {
    /// As large as the window allows, nothing drawn yet.
    fn new(surface: Surface) -> Self {
        let Size { width, height } = surface.size();
        let face = Face::new(width.min(height.saturating_sub(FOOT_HEIGHT)).max(1));
        surface.clear(look::PANEL);
        Self { surface, face, shown_s: None }
    }

    /// Shows the time if it is another, and the date if that is.
    fn show(&mut self, since_1970_s: u64) {
        let before_s = self.shown_s.replace(since_1970_s);
        if before_s != Some(since_1970_s) {
            self.show_face(since_1970_s % DAY_S);
        }
        let day = since_1970_s / DAY_S;
        if before_s.map(|before_s| before_s / DAY_S) != Some(day) {
            self.show_date(&Date::of(day).to_string());
        }
    }

    fn show_face(&mut self, second: u64) {
        let size = self.face.size();
        let pixels = Pixels::Xrgb8888(self.face.at(second));
        let picture = Picture { pixels, width: size, height: size, stride: size, scale: 1 };
        let left = (self.surface.size().width - size) / 2;
        self.surface.blit(left.cast_signed(), 0, &picture).expect("the face has so many pixels");
    }

    fn show_date(&self, date: &str) {
        let (Size { width, .. }, top) = (self.surface.size(), self.face.size().cast_signed());
        let left = (width.cast_signed() - text_extent(date, 1).width.cast_signed()) / 2;
        self.surface.fill(0, top, width, FOOT_HEIGHT, look::PANEL);
        self.surface.text(left, top + 8, date, 1, look::QUIET);
    }
}

fn main() -> Result<(), Errno> {
    let fixed_s = app_guest::option::<String>("--time").map(|time| seconds_of(&time));
    let size = Size { width: WIDTH, height: WIDTH + FOOT_HEIGHT };
    let mut watch = Watch::new(Surface::open("watch", size, Window::Framed)?);
    watch.show(fixed_s.unwrap_or_else(|| since_1970().as_secs()));
    println!("frame 0");
    loop {
        let mut event = watch.surface.wait_event_for(until_next_second());
        let mut is_resized = false;
        while let Some(happened) = event {
            is_resized |= matches!(happened, Event::Resize { .. });
            if happened == Event::Close {
                return Ok(());
            }
            event = watch.surface.next_event();
        }
        if is_resized {
            watch = Watch::new(watch.surface);
        }
        watch.show(fixed_s.unwrap_or_else(|| since_1970().as_secs()));
    }
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

fn until_next_second() -> Duration {
    Duration::from_nanos(1_000_000_000 - u64::from(since_1970().subsec_nanos()))
}

/// Of "10:09:36", how many seconds the day has had.
fn seconds_of(time: &str) -> u64 {
    time.split(':').fold(0, |seconds, part| seconds * 60 + part.parse::<u64>().unwrap_or(0))
}
