//! Tests of the layouts key by key, by what is printed on the keys.

use alloc::string::String;

use super::*;

// Numbers of keys as the HID Usage Tables print them.
const A: u8 = 0x04;
const C: u8 = 0x06;
const E: u8 = 0x08;
const Q: u8 = 0x14;
const X: u8 = 0x1b;
const DIGIT_2: u8 = 0x1f;
const ENTER: u8 = 0x28;
const BACKSPACE: u8 = 0x2a;
const SPACE: u8 = 0x2c;
const EQUALS: u8 = 0x2e;
const GRAVE_KEY: u8 = 0x35;
const RIGHT_ARROW: u8 = 0x4f;
const KEYPAD_7: u8 = 0x5f;
const KEYPAD_POINT: u8 = 0x63;
const LEFT_CTRL: u8 = 0xe0;
const LEFT_SHIFT: u8 = 0xe1;
const LEFT_ALT: u8 = 0xe2;
const LEFT_GUI: u8 = 0xe3;
const RIGHT_SHIFT: u8 = 0xe5;
const RIGHT_ALT: u8 = 0xe6;

/// The keys that print, as they lie: four rows, from the key left of "1" on.
const ROWS: [&[u8]; 4] = [
    &[0x35, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2d, 0x2e],
    &[0x14, 0x1a, 0x08, 0x15, 0x17, 0x1c, 0x18, 0x0c, 0x12, 0x13, 0x2f, 0x30],
    &[0x04, 0x16, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x0f, 0x33, 0x34, 0x31],
    &[0x64, 0x1d, 0x1b, 0x06, 0x19, 0x05, 0x11, 0x10, 0x36, 0x37, 0x38],
];

/// What `keys` type one after the other, each let go of before the next, while `held` are held.
fn typed_on(keyboard: &mut Keyboard, held: &[u8], keys: &[u8]) -> String {
    held.iter().for_each(|&usage| assert_eq!(keyboard.press(usage, 0), Text::default()));
    let mut text = String::new();
    for &usage in keys {
        text.extend(keyboard.press(usage, 0).chars());
        keyboard.release(usage);
    }
    held.iter().for_each(|&usage| keyboard.release(usage));
    text
}

fn typed(layout: Layout, held: &[u8], keys: &[u8]) -> String {
    typed_on(&mut Keyboard::new(layout), held, keys)
}

/// What the four rows type, each key with what stands for itself if it waits for a letter.
fn rows(layout: Layout, held: &[u8]) -> [String; 4] {
    ROWS.map(|row| {
        let mut keyboard = Keyboard::new(layout);
        let key = |&usage: &u8| {
            let text = typed_on(&mut keyboard, held, &[usage]);
            let accent = keyboard.accent.is_some();
            if accent { typed_on(&mut keyboard, &[], &[SPACE]) } else { text }
        };
        row.iter().map(key).collect()
    })
}

#[test]
fn the_keys_of_the_united_states() {
    let alone = ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "\\zxcvbnm,./"];
    let shifted = ["~!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"|", "|ZXCVBNM<>?"];

    assert_eq!(rows(Layout::Us, &[]), alone);
    assert_eq!(rows(Layout::Us, &[LEFT_SHIFT]), shifted);
    assert_eq!(rows(Layout::Us, &[RIGHT_SHIFT]), shifted);
    assert_eq!(rows(Layout::Us, &[RIGHT_ALT]), ["", "", "", ""]);
}

#[test]
fn the_keys_of_the_united_kingdom() {
    let alone = ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'#", "\\zxcvbnm,./"];
    let shifted = ["¬!\"£$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:@~", "|ZXCVBNM<>?"];

    assert_eq!(rows(Layout::Uk, &[]), alone);
    assert_eq!(rows(Layout::Uk, &[LEFT_SHIFT]), shifted);
    assert_eq!(rows(Layout::Uk, &[RIGHT_ALT]), ["¦€", "éúíó", "á", ""]);
    assert_eq!(rows(Layout::Uk, &[RIGHT_ALT, LEFT_SHIFT]), ["¦€", "ÉÚÍÓ", "Á", ""]);
}

