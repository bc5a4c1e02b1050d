//! What is counted: boots, programs, starts and calls, one instruction a nanosecond.

use super::figures::Figures;
use super::programs::{self, COMPUTE, PACKED_AT_S};
use super::told::{Told, ensure_agreement};
use crate::image::Image;
use crate::process::Progress;
use anyhow::{Context, ensure};
use kernel_core::bundle::{Access, App, Bundle, Files, Mount, OnCrash, WhenDone};
use qemu::{Board, Machine};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// How many steps [`boots`], [`compute`], [`starts_and_calls`] and [`memory`] take together.
pub(super) const STEPS: usize = BOOTS.len() + COMPUTE.len() + 6;

/// Apps of the image, and what the figures of their boots begin with.
const BOOTS: [(&str, &str); 3] =
    [("first", "boot"), ("hello", "boot_hello_rust"), ("hello-c", "boot_hello_c")];

/// Far more than any run takes; only a failure waits so long.
const LIMIT: Duration = Duration::from_secs(300);

/// How often an app is started, to get a mean.
const STARTS: u32 = 100;

/// Functions of a module that has few, and of one that has more.
const FEW_FUNCTIONS: usize = 31;
const MANY_FUNCTIONS: usize = 231;

/// Units of fuel of a turn that is short, and of one that no program here uses up.
pub(super) const SHORT_TURN: u64 = 1000;
pub(super) const LONG_TURN: u64 = 1_000_000_000;

/// Adds the stages of a boot with each of the [`BOOTS`] as the image's only app; `apps` is the
/// bundle of the image's apps.
pub(super) fn boots(
    image: &Image,
    apps: &[u8],
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    let apps = Bundle::read(apps).map_err(|error| anyhow::anyhow!("{error}"))?.apps;
    for (name, prefix) in BOOTS {
        progress.step(&format!("boot with {name}"));
        let app = apps.iter().find(|app| app.name == name);
        let app = app.with_context(|| format!("the image has no app `{name}` to measure"))?;
        let console = run(image, vec![app.clone()], &["bramble.bench=0"])?;

        for (stage, ns) in Told(&console).stages()? {
            match stage {
                "first wasm" => figures.add(&format!("{prefix}_first_wasm_instructions"), ns),
                "first output" => figures.add(&format!("{prefix}_first_output_instructions"), ns),
                _ => {}
            }
            figures.add(&format!("{prefix}_stages_instructions.{stage}"), ns);
        }
    }
    Ok(())
}

/// Adds what each of the programs that compute takes, from its bytes to its end.
pub(super) fn compute(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    for (name, module) in COMPUTE {
        progress.step(name);
        let console = run(image, vec![programs::app(name, module)], &["bramble.bench=0"])?;

        let told = Told(&console);
        let code = told.exit_code(name)?;
        ensure!(code == 0, "the program `{name}` failed with exit code {code}");
        let cost = told.cost(name)?;
        figures.add(&format!("compute_instructions.{name}"), cost.ran_ns);
        figures.add(&format!("compute_fuel.{name}"), cost.fuel);
    }
    Ok(())
}

/// Adds what it takes to start an app, to call the host, and to go on after a pause.
pub(super) fn starts_and_calls(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step("starts");
    let [one_page, pages_17] = [programs::ONE_PAGE, programs::PAGES_17].map(wat::parse_str);
    let (one_page, pages_17) = (one_page?, pages_17?);
    let apps = vec![programs::app("one-page", &one_page), programs::app("17-pages", &pages_17)];
    let console = run(image, apps, &[&format!("bramble.bench={STARTS}")])?;
    let told = Told(&console);
    figures.add("instance_start_instructions", told.start_ns("one-page")?);
    figures.add("instance_start_17_pages_instructions", told.start_ns("17-pages")?);

    progress.step("host call");
    let (call_ns, _) = run_micro(image, programs::HOST_CALL, LONG_TURN)?;
    figures.add("host_call_instructions", call_ns);

    progress.step("write to a file");
    let (write_ns, _) = run_micro(image, programs::FILE_WRITE, LONG_TURN)?;
    figures.add("file_write_instructions", write_ns);

    progress.step("resume");
    let (short_turns_ns, fuel) = run_micro(image, programs::RESUME, SHORT_TURN)?;
    let (one_turn_ns, _) = run_micro(image, programs::RESUME, LONG_TURN)?;
    let turns = fuel / SHORT_TURN;
    figures.add("resume_instructions", short_turns_ns.saturating_sub(one_turn_ns) / turns.max(1));

    progress.step("park and resume");
    let (park_ns, _) = run_micro(image, programs::PARK_RESUME, LONG_TURN)?;
    figures.add("park_resume_instructions", park_ns);
    Ok(())
}

