//! Who waits at which address of a process, and what each of them is told in the end.
//!
//! Nobody misses a notification: the value at the address is looked at under the same lock under
//! which the list changes, so whoever stores another value and notifies then finds in the list who
//! saw the one before. Who is notified leaves the list before it is woken, and looks at the list
//! before it looks at the time: so one notification is the end of one wait, even of one whose time
//! is up meanwhile.

use crate::sync::Mutex;
use alloc::collections::VecDeque;
use runtime::waited;

/// The waiting tasks of one process.
#[derive(Default)]
pub(crate) struct Futexes(Mutex<Waiting>);

/// Tasks in the order in which they came, each with its address. They are so few, at most one for
/// each thread of the process, that one list for all addresses is the fastest.
#[derive(Default)]
struct Waiting(VecDeque<(u64, u32)>);

impl Futexes {
    /// Lets `task` wait at `address`, unless `is_expected` denies it: `false` then. It waits
    /// nowhere else.
    pub(crate) fn wait(&self, address: u64, task: u32, is_expected: &dyn Fn() -> bool) -> bool {
        let mut waiting = self.0.lock();
        let waits = is_expected();
        if waits {
            waiting.0.push_back((address, task));
        }
        waits
    }

    /// What the wait of `task` has come to, one of [`waited`]; `None` if it still waits. `is_late`
    /// tells whether its time is up.
    pub(crate) fn outcome(&self, task: u32, is_late: impl FnOnce() -> bool) -> Option<i32> {
        let mut waiting = self.0.lock();
        let Some(place) = waiting.0.iter().position(|&(_, other)| other == task) else {
            return Some(waited::WOKEN);
        };
        is_late().then(|| {
            waiting.0.remove(place);
            waited::TIMED_OUT
        })
    }

    /// Ends the waits of the `count` tasks at `address` that have waited longest, or of all if they
    /// are fewer, and wakes them with `wake`. Gives how many they were.
    pub(crate) fn notify(&self, address: u64, count: u32, wake: impl Fn(u32)) -> u32 {
        let mut woken = 0;
        while woken < count {
            // The lock is not held while the kernel wakes somebody.
            let Some(task) = self.0.lock().take(address) else { break };
            wake(task);
            woken += 1;
        }
        woken
    }
}

impl Waiting {
    fn take(&mut self, address: u64) -> Option<u32> {
        let first = self.0.iter().position(|&(at, _)| at == address)?;
        self.0.remove(first).map(|(_, task)| task)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::cell::RefCell;

    const IS_EXPECTED: &dyn Fn() -> bool = &|| true;

    /// The tasks that are woken if `count` at `address` are notified.
    fn woken(futexes: &Futexes, address: u64, count: u32) -> Vec<u32> {
        let woken = RefCell::new(Vec::new());
        let said = futexes.notify(address, count, |task| woken.borrow_mut().push(task));
        let woken = woken.into_inner();
        assert_eq!(said as usize, woken.len());
        woken
    }

    #[test]
    fn who_came_first_is_notified_first() {
        let futexes = Futexes::default();
        futexes.wait(8, 3, IS_EXPECTED);
        futexes.wait(8, 1, IS_EXPECTED);

        assert_eq!(woken(&futexes, 8, 1), [3]);
        assert_eq!(futexes.outcome(3, || false), Some(waited::WOKEN));
        assert_eq!(futexes.outcome(1, || false), None);
        assert_eq!(woken(&futexes, 8, u32::MAX), [1]);
        assert_eq!(woken(&futexes, 8, u32::MAX), []);
    }

    #[test]
    fn addresses_have_nothing_to_do_with_each_other() {
        let futexes = Futexes::default();
        futexes.wait(8, 1, IS_EXPECTED);
        futexes.wait(16, 2, IS_EXPECTED);

        assert_eq!(woken(&futexes, 12, 1), []);
        assert_eq!(woken(&futexes, 16, u32::MAX), [2]);
        assert_eq!(futexes.outcome(1, || false), None);
    }

    #[test]
    fn who_finds_another_value_does_not_wait() {
        let futexes = Futexes::default();

        assert!(!futexes.wait(8, 1, &|| false));
        assert_eq!(woken(&futexes, 8, 1), []);
    }

    #[test]
    fn who_is_late_is_not_notified() {
        let futexes = Futexes::default();
        futexes.wait(8, 1, IS_EXPECTED);
        futexes.wait(8, 2, IS_EXPECTED);

        assert_eq!(futexes.outcome(1, || true), Some(waited::TIMED_OUT));
        assert_eq!(woken(&futexes, 8, u32::MAX), [2]);
    }

    #[test]
    fn who_was_notified_is_not_late() {
        let futexes = Futexes::default();
        futexes.wait(8, 1, IS_EXPECTED);
        woken(&futexes, 8, 1);

        assert_eq!(futexes.outcome(1, || true), Some(waited::WOKEN));
    }
}
