//! How much faster two cores are than one, measured with a clock. The work begins a second after
//! the boot, when all cores are up, and takes a second or more of a host's time.

use super::threads::lowered;
use super::told::Told;
use super::{counted, programs};
use crate::image::Image;
use anyhow::{Context, ensure};
use kernel_core::bundle::{App, Service};
use qemu::{Board, Machine};

/// Says how many thousandths as fast two threads are as one.
const THREADS: &str = include_str!("../../bench/micro/threads.wat");

/// Says when it began and when it ended.
const SPAN: &str = include_str!("../../bench/micro/span.wat");

/// How many times as fast the same work is done by two as by one, in each of several runs.
#[derive(Debug, Default)]
pub(super) struct SpeedUps {
    /// Two threads of one app, against one thread.
    pub(super) threads: Vec<f64>,
    /// Two apps at once, against one after the other.
    pub(super) apps: Vec<f64>,
}

/// Measures `runs` of each, with the cores of the host that the emulator takes.
///
/// # Errors
///
/// QEMU is missing, or a program did not come to its end.
pub(super) fn measure(image: &Image, runs: u32) -> anyhow::Result<SpeedUps> {
    let threads = lowered(&wat::parse_str(THREADS)?)?;
    let span = wat::parse_str(SPAN)?;
    Ok(SpeedUps {
        threads: (0..runs).map(|_| of_threads(image, &threads)).collect::<Result<_, _>>()?,
        apps: (0..runs).map(|_| of_apps(image, &span)).collect::<Result<_, _>>()?,
    })
}

fn of_threads(image: &Image, module: &[u8]) -> anyhow::Result<f64> {
    let uses = vec![Service::Wasi, Service::Threads];
    let said = numbers(image, vec![App { uses, ..programs::app("one", module) }])?;
    let thousandths = said.first().context("the program with threads said nothing")?;
    Ok(*thousandths as f64 / 1000.0)
}

fn of_apps(image: &Image, module: &[u8]) -> anyhow::Result<f64> {
    let alone_ns = span_ns(image, vec![programs::app("one", module)])?;
    let at_once = vec![programs::app("one", module), programs::app("two", module)];
    Ok(2.0 * alone_ns as f64 / span_ns(image, at_once)? as f64)
}

/// Nanoseconds from the first beginning to the last end of `apps`.
fn span_ns(image: &Image, apps: Vec<App<'_>>) -> anyhow::Result<u64> {
    let count = 2 * apps.len();
    let said = numbers(image, apps)?;
    ensure!(said.len() == count, "a program did not say when it began and ended");
    let (first, last) = (said.iter().min(), said.iter().max());
    Ok(last.unwrap_or(&0) - first.unwrap_or(&0))
}

/// The numbers that `apps` said until all of them ended.
fn numbers(image: &Image, apps: Vec<App<'_>>) -> anyhow::Result<Vec<u64>> {
    let folder = tempfile::tempdir()?;
    let path = counted::pack(image, apps, folder.path())?;
    let console = counted::console_of(&Machine::new(Board::Raspi3b, &path))?;
    Ok(Told(&console).numbers())
}
