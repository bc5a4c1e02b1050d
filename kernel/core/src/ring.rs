//! A first-in first-out queue of bytes with a fixed capacity.

/// Holds up to `N` bytes.
pub struct Ring<const N: usize> {
    bytes: [u8; N],
    first: usize,
    length: usize,
}

impl<const N: usize> Ring<N> {
    /// An empty queue.
    pub const fn new() -> Self {
        Self { bytes: [0; N], first: 0, length: 0 }
    }

    /// How many bytes wait.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether no byte waits.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many more bytes fit.
    pub const fn room(&self) -> usize {
        N - self.length
    }

    /// Takes as many bytes from the front of `bytes` as fit, and tells how many.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let taken = bytes.len().min(self.room());
        let start = (self.first + self.length) % N;
        let before_wrap = taken.min(N - start);
        self.bytes[start..start + before_wrap].copy_from_slice(&bytes[..before_wrap]);
        self.bytes[..taken - before_wrap].copy_from_slice(&bytes[before_wrap..taken]);
        self.length += taken;
        taken
    }

    /// The longest run of waiting bytes that lies in one piece; empty only if the queue is.
    pub fn front(&self) -> &[u8] {
        let end = (self.first + self.length).min(N);
        &self.bytes[self.first..end]
    }

    /// All that wait, in order.
    pub fn slices(&self) -> [&[u8]; 2] {
        let front = self.front();
        [front, &self.bytes[..self.length - front.len()]]
    }

    /// Takes the first byte.
    pub fn pop_byte(&mut self) -> Option<u8> {
        let byte = self.front().first().copied();
        self.discard(1);
        byte
    }

    /// Drops the first `count` bytes, or all if there are fewer.
    pub fn discard(&mut self, count: usize) {
        let count = count.min(self.length);
        self.first = (self.first + count) % N;
        self.length -= count;
    }

    /// Moves bytes to the front of `buffer` and tells how many.
    pub fn pop(&mut self, buffer: &mut [u8]) -> usize {
        let mut moved = 0;
        while moved < buffer.len() && !self.is_empty() {
            let run = self.front();
            let count = run.len().min(buffer.len() - moved);
            buffer[moved..moved + count].copy_from_slice(&run[..count]);
            self.discard(count);
            moved += count;
        }
        moved
    }
}

impl<const N: usize> Default for Ring<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        let mut ring = Ring::<8>::new();
        let mut buffer = [0; 8];

        assert_eq!(ring.push(b"abc"), 3);
        assert_eq!(ring.pop(&mut buffer), 3);

        assert_eq!(&buffer[..3], b"abc");
    }

    #[test]
    fn a_full_ring_takes_what_fits() {
        let mut ring = Ring::<4>::new();

        assert_eq!(ring.push(b"abcdef"), 4);
        assert_eq!(ring.push(b"x"), 0);
        assert_eq!(ring.room(), 0);
    }

    #[test]
    fn order_survives_the_wrap() {
        let mut ring = Ring::<4>::new();
        ring.push(b"abc");
        ring.discard(2);
        ring.push(b"def");
        let mut buffer = [0; 8];

        assert_eq!(ring.front(), b"cd");
        assert_eq!(ring.slices(), [&b"cd"[..], b"ef"]);
        assert_eq!(ring.pop_byte(), Some(b'c'));
        assert_eq!(ring.pop(&mut buffer), 3);
        assert_eq!(&buffer[..3], b"def");
        assert!(ring.is_empty());
    }
}
