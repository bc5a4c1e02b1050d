//! The ready tasks of one core: by priority, and round robin among equals.
//!
//! `realtime` goes before all others, without an exception: only so does one that wakes wait for
//! no more than the turn that is running. One that never waits therefore keeps its core from the
//! others; those that are not pinned to it move to other cores, and its quota of fuel for each
//! second bounds it. `normal` goes before `background`, but for one turn in
//! [`BACKGROUND_ONE_IN`].

use crate::bundle::Priority;
use alloc::collections::VecDeque;

/// Names a task; the caller counts them from 0, since each number up to the highest takes room.
pub type TaskId = u32;

/// Of so many turns beside `realtime` one is for `background`, if any is ready: it costs those
/// before it 6 % of a core at most, and brings what waits behind endless loops a turn in 16, which
/// on a Pi 3 is one in about 10 ms.
pub const BACKGROUND_ONE_IN: u32 = 16;

/// A task, and where in the order it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its number.
    pub id: TaskId,
    /// Before whom it goes.
    pub priority: Priority,
    /// The only core that may run it; `None` is any.
    pub core: Option<u8>,
}

/// The ready tasks of one core.
#[derive(Default)]
pub struct Ready {
    /// By priority.
    lanes: [Lane; Priority::COUNT],
    pushes: u64,
    /// Turns that others had while one of `background` was ready.
    passed_over: u32,
}

/// Tasks of one priority, each with its number among all that were pushed; 0 is before all.
#[derive(Default)]
struct Lane {
    pinned: VecDeque<(u64, Task)>,
    movable: VecDeque<(u64, Task)>,
}

impl Ready {
    /// Without any task.
    pub const fn new() -> Self {
        Self { lanes: [const { Lane::new() }; Priority::COUNT], pushes: 0, passed_over: 0 }
    }

    /// Puts `task` behind all of its priority.
    pub fn push(&mut self, task: Task) {
        let lane = &mut self.lanes[task.priority as usize];
        let queue = if task.core.is_some() { &mut lane.pinned } else { &mut lane.movable };
        self.pushes += 1;
        queue.push_back((self.pushes, task));
    }

    /// Puts `task`, which came from another core, before all of its priority.
    pub fn push_first(&mut self, task: Task) {
        self.lanes[task.priority as usize].movable.push_front((0, task));
    }

    /// Takes the task whose turn it is.
    pub fn take(&mut self) -> Option<Task> {
        let [realtime, normal, background] = &mut self.lanes;
        if let Some(task) = realtime.take() {
            return Some(task);
        }
        self.passed_over = if background.is_empty() { 0 } else { self.passed_over + 1 };
        if self.passed_over < BACKGROUND_ONE_IN
            && let Some(task) = normal.take()
        {
            return Some(task);
        }
        self.passed_over = 0;
        background.take()
    }

    /// Takes the task of `priority` that has been ready longest, for another core.
    pub fn take_movable(&mut self, priority: Priority) -> Option<Task> {
        self.lanes[priority as usize].movable.pop_front().map(|(_, task)| task)
    }

    /// How many tasks there are.
    pub fn load(&self) -> Load {
        Load(self.lanes.iter().fold(0, |load, lane| load << Load::LANE_BITS | lane.load()))
    }
}

impl Lane {
    const fn new() -> Self {
        Self { pinned: VecDeque::new(), movable: VecDeque::new() }
    }

    fn is_empty(&self) -> bool {
        self.pinned.is_empty() && self.movable.is_empty()
    }

    fn take(&mut self) -> Option<Task> {
        let first =
            |queue: &VecDeque<(u64, Task)>| queue.front().map_or(u64::MAX, |&(number, _)| number);
        let is_pinned = first(&self.pinned) < first(&self.movable);
        let queue = if is_pinned { &mut self.pinned } else { &mut self.movable };
        queue.pop_front().map(|(_, task)| task)
    }

    fn load(&self) -> u64 {
        let count = |queue: &VecDeque<_>| (queue.len() as u64).min(Load::COUNT_MAX);
        count(&self.movable) << Load::COUNT_BITS | count(&self.pinned)
    }
}

/// How many tasks of each priority a core has ready: one word, for the others to see. Of higher
/// priorities in higher bits, and of each first those that can move. It does not count further than
/// to 1023.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load(u64);

impl Load {
    const COUNT_BITS: u32 = 10;
    const COUNT_MAX: u64 = (1 << Self::COUNT_BITS) - 1;
    const LANE_BITS: u32 = 2 * Self::COUNT_BITS;
    /// The counts of those that can move.
    const MOVABLE: u64 = Self::COUNT_MAX << Self::COUNT_BITS
        | Self::COUNT_MAX << (Self::COUNT_BITS + Self::LANE_BITS)
        | Self::COUNT_MAX << (Self::COUNT_BITS + 2 * Self::LANE_BITS);

    /// No task is ready.
    pub const NONE: Self = Self(0);

    /// What [`Self::to_bits`] gave.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The load as one word.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// Whether no task is ready.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// Tasks of `priority`.
    pub fn all(self, priority: Priority) -> u64 {
        (self.lane(priority) & Self::COUNT_MAX) + self.movable(priority)
    }

    /// Tasks of `priority` that any core may run.
    pub fn movable(self, priority: Priority) -> u64 {
        self.lane(priority) >> Self::COUNT_BITS & Self::COUNT_MAX
    }

    /// The tasks that any core may run: of two cores the one with more of the highest priority
    /// has more.
    pub fn movables(self) -> u64 {
        self.0 & Self::MOVABLE
    }

