//! Line editing for standard input on the console, as a terminal in canonical mode does it.
//!
//! Backspace and Delete take a character back, Ctrl-U the line, Ctrl-W a word, Ctrl-C drops
//! the line. Carriage return ends a line; Ctrl-D hands over what is typed of it, and where that
//! is nothing it is the end of the input. Keys that send an escape sequence do nothing.

use crate::escape::{Escape, Typed};
use crate::ring::Ring;
use alloc::vec::Vec;

/// Longest line in bytes; more keys ring the bell until the line ends.
pub const LINE_BYTES_MAX: usize = 1024;

/// Bytes of finished lines that may wait for a reader.
const READY_BYTES_MAX: usize = 4096;

const CONTROL_D: u8 = 0x04;

/// The line that is being typed, and those that are ready to be read.
#[derive(Default)]
pub struct LineEditor {
    line: Vec<u8>,
    /// Pieces that end with a newline or with [`CONTROL_D`], which no line holds; a piece of
    /// [`CONTROL_D`] alone is the end of the input.
    ready: Ring<READY_BYTES_MAX>,
    escape: Escape,
}

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// This many bytes were read.
    Bytes(usize),
    /// Nothing is ready.
    Empty,
    /// The end of the input.
    End,
}

impl LineEditor {
    /// Handles one typed byte and appends to `echo` what the terminal is to show.
    pub fn key(&mut self, byte: u8, echo: &mut Vec<u8>) {
        let Typed::Key(byte) = self.escape.next(byte) else { return };
        match byte {
            b'\r' | b'\n' => self.finish(b'\n', echo),
            CONTROL_D => self.finish(CONTROL_D, echo),
            0x08 | 0x7f => self.erase(echo, 1),
            0x03 => {
                self.line.clear();
                echo.extend_from_slice(b"^C\n");
            }
            0x15 => self.erase(echo, self.line.len()),
            0x17 => self.erase(echo, self.last_word_bytes()),
            b'\t' | 0x20.. => self.insert(byte, echo),
            _ => {}
        }
    }

    /// What is typed of the line that is not finished.
    pub fn line(&self) -> &[u8] {
        &self.line
    }

    /// Moves bytes that are ready to the front of `buffer`, from one line at the most.
    pub fn read(&mut self, buffer: &mut [u8]) -> Input {
        let input = self.peek();
        if input == Input::End {
            self.ready.discard(1);
        }
        let Input::Bytes(_) = input else { return input };

        let mut count = 0;
        while count < buffer.len() && self.next_ready().is_some_and(|byte| byte != CONTROL_D) {
            self.ready.pop(&mut buffer[count..count + 1]);
            count += 1;
            if buffer[count - 1] == b'\n' {
                return Input::Bytes(count);
            }
        }
        // What was handed over is now read as a whole: its mark is not the end of the input.
        if count > 0 && self.next_ready() == Some(CONTROL_D) {
            self.ready.discard(1);
        }
        Input::Bytes(count)
    }

    /// What a read would find; nothing is taken. Of a line it may be the first bytes only.
    pub fn peek(&self) -> Input {
        let run = self.ready.front();
        match run.iter().position(|byte| matches!(*byte, b'\n' | CONTROL_D)) {
            _ if run.is_empty() => Input::Empty,
            Some(0) if run[0] == CONTROL_D => Input::End,
            Some(end) if run[end] == b'\n' => Input::Bytes(end + 1),
            end => Input::Bytes(end.unwrap_or(run.len())),
        }
    }

    fn next_ready(&self) -> Option<u8> {
        self.ready.front().first().copied()
    }

    /// Makes the line ready to be read, ended by `end`.
    fn finish(&mut self, end: u8, echo: &mut Vec<u8>) {
        if self.ready.room() <= self.line.len() {
            echo.push(0x07);
            return;
        }
        self.ready.push(&self.line);
        self.ready.push(&[end]);
        self.line.clear();
        if end == b'\n' {
            echo.push(b'\n');
        }
    }

    fn insert(&mut self, byte: u8, echo: &mut Vec<u8>) {
        if self.line.len() == LINE_BYTES_MAX {
            echo.push(0x07);
            return;
        }
        self.line.push(byte);
        echo.push(byte);
    }

    fn erase(&mut self, echo: &mut Vec<u8>, bytes: usize) {
        let end = self.line.len() - bytes.min(self.line.len());
        while self.line.len() > end {
            // A character of UTF-8 takes one column, however many bytes it has.
            while self.line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            echo.extend_from_slice(b"\x08 \x08");
        }
    }

