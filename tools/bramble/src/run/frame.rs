//! `--png FILE`: a picture of the screen with one of the program's frames on it, and the end.
//!
//! The word `bramble.frames=N` names the frame to the kernel. Once the N-th picture that the program
//! presented is on the screen, the kernel writes its number and an end of line into the FIFO `frame`,
//! and draws nothing more. What is on the screen then is written to the file, and the program ended.

use super::ending::Ending;
use super::exchange::Exchange;
use super::outlet::Outlet;
use super::stopper::Stopper;
use crate::display;
use crate::screenshot::take;
use picture::Picture;
use qemu::Machine;
use serde_json::json;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The FIFO.
const FRAME: &str = "frame";

/// The options about a picture.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Wanted {
    /// Write a picture of the screen to this file, and end the program, with exit code 0.
    #[arg(long, value_name = "FILE.png", value_parser = display::png)]
    pub(super) png: Option<PathBuf>,

    /// Take it when the program has presented so many pictures, and the last is on the screen.
    #[arg(long, value_name = "N", requires = "png", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) frames: u32,
}

impl Wanted {
    /// Checks that the picture can be written, as far as that is known now.
    ///
    /// # Errors
    ///
    /// Its folder is not there.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.png.as_deref().map_or(Ok(()), display::check_folder_of)
    }

    /// `machine` with the word that names the frame to the kernel, if one is asked for.
    pub(super) fn ask(&self, machine: Machine) -> Machine {
        match self.png {
            Some(_) => machine.append(format!("bramble.frames={}", self.frames)),
            None => machine,
        }
    }

    /// Ends the program by `stopper` once its frame is photographed, if one is asked for.
    ///
    /// # Errors
    ///
    /// The run's folder cannot be used.
    pub(super) fn wait_for_frame(
        &self,
        exchange: &Exchange,
        monitor: &Path,
        stopper: &Stopper,
        json: bool,
    ) -> anyhow::Result<Option<Outlet>> {
        let Some(file) = self.png.clone() else { return Ok(None) };
        let (monitor, frame, stopper) = (monitor.to_owned(), self.frames, stopper.clone());
        let photograph = move || {
            let taken = take(&monitor, &file);
            if let Ok(picture) = &taken {
                eprintln!("{}", tell(&file, frame, picture, json));
            }
            stopper.stop(match taken {
                Ok(_) => Ending::Photographed,
                Err(error) => Ending::NoPicture(format!("{error:#}")),
            });
        };
        exchange.fifo(FRAME)?;
        Ok(Some(exchange.outlet(FRAME, Once(Some(photograph)), || {})?))
    }

    /// A program that ended too early leaves no picture; any other `ending` stays as it is.
    pub(super) fn judge(&self, ending: Ending, program: &str) -> Ending {
        match ending {
            Ending::Exited(code) if self.png.is_some() => Ending::NoPicture(format!(
                "{program} ended with code {code} before its frame {} was on the screen",
                self.frames
            )),
            other => other,
        }
    }
}

fn tell(file: &Path, frame: u32, picture: &Picture, json: bool) -> String {
    let (width, height) = (picture.width(), picture.height());
    if json {
        let file = file.to_string_lossy();
        json!({ "picture": file, "frame": frame, "width": width, "height": height }).to_string()
    } else {
        format!("{}: {width} × {height}, frame {frame}", file.display())
    }
}

/// Does something when the first byte comes.
struct Once<F>(Option<F>);

impl<F: FnOnce()> Write for Once<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(act) = self.0.take() {
            act();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use qemu::{Board, Monitor, Qemu};
    use std::fs::File;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};
    use tempfile::TempDir;

    /// Far more than QEMU takes to start; only a failure waits.
    const LIMIT: Duration = Duration::from_secs(60);

    /// A board on which an endless loop runs instead of a kernel, and what a run has beside it.
    struct Run {
        qemu: Qemu,
        exchange: Exchange,
        monitor: PathBuf,
        folder: TempDir,
    }

    impl Run {
        fn new() -> Self {
            /// `b .`, of the *Arm Architecture Reference Manual*.
            const LOOP: u32 = 0x1400_0000;

            let folder = tempfile::tempdir().unwrap();
            let (image, monitor) = (folder.path().join("loop.img"), folder.path().join("monitor"));
            std::fs::write(&image, LOOP.to_le_bytes()).unwrap();
            let machine = Machine::new(Board::Raspi3b, image).monitor(&monitor);
            let qemu = machine.boot().unwrap();
            let start = Instant::now();
            while Monitor::connect(&monitor).is_err() {
                assert!(start.elapsed() < LIMIT, "QEMU did not start");
                std::thread::yield_now();
            }
            Self { qemu, exchange: Exchange::new(b"").unwrap(), monitor, folder }
        }

        /// Says, as the kernel does, that the frame is on the screen; how the run ended.
        fn end_with_a_frame(&self, png: PathBuf) -> Ending {
            let (_running, over) = channel();
            let stopper = Stopper::new(self.qemu.stopper(), None, over);
            let options = Wanted { png: Some(png), frames: 3 };
            let camera =
                options.wait_for_frame(&self.exchange, &self.monitor, &stopper, false).unwrap();

            let kernel = File::options().write(true).open(self.exchange.path(FRAME));
            kernel.unwrap().write_all(b"3\n").unwrap();

            self.qemu.wait_exit(Some(LIMIT)).unwrap();
            camera.unwrap().close(Some(LIMIT));
            stopper.reason().unwrap().clone()
        }
    }

    #[test]
    fn when_the_kernel_says_so_the_screen_is_photographed_and_the_board_switched_off() {
        let run = Run::new();
        let png = run.folder.path().join("frame.png");

        let ending = run.end_with_a_frame(png.clone());

        assert_eq!((&ending, ending.exit_code()), (&Ending::Photographed, 0));
        assert_eq!(Picture::read(&png).unwrap().width(), 640);
    }

    #[test]
    fn a_picture_that_cannot_be_written_is_an_error_that_names_the_file() {
        let run = Run::new();

        let ending = run.end_with_a_frame("/nowhere/frame.png".into());

        assert_eq!(ending.exit_code(), 125);
        let message = ending.message("app").unwrap();
        assert!(message.starts_with("no picture: cannot write /nowhere/frame.png"), "{message}");
    }

    #[test]
    fn a_program_that_ends_before_its_frame_leaves_no_picture() {
        let wanted = Wanted { png: Some("a.png".into()), frames: 3 };

        let ending = wanted.judge(Ending::Exited(0), "app");

        assert_eq!(ending.exit_code(), 125);
        assert_eq!(
            ending.message("app").unwrap(),
            "no picture: app ended with code 0 before its frame 3 was on the screen"
        );
        assert_eq!(wanted.judge(Ending::Interrupted, "app"), Ending::Interrupted);
        assert_eq!(Wanted::default().judge(Ending::Exited(0), "app"), Ending::Exited(0));
    }
}
