//! `bramble`, the host command: builds images and runs them on an emulated Raspberry Pi.
//!
//! A library, so that `tools/fuzz` can reach what reads other people's files; the program calls
//! [`main`] and nothing else. Each verb is a module with its arguments and one function. A verb
//! that fails returns an error, which is printed as one plain line that says what to do next.

#![forbid(unsafe_code)]

mod apps;
mod bench;
mod boards;
mod boot;
mod build;
mod c_threads;
mod card;
mod display;
mod doctor;
mod flash;
mod folder;
mod image;
pub mod manifest;
mod network;
mod pack;
mod process;
mod release;
mod run;
mod screenshot;
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
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  cargo bramble doctor                      what is installed, what is missing
  cargo bramble build ../hi                 build a program from a Rust package or from C
  cargo bramble image                       build the image with the apps of apps/apps.toml
  cargo bramble boot                        boot it, with its console on this terminal
  cargo bramble screenshot FILE.png         photograph its screen, from another terminal
  cargo bramble image --sd card.img         write an image of a whole card for a board
  cargo bramble flash --device D card.img   write that to a card and read it back
  cargo bramble run hello.wasm one two      run one WASI program and end with its exit code
  cargo bramble image --apps apps/demo.toml build an image with other apps
  cargo bramble bench                       measure boot, size and speed

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
    /// Write a card image to a card and read it back.
    Flash(flash::Args),
    /// Write what is published: a packed card image, its sum, and the kernel.
    Release(release::Args),
    /// Build one program from a Rust package or from C.
    Build(build::Args),
    /// Boot the image on an emulated board with its console on this terminal.
    Boot(boot::Args),
    /// Photograph the screen of a board that runs on this host.
    Screenshot(screenshot::Args),
    /// Measure boot, size and speed, and hold them against their budgets.
    Bench(bench::Args),
    /// Say which tools are there, which are missing and how to get them.
    Doctor(doctor::Args),
    /// Check what plain `cargo clippy` cannot: the kernel and the apps, each for its target.
    #[command(hide = true)]
    Lint,
}

/// Does what the command line of this process asks for, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();

    let outcome = match &cli.verb {
        Verb::Image(args) => image::image(args),
        Verb::Flash(args) => flash::flash(args),
        Verb::Release(args) => release::release(args),
        Verb::Run(args) => run::run(args),
        Verb::Build(args) => build::build(args),
        Verb::Boot(args) => boot::boot(args),
        Verb::Screenshot(args) => screenshot::screenshot(args),
        Verb::Bench(args) => bench::bench(args),
        Verb::Doctor(args) => doctor::doctor(args),
        Verb::Lint => lint(),
    };

    outcome.unwrap_or_else(|error| {
        report(&format!("{error:#}"), cli.verb.wants_json());
        ExitCode::from(cli.verb.exit_code_of_errors())
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

impl Verb {
    /// Whether what the command itself says is to be JSON.
    fn wants_json(&self) -> bool {
        match self {
            Self::Image(args) => args.json,
            Self::Flash(args) => args.json,
            Self::Release(args) => args.json,
            Self::Run(args) => args.json,
            Self::Screenshot(args) => args.json,
            Self::Bench(args) => args.json,
            Self::Doctor(args) => args.json,
            Self::Build(_) | Self::Boot(_) | Self::Lint => false,
        }
    }

    /// `run` has codes of its own, so that 1 can be the program's.
    fn exit_code_of_errors(&self) -> u8 {
        match self {
            Self::Run(_) => run::EXIT_FAILED,
            _ => 1,
        }
    }
}

/// Says on stderr what went wrong.
fn report(message: &str, json: bool) {
    if json {
        eprintln!("{}", serde_json::json!({ "error": message }));
    } else {
        eprintln!("bramble: {message}");
    }
}
