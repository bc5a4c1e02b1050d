//! The Wasm execution layer: loads modules and runs guests in turns.
//!
//! A guest is a resumable wasmi call, not a stack of its own. [`Program`] is a parsed module,
//! [`Guest`] one instance of it, and [`Guest::turn`] runs it until its fuel for the turn is
//! spent, it waits, or it ends. The threads of one app are guests in [`Seat`]s around one
//! [`SharedMemory`]. Services offer host calls through [`Imports`] and write their
//! bodies with [`call`].

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

mod atomics;
mod call;
mod config;
mod encoding;
mod entry;
mod error;
mod footprint;
mod guest;
mod imports;
mod limits;
mod memory;
mod program;
mod seat;
mod shape;
mod shared;
mod shims;
mod start;
mod state;

pub use atomics::{Futex, offer_atomics, offer_waits, waited};
pub use call::{
    Caller, Events, Host, IntoOutcome, Outcome, Resume, Until, Wait, call, call_without_memory,
};
pub use config::engine_config;
pub use error::{End, LoadError, Trap};
pub use guest::{Guest, OPERATION_BYTES_MAX, Turn};
pub use imports::{AnyFunction, Imports, PARAMS_MAX};
pub use limits::{Limits, Pool};
pub use memory::GuestMemory;
pub use program::Program;
pub use seat::{Seat, Thread};
pub use shared::{AccessError, SharedMemory};
pub use state::{Find, Itself, State};
