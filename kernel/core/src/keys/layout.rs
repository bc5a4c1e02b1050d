//! The tables of the layouts: what is printed on the keys.

/// What is printed on a keyboard's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Of the United States.
    Us,
    /// Of the United Kingdom.
    Uk,
    /// Of Germany and Austria.
    German,
}

/// The layouts by the names that settings have for them.
pub const LAYOUTS: [(&str, Layout); 3] =
    [("us", Layout::Us), ("uk", Layout::Uk), ("de", Layout::German)];

/// Which of the characters on a key is meant.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) has_alt_gr: bool,
    pub(super) has_shift: bool,
    pub(super) has_caps: bool,
    pub(super) has_numbers: bool,
}

/// A key: its number, and its characters alone, with Shift, and with AltGr.
type Key = (u8, [char; 3]);

/// No character.
const NONE: char = '\0';

/// Accents that wait for a letter stand in the tables as the characters that combine.
const GRAVE: char = '\u{300}';
const ACUTE: char = '\u{301}';
const CIRCUMFLEX: char = '\u{302}';

/// The keys of [`Layout::Us`] from A on, alone and with Shift; other layouts are what they change.
const FIRST_KEY: u8 = 0x04;
const ALONE: &[u8] = b"abcdefghijklmnopqrstuvwxyz1234567890\n\x1b\x08\t -=[]\\\\;'`,./";
const SHIFTED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ!@#$%^&*()\n\x1b\x08\t _+{}||:\"~<>?";

/// The key behind the last letter on keyboards that have one more than in the United States.
const BESIDE_LEFT_SHIFT: u8 = 0x64;
/// The key beside Enter has one number or the other, by where the keyboard is made for, and the same
/// characters.
const BESIDE_ENTER: u8 = 0x31;
const BESIDE_ENTER_TOO: u8 = 0x32;
const DELETE: u8 = 0x4c;

/// The keypad, from its "/" on.
const FIRST_OF_KEYPAD: u8 = 0x54;
const KEYPAD: &[u8] = b"/*-+\n1234567890.";
const KEYPAD_POINT: u8 = 0x63;

const US: &[Key] = &[(BESIDE_LEFT_SHIFT, ['\\', '|', NONE])];

const UK: &[Key] = &[
    (0x04, ['a', 'A', 'á']),
    (0x08, ['e', 'E', 'é']),
    (0x0c, ['i', 'I', 'í']),
    (0x12, ['o', 'O', 'ó']),
    (0x18, ['u', 'U', 'ú']),
    (0x1f, ['2', '"', NONE]),
    (0x20, ['3', '£', NONE]),
    (0x21, ['4', '$', '€']),
    (BESIDE_ENTER, ['#', '~', NONE]),
    (0x34, ['\'', '@', NONE]),
    (0x35, ['`', '¬', '¦']),
    (BESIDE_LEFT_SHIFT, ['\\', '|', NONE]),
];

const GERMAN: &[Key] = &[
    (0x08, ['e', 'E', '€']),
    (0x10, ['m', 'M', 'µ']),
    (0x14, ['q', 'Q', '@']),
    (0x1c, ['z', 'Z', NONE]),
    (0x1d, ['y', 'Y', NONE]),
    (0x1f, ['2', '"', '²']),
    (0x20, ['3', '§', '³']),
    (0x23, ['6', '&', NONE]),
    (0x24, ['7', '/', '{']),
    (0x25, ['8', '(', '[']),
    (0x26, ['9', ')', ']']),
    (0x27, ['0', '=', '}']),
    (0x2d, ['ß', '?', '\\']),
    (0x2e, [ACUTE, GRAVE, NONE]),
    (0x2f, ['ü', 'Ü', NONE]),
    (0x30, ['+', '*', '~']),
    (BESIDE_ENTER, ['#', '\'', NONE]),
    (0x33, ['ö', 'Ö', NONE]),
    (0x34, ['ä', 'Ä', NONE]),
    (0x35, [CIRCUMFLEX, '°', NONE]),
    (0x36, [',', ';', NONE]),
    (0x37, ['.', ':', NONE]),
    (0x38, ['-', '_', NONE]),
    (BESIDE_LEFT_SHIFT, ['<', '>', '|']),
];

impl Layout {
    /// Whether Alt on the right is AltGr.
    pub(super) fn has_alt_gr(self) -> bool {
        self != Self::Us
    }

    /// What the key `usage` types; accents are the characters that combine.
    pub(super) fn character(self, usage: u8, level: Level) -> Option<char> {
        if let FIRST_OF_KEYPAD..=KEYPAD_POINT = usage {
            return self.on_keypad(usage, level.has_numbers);
        }
        let [alone, shifted, with_alt_gr] = self.key(usage)?;
        let base = if level.has_alt_gr { with_alt_gr } else { alone };
        let character = match capital(base) {
            Some(capital) if level.has_shift != level.has_caps => capital,
            None if level.has_shift && !level.has_alt_gr => shifted,
            _ => base,
        };
        Some(character).filter(|&character| character != NONE)
    }

    fn key(self, usage: u8) -> Option<[char; 3]> {
        let usage = if usage == BESIDE_ENTER_TOO { BESIDE_ENTER } else { usage };
        let changes = match self {
            Self::Us => US,
            Self::Uk => UK,
            Self::German => GERMAN,
        };
        if let Some((_, characters)) = changes.iter().find(|(changed, _)| *changed == usage) {
            return Some(*characters);
        }
        if usage == DELETE {
            return Some(['\x7f', '\x7f', NONE]);
        }
        let index = usize::from(usage.checked_sub(FIRST_KEY)?);
        Some([*ALONE.get(index)? as char, *SHIFTED.get(index)? as char, NONE])
    }

    /// What a key of the keypad types: without numbers, those that move are no text.
    fn on_keypad(self, usage: u8, has_numbers: bool) -> Option<char> {
        let character = *KEYPAD.get(usize::from(usage - FIRST_OF_KEYPAD))? as char;
        match character {
            '.' if has_numbers && self == Self::German => Some(','),
            '0'..='9' | '.' => Some(character).filter(|_| has_numbers),
            _ => Some(character),
        }
    }
}

/// The capital of a small letter that has one in Latin-1, where both are 32 places apart.
fn capital(letter: char) -> Option<char> {
    match letter {
        '÷' => None,
        'a'..='z' | 'à'..='þ' => Some((letter as u8 - 0x20) as char),
        _ => None,
    }
}

/// The accent on its own, if `character` is one that combines.
pub(super) fn accent(character: char) -> Option<char> {
    match character {
        GRAVE => Some('`'),
        ACUTE => Some('´'),
        CIRCUMFLEX => Some('^'),
        _ => None,
    }
}

/// The letter with the accent, or the accent itself over a blank; `None` if there is none.
pub(super) fn compose(accent: char, letter: char) -> Option<char> {
    if letter == ' ' {
        return self::accent(accent);
    }
    let with_grave = match letter.to_ascii_lowercase() {
        'a' => 'à',
        'e' => 'è',
        'i' => 'ì',
        'o' => 'ò',
        'u' => 'ù',
        'y' if accent == ACUTE => 'ü',
        _ => return None,
    };
    // Latin-1 has grave, acute and circumflex in this order, and ý behind ü.
    let small = (with_grave as u32 + (accent as u32 - GRAVE as u32)) as u8 as char;
    if letter.is_ascii_uppercase() { capital(small) } else { Some(small) }
}
