//! What threads cost, counted on one core: atomic instructions, spawning, waking, and switching
//! from one guest to the next.

use super::counted::{LONG_TURN, SHORT_TURN, run};
use super::figures::Figures;
use super::programs;
use super::told::Told;
use crate::image::Image;
use crate::manifest::GuestTarget;
use crate::process::Progress;
use crate::{apps, workspace};
use anyhow::anyhow;
use kernel_core::bundle::{App, Service};

/// How many steps [`measure`] takes.
pub(super) const STEPS: usize = 3;

/// Its exit code is nanoseconds of an atomic addition.
const ATOMIC_ADD: &str = include_str!("../../bench/micro/atomic-add.wat");

/// Arguments of the program in `bench/threads`, and the figures that its exit codes are.
const FIGURES: [(&str, &str); 3] = [
    ("spawn", "thread_spawn_instructions"),
    ("spawn-again", "thread_spawn_again_instructions"),
    ("wake", "thread_wake_instructions"),
];

/// Pages that a program with threads may have, as `bramble build` makes it.
const PAGES_MAX: u32 = 256;

/// Adds all figures.
///
/// # Errors
///
/// A program cannot be built, or one did not come to its end in two boards alike.
pub(super) fn measure(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step("atomic addition");
    let add = exit_code(image, &lowered(&wat::parse_str(ATOMIC_ADD)?)?, "")?;
    figures.add("atomic_add_instructions", add);

    progress.step("spawn and wake");
    let module = compiled("threads", progress)?;
    for (argument, figure) in FIGURES {
        figures.add(figure, exit_code(image, &module, argument)?);
    }

    progress.step("switch");
    figures.add("switch_instructions", switch_ns(image)?);
    Ok(())
}

/// The module of a program with threads as the kernel takes it.
///
/// # Errors
///
/// It cannot be lowered.
pub(super) fn lowered(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    let module = lower::lower(module, PAGES_MAX).map_err(|error| anyhow!("it {error}"))?;
    Ok(module.into_owned())
}

/// The program in the folder `bench/NAME`, as the kernel takes it.
///
/// # Errors
///
/// It cannot be built.
pub(super) fn compiled(name: &str, progress: &Progress) -> anyhow::Result<Vec<u8>> {
    let source = workspace::root().join("tools/bramble/bench").join(name);
    let output = workspace::target().join(format!("bench-{name}"));
    lowered(&apps::compile(&source, GuestTarget::Wasip1, &output, progress)?)
}

/// The program `module` with `argument`, which may have threads.
pub(super) fn app<'a>(module: &'a [u8], argument: &'a str) -> App<'a> {
    let uses = vec![Service::Wasi, Service::Threads];
    App { uses, args: vec![argument], ..programs::app("micro", module) }
}

/// The exit code of a program with threads.
fn exit_code(image: &Image, module: &[u8], argument: &str) -> anyhow::Result<u64> {
    let console =
        run(image, vec![app(module, argument)], &["bramble.bench=0", &turn_word(LONG_TURN)])?;
    Told(&console).exit_code("micro")
}

/// Nanoseconds from the end of a guest's turn to the first instruction of another's: of two that
/// take turns, one takes twice as long as alone, and as many switches.
fn switch_ns(image: &Image) -> anyhow::Result<u64> {
    let module = wat::parse_str(programs::RESUME)?;
    let took = |names: &[&'static str], turn| {
        let apps = names.iter().map(|name| programs::app(name, &module)).collect();
        let console = run(image, apps, &["bramble.bench=0", &turn_word(turn)])?;
        let told = Told(&console);
        anyhow::Ok((told.exit_code("one")?, told.cost("one")?.fuel))
    };
    let (alone_ns, fuel) = took(&["one"], LONG_TURN)?;
    let (in_turns_ns, _) = took(&["one", "other"], SHORT_TURN)?;
    let switches = 2 * fuel / SHORT_TURN;
    Ok(in_turns_ns.saturating_sub(2 * alone_ns) / switches.max(1))
}

/// The word of the kernel's command line for turns of `fuel` units.
pub(super) fn turn_word(fuel: u64) -> String {
    format!("bramble.turn={fuel}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_atomic_additions_can_be_lowered() {
        let module = lowered(&wat::parse_str(ATOMIC_ADD).unwrap()).unwrap();

        wasmparser::validate(&module).unwrap();
    }
}