#[test]
fn the_keys_of_germany() {
    let alone = ["^1234567890ß´", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"];
    let shifted = ["°!\"§$%&/()=?`", "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"];

    assert_eq!(rows(Layout::German, &[]), alone);
    assert_eq!(rows(Layout::German, &[LEFT_SHIFT]), shifted);
    assert_eq!(rows(Layout::German, &[RIGHT_ALT]), ["²³{[]}\\", "@€~", "", "|µ"]);
}

#[test]
fn the_key_beside_enter_has_two_numbers() {
    assert_eq!(typed(Layout::Us, &[], &[0x31, 0x32]), "\\\\");
    assert_eq!(typed(Layout::Uk, &[], &[0x31, 0x32]), "##");
    assert_eq!(typed(Layout::German, &[LEFT_SHIFT], &[0x31, 0x32]), "''");
}

#[test]
fn enter_tab_escape_backspace_and_delete_are_text_of_every_layout() {
    for (_, layout) in LAYOUTS {
        assert_eq!(typed(layout, &[], &[ENTER, 0x2b, 0x29, BACKSPACE, 0x4c]), "\n\t\x1b\x08\x7f");
        assert_eq!(typed(layout, &[LEFT_SHIFT], &[ENTER, 0x2b, SPACE]), "\n\t ");
    }
}

#[test]
fn every_key_may_be_pressed_on_every_layout_with_everything_held() {
    let keys: alloc::vec::Vec<u8> = (0..=u8::MAX).collect();
    for (_, layout) in LAYOUTS {
        for held in 0..=u8::MAX {
            let mut keyboard = Keyboard::new(layout);
            keyboard.held = held;
            typed_on(&mut keyboard, &[], &keys);
        }
    }
    assert_eq!(typed(Layout::German, &[], &[0, 1, 2, 3, RIGHT_ARROW, 0x3a, 0x65, 0xdf, 0xff]), "");
}

#[test]
fn an_accent_waits_for_its_letter() {
    let german = |held: &[u8], keys: &[u8]| typed(Layout::German, held, keys);
    let vowels = [A, E, 0x0c, 0x12, 0x18];
    let each = |keyboard: &mut Keyboard, shift: &[u8], accent: u8, held: &[u8]| -> String {
        let one = |&vowel: &u8| {
            assert_eq!(typed_on(keyboard, shift, &[accent]), "");
            typed_on(keyboard, held, &[vowel])
        };
        vowels.iter().map(one).collect()
    };
    let keyboard = &mut Keyboard::new(Layout::German);

    assert_eq!(each(keyboard, &[], GRAVE_KEY, &[]), "âêîôû");
    assert_eq!(each(keyboard, &[], EQUALS, &[]), "áéíóú");
    assert_eq!(each(keyboard, &[LEFT_SHIFT], EQUALS, &[]), "àèìòù");
    assert_eq!(each(keyboard, &[], GRAVE_KEY, &[LEFT_SHIFT]), "ÂÊÎÔÛ");
    assert_eq!(each(keyboard, &[LEFT_SHIFT], EQUALS, &[LEFT_SHIFT]), "ÀÈÌÒÙ");
    assert_eq!(german(&[], &[EQUALS, 0x1d]), "ý");
    assert_eq!(german(&[], &[EQUALS, SPACE, GRAVE_KEY, SPACE]), "´^");
}

#[test]
fn an_accent_that_fits_no_letter_stands_before_it() {
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, X, A]), "^xa");
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, GRAVE_KEY, A]), "^^a");
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, EQUALS, A]), "^´a");
    // Latin-1 has no ŷ.
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, 0x1d]), "^y");
}

#[test]
fn an_accent_outlasts_keys_without_text_but_not_a_control_character() {
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, RIGHT_ARROW, A]), "â");
    assert_eq!(typed(Layout::German, &[], &[GRAVE_KEY, BACKSPACE, A]), "\x08a");
}

#[test]
fn ctrl_makes_control_characters_of_letters_and_nothing_of_the_rest() {
    assert_eq!(typed(Layout::Us, &[LEFT_CTRL], &[A, C, 0x1d]), "\x01\x03\x1a");
    assert_eq!(typed(Layout::German, &[LEFT_CTRL], &[0x1d]), "\x19");
    assert_eq!(typed(Layout::Us, &[LEFT_CTRL, LEFT_SHIFT], &[C]), "\x03");
    assert_eq!(typed(Layout::Us, &[LEFT_CTRL], &[0x2f, 0x31, 0x30]), "\x1b\x1c\x1d");
    assert_eq!(typed(Layout::German, &[LEFT_CTRL], &[DIGIT_2, SPACE, 0x33, EQUALS]), "");
    assert_eq!(typed(Layout::Us, &[LEFT_CTRL], &[ENTER]), "\n");
}

#[test]
fn alt_and_the_key_with_a_logo_are_for_commands() {
    for held in [LEFT_ALT, LEFT_GUI] {
        assert_eq!(typed(Layout::German, &[held], &[A, DIGIT_2, ENTER]), "");
    }
    assert_eq!(typed(Layout::Us, &[RIGHT_ALT], &[Q]), "");
    assert_eq!(typed(Layout::German, &[RIGHT_ALT], &[Q]), "@");
}

