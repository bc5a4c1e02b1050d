//! Says once a second how long it has been running, as often as its argument says.

#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

const SECONDS: u32 = 3;

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let start = Instant::now();

    for _ in 0..seconds {
        std::thread::sleep(Duration::from_secs(1));
        println!("running for {} ms", start.elapsed().as_millis());
    }
}
