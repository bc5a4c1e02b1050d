//! A board's screen for a person, in a window of QEMU's, and what hands hold: keyboard and pointer.

use crate::Machine;
use crate::machine::PROGRAM;
use std::env;
use std::fmt;
use std::process::{Command, Stdio};

/// A kind of window that QEMU can show a screen in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// The desktop of a Mac.
    Cocoa,
    /// GTK, on X11 or Wayland.
    Gtk,
    /// SDL, likewise.
    Sdl,
}

/// Why there can be no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWindow {
    /// QEMU is not installed.
    NoQemu,
    /// QEMU is installed without any.
    NotInQemu,
    /// Nobody sits at a desktop from which this process was started.
    NoDesktop,
}

impl fmt::Display for NoWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoQemu => "qemu-system-aarch64 is not installed; `make setup` installs it",
            Self::NotInQemu => {
                "this QEMU has no window: install its package for that (qemu-system-gui on \
                 Debian and Ubuntu, qemu-ui-gtk elsewhere), or go without a window and take \
                 pictures with `cargo bramble screenshot FILE.png`"
            }
            Self::NoDesktop => {
                "there is no desktop to show a window on, since neither WAYLAND_DISPLAY nor \
                 DISPLAY is set: start this in a terminal of the desktop, or go without a window \
                 and take pictures with `cargo bramble screenshot FILE.png`"
            }
        })
    }
}

impl std::error::Error for NoWindow {}

impl Window {
    /// In the order in which they are tried.
    const ALL: [Self; 3] = [Self::Cocoa, Self::Gtk, Self::Sdl];

    /// The kind that QEMU has here and this desktop shows.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn find() -> Result<Self, NoWindow> {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        let has_desktop =
            cfg!(target_os = "macos") || is_set("WAYLAND_DISPLAY") || is_set("DISPLAY");
        let help = Command::new(PROGRAM).args(["-display", "help"]).stdin(Stdio::null()).output();
        let help = help.map_err(|_| NoWindow::NoQemu)?;
        Self::choose(&String::from_utf8_lossy(&help.stdout), has_desktop)
    }

    /// The first that QEMU lists in its `help`.
    fn choose(help: &str, has_desktop: bool) -> Result<Self, NoWindow> {
        let is_listed = |window: &Self| help.lines().any(|line| line.trim() == window.name());
        let found = Self::ALL.into_iter().find(is_listed).ok_or(NoWindow::NotInQemu)?;
        if has_desktop { Ok(found) } else { Err(NoWindow::NoDesktop) }
    }

    /// QEMU's name for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cocoa => "cocoa",
            Self::Gtk => "gtk",
            Self::Sdl => "sdl",
        }
    }
}

impl Machine {
    /// Shows the screen in a window, which ends the board when it is closed.
    #[must_use]
    pub fn window(self, window: Window, title: &str) -> Self {
        // A comma in the title is two in an option of QEMU's.
        let title = title.replace(',', ",,");
        self.display(window.name()).options(["-name".to_owned(), title])
    }

    /// Plugs in a USB keyboard and a USB tablet: what a person types and points at in the window,
    /// or a [`Monitor`](crate::Monitor) without one.
    #[must_use]
    pub fn hands(self) -> Self {
        self.options(["-device", "usb-kbd", "-device", "usb-tablet"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "Available display backend types:\nnone\ngtk\nsdl\negl-headless\ncurses\n";

    #[test]
    fn the_first_kind_of_window_that_qemu_has_is_taken() {
        assert_eq!(Window::choose(HELP, true), Ok(Window::Gtk));
        assert_eq!(Window::choose("none\nsdl\n", true), Ok(Window::Sdl));
        assert_eq!(Window::choose("cocoa\nnone\n", true), Ok(Window::Cocoa));
    }

    #[test]
    fn without_a_window_in_qemu_or_a_desktop_it_is_said_what_to_do() {
        let nothing = Window::choose("none\ncurses\negl-headless\n", true).unwrap_err();
        let nobody = Window::choose(HELP, false).unwrap_err();

        assert_eq!((nothing, nobody), (NoWindow::NotInQemu, NoWindow::NoDesktop));
        assert!(nothing.to_string().contains("qemu-system-gui"));
        assert!(nobody.to_string().contains("screenshot"));
    }
}
