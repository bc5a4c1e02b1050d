//! The start screen: what this machine is, and which apps it has.
//!
//! Whoever shows it has put all numbers into words, so that none of them is formatted here.

use embedded_graphics_core::geometry::Point;

use crate::area::Area;
use crate::canvas::Canvas;
use crate::font::{GLYPH_HEIGHT, GLYPH_WIDTH};
use crate::look::{self, GRID};
use crate::shapes::{self, Style};
use crate::text;

/// How high an app's line is.
pub const LINE_HEIGHT: i32 = 3 * GRID;
/// From the edge of the screen to what is on it.
const MARGIN: i32 = 4 * GRID;
/// Where the heads of the columns are; the lines are below.
const HEADS_TOP: i32 = 14 * GRID;
const LIST_TOP: i32 = HEADS_TOP + LINE_HEIGHT;
/// How wide the columns with the state and the fuel are, if that is not more than two thirds.
const COLUMN_WIDTH: i32 = 18 * GRID;

/// What the start screen shows.
pub struct Start<'a> {
    /// Of the system.
    pub version: &'a str,
    /// The board, the address, the time to boot: whatever is to be known, a line.
    pub facts: &'a str,
    /// In the order of their lines; those that do not fit are not shown.
    pub apps: &'a [App<'a>],
    /// Which one the keys are at; none while a window has the focus.
    pub chosen: Option<usize>,
}

/// An app on the start screen.
pub struct App<'a> {
    /// What its line begins with.
    pub name: &'a str,
    /// Running, waiting, ended.
    pub state: &'a str,
    /// How much fuel it has used.
    pub fuel: &'a str,
    /// One that runs stands out.
    pub is_running: bool,
}

/// Draws it on a screen that covers `screen`, as far as the canvas allows.
pub fn draw(canvas: &mut Canvas<'_>, screen: &Area, start: &Start<'_>) {
    canvas.fill(screen, look::GROUND);
    draw_head(canvas, screen, start);
    draw_line(canvas, &heads(screen), ["App", "State", "Fuel"], [look::QUIET; 3]);
    for (index, app) in start.apps.iter().enumerate() {
        let line = line_of(screen, index);
        if line.bottom > last_bottom(screen) {
            break;
        }
        draw_app(canvas, &line, app, start.chosen == Some(index));
    }
    draw_foot(canvas, screen);
}

/// How many apps' lines there is room for on a start screen that covers `screen`.
#[must_use]
pub fn room(screen: &Area) -> usize {
    let rows = (last_bottom(screen) - screen.top - LIST_TOP) / LINE_HEIGHT;
    usize::try_from(rows).unwrap_or(0)
}

/// Which of `count` apps' lines is at a place of a start screen that covers `screen`.
#[must_use]
pub fn app_at(screen: &Area, count: usize, at: Point) -> Option<usize> {
    let shown = (0..count).map(|index| (index, line_of(screen, index)));
    let mut shown = shown.take_while(|(_, line)| line.bottom <= last_bottom(screen));
    shown.find(|(_, line)| line.contains(at)).map(|(index, _)| index)
}

fn draw_head(canvas: &mut Canvas<'_>, screen: &Area, start: &Start<'_>) {
    let (left, top) = (screen.left + MARGIN, screen.top + MARGIN);
    let name = b"Bramble";
    text::draw(canvas, Point::new(left, top), name, 2, look::TEXT);
    let after = left + text::extent(name, 2).width as i32 + 2 * GRID;
    let lower = top + GLYPH_HEIGHT as i32 - 4;
    text::draw(canvas, Point::new(after, lower), start.version.as_bytes(), 1, look::BERRY_TEXT);
    let below = top + 2 * GLYPH_HEIGHT as i32 + GRID;
    text::draw(canvas, Point::new(left, below), start.facts.as_bytes(), 1, look::QUIET);
}

fn heads(screen: &Area) -> Area {
    let (top, bottom) = (screen.top + HEADS_TOP, screen.top + LIST_TOP);
    Area { left: screen.left + MARGIN, top, right: screen.right - MARGIN, bottom }
}

/// Where the line of an app is on a start screen that covers `screen`, whether it is shown or not.
#[must_use]
pub fn line_of(screen: &Area, index: usize) -> Area {
    let index = i32::try_from(index).unwrap_or(i32::MAX);
    heads(screen).moved(0, index.saturating_add(1).saturating_mul(LINE_HEIGHT))
}

fn last_bottom(screen: &Area) -> i32 {
    screen.bottom - MARGIN - LINE_HEIGHT
}

fn draw_app(canvas: &mut Canvas<'_>, line: &Area, app: &App<'_>, is_chosen: bool) {
    canvas.fill(&Area { bottom: line.top + 1, ..*line }, look::LINE);
    if is_chosen {
        let below = Area { top: line.top + 1, ..*line };
        shapes::rectangle(canvas, &below, GRID as u32 / 2, Style::Filled, look::BERRY);
    }
    let quiet = if is_chosen { look::TEXT } else { look::QUIET };
    let name = if app.is_running { look::TEXT } else { quiet };
    draw_line(canvas, line, [app.name, app.state, app.fuel], [name, quiet, quiet]);
}

/// Draws three columns; the last ends at the right.
fn draw_line(canvas: &mut Canvas<'_>, line: &Area, columns: [&str; 3], colors: [u32; 3]) {
    let inner = Area { left: line.left + GRID, right: line.right - GRID, ..*line };
    let top = line.top + (LINE_HEIGHT - GLYPH_HEIGHT as i32) / 2;
    let column_width = COLUMN_WIDTH.min(inner.width() as i32 / 3);
    let state = inner.right - 2 * column_width;
    let width = |text: &str| text::extent(text.as_bytes(), 1).width as i32;
    let lefts = [inner.left, state, inner.right - width(columns[2])];
    let rights = [state - GLYPH_WIDTH as i32, inner.right - column_width, inner.right];
    for (index, column) in columns.into_iter().enumerate() {
        let (at, right) = (Point::new(lefts[index], top), rights[index]);
        let mut part = canvas.clipped(&Area { right, ..inner });
        text::draw(&mut part, at, column.as_bytes(), 1, colors[index]);
    }
}

fn draw_foot(canvas: &mut Canvas<'_>, screen: &Area) {
    let at = Point::new(screen.left + MARGIN, screen.bottom - MARGIN - GLYPH_HEIGHT as i32);
    let keys = "↑ ↓ choose   Enter start   Del end   Alt+Tab next window   Alt+F4 close";
    text::draw(canvas, at, keys.as_bytes(), 1, look::QUIET);
}
