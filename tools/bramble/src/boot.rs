//! `bramble boot`: the image as it would boot on a board, its console on this terminal.

use crate::image::{self, Image};
use crate::run::{full_image, values::seconds};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use qemu::symbols::{Annotator, Symbols};
use qemu::{Board, Machine, Qemu};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble boot
  cargo bramble boot --board raspi4b --apps apps/demo.toml
  cargo bramble boot --timeout 5 </dev/null >transcript.txt

What you type goes to the app that has `stdin = \"console\"`. Ctrl-C or Ctrl-A X ends it.";

/// What QEMU says when it is ended by a signal, which is how a person ends it.
const ENDED_BY_SIGNAL: &str = "terminating on signal";

/// The arguments of `bramble boot`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The board to emulate: raspi3b or raspi4b.
    #[arg(long, default_value_t)]
    board: Board,

    /// End after so many seconds, with exit code 0.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Boot this kernel8.img [default: target/image/kernel8.img, built if it is not there].
    #[arg(long, value_name = "FILE", conflicts_with = "apps")]
    image: Option<PathBuf>,

    /// Build and boot an image with the apps of this manifest.
    #[arg(long, value_name = "FILE")]
    apps: Option<PathBuf>,
}

/// Runs the verb: boots the image until it ends, the user ends it, or time is up.
///
/// # Errors
///
/// The image cannot be built or read, or QEMU is missing or fails.
pub(crate) fn boot(args: &Args) -> anyhow::Result<ExitCode> {
    let image = image_of(args)?;
    eprintln!("An emulated {} boots; Ctrl-C or Ctrl-A X ends it.", args.board);

    let terminal = Terminal::remember();
    let qemu = start(args.board, &image)?;
    let stopper = qemu.stopper();
    ctrlc::set_handler(move || stopper.stop())?;
    let exit = qemu.wait_exit(args.timeout);
    let complaints = qemu.complaints();
    drop(qemu);
    drop(terminal);

    for line in complaints.lines().filter(|line| !line.contains(ENDED_BY_SIGNAL)) {
        eprintln!("{line}");
    }
    // Ended by a signal it has no code, and that is how it is meant to end.
    let failed = exit.is_ok_and(|status| status.code().is_some_and(|code| code != 0));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn image_of(args: &Args) -> anyhow::Result<Image> {
    match (&args.image, &args.apps) {
        (Some(image), _) => Ok(Image::at(image.clone())),
        (None, Some(_)) => {
            let args = image::Args { apps: args.apps.clone(), ..image::Args::default() };
            image::build(&args).map(|(image, _)| image)
        }
        (None, None) => full_image(),
    }
}

fn start(board: Board, image: &Image) -> anyhow::Result<Qemu> {
    // Without its ELF an image boots as well; a crash then has addresses and no names.
    let mut annotator = Annotator::new(Symbols::read(&image.elf).unwrap_or_default());
    let show = move |piece: &[u8]| {
        let mut stdout = io::stdout().lock();
        // Nobody left to show it to is no reason to stop the machine.
        let _ = stdout.write_all(&annotator.push(piece)).and_then(|()| stdout.flush());
    };
    Ok(Machine::new(board, &image.gzip).reset_boots_again().boot_on_terminal(show)?)
}

/// The terminal's settings, which QEMU changes, and which are set back when this is dropped.
struct Terminal {
    /// `None` if stdin is no terminal.
    settings: Option<Termios>,
}

impl Terminal {
    fn remember() -> Self {
        Self { settings: tcgetattr(io::stdin()).ok() }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(settings) = &self.settings {
            // A terminal that is gone needs no settings.
            let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, settings);
        }
    }
}
