//! One screen with its windows, keyboard and pointer.

use super::log_window::LogWindow;
use super::next_frame_ns;
use super::start_screen::StartScreen;
use crate::apps::Apps;
use crate::arch::pixels;
#[cfg(feature = "run")]
use crate::arch::semihosting::Mode;
#[cfg(feature = "run")]
use crate::arch::timer;
use crate::boards::Board;
use crate::heap::GuestPool;
#[cfg(feature = "run")]
use crate::host::Host;
use crate::usb;
#[cfg(feature = "run")]
use alloc::format;
use device::{Framebuffer, Geometry, InputEvent, InputSource, PixelOrder};
use kernel_core::keys::{Keyboard, LAYOUTS, Layout, Text};
use kernel_core::ready::TaskId;
use service_display::{Area, Canvas, Desktop, KeyState, Size, panic};

/// How long a host may take to look at a picture.
#[cfg(feature = "run")]
const LOOK_NS_MAX: u64 = 10_000_000_000;

/// Everything that is on the display, and what people do there.
pub(super) struct Screen {
    framebuffer: Framebuffer,
    desktop: Desktop,
    keyboard: Keyboard,
    start: StartScreen,
    log: LogWindow,
    /// Not before this is the next picture painted.
    picture_ns: u64,
    has_failed: bool,
    painted_pixels: u64,
    /// The host, and the number of the app's picture that it is to be told of.
    #[cfg(feature = "run")]
    wanted: Option<(Host, u32)>,
    presented: u32,
    /// The last picture is shown.
    is_still: bool,
}

impl Screen {
    /// What `framebuffer` shows from now on: its first picture is painted.
    pub(super) fn new(framebuffer: Framebuffer, board: &Board, apps: &Apps) -> Self {
        let Geometry { width, height, buffers, .. } = framebuffer.geometry();
        log::info!("display: {width} x {height}, {buffers} buffers");
        let mut desktop = Desktop::new(Size::new(width as u32, height as u32), &GuestPool);
        desktop.set_doubling(pixels::double);
        let start = StartScreen::new(&mut desktop, board, apps);
        let mut screen = Self {
            framebuffer,
            desktop,
            keyboard: Keyboard::new(LAYOUTS[0].1),
            start,
            log: LogWindow::default(),
            picture_ns: 0,
            has_failed: false,
            painted_pixels: 0,
            #[cfg(feature = "run")]
            wanted: None,
            presented: 0,
            is_still: false,
        };
        screen.paint();
        screen
    }

    pub(super) fn desktop(&mut self) -> &mut Desktop {
        &mut self.desktop
    }

    /// What the app that is the task `task` drew is complete.
    pub(super) fn finish(&mut self, task: TaskId) {
        if self.desktop.finish(task) {
            self.presented = self.presented.saturating_add(1);
            #[cfg(feature = "run")]
            if let Some((host, number)) = self.wanted
                && number == self.presented
            {
                self.show_last(host);
            }
        }
    }

    /// See [`super::stop_after`].
    #[cfg(feature = "run")]
    pub(super) fn stop_after(&mut self, frames: u32, host: Host) {
        self.wanted = Some((host, frames));
    }

    #[cfg(feature = "run")]
    fn show_last(&mut self, host: Host) {
        self.paint();
        self.is_still = true;
        if let Some(mut file) = host.open("frame", Mode::Write) {
            file.write(format!("{}\n", self.presented).as_bytes());
        }
        // The machine is not turned off before the host has looked at it.
        let limit_ns = timer::now_ns() + LOOK_NS_MAX;
        while !host.wants_end() && timer::now_ns() < limit_ns {
            core::hint::spin_loop();
        }
    }

    /// How many pixels were painted since it is there.
    pub(super) fn painted_pixels(&self) -> u64 {
        self.painted_pixels
    }

    pub(super) fn set_layout(&mut self, layout: Layout) {
        self.keyboard.set_layout(layout);
    }

    /// Whether a window was told anything since this was asked.
    pub(super) fn take_told(&mut self) -> bool {
        self.desktop.take_told()
    }

