//! An app's standard streams: the console, the host's files, or the channel of whoever started it.

use crate::apps::Surroundings;
use crate::console;
#[cfg(feature = "run")]
use crate::{
    arch::semihosting::{HostFile, Mode},
    host::Host,
};
use abi::Errno;
use alloc::boxed::Box;
use alloc::string::String;
#[cfg(feature = "actors")]
use alloc::sync::Arc;
use alloc::vec::Vec;
use kernel_core::bundle::{self, Stdin};
use kernel_core::line_editor::{self, LineEditor};
use kernel_core::multiplexer::Writer;
use kernel_core::ready::TaskId;
#[cfg(feature = "actors")]
use runtime::Events;
#[cfg(feature = "actors")]
use service_threads::actors::Side;
use service_wasi::{Input, Output, Read};

/// Where an app reads and writes.
pub(crate) struct Streams {
    pub(crate) input: Box<dyn Input>,
    pub(crate) output: Box<dyn Output>,
    pub(crate) errors: Box<dyn Output>,
}

impl Streams {
    /// The console, for the task `task`, and what it has instead from the app that started it.
    #[cfg_attr(not(feature = "actors"), expect(unused_variables, reason = "no app started it"))]
    pub(crate) fn console(task: TaskId, entry: &bundle::App<'_>, around: Surroundings<'_>) -> Self {
        #[cfg(feature = "actors")]
        if let Some(inheritance) = around.inheritance {
            let name = || crate::apps::actor_name(entry.name, task);
            let output = || Box::new(ConsoleOutput { task, name: name(), app: inheritance.index });
            return Self {
                input: match inheritance.stdin() {
                    Some(side) => Box::new(ChannelStream(side)),
                    None => Box::new(NoInput),
                },
                output: match inheritance.stdout() {
                    Some(side) => Box::new(ChannelStream(side)),
                    None => output(),
                },
                errors: output(),
            };
        }
        let app = crate::apps::index_of(task);
        let output = || Box::new(ConsoleOutput { task, name: entry.name.into(), app });
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
    task: TaskId,
    name: String,
    /// The number of the image's app that it is.
    #[cfg_attr(not(feature = "shell"), expect(dead_code, reason = "nobody asks what it wrote"))]
    app: usize,
}

impl ConsoleOutput {
    fn writer(&self) -> Writer<'_> {
        // Where 0 is nobody.
        Writer { id: self.task + 1, name: Some(&self.name) }
    }
}

impl Output for ConsoleOutput {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let taken = console::write(self.writer(), bytes);
        #[cfg(feature = "shell")]
        crate::shell::logs::keep(self.app, &bytes[..taken]);
        Ok(taken)
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
            if echo.is_empty() {
                self.draw_broken_line();
            }
            for &key in &keys[..count] {
                self.editor.key(key, &mut echo);
            }
        }
        // An echo that does not fit the queue is not worth waiting for.
        let _ = self.echo.write(&echo);
    }

    /// Shows what is typed of the line again if others wrote since.
    fn draw_broken_line(&self) {
        let line = self.editor.line();
        if !line.is_empty() && !console::is_in_line_of(self.echo.writer()) {
            console::write(self.echo.writer(), line);
        }
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
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        if let Some(file) = &mut self.file {
            file.write(bytes);
        }
        // Nobody will read what the host did not take: its end of the pipe is closed.
        Ok(bytes.len())
    }

    fn room_bytes(&mut self) -> usize {
        usize::MAX
    }

    fn is_terminal(&self) -> bool {
        false
    }
}

/// The channel between the app and the one that started it: what it is sent, and what it sends.
#[cfg(feature = "actors")]
struct ChannelStream(Arc<Side>);

#[cfg(feature = "actors")]
impl Input for ChannelStream {
    fn read(&mut self, buffer: &mut [u8]) -> Read {
        received(self.0.receive(buffer))
    }

    fn poll(&mut self) -> Read {
        received(self.0.peek())
    }

    fn is_terminal(&self) -> bool {
        false
    }

    fn event(&self) -> Events {
        Events::WAKE
    }
}

#[cfg(feature = "actors")]
impl Output for ChannelStream {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        Ok(self.0.send(bytes)?.unwrap_or(0))
    }

    fn room_bytes(&mut self) -> usize {
        self.0.room_bytes()
    }

    fn is_terminal(&self) -> bool {
        false
    }

    fn event(&self) -> Events {
        Events::WAKE
    }
}

#[cfg(feature = "actors")]
fn received(bytes: Option<usize>) -> Read {
    match bytes {
        Some(0) => Read::End,
        Some(count) => Read::Bytes(count),
        None => Read::Empty,
    }
}
