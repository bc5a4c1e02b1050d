//! The app as a process: it ends, or lets the others go first.

use crate::{Wasi, wait};
use abi::Errno;
use runtime::{Outcome, Until};

impl Wasi {
    /// Ends the app with exit code `code`.
    pub(crate) fn proc_exit(&mut self, code: u32) -> Result<Outcome<Self>, Errno> {
        Ok(Outcome::Exit(code))
    }

    /// Refuses to send a signal: apps have none.
    pub(crate) fn proc_raise(&mut self, _signal: u32) -> Result<(), Errno> {
        Err(Errno::NotSupported)
    }

    /// Goes on after every other app had its turn.
    pub(crate) fn sched_yield(&mut self) -> Result<Outcome<Self>, Errno> {
        Ok(wait(Until::NEXT_TURN, |_, _| Ok(Outcome::Return(0))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, finish, memory_of, waits};

    #[test]
    fn exit_keeps_the_whole_code() {
        let mut wasi = Machine::new().wasi();

        let outcome = wasi.proc_exit(u32::MAX);

        assert!(matches!(outcome, Ok(Outcome::Exit(u32::MAX))));
    }

    #[test]
    fn signals_are_not_supported() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.proc_raise(15), Err(Errno::NotSupported));
    }

    #[test]
    fn yield_waits_for_the_next_turn_and_then_succeeds() {
        let mut wasi = Machine::new().wasi();

        let wait = waits(wasi.sched_yield());

        assert_eq!(wait.until, Until::NEXT_TURN);
        assert_eq!(finish((wait.resume)(&mut memory_of(&mut []), &mut wasi)), Ok(0));
    }
}
