//! Who walks in the maze.

use std::f32::consts::TAU;

use crate::maze;

const WALK_PER_S: f32 = 2.2;
const TURN_PER_S: f32 = 2.4;
/// How near to a wall one may come.
const ROOM: f32 = 0.25;
/// When nobody steers: how far to the left and right one looks where to go.
const GLANCE: f32 = 0.6;

/// Where one is, and looks.
pub(crate) struct Walker {
    pub(crate) at: (f32, f32),
    /// From east over south, up to [`TAU`].
    pub(crate) angle: f32,
}

/// Where to, each from -1 to 1.
#[derive(Clone, Copy, Default)]
pub(crate) struct Steps {
    pub(crate) ahead: f32,
    pub(crate) right: f32,
    pub(crate) turn: f32,
}

impl Walker {
    /// At the entrance.
    pub(crate) const fn new() -> Self {
        Self { at: (1.5, 3.5), angle: 0.75 * TAU }
    }

    /// Walks for so long, along the walls that are in the way.
    pub(crate) fn walk(&mut self, steps: Steps, seconds: f32) {
        self.angle = (self.angle + steps.turn * TURN_PER_S * seconds).rem_euclid(TAU);
        let (sine, cosine) = self.angle.sin_cos();
        let length = WALK_PER_S * seconds;
        let x = (steps.ahead * cosine - steps.right * sine) * length;
        let y = (steps.ahead * sine + steps.right * cosine) * length;
        if is_free(self.at.0 + x, self.at.1) {
            self.at.0 += x;
        }
        if is_free(self.at.0, self.at.1 + y) {
            self.at.1 += y;
        }
    }

    /// Walks for so long to where there is room.
    pub(crate) fn stroll(&mut self, seconds: f32) {
        let [left, ahead, right] = [-GLANCE, 0.0, GLANCE].map(|turn| self.room(turn));
        // Where both are alike, to the right.
        let turn = (right - left + 0.05) / (0.3 + ahead);
        let steps =
            Steps { ahead: (ahead - 0.5).clamp(0.0, 0.6), right: 0.0, turn: turn.clamp(-0.7, 0.7) };
        self.walk(steps, seconds);
    }

    fn room(&self, turn: f32) -> f32 {
        let (sine, cosine) = (self.angle + turn).sin_cos();
        maze::cast(self.at, (cosine, sine)).distance.min(3.0)
    }
}

fn is_free(x: f32, y: f32) -> bool {
    let corners = [(-ROOM, -ROOM), (ROOM, -ROOM), (-ROOM, ROOM), (ROOM, ROOM)];
    corners.iter().all(|corner| maze::wall(x + corner.0, y + corner.1).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_walked_along_and_never_into() {
        let mut walker = Walker { at: (1.5, 1.5), angle: 0.125 * TAU - 1.0 };

        walker.walk(Steps { ahead: 1.0, turn: 1.0, right: 0.0 }, 1.0 / TURN_PER_S);
        assert_eq!(walker.at.1, 1.5);
        assert!(walker.at.0 > 2.0);
    }

    #[test]
    fn who_strolls_sees_much_of_the_maze_and_is_never_in_a_wall() {
        let (mut walker, mut seen) = (Walker::new(), [false; 256]);

        for _ in 0..30 * 180 {
            walker.stroll(1.0 / 30.0);
            assert!(is_free(walker.at.0, walker.at.1));
            seen[walker.at.1 as usize * 16 + walker.at.0 as usize] = true;
        }
        let seen = seen.iter().filter(|&&is_seen| is_seen).count();
        assert!(seen > 40, "{seen} cells");
    }
}
