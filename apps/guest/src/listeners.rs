//! Ports that are open when an app starts.

extern crate std;

use core::sync::atomic::{AtomicUsize, Ordering};
use std::net::TcpListener;
use std::os::fd::FromRawFd;

/// The variable with the numbers of the listeners, with colons between.
const VARIABLE: &str = "LISTEN_FDS";

/// The listener on the first port that the manifest's `listens` names, and with each further call
/// the one on the next; `None` after the last.
pub fn listener() -> Option<TcpListener> {
    static TAKEN: AtomicUsize = AtomicUsize::new(0);

    let numbers = std::env::var(VARIABLE).ok()?;
    let number = numbers.split(':').nth(TAKEN.fetch_add(1, Ordering::Relaxed))?;
    let number = number.parse().ok()?;
    // SAFETY: the kernel opened this descriptor for the app and told it nowhere else, and no two
    // calls give the same one.
    Some(unsafe { TcpListener::from_raw_fd(number) })
}
