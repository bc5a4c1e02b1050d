//! `bramble`, the host command: builds images and runs them on an emulated Raspberry Pi.
//!
//! Each verb is a module with its arguments and one function. A verb that fails returns an
//! error, which is printed as one plain line that says what to do next.

#![forbid(unsafe_code)]

mod apps;
mod boot;
mod doctor;
mod image;
mod manifest;
mod pack;
mod process;
mod run;
mod tail_calls;
mod toolchain;
mod workspace;

use clap::{Parser, Subcommand};
use process::Progress;
use std::process::ExitCode;

/// Builds Bramble images and runs WebAssembly programs on an emulated Raspberry Pi.
#[derive(Parser)]
#[command(name = "bramble", bin_name = "cargo bramble", version, after_help = EXAMPLES)]
struct Cli {
    /// Print the report, or the error, as JSON.
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  cargo bramble doctor                      what is installed, what is missing
  cargo bramble image                       build the image with the apps of apps/apps.toml
  cargo bramble boot                        boot it, with its console on this terminal
  cargo bramble run hello.wasm one two      run one WASI program, as `wasmtime run` would
  cargo bramble image --apps apps/demo.toml build an image with other apps

Exit codes:
  0  it worked        1  it did not: the last line on stderr says why and what to do
  2  the command line was not understood
  `bramble run` ends with the program's own exit code: see `cargo bramble run --help`.";

#[derive(Subcommand)]
enum Verb {
    /// Build the kernel, pack the apps, write kernel8.img and say what takes how much room.
    Image(image::Args),
    /// Run one WASI program on an emulated board and end with its exit code.
    Run(run::Args),
    /// Boot the image on an emulated board with its console on this terminal.
    Boot(boot::Args),
    /// Say which tools are there, which are missing and how to get them.
    Doctor,
    /// Check what plain `cargo clippy` cannot: the kernel and the apps, each for its target.
    #[command(hide = true)]
    Lint,
}

fn main() -> ExitCode {
    let cli = Cli::parse();

    let outcome = match &cli.verb {
        Verb::Image(args) => image::image(args, cli.json),
        Verb::Run(args) => run::run(args),
        Verb::Boot(args) => boot::boot(args),
        Verb::Doctor => doctor::doctor(cli.json),
        Verb::Lint => lint(),
    };

    outcome.unwrap_or_else(|error| {
        report(&error, cli.json);
        ExitCode::FAILURE
    })
}

fn lint() -> anyhow::Result<ExitCode> {
    let progress = Progress::new(2);
    progress.step("kernel");
    image::lint(&progress)?;
    progress.step("apps");
    apps::lint(&progress)?;
    Ok(ExitCode::SUCCESS)
}

fn report(error: &anyhow::Error, json: bool) {
    if json {
        eprintln!("{}", serde_json::json!({ "error": format!("{error:#}") }));
    } else {
        eprintln!("bramble: {error:#}");
    }
}
