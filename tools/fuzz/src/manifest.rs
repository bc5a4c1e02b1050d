//! Text as a manifest of apps: what is wrong with it is said with its line.

use bramble::manifest::Manifest;
use std::path::Path;

const FILE: &str = "apps.toml";

/// Parses `input` if it is text, as a file must be to get this far.
///
/// # Panics
///
/// If an error does not say where it is.
pub fn try_input(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Err(error) = Manifest::parse(text, Path::new(FILE)) {
        check_message(&format!("{error:#}"), text);
    }
}

fn check_message(message: &str, text: &str) {
    // The one mistake that is in no line.
    if message == format!("{FILE} names no app") {
        return;
    }
    let rest = message.strip_prefix(FILE).and_then(|rest| rest.strip_prefix(", line "));
    let line = rest.and_then(|rest| rest.split_once(": ")?.0.parse::<usize>().ok());
    let lines = text.matches('\n').count() + 1;
    assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{lines} lines: {message}");
}
