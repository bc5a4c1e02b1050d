//! A bar on stderr for work that is counted in bytes.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar that shows how many bytes of the work are done, and how long the rest takes; on anything
/// but a terminal it shows nothing.
pub(crate) struct ByteBar {
    bar: ProgressBar,
}

impl ByteBar {
    /// A bar for `what`, which is done after `length_bytes`.
    pub(crate) fn new(what: &'static str, length_bytes: u64) -> Self {
        let bar = ProgressBar::new(length_bytes).with_prefix(what);
        let style = ProgressStyle::with_template(
            "{prefix} [{wide_bar}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go",
        )
        .expect("the template is well-formed")
        .progress_chars("=> ");
        bar.set_style(style);
        Self { bar }
    }

    /// So many bytes more are done.
    pub(crate) fn advance(&self, length_bytes: usize) {
        self.bar.inc(length_bytes as u64);
    }
}

impl Drop for ByteBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
