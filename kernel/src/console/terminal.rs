//! The console as the shell has it: keys that are for it, and a line that others break.

use super::CONSOLE;
use crate::boards;
use core::sync::atomic::{AtomicBool, Ordering};
use kernel_core::multiplexer::SHELL;
use kernel_core::ring::Ring;
use kernel_core::shell::keyboard::{Keyboard, SWITCH};

/// Keys that may wait while the shell shows something.
const KEYS_MAX: usize = 256;

/// Keys wait for the shell: seen without the console's lock.
static HAS_KEYS: AtomicBool = AtomicBool::new(false);

/// The shell shows its prompt, which it wants to draw again when others wrote.
static HAS_LINE: AtomicBool = AtomicBool::new(false);

/// The shell's part of the console.
pub(super) struct Terminal {
    keyboard: Keyboard,
    keys: Ring<KEYS_MAX>,
}

impl Terminal {
    pub(super) const fn new() -> Self {
        Self { keyboard: Keyboard::new(), keys: Ring::new() }
    }

    /// Whether the typed `byte` was for the shell; one too many is dropped.
    pub(super) fn accept(&mut self, byte: u8) -> bool {
        let is_for_shell = self.keyboard.is_for_shell(byte);
        if is_for_shell {
            self.keys.push(&[byte]);
            HAS_KEYS.store(true, Ordering::Release);
        }
        is_for_shell
    }
}

/// From now on there is a shell. It gets what was typed before, if no app reads that.
pub(crate) fn open() {
    CONSOLE.with(|console| {
        console.terminal.keyboard.add_shell();
        while console.terminal.keyboard.shell_has_it()
            && let Some(byte) = console.receive.pop_byte()
        {
            console.terminal.accept(byte);
        }
    });
}

/// An app that reads what is typed starts, or has ended for good.
pub(crate) fn reader(starts: bool) {
    CONSOLE.with(|console| console.terminal.keyboard.reader(starts));
}

/// Whether the shell gets what is typed now.
pub(crate) fn has_keyboard() -> bool {
    CONSOLE.with(|console| console.terminal.keyboard.shell_has_it())
}

/// Whether [`key`] has something to give.
pub(crate) fn has_keys() -> bool {
    HAS_KEYS.load(Ordering::Acquire)
}

/// Takes the next key for the shell, and tells whether others wrote where its prompt was.
///
/// What was typed behind a line that started a reader came too early for it, and is dropped.
pub(crate) fn key() -> Option<(u8, bool)> {
    CONSOLE.with(|console| {
        let Terminal { keyboard, keys } = &mut console.terminal;
        let has_keyboard = keyboard.shell_has_it();
        let key =
            core::iter::from_fn(|| keys.pop_byte()).find(|&key| has_keyboard || key == SWITCH);
        HAS_KEYS.store(!keys.is_empty(), Ordering::Release);
        key.map(|key| (key, !console.multiplexer.is_in_line_of(SHELL)))
    })
}

/// Takes as many of the shell's bytes as fit, and tells how many.
pub(crate) fn write(bytes: &[u8]) -> usize {
    CONSOLE.with(|console| {
        let taken = console.multiplexer.write(&mut console.transmit, SHELL, bytes);
        console.send();
        taken
    })
}

/// Notes whether the shell shows its prompt.
pub(crate) fn set_has_line(has_line: bool) {
    HAS_LINE.store(has_line, Ordering::Release);
}

/// Whether the prompt that others broke is to be drawn again: they have finished their line, and
/// all of it is sent. While they write without a pause it would be in their way.
pub(crate) fn wants_line() -> bool {
    CONSOLE.with(|console| console.multiplexer.is_at_beginning() && console.transmit.is_empty())
}

/// Wakes core 0, which draws the prompt again, if another core has just written over it. Where more
/// is to be sent than fits the UART, its interrupt does that.
pub(super) fn tell_of_break() {
    if HAS_LINE.load(Ordering::Acquire) && boards::this_core() != 0 && wants_line() {
        boards::wake(0);
    }
}