#[test]
fn caps_lock_is_for_letters_and_shift_undoes_it() {
    let mut keyboard = Keyboard::new(Layout::German);
    typed_on(&mut keyboard, &[], &[0x39]);

    assert_eq!(typed_on(&mut keyboard, &[], &[A, 0x34, DIGIT_2, 0x2d]), "AÄ2ß");
    assert_eq!(typed_on(&mut keyboard, &[LEFT_SHIFT], &[A, 0x34, DIGIT_2]), "aä\"");
    assert_eq!(typed_on(&mut keyboard, &[], &[EQUALS, A]), "Á");
    assert_eq!(typed_on(&mut keyboard, &[RIGHT_ALT], &[Q, E]), "@€");
}

#[test]
fn lights_follow_their_keys() {
    let mut keyboard = Keyboard::new(Layout::Us);
    assert_eq!(keyboard.lights(), 0b001);

    keyboard.press(0x39, 0);
    keyboard.release(0x39);
    assert_eq!(keyboard.lights(), 0b011);
    keyboard.press(0x47, 0);
    assert_eq!(keyboard.lights(), 0b111);
    keyboard.press(0x53, 0);
    keyboard.press(0x39, 0);
    assert_eq!(keyboard.lights(), 0b100);
    assert_eq!(keyboard.due_ns(), None);
}

#[test]
fn the_keypad_types_numbers_unless_num_lock_is_off() {
    let all: alloc::vec::Vec<u8> = (0x54..=0x63).collect();
    assert_eq!(typed(Layout::Us, &[], &all), "/*-+\n1234567890.");
    assert_eq!(typed(Layout::German, &[], &[KEYPAD_7, KEYPAD_POINT]), "7,");

    let mut keyboard = Keyboard::new(Layout::German);
    keyboard.press(0x53, 0);
    assert_eq!(typed_on(&mut keyboard, &[], &all), "/*-+\n");
}

#[test]
fn a_key_that_is_held_repeats_after_a_while_and_then_fast() {
    let mut keyboard = Keyboard::new(Layout::Us);
    keyboard.press(A, 1_000);
    let due_ns = 1_000 + REPEAT_DELAY_NS;

    assert_eq!(keyboard.due_ns(), Some(due_ns));
    assert_eq!(keyboard.repeat(due_ns - 1), None);
    assert_eq!(keyboard.repeat(due_ns), Some((A, Text([Some('a'), None]))));
    assert_eq!(keyboard.due_ns(), Some(due_ns + REPEAT_INTERVAL_NS));
    // With what is held by then.
    keyboard.press(LEFT_SHIFT, due_ns);
    assert_eq!(keyboard.repeat(due_ns * 2), Some((A, Text([Some('A'), None]))));
    assert_eq!(keyboard.repeat(due_ns * 2), None);
}

#[test]
fn keys_without_text_repeat_too() {
    let mut keyboard = Keyboard::new(Layout::Us);
    keyboard.press(RIGHT_ARROW, 0);

    assert_eq!(keyboard.repeat(REPEAT_DELAY_NS), Some((RIGHT_ARROW, Text::default())));
}

#[test]
fn only_the_last_key_repeats_and_only_until_it_is_let_go_of() {
    let mut keyboard = Keyboard::new(Layout::Us);
    keyboard.press(A, 0);
    keyboard.press(C, 10);

    keyboard.release(A);
    assert_eq!(keyboard.due_ns(), Some(10 + REPEAT_DELAY_NS));
    keyboard.release(C);
    assert_eq!(keyboard.due_ns(), None);
    assert_eq!(keyboard.repeat(u64::MAX), None);
}

#[test]
fn neither_accents_nor_modifiers_repeat() {
    let mut keyboard = Keyboard::new(Layout::German);
    keyboard.press(GRAVE_KEY, 0);
    assert_eq!(keyboard.due_ns(), None);

    keyboard.press(LEFT_SHIFT, 0);
    assert_eq!(keyboard.due_ns(), None);
}

#[test]
fn the_end_of_time_is_no_trouble() {
    let mut keyboard = Keyboard::new(Layout::Us);
    keyboard.press(A, u64::MAX);

    assert_eq!(keyboard.repeat(u64::MAX), Some((A, Text([Some('a'), None]))));
}

#[test]
fn another_layout_keeps_what_is_held_and_forgets_an_accent() {
    let mut keyboard = Keyboard::new(Layout::German);
    keyboard.press(GRAVE_KEY, 0);
    keyboard.press(LEFT_SHIFT, 0);
    keyboard.press(0x1d, 0);
    keyboard.press(EQUALS, 0);

    keyboard.set_layout(Layout::Us);

    assert_eq!(keyboard.held(), modifier::SHIFT & 0x0f);
    assert_eq!(keyboard.due_ns(), None);
    assert_eq!(typed_on(&mut keyboard, &[], &[0x1d]), "Z");
}
