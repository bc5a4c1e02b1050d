//! Who runs next: ready tasks in turn, and parked ones until their time or event comes.
//!
//! Waking a task looks at no other: times are kept in order, events have a list each.

use crate::bundle::Priority;
use crate::ready::{Load, Ready, Task, TaskId};
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// The bit of [`Park::events`] of a task that [`RunQueue::wake`] is for. All parked tasks can be
/// woken, so there is no list of those who wait for it.
pub const WAKE: u32 = 1 << 31;

/// How many different events there can be beside [`WAKE`]: the lowest bits of [`Park::events`].
const EVENTS: usize = 8;

/// What a parked task waits for, whichever comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Park {
    /// Nanoseconds since power-on; `None` is never.
    pub at_ns: Option<u64>,
    /// One bit for each event.
    pub events: u32,
}

/// The tasks of one core.
#[derive(Default)]
pub struct RunQueue {
    ready: Ready,
    /// By number; `None` for those that are not parked.
    parked: Vec<Option<Parked>>,
    by_time: InOrder,
    /// In the order in which they were parked.
    by_event: [InOrder; EVENTS],
    /// Events that some task waits for.
    awaited: u32,
    parks: u64,
}

/// A task, what it waits for, and how many were parked before it.
struct Parked {
    task: Task,
    park: Park,
    number: u64,
}

/// Tasks in the order of a number that each has. A list is the smallest code for it, and fast
/// where it matters: the first and the last are found at once, and one in the middle by halving,
/// which moves at most half of the others, 16 bytes each.
#[derive(Default)]
struct InOrder(VecDeque<(u64, TaskId)>);

impl InOrder {
    const fn new() -> Self {
        Self(VecDeque::new())
    }

    fn insert(&mut self, entry: (u64, TaskId)) {
        let place = self.0.partition_point(|other| *other < entry);
        self.0.insert(place, entry);
    }

    fn remove(&mut self, entry: (u64, TaskId)) {
        if let Ok(place) = self.0.binary_search(&entry) {
            self.0.remove(place);
        }
    }

