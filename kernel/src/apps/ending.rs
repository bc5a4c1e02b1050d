//! How an app's life, or its start, comes to its end.

use super::Apps;
#[cfg(feature = "run")]
use super::Source;
use super::room::Room;
use super::slot::Slot;
use crate::arch::timer;
use crate::boards;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use kernel_core::ready::TaskId;
use kernel_core::scheduler::Taken;
use runtime::{End, LoadError};

/// Why an app was not started.
pub(super) enum Refusal {
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
pub(super) enum Ending {
    Ended(End),
    Refused(Refusal),
    /// Somebody wanted it.
    Killed,
    /// The host wanted it.
    #[cfg(feature = "run")]
    Stopped,
}

impl Ending {
    pub(super) fn is_failure(&self) -> bool {
        !matches!(self, Self::Ended(End::Exit(0)))
    }

    /// For the host: the kind of ending, then what there is to say.
    #[cfg(feature = "run")]
    pub(super) fn result(&self) -> HostResult<'_> {
        HostResult(self)
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(end) => write!(f, "{end}"),
            Self::Refused(refusal) => write!(f, "was refused: it {refusal}"),
            Self::Killed => f.write_str("was killed"),
            #[cfg(feature = "run")]
            Self::Stopped => f.write_str("was stopped by the host"),
        }
    }
}

/// An ending as `bramble run` reads it.
#[cfg(feature = "run")]
pub(super) struct HostResult<'a>(&'a Ending);

#[cfg(feature = "run")]
impl fmt::Display for HostResult<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ending::Ended(End::Exit(code)) => write!(f, "exit {code}"),
            Ending::Ended(end) => write!(f, "trap {end}"),
            Ending::Refused(refusal) => write!(f, "refused {refusal}"),
            Ending::Killed | Ending::Stopped => f.write_str("stopped"),
        }
    }
}

impl Apps {
    /// Ends an app because somebody wants it.
    pub(super) fn end_killed(&self, taken: &Taken, room: &Room, slot: Box<Slot>) {
        #[cfg(feature = "threads")]
        if slot.process.is_some() {
            // What its end is, the wish says in the end.
            return self.end_process(taken, room, slot, runtime::End::Exit(0));
        }
        self.end(taken.task.id, room, slot, Ending::Killed);
    }

    /// Ends a life of the app in `room`, which is the task `task`, and sees to the next one.
    pub(super) fn end(&self, task: TaskId, room: &Room, mut slot: Box<Slot>, ending: Ending) {
        #[cfg(feature = "actors")]
        if let Some(inheritance) = slot.inheritance.take() {
            return self.end_actor(task, room, slot, inheritance, &ending);
        }
        log::info!("kernel: {} {ending}", slot.entry().name);
        let fuel = slot.fuel_used();
        if self.is_bench {
            log::info!("bench: app {} ran {} fuel {fuel}", slot.entry().name, slot.ran_ns);
            #[cfg(feature = "shell")]
            log::info!("bench: awake {}", boards::counts::awake_ns(0));
        }
        #[cfg(feature = "run")]
        if let Source::Host(host) = self.around.source {
            // The streams are closed before the host reads the result.
            slot.stop();
            #[cfg(feature = "net")]
            crate::net::deliver(self);
            host.finish(format_args!("{}", ending.result()));
        }

        slot.stop();
        let now_ns = timer::now_ns();
        let ran_ms = (now_ns - slot.started_ns) / 1_000_000;
        let view = &room.view;
        let pause_ms = match view.take_wish() {
            true => None,
            false => slot.supervisor.after_end(ending.is_failure(), ran_ms),
        };
        slot.keep(ending);
        if let Some(pause_ms) = pause_ms {
            log::info!("kernel: {} starts again in {pause_ms} ms", slot.entry().name);
            let task = slot.standing.task(task);
            let at_ns = now_ns + pause_ms * 1_000_000;
            view.has_ended(Some(at_ns), now_ns, fuel);
            room.put(slot);
            self.scheduler.park_until(boards::this_core(), task, at_ns);
            if view.is_to_end() {
                self.scheduler.wake(task.id);
            }
        } else {
            slot.forget_program();
            slot.tell_keyboard(false);
            room.put(slot);
            // Only now, since it can be started again from here on.
            view.has_ended(None, now_ns, fuel);
            self.leave();
        }
    }

    /// Counts an app out. Core 0 has to know when it was the last.
    pub(super) fn leave(&self) {
        if self.scheduler.leave() && boards::this_core() != 0 {
            boards::wake(0);
        }
    }
}
