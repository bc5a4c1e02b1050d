//! The apps as the shell shows them, and what it does to them.

use super::{Doing, View};
use crate::apps::ending::Ending;
#[cfg(feature = "threads")]
use crate::apps::threads::THREADS;
use crate::apps::{Apps, task_of};
use crate::arch::timer;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use kernel_core::system_view::{AppView, Parked, Snapshot, State, ThreadView};

impl Apps {
    /// All apps as they are now.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let apps = (0..self.len()).map(|index| self.app_view(index)).collect();
        Snapshot { at_ns: timer::now_ns(), apps }
    }

    /// Starts the app at `index`, unless it is alive, with `args` or, if there are none, with those
    /// of its manifest. Why it could not be is on the console.
    pub(crate) fn run(&self, index: usize, args: Vec<String>) {
        if self.views[index].is_alive() {
            return;
        }
        if let Some(mut slot) = self.take(index) {
            slot.args = args;
            self.put(index, slot);
            self.start(index);
        }
    }

    /// Ends the app at `index` for good: at once, or at the end of the turn that it has.
    pub(crate) fn kill(&self, index: usize) {
        let view = &self.views[index];
        if view.is_alive() {
            view.is_to_end.store(true, Ordering::SeqCst);
            // It ends when a core takes it, for which it has to be ready.
            self.scheduler.wake(task_of(index));
        }
    }

    fn app_view(&self, index: usize) -> AppView {
        let view = &self.views[index];
        #[cfg_attr(not(feature = "threads"), expect(unused_mut, reason = "there is only one"))]
        let mut threads = vec![view.thread(0, || self.ending(index))];
        #[cfg(feature = "threads")]
        threads.extend(
            THREADS
                .views_of(task_of(index))
                .map(|(number, view)| view.thread(number + 1, String::new)),
        );
        let memory_bytes = view.memory_bytes.load(Ordering::Relaxed);
        AppView { name: view.name.unwrap_or_default(), memory_bytes, threads }
    }

    /// How the app at `index` ended.
    fn ending(&self, index: usize) -> String {
        let slot = self.places[index].lock();
        let ending = slot.as_ref().and_then(|slot| slot.ending.as_ref());
        ending.map(Ending::to_string).unwrap_or_default()
    }
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

    fn is_alive(&self) -> bool {
        let doing = self.doing();
        doing != Doing::NeverStarted as u8 && doing != Doing::Ended as u8
    }

    fn state(&self, ending: impl FnOnce() -> String) -> State {
        const ALL: [Doing; 9] = [
            Doing::NeverStarted,
            Doing::Running,
            Doing::Ready,
            Doing::Sleeping,
            Doing::AwaitingInput,
            Doing::AwaitingOutput,
            Doing::AwaitingThread,
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
            Doing::Pausing => State::Parked(Parked::Restart(until_ns)),
            Doing::Ended => State::Ended(ending()),
        }
    }
}
