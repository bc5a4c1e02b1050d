//! How the interpreter is set up for one program.
//!
//! wasmi's own choice of features is what `wasmtime run` takes by default and wasmi can do
//! without SIMD: multi-value, bulk memory, several memories, reference types, sign extension,
//! saturating conversions, extended constants, tail calls and mutable globals. Memories of 64
//! bits are a cargo feature of wasmi that is off, so validation refuses them.

use crate::guest::OPERATION_BYTES_MAX;
use crate::limits::{ELEMENT_BYTES, Limits, TABLE_GROW_ELEMENTS_MAX};
use crate::shape::Shape;
use wasmi::{CompilationMode, Config, CustomFuelCosts};

/// Bytes that a bulk operation moves for one unit of fuel.
const BYTES_PER_FUEL: u32 = 64;

/// The same for a program whose tables can grow: just more than a `table.grow` may move, which
/// is free for that reason, see [`TABLE_GROW_ELEMENTS_MAX`]. Few programs have such a table;
/// in one that has, a unit of fuel can last 16 times longer than in others.
const BYTES_PER_FUEL_WITH_GROWING_TABLE: u32 = (TABLE_GROW_ELEMENTS_MAX * ELEMENT_BYTES) as u32 + 1;

/// Bytes that a bulk operation moves for one unit of fuel in a program of this shape.
fn bytes_per_fuel(shape: &Shape) -> u32 {
    if shape.growing_table { BYTES_PER_FUEL_WITH_GROWING_TABLE } else { BYTES_PER_FUEL }
}

/// Fuel that one operation may need at once: what a bulk operation of
/// [`OPERATION_BYTES_MAX`] costs.
///
/// Of plain code wasmi asks for a whole block at once, at one unit for each instruction, which
/// is a byte long at least. No block may be refused, so this is no less than the largest
/// function's size. Where a table can grow and a function is over 128 KiB, a bulk operation
/// may thus move more, 1025 bytes for each byte of that function.
pub(crate) fn operation_fuel_max(shape: &Shape) -> u64 {
    let bulk = OPERATION_BYTES_MAX / u64::from(bytes_per_fuel(shape));
    bulk.max(shape.largest_function.1 as u64)
}

/// Calls that may be open at once, at the least.
const CALLS_MIN: usize = 16_384;

/// Stack bytes for each call that may be open: less than calls use, so that the limit that
/// counts is the one in bytes.
const STACK_BYTES_PER_CALL: usize = 32;

/// Bytes of an open call in wasmi.
const CALL_BYTES: usize = 24;

/// Bytes of stack that a guest begins with.
const STACK_BYTES_FIRST: usize = 1024;

/// Calls that may be open at once.
fn calls_max(limits: &Limits) -> usize {
    CALLS_MIN.max(limits.stack_bytes_max / STACK_BYTES_PER_CALL)
}

/// Bytes that the two stacks of a guest can come to: vectors, which may be twice as large as
/// what they hold.
pub(crate) fn stack_bytes(limits: &Limits) -> usize {
    let calls = calls_max(limits).saturating_mul(CALL_BYTES);
    limits.stack_bytes_max.saturating_add(calls).saturating_mul(2)
}

/// The configuration of a program that takes no more than `limits`, with tables that can grow
/// and without tail calls.
///
/// For those who work with wasmi directly and want the same rules; [`Program::load`] makes its
/// own, for the module at hand.
///
/// [`Program::load`]: crate::Program::load
pub fn engine_config(limits: &Limits) -> Config {
    config(limits, &Shape { growing_table: true, ..Shape::default() })
}

/// The configuration for one program.
pub(crate) fn config(limits: &Limits, shape: &Shape) -> Config {
    let mut config = Config::default();
    config
        .consume_fuel(true)
        .compilation_mode(CompilationMode::Lazy)
        // wasmi 2.0.0 loses a guest that runs out of fuel in a first call, so validation and
        // translation are free. What bounds them is the limit on the module's size.
        .fuel_cost(CustomFuelCosts {
            bytes_copied_per_fuel: bytes_per_fuel(shape),
            fuel_per_bytes_translated: 0,
            fuel_per_bytes_validated: 0,
        })
        .ignore_custom_sections(true)
        .wasm_tail_call(shape.tail_calls)
        // `Program` turns them into exports; one that is left is in the wrong place.
        .allow_start_fn(false)
        .set_max_recursion_depth(calls_max(limits))
        // A stack kept for reuse would outlive its guest.
        .set_max_cached_stacks(0)
        // In this order: each panics if the smallest exceeds the largest stack.
        .set_min_stack_height(0)
        .set_max_stack_height(limits.stack_bytes_max)
        .set_min_stack_height(STACK_BYTES_FIRST.min(limits.stack_bytes_max));
    config
}