    fn first(&self) -> Option<(u64, TaskId)> {
        self.0.front().copied()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl RunQueue {
    /// Without any task.
    pub const fn new() -> Self {
        Self {
            ready: Ready::new(),
            parked: Vec::new(),
            by_time: InOrder::new(),
            by_event: [const { InOrder::new() }; EVENTS],
            awaited: 0,
            parks: 0,
        }
    }

    /// Puts `task`, which is not in the queue, behind all of its priority that are ready.
    pub fn make_ready(&mut self, task: Task) {
        self.ready.push(task);
    }

    /// Puts `task`, which was ready on another core, before all of its priority.
    pub fn move_in(&mut self, task: Task) {
        self.ready.push_first(task);
    }

    /// Lets `task` wait. It must not be in the queue.
    pub fn park(&mut self, task: Task, park: Park) {
        let id = task.id;
        if let Some(at_ns) = park.at_ns {
            self.by_time.insert((at_ns, id));
        }
        let number = self.parks;
        self.parks += 1;
        for event in bits(park.events) {
            self.by_event[event].insert((number, id));
            self.awaited |= 1 << event;
        }
        let index = id as usize;
        self.make_room(index + 1);
        self.parked[index] = Some(Parked { task, park, number });
    }

    /// Takes the task whose turn it is.
    pub fn take(&mut self) -> Option<Task> {
        self.ready.take()
    }

    /// Takes a ready task of `priority` that another core may run.
    pub fn take_movable(&mut self, priority: Priority) -> Option<Task> {
        self.ready.take_movable(priority)
    }

    /// Makes all tasks ready whose time has come.
    pub fn expire(&mut self, now_ns: u64) {
        while let Some((at_ns, task)) = self.by_time.first() {
            if at_ns > now_ns {
                return;
            }
            self.unpark(task);
        }
    }

    /// Makes all tasks ready that wait for any of `events`.
    pub fn fire(&mut self, events: u32) {
        for event in bits(events) {
            while let Some((_, task)) = self.by_event[event].first() {
                self.unpark(task);
            }
        }
    }

    /// Makes the task ready that has waited longest for any of `events`: for what one task may
    /// use up alone, so that each gets its turn at it.
    pub fn fire_one(&mut self, events: u32) {
        let waiting = bits(events).filter_map(|event| self.by_event[event].first());
        if let Some((_, task)) = waiting.min() {
            self.unpark(task);
        }
    }

    /// Has room for as many tasks to be parked, by their numbers, from now on.
    pub fn make_room(&mut self, tasks: usize) {
        if tasks > self.parked.len() {
            self.parked.resize_with(tasks, || None);
        }
    }

    /// Makes the task `id` ready if it is parked here, and tells whether it was.
    pub fn wake(&mut self, id: TaskId) -> bool {
        let is_parked = self.parked.get(id as usize).is_some_and(Option::is_some);
        if is_parked {
            self.unpark(id);
        }
        is_parked
    }

    /// When the next parked task becomes ready by time alone.
    pub fn next_time_ns(&self) -> Option<u64> {
        self.by_time.first().map(|(at_ns, _)| at_ns)
    }

    /// The events that some task waits for.
    pub fn awaited(&self) -> u32 {
        self.awaited
    }

    /// How many tasks are ready.
    pub fn load(&self) -> Load {
        self.ready.load()
    }

    /// Makes the parked task `id` ready.
    fn unpark(&mut self, id: TaskId) {
        let Some(parked) = self.parked.get_mut(id as usize) else { return };
        let Some(Parked { task, park, number }) = parked.take() else { return };
        if let Some(at_ns) = park.at_ns {
            self.by_time.remove((at_ns, id));
        }
        for event in bits(park.events) {
            self.by_event[event].remove((number, id));
            if self.by_event[event].is_empty() {
                self.awaited &= !(1 << event);
            }
        }
        self.make_ready(task);
    }
}

/// The numbers of the bits that are set, of those that have a list.
fn bits(events: u32) -> impl Iterator<Item = usize> {
    let mut events = events & ((1 << EVENTS) - 1);
    core::iter::from_fn(move || {
        if events == 0 {
            return None;
        }
        let event = events.trailing_zeros() as usize;
        events &= events - 1;
        Some(event)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: u32 = 1;
    const OUTPUT: u32 = 1 << 1;

    fn task(id: TaskId) -> Task {
        Task { id, priority: Priority::Normal, core: None }
    }

    fn take_all(queue: &mut RunQueue) -> Vec<TaskId> {
        core::iter::from_fn(|| queue.take()).map(|task| task.id).collect()
    }

    #[test]
    fn ready_tasks_take_turns() {
        let mut queue = RunQueue::new();
        queue.make_ready(task(1));
        queue.make_ready(task(2));

        assert_eq!(queue.take(), Some(task(1)));
        queue.make_ready(task(1));

        assert_eq!(take_all(&mut queue), [2, 1]);
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_times() {
        let mut queue = RunQueue::new();
        queue.park(task(1), Park { at_ns: Some(300), events: 0 });
        queue.park(task(2), Park { at_ns: Some(100), events: 0 });
        queue.park(task(3), Park { at_ns: Some(200), events: 0 });

        assert_eq!(queue.next_time_ns(), Some(100));
        queue.expire(250);

        assert_eq!(take_all(&mut queue), [2, 3]);
        assert_eq!(queue.next_time_ns(), Some(300));
    }

    #[test]
    fn an_event_wakes_all_who_wait_for_it_and_nobody_else() {
        let mut queue = RunQueue::new();
        queue.park(task(1), Park { at_ns: None, events: INPUT });
        queue.park(task(2), Park { at_ns: None, events: OUTPUT });
        queue.park(task(3), Park { at_ns: None, events: INPUT | OUTPUT });

        assert_eq!(queue.awaited(), INPUT | OUTPUT);
        queue.fire(INPUT);

        assert_eq!(take_all(&mut queue), [1, 3]);
        assert_eq!(queue.awaited(), OUTPUT);
    }

    #[test]
    fn a_task_that_an_event_woke_is_not_woken_again_by_its_time() {
        let mut queue = RunQueue::new();
        queue.park(task(1), Park { at_ns: Some(100), events: INPUT });

        queue.fire(INPUT);
        queue.expire(1000);

        assert_eq!(take_all(&mut queue), [1]);
        assert!(queue.load().is_none());
        assert_eq!((queue.awaited(), queue.next_time_ns()), (0, None));
    }

    #[test]
    fn what_one_may_use_up_goes_to_whom_waited_longest() {
        let mut queue = RunQueue::new();
        queue.park(task(2), Park { at_ns: None, events: OUTPUT });
        queue.park(task(1), Park { at_ns: None, events: OUTPUT });

        queue.fire_one(OUTPUT);
        assert_eq!(take_all(&mut queue), [2]);
        queue.park(task(2), Park { at_ns: None, events: OUTPUT });
        queue.fire_one(OUTPUT);
        assert_eq!(take_all(&mut queue), [1]);
    }

    #[test]
    fn a_task_is_woken_by_its_number_whatever_it_waits_for() {
        let mut queue = RunQueue::new();
        queue.park(task(1), Park { at_ns: None, events: WAKE });
        queue.park(task(2), Park { at_ns: Some(100), events: INPUT });

        queue.fire(!INPUT);
        assert!(queue.load().is_none());
        assert_eq!(queue.awaited(), INPUT);
        assert!(queue.wake(1) && queue.wake(2));
        assert!(!queue.wake(1) && !queue.wake(7), "who is not parked is left alone");

        assert_eq!(take_all(&mut queue), [1, 2]);
        assert_eq!((queue.awaited(), queue.next_time_ns()), (0, None));
    }

    #[test]
    fn a_task_that_wakes_goes_before_those_of_lower_priority() {
        let mut queue = RunQueue::new();
        queue.park(Task { priority: Priority::Realtime, ..task(2) }, Park::default());
        queue.park(
            Task { priority: Priority::Realtime, ..task(3) },
            Park { at_ns: Some(100), events: 0 },
        );
        queue.make_ready(task(1));

        queue.expire(100);

        assert_eq!(take_all(&mut queue), [3, 1]);
    }

    #[test]
    fn parked_for_ever_is_neither_ready_nor_due() {
        let mut queue = RunQueue::new();
        queue.park(task(1), Park::default());

        queue.expire(u64::MAX);
        queue.fire(u32::MAX);

        assert_eq!(queue.take(), None);
        assert_eq!(queue.next_time_ns(), None);
    }
}
