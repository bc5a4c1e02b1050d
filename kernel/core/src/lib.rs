//! The kernel's pure parts: no registers, no assembly, no `unsafe`, all tested on the host.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod block_cache;
pub mod bundle;
pub mod card;
pub mod command_line;
pub mod crash_record;
pub mod date;
pub mod escape;
pub mod keys;
pub mod ledger;
pub mod line_editor;
pub mod log_ring;
pub mod memory_map;
pub mod metrics;
pub mod multiplexer;
pub mod paging;
pub mod partitions;
pub mod quota;
pub mod ready;
pub mod ring;
pub mod run_queue;
pub mod scheduler;
pub mod shelf;
pub mod shell;
pub mod size_class;
pub mod supervisor;
pub mod sync;
pub mod system_view;
pub mod toml;
pub mod wall_clock;
