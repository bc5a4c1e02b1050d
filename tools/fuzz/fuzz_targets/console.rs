//! Bytes as the firmware's words and as typed keys.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::console::try_input(input));
