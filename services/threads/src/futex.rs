//! Who waits at which address of a process.

use alloc::collections::VecDeque;

/// The waiting tasks of one process in the order in which they came, each with its address. They
/// are so few, at most one for each of its threads, that one list for all addresses is the fastest.
#[derive(Default)]
pub(crate) struct Futexes {
    waiting: VecDeque<(u64, u32)>,
}

impl Futexes {
    /// Lets `task` wait at `address`. It waits nowhere else.
    pub(crate) fn wait(&mut self, address: u64, task: u32) {
        self.waiting.push_back((address, task));
    }

    /// Whether `task` still waits; if not, it was notified.
    pub(crate) fn is_waiting(&self, task: u32) -> bool {
        self.waiting.iter().any(|&(_, waiting)| waiting == task)
    }

    /// The wait of `task` is over.
    pub(crate) fn leave(&mut self, task: u32) {
        self.waiting.retain(|&(_, waiting)| waiting != task);
    }

    /// Ends the wait of that task at `address` which has waited longest.
    pub(crate) fn notify(&mut self, address: u64) -> Option<u32> {
        let first = self.waiting.iter().position(|&(at, _)| at == address)?;
        self.waiting.remove(first).map(|(_, task)| task)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_first_is_notified_first() {
        let mut futexes = Futexes::default();
        futexes.wait(8, 3);
        futexes.wait(8, 1);

        assert_eq!(futexes.notify(8), Some(3));
        assert!(!futexes.is_waiting(3) && futexes.is_waiting(1));
        assert_eq!(futexes.notify(8), Some(1));
        assert_eq!(futexes.notify(8), None);
    }

    #[test]
    fn addresses_have_nothing_to_do_with_each_other() {
        let mut futexes = Futexes::default();
        futexes.wait(8, 1);
        futexes.wait(16, 2);

        assert_eq!(futexes.notify(12), None);
        assert_eq!(futexes.notify(16), Some(2));
        assert!(futexes.is_waiting(1));
    }

    #[test]
    fn who_left_is_not_notified() {
        let mut futexes = Futexes::default();
        futexes.wait(8, 1);
        futexes.wait(8, 2);

        futexes.leave(1);

        assert_eq!(futexes.notify(8), Some(2));
        assert!(futexes.waiting.is_empty());
    }
}
