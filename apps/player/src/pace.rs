//! When a picture is due, and how many were shown.

use std::time::{Duration, Instant};

/// How long it may take between two counts.
const COUNT_AFTER: Duration = Duration::from_secs(5);
/// What a film that is later than this does not catch up with.
const LATE_MAX: Duration = Duration::from_millis(200);
/// The display has 60 pictures in a second: the nearest is less than half of one away.
const EARLY_MAX: Duration = Duration::from_millis(8);

/// The pace of a film.
pub(crate) struct Pace {
    due: Instant,
    all: Count,
    last: Count,
}

/// Pictures since some time.
#[derive(Clone, Copy)]
struct Count {
    since: Instant,
    pictures: u32,
}

impl Count {
    fn tenths(self, now: Instant) -> u64 {
        let passed_us = (now - self.since).as_micros().max(1) as u64;
        (u64::from(self.pictures) * 10_000_000 + passed_us / 2) / passed_us
    }
}

impl Pace {
    /// The first picture is due at once.
    pub(crate) const fn start(now: Instant) -> Self {
        let none = Count { since: now, pictures: 0 };
        Self { due: now, all: none, last: none }
    }

    /// Whether it is time for the next picture.
    pub(crate) fn is_due(&self, now: Instant) -> bool {
        now + EARLY_MAX >= self.due
    }

    /// Counts a picture of a film that has `rate` of them in a thousand seconds. Every few seconds
    /// it gives how many tenths of one a second had since the last time.
    pub(crate) fn shown(&mut self, rate: u32, now: Instant) -> Option<u64> {
        let between = Duration::from_secs(1000) / rate;
        self.due = if now > self.due + LATE_MAX { now } else { self.due + between };
        self.all.pictures += 1;
        self.last.pictures += 1;
        // The time of a picture ends when the next is due.
        let end = now.max(self.due);
        if end - self.last.since < COUNT_AFTER {
            return None;
        }
        let tenths = self.last.tenths(end);
        self.last = Count { since: end, pictures: 0 };
        Some(tenths)
    }

    /// How many tenths of a picture a second had, from the first picture on.
    pub(crate) fn tenths_of_all(&self, now: Instant) -> u64 {
        self.all.tenths(now.max(self.due))
    }
}
