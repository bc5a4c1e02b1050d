//! An app's standard streams: the console, or the host's files.

use crate::console;
#[cfg(feature = "run")]
use crate::{
    arch::semihosting::{HostFile, Mode},
    host::Host,
};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use kernel_core::bundle::{self, Stdin};
use kernel_core::line_editor::{self, LineEditor};
use kernel_core::multiplexer::Writer;
use service_wasi::{Input, Output, Read};

/// Where an app reads and writes.
pub(crate) struct Streams {
    pub(crate) input: Box<dyn Input>,
    pub(crate) output: Box<dyn Output>,
    pub(crate) errors: Box<dyn Output>,
}

impl Streams {
    /// The console, for the app with the number `id`.
    pub(crate) fn console(id: u32, entry: &bundle::App<'_>) -> Self {
        let output = || Box::new(ConsoleOutput { id, name: entry.name.into() });
        Self {
            input: match entry.stdin {
                Stdin::None => Box::new(NoInput),
                Stdin::Console => {
                    Box::new(ConsoleInput { echo: *output(), editor: LineEditor::default() })
                }
            },
            output: output(),
            errors: output(),
        }
    }

    /// The files of the host that runs the emulator.
    #[cfg(feature = "run")]
    pub(crate) fn host(host: Host, entry: &bundle::App<'_>) -> Self {
        Self {
            input: match entry.stdin {
                Stdin::None => Box::new(NoInput),
                Stdin::Console => Box::new(HostInput {
                    host,
                    file: host.open("stdin", Mode::Read),
                    read_bytes: 0,
                    has_ended: false,
                }),
            },
            output: Box::new(HostOutput { file: host.open("stdout", Mode::Write) }),
            errors: Box::new(HostOutput { file: host.open("stderr", Mode::Write) }),
        }
    }
}

/// Input that has ended before it began.
struct NoInput;

impl Input for NoInput {
    fn read(&mut self, _: &mut [u8]) -> Read {
        Read::End
    }

    fn poll(&mut self) -> Read {
        Read::End
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// Lines that begin with the app's name.
struct ConsoleOutput {
    id: u32,
    name: String,
}

impl Output for ConsoleOutput {
    fn write(&mut self, bytes: &[u8]) -> usize {
        let taken = console::write(Writer { id: self.id, name: Some(&self.name) }, bytes);
        #[cfg(feature = "shell")]
        crate::shell::logs::keep(self.id, &bytes[..taken]);
        taken
    }

    fn room_bytes(&mut self) -> usize {
        console::room_bytes()
    }

    fn is_terminal(&self) -> bool {
        true
    }
}

/// Typed lines. Keys are handled when the app looks; until then they wait in the console.
struct ConsoleInput {
    echo: ConsoleOutput,
    editor: LineEditor,
}

impl ConsoleInput {
    fn take_keys(&mut self) {
        let mut keys = [0; 64];
        let mut echo = Vec::new();
        loop {
            let count = console::read(&mut keys);
            if count == 0 {
                break;
            }
            for &key in &keys[..count] {
                self.editor.key(key, &mut echo);
            }
        }
        // An echo that does not fit the queue is not worth waiting for.
        self.echo.write(&echo);
    }
}

impl Input for ConsoleInput {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        self.take_keys();
        found(self.editor.read(buffer))
    }

    fn poll(&mut self) -> Read {
        self.take_keys();
        found(self.editor.peek())
    }

    fn is_terminal(&self) -> bool {
        true
    }
}

fn found(input: line_editor::Input) -> Read {
    match input {
        line_editor::Input::Bytes(count) => Read::Bytes(count),
        line_editor::Input::Empty => Read::Empty,
        line_editor::Input::End => Read::End,
    }
}

/// A file that the host appends to.
#[cfg(feature = "run")]
struct HostInput {
    host: Host,
    file: Option<HostFile>,
    read_bytes: usize,
    has_ended: bool,
}

#[cfg(feature = "run")]
impl Input for HostInput {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        let waiting = self.poll();
        if let (Read::Bytes(_), Some(file)) = (waiting, &mut self.file) {
            file.seek(self.read_bytes);
            let count = file.read(buffer);
            self.read_bytes += count;
            return if count == 0 { Read::Empty } else { Read::Bytes(count) };
        }
        waiting
    }

    fn poll(&mut self) -> Read {
        let Some(file) = &self.file else { return Read::End };
        // The end is looked for first: what the host appended before it is then in the file.
        if !self.has_ended {
            self.has_ended = self.host.open("stdin.end", Mode::Read).is_some();
        }
        let length_bytes = file.length_bytes().unwrap_or(0);
        match (length_bytes.saturating_sub(self.read_bytes), self.has_ended) {
            (0, true) => Read::End,
            (0, false) => Read::Empty,
            (waiting, _) => Read::Bytes(waiting),
        }
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// A pipe to the host, which takes everything; the machine stands still until it has.
#[cfg(feature = "run")]
struct HostOutput {
    file: Option<HostFile>,
}

#[cfg(feature = "run")]
impl Output for HostOutput {
    fn write(&mut self, bytes: &[u8]) -> usize {
        if let Some(file) = &mut self.file {
            file.write(bytes);
        }
        // Nobody will read what the host did not take: its end of the pipe is closed.
        bytes.len()
    }

    fn room_bytes(&mut self) -> usize {
        usize::MAX
    }

    fn is_terminal(&self) -> bool {
        false
    }
}
