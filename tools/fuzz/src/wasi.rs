//! Calls of WASI with any arguments on any memory, made by a real guest through the real link.
//!
//! Beside that nothing panics, a call that fails must leave the guest's memory as it was: each
//! checks all its pointers first.

use crate::encoding::Imports;
use crate::guest::{LIMITS, Run, load, machine};
use abi::Errno;
use abi::wasi::{CALLS, Call, WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE, find};
use arbitrary::{Result, Unstructured};
use runtime::{Caller, GuestMemory, Imports as Offers, Itself, Limits, LoadError, State};
use service_wasi::Wasi;
use service_wasi::testing::Machine;
use wasm_encoder::{Function, InstructionSink};

const CALLS_MAX: usize = 12;
const WORDS_MAX: usize = 128;
const TEXT_BYTES_MAX: usize = 64;
const FUEL: u64 = 10_000;
const TURNS_MAX: u32 = 200;

/// Bytes of the guest's memory.
const PAGE_BYTES: u32 = 1 << 16;

/// Where a text for paths stands, behind [`WORDS_MAX`] words.
const TEXT: u32 = 4 * WORDS_MAX as u32;

/// What the guest calls after each call, with its answer; its module is not WASI's.
const CHECK: Call = Call { name: "check", params: "i", results: "i" };
const CHECK_MODULE: &str = "fuzz";

/// The app: what WASI knows about it, its memory as it was before the call, and the calls to
/// come, the next one last.
struct Checked {
    wasi: State<Wasi>,
    before: Vec<u8>,
    calls: Vec<String>,
}

/// Makes the calls that `input` has.
///
/// # Panics
///
/// If a call fails and has changed the guest's memory.
pub fn try_input(input: &[u8]) {
    let _ = try_calls(&mut Unstructured::new(input));
}

/// `Err` if the input ends too early for a call.
fn try_calls(input: &mut Unstructured<'_>) -> Result<()> {
    let machine = machine();
    set_up(machine, input)?;
    let data = data(input)?;
    let (wasm, calls) = program(input, &data)?;

    // The checks alone would use up what other guests have.
    let limits = Limits { fuel_max: None, ..LIMITS };
    let app =
        Checked { wasi: State::Own(machine.wasi_with_files()), before: page_with(&data), calls };
    let mut guest = load(&wasm, false, &limits, app, Checked::wasi, offer_check)
        .unwrap_or_else(|error| panic!("the program {error}"));
    Run { machine, limits, fuel: FUEL, turns_max: TURNS_MAX }.to_end(&mut guest, input);
    Ok(())
}

fn offer_check(offers: &mut Offers<'_, Checked>) -> std::result::Result<(), LoadError> {
    let check = |mut caller: Caller<'_, Checked>, answer: i32| {
        runtime::call(&mut caller, Itself, |memory, app| app.check(memory, answer))
    };
    offers.offer(CHECK_MODULE, CHECK.name, check)
}

fn set_up(machine: &Machine, input: &mut Unstructured<'_>) -> Result<()> {
    machine.type_in(input.arbitrary()?);
    if input.arbitrary()? {
        machine.end_input();
    }
    if input.arbitrary()? {
        machine.make_terminal();
    }
    if input.arbitrary()? {
        machine.set_room_bytes(input.arbitrary::<u8>()?.into());
    }
    if input.arbitrary()? {
        machine.have_entropy_from_ns(1_000_000_000);
    }
    Ok(())
}

/// What the memory holds: words such as arguments are, then a text.
fn data(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut data = vec![0; TEXT as usize];
    let count = input.int_in_range(0..=WORDS_MAX)?;
    for word in data.chunks_exact_mut(4).take(count) {
        word.copy_from_slice(&word_of(input)?.to_le_bytes());
    }
    let length_bytes = input.int_in_range(0..=TEXT_BYTES_MAX)?.min(input.len());
    data.extend_from_slice(input.bytes(length_bytes)?);
    Ok(data)
}

fn page_with(data: &[u8]) -> Vec<u8> {
    let mut page = data.to_vec();
    page.resize(PAGE_BYTES as usize, 0);
    page
}

/// A number that means something to a call: a descriptor or a length, an address of what is
/// there, one near the end of the memory, or anything.
fn word_of(input: &mut Unstructured<'_>) -> Result<u32> {
    match input.int_in_range(0..=7)? {
        0..=2 => input.int_in_range(0..=8),
        3 | 4 => input.int_in_range(0..=TEXT / 4).map(|word| 4 * word),
        5 => Ok(TEXT),
        6 => input.int_in_range(PAGE_BYTES - 64..=PAGE_BYTES + 1),
        _ => input.arbitrary(),
    }
}

fn long_word_of(input: &mut Unstructured<'_>) -> Result<u64> {
    if input.arbitrary()? { word_of(input).map(u64::from) } else { input.arbitrary() }
}

/// A program that makes some calls of one of the two snapshots, and the calls, the first one last.
fn program(input: &mut Unstructured<'_>, data: &[u8]) -> Result<(Vec<u8>, Vec<String>)> {
    let module = if input.arbitrary()? { WASI_SNAPSHOT_PREVIEW1 } else { WASI_UNSTABLE };
    let mut imports = Imports::default();
    let check = imports.add(CHECK_MODULE, &CHECK);
    let mut start = Function::new([]);
    let mut calls = Vec::new();

    for _ in 0..input.int_in_range(1..=CALLS_MAX)? {
        let call = input.choose(CALLS)?;
        if find(module, call.name).is_some() {
            let function = imports.add(module, call);
            let args = args(call, input)?;
            encode(&mut start.instructions(), &args, function);
            if !call.results.is_empty() {
                start.instructions().call(check).drop();
            }
            calls.insert(0, format!("{module} {} {args:?}", call.name));
        }
    }
    start.instructions().end();
    Ok((imports.program(&start, data), calls))
}

/// An argument of a call.
#[derive(Debug)]
enum Arg {
    Word(u32),
    Long(u64),
}

fn args(call: &Call, input: &mut Unstructured<'_>) -> Result<Vec<Arg>> {
    let mut args = Vec::new();
    for letter in call.params.bytes() {
        args.push(match letter {
            b'I' => Arg::Long(long_word_of(input)?),
            _ => Arg::Word(word_of(input)?),
        });
    }
    Ok(args)
}

fn encode(code: &mut InstructionSink<'_>, args: &[Arg], function: u32) {
    for arg in args {
        match arg {
            Arg::Word(word) => code.i32_const(word.cast_signed()),
            Arg::Long(long) => code.i64_const(long.cast_signed()),
        };
    }
    code.call(function);
}

impl Checked {
    fn wasi(&mut self) -> &mut State<Wasi> {
        &mut self.wasi
    }

    /// Sees what the call before did, which gave `answer`.
    fn check(
        &mut self,
        memory: &mut GuestMemory<'_>,
        answer: i32,
    ) -> std::result::Result<(), Errno> {
        let call = self.calls.pop();
        let bytes = memory.slice(0, PAGE_BYTES)?;
        let is_as_before = bytes == self.before;
        assert!(answer == 0 || is_as_before, "a call that failed with {answer} wrote: {call:?}");
        self.before.copy_from_slice(bytes);
        Ok(())
    }
}
