//! Values on the command line: variables, sizes, times.

use std::time::Duration;

const PAGE_BYTES: u64 = 64 << 10;

/// Linear memory is addressed with 32 bits.
const PAGES_MAX: u64 = 1 << 16;

/// `NAME=VALUE`.
pub(super) fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it should look like NAME=VALUE".to_owned()),
    }
}

/// A number of pages, or of bytes with a unit behind, which is rounded down to pages.
pub(super) fn pages(text: &str) -> Result<u64, String> {
    let (digits, unit_bytes) = match text.strip_suffix(['K', 'k', 'M', 'm', 'G', 'g']) {
        None => (text, PAGE_BYTES),
        Some(digits) => (digits, unit_bytes(&text[digits.len()..])),
    };
    let wrong = || "it should be a number of pages, or of bytes such as 64K, 16M, 1G".to_owned();
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    let pages = count.checked_mul(unit_bytes).map(|bytes| bytes / PAGE_BYTES);
    pages.filter(|pages| *pages <= PAGES_MAX).ok_or_else(|| "a program has at most 4G".to_owned())
}

/// Units of fuel above 0; the digits may be grouped by `_`.
pub(super) fn fuel(text: &str) -> Result<u64, String> {
    let begins_with_digit = text.starts_with(|first: char| first.is_ascii_digit());
    let units = text.replace('_', "").parse().ok().filter(|units| *units > 0 && begins_with_digit);
    units.ok_or_else(|| {
        "it should be a whole number above 0, such as 1_000_000; without --fuel there is no end"
            .to_owned()
    })
}

fn unit_bytes(suffix: &str) -> u64 {
    match suffix {
        "K" | "k" => 1 << 10,
        "M" | "m" => 1 << 20,
        _ => 1 << 30,
    }
}

/// A positive number of seconds, which may have a fraction.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "it should be a number of seconds above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_given_in_pages_or_in_bytes_with_a_unit() {
        assert_eq!(pages("16"), Ok(16));
        assert_eq!(pages("64K"), Ok(1));
        assert_eq!(pages("100k"), Ok(1));
        assert_eq!(pages("16M"), Ok(256));
        assert_eq!(pages("4G"), Ok(65_536));
    }

    #[test]
    fn memory_that_no_program_can_have_is_an_error() {
        for wrong in ["", "M", "-1", "1.5M", "5G", "65537", "18446744073709551615", "16 M", "1T"] {
            assert!(pages(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fuel_is_a_number_above_0_whose_digits_may_be_grouped() {
        assert_eq!(fuel("7"), Ok(7));
        assert_eq!(fuel("1_000_000"), Ok(1_000_000));
        for wrong in ["", "_", "0", "_1", "+1", "-1", "1e6", "18446744073709551616"] {
            assert!(fuel(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_may_have_a_fraction_but_not_be_nothing() {
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for wrong in ["", "0", "-1", "inf", "nan", "1s", "1e300"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_variable_needs_a_name() {
        assert!(variable("=1").is_err());
        assert!(variable("NAME").is_err());
    }
}
