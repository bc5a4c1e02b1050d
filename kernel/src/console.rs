//! The console: one UART for the kernel's log and every app, never waited for.
//!
//! Bytes go to a queue that the transmit interrupt empties. Until [`open`], which comes once
//! the first app runs, the log stays in its ring: at 115 200 baud ten lines of it would take
//! longer than the whole boot.

#[cfg(feature = "shell")]
pub(crate) mod terminal;

use crate::arch::interrupts::IrqLock;
use crate::arch::timer;
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU32, Ordering};
use driver_pl011::Pl011;
use kernel_core::log_ring::{Cursor, LogRing};
use kernel_core::multiplexer::{Multiplexer, Writer};
use kernel_core::ring::Ring;
use runtime::Events;
#[cfg(feature = "shell")]
use terminal::Terminal;

const TRANSMIT_BYTES: usize = 16 << 10;
const RECEIVE_BYTES: usize = 1 << 10;
const LOG_BYTES: usize = 16 << 10;

/// What a line may need beside its text: an app's name, and the ends of two lines.
const LINE_OVERHEAD_BYTES: usize = 64;

/// A full queue at 115 200 baud takes 1.4 s.
const FLUSH_MAX_NS: u64 = 2_000_000_000;

/// The kernel as a writer among the apps; they have small numbers.
const KERNEL: Writer<'static> = Writer { id: u32::MAX, name: None };

static CONSOLE: IrqLock<Console> = IrqLock::new(Console::new());

/// What interrupts brought about since it was last asked: bits of [`Events`].
static EVENTS: AtomicU32 = AtomicU32::new(0);

struct Console {
    uart: Option<Pl011>,
    transmit: Ring<TRANSMIT_BYTES>,
    receive: Ring<RECEIVE_BYTES>,
    log: LogRing<LOG_BYTES>,
    shown: Cursor,
    multiplexer: Multiplexer,
    is_open: bool,
    /// Typed bytes that nobody read before the queue was full.
    receive_lost: u32,
    first_output: FirstOutput,
    #[cfg(feature = "shell")]
    terminal: Terminal,
}

/// The first byte that an app wrote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstOutput {
    /// No app wrote any yet.
    None,
    /// It is the first in the queue: the log is not shown yet.
    Queued,
    /// It was in the UART's data register when the counter had this value.
    Sent(u64),
}

/// Gives the console its UART.
pub(crate) fn attach(mut uart: Pl011) {
    uart.listen();
    CONSOLE.with(|console| console.uart = Some(uart));
}

/// Shows the log from here on, beginning with what it holds already.
pub(crate) fn open() {
    CONSOLE.with(|console| {
        console.is_open = true;
        console.send();
    });
}

/// Adds a line to the log.
pub(crate) fn log(line: fmt::Arguments<'_>) {
    CONSOLE.with(|console| {
        // Writing to the ring cannot fail; a `Display` that fails shows as a shorter line.
        let _ = writeln!(LogWriter(console), "{line}");
        console.send();
    });
    #[cfg(feature = "shell")]
    terminal::tell_of_break();
}

/// Takes as many of an app's bytes as fit, and tells how many.
#[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "no service offers it"))]
pub(crate) fn write(writer: Writer<'_>, bytes: &[u8]) -> usize {
    let taken = CONSOLE.with(|console| {
        let taken = console.multiplexer.write(&mut console.transmit, writer, bytes);
        if taken > 0 && console.first_output == FirstOutput::None {
            console.first_output = FirstOutput::Queued;
        }
        console.send();
        taken
    });
    #[cfg(feature = "shell")]
    terminal::tell_of_break();
    taken
}

/// Moves what is new in the log to the front of `buffer`, and tells how much; what was overwritten
/// meanwhile is left out.
#[cfg(feature = "display")]
pub(crate) fn read_log(seen: &mut Cursor, buffer: &mut [u8]) -> usize {
    CONSOLE.with(|console| {
        console.log.catch_up(seen);
        let unread = console.log.unread(seen);
        let count = unread.len().min(buffer.len());
        buffer[..count].copy_from_slice(&unread[..count]);
        console.log.advance(seen, count);
        count
    })
}

/// Whether the cursor is in an unfinished line of `writer`.
#[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "no service offers it"))]
pub(crate) fn is_in_line_of(writer: Writer<'_>) -> bool {
    CONSOLE.with(|console| console.multiplexer.is_in_line_of(writer))
}

/// How many bytes an app could write now, if they were one line.
pub(crate) fn room_bytes() -> usize {
    CONSOLE.with(|console| console.transmit.room().saturating_sub(LINE_OVERHEAD_BYTES))
}

/// Waits until all has left the UART, but not longer than it takes for a full queue: for the
/// moment before the board is turned off.
pub(crate) fn flush() {
    let limit_ns = timer::now_ns() + FLUSH_MAX_NS;
    while timer::now_ns() < limit_ns {
        let is_sent = CONSOLE.with(|console| {
            console.send();
            console.transmit.is_empty() && console.uart.as_ref().is_none_or(Pl011::is_idle)
        });
        if is_sent {
            return;
        }
        core::hint::spin_loop();
    }
}

/// Whether an app that found no room should try again.
pub(crate) fn has_room() -> bool {
    room_bytes() >= TRANSMIT_BYTES / 4
}

