//! The folder through which a run and the kernel exchange everything, by semihosting.
//!
//! | file | written by | what |
//! |---|---|---|
//! | `bundle` | host | the program, a [`kernel_core::bundle::Bundle`] of one app |
//! | `stdin` | host | grows as input comes |
//! | `stdin.end` | host | made after the last byte of `stdin` |
//! | `stdout`, `stderr` | kernel | FIFOs |
//! | `frame` | kernel | FIFO, if a picture is wanted: one line once the program's frame is on the screen |
//! | `dir-0`, … | host | a folder that is lent to the program, packed |
//! | `dir-0.after`, … | kernel | the same when the program ended, if it may change it |
//! | `stop` | host | the program is to end; its folders come back |
//! | `result` | kernel | one line when the program ended: `exit CODE`, `trap WHY`, `refused WHY`, `stopped` |

use super::ending::Ending;
use super::outlet::Outlet;
use anyhow::{Context, ensure};
use nix::sys::stat::Mode;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use tempfile::TempDir;

/// The folder of one run; it goes with the value.
pub(super) struct Exchange {
    folder: TempDir,
}

impl Exchange {
    /// Makes the folder, with `bundle` and the FIFOs in it and an empty input.
    ///
    /// # Errors
    ///
    /// The host's temporary folder cannot be used.
    pub(super) fn new(bundle: &[u8]) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("bramble-").tempdir();
        let exchange = Self { folder: folder.context("cannot make a temporary folder")? };
        let path = exchange.folder.path().to_str().unwrap_or(" ");
        ensure!(!path.contains(' '), "TMPDIR should name a folder without a blank in its path");

        std::fs::write(exchange.path("bundle"), bundle)
            .with_context(|| format!("cannot write to {}", exchange.folder.path().display()))?;
        File::create(exchange.path("stdin"))?;
        for name in ["stdout", "stderr"] {
            exchange.fifo(name)?;
        }
        Ok(exchange)
    }

    /// Makes the FIFO `name`, into which the kernel writes.
    ///
    /// # Errors
    ///
    /// The folder is gone.
    pub(super) fn fifo(&self, name: &str) -> io::Result<()> {
        Ok(nix::unistd::mkfifo(&self.path(name), Mode::S_IRUSR | Mode::S_IWUSR)?)
    }

    /// The word that tells the kernel where the folder is.
    pub(super) fn word(&self) -> String {
        format!("bramble.run={}", self.folder.path().display())
    }

    /// Lets the program read `input`, which a thread passes on as it comes.
    ///
    /// # Errors
    ///
    /// The folder is gone.
    pub(super) fn feed(&self, input: impl Read + Send + 'static) -> io::Result<()> {
        let stdin = File::options().append(true).open(self.path("stdin"))?;
        let end = self.path("stdin.end");
        thread::spawn(move || {
            // An input that breaks off ends there for the program; a folder that is gone means
            // that the run has ended.
            let _ = pass_on(input, stdin).and_then(|()| File::create(end));
        });
        Ok(())
    }

    /// Copies the program's output `name` to `to` from now on. Once `to` is closed the rest is
    /// dropped, and `on_closed` is called.
    ///
    /// # Errors
    ///
    /// The folder is gone.
    pub(super) fn outlet<R>(
        &self,
        name: &str,
        to: impl Write + Send + 'static,
        on_closed: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<Outlet> {
        Outlet::open(&self.path(name), to, on_closed)
    }

    /// Gives the kernel the packed folder `bytes` under `name`.
    ///
    /// # Errors
    ///
    /// The host's temporary folder is full or gone.
    pub(super) fn lend(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        std::fs::write(self.path(name), bytes)
    }

    /// The packed folder `name` as the program left it; `None` if it did not come back.
    pub(super) fn returned(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(&format!("{name}.after"))).ok()
    }

    /// With this the kernel can be asked to end the program.
    pub(super) fn stop_sign(&self) -> StopSign {
        StopSign(self.path("stop"))
    }

    /// How the program ended, by what the kernel wrote.
    pub(super) fn result(&self) -> Option<Ending> {
        let result = std::fs::read(self.path("result")).ok()?;
        Ending::parse(&String::from_utf8_lossy(&result))
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        Path::join(self.folder.path(), name)
    }
}

/// The file that asks the kernel to end the program.
#[derive(Clone)]
pub(super) struct StopSign(PathBuf);

impl StopSign {
    /// Asks.
    ///
    /// # Errors
    ///
    /// The host's temporary folder is full or gone.
    pub(super) fn raise(&self) -> io::Result<()> {
        File::create(&self.0).map(|_| ())
    }
}

/// Copies `input` to its end, each piece at once; an input that fails has ended.
fn pass_on(mut input: impl Read, mut to: File) -> io::Result<()> {
    let mut chunk = [0; 64 * 1024];
    loop {
        match input.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => to.write_all(&chunk[..length])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use std::time::Duration;

    const LIMIT: Duration = Duration::from_secs(20);

    /// Input that comes when the test says so.
    struct Slow(mpsc::Receiver<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let piece = self.0.recv().unwrap_or_default();
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    fn wait_until(what: impl Fn() -> bool) {
        let start = std::time::Instant::now();
        while !what() {
            assert!(start.elapsed() < LIMIT, "it did not happen in time");
            thread::yield_now();
        }
    }

    #[test]
    fn input_is_there_before_it_has_ended() {
        let exchange = Exchange::new(b"bundle").unwrap();
        let (typed, input) = mpsc::channel();
        exchange.feed(Slow(input)).unwrap();

        typed.send(b"one line\n".to_vec()).unwrap();

        wait_until(|| std::fs::read(exchange.path("stdin")).unwrap() == b"one line\n");
        assert!(!exchange.path("stdin.end").exists());
        drop(typed);
        wait_until(|| exchange.path("stdin.end").exists());
    }

    #[test]
    fn the_kernel_finds_the_bundle_and_leaves_a_result() {
        let exchange = Exchange::new(b"bundle").unwrap();
        let folder = exchange.word().strip_prefix("bramble.run=").map(PathBuf::from).unwrap();

        assert_eq!(exchange.result(), None);
        assert_eq!(std::fs::read(folder.join("bundle")).unwrap(), b"bundle");
        std::fs::write(folder.join("result"), "exit 3\n").unwrap();
        assert_eq!(exchange.result(), Some(Ending::Exited(3)));

        drop(exchange);
        assert!(!folder.exists());
    }
}
