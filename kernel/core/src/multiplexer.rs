//! Many writers, one console: every line begins with the name of the app that wrote it.
//!
//! A line that is not finished yet is shown at once, since it may be a prompt. When another
//! app writes meanwhile, the line is broken off and the other's begins below it.

use crate::ring::Ring;

/// What stands between an app's name and its text.
const SEPARATOR: &[u8] = b" | ";

/// Remembers who wrote the line that the cursor stands in.
#[derive(Default)]
pub struct Multiplexer {
    /// The writer of an unfinished line; 0 where the cursor is at a line's beginning.
    unfinished_by: u32,
}

/// A writer: a number that tells it from the others, and the name for its lines.
#[derive(Clone, Copy)]
pub struct Writer<'a> {
    /// Any number but 0.
    pub id: u32,
    /// What its lines begin with; the kernel's own lines have no name.
    pub name: Option<&'a str>,
}

impl Multiplexer {
    /// At the beginning of a line.
    pub const fn new() -> Self {
        Self { unfinished_by: 0 }
    }

    /// Puts as much of `bytes` into `queue` as fits, with the writer's name before each line,
    /// and tells how many bytes of `bytes` that was.
    pub fn write<const N: usize>(
        &mut self,
        queue: &mut Ring<N>,
        writer: Writer<'_>,
        bytes: &[u8],
    ) -> usize {
        let mut taken = 0;
        while taken < bytes.len() {
            let rest = &bytes[taken..];
            let line = match rest.iter().position(|&byte| byte == b'\n') {
                Some(end) => &rest[..end],
                None => rest,
            };
            let ends = line.len() < rest.len();
            let count = self.write_part(queue, writer, line, ends);
            taken += count;
            if count < line.len() + usize::from(ends) {
                break;
            }
        }
        taken
    }

    /// Writes a piece of one line, and its end if `ends`; tells how many of those bytes fit.
    fn write_part<const N: usize>(
        &mut self,
        queue: &mut Ring<N>,
        writer: Writer<'_>,
        line: &[u8],
        ends: bool,
    ) -> usize {
        // The end of a line takes two bytes on the wire, and no line is left without room for it.
        let lead = self.lead_bytes(writer);
        let Some(room) = queue.room().checked_sub(lead + 2).filter(|&room| room > 0) else {
            return 0;
        };

        self.begin(queue, writer);
        let taken = queue.push(&line[..line.len().min(room)]);
        if taken < line.len() || !ends {
            return taken;
        }
        queue.push(b"\r\n");
        self.unfinished_by = 0;
        taken + 1
    }

    /// Bytes that [`Self::begin`] is going to write.
    fn lead_bytes(&self, writer: Writer<'_>) -> usize {
        if self.unfinished_by == writer.id {
            return 0;
        }
        let line_end = if self.unfinished_by == 0 { 0 } else { 2 };
        line_end + writer.name.map_or(0, |name| name.len() + SEPARATOR.len())
    }

    fn begin<const N: usize>(&mut self, queue: &mut Ring<N>, writer: Writer<'_>) {
        if self.unfinished_by == writer.id {
            return;
        }
        if self.unfinished_by != 0 {
            queue.push(b"\r\n");
        }
        if let Some(name) = writer.name {
            queue.push(name.as_bytes());
            queue.push(SEPARATOR);
        }
        self.unfinished_by = writer.id;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;

    const FIRST: Writer<'_> = Writer { id: 1, name: Some("first") };
    const HELLO: Writer<'_> = Writer { id: 2, name: Some("hello") };
    const KERNEL: Writer<'_> = Writer { id: u32::MAX, name: None };

    fn text<const N: usize>(queue: &mut Ring<N>) -> String {
        let mut buffer = [0; N];
        let count = queue.pop(&mut buffer);
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    }

    #[test]
    fn every_line_begins_with_its_writers_name() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"one\ntwo\n"), 8);

        assert_eq!(text(&mut queue), "first | one\r\nfirst | two\r\n");
    }

    #[test]
    fn a_line_in_pieces_has_its_name_once() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        multiplexer.write(&mut queue, FIRST, b"o");
        multiplexer.write(&mut queue, FIRST, b"ne");
        multiplexer.write(&mut queue, FIRST, b"\n");

        assert_eq!(text(&mut queue), "first | one\r\n");
    }

    #[test]
    fn another_writer_breaks_an_unfinished_line() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        multiplexer.write(&mut queue, FIRST, b"name? ");
        multiplexer.write(&mut queue, HELLO, b"hi\n");
        multiplexer.write(&mut queue, KERNEL, b"kernel: up\n");
        multiplexer.write(&mut queue, FIRST, b"on\n");

        assert_eq!(
            text(&mut queue),
            "first | name? \r\nhello | hi\r\nkernel: up\r\nfirst | on\r\n"
        );
    }

    #[test]
    fn a_full_queue_takes_what_fits_and_the_rest_follows_without_a_second_name() {
        let mut queue = Ring::<16>::new();
        let mut multiplexer = Multiplexer::new();

        let taken = multiplexer.write(&mut queue, FIRST, b"abcdefghij\n");
        assert_eq!(taken, 6);
        assert_eq!(text(&mut queue), "first | abcdef");

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"ghij\n"), 5);
        assert_eq!(text(&mut queue), "ghij\r\n");
    }

    #[test]
    fn where_not_even_the_name_fits_nothing_is_written() {
        let mut queue = Ring::<8>::new();
        let mut multiplexer = Multiplexer::new();

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"x\n"), 0);
        assert!(queue.is_empty());
    }

    #[test]
    fn an_empty_line_is_a_line() {
        let mut queue = Ring::<64>::new();
        let mut multiplexer = Multiplexer::new();

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"\n\n"), 2);

        assert_eq!(text(&mut queue), "first | \r\nfirst | \r\n");
    }
}
