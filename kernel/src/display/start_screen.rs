//! The start screen: what this machine is, what its apps do, and which to start.

use super::log_window::LogWindow;
use super::{KERNEL, TO_END, TO_START};
use crate::apps::Apps;
use crate::boards::Board;
use crate::boot_table;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use kernel_core::ledger::Grouped;
use kernel_core::ready::TaskId;
use kernel_core::system_view::{AppView, Parked, State};
use service_display::{Area, Desktop, Event, KeyState, Kind, start};

/// How often the apps' states are brought up to date.
const LOOK_NS: u64 = 1_000_000_000;

/// *HID Usage Tables*, page "Keyboard/Keypad".
const ENTER: u8 = 0x28;
const DELETE: u8 = 0x4c;
const DOWN: u8 = 0x51;
const UP: u8 = 0x52;
const KEYPAD_ENTER: u8 = 0x58;

/// What its last line opens.
const LOG: &str = "log";

/// What is on the ground behind all windows.
pub(super) struct StartScreen {
    window: Option<u32>,
    board: String,
    facts: String,
    lines: Vec<Line>,
    chosen: usize,
    /// The line that is shown first, of more than there is room for.
    first: usize,
    /// The keys go to it, and not to a window.
    has_focus: bool,
    look_ns: u64,
}

/// An app, or the log.
#[derive(PartialEq, Eq)]
struct Line {
    /// [`KERNEL`] is the log.
    task: TaskId,
    name: String,
    state: String,
    fuel: String,
    is_running: bool,
}

impl StartScreen {
    pub(super) fn new(desktop: &mut Desktop, board: &Board, apps: &Apps) -> Self {
        let mut start = Self {
            window: None,
            board: board.revision.model().into(),
            facts: String::new(),
            lines: Vec::new(),
            chosen: 0,
            first: 0,
            has_focus: false,
            look_ns: 0,
        };
        start.update(desktop, apps);
        start
    }

    /// Sees to it, and tells when to do so again.
    pub(super) fn look_after(
        &mut self,
        desktop: &mut Desktop,
        log: &mut LogWindow,
        apps: &Apps,
        now_ns: u64,
    ) -> Option<u64> {
        while let Some(event) = self.window.and_then(|id| desktop.next_event(KERNEL, id)) {
            self.handle(event, desktop, log);
        }
        if now_ns >= self.look_ns {
            self.update(desktop, apps);
            self.look_ns = now_ns + LOOK_NS;
        }
        Some(self.look_ns)
    }

    fn handle(&mut self, event: Event, desktop: &mut Desktop, log: &mut LogWindow) {
        match event {
            Event::Focus(has_it) => {
                self.has_focus = has_it;
                self.choose(self.chosen, desktop);
            }
            Event::Key { state: KeyState::Up, .. } => {}
            Event::Key { usage: UP, .. } => self.choose(self.chosen.saturating_sub(1), desktop),
            Event::Key { usage: DOWN, .. } => self.choose(self.chosen + 1, desktop),
            Event::Key { usage: ENTER | KEYPAD_ENTER, .. } => self.start(desktop, log),
            Event::Key { usage: DELETE, .. } => self.end(),
            Event::Button { number: 1, is_down: true, at } => {
                let shown = self.lines.len() - self.first;
                if let Some(index) = start::app_at(&screen(desktop), shown, at) {
                    self.choose(self.first + index, desktop);
                    self.start(desktop, log);
                }
            }
            _ => {}
        }
    }

    fn choose(&mut self, index: usize, desktop: &mut Desktop) {
        let before = (self.chosen, self.first);
        self.chosen = index.min(self.lines.len().saturating_sub(1));
        let room = start::room(&screen(desktop)).max(1);
        let least = (self.chosen + 1).saturating_sub(room);
        self.first = self.first.clamp(least, self.chosen);
        if self.first == before.1 {
            self.draw_lines(desktop, [before.0, self.chosen].into_iter());
        } else {
            self.draw(desktop);
        }
    }

    /// Starts what is chosen, or shows it if it is there already.
    fn start(&mut self, desktop: &mut Desktop, log: &mut LogWindow) {
        let Some(line) = self.lines.get(self.chosen) else { return };
        if line.task == KERNEL {
            log.show(desktop);
        } else if line.is_running {
            desktop.bring_app(line.task);
        } else {
            TO_START.store(line.task, Ordering::Relaxed);
        }
        // What comes of it is to be seen soon.
        self.look_ns = 0;
    }

