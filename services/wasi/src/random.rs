//! Random bytes.

use crate::{WORK_BYTES_MAX, Wasi, check, wait};
use abi::Errno;
use device::RngError;
use runtime::{Events, GuestMemory, Outcome, Until};

/// How long after it had no entropy the source is asked again.
const RETRY_NS: u64 = 10_000_000;

/// How long a guest waits for entropy. The hardware of a Pi has none for 0.3 s after power-on,
/// and the first apps start long before that.
const ENTROPY_WAIT_MAX_NS: u64 = 2_000_000_000;

/// A guest's call of `random_get`: what of it is still to be done.
#[derive(Clone, Copy)]
struct Request {
    at: u32,
    length_bytes: u32,
    /// Since when the source has had no entropy, if that is what the guest waits for.
    empty_since_ns: Option<u64>,
}

impl Wasi {
    /// Fills the `length_bytes` bytes at `at` with random bytes.
    ///
    /// A long buffer is filled over several turns, [`WORK_BYTES_MAX`] in each. A source without
    /// entropy is waited for; if it still has none after 2 s, that is [`Errno::Io`], with some
    /// of the buffer filled.
    pub(crate) fn random_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        at: u32,
        length_bytes: u32,
    ) -> Result<Outcome<Self>, Errno> {
        check(memory, at, length_bytes)?;
        self.randomize(memory, Request { at, length_bytes, empty_since_ns: None })
    }

    fn randomize(
        &mut self,
        memory: &mut GuestMemory<'_>,
        request: Request,
    ) -> Result<Outcome<Self>, Errno> {
        let now_bytes = request.length_bytes.min(WORK_BYTES_MAX);
        let later_bytes = request.length_bytes - now_bytes;

        match self.rng.fill(memory.slice_mut(request.at, now_bytes)?) {
            Err(RngError::NotReady) => self.wait_for_entropy(request),
            Ok(()) if later_bytes == 0 => Ok(Outcome::Return(0)),
            Ok(()) => {
                let at = request.at + now_bytes;
                let rest = Request { at, length_bytes: later_bytes, empty_since_ns: None };
                Ok(wait(Until::NEXT_TURN, move |memory, wasi| wasi.randomize(memory, rest)))
            }
        }
    }

    fn wait_for_entropy(&self, request: Request) -> Result<Outcome<Self>, Errno> {
        let now_ns = self.clocks.now_ns();
        let since_ns = request.empty_since_ns.unwrap_or(now_ns);
        if now_ns.saturating_sub(since_ns) >= ENTROPY_WAIT_MAX_NS {
            return Err(Errno::Io);
        }

        let at_ns = Some(now_ns.saturating_add(RETRY_NS));
        let again = Request { empty_since_ns: Some(since_ns), ..request };
        let until = Until { at_ns, events: Events::NONE };
        Ok(wait(until, move |memory, wasi| wasi.randomize(memory, again)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, finish, memory_of, waits};
    use alloc::vec;

    #[test]
    fn the_whole_buffer_is_filled_and_nothing_beside_it() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = [0; 6];

        let outcome = wasi.random_get(&mut memory_of(&mut bytes), 1, 4);

        assert_eq!(finish(outcome), Ok(0));
        assert_eq!(bytes, [0, 0xa5, 0xa5, 0xa5, 0xa5, 0]);
    }

    #[test]
    fn a_long_buffer_takes_a_turn_for_each_64_kib() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = vec![0; (128 << 10) + 1];

        let first = waits(wasi.random_get(&mut memory_of(&mut bytes), 0, (128 << 10) + 1));
        assert_eq!(first.until, Until::NEXT_TURN);
        assert_eq!(bytes[(64 << 10) - 1], 0xa5);
        assert_eq!(bytes[64 << 10], 0);
        let second = waits((first.resume)(&mut memory_of(&mut bytes), &mut wasi));
        assert_eq!(bytes[128 << 10], 0);
        let last = (second.resume)(&mut memory_of(&mut bytes), &mut wasi);

        assert_eq!(finish(last), Ok(0));
        assert!(bytes.iter().all(|byte| *byte == 0xa5));
    }

    #[test]
    fn a_buffer_that_ends_outside_memory_stays_as_it_was() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = vec![0; 70 << 10];

        let outcome = wasi.random_get(&mut memory_of(&mut bytes), 0, (70 << 10) + 1);

        assert_eq!(finish(outcome), Err(Errno::Fault));
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_source_that_warms_up_is_waited_for() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        machine.set_now_ns(1_000_000);
        machine.have_entropy_from_ns(15_000_000);
        let mut bytes = [0; 4];

        let first = waits(wasi.random_get(&mut memory_of(&mut bytes), 0, 4));
        assert_eq!(first.until, Until { at_ns: Some(11_000_000), events: Events::NONE });
        machine.set_now_ns(11_000_000);
        let second = waits((first.resume)(&mut memory_of(&mut bytes), &mut wasi));
        assert_eq!(second.until.at_ns, Some(21_000_000));
        assert_eq!(bytes, [0; 4]);
        machine.set_now_ns(21_000_000);
        let outcome = (second.resume)(&mut memory_of(&mut bytes), &mut wasi);

        assert_eq!(finish(outcome), Ok(0));
        assert_eq!(bytes, [0xa5; 4]);
    }

    #[test]
    fn a_source_that_stays_empty_for_two_seconds_is_an_input_error() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        machine.set_now_ns(7);
        machine.have_entropy_from_ns(u64::MAX);

        let first = waits(wasi.random_get(&mut memory_of(&mut [0; 4]), 0, 4));
        machine.set_now_ns(2_000_000_006);
        let last = waits((first.resume)(&mut memory_of(&mut [0; 4]), &mut wasi));
        machine.set_now_ns(2_000_000_007);
        let outcome = (last.resume)(&mut memory_of(&mut [0; 4]), &mut wasi);

        assert_eq!(finish(outcome), Err(Errno::Io));
    }

    #[test]
    fn a_long_buffer_goes_on_where_the_source_dried_up() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        let mut bytes = vec![0; 70 << 10];

        let first = waits(wasi.random_get(&mut memory_of(&mut bytes), 0, 70 << 10));
        machine.have_entropy_from_ns(1);
        let dry = waits((first.resume)(&mut memory_of(&mut bytes), &mut wasi));
        assert_eq!(dry.until.at_ns, Some(10_000_000));
        bytes[..64 << 10].fill(1);
        machine.set_now_ns(10_000_000);
        let outcome = (dry.resume)(&mut memory_of(&mut bytes), &mut wasi);

        assert_eq!(finish(outcome), Ok(0));
        assert!(bytes[..64 << 10].iter().all(|byte| *byte == 1));
        assert!(bytes[64 << 10..].iter().all(|byte| *byte == 0xa5));
    }
}
