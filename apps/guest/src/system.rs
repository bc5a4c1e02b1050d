//! What the machine is doing.
//!
//! An app that asks says `uses = ["wasi", "system"]` in its manifest. Source:
//! `services/abi/src/system.rs`, which lists the values.

extern crate std;

use std::vec::Vec;

use crate::{Errno, answer};

/// Room at first; most machines' values fit.
const ROOM_BYTES: usize = 4096;

mod imports {
    #[link(wasm_import_module = "bramble_system")]
    unsafe extern "C" {
        /// Writes what is measured now, and stores how many bytes there were.
        pub(super) fn metrics(text: *mut u8, room_bytes: usize, text_bytes: *mut usize) -> u32;
    }
}

/// Replaces what is in `text` by what is measured now, in Prometheus' text format.
///
/// # Errors
///
/// What the kernel answers; `text` is empty then.
pub fn metrics(text: &mut Vec<u8>) -> Result<(), Errno> {
    let mut room_bytes = text.capacity().max(ROOM_BYTES);
    loop {
        text.clear();
        text.resize(room_bytes, 0);
        let mut text_bytes = 0;
        // SAFETY: the kernel writes no more than the `room_bytes` of `text`, and `text_bytes`.
        let errno = unsafe { imports::metrics(text.as_mut_ptr(), room_bytes, &mut text_bytes) };
        let written_bytes = if errno == 0 { text_bytes.min(room_bytes) } else { 0 };
        text.truncate(written_bytes);
        if text_bytes <= room_bytes || errno != 0 {
            return answer(errno, ());
        }
        room_bytes = text_bytes;
    }
}

/// The value of `name` in what [`metrics`] wrote, as in
/// `value(&text, r#"bramble_core_awake_seconds_total{core="0"}"#)`.
#[must_use]
pub fn value(text: &[u8], name: &str) -> Option<f64> {
    lines_behind(text, name).find_map(|rest| number(rest.strip_prefix(" ")?))
}

/// All values of that name, whatever they are of, as in
/// `values(&text, "bramble_core_awake_seconds_total")`.
pub fn values<'a>(text: &'a [u8], name: &'a str) -> impl Iterator<Item = f64> + 'a {
    lines_behind(text, name).filter_map(|rest| number(rest.strip_prefix('{')?.split_once("} ")?.1))
}

/// What is behind `start` in each line that begins so.
fn lines_behind<'a>(text: &'a [u8], start: &'a str) -> impl Iterator<Item = &'a str> {
    let lines = core::str::from_utf8(text).unwrap_or_default().lines();
    lines.filter_map(move |line| line.strip_prefix(start))
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"bramble_uptime_seconds 12.5\n\
        bramble_core_awake_seconds_total{core=\"0\"} 3\n\
        bramble_core_awake_seconds_total{core=\"1\"} 4.25\n\
        bramble_memory_bytes nothing\n";

    #[test]
    fn a_value_is_found_by_its_whole_name() {
        assert_eq!(value(TEXT, "bramble_uptime_seconds"), Some(12.5));
        assert_eq!(value(TEXT, r#"bramble_core_awake_seconds_total{core="1"}"#), Some(4.25));
        assert_eq!(value(TEXT, "bramble_core_awake_seconds_total"), None);
        assert_eq!(value(TEXT, "uptime_seconds"), None);
    }

    #[test]
    fn the_values_of_a_name_are_those_of_all_cores() {
        let values = |name| values(TEXT, name).collect::<Vec<_>>();
        assert_eq!(values("bramble_core_awake_seconds_total"), [3.0, 4.25]);
        assert_eq!(values("bramble_core_awake_seconds"), []);
        assert_eq!(values("bramble_uptime_seconds"), []);
    }

    #[test]
    fn what_is_no_number_has_no_value() {
        assert_eq!(value(TEXT, "bramble_memory_bytes"), None);
        assert_eq!(value(b"", "bramble_memory_bytes"), None);
    }
}
