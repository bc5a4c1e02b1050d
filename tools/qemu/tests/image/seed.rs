//! Where tests begin that are different each time.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

/// `BRAMBLE_SEED`, or else the time. Says which, so that a failure of `what` can be had again.
pub(super) fn seed(what: &str) -> u64 {
    let seed = match std::env::var("BRAMBLE_SEED") {
        Ok(text) => text.parse().expect("BRAMBLE_SEED is a number"),
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64,
    };
    // Beside the test runner, which keeps what a test that passes prints.
    let _ = writeln!(std::io::stderr(), "{what} with BRAMBLE_SEED={seed}");
    seed
}
