//! Greets, and shows what a program gets: arguments, environment and clocks.

#![forbid(unsafe_code)]

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    // First of all a plain line, with the rest out of the way: a function is validated and
    // translated as a whole when it is first called, and the boot is measured up to here.
    println!("hello from Rust");
    tell_surroundings();
}

#[inline(never)]
fn tell_surroundings() {
    if let Ok(name) = std::env::var("NAME") {
        println!("hello {name}");
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    if !args.is_empty() {
        println!("arguments: {}", args.join(" "));
    }
    if let Ok(time) = SystemTime::now().duration_since(UNIX_EPOCH) {
        println!("seconds since 1970: {}", time.as_secs());
    }
}
