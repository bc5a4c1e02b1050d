//! The app that boot is measured with: no standard library, one page of memory, one call.

#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use app_guest::Stream;

app_guest::main!(main);

fn main() {
    // There is nobody to tell if the console does not take it.
    let _ = Stream::Output.write(b"hello from wasm\n");
}
