//! Bytes as what a USB device says of itself.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::usb::try_input(input));
