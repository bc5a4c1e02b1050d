//! The apps of the bundle: started, run in turns, ended, started again.

mod bench;

use crate::arch::timer;
use crate::console;
use crate::heap::GuestPool;
use crate::services::{self, App};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use kernel_core::bundle::{self, Bundle};
use kernel_core::command_line::CommandLine;
use kernel_core::run_queue::{Park, RunQueue, TaskId};
use kernel_core::supervisor::Supervisor;
use runtime::{End, Guest, LoadError, Program, Turn, Until};

/// Fuel of one turn. Going on after a turn costs 1 657 instructions, a turn about a million:
/// so taking turns costs less than 0.2 %, and on a Pi 3 an app waits for each other app about
/// a millisecond.
const TURN_FUEL: u64 = 100_000;

const OUTPUT: u32 = runtime::Events::OUTPUT.bits();

/// Where the apps come from, and with that where they read and write.
#[derive(Clone, Copy)]
pub(crate) enum Source {
    /// The image; they use the board's console.
    Image,
    /// The host that runs the emulator; its one app uses the host's files.
    #[cfg(feature = "run")]
    Host(crate::host::Host),
}

/// What every app of an image finds around it.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "wasi"), expect(dead_code, reason = "no service looks at it"))]
pub(crate) struct Surroundings {
    /// Where it reads and writes.
    pub(crate) source: Source,
    /// Nanoseconds from 1970-01-01T00:00:00Z to power-on, as far as it is known.
    pub(crate) wall_base_ns: u64,
}

/// All apps of an image.
pub(crate) struct Apps {
    slots: Vec<Slot>,
    queue: RunQueue,
    around: Surroundings,
    turn_fuel: u64,
    /// When to ask the host next whether its program is to end.
    #[cfg(feature = "run")]
    obey_at_ns: u64,
    /// Says at each end what the app took, for `bramble bench`.
    tells_cost: bool,
}

struct Slot {
    entry: bundle::App<'static>,
    program: Option<Program>,
    guest: Option<Guest<App>>,
    supervisor: Supervisor,
    started_ns: u64,
    /// Processor time of its loads, starts and turns.
    ran_ns: u64,
}

impl Apps {
    /// The apps of `bundle`; none has started.
    pub(crate) fn new(
        bundle: Bundle<'static>,
        source: Source,
        command_line: &CommandLine<'_>,
    ) -> Self {
        let slots = bundle.apps.into_iter().map(Slot::new).collect();
        // Counting from when it was packed is less wrong than from 1970, and never goes back.
        let wall_base_ns = bundle.packed_at_s.saturating_mul(1_000_000_000);
        Self {
            slots,
            queue: RunQueue::new(),
            around: Surroundings { source, wall_base_ns },
            turn_fuel: command_line.turn_fuel.unwrap_or(TURN_FUEL),
            #[cfg(feature = "run")]
            obey_at_ns: 0,
            tells_cost: command_line.bench_starts.is_some(),
        }
    }

    /// Adds an app, which does not start by itself; `false` if one has its name already.
    #[cfg(feature = "card")]
    pub(crate) fn add(&mut self, entry: bundle::App<'static>) -> bool {
        let is_new = self.slots.iter().all(|slot| slot.entry.name != entry.name);
        if is_new {
            self.slots.push(Slot::new(entry));
        }
        is_new
    }

    /// Whether the app at `index` needs the card before it can start.
    pub(crate) fn needs_card(&self, index: usize) -> bool {
        let mounts = self.slots.get(index).map_or(&[][..], |slot| &slot.entry.mounts);
        mounts.iter().any(|mount| matches!(mount.files, bundle::Files::Card(_)))
    }

    /// Nanoseconds from 1970-01-01T00:00:00Z to now, as far as that is known.
    #[cfg(feature = "card")]
    pub(crate) fn wall_ns(&self) -> u64 {
        self.around.wall_base_ns.saturating_add(timer::now_ns())
    }

    /// How many apps there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Starts the app at `index`; why it could not be is on the console.
    pub(crate) fn start(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.started_ns = timer::now_ns();
        let task = index as TaskId;
        let started = slot.start(task + 1, self.around);
        slot.ran_ns = timer::now_ns() - slot.started_ns;
        match started {
            Ok(()) => self.queue.make_ready(task),
            Err(refusal) => self.end(index, &Ending::Refused(refusal)),
        }
    }

    /// Gives the next ready app its turn; `false` if none is ready.
    pub(crate) fn turn(&mut self) -> bool {
        let Some(task) = self.queue.take() else { return false };
        let index = task as usize;
        let Some(slot) = self.slots.get_mut(index) else { return true };
        let Some(guest) = &mut slot.guest else {
            // It ended, and its pause is over.
            self.start(index);
            return true;
        };

        let begin_ns = timer::now_ns();
        guest.app_mut().begin_turn();
        let turn = guest.turn(self.turn_fuel);
        guest.app_mut().end_turn();
        slot.ran_ns += timer::now_ns() - begin_ns;
        match turn {
            Turn::OutOfFuel => self.queue.make_ready(task),
            Turn::Parked(until) => self.park(task, until),
            Turn::Ended(end) => self.end(index, &Ending::Ended(end)),
        }
        true
    }

    /// Makes those apps ready whose time or event has come.
    pub(crate) fn wake(&mut self) {
        self.queue.fire(console::take_events() & !OUTPUT);
        // Room is for one of those who wait for it, or the first would always take it all.
        if self.queue.awaits(OUTPUT) && console::has_room() {
            self.queue.fire_one(OUTPUT);
        }
        #[cfg(feature = "run")]
        if let Source::Host(_) = self.around.source {
            self.queue.fire(runtime::Events::INPUT.bits());
            self.obey_host();
        }
        self.queue.expire(timer::now_ns());
    }

