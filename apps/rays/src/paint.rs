//! Colors, and what walls, ground and sky look like: painted when the app starts.

use app_guest::display::{Color, look};

/// How many colors there are, each in [`SHADES`] shades.
const COLORS: usize = 32;
/// From the color itself to nearly haze.
const SHADES: usize = 8;
const HAZE: Color = 0x2e_24_38;

/// Runs of tones from dark to light, and how many: first, last, count.
const RAMPS: [(Color, Color, u8); 6] = [
    (0x12_24_1c, 0x7c_a8_4a, 8),
    (0x3a_10_2c, 0xb0_4a_86, 4),
    (0x3c_40_48, 0xa8_a4_98, 6),
    (0x2c_28_22, 0x54_4c_38, 4),
    (0x1c_1f_30, look::BERRY, 5),
    (0x9a_46_6e, 0xf2_b8_a0, 5),
];
const LEAF: (u8, u8) = (0, 8);
const BERRY: (u8, u8) = (8, 4);
const STONE: (u8, u8) = (12, 6);
const SOIL: (u8, u8) = (18, 4);
const SKY: (u8, u8) = (22, 10);
const BLOSSOM: (u8, u8) = (29, 3);

/// Columns and rows of a texture.
pub(crate) const TEXTURE: usize = 64;
/// A square of numbers of colors, column by column.
pub(crate) type Texture = [[u8; TEXTURE]; TEXTURE];

/// All colors, shade by shade.
pub(crate) fn palette() -> Vec<Color> {
    let tones = RAMPS.iter().flat_map(|&(dark, light, count)| {
        (0..count).map(move |tone| mix(dark, light, tone.into(), u32::from(count) - 1))
    });
    let colors: Vec<_> = tones.collect();
    let shade = |shade| colors.iter().map(move |&color| mix(color, HAZE, shade, SHADES as u32));
    (0..SHADES as u32).flat_map(shade).collect()
}

/// So many of so many parts of the way from one color to another.
fn mix(from: Color, to: Color, part: u32, parts: u32) -> Color {
    let byte = |color: Color, shift: u32| (color >> shift) & 0xff;
    let mixed =
        |shift| ((byte(from, shift) * (parts - part) + byte(to, shift) * part) / parts) << shift;
    mixed(16) | mixed(8) | mixed(0)
}

/// What has to be added to a color for a shade of it.
pub(crate) const fn shade_offset(shade: usize) -> u8 {
    (if shade < SHADES { shade } else { SHADES - 1 } * COLORS) as u8
}

/// Numbers that look like chance and are always the same.
struct Chance(u32);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        ((self.0 >> 16) * end) >> 16
    }
}

/// Paints a ball that is lit from the left and above.
fn ball(texture: &mut Texture, (x, y): (u32, u32), radius: i32, (first, tones): (u8, u8)) {
    let end = radius * radius;
    for right in -radius..=radius {
        let column = &mut texture[(x.cast_signed() + right) as usize % TEXTURE];
        for down in -radius..=radius {
            if right * right + down * down <= end {
                let light = 3 * radius - 2 * right - 2 * down;
                let tone = (light * i32::from(tones) / (6 * radius)).clamp(0, i32::from(tones) - 1);
                column[(y.cast_signed() + down) as usize % TEXTURE] = first + tone as u8;
            }
        }
    }
}

fn balls(texture: &mut Texture, chance: &mut Chance, count: u32, size: u32, tones: (u8, u8)) {
    for _ in 0..count {
        let at = (chance.below(TEXTURE as u32), chance.below(TEXTURE as u32));
        ball(texture, at, (size + chance.below(2)).cast_signed(), tones);
    }
}

/// Leaves, the upper ones lighter.
fn hedge(chance: &mut Chance) -> Texture {
    let mut texture = [[LEAF.0; TEXTURE]; TEXTURE];
    balls(&mut texture, chance, 120, 5, (LEAF.0, 4));
    balls(&mut texture, chance, 90, 4, (LEAF.0 + 1, 5));
    balls(&mut texture, chance, 50, 3, (LEAF.0 + 2, 6));
    texture
}

/// A hedge with some blackberries, or blossoms.
fn bramble(chance: &mut Chance, tones: (u8, u8)) -> Texture {
    let mut texture = hedge(chance);
    for _ in 0..7 {
        let (x, y) = (chance.below(TEXTURE as u32), chance.below(TEXTURE as u32));
        for (right, down) in [(0, 0), (4, 0), (2, 3), (5, 4), (1, 6), (4, 7)] {
            ball(&mut texture, (x + right, y + down), 2, tones);
        }
    }
    texture
}

/// Blocks of stone in courses, and moss.
fn stones(chance: &mut Chance) -> Texture {
    let mut texture = [[STONE.0; TEXTURE]; TEXTURE];
    for (course, block) in (0..4).flat_map(|course| (0..2).map(move |block| (course, block))) {
        let tone = 1 + chance.below(3) as u8;
        let left = block * 32 + course % 2 * 16;
        for (x, y) in (0..30).flat_map(|x| (0..14).map(move |y| (x, y))) {
            let lit = u8::from(y == 0 || x == 0) + u8::from(chance.below(6) == 0);
            texture[(left + x) % TEXTURE][course * 16 + y] = STONE.0 + tone + lit;
        }
    }
    balls(&mut texture, chance, 12, 2, (LEAF.0 + 1, 4));
    texture
}

/// What is under the feet.
pub(crate) fn ground() -> Texture {
    let chance = &mut Chance(3);
    let mut texture = [[0; TEXTURE]; TEXTURE];
    texture.iter_mut().flatten().for_each(|tone| *tone = SOIL.0 + chance.below(3) as u8);
    balls(&mut texture, chance, 40, 2, (LEAF.0, 4));
    balls(&mut texture, chance, 12, 1, (SOIL.0 + 1, 3));
    texture
}

/// The walls, by their kind.
pub(crate) fn walls() -> [Texture; 3] {
    let chance = &mut Chance(8);
    [bramble(chance, BERRY), stones(chance), bramble(chance, BLOSSOM)]
}

/// The sky all around from its top to the horizon, `columns` of them, and stars.
pub(crate) fn sky(columns: usize, rows: usize) -> Vec<u8> {
    /// In which order the pixels of a square get the next color, in 16ths.
    const DITHER: [[usize; 4]; 4] = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]];
    let (chance, steps) = (&mut Chance(1), usize::from(SKY.1) - 1);
    let mut sky = vec![0; columns * rows];
    for (row, pixels) in sky.chunks_exact_mut(columns).enumerate() {
        let light = row * row * steps * 16 / (rows * rows);
        let tones = DITHER[row % 4].map(|part| SKY.0 + ((light + part) / 16) as u8);
        pixels.as_chunks_mut().0.fill(tones);
    }
    for _ in 0..columns / 8 {
        let at = chance.below(columns as u32) as usize + chance.below(40) as usize * columns;
        sky[at] = SKY.0 + SKY.1 - 1 - chance.below(3) as u8;
    }
    sky
}
