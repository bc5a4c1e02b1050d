//! The tools above the paper: colors, brushes, and a button that clears.

use app_guest::display::{Color, Size, Style, Surface, look};

/// How high the row of tools is.
pub(crate) const TOOLS_HEIGHT: u32 = 32;
/// What there is to paint with; the last is the paper's.
pub(crate) const COLORS: [Color; 8] = [
    look::PANEL,
    look::BERRY,
    look::BERRY_TEXT,
    0xc8_4b_3c,
    0xe0_a0_3c,
    0x6b_8e_4e,
    0x4a_7d_ac,
    look::TEXT,
];
const RADII: [u32; 3] = [1, 4, 9];
/// How wide each tool is.
const TOOL_WIDTH: i32 = 24;
const CLEAR_LEFT: i32 = (COLORS.len() + RADII.len()) as i32 * TOOL_WIDTH + 8;

/// Which are chosen.
pub(crate) struct Tools {
    /// Of [`COLORS`].
    pub(crate) color: usize,
    brush: usize,
}

impl Default for Tools {
    fn default() -> Self {
        Self { color: 1, brush: 1 }
    }
}

impl Tools {
    /// What color is chosen.
    pub(crate) fn color(&self) -> Color {
        COLORS[self.color]
    }

    /// Half of how wide strokes are.
    pub(crate) fn radius(&self) -> f32 {
        RADII[self.brush] as f32
    }

    /// Chooses the tool in column `x`, and tells whether that is to clear.
    pub(crate) fn press(&mut self, x: i32) -> bool {
        let tool = usize::try_from(x / TOOL_WIDTH).unwrap_or(0);
        if tool < COLORS.len() {
            self.color = tool;
        } else if tool < COLORS.len() + RADII.len() {
            self.brush = tool - COLORS.len();
        }
        x >= CLEAR_LEFT
    }

    /// Draws all of them.
    pub(crate) fn show(&self, surface: &Surface) {
        surface.fill(0, 0, surface.size().width, TOOLS_HEIGHT, look::PANEL);
        for (x, (number, color)) in (0..).step_by(24).zip(COLORS.iter().enumerate()) {
            let size = Size { width: 20, height: 20 };
            surface.rectangle((x + 2, 6), size, 4, Style::Filled, *color);
            surface.rectangle((x + 2, 6), size, 4, Style::Outlined, look::LINE);
            mark(surface, x, number == self.color);
        }
        for (x, (number, radius)) in (8 * 24..).step_by(24).zip(RADII.iter().enumerate()) {
            surface.circle((x + 12, 15), *radius, Style::Filled, look::TEXT);
            mark(surface, x, number == self.brush);
        }
        surface.text(CLEAR_LEFT, 8, "clear", 1, look::TEXT);
    }
}

/// Underlines what is chosen.
fn mark(surface: &Surface, x: i32, is_chosen: bool) {
    if is_chosen {
        surface.fill(x + 2, 28, 20, 2, look::BERRY_TEXT);
    }
}
