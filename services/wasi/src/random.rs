//! Random bytes.

use crate::{WORK_BYTES_MAX, Wasi, check, wait};
use abi::Errno;
use runtime::{GuestMemory, Outcome, Until};

impl Wasi {
    /// Fills the `length_bytes` bytes at `at` with random bytes.
    ///
    /// A long buffer is filled over several turns, [`WORK_BYTES_MAX`] in each. A source that
    /// fails is [`Errno::Io`], with some of the buffer filled.
    pub(crate) fn random_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        at: u32,
        length_bytes: u32,
    ) -> Result<Outcome<Self>, Errno> {
        check(memory, at, length_bytes)?;

        let now_bytes = length_bytes.min(WORK_BYTES_MAX);
        self.rng.fill(memory.slice_mut(at, now_bytes)?).map_err(|_| Errno::Io)?;

        let later_bytes = length_bytes - now_bytes;
        if later_bytes == 0 {
            return Ok(Outcome::Return(0));
        }
        Ok(wait(Until::NEXT_TURN, move |memory, wasi| {
            wasi.random_get(memory, at + now_bytes, later_bytes)
        }))
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
    fn a_source_without_entropy_is_an_input_error() {
        let machine = Machine::new();
        let mut wasi = machine.wasi();
        machine.exhaust_entropy();

        let outcome = wasi.random_get(&mut memory_of(&mut [0; 4]), 0, 4);

        assert_eq!(finish(outcome), Err(Errno::Io));
    }
}
