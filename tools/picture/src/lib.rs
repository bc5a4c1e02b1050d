//! Pictures of screens as PNG files, and their comparison with those that a person has looked at.
//!
//! `tools/qemu` photographs a board's screen, `bramble` writes it to a file; tests of what is drawn
//! hold it against a [`Gallery`].

#![forbid(unsafe_code)]

mod difference;
mod gallery;

pub use difference::{Area, Difference};
pub use gallery::Gallery;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;

/// Pixels in rows from the top, each `0x00rrggbb`; the highest byte is shown by no screen and counts
/// nowhere.
#[derive(Clone, Debug)]
pub struct Picture {
    width: u32,
    pixels: Vec<u32>,
}

impl Picture {
    /// The picture of these `pixels`, in rows of `width`; `None` if the last row is not whole, or
    /// there is none.
    pub fn new(width: u32, pixels: Vec<u32>) -> Option<Self> {
        let rest = pixels.len().checked_rem(width as usize)?;
        (rest == 0 && !pixels.is_empty()).then_some(Self { width, pixels })
    }

    /// So many pixels of one color.
    ///
    /// # Panics
    ///
    /// If these are none.
    pub fn of_color(width: u32, height: u32, color: u32) -> Self {
        let pixels = vec![color; width as usize * height as usize];
        Self::new(width, pixels).expect("a picture has pixels")
    }

    /// Reads a PNG file of three bytes for each pixel, as QEMU and [`Self::write`] make them.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is none.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::decode(BufReader::new(File::open(path)?))
    }

    fn decode(png: impl BufRead + Seek) -> io::Result<Self> {
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let mut reader = png::Decoder::new(png).read_info()?;
        let mut bytes =
            vec![0; reader.output_buffer_size().ok_or_else(|| wrong("it is too large"))?];
        let info = reader.next_frame(&mut bytes)?;
        if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
            return Err(wrong("its pixels have not three bytes each"));
        }
        let pixels = bytes[..info.buffer_size()].as_chunks().0;
        let pixels = pixels.iter().map(|[red, green, blue]| color_of([*red, *green, *blue]));
        Self::new(info.width, pixels.collect()).ok_or_else(|| wrong("it has no pixels"))
    }

    /// Writes it as a PNG file.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what is there then is not whole.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        self.encode(&mut file)?;
        file.flush()
    }

    fn encode(&self, to: impl Write) -> io::Result<()> {
        let mut encoder = png::Encoder::new(to, self.width, self.height());
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_compression(png::Compression::High);
        let bytes: Vec<u8> = self.pixels.iter().flat_map(|pixel| bytes_of(*pixel)).collect();
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&bytes)?;
        Ok(writer.finish()?)
    }

    /// Columns.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> u32 {
        // Of a whole number of rows, of which a picture that can be written has not 2^32.
        (self.pixels.len() / self.width as usize) as u32
    }

    /// Its pixels, in rows from the top.
    pub fn pixels(&self) -> &[u32] {
        &self.pixels
    }

    /// The same, to draw on.
    pub fn pixels_mut(&mut self) -> &mut [u32] {
        &mut self.pixels
    }

    /// Whether all of it has one color, as a screen on which nothing was drawn.
    pub fn is_blank(&self) -> bool {
        self.pixels.iter().all(|pixel| bytes_of(*pixel) == bytes_of(self.pixels[0]))
    }
}

fn color_of([red, green, blue]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, red, green, blue])
}

fn bytes_of(pixel: u32) -> [u8; 3] {
    let [_, red, green, blue] = pixel.to_be_bytes();
    [red, green, blue]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn what_is_written_is_read_again_without_the_highest_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let picture = Picture::new(3, vec![0xff_01_02_03, 0, 0xff_ff_ff, 4, 5, 6]).unwrap();

        picture.write(&path).unwrap();
        let read = Picture::read(&path).unwrap();

        assert_eq!((read.width(), read.height()), (3, 2));
        assert_eq!(read.pixels(), [0x01_02_03, 0, 0xff_ff_ff, 4, 5, 6]);
    }

    #[test]
    fn pixels_that_fill_no_rows_are_no_picture() {
        assert!(Picture::new(0, vec![]).is_none());
        assert!(Picture::new(0, vec![1]).is_none());
        assert!(Picture::new(4, vec![]).is_none());
        assert!(Picture::new(4, vec![0; 7]).is_none());
    }

    #[test]
    fn a_file_that_is_damaged_or_has_other_pixels_is_an_error() {
        let mut png = Vec::new();
        Picture::of_color(9, 9, 1).encode(&mut png).unwrap();
        let mut gray = Vec::new();
        let mut writer = png::Encoder::new(&mut gray, 1, 1).write_header().unwrap();
        writer.write_image_data(&[7]).unwrap();
        writer.finish().unwrap();

        for wrong in [&b""[..], b"\x89PNG", &png[..png.len() / 2], &gray] {
            assert!(Picture::decode(Cursor::new(wrong)).is_err());
        }
        assert!(Picture::decode(Cursor::new(&png)).is_ok());
    }

    #[test]
    fn one_pixel_is_enough_to_be_no_longer_blank() {
        let mut picture = Picture::of_color(5, 4, 0x00_01_01_01);
        picture.pixels_mut()[7] = 0xff_01_01_01;
        assert!(picture.is_blank());

        picture.pixels_mut()[19] = 0x00_01_01_02;
        assert!(!picture.is_blank());
    }
}
