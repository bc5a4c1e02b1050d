//! The threads that apps spawned: tasks beside the apps themselves.

use super::ending::Ending;
use super::room::Room;
use super::slot::Slot;
use super::view::View;
use super::{Apps, TASKS};
use crate::arch::cores::CORES;
use crate::arch::timer;
use crate::services::App;
use crate::{boards, heap};
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use kernel_core::ready::TaskId;
use kernel_core::scheduler::Taken;
use runtime::{End, Events, Until};
use service_threads::{Step, Tasks, Thread, Wake};
use spin::{Mutex, Once};

/// Threads that all apps together can have beside their first ones.
pub(super) const THREADS_MAX: usize = 256;

/// The threads of all apps; a thread's number here is its task.
pub(super) static THREADS: Threads = Threads { places: Once::new() };

pub(super) struct Threads {
    /// Made when the first app with threads starts.
    places: Once<Vec<Place>>,
}

/// Where a thread is between two turns.
struct Place {
    /// Its number is given out.
    taken: AtomicBool,
    /// The task of the app's first thread.
    main_task: AtomicU32,
    view: View,
    thread: Mutex<Option<Box<Thread<App>>>>,
}

impl Place {
    fn new() -> Self {
        Self {
            taken: AtomicBool::new(false),
            main_task: AtomicU32::new(0),
            view: View::new(),
            thread: Mutex::new(None),
        }
    }
}

impl Threads {
    fn places(&self) -> &[Place] {
        self.places.call_once(|| (0..THREADS_MAX).map(|_| Place::new()).collect())
    }

    /// The threads that the app whose first one is the task `main_task` has spawned.
    #[cfg(feature = "shell")]
    pub(super) fn views_of(&self, main_task: TaskId) -> impl Iterator<Item = (usize, &View)> {
        let is_its = move |place: &&Place| {
            place.taken.load(Ordering::Acquire)
                && place.main_task.load(Ordering::Relaxed) == main_task
        };
        let places = self.places.get().map_or(&[][..], Vec::as_slice);
        places.iter().filter(is_its).map(|place| &place.view).enumerate()
    }

    fn view(&self, task: TaskId) -> &View {
        &self.places()[task as usize].view
    }

    fn put(&self, task: TaskId, thread: Box<Thread<App>>) {
        if let Some(place) = self.places().get(task as usize) {
            *place.thread.lock() = Some(thread);
        }
    }

    fn take(&self, task: TaskId) -> Option<Box<Thread<App>>> {
        self.places().get(task as usize)?.thread.lock().take()
    }
}

impl Tasks<App> for Threads {
    fn reserve(&self) -> Option<u32> {
        let free =
            self.places().iter().position(|place| !place.taken.swap(true, Ordering::AcqRel))?;
        Some(free as u32)
    }

    fn start(&self, task: u32, mut thread: Thread<App>) {
        let ready = thread.app_mut().standing().task(task);
        let place = &self.places()[task as usize];
        place.main_task.store(thread.process().main_task(), Ordering::Relaxed);
        place.view.begins(timer::now_ns());
        self.put(task, Box::new(thread));
        TASKS.make_ready(boards::this_core(), ready);
        wake_sleeper();
    }

    fn release(&self, task: u32) {
        if let Some(place) = self.places().get(task as usize) {
            place.taken.store(false, Ordering::Release);
        }
    }
}

impl Wake for Threads {
    fn wake(&self, task: u32) {
        TASKS.wake(task);
        wake_sleeper();
    }

    fn current(&self) -> u32 {
        HAVE_TURNS[boards::this_core()].load(Ordering::Relaxed)
    }
}

/// The task that each core gives its turn.
static HAVE_TURNS: [AtomicU32; CORES] = [const { AtomicU32::new(0) }; CORES];

/// The calling core, `core`, is about to give `task` its turn.
pub(super) fn turn_begins(core: usize, task: TaskId) {
    HAVE_TURNS[core].store(task, Ordering::Relaxed);
}

/// Interrupts a core that sleeps though there is work. Who makes work in the middle of a turn
/// does not come to it for long.
pub(super) fn wake_sleeper() {
    if let Some(sleeper) = TASKS.sleeper_to_wake() {
        boards::wake(sleeper);
    }
}

impl Apps {
    /// Gives a thread that was spawned its turn.
    pub(super) fn turn_thread(&self, taken: &Taken) {
        let Some(mut thread) = THREADS.take(taken.task.id) else { return };
        if thread.process().has_ended() {
            return thread.leave();
        }
        #[cfg(feature = "actors")]
        if let Some(fuel_max) = thread.app_mut().standing().spent_fuel() {
            thread.process().end(End::FuelExhausted { fuel_max });
            return thread.leave();
        }
        let fuel = match thread.app_mut().standing().grant(self.turn_fuel) {
            Ok(fuel) => fuel,
            Err(until) => return self.give_back_thread(taken, thread, until),
        };
        let view = THREADS.view(taken.task.id);
        let (begin_ns, used_before) = (timer::now_ns(), thread.fuel_used());
        view.runs(begin_ns);
        thread.app_mut().begin_turn();
        let step = thread.turn(fuel);
        thread.app_mut().end_turn();
        heap::turn_has_ended();
        let used = thread.fuel_used() - used_before;
        thread.app_mut().standing().spend(used);
        view.had_part(used, timer::now_ns() - begin_ns);
        match step {
            Step::Ready => self.give_back_thread(taken, thread, Until::NEXT_TURN),
            Step::Parked(until) => self.give_back_thread(taken, thread, until),
            Step::Over => thread.leave(),
        }
    }

    /// Ends the app whose first thread ended, or whose process did: as soon as the others have.
    pub(super) fn end_process(&self, taken: &Taken, room: &Room, mut slot: Box<Slot>, end: End) {
        let Some(process) = slot.process.clone() else { return };
        process.end(end);
        slot.guest = None;
        if process.spawned_count() > 0 {
            room.put(slot);
            self.wait(taken, Until { at_ns: None, events: Events::WAKE });
            // The last may have left after the look and before the wait.
            if process.spawned_count() == 0 {
                TASKS.wake(taken.task.id);
            }
        } else if room.view.is_to_end() {
            self.end(taken.task.id, room, slot, Ending::Killed);
        } else if let Some(end) = process.ending() {
            self.end(taken.task.id, room, slot, Ending::Ended(end));
        }
    }

    fn give_back_thread(&self, taken: &Taken, thread: Box<Thread<App>>, until: Until) {
        let process = Arc::clone(thread.process());
        THREADS.view(taken.task.id).waits(until, timer::now_ns());
        THREADS.put(taken.task.id, thread);
        self.wait(taken, until);
        // Its end may have come after the turn and before the wait.
        if process.has_ended() {
            TASKS.wake(taken.task.id);
        }
    }
}
