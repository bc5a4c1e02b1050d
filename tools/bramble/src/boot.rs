//! `bramble boot`: the image as it would boot on a board, its console on this terminal.

use crate::boards::{self, Noted};
use crate::display;
use crate::image::{self, Image};
use crate::network;
use crate::run::{full_image, values::seconds};
use anyhow::{Context, ensure};
use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use qemu::symbols::{Annotator, Symbols};
use qemu::{Board, Machine, Qemu, Window};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble boot
  cargo bramble boot --board raspi4b --apps apps/demo.toml
  cargo bramble boot --card card.img        with a card, which `image --sd` makes
  cargo bramble boot --net --listen 80      on a network; 127.0.0.1:80 or the next port is its port
  cargo bramble boot --display window       with its screen in a window, keyboard and mouse
  cargo bramble boot --counted              time is a count of instructions, 1 ns each
  cargo bramble boot --timeout 5 </dev/null >transcript.txt

What you type goes to the app that has `stdin = \"console\"`, or else to the shell; Ctrl-] moves
it there and back, and `help` lists the shell's commands. Ctrl-C or Ctrl-A X ends it.
Exit codes: 0 if the board, you or --timeout ended it; 1 if it did not boot or QEMU failed.";

/// What QEMU says when it is ended by a signal, which is how a person ends it.
const ENDED_BY_SIGNAL: &str = "terminating on signal";

/// What runs on a board that boots an image, in the title of its window and in lists.
const TITLE: &str = "Bramble";

/// What a newcomer who has seen the first boot may want to do.
const TRY_NEXT: &str = "\
Next: cargo bramble boot --apps apps/demo.toml     eight apps on four cores, and a shell
      cargo bramble build apps/hello -o hello.wasm && cargo bramble run hello.wasm a b";

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

    /// Count instructions instead of measuring time: the same numbers on every machine.
    #[arg(long)]
    counted: bool,

    /// Boot this kernel8.img [default: target/image/kernel8.img, built if it is not there].
    #[arg(long, value_name = "FILE", conflicts_with = "apps")]
    image: Option<PathBuf>,

    /// Put this image of an SD card into the slot; what the board writes is written to it.
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,

    /// The screen.
    #[command(flatten)]
    display: display::Screen,

    /// The network.
    #[command(flatten)]
    network: network::Options,

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
    let window = args.display.window()?;
    let image = image_of(args)?;
    image.check()?;
    if let Some(card) = &args.card {
        check_card(card)?;
    }
    eprintln!("An emulated {} boots; Ctrl-C or Ctrl-A X ends it.", args.board);
    if args.apps.is_none() {
        eprintln!("{TRY_NEXT}");
    }

    let terminal = Terminal::remember();
    let spoke = Arc::new(AtomicBool::new(false));
    // Where it cannot be noted, it boots without being photographed.
    let noted = boards::note(args.board, TITLE).ok();
    let qemu = start(args, &image, window, noted.as_ref(), Arc::clone(&spoke))?;
    let stopper = qemu.stopper();
    let stopped = Arc::new(AtomicBool::new(false));
    let on_interrupt = Arc::clone(&stopped);
    ctrlc::set_handler(move || {
        on_interrupt.store(true, Ordering::Relaxed);
        stopper.stop();
    })?;
    let exit = qemu.wait_exit(args.timeout);
    let complaints = qemu.complaints();
    drop(qemu);
    drop(noted);
    drop(terminal);

    for line in complaints.lines().filter(|line| !line.contains(ENDED_BY_SIGNAL)) {
        eprintln!("{line}");
    }
    if let Ok(status) = exit {
        // A person at a terminal ends QEMU directly, or both of us.
        let is_wanted = stopped.load(Ordering::Relaxed) || complaints.contains(ENDED_BY_SIGNAL);
        ensure!(
            status.success() || is_wanted,
            "QEMU failed: {status}; what it said is above, and `cargo bramble doctor` says \
             whether it is the right one"
        );
    }
    ensure!(
        spoke.load(Ordering::Relaxed),
        "the machine said nothing: is {} an image of Bramble's? `cargo bramble image` builds one",
        image.gzip.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Checks what QEMU would complain about in its own words.
fn check_card(card: &Path) -> anyhow::Result<()> {
    let metadata = std::fs::metadata(card)
        .with_context(|| format!("cannot read {}; `image --sd` makes a card", card.display()))?;
    ensure!(
        metadata.len().is_power_of_two(),
        "{} has {} bytes, and QEMU takes cards whose size is a power of two",
        card.display(),
        metadata.len()
    );
    Ok(())
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

fn start(
    args: &Args,
    image: &Image,
    window: Option<Window>,
    noted: Option<&Noted>,
    spoke: Arc<AtomicBool>,
) -> anyhow::Result<Qemu> {
    // Without its ELF an image boots as well; a crash then has addresses and no names.
    let mut annotator = Annotator::new(Symbols::read(&image.elf).unwrap_or_default());
    let show = move |piece: &[u8]| {
        spoke.store(true, Ordering::Relaxed);
        let mut stdout = io::stdout().lock();
        // Nobody left to show it to is no reason to stop the machine.
        let _ = stdout.write_all(&annotator.push(piece)).and_then(|()| stdout.flush());
    };
    let machine = Machine::new(args.board, &image.gzip).reset_boots_again();
    let machine = if args.counted { machine.counted() } else { machine };
    let machine = match &args.card {
        Some(card) => machine.card(card),
        None => machine,
    };
    let machine = match noted {
        Some(noted) => machine.monitor(noted.monitor()),
        None => machine,
    };
    let machine = display::plug(machine, window, TITLE);
    let machine = args.network.plug(machine, "the board", false)?;
    Ok(machine.boot_on_terminal(show)?)
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
