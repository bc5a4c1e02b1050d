//! Clocks: the wall, the monotonic one, and the time that the app itself ran.

use crate::Wasi;
use abi::{Errno, wasi::clockid};
use device::Clock;
use runtime::GuestMemory;

/// The clocks of one app.
pub(crate) struct Clocks {
    clock: &'static dyn Clock,
    /// What the wall clock shows, in nanoseconds since 1970-01-01T00:00:00Z, at a time since
    /// power-on.
    wall_ns: fn(u64) -> u64,
    /// Time that all threads of the app ran until `counted_ns`.
    ran_ns: u64,
    counted_ns: u64,
    /// Threads that have their turn.
    running: u32,
}

impl Clocks {
    pub(crate) fn new(clock: &'static dyn Clock, wall_ns: fn(u64) -> u64) -> Self {
        Self { clock, wall_ns, ran_ns: 0, counted_ns: 0, running: 0 }
    }

    /// Nanoseconds since power-on.
    pub(crate) fn now_ns(&self) -> u64 {
        self.clock.now_ns()
    }

    /// What the wall clock shows: nanoseconds since 1970-01-01T00:00:00Z.
    pub(crate) fn wall_ns(&self) -> u64 {
        (self.wall_ns)(self.now_ns())
    }

    /// When, since power-on, the wall clock shows `wall_ns`, if nobody sets it until then; now, if
    /// that is over.
    pub(crate) fn since_power_on_ns(&self, wall_ns: u64) -> u64 {
        let now_ns = self.now_ns();
        now_ns.saturating_add(wall_ns.saturating_sub((self.wall_ns)(now_ns)))
    }

    /// The time that clock `id` shows; [`Errno::Invalid`] if there is no such clock.
    fn time_ns(&self, id: u32) -> Result<u64, Errno> {
        match id {
            clockid::REALTIME => Ok(self.wall_ns()),
            clockid::MONOTONIC => Ok(self.now_ns()),
            // All threads of an app count as one, as the proposal for wasi-threads leaves it open.
            clockid::PROCESS_CPUTIME | clockid::THREAD_CPUTIME => Ok(self.cpu_ns()),
            _ => Err(Errno::Invalid),
        }
    }

    /// The resolution of clock `id`; [`Errno::Invalid`] if there is no such clock.
    fn resolution_ns(&self, id: u32) -> Result<u64, Errno> {
        match id {
            // All of them derive from the same counter.
            clockid::REALTIME..=clockid::THREAD_CPUTIME => Ok(self.clock.resolution_ns()),
            _ => Err(Errno::Invalid),
        }
    }

    fn cpu_ns(&self) -> u64 {
        self.cpu_ns_at(self.now_ns())
    }

    fn cpu_ns_at(&self, now_ns: u64) -> u64 {
        let passed_ns = now_ns.saturating_sub(self.counted_ns);
        self.ran_ns.saturating_add(passed_ns.saturating_mul(self.running.into()))
    }

    /// Counts up to now, before a thread begins or ends its turn.
    fn count(&mut self) {
        let now_ns = self.now_ns();
        self.ran_ns = self.cpu_ns_at(now_ns);
        self.counted_ns = now_ns;
    }
}

impl Wasi {
    /// Counts the app's own time for one more thread. The kernel calls this before each turn.
    pub fn begin_turn(&mut self) {
        self.clocks.count();
        self.clocks.running += 1;
    }

    /// Counts the app's own time for one thread less. The kernel calls this after each turn.
    pub fn end_turn(&mut self) {
        self.clocks.count();
        self.clocks.running = self.clocks.running.saturating_sub(1);
    }

    /// Nanoseconds that the app's threads ran so far, which its CPU-time clocks show.
    pub fn cpu_ns(&self) -> u64 {
        self.clocks.cpu_ns()
    }

    /// Writes the nanoseconds between two times that clock `id` can tell apart.
    pub(crate) fn clock_res_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        id: u32,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, 8)?;
        buffer.copy_from_slice(&self.clocks.resolution_ns(id)?.to_le_bytes());
        Ok(())
    }

    /// Writes the time that clock `id` shows, in nanoseconds. It is always as precise as the
    /// clock can be, so the precision that the guest asks for is not looked at.
    pub(crate) fn clock_time_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        id: u32,
        _precision_ns: u64,
        at: u32,
    ) -> Result<(), Errno> {
        let buffer = memory.slice_mut(at, 8)?;
        buffer.copy_from_slice(&self.clocks.time_ns(id)?.to_le_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, WALL_BASE_NS, memory_of};

    fn time_ns(wasi: &mut Wasi, id: u32) -> Result<u64, Errno> {
        let mut bytes = [0; 8];
        wasi.clock_time_get(&mut memory_of(&mut bytes), id, 0, 0)?;
        Ok(u64::from_le_bytes(bytes))
    }

    #[test]
    fn the_monotonic_clock_counts_from_power_on() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        machine.set_now_ns(77);

        assert_eq!(time_ns(&mut wasi, 1), Ok(77));
    }

    #[test]
    fn the_wall_clock_counts_from_its_base() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        machine.set_now_ns(77);

        assert_eq!(time_ns(&mut wasi, 0), Ok(WALL_BASE_NS + 77));
    }

    #[test]
    fn cpu_time_grows_in_turns_only() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();

        machine.set_now_ns(100);
        wasi.begin_turn();
        machine.set_now_ns(130);
        assert_eq!(time_ns(&mut wasi, 2), Ok(30));
        wasi.end_turn();
        machine.set_now_ns(200);
        assert_eq!(time_ns(&mut wasi, 2), Ok(30));
        wasi.begin_turn();
        machine.set_now_ns(205);
        assert_eq!(time_ns(&mut wasi, 3), Ok(35));
    }

    #[test]
    fn cpu_time_is_that_of_all_threads() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();

        wasi.begin_turn();
        machine.set_now_ns(10);
        wasi.begin_turn();
        machine.set_now_ns(30);
        wasi.end_turn();
        machine.set_now_ns(35);
        assert_eq!(time_ns(&mut wasi, 2), Ok(10 + 2 * 20 + 5));
    }

    #[test]
    fn every_clock_has_the_resolution_of_the_counter() {
        let mut wasi = Machine::new().wasi();

        for id in 0..4 {
            let mut bytes = [0; 8];
            assert_eq!(wasi.clock_res_get(&mut memory_of(&mut bytes), id, 0), Ok(()));
            assert_eq!(bytes, [16, 0, 0, 0, 0, 0, 0, 0]);
        }
    }

    #[test]
    fn a_clock_that_does_not_exist_is_invalid() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = [0; 8];

        assert_eq!(time_ns(&mut wasi, 4), Err(Errno::Invalid));
        assert_eq!(
            wasi.clock_res_get(&mut memory_of(&mut bytes), u32::MAX, 0),
            Err(Errno::Invalid)
        );
    }
}
