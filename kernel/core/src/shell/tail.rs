//! The last of what an app wrote.

use super::screen::Screen;
use crate::ring::Ring;

/// How much is kept of one app.
pub const TAIL_BYTES: usize = 4 << 10;

/// Keeps the last [`TAIL_BYTES`], from the beginning of a line on.
#[derive(Default)]
pub struct Tail(Ring<TAIL_BYTES>);

impl Tail {
    /// Adds `bytes`, in whose favour the oldest lines are dropped.
    pub fn keep(&mut self, bytes: &[u8]) {
        let newest = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let over_bytes = newest.len().saturating_sub(self.0.room());
        self.0.discard(over_bytes);
        if over_bytes > 0 {
            while self.0.pop_byte().is_some_and(|byte| byte != b'\n') {}
        }
        self.0.push(newest);
    }

    /// Shows what is kept.
    pub fn show(&self, screen: &mut Screen) {
        for slice in self.0.slices() {
            screen.put(slice);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn lines(tail: &Tail) -> Vec<u8> {
        let mut screen = Screen::default();
        tail.show(&mut screen);
        screen.bytes().to_vec()
    }

    #[test]
    fn what_fits_is_kept_whole() {
        let mut tail = Tail::default();

        tail.keep(b"one\ntw");
        tail.keep(b"o\n");

        assert_eq!(lines(&tail), b"one\ntwo\n");
    }

    #[test]
    fn the_oldest_lines_go_first_and_none_is_shown_in_part() {
        let mut tail = Tail::default();

        for number in 0..1000 {
            tail.keep(alloc::format!("line {number}\n").as_bytes());
        }

        let lines = lines(&tail);
        assert!(lines.starts_with(b"line ") && lines.ends_with(b"line 999\n"));
        assert!(lines.len() <= TAIL_BYTES && lines.len() > TAIL_BYTES - 10, "{}", lines.len());
    }

    #[test]
    fn of_a_piece_that_is_too_large_the_end_is_kept() {
        let mut tail = Tail::default();

        tail.keep(b"before\n");
        tail.keep(&[&[b'x'; 2 * TAIL_BYTES][..], b"\nend\n"].concat());

        let lines = lines(&tail);
        assert!(lines.len() == TAIL_BYTES && lines.ends_with(b"xx\nend\n"));
    }
}
