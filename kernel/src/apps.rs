//! The apps of the bundle: started, run in turns, ended, started again.
//!
//! All cores run them. An app that has its turn is taken out of its place in the table, so that
//! the turn itself needs no lock, and the scheduler gives each to one core at a time.

#[cfg(feature = "actors")]
mod actors;
mod bench;
mod ending;
mod programs;
mod room;
mod slot;
mod standing;
#[cfg(feature = "threads")]
mod threads;
mod view;

use crate::arch::cores::CORES;
use crate::arch::timer;
use crate::{boards, console, heap};
#[cfg(feature = "actors")]
pub(crate) use actors::{Inheritance, name as actor_name, start as start_actors};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
#[cfg(feature = "run")]
use core::sync::atomic::{AtomicU64, Ordering};
use ending::Ending;
#[cfg(feature = "display")]
use kernel_core::bundle::Service;
use kernel_core::bundle::{self, Bundle};
use kernel_core::command_line::CommandLine;
use kernel_core::ready::TaskId;
use kernel_core::run_queue::Park;
use kernel_core::scheduler::{Rest, Scheduler, Taken};
use room::Room;
use runtime::{Turn, Until};
use slot::Slot;
pub(crate) use standing::Standing;

/// Fuel of one turn: as long as an app may wait for each other one on its core, and no longer than
/// it must be for turns to cost next to nothing.
///
/// From the end of a turn to the next one's first instruction the kernel takes 1 768 instructions,
/// measured with two loops that share a core. A unit of fuel takes 3 to 9 instructions in the
/// programs of `make bench`, the most where functions call each other. So, with the times of a
/// Pi 3 calculated at 1.2 GHz and one instruction a cycle:
///
/// | fuel of a turn | instructions | turns cost | a turn on a Pi 3 |
/// |---|---|---|---|
/// | 10 000 | 30 000 to 90 000 | 5.9 to 2.0 % | 0.03 to 0.08 ms |
/// | 20 000 | 60 000 to 180 000 | 2.9 to 1.0 % | 0.05 to 0.15 ms |
/// | 50 000 | 150 000 to 450 000 | 1.2 to 0.4 % | 0.13 to 0.38 ms |
/// | 100 000 | 300 000 to 900 000 | 0.6 to 0.2 % | 0.25 to 0.75 ms |
/// | 200 000 | 600 000 to 1 800 000 | 0.3 to 0.1 % | 0.5 to 1.5 ms |
///
/// A shorter turn would bring little, since what is not bounded by fuel can take longer by itself
/// (see [`crate::core_loop`]), and nothing that waits for a device or a person notices less than a
/// millisecond. It is the same for all priorities.
const TURN_FUEL: u64 = 100_000;

#[cfg(feature = "run")]
const INPUT: u32 = runtime::Events::INPUT.bits();
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
pub(crate) struct Surroundings<'a> {
    /// Where it reads and writes.
    pub(crate) source: Source,
    /// Its arguments, if they are others than its manifest's.
    pub(crate) args: &'a [String],
    /// What it has from the app that started it, if one did.
    #[cfg(feature = "actors")]
    pub(crate) inheritance: Option<&'a Inheritance>,
}

/// All apps of an image.
pub(crate) struct Apps {
    entries: Vec<Arc<bundle::App<'static>>>,
    /// One for each entry.
    rooms: Vec<Room>,
    scheduler: &'static Scheduler<CORES>,
    around: Surroundings<'static>,
    turn_fuel: u64,
    /// When to ask the host next whether its program is to end.
    #[cfg(feature = "run")]
    obey_at_ns: AtomicU64,
    /// Says at each end what the app took, for `bramble bench`, and runs on core 0 alone.
    is_bench: bool,
}

/// What every core takes its work from: apps, and the threads that they spawned.
static TASKS: Scheduler<CORES> = Scheduler::new();

/// The task of the first app that another one started; below it are threads.
#[cfg(feature = "threads")]
const FIRST_ACTOR: TaskId = threads::THREADS_MAX as TaskId;
#[cfg(not(feature = "threads"))]
const FIRST_ACTOR: TaskId = 0;

