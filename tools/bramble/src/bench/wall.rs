//! Ordinary boots, measured with a clock.

use crate::image::Image;
use anyhow::bail;
use qemu::{Board, Machine, Qemu, WaitError};
use std::time::{Duration, Instant};

/// What the console says first of the app that boot is measured with.
const FIRST_OUTPUT: &str = "first | ";

/// How exactly a boot is measured.
const POLL: Duration = Duration::from_millis(1);

/// Far more than a boot, or anything else that is waited for.
const LIMIT: Duration = Duration::from_secs(120);

/// Milliseconds from QEMU's start to the first output of a Wasm program, for each of `boots`
/// boots of `image`.
///
/// # Errors
///
/// QEMU is missing, or there was no output.
pub(super) fn boots_ms(image: &Image, boots: u32) -> anyhow::Result<Vec<u64>> {
    (0..boots).map(|_| boot_ms(image)).collect()
}

fn boot_ms(image: &Image) -> anyhow::Result<u64> {
    let begin = Instant::now();
    let qemu = Machine::new(Board::Raspi3b, &image.gzip).boot()?;
    wait_for(&qemu, FIRST_OUTPUT)?;
    Ok(begin.elapsed().as_millis() as u64)
}

/// What the console has said once it has said `text`.
///
/// # Errors
///
/// QEMU ended, or it took too long.
pub(super) fn wait_for(qemu: &Qemu, text: &str) -> anyhow::Result<String> {
    let begun = Instant::now();
    loop {
        let console = qemu.console();
        if console.find(text).is_some_and(|at| console[at..].contains('\n')) {
            return Ok(console);
        }
        pause(qemu, begun)?;
    }
}

/// A moment, in a wait that began at `begun`.
///
/// # Errors
///
/// As for [`wait_for`].
pub(super) fn pause(qemu: &Qemu, begun: Instant) -> anyhow::Result<()> {
    let waited = qemu.wait_exit(Some(POLL));
    if waited != Err(WaitError::TimedOut) || begun.elapsed() > LIMIT {
        bail!("the board did not do as it should:\n{}{}", qemu.console(), qemu.complaints());
    }
    Ok(())
}

/// The least and the middle of `values`, of two middles the lower one.
pub(super) fn minimum_and_median<T: Copy + PartialOrd>(values: &[T]) -> Option<(T, T)> {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.partial_cmp(other).unwrap_or(std::cmp::Ordering::Equal));
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some((*sorted.first()?, *middle))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(minimum_and_median(&[9, 1, 5]), Some((1, 5)));
        assert_eq!(minimum_and_median(&[9, 5, 1, 7]), Some((1, 5)));
        assert_eq!(minimum_and_median(&[0.25]), Some((0.25, 0.25)));
        assert_eq!(minimum_and_median::<u64>(&[]), None);
    }
}
