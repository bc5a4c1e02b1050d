//! QEMU's own monitor: what hands would do to a board, and eyes.
//!
//! Source: *QEMU Machine Protocol Specification*; each message is one line of JSON.

mod input;
mod screen;

pub use input::Button;

use crate::machine::CARD;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long QEMU may take to answer. It talks to one at a time, and others wait for their turn.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// A connection to a board's monitor, see [`Machine::monitor`](crate::Machine::monitor).
pub struct Monitor {
    answers: BufReader<UnixStream>,
}

impl Monitor {
    /// Connects at the socket `path`, which is there once the board has said anything.
    ///
    /// # Errors
    ///
    /// There is no monitor, or it is none of QEMU's.
    pub fn connect(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        let mut monitor = Self { answers: BufReader::new(stream) };
        // It greets first, and takes commands after this one.
        monitor.execute("qmp_capabilities", &json!({}))?;
        Ok(monitor)
    }

    /// Pulls the card, whatever it is doing.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or there is no card in the slot.
    pub fn pull_card(&mut self) -> io::Result<()> {
        self.person(&format!("eject -f {CARD}"))
    }

    /// Puts the card `path` into the slot.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or cannot read the file.
    pub fn insert_card(&mut self, path: &Path) -> io::Result<()> {
        self.person(&format!("change {CARD} {} raw", path.display()))
    }

    /// Plugs in a device, in the words of QEMU's `-device`.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or knows no such device.
    pub fn plug_in(&mut self, device: &str) -> io::Result<()> {
        self.person(&format!("device_add {device}"))
    }

    /// Pulls the device that was plugged in with this `id`.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or there is no such device.
    pub fn unplug(&mut self, id: &str) -> io::Result<()> {
        self.person(&format!("device_del {id}"))
    }

    /// Connects or cuts the wire of the adapter on the network `netdev`.
    ///
    /// # Errors
    ///
    /// QEMU has ended, or there is no such network.
    pub fn set_link(&mut self, netdev: &str, is_up: bool) -> io::Result<()> {
        self.person(&format!("set_link {netdev} {}", if is_up { "on" } else { "off" }))
    }

    /// Does what a person would type, and fails if there is anything to say about it.
    fn person(&mut self, line: &str) -> io::Result<()> {
        let answer = self.execute("human-monitor-command", &json!({ "command-line": line }))?;
        match answer.as_str() {
            Some("") => Ok(()),
            _ => Err(io::Error::other(answer.to_string())),
        }
    }

    /// The answer to `command`; what QEMU tells of itself in between is left out.
    fn execute(&mut self, command: &str, arguments: &Value) -> io::Result<Value> {
        let message = json!({ "execute": command, "arguments": arguments });
        writeln!(self.answers.get_mut(), "{message}")?;
        loop {
            let mut line = String::new();
            if self.answers.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let mut answer: Value = serde_json::from_str(&line)?;
            if let Some(error) = answer.get("error") {
                let what = error["desc"].as_str().unwrap_or(&line);
                return Err(io::Error::other(what.to_owned()));
            }
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;
    use std::thread;

    /// Pulls the card of a board whose monitor says `lines`.
    fn pull(lines: String) -> io::Result<()> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("monitor");
        let listener = UnixListener::bind(&path).unwrap();
        let board = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(lines.as_bytes()).unwrap();
            // Until the other side is gone, since what is unread would be lost with the stream.
            let _ = io::copy(&mut stream, &mut io::sink());
        });
        let pulled = Monitor::connect(&path).and_then(|mut monitor| monitor.pull_card());
        board.join().unwrap();
        pulled
    }

    const READY: &str = "{\"QMP\": {}}\n{\"return\": {}}\n";

    #[test]
    fn events_between_a_command_and_its_answer_are_passed_over() {
        let said = [READY, "{\"timestamp\": {}}\n{\"return\": \"\"}\n"].concat();

        assert!(pull(said).is_ok());
    }

    #[test]
    fn what_there_is_to_say_about_a_command_is_an_error() {
        let said = [READY, "{\"return\": \"Device 'card' not found\"}\n"].concat();

        let error = pull(said).unwrap_err().to_string();

        assert!(error.contains("not found"), "{error}");
    }
}
