//! `bramble run`: one program from the host and its streams, carried by semihosting.
//!
//! The host names a folder on the command line. There lie `bundle`, which holds the one app;
//! `stdin`, which grows until `stdin.end` exists; the pipes `stdout` and `stderr`; the folders that it
//! lends, packed; and `stop`, once the program is to end. When the
//! program has ended, one line in `result` says how.

use crate::arch::semihosting::{self, HostFile, Mode};
use crate::console;
use alloc::string::String;
#[cfg(feature = "files")]
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt;

/// The host on QEMU's own network, where it is known by no other: its 127.0.0.1 as this board has it.
#[cfg(feature = "net")]
pub(crate) const ADDRESS: core::net::Ipv4Addr = core::net::Ipv4Addr::new(10, 0, 2, 2);

/// How often a program that waits for its input is looked after: the host sends no interrupt.
pub(crate) const POLL_NS: u64 = 1_000_000;

/// How often the host is asked whether the program is to end: a question takes the host longer
/// than a turn takes the guest.
pub(crate) const OBEY_NS: u64 = 200_000_000;

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

    /// The bytes of the packed folder `name`; `None` if the host has none, or there is no memory.
    #[cfg(feature = "files")]
    pub(crate) fn folder(self, name: &str) -> Option<Vec<u8>> {
        let mut file = self.open(name, Mode::Read)?;
        let length_bytes = file.length_bytes()?;
        if !runtime::Pool::can_take(&crate::heap::GuestPool, length_bytes) {
            return None;
        }
        let mut bytes = vec![0; length_bytes];
        let count = file.read(&mut bytes);
        bytes.truncate(count);
        Some(bytes)
    }

    /// Gives the folder `name`, in which the program left `files`, back to the host.
    ///
    /// # Errors
    ///
    /// The host does not take all of it.
    #[cfg(feature = "files")]
    pub(crate) fn take_back(
        self,
        name: &str,
        files: &service_files::Handle,
    ) -> Result<(), abi::Errno> {
        let after = [name, ".after"].concat();
        let mut file = self.open(&after, Mode::Write).ok_or(abi::Errno::Io)?;
        service_files::folder::dump(files, &mut |bytes| {
            let written = file.write(bytes);
            if written == bytes.len() { Ok(()) } else { Err(abi::Errno::Io) }
        })
    }

    /// Whether the host wants the program to end.
    pub(crate) fn wants_end(self) -> bool {
        self.open("stop", Mode::Read).is_some()
    }

    /// Tells the host how the program ended, and turns the machine off.
    pub(crate) fn finish(self, result: fmt::Arguments<'_>) -> ! {
        #[cfg(feature = "files")]
        crate::files::give_back(self);
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
