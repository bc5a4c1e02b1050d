//! Compares what was drawn with a picture that a person has looked at.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use service_display::{Canvas, Color};

/// What was drawn, in rows from the top.
pub struct Picture {
    pub width: u32,
    pub pixels: Vec<Color>,
}

impl Picture {
    /// So many pixels of one color.
    pub fn new(width: u32, height: u32, color: Color) -> Self {
        Self { width, pixels: vec![color; (width * height) as usize] }
    }

    pub fn height(&self) -> u32 {
        self.pixels.len() as u32 / self.width
    }

    /// The whole of it, to draw on.
    pub fn canvas(&mut self) -> Canvas<'_> {
        let (width, height) = (self.width, self.height());
        Canvas::new(&mut self.pixels, width, height, width).expect("it has as many pixels")
    }

    /// Fails unless it is, pixel for pixel, `tests/pictures/NAME.png`. What was drawn is then
    /// beside that, as `NAME.new.png`.
    pub fn assert_is(&self, name: &str) {
        let golden = path_of(&format!("{name}.png"));
        if read(&golden).is_some_and(|golden| self.shows(&golden)) {
            return;
        }
        let new = path_of(&format!("{name}.new.png"));
        self.write(&new);
        panic!(
            "{} is another picture, or is not there. What was drawn is {}: look at it, and if it \
             is right, give it the other's name.",
            golden.display(),
            new.display()
        );
    }

    /// Whether a screen shows both alike, which leaves out the highest byte.
    fn shows(&self, other: &Self) -> bool {
        let pixels = |picture: &Self| Vec::from_iter(picture.pixels.iter().copied().map(bytes_of));
        self.width == other.width && pixels(self) == pixels(other)
    }

    fn write(&self, path: &Path) {
        let file = BufWriter::new(File::create(path).expect("the picture can be written"));
        let mut encoder = png::Encoder::new(file, self.width, self.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|pixel| bytes_of(*pixel)).collect();
        let mut writer = encoder.write_header().expect("the picture can be written");
        writer.write_image_data(&bytes).expect("the picture can be written");
    }
}

fn path_of(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(file)
}

fn read(path: &Path) -> Option<Picture> {
    let file = BufReader::new(File::open(path).ok()?);
    let mut reader = png::Decoder::new(file).read_info().ok()?;
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut bytes).ok()?;
    let pixels = bytes[..info.buffer_size()].chunks_exact(3);
    let pixels = pixels.map(|byte| u32::from_be_bytes([0, byte[0], byte[1], byte[2]])).collect();
    Some(Picture { width: info.width, pixels })
}

fn bytes_of(pixel: Color) -> [u8; 3] {
    let [_, red, green, blue] = pixel.to_be_bytes();
    [red, green, blue]
}
