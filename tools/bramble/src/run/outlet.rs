//! One of the program's outputs: a FIFO that the kernel writes, copied byte for byte.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// How long the last bytes of a program that was ended may take.
pub(super) const LAST_BYTES_MAX: Duration = Duration::from_secs(1);

/// An output that is being copied.
pub(super) struct Outlet {
    /// A writer of our own, so that the FIFO has not ended before the kernel opens it, nor if
    /// QEMU dies without having done so.
    keeper: File,
    copied: Receiver<()>,
}

impl Outlet {
    /// Copies what comes out of `fifo` to `to`, as it comes, until [`Self::close`]. Once `to` is
    /// closed the rest is dropped, and `on_closed` is called.
    ///
    /// # Errors
    ///
    /// `fifo` is not there.
    pub(super) fn open<R>(
        fifo: &Path,
        to: impl Write + Send + 'static,
        on_closed: impl FnOnce() -> R + Send + 'static,
    ) -> io::Result<Self> {
        // Opened for both, a FIFO waits for nobody.
        let keeper = File::options().read(true).write(true).open(fifo)?;
        let from = File::open(fifo)?;

        let (done, copied) = channel();
        thread::spawn(move || {
            if copy(&from, to).is_err() {
                on_closed();
                // The kernel must never wait for a reader.
                let _ = io::copy(&mut &from, &mut io::sink());
            }
            drop(done);
        });
        Ok(Self { keeper, copied })
    }

    /// Waits until all that was written has been copied, at most for `patience`.
    pub(super) fn close(self, patience: Option<Duration>) {
        drop(self.keeper);
        // Nothing is ever sent: both calls end when the copying thread does.
        let _ = match patience {
            Some(limit) => self.copied.recv_timeout(limit).is_ok(),
            None => self.copied.recv().is_ok(),
        };
    }
}

/// Copies `from` to its end; an error is one of `to`.
fn copy(mut from: &File, mut to: impl Write) -> io::Result<()> {
    let mut chunk = [0; 64 * 1024];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => {
                to.write_all(&chunk[..length])?;
                to.flush()?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::sys::stat::Mode;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn fifo(folder: &tempfile::TempDir) -> std::path::PathBuf {
        let path = folder.path().join("fifo");
        nix::unistd::mkfifo(&path, Mode::S_IRWXU).unwrap();
        path
    }

    #[test]
    fn every_byte_written_before_the_end_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(&folder);
        let copy = Shared::default();
        let outlet = Outlet::open(&path, copy.clone(), || {}).unwrap();
        let bytes: Vec<u8> = (0..300_000_u32).map(|byte| byte as u8).collect();

        let mut kernel = File::options().write(true).open(&path).unwrap();
        kernel.write_all(&bytes).unwrap();
        drop(kernel);
        outlet.close(None);

        assert_eq!(*copy.0.lock().unwrap(), bytes);
    }

    #[test]
    fn an_output_that_the_kernel_never_opened_ends_too() {
        let folder = tempfile::tempdir().unwrap();
        let outlet = Outlet::open(&fifo(&folder), io::sink(), || {}).unwrap();

        outlet.close(None);
    }

    #[test]
    fn a_closed_stdout_is_reported_once_and_never_stops_the_kernel() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(&folder);
        let (tell, told) = channel();
        let outlet = Outlet::open(&path, Closed, move || tell.send(()).unwrap()).unwrap();

        let mut kernel = File::options().write(true).open(&path).unwrap();
        kernel.write_all(&[b'x'; 300_000]).unwrap();
        drop(kernel);
        outlet.close(None);

        assert_eq!(told.iter().count(), 1);
    }
}
