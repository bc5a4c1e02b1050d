//! What to tell of a machine that failed.

use super::ending::Ending;
use crate::image::Image;
use qemu::Qemu;
use qemu::symbols::Symbols;

/// How many lines of the kernel's log tell of a failure.
const LOG_LINES_MAX: usize = 40;

/// What to say of a machine that said nothing.
pub(super) fn silence(image: &Image) -> String {
    format!(
        "QEMU ended before the kernel said anything: is {} an image of Bramble's? `cargo bramble image` builds one",
        image.gzip.display()
    )
}

/// The machine's failure, with the end of the kernel's log.
pub(super) fn failure(qemu: &Qemu, image: &Image, what: &str) -> Ending {
    // Without names the addresses are still worth showing.
    let symbols = Symbols::read(&image.elf).unwrap_or_default();
    let log = symbols.annotate(&qemu.console());
    let mut report = what.to_owned();
    for line in last_lines(&log, LOG_LINES_MAX).chain(qemu.complaints().lines()) {
        report.push_str("\n  ");
        report.push_str(line);
    }
    Ending::MachineFailed(report)
}

fn last_lines(text: &str, count: usize) -> impl Iterator<Item = &str> {
    let skipped = text.lines().count().saturating_sub(count);
    text.lines().skip(skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_long_log_is_shown() {
        assert_eq!(last_lines("1\n2\n3\n", 2).collect::<Vec<_>>(), ["2", "3"]);
        assert_eq!(last_lines("1\n", 2).collect::<Vec<_>>(), ["1"]);
    }
}
