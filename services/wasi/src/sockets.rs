//! Sockets, of which there are none: every open descriptor is something else.

use crate::vectors::Vectors;
use crate::{Wasi, check};
use abi::Errno;
use runtime::GuestMemory;

impl Wasi {
    /// Refuses to accept a connection.
    pub(crate) fn sock_accept(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        _flags: u32,
        opened_at: u32,
    ) -> Result<(), Errno> {
        check(memory, opened_at, 4)?;
        self.not_a_socket(fd)
    }

    /// Refuses to receive.
    #[expect(clippy::too_many_arguments, reason = "the call has them")]
    pub(crate) fn sock_recv(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        _flags: u32,
        length_at: u32,
        flags_at: u32,
    ) -> Result<(), Errno> {
        Vectors::check(memory, vectors_at, count)?;
        check(memory, length_at, 4)?;
        check(memory, flags_at, 2)?;
        self.not_a_socket(fd)
    }

    /// Refuses to send.
    pub(crate) fn sock_send(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        vectors_at: u32,
        count: u32,
        _flags: u32,
        length_at: u32,
    ) -> Result<(), Errno> {
        Vectors::check(memory, vectors_at, count)?;
        check(memory, length_at, 4)?;
        self.not_a_socket(fd)
    }

    /// Refuses to end a connection.
    pub(crate) fn sock_shutdown(&mut self, fd: u32, _how: u32) -> Result<(), Errno> {
        self.not_a_socket(fd)
    }

    fn not_a_socket(&mut self, fd: u32) -> Result<(), Errno> {
        self.descriptors.get(fd, 0)?;
        Err(Errno::NotSocket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Machine, memory_of};

    #[test]
    fn no_descriptor_is_a_socket() {
        let mut wasi = Machine::new().wasi();
        let mut bytes = [0; 16];
        let memory = &mut memory_of(&mut bytes);

        assert_eq!(wasi.sock_accept(memory, 0, 0, 0), Err(Errno::NotSocket));
        assert_eq!(wasi.sock_recv(memory, 0, 0, 1, 0, 8, 12), Err(Errno::NotSocket));
        assert_eq!(wasi.sock_send(memory, 1, 0, 1, 0, 8), Err(Errno::NotSocket));
        assert_eq!(wasi.sock_shutdown(1, 3), Err(Errno::NotSocket));
    }

    #[test]
    fn a_closed_descriptor_is_bad_before_it_is_no_socket() {
        let mut wasi = Machine::new().wasi();

        assert_eq!(wasi.sock_shutdown(9, 3), Err(Errno::BadDescriptor));
    }
}
