//! What is counted on several cores: whether two threads take as much of two cores, and what it
//! takes to wake one on a core that sleeps.
//!
//! Where instructions are counted, QEMU runs one core after the other, and time is what all of them
//! have run together. So it is the programs that find out which core ran when: see `bench/cores`.

use super::counted::{LONG_TURN, run};
use super::figures::Figures;
use super::threads::{app, compiled, turn_word};
use super::told::Told;
use crate::image::Image;
use crate::process::Progress;
use anyhow::anyhow;

/// How many steps [`measure`] takes.
pub(super) const STEPS: usize = 2;

/// Adds all figures.
///
/// # Errors
///
/// The program cannot be built, or did not come to its end in two boards alike.
pub(super) fn measure(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step("two threads on two cores");
    let module = compiled("cores", progress)?;
    let [one, other] = numbers(image, &module, "work")?;
    figures.add("two_threads_first_core_instructions", one);
    figures.add("two_threads_second_core_instructions", other);
    figures.add("two_threads_apart_permille", apart_permille(one, other));

    progress.step("wake on another core");
    let [wake] = numbers(image, &module, "wake")?;
    figures.add("thread_wake_other_core_instructions", wake);
    Ok(())
}

/// What the program says with `argument`, while all cores run apps.
fn numbers<const N: usize>(
    image: &Image,
    module: &[u8],
    argument: &str,
) -> anyhow::Result<[u64; N]> {
    let console = run(image, vec![app(module, argument)], &[&turn_word(LONG_TURN)])?;
    let said = Told(&console).numbers();
    said.try_into().map_err(|said| anyhow!("it said {said:?}, not {N} numbers: {console}"))
}

/// By how many thousandths of the larger number the other is smaller.
fn apart_permille(one: u64, other: u64) -> u64 {
    one.abs_diff(other) * 1000 / one.max(other).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_matter_which_core_did_more() {
        assert_eq!([apart_permille(90, 100), apart_permille(100, 90)], [100, 100]);
        assert_eq!([apart_permille(7, 7), apart_permille(0, 0)], [0, 0]);
        assert_eq!(apart_permille(0, 5), 1000);
    }
}
