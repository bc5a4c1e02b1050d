//! Bytes as a bundle of apps.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::bundle::try_input(input));