    /// Sees to what people did and what changed, and tells when something is due.
    pub(super) fn look_after(&mut self, apps: &Apps, now_ns: u64) -> u64 {
        if let Some(bus) = usb::bus() {
            while let Some(event) = bus.next_event() {
                self.take_event(event, now_ns);
            }
            bus.set_lights(self.keyboard.lights());
        }
        if let Some((usage, text)) = self.keyboard.repeat(now_ns) {
            self.desktop.key(usage, KeyState::Repeated, bytes_of(text));
        }
        let start_ns = self.start.look_after(&mut self.desktop, &mut self.log, apps, now_ns);
        let log_ns = self.log.look_after(&mut self.desktop, now_ns);
        if self.is_wanted() && now_ns >= self.picture_ns {
            self.desktop.picture_is_due();
            if self.is_behind() {
                self.paint();
            }
            self.picture_ns = next_frame_ns(now_ns);
        }
        let picture_ns = self.is_wanted().then_some(self.picture_ns);
        let due = [self.keyboard.due_ns(), start_ns, log_ns, picture_ns];
        due.into_iter().flatten().min().unwrap_or(super::NEVER)
    }

    fn take_event(&mut self, event: InputEvent, now_ns: u64) {
        match event {
            InputEvent::Key { usage, is_down: true } => {
                let text = self.keyboard.press(usage, now_ns);
                self.desktop.key(usage, KeyState::Down, bytes_of(text));
            }
            InputEvent::Key { usage, is_down: false } => {
                self.keyboard.release(usage);
                self.desktop.key(usage, KeyState::Up, [0; 8]);
            }
            other => self.desktop.handle(other),
        }
    }

    /// Whether the display's next picture may be another.
    fn is_wanted(&self) -> bool {
        !self.is_still && (self.is_behind() || self.desktop.is_unfinished())
    }

    /// Whether the buffer that is shown is not what it should be.
    fn is_behind(&self) -> bool {
        let others = self.framebuffer.geometry().buffers - 1;
        self.desktop.is_damaged(self.framebuffer.drawn() ^ others.min(1))
    }

    /// Paints what changed, and shows it.
    pub(super) fn paint(&mut self) {
        let Geometry { width, height, stride, order, .. } = self.framebuffer.geometry();
        let buffer = self.framebuffer.drawn();
        let areas = self.desktop.damage(buffer);
        let pixels = self.framebuffer.pixels();
        let canvas = Canvas::new(pixels, width as u32, height as u32, stride as u32);
        if let Some(mut canvas) = canvas {
            self.painted_pixels += self.desktop.paint(buffer, &mut canvas);
        }
        for area in areas {
            if order == PixelOrder::Bgr {
                turn(self.framebuffer.pixels(), stride, &area, order);
            }
            self.framebuffer.clean(on_screen(&area));
        }
        if self.framebuffer.flip().is_err() && !core::mem::replace(&mut self.has_failed, true) {
            log::warn!("display: the firmware did not show a picture");
        }
    }

    /// Leaves the display dark.
    pub(super) fn blank(&mut self) {
        self.framebuffer.draw_directly();
        self.framebuffer.pixels().fill(0);
        self.framebuffer.clean(on_screen(&self.whole()));
    }

    /// Shows a last picture.
    pub(super) fn show_crash(&mut self, message: &[u8], next: &str) {
        let Geometry { width, height, stride, order, .. } = self.framebuffer.geometry();
        let whole = self.whole();
        self.framebuffer.draw_directly();
        let pixels = self.framebuffer.pixels();
        if let Some(mut canvas) = Canvas::new(pixels, width as u32, height as u32, stride as u32) {
            panic::draw(&mut canvas, message, next);
        }
        turn(self.framebuffer.pixels(), stride, &whole, order);
        self.framebuffer.clean(on_screen(&whole));
    }

    fn whole(&self) -> Area {
        let Geometry { width, height, .. } = self.framebuffer.geometry();
        Area::new(0, 0, width as u32, height as u32)
    }
}

/// Changes the pixels of `area` from the desktop's order of colors to the display's.
fn turn(pixels: &mut [u32], stride: usize, area: &Area, order: PixelOrder) {
    for row in area.rows() {
        let start = row as usize * stride;
        let row = pixels.get_mut(start + area.left as usize..start + area.right as usize);
        row.unwrap_or_default().iter_mut().for_each(|pixel| *pixel = order.pixel(*pixel));
    }
}

/// The same area as the framebuffer knows it; the desktop has none beyond its corner.
fn on_screen(area: &Area) -> device::Area {
    let (width, height) = (area.width() as usize, area.height() as usize);
    device::Area { x: area.left as usize, y: area.top as usize, width, height }
}

/// What a key types, as events have it.
fn bytes_of(text: Text) -> [u8; 8] {
    let mut bytes = [0; 8];
    let mut length = 0;
    for character in text.chars() {
        // There are two at most, of four bytes each.
        if let Some(room) = bytes.get_mut(length..)
            && room.len() >= character.len_utf8()
        {
            length += character.encode_utf8(room).len();
        }
    }
    bytes
}
