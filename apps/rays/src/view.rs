//! What one sees: a ray for each column of the picture finds the wall there, and how far it is.
//!
//! Pixels are numbers of colors, and farther ones have hazier colors, so that the loops over
//! pixels do no more than look up and add.

use std::f32::consts::TAU;
use std::ops::Range;

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
        let (rows, texels) = rows_and_texels(hit.distance);
        let column = &self.walls[hit.kind][(hit.along * TEXTURE as f32) as usize % TEXTURE];
        let shade = shade(hit.distance + if hit.faces_east_or_west { 1.0 } else { 0.0 });
        draw_column(&mut self.rows[rows], x, column, texels, shade);
    }
}

/// The rows whose middle shows a wall that is so far away, and of the texture where the first of
/// them is, and how far it is to the next.
fn rows_and_texels(distance: f32) -> (Range<usize>, [i32; 2]) {
    let wall_rows = WALL_ROWS / distance.max(0.01);
    let top = HORIZON as f32 - wall_rows / 2.0;
    let first = (top + 0.5) as usize;
    let step = TEXTURE as f32 / wall_rows;
    let start = (first as f32 + 0.5 - top) * step;
    // As many below the horizon as above it.
    (first..HEIGHT - first, [start, step].map(fixed))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_shows_its_texture_from_the_top_to_the_bottom_and_not_beyond() {
        for distance in (1..2000).map(|part| part as f32 / 100.0) {
            let (rows, [start, step]) = rows_and_texels(distance);
            let end = start + step * (rows.len() as i32 - 1);

            assert!(start >= 0 && end >> POINT < TEXTURE as i32, "{distance}");
            let (above, below) = (start, ((TEXTURE as i32) << POINT) - end);
            assert!(rows.start == 0 || above.max(below) <= step + step / 8, "{distance}");
        }
    }

    #[test]
    fn who_stands_before_a_hedge_sees_it_between_sky_and_ground() {
        let mut view = View::new();
        view.draw(&Walker { at: (4.5, 1.5), angle: 0.0 }, 1);
        let colors = |row: usize| view.rows[row].map(|pixel| pixel % 32);

        assert!(colors(0)[WIDTH / 2..][..8].iter().all(|&color| color >= 22));
        assert!(colors(HORIZON)[WIDTH / 2..][..8].iter().all(|&color| color < 12));
        assert!(
            colors(HEIGHT - 1)[WIDTH / 2..][..8].iter().all(|&color| !(8..18).contains(&color))
        );
    }
}
