//! `bramble bench`: what Bramble costs in figures, beside what others cost and what it may cost.
//!
//! What is counted in instructions is the same on every machine: it is counted twice, by two
//! boards side by side, and has to come out the same. The network's figures are counted, too, but
//! not the same each time; the ordinary boots, and two cores against one, take a clock.

mod budgets;
mod cores;
mod counted;
mod display;
mod figures;
mod network;
mod parallel;
mod peers;
mod programs;
mod report;
mod serial;
mod threads;
mod told;
mod wall;

use crate::image::{self, Image, Profile, Sizes};
use crate::process::Progress;
use crate::workspace;
use anyhow::{Context, ensure};
use budgets::Verdict;
use figures::Figures;
use peers::Peers;
use report::{Report, Wall};
use std::path::PathBuf;
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble bench
  cargo bramble bench --boots 10 --json
  cargo bramble bench --serial /dev/ttyUSB0 --boots 5

The figures are also written to target/bench.json. With --serial nothing is built or emulated: the
boots of a real board are read from its console, one each time you switch it on. The environment
variable BRAMBLE_IMAGE names another image to measure.
Exit codes: 0 if every budget is met; 1 if one is not, or if two runs did not agree.";

/// The arguments of `bramble bench`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// How many boots of each kind to measure with a clock.
    #[arg(long, value_name = "N", default_value_t = 5)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    boots: u32,

    /// Read the boots of a real board from this serial port, at 115 200 baud.
    #[arg(long, value_name = "DEVICE")]
    serial: Option<PathBuf>,

    /// Print the figures, or the error, as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Runs the verb: measures, prints, and writes the figures to a file.
///
/// # Errors
///
/// A budget is not met, two runs did not agree, or something could not be built or run.
pub(crate) fn bench(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(device) = &args.serial {
        serial::bench(device, args.boots, args.json)?;
        return Ok(ExitCode::SUCCESS);
    }

    let peers = Peers::ours()?;
    let (figures, wall) = measure(args.boots)?;
    let verdicts = budgets::verdicts(|name| match name {
        budgets::GEOMEAN => peers.geomean_vs_wamr_fast(&figures),
        _ => figures.get(name).map(|value| value as f64),
    });

    let report = Report { figures: &figures, wall, peers: &peers, verdicts: &verdicts };
    let json = report.to_json();
    let path = workspace::target().join("bench.json");
    std::fs::write(&path, format!("{json:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))?;
    if args.json {
        println!("{json:#}");
    } else {
        print!("{}", report.to_text());
    }
    ensure_met(&verdicts)?;
    Ok(ExitCode::SUCCESS)
}

/// All figures that are counted, and those that a clock gives in `boots` boots of each kind.
fn measure(boots: u32) -> anyhow::Result<(Figures, Wall)> {
    let image = shipped()?;
    let small = image::Args {
        profile: Profile::Small,
        apps: Some(workspace::root().join("tools/bramble/bench/small.toml")),
        ..image::Args::default()
    };
    let (small, _) = image::build(&small)?;
    let apps = programs::shipped_apps()?;

    let progress = Progress::new(
        counted::STEPS + threads::STEPS + cores::STEPS + display::STEPS + network::STEPS + 4,
    );
    let mut figures = Figures::default();
    counted::boots(&image, &apps, &mut figures, &progress)?;
    counted::compute(&image, &mut figures, &progress)?;
    counted::starts_and_calls(&image, &mut figures, &progress)?;
    counted::memory(&image, &mut figures, &progress)?;
    threads::measure(&image, &mut figures, &progress)?;
    cores::measure(&image, &mut figures, &progress)?;
    display::measure(&image, &mut figures, &progress)?;

    let counts = network::count(&image, &progress)?;
    figures.add("tcp_send_instructions_per_kib", counts.sent_instructions);
    figures.add("tcp_receive_instructions_per_kib", counts.received_instructions);
    figures.add("network_address_ns", counts.address_ns);

    progress.step("sizes");
    let (full, small) = (image::sizes_without_apps(&image)?, image::sizes_without_apps(&small)?);
    add_sizes(&mut figures, &full, &small);

    progress.step("boots by the clock");
    let boots_ms = wall::boots_ms(&image, boots)?;
    progress.step("two cores by the clock");
    let speed_ups = parallel::measure(&image, boots)?;
    progress.step("the network by the clock");
    let speeds = network::measure(&image, boots)?;
    Ok((figures, Wall { boots_ms, speed_ups, speeds }))
}

/// The image as it ships, of the sources as they are, or the one that `BRAMBLE_IMAGE` names.
fn shipped() -> anyhow::Result<Image> {
    match std::env::var_os("BRAMBLE_IMAGE") {
        Some(path) => Ok(Image::at(path.into())),
        None => image::build(&image::Args::default()).map(|(image, _)| image),
    }
}

fn add_sizes(figures: &mut Figures, full: &Sizes, small: &Sizes) {
    figures.add("image_gzip_bytes", full.shipped_bytes as u64);
    figures.add("image_flat_bytes", full.flat_bytes as u64);
    figures.add("image_small_flat_bytes", small.flat_bytes as u64);
    for part in full.parts.iter().filter(|part| part.flat_bytes > 0) {
        figures.add(&format!("image_gzip_bytes_of.{}", part.name), part.shipped_bytes as u64);
        figures.add(&format!("image_flat_bytes_of.{}", part.name), part.flat_bytes as u64);
    }
}

fn ensure_met(verdicts: &[Verdict]) -> anyhow::Result<()> {
    let unmet: Vec<_> =
        verdicts.iter().filter(|verdict| !verdict.is_met()).map(|verdict| verdict.name).collect();
    ensure!(unmet.is_empty(), "over budget: {}", unmet.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_that_is_not_met_is_an_error_that_names_it() {
        let all_within = budgets::verdicts(|_| Some(0.0));
        let one_over =
            budgets::verdicts(|name| Some(if name == "image_gzip_bytes" { 1e9 } else { 0.0 }));

        assert!(ensure_met(&all_within).is_ok());
        let message = ensure_met(&one_over).unwrap_err().to_string();
        assert_eq!(message, "over budget: image_gzip_bytes");
    }
}
