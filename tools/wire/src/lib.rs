//! The other end of a network cable, for tests.
//!
//! A [`Peer`] is a machine with a server for each thing that a network needs, all of which can be
//! told to misbehave. A [`Cable`] loses, repeats, reorders and spoils frames. [`attack`] makes
//! frames that no honest machine sends. A [`FakeAdapter`] is the machine's own end. Everything is driven by whoever owns it, with that one's
//! clock and a seed, so that a test does the same each time; a [`Wire`], as the program of this
//! crate, puts it on QEMU's `-netdev stream` with the clock of the host.

#![forbid(unsafe_code)]

mod adapter;
pub mod attack;
mod cable;
mod dhcp;
mod names;
mod peer;
mod port;
mod random;
mod services;
mod serving;
mod time;

pub use adapter::{FakeAdapter, MAC};
pub use cable::{Cable, Faults};
pub use dhcp::DhcpMode;
pub use names::NamesMode;
pub use peer::{PEER, PREFIX_BITS, Peer};
pub use random::{Random, SeededRng};
pub use services::{ECHO_PORT, SINK_PORT, SOURCE_PORT, checksum, pattern};
pub use serving::{Options, Serving, Wire, serve};
pub use time::{TIME_NS, TimeMode};
