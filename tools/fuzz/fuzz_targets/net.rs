//! Bytes as frames from the network.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::net::try_input(input));
