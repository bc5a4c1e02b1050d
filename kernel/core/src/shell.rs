//! The shell on the serial console: a line is typed, a command runs, its answer is shown.
//!
//! It waits for nothing: what it has to show stays in [`Shell::screen`] until the console takes
//! it, and meanwhile no key is handled. The kernel calls it from core 0's loop, between turns.

mod commands;
pub mod editor;
pub mod keyboard;
mod render;
pub mod screen;
pub mod tail;
#[cfg(test)]
mod tests;
mod words;

use crate::system_view::{CORE_ROWS, CoreRow, HEAP_PIECES, HeapPiece, Snapshot};
use alloc::string::String;
use alloc::vec::Vec;
use editor::{Editor, Wish};
use screen::Screen;

/// Between two pictures of `top`, and from an answer to the next question of `ping`.
const PICTURE_NS: u64 = 1_000_000_000;

/// How often it is looked whether there is an answer for `ping`.
const LOOK_NS: u64 = 10_000_000;

/// How often `ping` asks.
const PINGS: u32 = 4;

/// What the shell asks of the system. Apps have the numbers that the [`Snapshot`] says.
pub trait System {
    /// All apps as they are now.
    fn snapshot(&self) -> Snapshot;

    /// The heap as it is now.
    fn heap(&self) -> [HeapPiece; HEAP_PIECES];

    /// How often each interrupt came to each core, and how long the core was awake.
    fn interrupts(&self) -> [CoreRow; CORE_ROWS];

    /// Shows the last that an app wrote.
    fn show_tail(&self, app: usize, screen: &mut Screen);

    /// Starts an app that is not alive, with its manifest's arguments if `args` is empty; the log
    /// tells if it is refused.
    fn run(&self, app: usize, args: Vec<String>);

    /// Ends an app that is alive, at the latest when its turn ends; the log tells.
    fn kill(&self, app: usize);

    /// The table of the boot's stages, with the end of its last line.
    fn boot(&self) -> String;

    /// Shows the machine on its network.
    fn show_network(&self, screen: &mut Screen);

    /// Asks whether `host`, a name or an address, is there, and then says how that went as soon as
    /// it is known. Only the first call for one answer `is_new`.
    fn ping(&self, host: &str, is_new: bool) -> Option<String>;

    /// Resets the board, which takes a moment.
    fn reboot(&self);
}

/// One person at the console.
#[derive(Default)]
pub struct Shell {
    editor: Editor,
    screen: Screen,
    is_open: bool,
    /// A line that was sent off and did not run yet.
    line: Option<Vec<u8>>,
    top: Option<Top>,
    ping: Option<Ping>,
}

/// `ping` runs.
struct Ping {
    host: String,
    /// Questions that are not answered yet, the one that is under way included.
    left: u32,
    is_asked: bool,
    next_ns: u64,
}

/// `top` runs.
struct Top {
    next_ns: u64,
    /// What the next picture is compared with.
    last: Snapshot,
}

impl Shell {
    /// Whether somebody typed to it and did not leave it.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Whether the prompt and the line after it are what was shown last.
    pub fn has_line(&self) -> bool {
        self.is_open && !self.is_busy() && self.line.is_none()
    }

    /// Whether a command goes on until a key.
    fn is_busy(&self) -> bool {
        self.next_ns().is_some()
    }

    /// When [`Self::tick`] has something to do; `None` is never.
    pub fn next_ns(&self) -> Option<u64> {
        let ping_ns = self.ping.as_ref().map(|ping| ping.next_ns);
        self.top.as_ref().map(|top| top.next_ns).or(ping_ns)
    }

    /// What is to be shown.
    pub fn screen(&mut self) -> &mut Screen {
        &mut self.screen
    }

    /// Handles one typed byte; [`Self::act`] follows.
    pub fn key(&mut self, byte: u8, system: &dyn System) {
        if byte == keyboard::SWITCH {
            return if self.is_open { self.close() } else { self.open() };
        }
        if !self.is_open {
            self.open();
            if matches!(byte, b'\r' | b'\n') {
                return;
            }
        }
        if self.is_busy() {
            (self.top, self.ping) = (None, None);
            return self.draw();
        }
        match self.editor.key(byte, &mut self.screen) {
            Wish::None => {}
            Wish::Complete => self.complete(system),
            Wish::Run(line) => self.line = Some(line),
        }
    }

    /// Runs the line that was sent off, if there is one. It comes when the screen is empty, so that
    /// what the log says of it follows the line.
    pub fn act(&mut self, system: &dyn System) {
        let Some(line) = self.line.take() else { return };
        self.run(&line, system);
        if !self.is_busy() {
            self.draw();
        }
    }

    /// Whether [`Self::act`] has a line to run.
    pub fn has_order(&self) -> bool {
        self.line.is_some()
    }

    /// Does what is due at `now_ns`, and tells whether that was something.
    pub fn tick(&mut self, now_ns: u64, system: &dyn System) -> bool {
        let is_due = self.next_ns().is_some_and(|next_ns| now_ns >= next_ns);
        if is_due && self.top.is_some() {
            self.show_top(system.snapshot());
        } else if is_due {
            self.go_on_with_ping(now_ns, system);
        }
        is_due
    }

    /// Asks, or looks for the answer to what was asked; the last one brings the prompt back.
    fn go_on_with_ping(&mut self, now_ns: u64, system: &dyn System) {
        let Some(mut ping) = self.ping.take() else { return };
        let answer = system.ping(&ping.host, !ping.is_asked);
        ping.is_asked = answer.is_none();
        ping.next_ns = now_ns + if ping.is_asked { LOOK_NS } else { PICTURE_NS };
        if let Some(answer) = answer {
            self.screen.put(answer.as_bytes());
            self.screen.put(b"\n");
            ping.left -= 1;
        }
        if ping.left == 0 {
            return self.draw();
        }
        self.ping = Some(ping);
    }

    /// Draws prompt and line, in a row of their own.
    pub fn draw(&mut self) {
        self.editor.draw(&mut self.screen);
    }

    /// Leaves the console to apps; the next key opens the shell again.
    pub fn close(&mut self) {
        self.is_open = false;
        (self.top, self.ping) = (None, None);
        self.screen.put(b"\n");
    }

    fn open(&mut self) {
        self.is_open = true;
        self.draw();
    }

    /// The next picture; the first has nothing to compare with but the start.
    fn show_top(&mut self, now: Snapshot) {
        let last = self.top.take().map(|top| top.last).unwrap_or_default();
        // To the corner, and what is below cleared.
        self.screen.put(b"\x1b[H\x1b[J");
        render::top(&mut self.screen, &last, &now);
        self.top = Some(Top { next_ns: now.at_ns + PICTURE_NS, last: now });
    }
}