    fn end(&mut self) {
        if let Some(line) = self.lines.get(self.chosen) {
            TO_END.store(line.task, Ordering::Relaxed);
            self.look_ns = 0;
        }
    }

    /// Looks what the apps do, and draws what has changed. Where one app has the whole screen, there
    /// is no start screen.
    fn update(&mut self, desktop: &mut Desktop, apps: &Apps) {
        if !apps.have_start_screen() {
            self.window.take().into_iter().for_each(|id| {
                let _ = desktop.close(KERNEL, id);
            });
            return;
        }
        let mut lines: Vec<_> = apps.snapshot().apps.into_iter().map(Line::of).collect();
        lines.push(Line::of_log());
        let facts = boot_table::facts(&self.board);
        let is_same =
            self.window.is_some() && self.facts == facts && self.lines.len() == lines.len();
        let before = core::mem::replace(&mut self.lines, lines);
        self.facts = facts;
        // Apps that others started come and go.
        self.chosen = self.chosen.min(self.lines.len().saturating_sub(1));
        self.first = self.first.min(self.chosen);
        if !is_same {
            return self.draw(desktop);
        }
        let changed = (0..before.len()).filter(|&index| before[index] != self.lines[index]);
        let changed: Vec<_> = changed.collect();
        self.draw_lines(desktop, changed.into_iter());
    }

    /// Draws all of it, on a window of its own.
    fn draw(&mut self, desktop: &mut Desktop) {
        let size = desktop.screen_size();
        if self.window.is_none() {
            self.window = desktop.open(KERNEL, b"", size, Kind::Ground).ok();
        }
        let screen = screen(desktop);
        self.draw_area(desktop, &screen);
    }

    fn draw_lines(&self, desktop: &mut Desktop, indices: impl Iterator<Item = usize>) {
        let screen = screen(desktop);
        for index in indices.filter_map(|index| index.checked_sub(self.first)) {
            self.draw_area(desktop, &start::line_of(&screen, index));
        }
    }

    fn draw_area(&self, desktop: &mut Desktop, area: &Area) {
        let Some(id) = self.window else { return };
        let apps: Vec<_> = self.lines.iter().skip(self.first).map(Line::shown).collect();
        let start = start::Start {
            version: env!("CARGO_PKG_VERSION"),
            facts: &self.facts,
            apps: &apps,
            chosen: self.chosen.checked_sub(self.first).filter(|_| self.has_focus),
        };
        let screen = screen(desktop);
        // It is there, since nobody else closes it.
        let _ = desktop.draw(KERNEL, id, area, |canvas| start::draw(canvas, &screen, &start));
    }
}

fn screen(desktop: &Desktop) -> Area {
    let size = desktop.screen_size();
    Area::new(0, 0, size.width, size.height)
}

impl Line {
    fn of(app: AppView) -> Self {
        let fuel = app.threads.iter().map(|thread| thread.fuel).sum();
        let states = app.threads.into_iter().map(|thread| thread.state);
        // The most that one of its threads does.
        let state = states.max_by_key(rank).unwrap_or_default();
        let is_running = rank(&state) > 1;
        Self {
            task: app.number as TaskId,
            name: app.name,
            state: in_words(state),
            fuel: format!("{}", Grouped(fuel)),
            is_running,
        }
    }

    fn of_log() -> Self {
        let (name, none) = (LOG.into(), String::new());
        Self { task: KERNEL, name, state: none.clone(), fuel: none, is_running: false }
    }

    fn shown(&self) -> start::App<'_> {
        let Self { name, state, fuel, is_running, .. } = self;
        start::App { name, state, fuel, is_running: *is_running }
    }
}

fn rank(state: &State) -> u8 {
    match state {
        State::NeverStarted => 0,
        State::Ended(_) => 1,
        State::Parked(_) => 2,
        State::Ready | State::Running => 3,
    }
}

/// In words that do not change while nothing happens.
fn in_words(state: State) -> String {
    match state {
        State::NeverStarted => "not started".into(),
        State::Ended(how) => how,
        State::Parked(Parked::Restart(_)) => "starts again".into(),
        State::Parked(_) => "waiting".into(),
        State::Ready | State::Running => "running".into(),
    }
}