    /// When the next app becomes ready without an interrupt; `None` is never.
    pub(crate) fn next_time_ns(&mut self) -> Option<u64> {
        #[cfg(feature = "run")]
        if let Source::Host(_) = self.around.source {
            let input = runtime::Events::INPUT.bits();
            if self.queue.awaits(input) {
                return Some(timer::now_ns() + crate::host::POLL_NS);
            }
            // A program that sleeps for an hour can be ended earlier.
            let wakes_at_ns = self.queue.next_time_ns().unwrap_or(u64::MAX);
            return Some(wakes_at_ns.min(self.obey_at_ns));
        }
        self.queue.next_time_ns()
    }

    /// Whether no app is left that runs, waits, or is to start again.
    pub(crate) fn are_done(&self) -> bool {
        self.queue.is_empty()
    }

    /// Ends the host's program if the host wants that, which is looked for now and then.
    #[cfg(feature = "run")]
    fn obey_host(&mut self) {
        let Source::Host(host) = self.around.source else { return };
        if timer::now_ns() >= self.obey_at_ns {
            self.obey_at_ns = timer::now_ns() + crate::host::OBEY_NS;
            if host.wants_end() {
                self.end(0, &Ending::Stopped);
            }
        }
    }

    fn park(&mut self, task: TaskId, until: Until) {
        if until == Until::NEXT_TURN {
            self.queue.make_ready(task);
        } else {
            self.queue.park(task, Park { at_ns: until.at_ns, events: until.events.bits() });
        }
    }

    fn end(&mut self, index: usize, ending: &Ending) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        log::info!("kernel: {} {ending}", slot.entry.name);
        if self.tells_cost {
            let fuel = slot.guest.as_ref().map_or(0, Guest::fuel_used);
            log::info!("bench: app {} ran {} fuel {fuel}", slot.entry.name, slot.ran_ns);
        }
        #[cfg(feature = "run")]
        if let Source::Host(host) = self.around.source {
            // The streams are closed before the host reads the result.
            slot.guest = None;
            host.finish(format_args!("{}", ending.result()));
        }

        slot.guest = None;
        let ran_ms = (timer::now_ns() - slot.started_ns) / 1_000_000;
        if let Some(pause_ms) = slot.supervisor.after_end(ending.is_failure(), ran_ms) {
            log::info!("kernel: {} starts again in {pause_ms} ms", slot.entry.name);
            let at_ns = timer::now_ns() + pause_ms * 1_000_000;
            self.queue.park(index as TaskId, Park { at_ns: Some(at_ns), events: 0 });
        } else {
            slot.program = None;
        }
    }
}

impl Slot {
    fn new(entry: bundle::App<'static>) -> Self {
        let supervisor = Supervisor::new(entry.restart);
        Self { entry, program: None, guest: None, supervisor, started_ns: 0, ran_ns: 0 }
    }

    fn start(&mut self, id: u32, around: Surroundings) -> Result<(), Refusal> {
        let limits = limits(&self.entry.limits);
        let program = match self.program.take() {
            Some(program) => program,
            None => {
                let entry = &self.entry;
                Program::load(entry.module, entry.tail_calls, &limits, &GuestPool)
                    .map_err(Refusal::Module)?
            }
        };
        let app = App::new(id, &self.entry, around).map_err(Refusal::Missing)?;
        let uses = &self.entry.uses;
        let link = |imports: &mut runtime::Imports<'_, App>| services::link(imports, uses);
        let guest = Guest::new(&program, app, &limits, &GuestPool, link);
        self.guest = Some(guest.map_err(Refusal::Module)?);
        self.program = Some(program);
        Ok(())
    }
}

/// The bundle's limits in the runtime's units; what is larger than memory is no limit.
fn limits(limits: &bundle::Limits) -> runtime::Limits {
    let size = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    runtime::Limits {
        module_bytes_max: size(limits.module_bytes_max),
        function_bytes_max: size(limits.function_bytes_max),
        memory_pages_max: u32::try_from(limits.memory_pages_max).unwrap_or(u32::MAX),
        table_elements_max: size(limits.table_elements_max),
        stack_bytes_max: size(limits.stack_bytes_max),
        fuel_max: limits.fuel_max,
    }
}

/// Why an app was not started.
enum Refusal {
    /// Its module cannot run here.
    Module(LoadError),
    /// Something that its manifest grants is not there; the rest of a sentence.
    Missing(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Module(error) => write!(f, "{error}"),
            Self::Missing(why) => f.write_str(why),
        }
    }
}

/// How an app's life, or its start, came to its end.
enum Ending {
    Ended(End),
    Refused(Refusal),
    /// The host wanted it.
    #[cfg(feature = "run")]
    Stopped,
}

impl Ending {
    fn is_failure(&self) -> bool {
        !matches!(self, Self::Ended(End::Exit(0)))
    }

    /// For the host: the kind of ending, then what there is to say.
    #[cfg(feature = "run")]
    fn result(&self) -> HostResult<'_> {
        HostResult(self)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(end) => write!(f, "{end}"),
            Self::Refused(refusal) => write!(f, "was refused: it {refusal}"),
            #[cfg(feature = "run")]
            Self::Stopped => f.write_str("was stopped by the host"),
        }
    }
}

/// An ending as `bramble run` reads it.
#[cfg(feature = "run")]
struct HostResult<'a>(&'a Ending);

#[cfg(feature = "run")]
impl fmt::Display for HostResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ending::Ended(End::Exit(code)) => write!(f, "exit {code}"),
            Ending::Ended(end) => write!(f, "trap {end}"),
            Ending::Refused(refusal) => write!(f, "refused {refusal}"),
            Ending::Stopped => f.write_str("stopped"),
        }
    }
}
