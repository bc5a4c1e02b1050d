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
        #[cfg(feature = "display")]
        crate::display::bench();
        for index in 0..self.len() {
            if let Some(mut slot) = self.rooms[index].take() {
                self.bench_one(&mut slot, index, count);
                self.rooms[index].put(slot);
            }
        }
        self.bench_all(count);
    }

    fn bench_one(&self, slot: &mut Slot, index: usize, count: u32) {
        // The first start translates what the others find translated.
        if !self.run_once(slot, index) {
            return;
        }
        let held_bytes = self.held_bytes(slot, index);
        let free_before = heap::free_bytes();
        let (mut least_ns, mut all_ns) = (u64::MAX, 0);
        for _ in 0..count {
            let begin_ns = timer::now_ns();
            self.run_once(slot, index);
            let took_ns = timer::now_ns() - begin_ns;
            least_ns = least_ns.min(took_ns);
            all_ns += took_ns;
        }
        log::info!(
            "bench: start {} min {least_ns} mean {} held {held_bytes} free {free_before} {}",
            slot.entry().name,
            all_ns / u64::from(count.max(1)),
            heap::free_bytes(),
        );
        slot.forget_program();
    }

    fn bench_all(&self, count: u32) {
        let free_before = heap::free_bytes();
        for _ in 0..count {
            for index in 0..self.len() {
                let Some(mut slot) = self.rooms[index].take() else { continue };
                self.run_once(&mut slot, index);
                slot.forget_program();
                self.rooms[index].put(slot);
            }
        }
        log::info!("bench: churn {count} free {free_before} {}", heap::free_bytes());
    }

    /// One start, one turn, and the end; `false` if the app cannot start.
    fn run_once(&self, slot: &mut Slot, index: usize) -> bool {
        let has_begun = self.begin_once(slot, index);
        self.end_now(slot);
        has_begun
    }

    /// Bytes of the heap that the app's guest has after one turn, beside its linear memory and the
    /// parsed module.
    fn held_bytes(&self, slot: &mut Slot, index: usize) -> usize {
        let free_before = heap::free_bytes();
        self.begin_once(slot, index);
        let taken_bytes = free_before.saturating_sub(heap::free_bytes());
        let memory_bytes = slot.guest.as_ref().map_or(0, |guest| guest.memory_bytes());
        self.end_now(slot);
        taken_bytes.saturating_sub(memory_bytes)
    }

    /// One start and one turn; `false` if the app cannot start.
    fn begin_once(&self, slot: &mut Slot, index: usize) -> bool {
        if slot.start(super::task_of(index), self.around).is_err() {
            return false;
        }
        if let Some(guest) = &mut slot.guest {
            guest.turn(TURN_FUEL);
        }
        true
    }

    fn end_now(&self, slot: &mut Slot) {
        #[cfg(feature = "threads")]
        self.end_threads(slot);
        slot.stop();
    }

    /// Gives each thread that the app spawned its last turn.
    #[cfg(feature = "threads")]
    fn end_threads(&self, slot: &Slot) {
        let Some(process) = &slot.process else { return };
        process.end(runtime::End::Exit(0));
        // Nothing else is ready: all apps have ended.
        while process.spawned_count() > 0 && self.turn() {}
    }
}
