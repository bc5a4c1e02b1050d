//! Bytes as the firmware's words, and as keys that someone types while a program reads.

use kernel_core::command_line::CommandLine;
use kernel_core::line_editor::{Input, LINE_BYTES_MAX, LineEditor};

/// A key of this value stands for a read of as many bytes as the next key's value; none that a
/// keyboard sends, so that every key can be typed.
const READ: u8 = 0xff;

/// Ends what is typed, and is no part of what is read.
const CONTROL_D: u8 = 0x04;

/// Reads `input` as words, and types it.
///
/// # Panics
///
/// If a read disagrees with the peek before it, or finds more than was typed.
pub fn try_input(input: &[u8]) {
    if let Ok(words) = std::str::from_utf8(input) {
        let _ = CommandLine::parse(words);
    }
    type_all(input);
}

fn type_all(keys: &[u8]) {
    let mut editor = LineEditor::default();
    let mut echo = Vec::new();
    let mut read_bytes = 0;

    let mut keys_left = keys.iter();
    while let Some(&key) = keys_left.next() {
        if key == READ {
            let buffer_bytes = keys_left.next().copied().unwrap_or(0);
            read_bytes += read(&mut editor, usize::from(buffer_bytes));
        } else {
            editor.key(key, &mut echo);
        }
    }
    assert!(read_bytes <= keys.len(), "{read_bytes} bytes were read of {} keys", keys.len());
}

/// How many bytes a read into a buffer of this size finds.
fn read(editor: &mut LineEditor, buffer_bytes: usize) -> usize {
    let mut buffer = vec![0; buffer_bytes];
    let found = editor.peek();
    let input = editor.read(&mut buffer);

    let Input::Bytes(count) = input else {
        assert_eq!(input, found, "a peek saw something else");
        return 0;
    };
    assert!(matches!(found, Input::Bytes(_)), "a peek saw {found:?}");
    assert_eq!(count > 0, buffer_bytes > 0, "{count} of {buffer_bytes} bytes were read");
    assert!(count <= LINE_BYTES_MAX + 1, "a line has {count} bytes");
    assert!(!buffer[..count].contains(&CONTROL_D), "a mark of the editor's was read");
    count
}
