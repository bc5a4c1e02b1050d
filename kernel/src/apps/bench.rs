//! `bramble.bench`: what a start costs, and whether all memory comes back.
//!
//! The figures are for `bramble bench` on the host, which reads them from the console: lines
//! that begin with `bench:`, with times in nanoseconds and sizes in bytes.

use super::{Apps, Slot, TURN_FUEL};
use crate::arch::timer;
use crate::heap;

impl Apps {
    /// Starts each app `count` times from its parsed module, then `count` times all of them in
    /// turn from their bytes. Each gets one turn and is killed, if it has not ended. The card is
    /// measured first.
    pub(crate) fn bench_starts(&self, count: u32) {
        #[cfg(feature = "card")]
        crate::card::bench();
        for index in 0..self.len() {
            if let Some(mut slot) = self.take(index) {
                self.bench_one(&mut slot, index, count);
                self.put(index, slot);
            }
        }
        self.bench_all(count);
    }

    fn bench_one(&self, slot: &mut Slot, index: usize, count: u32) {
        let around = self.around;
        // The first start translates what the others find translated.
        if !run_once(slot, index, around) {
            return;
        }
        let held_bytes = held_bytes(slot, index, around);
        let free_before = heap::free_bytes();
        let (mut least_ns, mut all_ns) = (u64::MAX, 0);
        for _ in 0..count {
            let begin_ns = timer::now_ns();
            run_once(slot, index, around);
            let took_ns = timer::now_ns() - begin_ns;
            least_ns = least_ns.min(took_ns);
            all_ns += took_ns;
        }
        log::info!(
            "bench: start {} min {least_ns} mean {} held {held_bytes} free {free_before} {}",
            slot.entry.name,
            all_ns / u64::from(count.max(1)),
            heap::free_bytes(),
        );
        slot.program = None;
    }

    fn bench_all(&self, count: u32) {
        let around = self.around;
        let free_before = heap::free_bytes();
        for _ in 0..count {
            for index in 0..self.len() {
                let Some(mut slot) = self.take(index) else { continue };
                run_once(&mut slot, index, around);
                slot.program = None;
                self.put(index, slot);
            }
        }
        log::info!("bench: churn {count} free {free_before} {}", heap::free_bytes());
    }
}

/// One start, one turn, and the end; `false` if the app cannot start.
fn run_once(slot: &mut Slot, index: usize, around: super::Surroundings) -> bool {
    let has_begun = begin(slot, index, around);
    slot.guest = None;
    has_begun
}

/// Bytes of the heap that the app's guest has after one turn, beside its linear memory and the
/// parsed module.
fn held_bytes(slot: &mut Slot, index: usize, around: super::Surroundings) -> usize {
    let free_before = heap::free_bytes();
    begin(slot, index, around);
    let taken_bytes = free_before.saturating_sub(heap::free_bytes());
    let guest = slot.guest.take();
    taken_bytes.saturating_sub(guest.map_or(0, |guest| guest.memory_bytes()))
}

/// One start and one turn; `false` if the app cannot start.
fn begin(slot: &mut Slot, index: usize, around: super::Surroundings) -> bool {
    if slot.start(super::task_of(index), around).is_err() {
        return false;
    }
    if let Some(guest) = &mut slot.guest {
        guest.turn(TURN_FUEL);
    }
    true
}
