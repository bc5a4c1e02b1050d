//! A queue with room for so many and no more.

/// First in, first out.
pub(crate) struct Ring<T, const ROOM: usize> {
    places: [Option<T>; ROOM],
    first: usize,
    count: usize,
}

impl<T, const ROOM: usize> Ring<T, ROOM> {
    pub(crate) const fn new() -> Self {
        Self { places: [const { None }; ROOM], first: 0, count: 0 }
    }

    /// Puts `value` at the end; if there is no room for it, it is dropped.
    pub(crate) fn push(&mut self, value: T) {
        if self.count < ROOM {
            self.places[(self.first + self.count) % ROOM] = Some(value);
            self.count += 1;
        }
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let value = self.places[self.first].take()?;
        self.first = (self.first + 1) % ROOM;
        self.count -= 1;
        Some(value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_goes_first_and_what_finds_no_room_is_dropped() {
        let mut ring = Ring::<u8, 2>::new();

        [1, 2, 3].into_iter().for_each(|value| ring.push(value));
        assert_eq!((ring.pop(), ring.is_empty()), (Some(1), false));
        ring.push(4);

        assert_eq!([ring.pop(), ring.pop(), ring.pop()], [Some(2), Some(4), None]);
        assert!(ring.is_empty());
    }
}
