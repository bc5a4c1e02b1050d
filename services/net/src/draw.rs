//! Numbers that nobody can guess.

use device::Rng;

/// The first port for connections and questions of our own (RFC 6335, §6).
const EPHEMERAL_FIRST: u16 = 49152;

/// Draws numbers from the machine's random bytes.
pub(crate) struct Draw(pub(crate) &'static dyn Rng);

impl Draw {
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A generator that is not ready leaves zeroes or worse: what is drawn can be guessed
        // then, which makes lies easier but breaks nothing.
        let _ = self.0.fill(&mut bytes);
        bytes
    }

    pub(crate) fn word(&self) -> u16 {
        u16::from_be_bytes(self.bytes())
    }

    /// A port for what this machine begins.
    pub(crate) fn port(&self) -> u16 {
        self.word() | EPHEMERAL_FIRST
    }
}
