//! What each command does, and how names are completed.

use super::words::words;
use super::{PINGS, Ping, Shell, System, render};
use alloc::vec::Vec;
use core::fmt::Write;

/// All commands; the first [`OF_APPS`] of them take an app.
const COMMANDS: [&str; 12] =
    ["kill", "logs", "run", "boot", "free", "help", "irq", "net", "ping", "ps", "reboot", "top"];
const OF_APPS: usize = 3;

const HELP: &str = "\
ps              apps: state, core, fuel, turns, memory, seconds in this state
top             fuel a second and % of a core, each second until a key
run APP [ARGS]  start an app that does not run, with these arguments
kill APP        end an app for good
logs APP        the last that it wrote
free            the heap, and the memory of apps
boot            the stages of the boot
irq             interrupts by cores, and how long they were awake
net             adapter, address and sockets
ping HOST       whether a machine is there, by its name or address
reboot          reset the board
Ctrl-]          moves the keyboard between the shell and an app that reads
";

impl Shell {
    /// Runs one line.
    pub(super) fn run(&mut self, line: &[u8], system: &dyn System) {
        let Ok(mut words) = words(line) else {
            return self.screen.put(b"a quote is open\n");
        };
        let Some(command) = words.first() else { return };
        let now = system.snapshot();
        match command.as_str() {
            "ps" => render::ps(&mut self.screen, &now),
            "top" => {
                self.screen.put(b"\x1b[2J");
                self.show_top(now);
            }
            "free" => render::free(&mut self.screen, &system.heap(), &now),
            "boot" => self.screen.put(system.boot().as_bytes()),
            "net" => system.show_network(&mut self.screen),
            "ping" if words.len() > 1 => {
                let host = words.swap_remove(1);
                self.ping = Some(Ping { host, left: PINGS, is_asked: false, next_ns: now.at_ns });
            }
            "ping" => self.screen.put(b"which machine? `ping HOST`\n"),
            "irq" => render::interrupts(&mut self.screen, &system.interrupts()),
            "reboot" => system.reboot(),
            "help" => self.screen.put(HELP.as_bytes()),
            name if !COMMANDS[..OF_APPS].contains(&name) => {
                self.answer("there is no command", name, "help");
            }
            name => {
                let Some(app_name) = words.get(1) else {
                    return self.screen.put(b"which app? `ps` lists them\n");
                };
                let Some(app) = now.find(app_name) else {
                    return self.answer("there is no app", app_name, "ps");
                };
                let (app, is_alive) = (app.number, app.is_alive());
                match (name, is_alive) {
                    ("logs", _) => system.show_tail(app, &mut self.screen),
                    ("run", true) => self.answer("already running:", app_name, "ps"),
                    ("kill", false) => self.answer("not running:", app_name, "ps"),
                    ("kill", true) => system.kill(app),
                    _ => system.run(app, words.split_off(2)),
                }
            }
        }
    }

    fn answer(&mut self, what: &str, name: &str, command: &str) {
        // The screen takes everything.
        let _ = writeln!(self.screen, "{what} `{name}`; `{command}` lists them");
    }

    /// Completes the word before the cursor as far as that is clear, else shows what it may be.
    pub(super) fn complete(&mut self, system: &dyn System) {
        let before = self.editor.before_cursor();
        let at = before.iter().rposition(|&byte| byte == b' ').map_or(0, |blank| blank + 1);
        let (command, word) = before.split_at(at);
        let apps;
        let mut names: Vec<&str> = match command.trim_ascii_end() {
            [] => COMMANDS.into(),
            command if COMMANDS[..OF_APPS].iter().any(|name| name.as_bytes() == command) => {
                apps = system.snapshot().apps;
                apps.iter().map(|app| &*app.name).collect()
            }
            _ => return,
        };
        names.retain(|name| name.as_bytes().starts_with(word));
        let Some(&first) = names.first() else { return };
        let mut length = first.len();
        for name in &names {
            while !name.as_bytes().starts_with(&first.as_bytes()[..length]) {
                length -= 1;
            }
        }
        let rest = &first.as_bytes()[word.len()..length];
        if names.len() > 1 && rest.is_empty() {
            return self.list(&names);
        }
        self.editor.insert(rest, &mut self.screen);
        if names.len() == 1 {
            self.editor.insert(b" ", &mut self.screen);
        }
    }

    /// Shows `names`, and below them the line as it is.
    fn list(&mut self, names: &[&str]) {
        for name in names {
            self.screen.put(b"\n");
            self.screen.put(name.as_bytes());
        }
        self.screen.put(b"\n");
        self.draw();
    }
}
