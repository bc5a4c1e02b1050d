//! The boards that run under QEMU on this host: whoever starts one notes it in `target/boards`, in
//! a file with the number of its process, and others find its monitor there.

use crate::workspace;
use anyhow::{Context, ensure};
use nix::sys::signal;
use nix::unistd::Pid;
use qemu::Board;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// How long the name of a socket can be on every system, the zero at its end included.
const SOCKET_NAME_BYTES_MAX: usize = 104;

/// A board that this process starts. It is known to others until this is dropped.
pub(crate) struct Noted {
    /// Where the monitor's socket will be: other users cannot look into it.
    folder: TempDir,
    note: PathBuf,
}

/// A board that some process started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Running {
    /// The number of the process that started it.
    pub(crate) pid: i32,
    pub(crate) board: String,
    /// What it runs.
    pub(crate) program: String,
    pub(crate) monitor: PathBuf,
}

/// Notes a `board` that this process starts, to run `program`.
///
/// # Errors
///
/// `target` or the host's temporary folder cannot be used.
pub(crate) fn note(board: Board, program: &str) -> anyhow::Result<Noted> {
    Noted::new(&folder(), std::process::id(), board, program)
}

/// All boards that run, by the numbers of their processes; what others left is removed.
pub(crate) fn running() -> Vec<Running> {
    running_in(&folder())
}

fn folder() -> PathBuf {
    workspace::target().join("boards")
}

impl Noted {
    fn new(notes: &Path, pid: u32, board: Board, program: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("bramble-board-").tempdir();
        let folder = folder.context("cannot make a temporary folder")?;
        let note = notes.join(format!("{pid}.json"));
        let noted = Self { folder, note };

        let monitor = noted.monitor();
        ensure!(
            monitor.as_os_str().len() < SOCKET_NAME_BYTES_MAX,
            "TMPDIR should name a folder with a shorter path: {} is too long for a socket",
            monitor.display()
        );
        let text =
            json!({ "board": board.name(), "program": program, "monitor": monitor }).to_string();
        fs::create_dir_all(notes)
            .and_then(|()| fs::write(&noted.note, text))
            .with_context(|| format!("cannot write {}", noted.note.display()))?;
        Ok(noted)
    }

    /// The socket at which the board's monitor is to be.
    pub(crate) fn monitor(&self) -> PathBuf {
        self.folder.path().join("monitor")
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        // A note that stays is removed by the next who looks.
        let _ = fs::remove_file(&self.note);
    }
}

impl Running {
    fn read(note: &Path) -> Option<Self> {
        let pid = note.file_stem()?.to_str()?.parse().ok()?;
        let value: Value = serde_json::from_slice(&fs::read(note).ok()?).ok()?;
        let text = |key: &str| Some(value.get(key)?.as_str()?.to_owned());
        Some(Self {
            pid,
            board: text("board")?,
            program: text("program")?,
            monitor: text("monitor")?.into(),
        })
    }

    /// Whether it has ended without having been removed. One that is starting has a process and a
    /// folder, and not yet a monitor; a board may outlive the process that started it.
    fn is_gone(&self) -> bool {
        let has_folder = self.monitor.parent().is_some_and(Path::is_dir);
        let has_process = signal::kill(Pid::from_raw(self.pid), None).is_ok();
        !has_folder || !has_process && UnixStream::connect(&self.monitor).is_err()
    }
}

fn running_in(notes: &Path) -> Vec<Running> {
    let Ok(entries) = fs::read_dir(notes) else { return Vec::new() };
    let mut running = Vec::new();
    for note in entries.flatten().map(|entry| entry.path()) {
        match Running::read(&note) {
            Some(board) if !board.is_gone() => running.push(board),
            found => remove(&note, found.as_ref()),
        }
    }
    running.sort_by_key(|board| board.pid);
    running
}

/// Removes a note and what it speaks of. What somebody else removed meanwhile needs no removing.
fn remove(note: &Path, board: Option<&Running>) {
    let _ = fs::remove_file(note);
    if let Some(folder) = board.and_then(|board| board.monitor.parent()) {
        let _ = fs::remove_file(folder.join("monitor"));
        let _ = fs::remove_dir(folder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    /// The number of a process that has ended.
    fn ended() -> u32 {
        let mut child = Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        child.id()
    }

    #[test]
    fn a_board_is_known_until_its_note_is_dropped() {
        let notes = tempfile::tempdir().unwrap();
        let pid = std::process::id();

        let noted = Noted::new(notes.path(), pid, Board::Raspi4b, "hello").unwrap();

        let expected = Running {
            pid: pid.try_into().unwrap(),
            board: "raspi4b".into(),
            program: "hello".into(),
            monitor: noted.monitor(),
        };
        assert_eq!(running_in(notes.path()), [expected]);
        drop(noted);
        assert_eq!(running_in(notes.path()), []);
    }

    #[test]
    fn a_board_that_was_killed_is_forgotten_with_all_that_it_left() {
        let notes = tempfile::tempdir().unwrap();
        let noted = Noted::new(notes.path(), ended(), Board::Raspi3b, "hello").unwrap();
        drop(UnixListener::bind(noted.monitor()).unwrap());

        assert_eq!(running_in(notes.path()), []);

        assert!(!noted.note.exists() && !noted.folder.path().exists());
    }

    #[test]
    fn a_board_that_outlives_its_starter_is_still_running() {
        let notes = tempfile::tempdir().unwrap();
        let noted = Noted::new(notes.path(), ended(), Board::Raspi3b, "hello").unwrap();
        let _monitor = UnixListener::bind(noted.monitor()).unwrap();

        assert_eq!(running_in(notes.path()).len(), 1);
    }

    #[test]
    fn a_note_from_before_the_hosts_last_boot_counts_as_little_as_one_that_is_damaged() {
        let notes = tempfile::tempdir().unwrap();
        let text = r#"{"board":"raspi3b","program":"a","monitor":"/nowhere/at/all/monitor"}"#;
        // The first process of every host.
        fs::write(notes.path().join("1.json"), text).unwrap();
        fs::write(notes.path().join("2.json"), "{").unwrap();

        assert_eq!(running_in(notes.path()), []);
        assert_eq!(fs::read_dir(notes.path()).unwrap().count(), 0);
    }
}
