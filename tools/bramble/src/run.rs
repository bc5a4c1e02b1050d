//! `bramble run`: one WASI program on an emulated board, with the streams and the exit code of this
//! process.
//!
//! The board boots the full image. A word on the kernel's command line names a folder on the
//! host, the [`Exchange`], which the kernel reaches by semihosting: it takes the program from
//! there, and its input, output and result pass through it.

mod ending;
mod exchange;
mod failure;
mod folders;
mod frame;
mod outlet;
mod program;
mod stopper;
pub(crate) mod values;

use crate::boards;
use crate::display;
use crate::image::{self, Image};
use crate::network;
use anyhow::Context;
pub(crate) use ending::EXIT_FAILED;
use ending::{EXIT_REFUSED, Ending};
use exchange::{Exchange, StopSign};
use failure::{failure, silence};
use folders::{Folders, Mapping};
use program::{Program, Rights};
use qemu::{Board, Machine, Qemu, WaitError, Window};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;
use stopper::Stopper;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble run hello.wasm
  cargo bramble run --env LANG=C --stdin notes.txt wc.wasm -l
  cargo bramble run --dir notes::/ --tmpfs /tmp editor.wasm /today.txt
  cargo bramble run --fuel 1000000 --timeout 10 unknown.wasm
  cargo bramble run --display window clock.wasm
  cargo bramble run --frames 60 --png clock.png clock.wasm
  cargo bramble run --net --listen 8080 server.wasm      and then: curl http://127.0.0.1:8080

With --net the program may reach everybody, and listen on the ports that --listen names; each is
open when the program starts, the first as the descriptor behind its folders, 3 without any. Which
port of this host leads there is told on stderr.

Options after the program are the program's own. Its streams are this command's, byte for byte.
The kernel is that of target/image/kernel8.img, which is built if it is not there, or of the image
that the environment variable BRAMBLE_IMAGE names.

Exit codes:
  the program's own, if it ended by itself; 0 if it was ended because its picture is taken
  124  it did not end within --timeout      126  it cannot be run; stderr says why
  125  the machine or this command failed   130  it was ended by Ctrl-C, or its window was closed
  134  it trapped, or used up its --fuel    141  stdout was closed by its reader";

/// The arguments of `bramble run`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
#[command(override_usage = "cargo bramble run [OPTIONS] PROGRAM.wasm [ARGS]...")]
pub(crate) struct Args {
    /// The board to emulate: raspi3b or raspi4b.
    #[arg(long, default_value_t)]
    board: Board,

    /// Set an environment variable of the program; may be given many times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::variable)]
    env: Vec<(String, String)>,

    /// Read the program's standard input from this file.
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,

    /// Lend the program a folder, as GUEST if that is given; what it changes there is changed when
    /// this command ends. May be given many times, as the next two.
    #[arg(long, value_name = "HOST[::GUEST]", value_parser = folders::mapping)]
    dir: Vec<Mapping>,

    /// Lend the program a folder that it can only read.
    #[arg(long, value_name = "HOST[::GUEST]", value_parser = folders::mapping)]
    dir_ro: Vec<Mapping>,

    /// Give the program a directory in memory, empty at first and gone at the end.
    #[arg(long, value_name = "GUEST")]
    tmpfs: Vec<String>,

    /// Stop the program after so much fuel; an instruction takes about one unit.
    #[arg(long, value_name = "UNITS", value_parser = values::fuel)]
    fuel: Option<u64>,

    /// Let the program have at most so much memory: pages of 64 KiB, or bytes with K, M or G
    /// behind [default: what the board has].
    #[arg(long, value_name = "PAGES", value_parser = values::pages)]
    memory: Option<u64>,

    /// Stop the program after so many seconds, the boot included.
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds)]
    timeout: Option<Duration>,

    /// The screen.
    #[command(flatten)]
    display: display::Screen,

    /// A picture of it.
    #[command(flatten)]
    picture: frame::Wanted,

    /// The network.
    #[command(flatten)]
    network: network::Options,

    /// Show the kernel's log on stderr.
    #[arg(short, long)]
    verbose: bool,

    /// Print what this command itself says as JSON: {"error": "…"}, for each --listen
    /// {"listening": "127.0.0.1:8081", "port": 8080}, and for --png
    /// {"picture": "clock.png", "frame": 60, "width": 640, "height": 480}.
    #[arg(long)]
    pub(crate) json: bool,

    /// The program, a WebAssembly module (or its text, .wat), and its arguments.
    #[arg(value_name = "PROGRAM.wasm [ARGS]", required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

/// Runs the verb: boots the program and gives its exit code.
///
/// # Errors
///
/// The host could not do its part: the image cannot be built, the input cannot be opened, QEMU
/// is missing.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (path, words) = args.command.split_first().context("no program is named")?;
    let program = match Program::load(Path::new(path)) {
        Ok(program) => program,
        Err(error) => {
            crate::report(&format!("{error:#}"), args.json);
            return Ok(ExitCode::from(EXIT_REFUSED));
        }
    };
    let input = args.stdin.as_deref().map(open).transpose()?;
    let window = args.display.window()?;
    args.picture.check()?;
    let image = full_image()?;
    image.check()?;

    let folders = Folders::pack(&args.dir, &args.dir_ro, &args.tmpfs)?;
    let rights = Rights {
        env: &args.env,
        mounts: folders.mounts(),
        memory_pages_max: args.memory,
        fuel_max: args.fuel,
        listens: args.network.net.then_some(&args.network.listen[..]),
    };
    let exchange = Exchange::new(&program.bundle(words, &rights)?)?;
    folders.lend(&exchange)?;
    if program.reads_stdin {
        let input: Box<dyn Read + Send> = match input {
            Some(file) => Box::new(file),
            None => Box::new(io::stdin()),
        };
        exchange.feed(input)?;
    }

    let sign = folders.come_back().then(|| exchange.stop_sign());
    let ending = boot(args, &program.name, &image, &exchange, window, sign)?;
    let ending = args.picture.judge(ending, &program.name);
    if let Some(message) = ending.message(&program.name) {
        crate::report(&message, args.json);
    }
    if ending.was_loaded() {
        folders.take_back(&exchange)?;
    }
    Ok(ExitCode::from(ending.exit_code()))
}

