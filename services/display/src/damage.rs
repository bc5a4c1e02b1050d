//! What has changed since the screen was drawn: a few rectangles, never more than [`DAMAGE_MAX`].

use crate::area::Area;

/// How many rectangles are kept; one more makes the two that fit best one.
pub const DAMAGE_MAX: usize = 8;

/// The rectangles that have to be drawn.
#[derive(Clone, Copy, Default)]
pub struct Damage {
    areas: [Area; DAMAGE_MAX],
    count: usize,
}

impl Damage {
    /// Adds `area`. Whatever was added is in one of the rectangles; two are made one where that
    /// has not more pixels than both.
    pub fn add(&mut self, area: &Area) {
        let mut area = *area;
        while let Some(index) = self.partner_of(&area) {
            area = area.hull(&self.areas[index]);
            self.count -= 1;
            self.areas[index] = self.areas[self.count];
        }
        if !area.is_empty() {
            self.areas[self.count] = area;
            self.count += 1;
        }
    }

    /// Which one `area` is to be made one with.
    fn partner_of(&self, area: &Area) -> Option<usize> {
        let wasted = |index: &usize| {
            let other = &self.areas[*index];
            area.hull(other).pixels().saturating_sub(area.pixels().saturating_add(other.pixels()))
        };
        let best = (0..self.count).min_by_key(wasted)?;
        (wasted(&best) == 0 || self.count == DAMAGE_MAX).then_some(best)
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// All of them; there are none afterwards.
    pub fn take(&mut self) -> impl Iterator<Item = Area> + use<> {
        let taken = core::mem::take(self);
        taken.areas.into_iter().take(taken.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn taken(areas: &[Area]) -> Vec<Area> {
        let mut damage = Damage::default();
        areas.iter().for_each(|area| damage.add(area));
        damage.take().collect()
    }

    #[test]
    fn a_small_step_is_one_rectangle_and_two_corners_are_two() {
        let old = Area::new(10, 10, 300, 200);
        assert_eq!(taken(&[old, old.moved(4, 3)]), [Area::new(10, 10, 304, 203)]);

        let corners = [Area::new(0, 0, 9, 9), Area::new(600, 400, 9, 9)];
        assert_eq!(taken(&corners), corners);
    }

    #[test]
    fn nothing_is_no_damage_and_what_was_taken_is_gone() {
        assert_eq!(taken(&[Area::default(), Area::new(5, 5, 0, 9)]), []);

        let mut damage = Damage::default();
        damage.add(&Area::new(0, 0, 1, 1));
        assert_eq!(damage.take().count(), 1);
        assert_eq!(damage.take().count(), 0);
    }

    #[test]
    fn a_thousand_rectangles_are_a_few_that_hold_all_of_them() {
        let places = (0..1000).map(|index| Area::new(index * 37 % 640, index * 61 % 480, 2, 2));
        let places = Vec::from_iter(places);

        let kept = taken(&places);

        assert!(kept.len() <= DAMAGE_MAX);
        for place in places {
            assert!(kept.iter().any(|area| area.intersection(&place) == place), "{place:?}");
        }
    }
}
