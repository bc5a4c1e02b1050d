//! A walk in a maze of hedges, through a window: W, A, S, D and the arrows.
//!
//! Until one of these is pressed, the app walks by itself. `--frame 100` shows what it sees then
//! after 100 thirtieths of a second, and stays there.

#![forbid(unsafe_code)]

mod keys;
mod maze;
mod paint;
mod view;
mod walker;

use std::time::{Duration, Instant};

use app_guest::Errno;
use app_guest::display::{Event, Size, Surface, Window, look, text_extent};
use keys::Keys;
use view::{HEIGHT, View, WIDTH};
use walker::Walker;

/// How many pixels wide and high one of the picture is in a new window.
const SCALE: u32 = 2;
/// As large as the display makes pixels.
const SCALE_MAX: u32 = 16;
/// Below the picture: what one may press, and how fast it is.
const FOOT_HEIGHT: u32 = 24;
const RATE_EVERY: Duration = Duration::from_secs(1);
/// Longer steps could go through corners.
const STEP_MAX_S: f32 = 0.1;
const FIXED_STEP_S: f32 = 1.0 / 30.0;

struct Rays {
    surface: Surface,
    view: View,
    walker: Walker,
    keys: Keys,
    strolls: bool,
    is_closed: bool,
    /// In the foot.
    note: String,
}

impl Rays {
    fn open() -> Result<Self, Errno> {
        let (width, height) = (WIDTH as u32 * SCALE, HEIGHT as u32 * SCALE + FOOT_HEIGHT);
        Ok(Self {
            surface: Surface::open("rays", Size { width, height }, Window::Framed)?,
            view: View::new(),
            walker: Walker::new(),
            keys: Keys::default(),
            strolls: true,
            is_closed: false,
            note: String::new(),
        })
    }

    /// Draws the picture in the middle, as large as whole pixels allow.
    fn show(&mut self) {
        let (all, own) = (self.surface.size(), Size { width: WIDTH as u32, height: HEIGHT as u32 });
        let room = all.height.saturating_sub(FOOT_HEIGHT);
        let scale = (all.width / own.width).min(room / own.height).clamp(1, SCALE_MAX);
        let left = (all.width.cast_signed() - (own.width * scale).cast_signed()) / 2;
        let top = (room.cast_signed() - (own.height * scale).cast_signed()) / 2;
        let picture = self.view.draw(&self.walker, scale);
        self.surface.blit(left, top, &picture).expect("the view has so many pixels");
    }

    fn show_foot(&self) {
        let Size { width, height } = self.surface.size();
        let top = height.cast_signed() - FOOT_HEIGHT.cast_signed();
        let left = width.cast_signed() - text_extent(&self.note, 1).width.cast_signed() - 8;
        self.surface.fill(0, top, width, FOOT_HEIGHT, look::PANEL);
        self.surface.text(8, top + 4, "W A S D and arrows", 1, look::QUIET);
        self.surface.text(left, top + 4, &self.note, 1, look::TEXT);
    }

    /// All of the window, as after it has got another size.
    fn show_all(&mut self) {
        self.surface.clear(look::GROUND);
        self.show();
        self.show_foot();
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Close => self.is_closed = true,
            Event::Resize { .. } => self.show_all(),
            Event::Focus(false) => self.keys = Keys::default(),
            Event::Key { usage, state, .. } => self.strolls &= !self.keys.change(usage, state),
            _ => {}
        }
    }

    fn moves(&self) -> bool {
        self.strolls || self.keys.any()
    }

    fn take_events(&mut self) {
        while let Some(event) = self.surface.next_event() {
            self.happened(event);
        }
    }

    /// Takes all events that there are, the first of which may take as long as it likes.
    fn wait_events(&mut self) {
        let event = self.surface.wait_event();
        self.happened(event);
        self.take_events();
    }

    fn walk(&mut self, seconds: f32) {
        if self.strolls {
            self.walker.stroll(seconds);
        } else {
            self.walker.walk(self.keys.steps(), seconds);
        }
    }
}

fn main() -> Result<(), Errno> {
    let mut rays = Rays::open()?;
    match app_guest::option("--frame") {
        Some(frame) => stay(&mut rays, frame),
        None => walk(&mut rays),
    }
    Ok(())
}

/// Shows one frame of the walk.
fn stay(rays: &mut Rays, frame: u32) {
    (0..frame).for_each(|_| rays.walker.stroll(FIXED_STEP_S));
    rays.note = format!("frame {frame}");
    rays.show_all();
    println!("frame {frame}");
    while !rays.is_closed {
        rays.wait_events();
    }
}

/// Walks, and draws only while it does.
fn walk(rays: &mut Rays) {
    rays.show_all();
    while !rays.is_closed {
        if rays.moves() {
            walk_until_rest(rays);
        } else {
            rays.wait_events();
        }
    }
}

/// Tells once in a second how many frames that were.
fn walk_until_rest(rays: &mut Rays) {
    let (mut last, mut counted_since, mut frames) = (Instant::now(), Instant::now(), 0);
    while rays.moves() && !rays.is_closed {
        rays.surface.wait_frame();
        let now = Instant::now();
        rays.walk((now - last).as_secs_f32().min(STEP_MAX_S));
        rays.show();
        (last, frames) = (now, frames + 1);
        let counted = now - counted_since;
        if counted >= RATE_EVERY {
            rays.note = format!("{:.0} frames/s", frames as f32 / counted.as_secs_f32());
            rays.show_foot();
            (counted_since, frames) = (now, 0);
        }
        rays.take_events();
    }
}
