//! Bytes as a program: loaded within limits, linked with WASI, and run in turns.
//!
//! One byte of the input says how the rest becomes a program: as it is, by way of `wasm-smith`,
//! which makes valid modules of anything, or so and then damaged. Beside that nothing panics and
//! no limit is passed, where turns end must make no difference.

use crate::encoding::Imports;
use crate::guest::{LIMITS, Run, load, machine};
use abi::wasi::{WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE};
use arbitrary::{Result, Unstructured};
use runtime::{End, Itself};
use wasm_encoder::Function;
use wasm_smith::Config;

/// Fuel of a turn that interrupts nothing.
const WHOLE: u64 = 1 << 20;

/// Turns for what is left after all fuel has gone: the last one, and those that only wait.
const TURNS_MAX: u32 = 100_000;

/// Bytes of a module that are damaged at the most.
const DAMAGES_MAX: usize = 8;

/// Makes a program of `input`, and runs it twice, in long turns and in short ones.
///
/// # Panics
///
/// If a limit is passed, or if the two runs differ.
pub fn try_input(input: &[u8]) {
    let _ = try_program(Unstructured::new(input));
}

/// `Err` if the input ends too early to be a program.
fn try_program(mut input: Unstructured<'_>) -> Result<()> {
    let kind: u8 = input.arbitrary()?;
    let tail_calls = kind & 0x80 == 0;
    let fuel = u64::from(input.arbitrary::<u16>()?) + 1;
    let wasm = match kind % 4 {
        0 => input.bytes(input.len())?.to_vec(),
        1 => damaged(built(&mut input, tail_calls)?, &mut input)?,
        _ => built(&mut input, tail_calls)?,
    };
    let waits = input.take_rest();

    let whole = run(&wasm, tail_calls, WHOLE, waits);
    let cut = run(&wasm, tail_calls, fuel, waits);
    let is_comparable = has_ended_by_itself(&cut) && has_ended_by_itself(&whole);
    assert!(!is_comparable || cut == whole, "in turns of {fuel}: {cut:?}, and in one: {whole:?}");
    Ok(())
}

/// Whether neither fuel nor turns ended it. Where in a program its fuel runs out does depend on
/// the turns, since what it owes for host calls is taken from it when a turn ends.
fn has_ended_by_itself(run: &Ran) -> bool {
    match run {
        Ok(life) => !matches!(life.end, None | Some(End::FuelExhausted { .. })),
        Err(_) => true,
    }
}

/// A valid module with a `_start`, that may import WASI.
fn built(input: &mut Unstructured<'_>, tail_calls: bool) -> Result<Vec<u8>> {
    let wasi = if input.arbitrary()? { WASI_SNAPSHOT_PREVIEW1 } else { WASI_UNSTABLE };
    let config = Config {
        available_imports: Some(Imports::all_of(wasi).alone()),
        exports: Some(shape_of_exports()),
        max_memories: 3,
        max_tables: 3,
        max_memory32_bytes: 16 << 16,
        max_table_elements: 2000,
        max_instructions: 300,
        tail_call_enabled: tail_calls,
        exceptions_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        compact_imports_enabled: false,
        ..Config::default()
    };
    Ok(wasm_smith::Module::new(config, input)?.to_bytes())
}

/// A module with the exports that every program has.
fn shape_of_exports() -> Vec<u8> {
    let mut start = Function::new([]);
    start.instructions().unreachable().end();
    Imports::default().program(&start, &[])
}

/// The module with some of its bytes replaced.
fn damaged(mut wasm: Vec<u8>, input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    for _ in 0..input.int_in_range(1..=DAMAGES_MAX)? {
        let at = input.choose_index(wasm.len())?;
        wasm[at] = input.arbitrary()?;
    }
    Ok(wasm)
}

/// What can be seen of a program's life.
#[derive(Debug, PartialEq)]
struct Life {
    end: Option<End>,
    fuel_used: u64,
    memory_bytes: usize,
    output: Vec<u8>,
}

/// A life, or in words why there was none.
type Ran = std::result::Result<Life, String>;

/// Runs the program in turns of `fuel`.
fn run(wasm: &[u8], tail_calls: bool, fuel: u64, waits: &[u8]) -> Ran {
    let machine = machine();
    let mut guest = load(wasm, tail_calls, &LIMITS, machine.wasi(), Itself, |_| Ok(()))
        .map_err(|error| error.to_string())?;

    let run = Run { machine, limits: LIMITS, fuel, turns_max: TURNS_MAX };
    let end = run.to_end(&mut guest, &mut Unstructured::new(waits));
    Ok(Life {
        end,
        fuel_used: guest.fuel_used(),
        memory_bytes: guest.memory_bytes(),
        output: machine.output(),
    })
}
