//! `--display` of `run` and `boot`: the board's screen in a window, and the names of PNG files.

use anyhow::ensure;
use qemu::{Machine, Window};
use std::path::{Path, PathBuf};

/// The option about the screen.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Screen {
    /// Where to show the board's screen. A window has a keyboard and a mouse; to close it ends the
    /// board.
    #[arg(long, value_enum, default_value_t, value_name = "WHERE")]
    display: Display,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Display {
    /// Nowhere; `cargo bramble screenshot` photographs it.
    #[default]
    None,
    /// In a window on this desktop.
    Window,
}

impl Screen {
    /// The window that is asked for, if one is.
    ///
    /// # Errors
    ///
    /// There can be none here.
    pub(crate) fn window(&self) -> anyhow::Result<Option<Window>> {
        Ok(match self.display {
            Display::None => None,
            Display::Window => Some(Window::find()?),
        })
    }
}

/// `machine` with its screen in the `window`, if there is one, and hands at it.
pub(crate) fn plug(machine: Machine, window: Option<Window>, title: &str) -> Machine {
    match window {
        Some(window) => machine.window(window, title).hands(),
        None => machine,
    }
}

/// The name of a picture's file.
pub(crate) fn png(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.extension() {
        Some(ending) if ending.eq_ignore_ascii_case("png") => Ok(path),
        _ => Err("pictures are PNG files; the name should end with .png".to_owned()),
    }
}

/// Checks that there can be a file at `path`.
///
/// # Errors
///
/// Its folder is not there.
pub(crate) fn check_folder_of(path: &Path) -> anyhow::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    ensure!(
        folder.is_none_or(Path::is_dir),
        "cannot write {}: its folder is not there",
        path.display()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_name_that_says_what_it_is() {
        assert_eq!(png("a/b.png"), Ok("a/b.png".into()));
        assert_eq!(png("B.PNG"), Ok("B.PNG".into()));
        for wrong in ["a.jpg", "png", ".png", ""] {
            assert!(png(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_picture_in_a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();

        assert!(check_folder_of(Path::new("a.png")).is_ok());
        assert!(check_folder_of(&folder.path().join("a.png")).is_ok());
        assert!(check_folder_of(&folder.path().join("nowhere/a.png")).is_err());
    }
}
