//! Many writers, one console: every line begins with the name of the app that wrote it.
//!
//! A line that is not finished yet is shown at once, since it may be a prompt. When another
//! app writes meanwhile, the line is broken off and the other's begins below it.

use crate::ring::Ring;

/// What stands between an app's name and its text.
const SEPARATOR: &[u8] = b" | ";

/// Bytes after which the cursor is at the beginning of a line.
const ENDS: [u8; 2] = *b"\n\r";

/// The part of a queue that apps leave for the kernel's lines.
const KERNEL_SHARE: usize = 32;

/// The part of a queue that a line may have and still be begun only where it fits whole.
const LINE_SHARE: usize = 64;

/// The shell as a writer. Its unfinished line goes away when another writes, since it draws the line
/// again below.
pub const SHELL: Writer<'static> = Writer { id: u32::MAX - 1, name: None };

/// Back to the line's beginning, and what stands there cleared.
const ERASE: &[u8] = b"\r\x1b[K";

/// Remembers who wrote the line that the cursor stands in.
#[derive(Default)]
pub struct Multiplexer {
    /// The writer of an unfinished line; 0 where the cursor is at a line's beginning.
    unfinished_by: u32,
    /// That writer went back to the line's beginning, to write over it.
    returned: bool,
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
        Self { unfinished_by: 0, returned: false }
    }

    /// Whether the cursor is at a line's beginning.
    pub fn is_at_beginning(&self) -> bool {
        self.unfinished_by == 0
    }

    /// Whether the cursor is in an unfinished line of `writer`.
    pub fn is_in_line_of(&self, writer: Writer<'_>) -> bool {
        self.unfinished_by == writer.id
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
            let length = rest.iter().position(|byte| ENDS.contains(byte)).unwrap_or(rest.len());
            let (line, end) = (&rest[..length], rest.get(length).copied());
            let count = self.write_part(queue, writer, line, end);
            taken += count;
            if count < length + usize::from(end.is_some()) {
                break;
            }
        }
        taken
    }

    /// Writes a piece of one line, and the byte that ends it, if there is one; tells how many
    /// of those bytes fit.
    fn write_part<const N: usize>(
        &mut self,
        queue: &mut Ring<N>,
        writer: Writer<'_>,
        line: &[u8],
        end: Option<u8>,
    ) -> usize {
        // The end of a line takes two bytes on the wire, and no line is left without room for it.
        let lead = self.lead_bytes(writer);
        let kept = if writer.name.is_some() { N / KERNEL_SHARE } else { 0 };
        let Some(room) = queue.room().checked_sub(lead + 2 + kept).filter(|&room| room > 0) else {
            return 0;
        };
        // A line is begun where it fits, or it would be torn by the lines of others.
        if self.unfinished_by != writer.id && room < line.len().min(N / LINE_SHARE) {
            return 0;
        }

        self.begin(queue, writer);
        let taken = queue.push(&line[..line.len().min(room)]);
        match end {
            Some(end) if taken == line.len() => self.end(queue, end),
            _ => return taken,
        }
        taken + 1
    }

    /// Bytes that [`Self::begin`] is going to write.
    fn lead_bytes(&self, writer: Writer<'_>) -> usize {
        if self.goes_on(writer) {
            return 0;
        }
        self.line_end(writer).len() + writer.name.map_or(0, |name| name.len() + SEPARATOR.len())
    }

    fn begin<const N: usize>(&mut self, queue: &mut Ring<N>, writer: Writer<'_>) {
        if self.goes_on(writer) {
            return;
        }
        queue.push(self.line_end(writer));
        if let Some(name) = writer.name {
            queue.push(name.as_bytes());
            queue.push(SEPARATOR);
        }
        self.unfinished_by = writer.id;
        self.returned = false;
    }

    /// What ends the unfinished line of another writer.
    fn line_end(&self, writer: Writer<'_>) -> &'static [u8] {
        match self.unfinished_by {
            0 => b"",
            id if id == writer.id => b"",
            id if id == SHELL.id => ERASE,
            _ => b"\r\n",
        }
    }

    fn goes_on(&self, writer: Writer<'_>) -> bool {
        self.unfinished_by == writer.id && !self.returned
    }

    fn end<const N: usize>(&mut self, queue: &mut Ring<N>, end: u8) {
        if end == b'\n' {
            queue.push(b"\r\n");
            self.unfinished_by = 0;
        } else {
            // What is written over begins with the name again.
            queue.push(b"\r");
            self.returned = true;
        }
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
    fn a_line_is_not_torn_for_want_of_room() {
        let mut queue = Ring::<4096>::new();
        let mut multiplexer = Multiplexer::new();
        let filler = [b'x'; 4096];
        let filled = multiplexer.write(&mut queue, FIRST, &filler);
        queue.discard(40);

        assert_eq!(multiplexer.write(&mut queue, HELLO, &[b'y'; 50]), 0);
        assert!(filled > 0 && multiplexer.write(&mut queue, FIRST, b"x") > 0);
    }

    #[test]
    fn apps_leave_room_for_the_kernels_lines() {
        let mut queue = Ring::<4096>::new();
        let mut multiplexer = Multiplexer::new();
        while multiplexer.write(&mut queue, FIRST, b"a line of an app\n") > 0 {}

        assert_eq!(multiplexer.write(&mut queue, KERNEL, b"kernel: is heard\n"), 17);
    }

    #[test]
    fn a_carriage_return_does_not_hide_who_writes() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"10 %\r20 %\n"), 10);

        assert_eq!(text(&mut queue), "first | 10 %\rfirst | 20 %\r\n");
    }

    #[test]
    fn a_line_that_ends_as_on_windows_ends_once() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        multiplexer.write(&mut queue, FIRST, b"one\r\ntwo\r\n");

        assert_eq!(text(&mut queue).matches("\n").count(), 2);
    }

    #[test]
    fn the_shells_unfinished_line_gives_way_to_the_lines_of_others() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        multiplexer.write(&mut queue, SHELL, b"\r\x1b[Kbramble> ki");
        assert!(multiplexer.is_in_line_of(SHELL));
        multiplexer.write(&mut queue, FIRST, b"tick\n");
        assert!(multiplexer.is_at_beginning());
        multiplexer.write(&mut queue, SHELL, b"\r\x1b[Kbramble> ki");

        assert_eq!(
            text(&mut queue),
            "\r\x1b[Kbramble> ki\r\x1b[Kfirst | tick\r\n\r\x1b[Kbramble> ki"
        );
    }

    #[test]
    fn the_shell_breaks_the_unfinished_line_of_an_app_off() {
        let mut queue = Ring::<128>::new();
        let mut multiplexer = Multiplexer::new();

        multiplexer.write(&mut queue, FIRST, b"name? ");
        multiplexer.write(&mut queue, SHELL, b"\r\x1b[Kbramble> ");

        assert_eq!(text(&mut queue), "first | name? \r\n\r\x1b[Kbramble> ");
    }

    #[test]
    fn an_empty_line_is_a_line() {
        let mut queue = Ring::<64>::new();
        let mut multiplexer = Multiplexer::new();

        assert_eq!(multiplexer.write(&mut queue, FIRST, b"\n\n"), 2);

        assert_eq!(text(&mut queue), "first | \r\nfirst | \r\n");
    }
}
