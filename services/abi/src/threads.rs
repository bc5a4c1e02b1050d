//! What a module with threads imports after it was lowered: shared memory and atomic
//! instructions, which the interpreter has not got, as a memory and host calls.
//!
//! `tools/lower` writes these imports, and the runtime offers them. A host call takes what the
//! instruction takes, and a [`Place`] after it, which holds what stands in the instruction.
//!
//! Source: *Threading proposal for WebAssembly*, `proposals/threads/Overview.md`.

use crate::wasi::Call;

/// Module name of all that is imported for threads.
pub const MODULE: &str = "bramble_threads";

/// Module name of the call that starts a thread (wasi-threads).
pub const WASI: &str = "wasi";

/// The call that starts a thread: its argument; gives its number, or less than 0.
pub const THREAD_SPAWN: &Call = &call("thread-spawn", "i", "i");

/// Name of the memory. Its minimum is what the program begins with, and its maximum what is
/// attached from the beginning.
pub const MEMORY: &str = "memory";

/// Name of the export that writes the data segments; only the first thread calls it, before
/// anything else. A module without such segments does not have it.
pub const DATA_EXPORT: &str = "bramble: data";

/// What the names of exported mutable globals begin with; their number follows. The runtime sets
/// them back when an instance is to serve another thread.
pub const GLOBAL_EXPORT: &str = "bramble: global ";

/// Every host call, atomic instructions first.
pub const CALLS: &[Call] = &[
    call(names::LOAD32, "iI", "i"),
    call(names::LOAD64, "iI", "I"),
    call(names::STORE32, "iiI", ""),
    call(names::STORE64, "iII", ""),
    call(names::UPDATE32, "iiI", "i"),
    call(names::UPDATE64, "iII", "I"),
    call(names::COMPARE32, "iiiI", "i"),
    call(names::COMPARE64, "iIII", "I"),
    call(names::FENCE, "", ""),
    call(names::WAIT32, "iiII", "i"),
    call(names::WAIT64, "iIII", "i"),
    call(names::NOTIFY, "iiI", "i"),
    call(names::SIZE, "", "i"),
    call(names::GROW, "i", "i"),
];

/// The names of [`CALLS`].
pub mod names {
    /// Loads at most 4 bytes, zero-extended: address, place.
    pub const LOAD32: &str = "load32";
    /// Loads at most 8 bytes, zero-extended: address, place.
    pub const LOAD64: &str = "load64";
    /// Stores at most 4 bytes: address, value, place.
    pub const STORE32: &str = "store32";
    /// Stores at most 8 bytes: address, value, place.
    pub const STORE64: &str = "store64";
    /// Reads, changes and writes at most 4 bytes: address, operand, place; gives the old value.
    pub const UPDATE32: &str = "update32";
    /// Reads, changes and writes at most 8 bytes: address, operand, place; gives the old value.
    pub const UPDATE64: &str = "update64";
    /// Compares and exchanges at most 4 bytes: address, expected, new, place; gives the old value.
    pub const COMPARE32: &str = "compare32";
    /// Compares and exchanges at most 8 bytes: address, expected, new, place; gives the old value.
    pub const COMPARE64: &str = "compare64";
    /// Orders all that was done before it before all that is done after it.
    pub const FENCE: &str = "fence";
    /// Waits on 4 bytes: address, expected, nanoseconds (below zero: for ever), place.
    pub const WAIT32: &str = "wait32";
    /// Waits on 8 bytes: address, expected, nanoseconds (below zero: for ever), place.
    pub const WAIT64: &str = "wait64";
    /// Wakes those who wait: address, at most how many, place; gives how many.
    pub const NOTIFY: &str = "notify";
    /// The memory's size in pages.
    pub const SIZE: &str = "memory_size";
    /// Makes the memory larger by so many pages; gives the old size, or -1.
    pub const GROW: &str = "memory_grow";
}

/// The call that a program imports under these two names.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    match module {
        MODULE => CALLS.iter().find(|call| call.name == name),
        WASI => Some(THREAD_SPAWN).filter(|call| call.name == name),
        _ => None,
    }
}

const fn call(name: &'static str, params: &'static str, results: &'static str) -> Call {
    Call { name, params, results }
}

/// How an update makes the new value out of the old one and its operand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update {
    /// Their sum.
    #[default]
    Add,
    /// The old value less the operand.
    Subtract,
    /// The bits that both have.
    And,
    /// The bits that one of them has.
    Or,
    /// The bits that just one of them has.
    ExclusiveOr,
    /// The operand.
    Exchange,
}

impl Update {
    /// All of them in the order of the instructions' numbers.
    pub const ALL: [Self; 6] =
        [Self::Add, Self::Subtract, Self::And, Self::Or, Self::ExclusiveOr, Self::Exchange];
}

/// What an atomic instruction says beside its operands, in one number:
///
/// | bits | what |
/// |---|---|
/// | 0..32 | the static offset |
/// | 32..34 | the width, as a power of two in bytes |
/// | 34..37 | the [`Update`] |
/// | 37 | the memory was not declared as shared |
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Added to the address without wrapping round.
    pub offset_bytes: u32,
    /// The width is two to this power, in bytes: at most 3.
    pub width_log2: u8,
    /// What an update does.
    pub update: Update,
    /// No thread can be waited for, since the module did not declare the memory as shared.
    pub unshared: bool,
}

impl Place {
    /// As a number.
    pub const fn encode(self) -> u64 {
        self.offset_bytes as u64
            | ((self.width_log2 & 3) as u64) << 32
            | (self.update as u64) << 34
            | (self.unshared as u64) << 37
    }

    /// What `place` says; any number says something.
    #[inline(always)]
    pub const fn decode(place: u64) -> Self {
        let update = match (place >> 34) & 7 {
            0 => Update::Add,
            1 => Update::Subtract,
            2 => Update::And,
            3 => Update::Or,
            4 => Update::ExclusiveOr,
            _ => Update::Exchange,
        };
        Self {
            offset_bytes: place as u32,
            width_log2: ((place >> 32) & 3) as u8,
            update,
            unshared: (place >> 37) & 1 == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_it_was_written() {
        for update in Update::ALL {
            for width_log2 in 0..4 {
                for unshared in [false, true] {
                    let place = Place { offset_bytes: u32::MAX, width_log2, update, unshared };
                    assert_eq!(Place::decode(place.encode()), place);
                }
            }
        }
    }
}