/// Adds what memory a guest takes that sleeps, beside its linear memory.
pub(super) fn memory(
    image: &Image,
    figures: &mut Figures,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step("memory of a guest that sleeps");
    let [few, many] = [FEW_FUNCTIONS, MANY_FUNCTIONS].map(programs::sleeper).map(wat::parse_str);
    let (few, many) = (few?, many?);
    let apps = vec![programs::app("few", &few), programs::app("many", &many)];
    let console = run(image, apps, &["bramble.bench=1"])?;

    let told = Told(&console);
    let (few_bytes, many_bytes) = (told.held_bytes("few")?, told.held_bytes("many")?);
    let per_function =
        many_bytes.saturating_sub(few_bytes) / (MANY_FUNCTIONS - FEW_FUNCTIONS) as u64;
    figures.add("parked_guest_bytes", few_bytes);
    figures.add("parked_guest_bytes_per_function", per_function);
    Ok(())
}

/// The exit code of the program `text`, and its fuel, with turns of `turn_fuel`.
fn run_micro(image: &Image, text: &str, turn_fuel: u64) -> anyhow::Result<(u64, u64)> {
    let module = wat::parse_str(text)?;
    let turn = format!("bramble.turn={turn_fuel}");
    let files = Files::Memory { bytes_max: 1 << 20 };
    let mounts = vec![Mount { at: "/", files, access: Access::ReadWrite }];
    let app = App { mounts, ..programs::app("micro", &module) };
    let console = run(image, vec![app], &["bramble.bench=0", &turn])?;

    let told = Told(&console);
    Ok((told.exit_code("micro")?, told.cost("micro")?.fuel))
}

/// Boots the kernel of `image` with `apps` on two boards at once, until all apps have ended, and
/// gives what both told.
///
/// # Errors
///
/// They did not tell the same, or one did not come to its end.
pub(super) fn run(image: &Image, apps: Vec<App<'_>>, words: &[&str]) -> anyhow::Result<String> {
    let folder = tempfile::tempdir()?;
    let path = pack(image, apps, folder.path())?;
    let machine = Machine::new(Board::Raspi3b, &path).counted();
    let machine = words.iter().fold(machine, |machine, word| machine.append(*word));

    let (one, other) = thread::scope(|scope| {
        let one = scope.spawn(|| console_of(&machine));
        let other = console_of(&machine);
        (one.join().expect("no board panics"), other)
    });
    let (one, other) = (one?, other?);
    ensure_agreement(&one, &other)?;
    Ok(one)
}

/// Writes the kernel of `image` with `apps` to a file in `folder`; it turns the board off when all
/// have ended.
///
/// # Errors
///
/// The image cannot be read, or the file cannot be written.
pub(super) fn pack(image: &Image, apps: Vec<App<'_>>, folder: &Path) -> anyhow::Result<PathBuf> {
    let bundle = Bundle {
        packed_at_s: PACKED_AT_S,
        on_crash: OnCrash::Halt,
        when_done: WhenDone::PowerOff,
        network: Vec::new(),
        apps,
    };
    let path = folder.join("kernel8.img");
    std::fs::write(&path, qemu::repack(&image.gzip, &bundle)?)?;
    Ok(path)
}

/// All that the console says until the board turns itself off.
pub(super) fn console_of(machine: &Machine) -> anyhow::Result<String> {
    let qemu = machine.boot()?;
    let status = qemu.wait_exit(Some(LIMIT)).with_context(|| qemu.console())?;
    ensure!(status.success(), "QEMU failed: {status}: {}", qemu.complaints());
    Ok(qemu.console())
}
