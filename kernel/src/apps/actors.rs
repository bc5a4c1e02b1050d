//! Apps that other apps started: what they may do, where they are, and their end.
//!
//! Such an app has its module, its variables and its limits from its manifest, and all rights from
//! the app that started it, which has them itself: services, directories, threads, other apps to
//! start. It runs before no others that its parent does not run before, and what it uses counts as
//! its parent's too (see [`Standing`]). It has no console to read, and ends with its parent at the
//! latest.

use super::ending::Ending;
use super::room::Room;
use super::slot::Slot;
use super::threads::{THREADS, wake_sleeper};
use super::{Apps, FIRST_ACTOR, Standing, Surroundings, TASKS};
use crate::arch::timer::{self, GenericTimer};
use crate::{boards, core_loop};
use abi::Errno;
use abi::actors::ending;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use kernel_core::ready::TaskId;
use runtime::{End, Until};
use service_files::Mount;
use service_threads::actors::{self, Actors, Birth, Request, Side, Spawner};
use spin::Once;

/// Apps that can run because others started them.
pub(super) const ACTORS_MAX: usize = 64;

/// Made when the first is started.
static PLACES: Once<Vec<Place>> = Once::new();

struct Place {
    /// An app lives here.
    taken: AtomicBool,
    /// The number of the image's app that it is.
    index: AtomicUsize,
    room: Room,
}

/// What an app has from the one that started it.
pub(crate) struct Inheritance {
    birth: Birth,
    pub(crate) mounts: Vec<Mount>,
    is_stdin: bool,
    is_stdout: bool,
    /// The number of the image's app that it is.
    pub(crate) index: usize,
}

impl Inheritance {
    /// What its standard input is, if that is not nothing.
    pub(crate) fn stdin(&self) -> Option<Arc<Side>> {
        self.is_stdin.then(|| Arc::clone(&self.birth.side))
    }

    /// What its standard output is, if that is not the console.
    pub(crate) fn stdout(&self) -> Option<Arc<Side>> {
        self.is_stdout.then(|| Arc::clone(&self.birth.side))
    }
}

/// The apps that an app has to do with as it starts, with the directories `mounts`.
pub(crate) fn start(
    standing: &Arc<Standing>,
    mounts: &[Mount],
    around: Surroundings<'_>,
) -> Actors {
    let spawner = (!standing.entry().spawns.is_empty()).then(|| {
        let (standing, mounts) = (Arc::clone(standing), mounts.into());
        Arc::new(Household { standing, mounts, has_complained: AtomicBool::new(false) })
            as Arc<dyn Spawner>
    });
    let parent = around.inheritance.map(|inheritance| Arc::clone(&inheritance.birth.side));
    Actors::new(&THREADS, &GenericTimer, spawner, parent)
}

/// What an app may do that starts others.
struct Household {
    standing: Arc<Standing>,
    mounts: Vec<Mount>,
    has_complained: AtomicBool,
}

impl Household {
    /// Its directory at `path`, to be handed down.
    fn mount(&self, path: &str) -> Result<Mount, Errno> {
        let (at, is_read_only) =
            path.strip_suffix(":ro").map_or((path, false), |path| (path, true));
        let mount = self.mounts.iter().find(|mount| mount.at == at).ok_or(Errno::NotCapable)?;
        let mut mount = mount.clone();
        if is_read_only {
            mount.directory = mount.directory.read_only();
        }
        Ok(mount)
    }

    fn try_spawn(&self, request: Request, birth: Birth) -> Result<u32, Errno> {
        if !self.standing.may_spawn(&request.name) {
            return Err(Errno::Access);
        }
        // The first app runs while the kernel boots.
        let apps = core_loop::apps().ok_or(Errno::Busy)?;
        let index = apps.entries.iter().position(|entry| entry.name == request.name);
        let index = index.ok_or(Errno::NoEntry)?;
        let mut mounts = Vec::new();
        for path in &request.mounts {
            mounts.push(self.mount(path)?);
        }
        if !self.standing.take_channel() {
            return Err(Errno::Again);
        }
        let Some((task, room)) = reserve(index) else {
            self.standing.give_channel();
            return Err(Errno::Again);
        };

        let (entry, parent) = (Arc::clone(&apps.entries[index]), Arc::clone(&self.standing));
        let standing = Standing::new(entry, Some(parent), apps.take_all_cores());
        let ready = standing.task(task);
        let Request { is_stdin, is_stdout, args, .. } = request;
        let mut slot = Slot::new(standing);
        slot.args = args;
        slot.inheritance = Some(Inheritance { birth, mounts, is_stdin, is_stdout, index });
        room.view.waits(Until::NEXT_TURN, timer::now_ns());
        room.put(Box::new(slot));
        TASKS.enter();
        TASKS.make_ready(boards::this_core(), ready);
        wake_sleeper();
        Ok(task)
    }
}

