//! The shell's place in the kernel: between the console and the apps, in core 0's loop.

pub(crate) mod logs;

use crate::apps::Apps;
use crate::arch::timer;
use crate::console::{self, terminal};
use crate::{boards, boot_table, heap};
use alloc::string::String;
use alloc::vec::Vec;
use core::mem;
use kernel_core::ready::TaskId;
use kernel_core::shell::screen::Screen;
use kernel_core::shell::{Shell, System};
use kernel_core::system_view::{CORE_ROWS, CoreRow, HEAP_PIECES, HeapPiece, Snapshot};

#[cfg(not(feature = "net"))]
const NO_NETWORK: &str = "this image has no network: none of its apps uses it\n";

/// The person at the console. Nothing is allocated before the first key.
pub(crate) struct Person {
    apps: &'static Apps,
    shell: Shell,
    /// The shell was left since [`Self::is_wanted`] was asked.
    has_left: bool,
}

impl Person {
    /// Gives the shell what no app reads from now on; `None` where there is no shell: on the other
    /// cores, and where a host or the benchmark has the apps.
    pub(crate) fn welcome(apps: &'static Apps) -> Option<Self> {
        if boards::this_core() != 0 || !apps.have_shell() {
            return None;
        }
        terminal::open();
        logs::begin();
        Some(Self { apps, shell: Shell::default(), has_left: false })
    }

    /// Whether the shell is in use.
    pub(crate) fn is_there(&self) -> bool {
        self.shell.is_open()
    }

    /// Does what there is to do without waiting for anything, and tells when to call again if no
    /// interrupt comes before.
    pub(crate) fn look_after(&mut self) -> Option<u64> {
        let was_open = self.shell.is_open();
        if was_open || terminal::has_keys() || !self.shell.screen().is_empty() {
            while self.step() {}
            self.has_left |= was_open && !self.shell.is_open();
            terminal::set_has_line(self.shell.has_line());
        }
        self.shell.next_ns()
    }

    /// Whether [`Self::look_after`] could do something now, or others what they left to a person who
    /// is gone.
    pub(crate) fn is_wanted(&mut self) -> bool {
        if mem::take(&mut self.has_left) {
            return true;
        }
        if !self.shell.screen().is_empty() {
            return console::has_room();
        }
        terminal::has_keys() || self.has_lost_line()
    }

    /// One thing; `false` if there is nothing to do, or the console is full.
    fn step(&mut self) -> bool {
        let screen = self.shell.screen();
        if !screen.is_empty() {
            let taken = terminal::write(screen.bytes());
            screen.discard(taken);
            return screen.is_empty();
        }
        if self.shell.has_order() {
            self.shell.act(self.apps);
            self.leave_to_reader();
            return true;
        }
        if let Some((key, is_line_broken)) = terminal::key() {
            if is_line_broken && self.shell.has_line() {
                self.shell.draw();
            }
            self.shell.key(key, self.apps);
            self.leave_to_reader();
            return true;
        }
        if self.has_lost_line() {
            self.shell.draw();
            return true;
        }
        self.shell.tick(timer::now_ns(), self.apps)
    }

    /// The console is left to an app that reads and has the keyboard, as one that was just started.
    fn leave_to_reader(&mut self) {
        if self.shell.is_open() && !terminal::has_keyboard() {
            self.shell.close();
        }
    }

    fn has_lost_line(&self) -> bool {
        self.shell.has_line() && terminal::wants_line()
    }
}

impl System for Apps {
    fn snapshot(&self) -> Snapshot {
        self.snapshot()
    }

    fn heap(&self) -> [HeapPiece; HEAP_PIECES] {
        heap::pieces()
    }

    fn interrupts(&self) -> [CoreRow; CORE_ROWS] {
        boards::counts::all()
    }

    fn show_tail(&self, app: usize, screen: &mut Screen) {
        logs::show(self.index_of(app as TaskId), screen);
    }

    fn run(&self, app: usize, args: Vec<String>) {
        self.run(app as TaskId, args);
    }

    fn kill(&self, app: usize) {
        self.kill(app as TaskId);
    }

    fn boot(&self) -> String {
        boot_table::text()
    }

    fn show_network(&self, screen: &mut Screen) {
        #[cfg(feature = "net")]
        crate::net::show(screen);
        #[cfg(not(feature = "net"))]
        screen.put(NO_NETWORK.as_bytes());
    }

    #[cfg_attr(not(feature = "net"), expect(unused_variables, reason = "nobody is asked"))]
    fn ping(&self, host: &str, is_new: bool) -> Option<String> {
        #[cfg(feature = "net")]
        return crate::net::ping(host, is_new);
        #[cfg(not(feature = "net"))]
        Some(NO_NETWORK.into())
    }

    fn reboot(&self) {
        log::info!("kernel: resetting");
        #[cfg(feature = "card")]
        crate::card::shut_down();
        console::flush();
        boards::reset();
    }
}
