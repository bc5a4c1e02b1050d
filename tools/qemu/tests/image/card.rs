//! The SD card: apps that were dropped on it, files that survive the power, cards that are
//! broken, pulled or full, and how fast they are.

mod broken;
mod disk;
mod dropped;
mod full;
mod guests;
mod power;
mod pulled;
mod speed;

use super::*;
pub(super) use disk::Card;
use guests::guest;
use kernel_core::bundle::{Access, Files, Mount};

/// An app of the image that may change all of the card, which it finds at `/`.
fn on_card<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    let mount = Mount { at: "/", files: Files::Card("/"), access: Access::ReadWrite };
    App { mounts: vec![mount], ..app(name, module) }
}

/// The shipped kernel with `apps`, which turns the board off when all have ended.
fn packed(apps: Vec<App<'_>>) -> Packed {
    Packed::with(WhenDone::PowerOff, OnCrash::Reset, apps)
}

/// Boots with `card` until all apps have ended, and tells what the console said.
#[track_caller]
fn run_with(packed: &Packed, board: Board, card: &Card) -> String {
    let qemu = packed.machine(board).card(card.path()).boot().unwrap();
    if let Err(error) = qemu.wait_exit(Some(LIMIT)) {
        panic!("{error}; the console so far:\n{}", qemu.console());
    }
    qemu.console()
}

/// Fails unless each of `lines` is a part of what `console` said.
#[track_caller]
fn assert_says(console: &str, lines: &[&str]) {
    for line in lines {
        assert!(console.contains(line), "no `{line}` in:\n{console}");
    }
}