    fn last_word_bytes(&self) -> usize {
        let is_blank = |byte: &&u8| **byte == b' ';
        let blanks = self.line.iter().rev().take_while(is_blank).count();
        let word = self.line.iter().rev().skip(blanks).take_while(|byte| !is_blank(byte)).count();
        blanks + word
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn typed(keys: &[u8]) -> (LineEditor, Vec<u8>) {
        let mut editor = LineEditor::default();
        let mut echo = Vec::new();
        for &key in keys {
            editor.key(key, &mut echo);
        }
        (editor, echo)
    }

    fn read(editor: &mut LineEditor) -> Vec<u8> {
        let mut buffer = vec![0; 64];
        match editor.read(&mut buffer) {
            Input::Bytes(count) => buffer[..count].to_vec(),
            Input::Empty | Input::End => Vec::new(),
        }
    }

    #[test]
    fn nothing_is_read_before_the_line_ends() {
        let (mut editor, echo) = typed(b"abc");

        assert_eq!(editor.read(&mut [0; 8]), Input::Empty);
        assert_eq!(echo, b"abc");
    }

    #[test]
    fn carriage_return_ends_a_line_with_a_newline() {
        let (mut editor, _) = typed(b"abc\r");

        assert_eq!(read(&mut editor), b"abc\n");
    }

    #[test]
    fn a_read_stops_at_the_end_of_a_line() {
        let (mut editor, _) = typed(b"one\rtwo\r");

        assert_eq!(read(&mut editor), b"one\n");
        assert_eq!(read(&mut editor), b"two\n");
    }

    #[test]
    fn keys_that_edit_do_what_a_terminal_does() {
        assert_eq!(read(&mut typed(b"abd\x7fc\r").0), b"abc\n");
        assert_eq!(read(&mut typed(b"wrong\x15right\r").0), b"right\n");
        assert_eq!(read(&mut typed(b"one two \x17three\r").0), b"one three\n");
        assert_eq!(read(&mut typed(b"dropped\x03kept\r").0), b"kept\n");
    }

    #[test]
    fn backspace_takes_a_whole_character_of_utf8() {
        let (mut editor, echo) = typed("aé\x7f\r".as_bytes());

        assert_eq!(read(&mut editor), b"a\n");
        assert!(echo.ends_with(b"\x08 \x08\n"));
    }

    #[test]
    fn backspace_at_the_beginning_does_nothing() {
        assert_eq!(read(&mut typed(b"\x7f\x7fa\r").0), b"a\n");
    }

    #[test]
    fn control_d_on_an_empty_line_is_the_end_once() {
        let (mut editor, _) = typed(b"a\r\x04");

        assert_eq!(read(&mut editor), b"a\n");
        assert_eq!(editor.peek(), Input::End);
        assert_eq!(editor.read(&mut [0; 8]), Input::End);
        assert_eq!(editor.read(&mut [0; 8]), Input::Empty);
    }

    #[test]
    fn control_d_keeps_its_place_among_the_lines() {
        let (mut editor, _) = typed(b"a\r\x04b\r\x04\x04");

        assert_eq!(read(&mut editor), b"a\n");
        assert_eq!(editor.read(&mut [0; 8]), Input::End);
        assert_eq!(read(&mut editor), b"b\n");
        assert_eq!(editor.read(&mut [0; 8]), Input::End);
        assert_eq!(editor.read(&mut [0; 8]), Input::End);
        assert_eq!(editor.read(&mut [0; 8]), Input::Empty);
    }

    #[test]
    fn control_d_hands_over_what_is_typed_of_a_line() {
        let (mut editor, echo) = typed(b"ab\x04\x7fc\r");

        assert_eq!(editor.peek(), Input::Bytes(2));
        assert_eq!(read(&mut editor), b"ab");
        assert_eq!(read(&mut editor), b"c\n");
        assert_eq!(echo, b"abc\n");
    }

    #[test]
    fn what_control_d_handed_over_may_be_read_in_parts() {
        let (mut editor, _) = typed(b"abcd\x04\x04");
        let mut buffer = [0; 2];

        assert_eq!(editor.read(&mut buffer), Input::Bytes(2));
        assert_eq!(editor.read(&mut buffer), Input::Bytes(2));
        assert_eq!(buffer, *b"cd");
        assert_eq!(editor.read(&mut buffer), Input::End);
        assert_eq!(editor.read(&mut buffer), Input::Empty);
    }

    #[test]
    fn keys_that_send_an_escape_sequence_do_nothing() {
        let (mut editor, echo) = typed(b"a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1b[3~e\r");

        assert_eq!(read(&mut editor), b"abcde\n");
        assert_eq!(echo, b"abcde\n");
    }

    #[test]
    fn an_escape_sequence_that_breaks_off_swallows_no_key() {
        assert_eq!(read(&mut typed(b"a\x1bb\r").0), b"ab\n");
        assert_eq!(read(&mut typed(b"a\x1b[12\r").0), b"a\n");
        assert_eq!(read(&mut typed(b"a\x1bO\r").0), b"a\n");
        assert_eq!(read(&mut typed(b"a\x1b[1\x1b[Ab\r").0), b"ab\n");
    }

    #[test]
    fn a_line_that_is_too_long_rings_the_bell() {
        let (mut editor, echo) = typed(&[b'x'; LINE_BYTES_MAX + 1]);

        assert!(echo.ends_with(b"\x07"));
        editor.key(b'\r', &mut Vec::new());
        assert_eq!(editor.peek(), Input::Bytes(LINE_BYTES_MAX + 1));
    }

    #[test]
    fn lines_that_nobody_reads_do_not_grow_without_end() {
        let (mut editor, echo) = typed(&b"0123456789abcde\r\x04".repeat(400));

        let mut lines_bytes = 0;
        let mut ends = 0;
        loop {
            match editor.read(&mut [0; 64]) {
                Input::Bytes(count) => lines_bytes += count,
                Input::End => ends += 1,
                Input::Empty => break,
            }
        }
        assert!(lines_bytes + ends <= READY_BYTES_MAX);
        assert!(lines_bytes + ends > READY_BYTES_MAX - 17, "{lines_bytes} + {ends}");
        assert!(echo.ends_with(b"\x07"));
    }
}
