//! The line that is typed to the shell, and those typed before.
//!
//! Keys are those of every shell: arrows, Home, End, Delete and Backspace; Ctrl-A, B, E, F for
//! the beginning, back, end, forth; Ctrl-D, K, U, W delete a character, to the end, to the
//! beginning, a word; Ctrl-P and Ctrl-N are the lines before and after.

use super::screen::Screen;
use crate::escape::{Escape, Typed};
use alloc::vec::Vec;
use core::fmt::Write;
use core::mem;

/// What a line begins with.
pub const PROMPT: &str = "bramble> ";

/// Longest line: with the prompt it fits into a row of 80, so that it can be drawn again in place.
pub const LINE_BYTES_MAX: usize = 70;

/// How many lines are remembered.
pub const HISTORY_LINES: usize = 16;

const BELL: u8 = 0x07;

/// Names the key that holds the control key and `letter`.
const fn control(letter: u8) -> u8 {
    letter & 0x1f
}

const BEGINNING: u8 = control(b'A');
const BACK: u8 = control(b'B');
const CANCEL: u8 = control(b'C');
const DELETE: u8 = control(b'D');
const END: u8 = control(b'E');
const FORTH: u8 = control(b'F');
const CLEAR: u8 = control(b'L');
const AFTER: u8 = control(b'N');
const BEFORE: u8 = control(b'P');

/// What the shell has to do after a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Nothing.
    None,
    /// Run this line.
    Run(Vec<u8>),
    /// Complete the word before the cursor.
    Complete,
}

/// The line and its history.
#[derive(Default)]
pub struct Editor {
    line: Vec<u8>,
    /// Where in the line the next character goes, in bytes.
    cursor: usize,
    /// Lines that were sent off, each with a newline, the oldest first.
    history: Vec<u8>,
    /// How many lines back in the history the line comes from.
    back: usize,
    escape: Escape,
}

impl Editor {
    /// Handles one typed byte and shows what it changes.
    pub fn key(&mut self, byte: u8, screen: &mut Screen) -> Wish {
        match self.escape.next(byte) {
            Typed::Key(b'\r' | b'\n') => return Wish::Run(self.finish(screen)),
            Typed::Key(b'\t') => return Wish::Complete,
            Typed::Key(key) => self.edit(key, screen),
            Typed::Sequence(last, number) => self.edit(key_of(last, number), screen),
            Typed::Inside => {}
        }
        Wish::None
    }

    /// Draws prompt and line in the row of the cursor.
    pub fn draw(&self, screen: &mut Screen) {
        screen.put(b"\r\x1b[K");
        screen.put(PROMPT.as_bytes());
        screen.put(&self.line);
        let behind = characters(&self.line[self.cursor..]);
        if behind > 0 {
            let _ = write!(screen, "\x1b[{behind}D");
        }
    }

    /// What of the line is before the cursor.
    pub fn before_cursor(&self) -> &[u8] {
        &self.line[..self.cursor]
    }

    /// Puts `text` where the cursor is, as far as the line has room.
    pub fn insert(&mut self, text: &[u8], screen: &mut Screen) {
        text.iter().for_each(|&byte| self.type_in(byte, screen));
    }

    fn edit(&mut self, key: u8, screen: &mut Screen) {
        let (start, end) = (self.cursor, self.line.len());
        match key {
            0x20..=0x7e | 0x80.. => return self.type_in(key, screen),
            BEGINNING => self.cursor = 0,
            END => self.cursor = end,
            BACK => self.cursor = self.step_back(start),
            FORTH => self.cursor = self.step_forth(start),
            BEFORE => self.recall(self.back + 1),
            AFTER => self.recall(self.back.saturating_sub(1)),
            DELETE => self.delete(start, self.step_forth(start)),
            0x08 | 0x7f => self.delete(self.step_back(start), start),
            0x0b => self.delete(start, end),
            0x15 => self.delete(0, start),
            0x17 => self.delete(self.word_before(start), start),
            CLEAR => screen.put(b"\x1b[H\x1b[2J"),
            CANCEL => {
                screen.put(b"^C\n");
                self.delete(0, end);
                self.back = 0;
            }
            _ => return,
        }
        self.draw(screen);
    }

    fn type_in(&mut self, byte: u8, screen: &mut Screen) {
        if self.line.len() == LINE_BYTES_MAX {
            return screen.put(&[BELL]);
        }
        self.line.insert(self.cursor, byte);
        self.cursor += 1;
        if self.cursor == self.line.len() {
            screen.put(&[byte]);
        } else {
            self.draw(screen);
        }
    }

    fn delete(&mut self, start: usize, end: usize) {
        self.line.drain(start..end);
        self.cursor = start;
    }

    /// Takes the line, and remembers it.
    fn finish(&mut self, screen: &mut Screen) -> Vec<u8> {
        screen.put(b"\n");
        self.cursor = 0;
        self.back = 0;
        let line = mem::take(&mut self.line);
        if !line.is_empty() && self.sent(1) != Some(&line) {
            if self.sent(HISTORY_LINES).is_some() {
                let end = self.history.iter().position(|&byte| byte == b'\n');
                self.history.drain(..=end.unwrap_or(0));
            }
            self.history.extend_from_slice(&line);
            self.history.push(b'\n');
        }
        line
    }

    /// The line that was sent off `back` lines ago; the last is 1.
    fn sent(&self, back: usize) -> Option<&[u8]> {
        // What follows the last newline is no line.
        self.history.rsplit(|&byte| byte == b'\n').skip(1).nth(back - 1)
    }

    /// Shows the line that was sent off `back` lines ago; 0 is a new one.
    fn recall(&mut self, back: usize) {
        let line = if back == 0 { Some(&[][..]) } else { self.sent(back) };
        if let Some(line) = line {
            self.line = line.to_vec();
            self.cursor = self.line.len();
            self.back = back;
        }
    }

    fn step_back(&self, from: usize) -> usize {
        (0..from).rev().find(|&at| !is_inside(self.line[at])).unwrap_or(0)
    }

    fn step_forth(&self, from: usize) -> usize {
        let end = self.line.len();
        (from + 1..end).find(|&at| !is_inside(self.line[at])).unwrap_or(end)
    }

    fn word_before(&self, from: usize) -> usize {
        let is_blank = |at: &usize| self.line[*at] == b' ';
        let end = (0..from).rev().find(|at| !is_blank(at)).unwrap_or(0);
        (0..end).rev().find(is_blank).map_or(0, |blank| blank + 1)
    }
}

/// The key that does the same as the one that sends this escape sequence.
fn key_of(last: u8, number: u8) -> u8 {
    match (last, number) {
        (b'A', _) => BEFORE,
        (b'B', _) => AFTER,
        (b'C', _) => FORTH,
        (b'D', _) => BACK,
        (b'H', _) | (b'~', 1 | 7) => BEGINNING,
        (b'F', _) | (b'~', 4 | 8) => END,
        (b'~', 3) => DELETE,
        _ => 0,
    }
}

/// Whether `byte` goes on with a character of UTF-8.
fn is_inside(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| !is_inside(byte)).count()
}

#[cfg(test)]
mod tests;
