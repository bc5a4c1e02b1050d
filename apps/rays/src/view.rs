//! What one sees: a ray for each column of the picture finds the wall there, and how far it is.
//!
//! Pixels are numbers of colors, and farther ones have hazier colors, so that the loops over
//! pixels do no more than look up and add.

use std::f32::consts::TAU;

use app_guest::display::{Color, Picture, Pixels};

use crate::maze;
use crate::paint::{self, TEXTURE, Texture};
use crate::walker::Walker;

/// Columns of the picture.
pub(crate) const WIDTH: usize = 240;
/// Rows of the picture.
pub(crate) const HEIGHT: usize = 160;
const HORIZON: usize = HEIGHT / 2;
/// Half of how wide the picture is at a distance of one.
const HALF_WIDTH: f32 = 0.66;
/// How high a wall is at a distance of one, in rows; its columns are as wide.
const WALL_ROWS: f32 = WIDTH as f32 / 2.0 / HALF_WIDTH;
/// Columns of the sky all around, of which the picture shows some.
const SKY: usize = 1440;
const SHADES_PER_CELL: f32 = 1.1;
/// Of fixed numbers: how many bits are behind the point.
const POINT: u32 = 16;

/// All that is needed to draw what one sees.
pub(crate) struct View {
    rows: Vec<[u8; WIDTH]>,
    palette: Vec<Color>,
    walls: [Texture; 3],
    ground: Texture,
    sky: Vec<u8>,
}

impl View {
    /// Paints what there is to see.
    pub(crate) fn new() -> Self {
        Self {
            rows: vec![[0; WIDTH]; HEIGHT],
            palette: paint::palette(),
            walls: paint::walls(),
            ground: paint::ground(),
            sky: paint::sky(SKY, HORIZON),
        }
    }

    /// What `walker` sees, to be shown so large.
    pub(crate) fn draw(&mut self, walker: &Walker, scale: u32) -> Picture<'_> {
        let (sine, cosine) = walker.angle.sin_cos();
        self.draw_sky(walker.angle);
        self.draw_ground(walker.at, (cosine, sine));
        for x in 0..WIDTH {
            let aside = ((x as f32 + 0.5) * (2.0 / WIDTH as f32) - 1.0) * HALF_WIDTH;
            self.draw_wall(x, walker.at, (cosine - sine * aside, sine + cosine * aside));
        }
        let pixels = Pixels::Palette(self.rows.as_flattened(), &self.palette);
        let (width, height) = (WIDTH as u32, HEIGHT as u32);
        Picture { pixels, width, height, stride: width, scale }
    }

    fn draw_sky(&mut self, angle: f32) {
        let left = (angle * (SKY as f32 / TAU)) as usize % SKY;
        let before_end = (SKY - left).min(WIDTH);
        for (row, sky) in self.rows.iter_mut().zip(self.sky.chunks_exact(SKY)) {
            let (first, rest) = row.split_at_mut(before_end);
            first.copy_from_slice(&sky[left..left + before_end]);
            rest.copy_from_slice(&sky[..WIDTH - before_end]);
        }
    }

    fn draw_ground(&mut self, at: (f32, f32), ahead: (f32, f32)) {
        for (below, row) in self.rows[HORIZON..].iter_mut().enumerate() {
            let distance = WALL_ROWS / 2.0 / (below as f32 + 0.5);
            let half = distance * HALF_WIDTH;
            let step = [-ahead.1, ahead.0].map(|aside| aside * half * (2.0 / WIDTH as f32));
            let x = at.0 + ahead.0 * distance + ahead.1 * half;
            let y = at.1 + ahead.1 * distance - ahead.0 * half;
            draw_row(row, &self.ground, [x, y].map(fixed), step.map(fixed), shade(distance));
        }
    }

    fn draw_wall(&mut self, x: usize, from: (f32, f32), direction: (f32, f32)) {
        let hit = maze::cast(from, direction);
        let wall_rows = WALL_ROWS / hit.distance.max(0.01);
        let top = HORIZON as f32 - wall_rows / 2.0;
        let first = top.max(0.0) as usize;
        // Above the horizon as below it.
        let last = HEIGHT - first;
        let step = TEXTURE as f32 / wall_rows;
        let start = (first as f32 + 0.5 - top).max(0.0) * step;
        let column = &self.walls[hit.kind][(hit.along * TEXTURE as f32) as usize % TEXTURE];
        let shade = shade(hit.distance + if hit.faces_east_or_west { 1.0 } else { 0.0 });
        draw_column(&mut self.rows[first..last], x, column, [start, step].map(fixed), shade);
    }
}

/// How hazy it is so far away.
fn shade(distance: f32) -> u8 {
    paint::shade_offset((distance * SHADES_PER_CELL) as usize)
}

fn fixed(number: f32) -> i32 {
    (number * (1 << POINT) as f32) as i32
}

/// Draws a row of the ground, which has one texture in each cell.
fn draw_row(row: &mut [u8; WIDTH], ground: &Texture, at: [i32; 2], step: [i32; 2], shade: u8) {
    const TEXEL: u32 = POINT - TEXTURE.ilog2();
    let [mut x, mut y] = at;
    for pixel in row {
        *pixel = shade + ground[(x >> TEXEL) as usize % TEXTURE][(y >> TEXEL) as usize % TEXTURE];
        x += step[0];
        y += step[1];
    }
}

/// Draws one column of a wall.
fn draw_column(
    rows: &mut [[u8; WIDTH]],
    x: usize,
    texture: &[u8; TEXTURE],
    [mut texel, step]: [i32; 2],
    shade: u8,
) {
    for row in rows {
        row[x] = shade + texture[(texel >> POINT) as usize % TEXTURE];
        texel += step;
    }
}