/// The task of the image's first app.
#[cfg(feature = "actors")]
const FIRST_APP: TaskId = FIRST_ACTOR + actors::ACTORS_MAX as TaskId;
#[cfg(not(feature = "actors"))]
const FIRST_APP: TaskId = FIRST_ACTOR;

fn task_of(index: usize) -> TaskId {
    index as TaskId + FIRST_APP
}

/// The number of the image's app that is the task `task`.
#[cfg(feature = "wasi")]
pub(crate) fn index_of(task: TaskId) -> usize {
    (task - FIRST_APP) as usize
}

impl Apps {
    /// The apps of `bundle`; none has started.
    pub(crate) fn new(
        bundle: Bundle<'static>,
        source: Source,
        command_line: &CommandLine<'_>,
    ) -> Self {
        let is_bench = command_line.bench_starts.is_some();
        let has_all_cores = takes_all_cores(source, is_bench);
        let entries: Vec<_> = bundle.apps.into_iter().map(Arc::new).collect();
        Self {
            rooms: entries.iter().map(|entry| Room::new(entry, has_all_cores)).collect(),
            entries,
            scheduler: &TASKS,
            around: Surroundings {
                source,
                args: &[],
                #[cfg(feature = "actors")]
                inheritance: None,
            },
            turn_fuel: command_line.turn_fuel.unwrap_or(TURN_FUEL),
            #[cfg(feature = "run")]
            obey_at_ns: AtomicU64::new(0),
            is_bench,
        }
    }

    /// Adds an app, which does not start by itself; `false` if one has its name already.
    #[cfg(feature = "card")]
    pub(crate) fn add(&mut self, entry: bundle::App<'static>) -> bool {
        let is_new = self.entries.iter().all(|other| other.name != entry.name);
        if is_new {
            let entry = Arc::new(entry);
            self.rooms.push(Room::new(&entry, self.take_all_cores()));
            self.entries.push(entry);
        }
        is_new
    }

    /// Whether the app at `index` starts by itself.
    pub(crate) fn starts(&self, index: usize) -> bool {
        self.entries[index].start
    }

    /// Whether the app at `index` needs the card before it can start.
    pub(crate) fn needs_card(&self, index: usize) -> bool {
        let mounts = &self.entries[index].mounts;
        mounts.iter().any(|mount| matches!(mount.files, bundle::Files::Card(_)))
    }

    /// Whether the display is wanted: by an app, or by a person who may choose one.
    #[cfg(feature = "display")]
    pub(crate) fn want_display(&self) -> bool {
        self.have_shell() || self.entries.iter().any(|app| app.uses.contains(&Service::Display))
    }

    /// Whether a person may choose an app on the screen: not while one app has all of it.
    #[cfg(feature = "display")]
    pub(crate) fn have_start_screen(&self) -> bool {
        let has_whole_screen = |(app, room): (&Arc<bundle::App<'_>>, &Room)| {
            app.kiosk && (room.view.is_alive() || app.start && room.view.is_unused())
        };
        self.have_shell() && !self.entries.iter().zip(&self.rooms).any(has_whole_screen)
    }

    /// How many apps there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether a person at the console may want to see to them.
    #[cfg(feature = "shell")]
    pub(crate) fn have_shell(&self) -> bool {
        self.take_all_cores()
    }

    /// Whether other cores than core 0 may run them: the figures of `bramble bench` are those of
    /// one core, and only core 0 talks to a host.
    pub(crate) fn take_all_cores(&self) -> bool {
        takes_all_cores(self.around.source, self.is_bench)
    }

    /// Starts the app at `index`; why it could not be is on the console.
    pub(crate) fn start(&self, index: usize) {
        let room = &self.rooms[index];
        if let Some(slot) = room.take() {
            slot.tell_keyboard(true);
            room.view.take_wish();
            self.scheduler.enter();
            self.begin(task_of(index), room, slot);
        }
    }

