//! `bramble run`: one program from the host and its streams, carried by semihosting.
//!
//! The host names a folder on the command line. There lie `bundle`, which holds the one app;
//! `stdin`, which grows until `stdin.end` exists; and the pipes `stdout` and `stderr`. When the
//! program has ended, one line in `result` says how.

use crate::arch::semihosting::{self, HostFile, Mode};
use crate::console;
use alloc::string::String;
use alloc::{format, vec};
use core::fmt;

/// How often a program that waits for its input is looked after: the host sends no interrupt.
pub(crate) const POLL_NS: u64 = 1_000_000;

/// The host's folder for one run.
#[derive(Clone, Copy)]
pub(crate) struct Host {
    folder: &'static str,
}

impl Host {
    pub(crate) fn new(folder: &'static str) -> Self {
        Self { folder }
    }

    /// The bytes of the bundle, which stay for ever; empty if the host has none.
    pub(crate) fn bundle(self) -> &'static [u8] {
        let Some(mut file) = self.open("bundle", Mode::Read) else { return &[] };
        let mut bytes = vec![0; file.length_bytes().unwrap_or(0)];
        let count = file.read(&mut bytes);
        bytes.truncate(count);
        bytes.leak()
    }

    /// Tells the host how the program ended, and turns the machine off.
    pub(crate) fn finish(self, result: fmt::Arguments<'_>) -> ! {
        // Whatever the boot would have shown later is shown now.
        console::open();
        console::flush();
        if let Some(mut file) = self.open("result", Mode::Write) {
            file.write(format!("{result}\n").as_bytes());
        }
        semihosting::exit(0)
    }

    /// Opens a file of the folder; `None` if the host cannot. To open a pipe for writing waits
    /// until the host has opened it for reading.
    pub(crate) fn open(self, name: &str, mode: Mode) -> Option<HostFile> {
        let path: String = [self.folder, "/", name].concat();
        HostFile::open(&path, mode)
    }
}