/// Moves typed bytes to the front of `buffer`, and tells how many.
#[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "no service offers it"))]
pub(crate) fn read(buffer: &mut [u8]) -> usize {
    let (count, lost) = CONSOLE
        .with(|console| (console.receive.pop(buffer), core::mem::take(&mut console.receive_lost)));
    if lost > 0 {
        log::warn!("kernel: {lost} typed bytes were lost, since no app read them");
    }
    count
}

/// Counter value when the first byte of an app was in the UART's data register.
pub(crate) fn first_output_ticks() -> Option<u64> {
    CONSOLE.with(|console| match console.first_output {
        FirstOutput::Sent(ticks) => Some(ticks),
        FirstOutput::None | FirstOutput::Queued => None,
    })
}

/// Handles the UART's interrupt.
pub(crate) fn interrupt() {
    let events = CONSOLE.with(Console::interrupt);
    EVENTS.fetch_or(events.bits(), Ordering::AcqRel);
}

/// Takes what happened since the last call, as bits of [`Events`].
pub(crate) fn take_events() -> u32 {
    EVENTS.swap(0, Ordering::AcqRel)
}

/// What [`take_events`] would give.
pub(crate) fn events() -> u32 {
    EVENTS.load(Ordering::Acquire)
}

/// Shows all that is queued and `report`, waiting for the UART but with a limit.
///
/// # Safety
///
/// - The machine is crashing: nothing else uses the console again.
pub(crate) unsafe fn emergency(report: impl FnOnce(&mut dyn Write)) {
    // SAFETY: the caller promises it.
    unsafe {
        CONSOLE.seize(|console| {
            console.is_open = true;
            console.drain();
            report(&mut LogWriter(console));
            console.drain();
        });
    };
}

impl Console {
    const fn new() -> Self {
        Self {
            uart: None,
            transmit: Ring::new(),
            receive: Ring::new(),
            log: LogRing::new(),
            shown: Cursor::NEW,
            multiplexer: Multiplexer::new(),
            is_open: false,
            receive_lost: 0,
            first_output: FirstOutput::None,
            #[cfg(feature = "shell")]
            terminal: Terminal::new(),
        }
    }

    /// Moves the log to the queue, and the queue to the UART, as far as there is room.
    fn send(&mut self) {
        if self.is_open {
            self.queue_log();
        }
        let Some(uart) = &mut self.uart else { return };
        while !self.transmit.is_empty() {
            let mut run = self.transmit.front();
            if self.first_output == FirstOutput::Queued {
                run = &run[..1];
            }
            let sent = uart.transmit(run);
            if sent == 0 {
                break;
            }
            self.transmit.discard(sent);
            if self.first_output == FirstOutput::Queued {
                self.first_output = FirstOutput::Sent(timer::ticks());
            }
        }
        uart.transmit_interrupt(!self.transmit.is_empty());
    }

    fn queue_log(&mut self) {
        loop {
            let lost_lines = self.shown.lost_lines();
            if lost_lines > 0 && self.transmit.room() > LINE_OVERHEAD_BYTES {
                let mut line = Ring::<LINE_OVERHEAD_BYTES>::new();
                let _ = writeln!(RingWriter(&mut line), "kernel: {lost_lines} log lines were lost");
                self.multiplexer.write(&mut self.transmit, KERNEL, line.front());
                self.shown.lost_lines_are_told();
            }
            let unread = self.log.unread(&self.shown);
            let taken = self.multiplexer.write(&mut self.transmit, KERNEL, unread);
            self.log.advance(&mut self.shown, taken);
            if taken == 0 {
                return;
            }
        }
    }

    fn interrupt(&mut self) -> Events {
        let Some(uart) = &mut self.uart else { return Events::NONE };
        let _ = uart.acknowledge();

        let mut events = Events::NONE;
        let mut buffer = [0; 64];
        loop {
            let count = self.uart.as_mut().map_or(0, |uart| uart.receive(&mut buffer));
            if count == 0 {
                break;
            }
            buffer[..count].iter().for_each(|&byte| self.accept(byte));
            events = Events::INPUT;
        }
        let waiting = self.transmit.len();
        self.send();
        if self.transmit.len() < waiting {
            events = events | Events::OUTPUT;
        }
        events
    }

    fn accept(&mut self, byte: u8) {
        #[cfg(feature = "shell")]
        if self.terminal.accept(byte) {
            return;
        }
        // What nobody reads is dropped, as a terminal without a reader does it.
        self.receive_lost += u32::from(self.receive.push(&[byte]) == 0);
    }

    /// Empties log and queue with the UART's emergency path; gives up where it is stuck.
    fn drain(&mut self) {
        loop {
            self.queue_log();
            let Some(uart) = &mut self.uart else { return };
            let run = self.transmit.front();
            if run.is_empty() || uart.emergency(run).is_err() {
                return;
            }
            let count = run.len();
            self.transmit.discard(count);
        }
    }
}

struct LogWriter<'a>(&'a mut Console);

impl Write for LogWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.log.write(text.as_bytes(), &mut self.0.shown);
        Ok(())
    }
}

/// Writes as much as there is room for.
pub(crate) struct RingWriter<'a, const N: usize>(pub(crate) &'a mut Ring<N>);

impl<const N: usize> Write for RingWriter<'_, N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.push(text.as_bytes());
        Ok(())
    }
}