    /// Gives the next ready app its turn on the calling core; `false` if none is ready.
    pub(crate) fn turn(&self) -> bool {
        let core = boards::this_core();
        let taken = self.scheduler.take(core, timer::now_ns());
        if let Some(sleeper) = self.scheduler.sleeper_to_wake() {
            boards::wake(sleeper);
        }
        let Some(taken) = taken else { return false };
        // However long the turn is: when the next app is due, another core can take it.
        timer::set_alarm(self.scheduler.next_time_ns(core));

        #[cfg(feature = "threads")]
        threads::turn_begins(core, taken.task.id);
        #[cfg(feature = "threads")]
        if taken.task.id < FIRST_ACTOR {
            self.turn_thread(&taken);
            return true;
        }
        if let Some(room) = self.room(taken.task.id) {
            self.turn_app(&taken, room);
        }
        true
    }

    /// Gives the app in `room` its turn: a life, a part of one, or its end.
    fn turn_app(&self, taken: &Taken, room: &Room) {
        let Some(mut slot) = room.take() else { return };
        if room.view.is_to_end() {
            return self.end_killed(taken, room, slot);
        }
        #[cfg(feature = "threads")]
        if let Some(end) = slot.process.as_ref().and_then(|process| process.ending()) {
            return self.end_process(taken, room, slot, end);
        }
        if slot.guest.is_none() {
            // It never began, or it ended and its pause is over.
            return self.begin(taken.task.id, room, slot);
        }
        let fuel = match slot.standing.grant(self.turn_fuel) {
            Ok(fuel) => fuel,
            Err(until) => return self.give_back(taken, room, slot, until),
        };
        let begin_ns = timer::now_ns();
        room.view.runs(begin_ns);
        let Some(turn) = slot.turn(fuel) else { return room.put(slot) };
        heap::turn_has_ended();
        slot.ran_ns += timer::now_ns() - begin_ns;
        room.view.had_turn(&slot);
        match turn {
            Turn::OutOfFuel => self.give_back(taken, room, slot, Until::NEXT_TURN),
            Turn::Parked(until) => {
                #[cfg(feature = "display")]
                if until != Until::NEXT_TURN {
                    crate::display::finish(taken.task.id);
                }
                self.give_back(taken, room, slot, until);
            }
            // Whoever wanted that reads that it was so, even if it came to its end meanwhile.
            Turn::Ended(_) if room.view.is_to_end() => self.end_killed(taken, room, slot),
            #[cfg(feature = "threads")]
            Turn::Ended(end) if slot.process.is_some() => {
                self.end_process(taken, room, slot, end);
            }
            Turn::Ended(end) => self.end(taken.task.id, room, slot, Ending::Ended(end)),
        }
    }

    /// Makes those apps ready whose event has come.
    pub(crate) fn wake(&self) {
        if console::events() != 0 {
            self.scheduler.fire(console::take_events() & !OUTPUT);
        }
        // Room is for one of those who wait for it, or the first would always take it all.
        if self.scheduler.awaits(OUTPUT) && console::has_room() {
            self.scheduler.fire_one(OUTPUT);
        }
        #[cfg(feature = "run")]
        if let Source::Host(_) = self.around.source {
            if self.scheduler.awaits(INPUT) {
                self.scheduler.fire(INPUT);
            }
            self.obey_host();
        }
    }

    /// Makes those apps ready that wait for any of `events`, or are about to.
    #[cfg(any(feature = "net", feature = "display"))]
    pub(crate) fn fire(&self, events: runtime::Events) {
        self.scheduler.fire(events.bits());
    }

    /// Says that the calling core is about to sleep, and tells whether and until when it may.
    /// [`Self::get_up`] follows.
    pub(crate) fn lie_down(&self) -> Rest {
        let rest = self.scheduler.lie_down(boards::this_core(), timer::now_ns);
        #[cfg(feature = "run")]
        if let (Source::Host(_), Rest::Until(at_ns)) = (self.around.source, rest) {
            if self.scheduler.awaits(INPUT) {
                return Rest::Until(Some(timer::now_ns() + crate::host::POLL_NS));
            }
            // A program that sleeps for an hour can be ended earlier.
            let obey_at_ns = self.obey_at_ns.load(Ordering::Relaxed);
            return Rest::Until(Some(at_ns.unwrap_or(u64::MAX).min(obey_at_ns)));
        }
        rest
    }

