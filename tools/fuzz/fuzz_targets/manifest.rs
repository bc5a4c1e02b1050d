//! Text as a manifest of apps.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::manifest::try_input(input));
