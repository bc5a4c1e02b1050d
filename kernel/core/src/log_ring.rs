//! The kernel's log: the newest text, and how much of it a reader has missed.
//!
//! The log never waits. Where it is read more slowly than written, the oldest text is
//! overwritten and the reader learns how many lines it lost.

/// Keeps the last `N` bytes of the log.
pub struct LogRing<const N: usize> {
    bytes: [u8; N],
    /// Bytes ever written; position `p` of the log is at `bytes[p % N]`.
    written: u64,
}

/// One reader's place in the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    position: u64,
    lost_lines: u32,
}

impl Cursor {
    /// At the beginning of a log that is empty.
    pub const NEW: Self = Self { position: 0, lost_lines: 0 };

    /// Lines that were overwritten before this reader saw them, since it last said so.
    pub fn lost_lines(&self) -> u32 {
        self.lost_lines
    }

    /// Notes that the reader has said how many lines it lost.
    pub fn lost_lines_are_told(&mut self) {
        self.lost_lines = 0;
    }
}

impl<const N: usize> LogRing<N> {
    /// An empty log.
    pub const fn new() -> Self {
        Self { bytes: [0; N], written: 0 }
    }

    /// Appends `text`. `reader` is moved past lines that this overwrites, and counts them.
    pub fn write(&mut self, text: &[u8], reader: &mut Cursor) {
        for &byte in text {
            if self.written - reader.position == N as u64 {
                self.skip_line(reader);
            }
            self.bytes[self.slot(self.written)] = byte;
            self.written += 1;
        }
    }

    /// Moves a reader that [`Self::write`] does not know to the oldest line that is there still, if
    /// it missed some.
    pub fn catch_up(&self, reader: &mut Cursor) {
        if self.written - reader.position > N as u64 {
            reader.position = self.written - N as u64;
            self.skip_line(reader);
        }
    }

    /// Bytes that `reader` has not seen yet, as far as they lie in one piece.
    pub fn unread(&self, reader: &Cursor) -> &[u8] {
        let start = self.slot(reader.position);
        let waiting = (self.written - reader.position) as usize;
        &self.bytes[start..(start + waiting).min(N)]
    }

    /// Notes that `reader` has seen `count` more bytes.
    pub fn advance(&self, reader: &mut Cursor, count: usize) {
        reader.position = (reader.position + count as u64).min(self.written);
    }

    fn slot(&self, position: u64) -> usize {
        (position % N as u64) as usize
    }

    fn skip_line(&self, reader: &mut Cursor) {
        reader.lost_lines += 1;
        while reader.position < self.written {
            let byte = self.bytes[self.slot(reader.position)];
            reader.position += 1;
            if byte == b'\n' {
                return;
            }
        }
    }
}

impl<const N: usize> Default for LogRing<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_second_reader_goes_on_with_the_oldest_whole_line() {
        let (mut log, mut first, mut second) = (LogRing::<8>::new(), Cursor::NEW, Cursor::NEW);
        log.write(b"ab\ncd\n", &mut first);
        log.catch_up(&mut second);
        assert_eq!(log.unread(&second), b"ab\ncd\n");

        log.write(b"ef\ngh\n", &mut first);
        log.catch_up(&mut second);
        let mut rest = Vec::from(log.unread(&second));
        log.advance(&mut second, rest.len());
        rest.extend(log.unread(&second));
        assert_eq!(rest, b"ef\ngh\n");
    }

    fn read_all<const N: usize>(log: &LogRing<N>, reader: &mut Cursor) -> Vec<u8> {
        let mut all = Vec::new();
        while !log.unread(reader).is_empty() {
            let run = log.unread(reader);
            all.extend_from_slice(run);
            log.advance(reader, run.len());
        }
        all
    }

    #[test]
    fn a_reader_gets_each_line_once() {
        let mut log = LogRing::<32>::new();
        let mut reader = Cursor::default();

        log.write(b"one\n", &mut reader);
        assert_eq!(read_all(&log, &mut reader), b"one\n");
        log.write(b"two\n", &mut reader);
        assert_eq!(read_all(&log, &mut reader), b"two\n");
        assert_eq!(reader.lost_lines(), 0);
    }

    #[test]
    fn a_slow_reader_loses_whole_old_lines_and_learns_how_many() {
        let mut log = LogRing::<16>::new();
        let mut reader = Cursor::default();

        for line in [b"aaaa\n", b"bbbb\n", b"cccc\n", b"dddd\n", b"eeee\n"] {
            log.write(line, &mut reader);
        }

        assert_eq!(reader.lost_lines(), 2);
        reader.lost_lines_are_told();
        assert_eq!(reader.lost_lines(), 0);
        assert_eq!(read_all(&log, &mut reader), b"cccc\ndddd\neeee\n");
    }

    #[test]
    fn a_line_longer_than_the_log_does_no_harm() {
        let mut log = LogRing::<8>::new();
        let mut reader = Cursor::default();

        log.write(b"0123456789abcdef\n", &mut reader);

        assert!(reader.lost_lines() > 0);
        assert!(read_all(&log, &mut reader).ends_with(b"\n"));
    }
}
