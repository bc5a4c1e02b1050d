//! What is typed, and what the terminal shows of it.

use super::*;
use alloc::format;
use alloc::string::String;

/// The lines that `keys` send off.
fn lines(keys: &[u8]) -> Vec<String> {
    let (mut editor, mut screen) = (Editor::default(), Screen::default());
    let wishes = keys.iter().map(|&key| editor.key(key, &mut screen));
    wishes
        .filter_map(|wish| {
            if let Wish::Run(line) = wish { Some(String::from_utf8(line).unwrap()) } else { None }
        })
        .collect()
}

/// What a terminal of one row shows after `keys`, and the column of its cursor.
fn shown(keys: &[u8]) -> (String, usize) {
    let (mut editor, mut screen) = (Editor::default(), Screen::default());
    editor.draw(&mut screen);
    for &key in keys {
        editor.key(key, &mut screen);
    }
    row(core::str::from_utf8(screen.bytes()).unwrap())
}

/// Obeys what [`Editor::draw`] and the keys send.
fn row(bytes: &str) -> (String, usize) {
    let (mut row, mut column): (Vec<char>, _) = (Vec::new(), 0);
    let mut rest = bytes.chars();
    while let Some(character) = rest.next() {
        match character {
            '\r' => column = 0,
            '\x07' => {}
            '\x1b' => {
                assert_eq!(rest.next(), Some('['));
                let text: String = rest.by_ref().take_while(|&c| !"KD".contains(c)).collect();
                match text.parse::<usize>() {
                    Ok(count) => column -= count,
                    Err(_) => row.truncate(column),
                }
            }
            _ => {
                row.truncate(row.len().max(column));
                if column < row.len() {
                    row[column] = character;
                } else {
                    row.push(character);
                }
                column += 1;
            }
        }
    }
    (row.into_iter().collect(), column)
}

#[test]
fn a_line_is_sent_off_by_return() {
    assert_eq!(lines(b"ps\rtop\n"), ["ps", "top"]);
}

#[test]
fn arrows_move_to_where_the_next_key_goes() {
    assert_eq!(lines(b"pt\x1b[D\x1b[Do\x1b[C \r"), ["op t"]);
    assert_eq!(shown(b"abc\x1b[D\x1b[D"), ("bramble> abc".into(), 10));
}

#[test]
fn home_and_end_have_three_spellings_and_a_control_key() {
    for (home, end) in
        [("\x1b[H", "\x1b[F"), ("\x1b[1~", "\x1b[4~"), ("\x1bOH", "\x1bOF"), ("\x01", "\x05")]
    {
        assert_eq!(lines(format!("s{home}p{end}!\r").as_bytes()), ["ps!"]);
    }
}

#[test]
fn each_deleting_key_deletes_its_part() {
    assert_eq!(lines(b"pqs\x1b[D\x7f\r"), ["ps"]);
    assert_eq!(lines(b"pqs\x02\x02\x1b[3~\r"), ["ps"]);
    assert_eq!(lines(b"kill it now\x02\x02\x02\x0b\r"), ["kill it "]);
    assert_eq!(lines(b"kill it\x02\x02\x15\r"), ["it"]);
    assert_eq!(lines(b"kill  it \x17me\r"), ["kill  me"]);
    assert_eq!(lines(b"wrong\x03right\r"), ["right"]);
}

#[test]
fn keys_at_the_ends_of_the_line_do_nothing() {
    assert_eq!(lines(b"\x7f\x1b[D\x17\x15ps\x1b[C\x04\x0b\r"), ["ps"]);
}

#[test]
fn a_character_of_utf8_is_one_step_and_one_delete() {
    assert_eq!(shown("é\x1b[D".as_bytes()), ("bramble> é".into(), 9));
    assert_eq!(lines("aéb\x02\x7f\r".as_bytes()), ["ab"]);
    assert_eq!(lines("éa\x1b[H\x04\r".as_bytes()), ["a"]);
}

#[test]
fn up_and_down_walk_through_what_was_typed() {
    assert_eq!(lines(b"one\rtwo\r\x1b[A\x1b[A\r"), ["one", "two", "one"]);
    assert_eq!(lines(b"one\rtwo\r\x1b[A\x1b[A\x1b[B\r"), ["one", "two", "two"]);
    assert_eq!(lines(b"one\r\x1b[A\x1b[Bps\r"), ["one", "ps"]);
    assert_eq!(lines(b"one\r\x1b[A!\r\x1b[A\r"), ["one", "one!", "one!"]);
}

#[test]
fn the_history_has_sixteen_lines_and_none_twice_in_a_row() {
    let mut keys: Vec<u8> =
        (0..20).flat_map(|number| format!("line {number}\r").into_bytes()).collect();
    keys.extend(b"line 19\r");
    keys.extend(b"\x1b[A".repeat(30));
    keys.push(b'\r');

    assert_eq!(lines(&keys).last().map(String::as_str), Some("line 4"));
}

#[test]
fn a_line_that_is_too_long_rings_the_bell_and_is_drawn_within_the_row() {
    let (mut editor, mut screen) = (Editor::default(), Screen::default());
    for _ in 0..LINE_BYTES_MAX + 1 {
        editor.key(b'x', &mut screen);
    }

    assert!(screen.bytes().ends_with(b"x\x07"));
    assert!(PROMPT.len() + LINE_BYTES_MAX < 80);
}

#[test]
fn what_is_typed_in_the_middle_is_drawn_in_place() {
    assert_eq!(shown(b"ac\x1b[Db"), ("bramble> abc".into(), 11));
    assert_eq!(shown(b"abc\x1b[D\x7f"), ("bramble> ac".into(), 10));
}

#[test]
fn no_sequence_of_keys_panics() {
    // Every pair of bytes behind some text and a history.
    let (mut editor, mut screen) = (Editor::default(), Screen::default());
    for first in 0..=255 {
        for second in 0..=255 {
            for &key in "é a\rbé".as_bytes().iter().chain(&[first, second]) {
                editor.key(key, &mut screen);
            }
            screen.discard(usize::MAX);
        }
    }
}
