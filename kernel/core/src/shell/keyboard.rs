//! Who gets what is typed: an app, or the shell.

/// Ctrl-], which moves the keyboard.
pub const SWITCH: u8 = 0x1d;

/// Who has the keyboard.
#[derive(Default)]
pub struct Keyboard {
    /// There is a shell at all.
    has_shell: bool,
    /// Apps alive that read what is typed.
    readers: u32,
    /// [`SWITCH`] gave it to the shell although there are readers.
    is_switched: bool,
}

impl Keyboard {
    /// All goes to apps until there is a shell.
    pub const fn new() -> Self {
        Self { has_shell: false, readers: 0, is_switched: false }
    }

    /// From now on there is a shell.
    pub fn add_shell(&mut self) {
        self.has_shell = true;
    }

    /// An app that reads what is typed starts, and has the keyboard; or it has ended for good.
    pub fn reader(&mut self, starts: bool) {
        if starts {
            self.readers += 1;
            self.is_switched = false;
        } else {
            self.readers = self.readers.saturating_sub(1);
        }
    }

    /// Whether the shell gets what is typed now.
    pub fn shell_has_it(&self) -> bool {
        self.has_shell && (self.readers == 0 || self.is_switched)
    }

    /// Whether the typed `byte` is the shell's. [`SWITCH`] itself always is.
    pub fn is_for_shell(&mut self, byte: u8) -> bool {
        if self.has_shell && byte == SWITCH {
            self.is_switched = !self.is_switched && self.readers > 0;
            return true;
        }
        self.shell_has_it()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_shell_all_is_for_apps() {
        let mut keyboard = Keyboard::new();

        assert!(!keyboard.is_for_shell(b'a'));
        assert!(!keyboard.is_for_shell(SWITCH));
    }

    #[test]
    fn the_shell_has_what_no_app_reads() {
        let mut keyboard = Keyboard::new();
        keyboard.add_shell();
        assert!(keyboard.is_for_shell(b'a'));

        keyboard.reader(true);
        assert!(!keyboard.is_for_shell(b'a'));

        keyboard.reader(false);
        assert!(keyboard.is_for_shell(b'a'));
    }

    #[test]
    fn a_key_moves_the_keyboard_there_and_back() {
        let mut keyboard = Keyboard::new();
        keyboard.add_shell();
        keyboard.reader(true);

        assert!(keyboard.is_for_shell(SWITCH) && keyboard.is_for_shell(b'a'));
        assert!(keyboard.is_for_shell(SWITCH) && !keyboard.is_for_shell(b'a'));
    }

    #[test]
    fn an_app_that_starts_has_the_keyboard_even_if_it_was_moved_before() {
        let mut keyboard = Keyboard::new();
        keyboard.add_shell();
        keyboard.is_for_shell(SWITCH);
        keyboard.reader(true);
        assert!(!keyboard.is_for_shell(b'a'));

        keyboard.is_for_shell(SWITCH);
        keyboard.reader(false);
        keyboard.reader(true);
        assert!(!keyboard.is_for_shell(b'a'));
    }
}
