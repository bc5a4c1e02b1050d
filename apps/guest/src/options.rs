//! What an app was started with.

extern crate std;

use std::str::FromStr;

/// What stands behind `name` in the arguments, as in `option::<u32>("--frame")`; `None` if that is
/// not there, or no `T`.
#[must_use]
pub fn option<T: FromStr>(name: &str) -> Option<T> {
    std::env::args().skip_while(|word| word != name).nth(1)?.parse().ok()
}