    /// Prepares the calling core for its life.
    pub(crate) fn wake_up(&self) {
        self.scheduler.make_room(boards::this_core(), task_of(self.len()));
    }

    /// Says that the calling core is awake.
    pub(crate) fn get_up(&self) {
        self.scheduler.get_up(boards::this_core());
    }

    /// Interrupts a core that sleeps, if there is one and the calling core is at a turn, to look
    /// at what became ready.
    pub(crate) fn wake_deputy(&self) {
        if let Some(deputy) = self.scheduler.deputy(boards::this_core()) {
            boards::wake(deputy);
        }
    }

    /// Whether an app waits for any of `events`.
    pub(crate) fn awaits(&self, events: u32) -> bool {
        self.scheduler.awaits(events)
    }

    /// Whether no app is left that runs, waits, or is to start again.
    pub(crate) fn are_done(&self) -> bool {
        self.scheduler.is_empty()
    }

    /// Ends the host's program if the host wants that, which is looked for now and then.
    #[cfg(feature = "run")]
    fn obey_host(&self) {
        let Source::Host(host) = self.around.source else { return };
        let now_ns = timer::now_ns();
        if now_ns < self.obey_at_ns.load(Ordering::Relaxed) {
            return;
        }
        self.obey_at_ns.store(now_ns + crate::host::OBEY_NS, Ordering::Relaxed);
        if host.wants_end()
            && let Some(slot) = self.rooms[0].take()
        {
            self.end(FIRST_APP, &self.rooms[0], slot, Ending::Stopped);
        }
    }

    /// The room of the app that is the task `task`.
    fn room(&self, task: TaskId) -> Option<&Room> {
        match task.checked_sub(FIRST_APP) {
            Some(index) => self.rooms.get(index as usize),
            #[cfg(feature = "actors")]
            None => actors::room(task),
            #[cfg(not(feature = "actors"))]
            None => None,
        }
    }

    /// Makes the guest of `slot`, or says why there is none.
    fn begin(&self, task: TaskId, room: &Room, mut slot: Box<Slot>) {
        slot.started_ns = timer::now_ns();
        room.view.runs(slot.started_ns);
        let started = slot.start(task, self.around);
        heap::turn_has_ended();
        slot.ran_ns = timer::now_ns() - slot.started_ns;
        room.view.is_new(&slot);
        match started {
            Ok(()) => {
                let ready = slot.standing.task(task);
                room.view.waits(Until::NEXT_TURN, timer::now_ns());
                room.put(slot);
                self.scheduler.make_ready(boards::this_core(), ready);
            }
            Err(refusal) => self.end(task, room, slot, Ending::Refused(refusal)),
        }
    }

    /// Gives back what was taken for a turn, to go on when `until` holds. The slot comes first:
    /// another core may want it as soon as it is in a queue.
    fn give_back(&self, taken: &Taken, room: &Room, slot: Box<Slot>, until: Until) {
        room.view.waits(until, timer::now_ns());
        #[cfg(feature = "threads")]
        let process = slot.process.clone();
        room.put(slot);
        self.wait(taken, until);
        // Who wanted its end while it ran did not find it parked.
        let is_to_end = room.view.is_to_end();
        #[cfg(feature = "threads")]
        let is_to_end = is_to_end || process.is_some_and(|process| process.has_ended());
        if is_to_end {
            self.scheduler.wake(taken.task.id);
        }
    }

    /// Lets a task that had its turn go on when `until` holds.
    fn wait(&self, taken: &Taken, until: Until) {
        let core = boards::this_core();
        if until == Until::NEXT_TURN {
            self.scheduler.make_ready(core, taken.task);
        } else {
            let park = Park { at_ns: until.at_ns, events: until.events.bits() };
            self.scheduler.park(core, taken, park);
        }
    }
}

fn takes_all_cores(source: Source, is_bench: bool) -> bool {
    matches!(source, Source::Image) && !is_bench
}
