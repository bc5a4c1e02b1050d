//! Rewrites a module with threads into one that the interpreter takes.
//!
//! The interpreter has neither shared memory nor atomic instructions. After lowering
//!
//! - each atomic instruction is a call of a host function, as are `memory.size` and
//!   `memory.grow`; see [`abi::threads`] for their names and what they take;
//! - the memory, imported or not, is the import `bramble_threads` `memory`, not shared. Its
//!   minimum stays, its maximum is no more than what the app may have;
//! - data segments that would be written at each thread's start are passive, and an export
//!   writes them once;
//! - the mutable globals are exported, and `data.drop` does nothing, so that an instance can
//!   serve one thread after another. A program notices only if it uses a segment that it has
//!   dropped, which should be a trap;
//! - custom sections are gone: names and debugging information are of functions' old numbers.
//!
//! All else stays as it is: types, tables, exports, and the start section, which the loader
//! makes into an export for every module.
//!
//! # Memory that the program has not grown yet
//!
//! The runtime attaches the memory at its maximum, since the interpreter cannot be told of a
//! memory's growth while it runs. `memory.size` and atomic instructions know the size that the
//! program sees, and so do host calls; a plain load or store beyond it, but within the maximum,
//! reaches zeroes instead of a trap. It is the app's own memory, so this hurts nobody else, and
//! a program whose memory begins at its maximum sees no difference.
//!
//! Source: *Threading proposal for WebAssembly*; *WebAssembly Core Specification* 2.0, §5.

#![forbid(unsafe_code)]

mod atomic;
mod plan;
mod rewrite;

use encoder_wasmparser::{BinaryReaderError, Validator, WasmFeatures};
use plan::Plan;
use std::{borrow::Cow, convert::Infallible, error, fmt};
use wasm_encoder::reencode;

/// What the interpreter has, and threads.
const FEATURES: WasmFeatures = WasmFeatures::WASM2
    .difference(WasmFeatures::SIMD)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::THREADS);

/// `wasm` as the interpreter can run it; the very same bytes if it has neither shared memory nor
/// atomic instructions, or is no module at all, for which the loader has the better words.
///
/// No memory will have more than `memory_pages_max` pages.
///
/// # Errors
///
/// [`LowerError`] if a module with threads is invalid, has something else that the interpreter
/// has not got, or begins with more memory than it may have.
pub fn lower(wasm: &[u8], memory_pages_max: u32) -> Result<Cow<'_, [u8]>, LowerError> {
    let mut plan = Plan::default();
    let read = plan.read(wasm);
    if !plan.has_threads() {
        return Ok(Cow::Borrowed(wasm));
    }
    Validator::new_with_features(FEATURES).validate_all(wasm)?;
    read?;

    if plan.changes_tables {
        return Err(LowerError::ChangesTables);
    }
    let pages_max = plan.memory.pages_max.min(memory_pages_max.into());
    if plan.memory.pages > pages_max {
        return Err(LowerError::MemoryTooLarge { pages: plan.memory.pages, pages_max });
    }
    plan.memory.pages_max = pages_max;
    Ok(Cow::Owned(rewrite::module(wasm, plan)?))
}

/// Why a module with threads cannot be lowered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerError {
    /// It is not valid, or needs what the interpreter has not got.
    Invalid {
        /// What is wrong, in the validator's words.
        reason: String,
        /// Where, in bytes from the module's beginning.
        offset: u64,
    },
    /// An instruction changes a table. Each thread would have its own changed table, and the
    /// runtime could not use it for the next thread.
    ChangesTables,
    /// It begins with more memory than it may have.
    MemoryTooLarge {
        /// What it begins with.
        pages: u64,
        /// What it may have.
        pages_max: u64,
    },
}

impl fmt::Display for LowerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { reason, offset } => {
                write!(f, "is not a valid module with threads: {reason} (at byte {offset})")
            }
            Self::ChangesTables => {
                f.write_str("has threads and changes a table, which cannot run here")
            }
            Self::MemoryTooLarge { pages, pages_max } => write!(
                f,
                "asks for too much shared memory: {pages} pages of 64 KiB, \
                 and the limit is {pages_max}"
            ),
        }
    }
}

impl error::Error for LowerError {}

impl From<BinaryReaderError> for LowerError {
    fn from(error: BinaryReaderError) -> Self {
        Self::Invalid { reason: error.message().to_owned(), offset: error.offset() }
    }
}

impl From<reencode::Error<Infallible>> for LowerError {
    fn from(error: reencode::Error<Infallible>) -> Self {
        match error {
            reencode::Error::ParseError(error) => error.into(),
            error => Self::Invalid { reason: error.to_string(), offset: 0 },
        }
    }
}
