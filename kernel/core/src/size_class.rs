//! Size classes: small blocks of memory come in few sizes, so that each fits where another was.
//!
//! Up to 128 bytes a class has 16 more than the one before; above, four classes double the size.
//! What was asked for is rounded up by at most a quarter there, and by about a tenth on average.

/// Bytes of the largest block that is small.
pub const SMALL_BYTES_MAX: usize = 2048;

/// How many classes there are.
pub const CLASSES: usize = 24;

/// Blocks begin at multiples of this many bytes.
pub const ALIGN_BYTES: usize = 16;

/// Classes that differ by [`ALIGN_BYTES`]; of the others, [`PER_DOUBLING`] double the size.
const EVEN: usize = 8;
const PER_DOUBLING: usize = 4;

/// The class whose blocks hold `bytes`; `None` if no block is so large.
#[must_use]
pub const fn class_of(bytes: usize) -> Option<usize> {
    if bytes > SMALL_BYTES_MAX {
        return None;
    }
    let step = bytes.saturating_sub(1) / ALIGN_BYTES;
    if step < EVEN {
        return Some(step);
    }
    // The highest bit tells the doubling, the two below it the place in there.
    let power = step.ilog2() as usize;
    let doubling = power - EVEN.ilog2() as usize;
    Some(EVEN + PER_DOUBLING * doubling + (step >> (power - 2)) % PER_DOUBLING)
}

/// Bytes of a block of `class`.
#[must_use]
pub const fn block_bytes(class: usize) -> usize {
    if class < EVEN {
        return (class + 1) * ALIGN_BYTES;
    }
    let (doubling, place) = ((class - EVEN) / PER_DOUBLING, (class - EVEN) % PER_DOUBLING);
    ((PER_DOUBLING + place + 1) << (doubling + 1)) * ALIGN_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_small_size_has_the_first_class_that_holds_it() {
        for bytes in 0..=SMALL_BYTES_MAX {
            let class = class_of(bytes).unwrap();
            assert!(class < CLASSES && block_bytes(class) >= bytes, "{bytes}");
            assert!(class == 0 || block_bytes(class - 1) < bytes, "{bytes}");
        }
    }

    #[test]
    fn the_last_class_holds_the_largest_small_size_and_no_class_more() {
        assert_eq!(block_bytes(CLASSES - 1), SMALL_BYTES_MAX);
        assert_eq!(class_of(SMALL_BYTES_MAX + 1), None);
        assert_eq!(class_of(usize::MAX), None);
    }

    #[test]
    fn nothing_above_a_few_bytes_is_rounded_up_by_more_than_a_quarter() {
        for bytes in 129..=SMALL_BYTES_MAX {
            let rounded_up = block_bytes(class_of(bytes).unwrap()) - bytes;
            assert!(4 * rounded_up < bytes, "{bytes}");
        }
    }

    #[test]
    fn blocks_keep_the_alignment() {
        assert!((0..CLASSES).all(|class| block_bytes(class).is_multiple_of(ALIGN_BYTES)));
    }
}
