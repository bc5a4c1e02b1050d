//! What the display takes: instructions for each pixel that an app presents, or that a window is
//! moved over, and when its first picture is there.

use super::counted;
use super::figures::Figures;
use super::programs;
use super::told::Told;
use crate::image::Image;
use crate::process::Progress;
use anyhow::Context;
use kernel_core::bundle::{App, Service};

/// How many steps [`measure`] takes.
pub(super) const STEPS: usize = 4;

/// Presents a picture some times.
const PRESENT: &str = include_str!("../../bench/micro/present.wat");
/// Draws a window, and then sleeps.
const IDLE: &str = include_str!("../../bench/micro/idle.wat");

/// Pixels of QEMU's screen, which is what the budgets are about.
const SCREEN_PIXELS: u64 = 640 * 480;

const FEW_PRESENTS: u64 = 4;
const MANY_PRESENTS: u64 = 20;

/// Adds all figures.
///
/// # Errors
///
/// A program did not come to its end in two boards alike.
pub(super) fn measure(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step("presents");
    figures.add("present_instructions_per_1000_pixels", present_cost(image, [640, 480, 1])?);
    progress.step("presents of larger pixels");
    figures.add("present_2x_instructions_per_1000_pixels", present_cost(image, [320, 240, 2])?);

    progress.step("a window that is moved, and one that is not");
    let (pixels, ns) = Told(&idle_for(image, 1)?).moves()?;
    figures.add("window_move_instructions_per_1000_pixels", ns * 1000 / pixels.max(1));
    let painted = |seconds| anyhow::Ok(Told(&idle_for(image, seconds)?).painted_pixels()?);
    figures.add("idle_desktop_pixels_per_second", (painted(6)? - painted(1)?) / 5);

    progress.step("first picture");
    figures.add("first_picture_instructions", first_picture_ns(image)?);
    Ok(())
}

/// Instructions of a core, from the call to the picture on the display, for each 1000 pixels.
fn present_cost(image: &Image, picture: [u64; 3]) -> anyhow::Result<u64> {
    let awake_ns = |presents| {
        let [width, height, scale] = picture.map(|number: u64| number.to_string());
        let text = PRESENT.replace("PRESENTS", &u64::to_string(&presents));
        let text = text.replace("WIDTH", &width).replace("HEIGHT", &height);
        let console = run(image, &text.replace("SCALE", &scale))?;
        Told(&console).awake_ns()
    };
    let took_ns = awake_ns(MANY_PRESENTS)? - awake_ns(FEW_PRESENTS)?;
    Ok(took_ns * 1000 / ((MANY_PRESENTS - FEW_PRESENTS) * SCREEN_PIXELS))
}

fn idle_for(image: &Image, seconds: u64) -> anyhow::Result<String> {
    run(image, &IDLE.replace("SECONDS", &seconds.to_string()))
}

/// What the console says of a program with a window.
fn run(image: &Image, text: &str) -> anyhow::Result<String> {
    let module = wat::parse_str(text)?;
    let uses = vec![Service::Wasi, Service::Display];
    let app = App { uses, ..programs::app("window", &module) };
    let console = counted::run(image, vec![app], &["bramble.bench=0"])?;
    let code = Told(&console).exit_code("window")?;
    anyhow::ensure!(code == 0, "the program with a window failed with exit code {code}");
    Ok(console)
}

/// From the kernel's entry to the start screen, as a person boots it.
fn first_picture_ns(image: &Image) -> anyhow::Result<u64> {
    let first =
        wat::parse_str("(module (memory (export \"memory\") 1) (func (export \"_start\")))")?;
    let console = counted::run(image, vec![programs::app("first", &first)], &[])?;
    let row = console.lines().find_map(|line| line.trim().strip_prefix("first picture"));
    let ms = row.and_then(|row| row.trim().strip_suffix(" ms"));
    let ms: f64 = ms.with_context(|| format!("there was no picture: {console}"))?.parse()?;
    Ok((ms * 1e6) as u64)
}