/// The image that runs programs: the full one, unless `BRAMBLE_IMAGE` names another.
pub(crate) fn full_image() -> anyhow::Result<Image> {
    match std::env::var_os("BRAMBLE_IMAGE") {
        Some(path) => Ok(Image::at(path.into())),
        None => image::full(),
    }
}

fn open(path: &Path) -> anyhow::Result<File> {
    File::open(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Boots the board, passes the program's output on, and says how it ended. With a `sign` the kernel
/// is asked to end a program that is to stop, so that what it changed in its folders comes back.
fn boot(
    args: &Args,
    program: &str,
    image: &Image,
    exchange: &Exchange,
    window: Option<Window>,
    sign: Option<StopSign>,
) -> anyhow::Result<Ending> {
    let noted = boards::note(args.board, program)?;
    let machine = Machine::new(args.board, &image.gzip)
        .append(exchange.word())
        .monitor(noted.monitor())
        .semihosting()
        .echo(args.verbose);
    let machine = args.picture.ask(machine);
    let machine = display::plug(machine, window, program);
    let qemu = args.network.plug(machine, "the app", args.json)?.boot()?;

    let (running, over) = mpsc::channel::<()>();
    let stopper = Stopper::new(qemu.stopper(), sign, over);
    stop_on_interrupt(stopper.clone())?;
    let stop_for_output = || {
        let stopper = stopper.clone();
        move || stopper.stop(Ending::OutputClosed)
    };
    let stdout = exchange.outlet("stdout", io::stdout(), stop_for_output())?;
    let stderr = exchange.outlet("stderr", io::stderr(), stop_for_output())?;

    let camera = args.picture.wait_for_frame(exchange, &noted.monitor(), &stopper, args.json)?;

    wait(&qemu, image, args.timeout, &stopper);
    drop(running);
    let patience = stopper.reason().map(|_| outlet::LAST_BYTES_MAX);
    for outlet in [stdout, stderr].into_iter().chain(camera) {
        outlet.close(patience);
    }

    Ok(match (stopper.reason(), exchange.result()) {
        (Some(ending), _) => ending.clone(),
        (None, Some(ending)) => ending,
        (None, None) if window.is_some() && has_succeeded(&qemu) => Ending::Interrupted,
        (None, None) if qemu.console().is_empty() => failure(&qemu, image, &silence(image)),
        (None, None) => failure(&qemu, image, "QEMU ended before the program did"),
    })
}

fn stop_on_interrupt(stopper: Stopper) -> anyhow::Result<()> {
    ctrlc::set_handler(move || {
        // A second Ctrl-C does not wait for a reader of the output that never reads.
        if !stopper.stop(Ending::Interrupted) {
            std::process::exit(Ending::Interrupted.exit_code().into());
        }
    })?;
    Ok(())
}

/// Waits until the machine has ended, or is to be: by itself or because of `stopper`.
fn wait(qemu: &Qemu, image: &Image, timeout: Option<Duration>, stopper: &Stopper) {
    let mut waited = qemu.wait_exit(timeout);
    if waited == Err(WaitError::TimedOut) {
        stopper.stop(Ending::TimedOut(timeout.unwrap_or_default()));
        waited = qemu.wait_exit(None);
    }
    if waited == Err(WaitError::Crashed) {
        stopper.give_up(failure(qemu, image, "the kernel crashed"));
    }
}

/// Whether QEMU ended as it does when a person closes its window.
fn has_succeeded(qemu: &Qemu) -> bool {
    qemu.wait_exit(None).is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(words: &[&str]) -> Args {
        let words = [&["run"], words].concat();
        Cli::try_parse_from(words).unwrap_or_else(|error| panic!("{error}")).args
    }

    #[test]
    fn options_after_the_program_are_the_programs() {
        let args = parse(&["--fuel", "7", "a.wasm", "--fuel", "8", "-v", "--", "--env"]);

        assert_eq!(args.fuel, Some(7));
        assert!(!args.verbose);
        assert_eq!(args.command, ["a.wasm", "--fuel", "8", "-v", "--", "--env"]);
    }

    #[test]
    fn variables_keep_their_order_and_every_equals_sign_but_the_first() {
        let args = parse(&["--env", "B=1=2", "--env", "A=", "a.wasm"]);

        let expected = [("B".to_owned(), "1=2".to_owned()), ("A".to_owned(), String::new())];
        assert_eq!(args.env, expected);
    }

    #[test]
    fn a_program_must_be_named() {
        assert!(Cli::try_parse_from(["run", "--fuel", "7"]).is_err());
    }
}
