//! Draws the film that `apps/player/clips` has, picture by picture, in the format yuv420p:
//!
//! ```text
//! cargo run --release -p mpeg1 --example bramble |
//!     ffmpeg -f rawvideo -pixel_format yuv420p -video_size 160x120 -framerate 25 -i - \
//!         -c:v mpeg1video -b:v 100k -maxrate 110k -bufsize 220k -g 25 -bf 2 \
//!         -muxrate 200k -bitexact -f mpeg apps/player/clips/bramble.mpg
//! ```

#![forbid(unsafe_code)]

use std::f64::consts::{PI, TAU};
use std::io::{self, Write};

const WIDTH: usize = 160;
const HEIGHT: usize = 120;
const PICTURES: usize = 200;

/// Red, green and blue, 0 to 1 each.
type Color = [f64; 3];

const BERRY: Color = [0.27, 0.07, 0.32];
const UNRIPE: Color = [0.72, 0.14, 0.18];
const LEAF: Color = [0.16, 0.42, 0.16];
const CANE: Color = [0.36, 0.22, 0.16];

/// A circle, the later ones before the earlier ones.
struct Disc {
    x: f64,
    y: f64,
    radius: f64,
    color: Color,
}

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for picture in 0..PICTURES {
        let time = picture as f64 / PICTURES as f64;
        output.write_all(&yuv(&draw(time)))?;
    }
    Ok(())
}

/// The picture at `time`, 0 to 1: at 1 clouds and canes are where they were at 0.
fn draw(time: f64) -> Vec<Color> {
    let discs: Vec<Disc> = clouds(time).chain(bush(time)).collect();
    let pixel = |at: usize| {
        let (x, y) = ((at % WIDTH) as f64, (at / WIDTH) as f64);
        discs.iter().fold(background(x, y, time), |color, disc| {
            let distance = (x - disc.x).hypot(y - disc.y);
            let share = (disc.radius - distance + 0.5).clamp(0.0, 1.0);
            let light = 1.0 + 0.35 * (disc.y - y + disc.x - x) / disc.radius.max(4.0);
            mixed(color, disc.color.map(|part| part * light), share)
        })
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

/// The sky, with a sun that rises and sets, and a hill.
fn background(x: f64, y: f64, time: f64) -> Color {
    let sky = mixed([0.36, 0.60, 0.90], [0.93, 0.86, 0.74], y / 110.0);
    let (sun_x, sun_y) = (80.0 - 60.0 * (PI * time).cos(), 103.0 - 84.0 * (PI * time).sin());
    let sun = (9.5 - (x - sun_x).hypot(y - sun_y)).clamp(0.0, 1.0);
    let sky = mixed(sky, [1.0, 0.93, 0.62], sun);
    let edge = 92.0 + 6.0 * (x / 31.0 + 1.0).sin();
    let grass = mixed([0.45, 0.62, 0.28], [0.24, 0.44, 0.20], (y - edge) / 26.0);
    mixed(sky, grass, (y - edge).clamp(0.0, 1.0))
}

/// Three clouds that cross the sky, each once.
fn clouds(time: f64) -> impl Iterator<Item = Disc> {
    const PUFFS: [(f64, f64, f64); 4] =
        [(0.0, 0.0, 9.0), (10.0, -4.0, 11.0), (21.0, -1.0, 9.0), (12.0, 3.0, 9.0)];
    let cloud = move |(start, height): (f64, f64)| {
        let left = (start + time * 240.0) % 240.0 - 45.0;
        PUFFS.map(|(x, y, radius)| Disc {
            x: left + x,
            y: height + y,
            radius,
            color: [0.96, 0.97, 0.99],
        })
    };
    [(20.0, 22.0), (110.0, 36.0), (180.0, 16.0)].into_iter().flat_map(cloud)
}

/// Five canes that sway in the wind, with leaves and with berries that ripen from the left.
fn bush(time: f64) -> impl Iterator<Item = Disc> {
    (0..5).flat_map(move |cane| {
        let number = f64::from(cane);
        let sway = 3.0 * (TAU * (2.0 * time + number / 5.0)).sin();
        (0..60).flat_map(move |step| {
            let along = f64::from(step) / 60.0;
            let x = 80.0 + (number - 2.0) * (8.0 + 28.0 * along) + sway * along * along;
            let y = 112.0 - 74.0 * along + 30.0 * along * along * (number - 2.0).abs() / 2.0;
            let wood = Disc { x, y, radius: 1.6 - along, color: CANE };
            std::iter::once(wood).chain(growth(x, y, along, step, time))
        })
    })
}

/// What grows from a cane: a leaf, a berry, or at most places nothing.
fn growth(x: f64, y: f64, along: f64, step: i32, time: f64) -> Vec<Disc> {
    let side = if step / 6 % 2 == 0 { 1.0 } else { -1.0 };
    match step % 12 {
        3 => (0..4)
            .map(f64::from)
            .map(|part| Disc {
                x: x + side * (3.0 + 2.2 * part),
                y: y - part * 0.8,
                radius: 3.6 - 0.7 * part,
                color: LEAF,
            })
            .collect(),
        9 => {
            let ripe = (time * 3.0 - x / WIDTH as f64 - 0.3 * along).clamp(0.0, 1.0);
            let color = mixed(UNRIPE, BERRY, ripe);
            [(0.0, 0.0), (2.2, 0.6), (0.8, 2.2), (2.8, 2.8), (1.4, 4.2)]
                .map(|(right, down)| Disc { x: x + side * right, y: y + down, radius: 1.8, color })
                .into()
        }
        _ => Vec::new(),
    }
}

fn mixed(from: Color, to: Color, share: f64) -> Color {
    let share = share.clamp(0.0, 1.0);
    std::array::from_fn(|part| from[part] + (to[part] - from[part]) * share)
}

/// One plane after another, as ITU-R BT.601 defines them.
fn yuv(pixels: &[Color]) -> Vec<u8> {
    let byte = |value: f64| value.round().clamp(0.0, 255.0) as u8;
    let luma = |[red, green, blue]: Color| 0.299 * red + 0.587 * green + 0.114 * blue;
    let mut bytes: Vec<u8> =
        pixels.iter().map(|color| byte(16.0 + 219.0 * luma(color.map(within)))).collect();
    for part in [2, 0] {
        let largest = if part == 2 { 0.886 } else { 0.701 };
        for at in 0..WIDTH * HEIGHT / 4 {
            let corner = at / (WIDTH / 2) * 2 * WIDTH + at % (WIDTH / 2) * 2;
            let four = [0, 1, WIDTH, WIDTH + 1].map(|next| pixels[corner + next].map(within));
            let share: f64 = four.iter().map(|color| color[part] - luma(*color)).sum();
            bytes.push(byte(128.0 + 112.0 * share / 4.0 / largest));
        }
    }
    bytes
}

fn within(part: f64) -> f64 {
    part.clamp(0.0, 1.0)
}