    fn lane(self, priority: Priority) -> u64 {
        self.0 >> ((Priority::COUNT as u32 - 1 - priority as u32) * Self::LANE_BITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn task(id: TaskId, priority: Priority) -> Task {
        Task { id, priority, core: None }
    }

    fn pinned(id: TaskId, priority: Priority) -> Task {
        Task { core: Some(0), ..task(id, priority) }
    }

    fn take_all(ready: &mut Ready) -> Vec<TaskId> {
        core::iter::from_fn(|| ready.take()).map(|task| task.id).collect()
    }

    /// The numbers of those who have `count` turns, when each is ready again after its turn.
    fn turns(ready: &mut Ready, count: usize) -> Vec<TaskId> {
        let turn = |_| {
            let task = ready.take().unwrap();
            ready.push(task);
            task.id
        };
        (0..count).map(turn).collect()
    }

    #[test]
    fn the_higher_priority_goes_first_and_equals_in_the_order_in_which_they_came() {
        let mut ready = Ready::new();
        for (id, priority) in [
            (1, Priority::Background),
            (2, Priority::Normal),
            (3, Priority::Realtime),
            (4, Priority::Normal),
            (5, Priority::Realtime),
        ] {
            ready.push(task(id, priority));
        }

        assert_eq!(take_all(&mut ready), [3, 5, 2, 4, 1]);
    }

    #[test]
    fn a_pinned_task_takes_turns_with_those_that_are_not() {
        let mut ready = Ready::new();
        for task in [
            task(1, Priority::Normal),
            pinned(2, Priority::Normal),
            task(3, Priority::Normal),
            pinned(4, Priority::Normal),
        ] {
            ready.push(task);
        }

        assert_eq!(turns(&mut ready, 8), [1, 2, 3, 4, 1, 2, 3, 4]);
    }

    #[test]
    fn background_has_one_turn_in_so_many_however_busy_normal_is() {
        let mut ready = Ready::new();
        ready.push(task(0, Priority::Background));
        ready.push(task(1, Priority::Normal));
        ready.push(task(2, Priority::Normal));

        let had = turns(&mut ready, 10 * BACKGROUND_ONE_IN as usize);

        for turns in had.chunks(BACKGROUND_ONE_IN as usize) {
            assert_eq!(turns.iter().filter(|&&id| id == 0).count(), 1, "{had:?}");
        }
    }

    #[test]
    fn background_has_all_turns_that_nobody_else_wants() {
        let mut ready = Ready::new();
        ready.push(task(0, Priority::Background));

        assert_eq!(turns(&mut ready, 40), [0; 40]);
        ready.push(task(1, Priority::Normal));
        assert_eq!(ready.take().map(|task| task.id), Some(1));
    }

    #[test]
    fn realtime_waits_for_no_turn_of_background() {
        let mut ready = Ready::new();
        ready.push(task(0, Priority::Background));
        ready.push(task(1, Priority::Normal));
        turns(&mut ready, BACKGROUND_ONE_IN as usize - 1);
        ready.push(task(2, Priority::Realtime));

        // The next turn would be that of `background`.
        assert_eq!(take_all(&mut ready), [2, 0, 1]);
    }

    #[test]
    fn only_what_is_not_pinned_moves_and_the_oldest_first() {
        let mut ready = Ready::new();
        ready.push(pinned(1, Priority::Normal));
        ready.push(task(2, Priority::Normal));
        ready.push(task(3, Priority::Normal));

        assert_eq!(ready.take_movable(Priority::Realtime), None);
        assert_eq!(ready.take_movable(Priority::Normal).map(|task| task.id), Some(2));
        assert_eq!(ready.take_movable(Priority::Normal).map(|task| task.id), Some(3));
        assert_eq!(ready.take_movable(Priority::Normal), None);
        assert_eq!(take_all(&mut ready), [1]);
    }

    #[test]
    fn what_came_from_another_core_goes_before_its_equals() {
        let mut ready = Ready::new();
        ready.push(pinned(1, Priority::Normal));
        ready.push(task(2, Priority::Normal));
        ready.push(task(3, Priority::Realtime));
        ready.push_first(task(4, Priority::Normal));

        assert_eq!(take_all(&mut ready), [3, 4, 1, 2]);
    }

    #[test]
    fn the_load_counts_each_priority_and_what_can_move() {
        let mut ready = Ready::new();
        assert!(ready.load().is_none());
        ready.push(pinned(1, Priority::Realtime));
        assert!(!ready.load().is_none() && ready.load().movables() == 0);
        ready.push(task(2, Priority::Background));
        ready.push(pinned(3, Priority::Background));

        let load = Load::from_bits(ready.load().to_bits());
        assert_eq!(Priority::ALL.map(|priority| load.all(priority)), [1, 0, 2]);
        assert_eq!(Priority::ALL.map(|priority| load.movable(priority)), [0, 0, 1]);
        assert!(load.movables() != 0);
    }

    #[test]
    fn one_of_a_higher_priority_counts_more_than_any_number_of_a_lower() {
        let mut ready = [Ready::new(), Ready::new()];
        ready[0].push(task(0, Priority::Realtime));
        for id in 1..2000 {
            ready[1].push(task(id, Priority::Normal));
        }
        ready[1].push(pinned(2000, Priority::Realtime));

        assert!(ready[0].load().movables() > ready[1].load().movables());
    }

    #[test]
    fn more_tasks_than_the_load_counts_are_as_many_as_it_can() {
        let mut ready = Ready::new();
        for id in 0..3000 {
            ready.push(task(id, Priority::Normal));
        }

        assert_eq!(Priority::ALL.map(|priority| ready.load().all(priority)), [0, 1023, 0]);
    }
}
