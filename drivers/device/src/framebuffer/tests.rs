//! Tests of a screen on memory of which the display sees only what was cleaned.

extern crate std;

use std::boxed::Box;
use std::string::ToString;
use std::sync::Mutex;
use std::vec;
use std::vec::Vec;

use super::*;

const TWO_BUFFERS: Geometry =
    Geometry { width: 3, height: 2, stride: 4, buffers: 2, order: PixelOrder::Rgb };
const ONE_BUFFER: Geometry = Geometry { buffers: 1, ..TWO_BUFFERS };
const EVERYTHING: Area = Area { x: 0, y: 0, width: usize::MAX, height: usize::MAX };

/// Hardware that remembers what it was asked.
#[derive(Default)]
struct Recorder {
    /// Address and length of each range, in pixels from the start of the memory.
    cleaned: Mutex<Vec<(usize, usize)>>,
    rows: Mutex<Vec<usize>>,
    start: Mutex<usize>,
    is_broken: bool,
}

impl Scanout for Recorder {
    fn clean(&self, pixels: &[u32]) {
        let start = (pixels.as_ptr() as usize - *self.start.lock().unwrap()) / 4;
        self.cleaned.lock().unwrap().push((start, pixels.len()));
    }

    fn show_from_row(&self, row: usize) -> Result<(), FlipError> {
        self.rows.lock().unwrap().push(row);
        if self.is_broken { Err(FlipError) } else { Ok(()) }
    }
}

impl Recorder {
    fn take_cleaned(&self) -> Vec<(usize, usize)> {
        std::mem::take(&mut self.cleaned.lock().unwrap())
    }
}

fn screen_on(geometry: Geometry, recorder: Recorder) -> (Framebuffer, &'static Recorder) {
    let recorder: &'static Recorder = Box::leak(Box::new(recorder));
    let pixels = vec![0; 16].leak();
    *recorder.start.lock().unwrap() = pixels.as_ptr() as usize;
    let screen = Framebuffer::new(geometry, pixels, recorder).expect("the memory is long enough");
    (screen, recorder)
}

fn screen(geometry: Geometry) -> (Framebuffer, &'static Recorder) {
    screen_on(geometry, Recorder::default())
}

#[test]
fn a_pixel_has_its_colours_in_the_order_of_the_screen() {
    assert_eq!(PixelOrder::Rgb.pixel(0x0012_3456), 0x0012_3456);
    assert_eq!(PixelOrder::Bgr.pixel(0x0012_3456), 0x0056_3412);
}

#[test]
fn memory_that_is_too_short_is_no_screen() {
    let recorder: &'static Recorder = Box::leak(Box::default());

    assert!(Framebuffer::new(TWO_BUFFERS, vec![0; 15].leak(), recorder).is_none());
    assert!(Framebuffer::new(TWO_BUFFERS, vec![0; 16].leak(), recorder).is_some());
}

#[test]
fn a_geometry_that_makes_no_sense_has_no_pixels() {
    assert_eq!(TWO_BUFFERS.pixels(), Some(16));
    for nonsense in [
        Geometry { width: 0, ..TWO_BUFFERS },
        Geometry { height: 0, ..TWO_BUFFERS },
        Geometry { stride: 2, ..TWO_BUFFERS },
        Geometry { buffers: 0, ..TWO_BUFFERS },
        Geometry { height: usize::MAX, ..TWO_BUFFERS },
        Geometry { buffers: usize::MAX, ..TWO_BUFFERS },
    ] {
        assert_eq!(nonsense.pixels(), None, "{nonsense:?}");
    }
}

#[test]
fn what_is_drawn_is_shown_by_a_flip_from_its_first_row_on() {
    let (mut screen, recorder) = screen(TWO_BUFFERS);

    for _ in 0..3 {
        screen.flip().unwrap();
    }

    assert_eq!(*recorder.rows.lock().unwrap(), [2, 0, 2]);
}

#[test]
fn drawing_goes_to_the_buffer_that_is_not_shown() {
    let (mut screen, recorder) = screen(TWO_BUFFERS);

    assert_eq!(screen.pixels().len(), 8);
    screen.clean(EVERYTHING);
    screen.flip().unwrap();
    screen.clean(EVERYTHING);

    assert_eq!(recorder.take_cleaned(), [(8, 7), (0, 7)]);
}

#[test]
fn what_was_drawn_is_in_both_buffers_once_the_other_has_caught_up() {
    let (mut screen, recorder) = screen(TWO_BUFFERS);
    screen.pixels().copy_from_slice(&[1, 2, 3, 0, 4, 5, 6, 0]);
    screen.flip().unwrap();

    screen.catch_up(Area { x: 1, y: 0, width: 2, height: 2 });

    assert_eq!(screen.pixels(), [0, 2, 3, 0, 0, 5, 6, 0]);
    assert_eq!(recorder.take_cleaned(), [(1, 2), (5, 2)]);
}

#[test]
fn a_single_buffer_is_never_flipped_or_copied() {
    let (mut screen, recorder) = screen(ONE_BUFFER);
    screen.pixels().fill(7);

    screen.flip().unwrap();
    screen.catch_up(EVERYTHING);

    assert_eq!(screen.pixels(), [7; 8]);
    assert_eq!(*recorder.rows.lock().unwrap(), []);
    assert_eq!(recorder.take_cleaned(), []);
}

#[test]
fn a_part_of_a_screen_is_cleaned_by_rows_and_cut_at_its_edges() {
    let (screen, recorder) = screen(ONE_BUFFER);

    screen.clean(Area { x: 2, y: 0, width: 9, height: 1 });
    screen.clean(Area { x: 1, y: 1, width: 1, height: usize::MAX });
    screen.clean(Area { x: 3, y: 0, width: 1, height: 1 });
    screen.clean(Area { x: usize::MAX, y: usize::MAX, width: usize::MAX, height: 1 });
    screen.clean(Area { x: 0, y: 0, width: 3, height: 0 });

    assert_eq!(recorder.take_cleaned(), [(2, 1), (5, 1)]);
}

#[test]
fn a_flip_that_fails_leaves_the_buffers_as_they_were() {
    let broken = Recorder { is_broken: true, ..Recorder::default() };
    let (mut screen, recorder) = screen_on(TWO_BUFFERS, broken);

    assert_eq!(screen.flip(), Err(FlipError));
    screen.clean(EVERYTHING);

    assert_eq!(recorder.take_cleaned(), [(8, 7)]);
    assert_eq!(FlipError.to_string(), "the display did not take the picture");
}

#[test]
fn a_last_picture_is_drawn_where_it_is_seen() {
    let (mut screen, recorder) = screen(TWO_BUFFERS);
    screen.flip().unwrap();

    screen.draw_directly();
    screen.clean(EVERYTHING);
    screen.flip().unwrap();

    assert_eq!(recorder.take_cleaned(), [(8, 7)]);
    assert_eq!(*recorder.rows.lock().unwrap(), [2]);
}
