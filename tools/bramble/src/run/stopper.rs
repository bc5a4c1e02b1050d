//! Ending a program early, for the first reason that there is.

use super::ending::Ending;
use super::exchange::StopSign;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// How long the kernel may take to end a program that is to stop.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Ends the program early; every clone ends the same one.
#[derive(Clone)]
pub(super) struct Stopper {
    reason: Arc<OnceLock<Ending>>,
    machine: qemu::Stopper,
    /// Where the kernel is asked, if the program's folders are to come back.
    sign: Option<StopSign>,
    /// Whose other end is dropped when the machine has ended.
    over: Arc<Mutex<Receiver<()>>>,
}

impl Stopper {
    /// A stopper of `machine`. With a `sign` the kernel is asked first; until the other end of
    /// `over` is dropped the machine counts as running.
    pub(super) fn new(machine: qemu::Stopper, sign: Option<StopSign>, over: Receiver<()>) -> Self {
        Self { reason: Arc::default(), machine, sign, over: Arc::new(Mutex::new(over)) }
    }

    /// Ends the program because of `ending`, or at once if it is being ended already; `false` then.
    pub(super) fn stop(&self, ending: Ending) -> bool {
        // The first reason is the one that counts.
        let is_first = self.reason.set(ending).is_ok();
        if is_first && self.sign.as_ref().is_some_and(|sign| sign.raise().is_ok()) {
            self.stop_if_it_takes_too_long();
        } else {
            self.machine.stop();
        }
        is_first
    }

    /// Switches the machine off, since it failed.
    pub(super) fn give_up(&self, ending: Ending) {
        let _ = self.reason.set(ending);
        self.machine.stop();
    }

    /// Why the program was ended, if it was.
    pub(super) fn reason(&self) -> Option<&Ending> {
        self.reason.get()
    }

    fn stop_if_it_takes_too_long(&self) {
        let stopper = self.clone();
        thread::spawn(move || {
            let over = stopper.over.lock().expect("no holder of the lock panics");
            if over.recv_timeout(STOP_MAX) == Err(RecvTimeoutError::Timeout) {
                stopper.machine.stop();
            }
        });
    }
}