impl Spawner for Household {
    fn spawn(&self, request: Request, birth: Birth) -> Result<u32, Errno> {
        let name = request.name.clone();
        let spawned = self.try_spawn(request, birth);
        if let Err(error) = spawned
            && error != Errno::Busy
            && !self.has_complained.swap(true, Ordering::Relaxed)
        {
            log::warn!("kernel: {} may not start {name}: {error}", self.standing.entry().name);
        }
        spawned
    }

    fn end(&self, task: u32) {
        if let Some(room) = room(task) {
            room.view.wish_end();
            TASKS.wake(task);
            wake_sleeper();
        }
    }
}

/// The room of the app that is the task `task`, or was.
pub(super) fn room(task: TaskId) -> Option<&'static Room> {
    let number = task.checked_sub(FIRST_ACTOR)?;
    PLACES.get()?.get(number as usize).map(|place| &place.room)
}

/// All that live: the task, the number of the image's app that it is, and the room of each.
#[cfg(feature = "shell")]
pub(super) fn all() -> impl Iterator<Item = (TaskId, usize, &'static Room)> {
    let places = PLACES.get().map_or(&[][..], Vec::as_slice);
    (FIRST_ACTOR..)
        .zip(places)
        .filter(|(_, place)| place.taken.load(Ordering::Acquire))
        .map(|(task, place)| (task, place.index.load(Ordering::Relaxed), &place.room))
}

/// How the console calls the app `name` that is the task `task`.
pub(crate) fn name(name: &str, task: TaskId) -> String {
    format!("{name}:{}", task + 1 - FIRST_ACTOR)
}

/// Takes a place for the image's app with the number `index`.
fn reserve(index: usize) -> Option<(TaskId, &'static Room)> {
    let empty =
        || Place { taken: AtomicBool::new(false), index: AtomicUsize::new(0), room: Room::empty() };
    let places = PLACES.call_once(|| (0..ACTORS_MAX).map(|_| empty()).collect());
    let free = places.iter().position(|place| !place.taken.swap(true, Ordering::AcqRel))?;
    places[free].index.store(index, Ordering::Relaxed);
    Some((FIRST_ACTOR + free as TaskId, &places[free].room))
}

impl Apps {
    /// Ends the one life of an app that another one started, which is told how.
    pub(super) fn end_actor(
        &self,
        task: TaskId,
        room: &Room,
        mut slot: Box<Slot>,
        inheritance: Inheritance,
        ending: &Ending,
    ) {
        let (how, code) = match ending {
            Ending::Ended(End::Exit(code)) => (ending::EXITED, *code),
            Ending::Ended(_) => (ending::TRAPPED, 0),
            Ending::Refused(_) => (ending::REFUSED, 0),
            _ => (ending::KILLED, 0),
        };
        if matches!(how, ending::TRAPPED | ending::REFUSED) {
            log::info!("kernel: {} {ending}", slot.entry().name);
        }
        slot.stop();
        slot.forget_program();
        if let Some(parent) = &slot.standing.parent {
            parent.give_channel();
        }
        drop(slot);
        // From here on nobody wants its end.
        inheritance.birth.teller.tell(actors::Ending { how, code });
        drop(inheritance);
        room.view.take_wish();
        if let Some(places) = PLACES.get()
            && let Some(place) = places.get((task - FIRST_ACTOR) as usize)
        {
            place.taken.store(false, Ordering::Release);
        }
        self.leave();
    }
}
