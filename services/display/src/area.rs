//! Rectangles of pixels, by their edges.

use core::ops::Range;

use embedded_graphics_core::geometry::Point;
use embedded_graphics_core::primitives::Rectangle;

/// The pixels from `left` to before `right`, from `top` to before `bottom`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// The first column.
    pub left: i32,
    /// The first row.
    pub top: i32,
    /// The column after the last.
    pub right: i32,
    /// The row after the last.
    pub bottom: i32,
}

impl Area {
    /// So many columns and rows from `left` and `top` on, or as many as have a number.
    #[must_use]
    pub const fn new(left: i32, top: i32, width: u32, height: u32) -> Self {
        let (right, bottom) =
            (left.saturating_add_unsigned(width), top.saturating_add_unsigned(height));
        Self { left, top, right, bottom }
    }

    /// Whether it has no pixels.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    /// How many columns it has.
    #[must_use]
    pub const fn width(&self) -> u32 {
        if self.is_empty() { 0 } else { self.right.abs_diff(self.left) }
    }

    /// How many rows it has.
    #[must_use]
    pub const fn height(&self) -> u32 {
        if self.is_empty() { 0 } else { self.bottom.abs_diff(self.top) }
    }

    /// How many pixels it has.
    #[must_use]
    pub const fn pixels(&self) -> u64 {
        self.width() as u64 * self.height() as u64
    }

    /// Its rows.
    #[must_use]
    pub const fn rows(&self) -> Range<i32> {
        self.top..self.bottom
    }

    /// Whether `point` is one of its pixels.
    #[must_use]
    pub fn contains(&self, point: Point) -> bool {
        (self.left..self.right).contains(&point.x) && (self.top..self.bottom).contains(&point.y)
    }

    /// The pixels that are in both; it may be empty.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The smallest one that holds both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return if self.is_empty() { *other } else { *self };
        }
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// What is left of it without `other`: above, below, on the left, on the right, each of
    /// which may be empty. No pixel is in two of them.
    #[must_use]
    pub fn without(&self, other: &Self) -> [Self; 4] {
        let hole = self.intersection(other);
        if hole.is_empty() {
            return [*self, Self::default(), Self::default(), Self::default()];
        }
        let beside = Self { top: hole.top, bottom: hole.bottom, ..*self };
        [
            Self { bottom: hole.top, ..*self },
            Self { top: hole.bottom, ..*self },
            Self { right: hole.left, ..beside },
            Self { left: hole.right, ..beside },
        ]
    }

    /// The same, so far to the right and down.
    #[must_use]
    pub const fn moved(&self, right: i32, down: i32) -> Self {
        Self {
            left: self.left.saturating_add(right),
            top: self.top.saturating_add(down),
            right: self.right.saturating_add(right),
            bottom: self.bottom.saturating_add(down),
        }
    }

    /// The same without so many pixels on each side; it may be empty.
    #[must_use]
    pub const fn inset(&self, by: i32) -> Self {
        Self {
            left: self.left.saturating_add(by),
            top: self.top.saturating_add(by),
            right: self.right.saturating_sub(by),
            bottom: self.bottom.saturating_sub(by),
        }
    }
}

impl From<&Rectangle> for Area {
    fn from(rectangle: &Rectangle) -> Self {
        let (corner, size) = (rectangle.top_left, rectangle.size);
        Self::new(corner.x, corner.y, size.width, size.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_at_the_end_of_all_numbers_has_as_many_pixels_as_have_numbers() {
        let area = Area::new(i32::MAX - 2, 0, u32::MAX, 3);

        assert_eq!((area.right, area.width()), (i32::MAX, 2));
        assert_eq!(Area::new(i32::MIN, i32::MIN, u32::MAX, u32::MAX).width(), u32::MAX);
    }

    #[test]
    fn what_is_left_beside_a_hole_covers_the_rest_once() {
        let (area, hole) = (Area::new(0, 0, 10, 10), Area::new(3, 4, 5, 20));
        let pieces = area.without(&hole);

        for (x, y) in (0..100).map(|index| (index % 10, index / 10)) {
            let count = pieces.iter().filter(|piece| piece.contains(Point::new(x, y))).count();
            assert_eq!(count, usize::from(!hole.contains(Point::new(x, y))), "at {x}, {y}");
        }
    }

    #[test]
    fn a_hole_elsewhere_leaves_everything() {
        let area = Area::new(0, 0, 10, 10);
        assert_eq!(area.without(&Area::new(10, 0, 5, 5))[0], area);
    }

    #[test]
    fn the_hull_with_nothing_is_the_other() {
        let area = Area::new(5, 5, 2, 2);
        assert_eq!(area.hull(&Area::default()), area);
        assert_eq!(Area::default().hull(&area), area);
        assert_eq!(area.hull(&Area::new(0, 6, 1, 4)), Area::new(0, 5, 7, 5));
    }

    #[test]
    fn an_area_that_is_moved_far_ends_where_the_numbers_do() {
        assert!(Area::new(0, 0, 4, 4).moved(i32::MAX, 0).is_empty());
        assert!(Area::new(0, 0, 4, 4).inset(i32::MAX).is_empty());
    }
}
