//! A cable with faults, one way.

use crate::Random;
use std::collections::BTreeMap;

/// How much later a frame comes that is overtaken by others.
const DETOUR_US: u64 = 2_000;

/// What happens to frames, each in a thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// Lost.
    pub lost: u32,
    /// Delivered twice.
    pub repeated: u32,
    /// Overtaken by those that follow.
    pub late: u32,
    /// Delivered with a wrong bit.
    pub spoiled: u32,
}

impl Faults {
    /// `permille` of each.
    #[must_use]
    pub fn all(permille: u32) -> Self {
        Self { lost: permille, repeated: permille, late: permille, spoiled: permille }
    }
}

/// Frames under way.
pub struct Cable {
    /// What happens to them.
    pub faults: Faults,
    /// Whether it is plugged in; if not, whatever is sent is lost.
    pub is_connected: bool,
    /// How long a frame is under way.
    pub delay_us: u64,
    random: Random,
    under_way: BTreeMap<(u64, u64), Vec<u8>>,
    sent: u64,
}

impl Cable {
    /// A good one, through which a frame takes `delay_us`.
    #[must_use]
    pub fn new(delay_us: u64, seed: u64) -> Self {
        Self {
            faults: Faults::default(),
            is_connected: true,
            delay_us,
            random: Random::new(seed),
            under_way: BTreeMap::new(),
            sent: 0,
        }
    }

    /// Puts `frame` in at `now_us`.
    pub fn send(&mut self, frame: &[u8], now_us: u64) {
        if !self.is_connected || self.random.happens(self.faults.lost) {
            return;
        }
        let copies = if self.random.happens(self.faults.repeated) { 2 } else { 1 };
        for _ in 0..copies {
            let mut frame = frame.to_vec();
            if self.random.happens(self.faults.spoiled) {
                self.spoil(&mut frame);
            }
            let detour_us = if self.random.happens(self.faults.late) { DETOUR_US } else { 0 };
            self.sent += 1;
            self.under_way.insert((now_us + self.delay_us + detour_us, self.sent), frame);
        }
    }

    /// Turns one bit over, after the addresses: a real adapter checks whole frames and drops
    /// almost all of these, so that only what the checksums of IP and TCP cover is fair.
    fn spoil(&mut self, frame: &mut [u8]) {
        const HEADER_BYTES: u64 = 14;
        let length = frame.len() as u64;
        if length > HEADER_BYTES {
            let at = HEADER_BYTES + self.random.below(length - HEADER_BYTES);
            frame[at as usize] ^= 1 << self.random.below(8);
        }
    }

    /// When the next frame comes out.
    #[must_use]
    pub fn due_us(&self) -> Option<u64> {
        self.under_way.keys().next().map(|(at_us, _)| *at_us)
    }

    /// The next frame, if it is out at `now_us`.
    pub fn receive(&mut self, now_us: u64) -> Option<Vec<u8>> {
        let first = self.under_way.first_entry()?;
        (first.key().0 <= now_us).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(faults: Faults) -> Vec<Vec<u8>> {
        let mut cable = Cable::new(100, 1);
        cable.faults = faults;
        (0..1000_u64).for_each(|number| cable.send(&[number as u8; 64], number));
        std::iter::from_fn(|| cable.receive(u64::MAX)).collect()
    }

    #[test]
    fn a_good_cable_delivers_everything_in_order_and_not_before_its_time() {
        let frames = received(Faults::default());
        assert_eq!(frames.len(), 1000);
        assert!(frames.iter().enumerate().all(|(at, frame)| *frame == [at as u8; 64]));

        let mut cable = Cable::new(100, 1);
        cable.send(&[0], 5);
        assert_eq!((cable.due_us(), cable.receive(104)), (Some(105), None));
        assert_eq!(cable.receive(105), Some(vec![0]));
    }

    #[test]
    fn a_bad_cable_does_what_it_was_told() {
        let lost = received(Faults { lost: 100, ..Faults::default() });
        assert!((850..950).contains(&lost.len()));
        let repeated = received(Faults { repeated: 100, ..Faults::default() });
        assert!((1050..1150).contains(&repeated.len()));
        let spoiled = received(Faults { spoiled: 100, ..Faults::default() });
        let bad = spoiled.iter().filter(|frame| frame.iter().any(|byte| *byte != frame[0]));
        assert!((50..150).contains(&bad.count()));
    }
}
