//! Bytes as a program: loaded, and run in turns.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::module::try_input(input));
