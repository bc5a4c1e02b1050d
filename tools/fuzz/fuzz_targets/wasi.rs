//! Calls of WASI with any arguments.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::wasi::try_input(input));
