//! `bramble screenshot`: what the screen of a board shows that runs under QEMU on this host.

use crate::boards::{self, Running};
use crate::display;
use anyhow::Context;
use picture::Picture;
use qemu::Monitor;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const AFTER_HELP: &str = "\
Examples:
  cargo bramble boot                               in another terminal, and then:
  cargo bramble screenshot desktop.png
  cargo bramble screenshot --pid 4711 desktop.png  of one of several boards

Exit codes:
  0  the picture is written      3  no such board is running; stderr says how to start one
  1  it could not be written     4  several are running; stderr lists them";

/// Exit code when there is no board.
const EXIT_NO_BOARD: u8 = 3;

/// Exit code when it is not known which board.
const EXIT_SEVERAL: u8 = 4;

/// The arguments of `bramble screenshot`.
#[derive(clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Args {
    /// The board that this process started, `cargo bramble boot` or `run` [default: the only one].
    #[arg(long)]
    pid: Option<i32>,

    /// Say what was photographed as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// Where the picture goes.
    #[arg(value_name = "FILE.png", value_parser = display::png)]
    file: PathBuf,
}

/// Runs the verb: takes the picture and says of what.
///
/// # Errors
///
/// The board does not answer, or the file cannot be written.
pub(crate) fn screenshot(args: &Args) -> anyhow::Result<ExitCode> {
    display::check_folder_of(&args.file)?;
    let board = match choose(boards::running(), args.pid) {
        Ok(board) => board,
        Err((code, message)) => {
            crate::report(&message, args.json);
            return Ok(ExitCode::from(code));
        }
    };

    let picture = take(&board.monitor, &args.file)?;

    println!(
        "{}",
        if args.json { to_json(args, &board, &picture) } else { to_text(args, &board, &picture) }
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes what the screen of the board shows whose `monitor` that is to `file`.
///
/// # Errors
///
/// The board does not answer, or the file cannot be written.
pub(crate) fn take(monitor: &Path, file: &Path) -> anyhow::Result<Picture> {
    let picture = Monitor::connect(monitor)
        .and_then(|mut monitor| monitor.screendump())
        .context("the board does not answer: it may be starting or ending; try again")?;
    picture.write(file).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(picture)
}

/// The board that is meant, or the exit code and what to say.
fn choose(mut running: Vec<Running>, pid: Option<i32>) -> Result<Running, (u8, String)> {
    let all: Vec<String> = running.iter().map(describe).collect();
    running.retain(|board| pid.is_none_or(|pid| board.pid == pid));
    match (running.pop(), running.is_empty(), all.is_empty()) {
        (Some(board), true, _) => Ok(board),
        (Some(_), false, _) => {
            let message =
                format!("several boards are running; name one with --pid: {}", all.join(", "));
            Err((EXIT_SEVERAL, message))
        }
        (None, _, true) => {
            let message =
                "no board is running: start one with `cargo bramble boot` in another terminal";
            Err((EXIT_NO_BOARD, message.to_owned()))
        }
        (None, _, false) => Err((
            EXIT_NO_BOARD,
            format!("that process runs no board; there are {}", all.join(", ")),
        )),
    }
}

fn describe(board: &Running) -> String {
    format!("{} ({} with {})", board.pid, board.board, board.program)
}

fn to_text(args: &Args, board: &Running, picture: &Picture) -> String {
    let (width, height) = (picture.width(), picture.height());
    let file = args.file.display();
    let note = if picture.is_blank() { "; nothing is on the screen yet" } else { "" };
    format!("{file}: {width} × {height}, of {}{note}", describe(board))
}

fn to_json(args: &Args, board: &Running, picture: &Picture) -> String {
    json!({
        "picture": args.file.to_string_lossy(),
        "width": picture.width(),
        "height": picture.height(),
        "blank": picture.is_blank(),
        "pid": board.pid,
        "board": board.board,
        "program": board.program,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(pid: i32) -> Running {
        let (board, program) = ("raspi3b".to_owned(), format!("app-{pid}"));
        Running { pid, board, program, monitor: "monitor".into() }
    }

    #[test]
    fn the_only_board_needs_no_name() {
        assert_eq!(choose(vec![board(7)], None), Ok(board(7)));
        assert_eq!(choose(vec![board(7), board(8)], Some(8)), Ok(board(8)));
    }

    #[test]
    fn without_a_board_it_is_said_how_to_start_one() {
        let (code, message) = choose(vec![], None).unwrap_err();

        assert_eq!(code, EXIT_NO_BOARD);
        assert!(message.contains("cargo bramble boot"), "{message}");
    }

    #[test]
    fn several_boards_are_listed() {
        let (code, message) = choose(vec![board(7), board(8)], None).unwrap_err();

        assert_eq!(code, EXIT_SEVERAL);
        assert!(message.ends_with("7 (raspi3b with app-7), 8 (raspi3b with app-8)"), "{message}");
    }

    #[test]
    fn a_process_without_a_board_is_told_apart_from_no_board() {
        let (code, message) = choose(vec![board(7)], Some(9)).unwrap_err();

        assert_eq!(code, EXIT_NO_BOARD);
        assert!(message.ends_with("there are 7 (raspi3b with app-7)"), "{message}");
    }
}
