//! Arguments and environment: strings that a program asks for once, when it starts.

use crate::{WORK_BYTES_MAX, Wasi, check};
use abi::Errno;
use alloc::vec::Vec;
use runtime::GuestMemory;

/// A list of strings as C wants it, each ended by a NUL.
#[derive(Default)]
pub(crate) struct Strings {
    bytes: Vec<u8>,
    count: u32,
}

impl Strings {
    /// The strings of `args`, each cut at its first NUL, which C could not tell from its end.
    pub(crate) fn of_args(args: &[&str]) -> Self {
        let mut strings = Self::default();
        for arg in args {
            strings.push(&[arg]);
        }
        strings
    }

    /// The strings `name=value` of `env`, each cut at its first NUL.
    pub(crate) fn of_env(env: &[(&str, &str)]) -> Self {
        let mut strings = Self::default();
        for (name, value) in env {
            strings.push(&[name, "=", value]);
        }
        strings
    }

    fn push(&mut self, parts: &[&str]) {
        let bytes = parts.iter().flat_map(|part| part.bytes());
        self.bytes.extend(bytes.take_while(|byte| *byte != 0));
        self.bytes.push(0);
        self.count += 1;
    }

    /// Number of strings, their bytes and the bytes of pointers to them.
    ///
    /// # Errors
    ///
    /// [`Errno::TooBig`] if handing them out would be more than one call's work.
    fn sizes(&self) -> Result<(u32, u32, u32), Errno> {
        let length_bytes = u32::try_from(self.bytes.len()).map_err(|_| Errno::TooBig)?;
        let pointers_bytes = self.count.checked_mul(4).ok_or(Errno::TooBig)?;
        match length_bytes.checked_add(pointers_bytes) {
            Some(work_bytes) if work_bytes <= WORK_BYTES_MAX => {
                Ok((self.count, length_bytes, pointers_bytes))
            }
            _ => Err(Errno::TooBig),
        }
    }

    fn write_sizes(
        &self,
        memory: &mut GuestMemory<'_>,
        count_at: u32,
        length_at: u32,
    ) -> Result<(), Errno> {
        let (count, length_bytes, _) = self.sizes()?;
        check(memory, length_at, 4)?;

        memory.write(count_at, &count.to_le_bytes())?;
        memory.write(length_at, &length_bytes.to_le_bytes())
    }

    fn write(
        &self,
        memory: &mut GuestMemory<'_>,
        pointers_at: u32,
        bytes_at: u32,
    ) -> Result<(), Errno> {
        let (_, _, pointers_bytes) = self.sizes()?;
        check(memory, pointers_at, pointers_bytes)?;
        memory.write(bytes_at, &self.bytes)?;

        let pointers = memory.slice_mut(pointers_at, pointers_bytes)?;
        let strings = self.bytes.split_inclusive(|byte| *byte == 0);
        let mut at = bytes_at;
        for (pointer, string) in pointers.chunks_exact_mut(4).zip(strings) {
            pointer.copy_from_slice(&at.to_le_bytes());
            at = at.wrapping_add(string.len() as u32);
        }
        Ok(())
    }
}

impl Wasi {
    /// Writes the number of arguments and the bytes that they take.
    pub(crate) fn args_sizes_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        count_at: u32,
        length_at: u32,
    ) -> Result<(), Errno> {
        self.args.write_sizes(memory, count_at, length_at)
    }

    /// Writes the arguments to `bytes_at` and pointers to them to `pointers_at`.
    pub(crate) fn args_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        pointers_at: u32,
        bytes_at: u32,
    ) -> Result<(), Errno> {
        self.args.write(memory, pointers_at, bytes_at)
    }

    /// Writes the number of environment variables and the bytes that they take.
    pub(crate) fn environ_sizes_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        count_at: u32,
        length_at: u32,
    ) -> Result<(), Errno> {
        self.env.write_sizes(memory, count_at, length_at)
    }

    /// Writes the environment variables to `bytes_at` and pointers to them to `pointers_at`.
    pub(crate) fn environ_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        pointers_at: u32,
        bytes_at: u32,
    ) -> Result<(), Errno> {
        self.env.write(memory, pointers_at, bytes_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, memory_of};
    use alloc::string::String;

    #[test]
    fn sizes_count_each_strings_nul() {
        let mut wasi = Machine::new().wasi_with(&["app", "b c"], &[]);
        let mut bytes = [0; 8];

        assert_eq!(wasi.args_sizes_get(&mut memory_of(&mut bytes), 0, 4), Ok(()));

        assert_eq!(bytes, [2, 0, 0, 0, 8, 0, 0, 0]);
    }

    #[test]
    fn arguments_are_written_with_a_pointer_to_each() {
        let mut wasi = Machine::new().wasi_with(&["app", "b c"], &[]);
        let mut bytes = [0xff; 16];

        assert_eq!(wasi.args_get(&mut memory_of(&mut bytes), 0, 8), Ok(()));

        assert_eq!(&bytes[..8], [8, 0, 0, 0, 12, 0, 0, 0]);
        assert_eq!(&bytes[8..], b"app\0b c\0");
    }

    #[test]
    fn variables_are_joined_by_an_equals_sign() {
        let mut wasi = Machine::new().wasi_with(&[], &[("A", "1"), ("EMPTY", "")]);
        let mut bytes = [0xff; 19];

        assert_eq!(wasi.environ_get(&mut memory_of(&mut bytes), 0, 8), Ok(()));

        assert_eq!(&bytes[..8], [8, 0, 0, 0, 12, 0, 0, 0]);
        assert_eq!(&bytes[8..], b"A=1\0EMPTY=\0");
    }

    #[test]
    fn an_app_without_arguments_gets_none() {
        let mut wasi = Machine::new().wasi_with(&[], &[]);
        let mut bytes = [0xff; 8];

        assert_eq!(wasi.args_sizes_get(&mut memory_of(&mut bytes), 0, 4), Ok(()));
        assert_eq!(wasi.args_get(&mut memory_of(&mut bytes), 0, 8), Ok(()));

        assert_eq!(bytes, [0; 8]);
    }

    #[test]
    fn a_string_ends_at_its_first_nul() {
        let mut wasi = Machine::new().wasi_with(&["a\0b", "c"], &[]);
        let mut bytes = [0xff; 12];

        assert_eq!(wasi.args_get(&mut memory_of(&mut bytes), 0, 8), Ok(()));

        assert_eq!(bytes, *b"\x08\0\0\0\x0a\0\0\0a\0c\0");
    }

    #[test]
    fn more_than_one_calls_work_is_too_big() {
        let long: String = "x".repeat(64 << 10);
        let mut wasi = Machine::new().wasi_with(&[&long], &[]);
        let mut bytes = [0; 8];

        assert_eq!(wasi.args_sizes_get(&mut memory_of(&mut bytes), 0, 4), Err(Errno::TooBig));
        assert_eq!(wasi.args_get(&mut memory_of(&mut bytes), 0, 4), Err(Errno::TooBig));
    }
}
