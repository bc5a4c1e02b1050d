//! How long things take, and may take.
//!
//! Sources: *SD Host Controller Simplified Specification*, version 3.00, and where it says so
//! *SD Physical Layer Simplified Specification*.

const MILLISECOND_NS: u64 = 1_000_000;

/// The slowest clock that a card takes (*SD Physical Layer*, §6.6.6).
const CLOCK_HZ_MIN: u32 = 100_000;
/// For the clock while a card is found (*SD Physical Layer*, §4.4).
pub(crate) const SLOW_CLOCK_HZ: u32 = 400_000;
/// From the supply being stable to the first command (*SD Physical Layer*, §6.4.1).
pub(crate) const POWER_UP_NS: u64 = MILLISECOND_NS;
/// Clocks that the card gets before the first command; 74 at least (*SD Physical Layer*, §6.4.1).
pub(crate) const POWER_UP_CLOCKS: u64 = 80;

/// For a reset, which the specification does not limit; Linux gives it as long.
pub(crate) const RESET_NS_MAX: u64 = 100 * MILLISECOND_NS;
/// For the internal clock to become stable (§2.2.14), as long as Linux waits for it.
pub(crate) const CLOCK_NS_MAX: u64 = 150 * MILLISECOND_NS;
/// For an answer, which has 64 clocks to begin (160 µs), and for lines that are still in use.
pub(crate) const ANSWER_NS_MAX: u64 = 10 * MILLISECOND_NS;
/// For the next block of a read (*SD Physical Layer*, §4.6.2.1).
pub(crate) const READ_NS_MAX: u64 = 100 * MILLISECOND_NS;
/// For the card to take a block, and to be done with writing (*SD Physical Layer*, §4.6.2.2,
/// the longest that any kind of card is allowed).
pub(crate) const WRITE_NS_MAX: u64 = 500 * MILLISECOND_NS;

/// Clocks of the card between two writes to registers: the Arasan controller loses the second
/// of two within two clocks. Linux waits four. The data port is not concerned.
pub(crate) const WRITE_GAP_CLOCKS: u64 = 4;

/// The largest divisor that the clock control register holds (§2.2.14).
const DIVISOR_MAX: u32 = 0x3ff;

/// Half of what divides `base_hz` down to `hz_max` or less; 0 if nothing has to (§2.2.14).
pub(crate) fn divisor(base_hz: u32, hz_max: u32) -> u32 {
    if base_hz <= hz_max { 0 } else { base_hz.div_ceil(2 * hz_max).min(DIVISOR_MAX) }
}

/// How long `clocks` take at `rate_hz`, rounded up; a rate that no card could use, because the
/// board told a wrong one, is taken for the lowest that one can.
pub(crate) fn clocks_ns(clocks: u64, rate_hz: u32) -> u64 {
    (clocks * 1_000_000_000).div_ceil(u64::from(rate_hz.max(CLOCK_HZ_MIN)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_divisor_never_gives_more_than_was_asked_for() {
        assert_eq!(divisor(200_000_000, 400_000), 250);
        assert_eq!(divisor(250_000_000, 400_000), 313);
        assert_eq!(divisor(100_000_000, 25_000_000), 2);
        assert_eq!(divisor(100_000_000, 50_000_000), 1);
        assert_eq!(divisor(99_999_999, 50_000_000), 1);
        assert_eq!(divisor(50_000_000, 50_000_000), 0);
        assert_eq!(divisor(0, 400_000), 0);
    }

    #[test]
    fn a_divisor_fits_its_ten_bits() {
        assert_eq!(divisor(u32::MAX, 400_000), 1023);
    }

    #[test]
    fn clocks_take_a_nanosecond_too_long_rather_than_too_short() {
        assert_eq!(clocks_ns(4, 400_000), 10_000);
        assert_eq!(clocks_ns(4, 50_000_000), 80);
        assert_eq!(clocks_ns(1, 300_000), 3334);
    }

    #[test]
    fn a_rate_that_cannot_be_makes_no_wait_endless() {
        assert_eq!(clocks_ns(4, 0), 40_000);
    }
}
