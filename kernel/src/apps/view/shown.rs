//! The apps as the shell shows them, and what it does to them.

use super::{Doing, View};
use crate::apps::Apps;
use crate::apps::ending::Ending;
use crate::arch::timer;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::sync::atomic::Ordering;
use kernel_core::run_queue::TaskId;
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
            self.scheduler.wake(index as TaskId);
        }
    }

    fn app_view(&self, index: usize) -> AppView {
        let view = &self.views[index];
        let thread = ThreadView {
            number: 0,
            state: view.state(|| self.ending(index)),
            since_ns: view.since_ns.load(Ordering::Relaxed),
            core: view.core.load(Ordering::Relaxed).into(),
            fuel: view.fuel.load(Ordering::Relaxed),
            turns: view.turns.load(Ordering::Relaxed),
            ran_ns: view.ran_ns.load(Ordering::Relaxed),
        };
        let memory_bytes = view.memory_bytes.load(Ordering::Relaxed);
        AppView { name: view.name, memory_bytes, threads: vec![thread] }
    }

    /// How the app at `index` ended.
    fn ending(&self, index: usize) -> String {
        let slot = self.places[index].lock();
        let ending = slot.as_ref().and_then(|slot| slot.ending.as_ref());
        ending.map(Ending::to_string).unwrap_or_default()
    }
}

impl View {
    fn doing(&self) -> u8 {
        self.doing.load(Ordering::Acquire)
    }

    fn is_alive(&self) -> bool {
        let doing = self.doing();
        doing != Doing::NeverStarted as u8 && doing != Doing::Ended as u8
    }

    fn state(&self, ending: impl FnOnce() -> String) -> State {
        const ALL: [Doing; 8] = [
            Doing::NeverStarted,
            Doing::Running,
            Doing::Ready,
            Doing::Sleeping,
            Doing::AwaitingInput,
            Doing::AwaitingOutput,
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
            Doing::Pausing => State::Parked(Parked::Restart(until_ns)),
            Doing::Ended => State::Ended(ending()),
        }
    }
}
