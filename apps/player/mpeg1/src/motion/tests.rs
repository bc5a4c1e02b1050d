use super::*;

/// A picture of 48 × 32 pixels, no two neighbors of which are the same.
fn picture() -> Frame {
    let mut frame = Frame::new(48, 32);
    for plane in [&mut frame.luma, &mut frame.blue, &mut frame.red] {
        for (at, sample) in plane.samples.iter_mut().enumerate() {
            *sample = (at * at + at * 7) as u8;
        }
    }
    frame
}

/// The mean of the samples between which `x` and `y` are, in halves, as the standard defines it.
fn sample(plane: &Plane, x: usize, y: usize) -> u8 {
    let at = |x: usize, y: usize| usize::from(plane.samples[y * plane.columns + x]);
    let (left, top, right, below) = (x / 2, y / 2, x.div_ceil(2), y.div_ceil(2));
    let sum = at(left, top) + at(right, top) + at(left, below) + at(right, below);
    ((sum + 2) / 4) as u8
}

/// Whether the square of `plane` that begins at `x` and `y` is that of `source` at `vector` from
/// there, under `expected`.
fn is_as(
    plane: &Plane,
    source: &Plane,
    (left, top, side): (usize, usize, usize),
    vector: (i32, i32),
    expected: impl Fn(u8) -> u8,
) -> bool {
    (0..side * side).map(|at| (left + at % side, top + at / side)).all(|(x, y)| {
        let from_x = (2 * x as i32 + vector.0) as usize;
        let from_y = (2 * y as i32 + vector.1) as usize;
        plane.samples[y * plane.columns + x] == expected(sample(source, from_x, from_y))
    })
}

#[test]
fn all_four_ways_to_end_between_pixels_are_as_the_standard_says() {
    let source = picture();
    for (x, y) in [(0, 0), (-8, -12), (-7, -12), (-8, -11), (-7, -11), (31, 0), (-32, -32)] {
        let mut target = Frame::new(48, 32);
        predict(&mut target, &source, (1, 1), Vector { x, y }, Use::Copy);

        assert!(is_as(&target.luma, &source.luma, (16, 16, 16), (x, y), |new| new), "{x}, {y}");
        assert!(is_as(&target.red, &source.red, (8, 8, 8), (x / 2, y / 2), |new| new), "{x}, {y}");
    }
}

#[test]
fn a_second_picture_is_mixed_with_the_first() {
    let source = picture();
    let mut target = Frame::new(48, 32);
    target.luma.samples.fill(101);

    predict(&mut target, &source, (0, 0), Vector { x: 3, y: 5 }, Use::Mix);

    let mean = |new: u8| u8::midpoint(new, 101) + (new ^ 101) % 2;
    assert!(is_as(&target.luma, &source.luma, (0, 0, 16), (3, 5), mean));
}

#[test]
fn a_vector_out_of_the_picture_ends_at_its_edge() {
    let source = picture();
    for (x, y) in [(i32::MIN, i32::MIN), (-1, -1), (-2000, -3)] {
        let mut target = Frame::new(48, 32);
        predict(&mut target, &source, (0, 0), Vector { x, y }, Use::Copy);
        assert!(is_as(&target.luma, &source.luma, (0, 0, 16), (0, 0), |new| new), "{x}, {y}");
    }
    for (x, y) in [(i32::MAX, i32::MAX), (1, 1)] {
        let mut target = Frame::new(48, 32);
        predict(&mut target, &source, (2, 1), Vector { x, y }, Use::Copy);
        assert!(is_as(&target.luma, &source.luma, (32, 16, 16), (0, 0), |new| new), "{x}, {y}");
    }
}
