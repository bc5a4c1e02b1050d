//! The maze, and what a ray meets in it. A cell is one long and wide; x goes east, y south.

/// A wall's kind is the number of its texture.
const MAZE: [&[u8; 16]; 16] = [
    b"0000000000000000",
    b"0..............0",
    b"0.111.00.00.22.0",
    b"0.1....0.0...2.0",
    b"0.1.00.0.0.2.2.0",
    b"0...0......2...0",
    b"00.00.1111.2.000",
    b"0.....1..1.....0",
    b"0.22.......010.0",
    b"0.2..1..1....1.0",
    b"0.2.01111.00.1.0",
    b"0...0......0...0",
    b"0.0.0.2222.0.0.0",
    b"0.0...2......0.0",
    b"0...0...0.00...0",
    b"0000000000000000",
];

/// Where a ray met a wall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    /// In lengths of the ray's direction.
    pub(crate) distance: f32,
    /// The wall's texture.
    pub(crate) kind: usize,
    /// How far along the wall, from 0 to 1.
    pub(crate) along: f32,
    /// Whether the wall faces east or west.
    pub(crate) faces_east_or_west: bool,
}

/// The wall at a place, if there is one.
pub(crate) fn wall(x: f32, y: f32) -> Option<usize> {
    cell(x as usize, y as usize)
}

fn cell(x: usize, y: usize) -> Option<usize> {
    match MAZE.get(y).and_then(|row| row.get(x)) {
        Some(b'.') => None,
        Some(kind) => Some(usize::from(kind - b'0')),
        None => Some(0),
    }
}

/// One of a ray's two coordinates: the next line between cells that it crosses.
struct Crossing {
    /// When it crosses it, in lengths of the ray's direction.
    next: f32,
    /// From one line to the next.
    period: f32,
    cell: usize,
    /// To the next cell; the one before is so far that it wraps.
    step: usize,
}

impl Crossing {
    fn new(from: f32, direction: f32) -> Self {
        let (cell, period) = (from as usize, direction.abs().max(1e-6).recip());
        let behind = from - cell as f32;
        let (share, step) = if direction < 0.0 { (behind, usize::MAX) } else { (1.0 - behind, 1) };
        Self { next: share * period, period, cell, step }
    }

    /// Crosses the line, and tells when that was.
    fn cross(&mut self) -> f32 {
        let now = self.next;
        self.next += self.period;
        self.cell = self.cell.wrapping_add(self.step);
        now
    }
}

/// What a ray meets that starts in the maze.
pub(crate) fn cast(from: (f32, f32), direction: (f32, f32)) -> Hit {
    let mut x = Crossing::new(from.0, direction.0);
    let mut y = Crossing::new(from.1, direction.1);
    loop {
        let crosses_x = x.next < y.next;
        let distance = if crosses_x { x.cross() } else { y.cross() };
        if let Some(kind) = cell(x.cell, y.cell) {
            let along = if crosses_x {
                from.1 + distance * direction.1
            } else {
                from.0 + distance * direction.0
            };
            return Hit {
                distance,
                kind,
                along: along - along.floor(),
                faces_east_or_west: crosses_x,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ray_ends_at_the_first_wall_in_its_way() {
        let east = cast((1.5, 1.25), (1.0, 0.0));
        assert_eq!(east, Hit { distance: 13.5, kind: 0, along: 0.25, faces_east_or_west: true });

        let south_east = cast((1.5, 1.5), (0.5, 0.25));
        assert_eq!((south_east.kind, south_east.faces_east_or_west), (1, false));
        assert_eq!((south_east.distance, south_east.along), (2.0, 0.5));
    }

    #[test]
    fn a_ray_that_leaves_no_row_ends_too() {
        assert_eq!(cast((8.5, 1.5), (-0.0, -1.0)).distance, 0.5);
        assert_eq!(cast((8.5, 1.5), (0.0, 0.0)).kind, 0);
    }

    #[test]
    fn there_is_a_wall_all_around() {
        let edge = |at: usize| [cell(at, 0), cell(at, 15), cell(0, at), cell(15, at)];
        assert!((0..16).flat_map(edge).all(|wall| wall.is_some()));
        assert_eq!(wall(-3.0, 1e9), Some(0));
    }
}
