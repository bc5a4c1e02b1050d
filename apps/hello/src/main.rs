//! Greets, and shows what a program gets: arguments, environment and clocks.

#![forbid(unsafe_code)]

use std::time::{SystemTime, UNIX_EPOCH};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let name = std::env::var("NAME").unwrap_or_else(|_| "world".to_owned());

    println!("hello {name}, from Rust");
    if !args.is_empty() {
        println!("arguments: {}", args.join(" "));
    }
    if let Ok(time) = SystemTime::now().duration_since(UNIX_EPOCH) {
        println!("seconds since 1970: {}", time.as_secs());
    }
}
