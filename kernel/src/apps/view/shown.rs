//! The apps as the shell shows them, and what it does to them.

use super::{Doing, View};
#[cfg(feature = "actors")]
use crate::apps::actors;
use crate::apps::ending::Ending;
use crate::apps::room::Room;
#[cfg(feature = "threads")]
use crate::apps::threads::THREADS;
use crate::apps::{Apps, FIRST_APP};
use crate::arch::timer;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use kernel_core::ready::TaskId;
use kernel_core::system_view::{AppView, Parked, Snapshot, State, ThreadView};

impl Apps {
    /// All apps as they are now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut apps = Vec::new();
        for ((task, room), entry) in (FIRST_APP..).zip(&self.rooms).zip(&self.entries) {
            apps.push(app_view(task, room, entry.name.into()));
        }
        #[cfg(feature = "actors")]
        for (task, index, room) in actors::all() {
            apps.push(app_view(task, room, actors::name(self.entries[index].name, task)));
        }
        Snapshot { at_ns: timer::now_ns(), apps }
    }

    /// Starts the app that is the task `task`, unless it is alive, with `args` or, if there are
    /// none, with those of its manifest. Why it could not be is on the console.
    pub(crate) fn run(&self, task: TaskId, args: Vec<String>) {
        let Some(index) = task.checked_sub(FIRST_APP) else { return };
        let room = &self.rooms[index as usize];
        if room.view.is_alive() {
            return;
        }
        if let Some(mut slot) = room.take() {
            slot.args = args;
            room.put(slot);
            self.start(index as usize);
        }
    }

    /// Ends the app that is the task `task` for good: at once, or at the end of the turn that it
    /// has.
    pub(crate) fn kill(&self, task: TaskId) {
        if let Some(room) = self.room(task)
            && room.view.is_alive()
        {
            room.view.wish_end();
            self.scheduler.wake(task);
        }
    }

    /// The number of the image's app that the task `task` is.
    pub(crate) fn index_of(&self, task: TaskId) -> usize {
        #[cfg(feature = "actors")]
        if let Some((_, index, _)) = actors::all().find(|(other, ..)| *other == task) {
            return index;
        }
        (task - FIRST_APP) as usize
    }
}

fn app_view(task: TaskId, room: &Room, name: String) -> AppView {
    let ending = || {
        let ending = room.look(|slot| slot.ending.as_ref().map(Ending::to_string));
        ending.flatten().unwrap_or_default()
    };
    #[cfg_attr(not(feature = "threads"), expect(unused_mut, reason = "there is only one"))]
    let mut threads = vec![room.view.thread(0, ending)];
    #[cfg(feature = "threads")]
    threads
        .extend(THREADS.views_of(task).map(|(number, view)| view.thread(number + 1, String::new)));
    let memory_bytes = room.view.memory_bytes.load(Ordering::Relaxed);
    AppView { number: task as usize, name, memory_bytes, threads }
}

impl View {
    fn thread(&self, number: usize, ending: impl FnOnce() -> String) -> ThreadView {
        ThreadView {
            number: number as u32,
            state: self.state(ending),
            since_ns: self.since_ns.load(Ordering::Relaxed),
            core: self.core.load(Ordering::Relaxed).into(),
            fuel: self.fuel.load(Ordering::Relaxed),
            turns: self.turns.load(Ordering::Relaxed),
            ran_ns: self.ran_ns.load(Ordering::Relaxed),
        }
    }

    fn doing(&self) -> u8 {
        self.doing.load(Ordering::Acquire)
    }

    /// Whether it never started.
    #[cfg(feature = "display")]
    pub(in crate::apps) fn is_unused(&self) -> bool {
        self.doing() == Doing::NeverStarted as u8
    }

    /// Whether it runs, waits, or is to start again.
    pub(in crate::apps) fn is_alive(&self) -> bool {
        let doing = self.doing();
        doing != Doing::NeverStarted as u8 && doing != Doing::Ended as u8
    }

    fn state(&self, ending: impl FnOnce() -> String) -> State {
        const ALL: [Doing; 11] = [
            Doing::NeverStarted,
            Doing::Running,
            Doing::Ready,
            Doing::Sleeping,
            Doing::AwaitingInput,
            Doing::AwaitingOutput,
            Doing::AwaitingThread,
            Doing::AwaitingNetwork,
            Doing::AwaitingWindow,
            Doing::Pausing,
            Doing::Ended,
        ];
        let until_ns = self.until_ns.load(Ordering::Relaxed);
        match ALL[usize::from(self.doing())] {
            Doing::NeverStarted => State::NeverStarted,
            Doing::Running => State::Running,
            Doing::Ready => State::Ready,
            Doing::Sleeping => State::Parked(Parked::Sleep(until_ns)),
            Doing::AwaitingInput => State::Parked(Parked::Input),
            Doing::AwaitingOutput => State::Parked(Parked::Output),
            Doing::AwaitingThread => State::Parked(Parked::Thread),
            Doing::AwaitingNetwork => State::Parked(Parked::Network),
            Doing::AwaitingWindow => State::Parked(Parked::Window),
            Doing::Pausing => State::Parked(Parked::Restart(until_ns)),
            Doing::Ended => State::Ended(ending()),
        }
    }
}
