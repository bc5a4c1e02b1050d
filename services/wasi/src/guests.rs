//! Tests of the calls as real guests make them, in the interpreter.

extern crate std;

mod calls;
mod files;
mod wasmedge;

use crate::testing::{Machine, Plenty, WALL_BASE_NS};
use crate::{Wasi, link};
use abi::wasi::{CALLS, WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE};
use abi::{Errno, wasi};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use runtime::{End, Events, Guest, Itself, Limits, LoadError, Program, Turn, Until};

const FUEL: u64 = 1_000_000;

/// Two paths of 4 bytes.
const PATHS: (u32, &str) = (128, "old!new!");

/// A list of one buffer: the 4 bytes at 128.
const BUFFER: (u32, &str) = (64, r"\80\00\00\00\04\00\00\00");

/// The import of WASI's call `name`.
fn import(module: &str, name: &str) -> String {
    let call = wasi::find(module, name).unwrap();
    let types = |letters: &str| letters.replace('i', "i32 ").replace('I', "i64 ");
    let (params, results) = (types(call.params), types(call.results));
    format!(r#"(import "{module}" "{name}" (func ${name} (param {params}) (result {results})))"#)
}

/// The expression that calls `name` with these arguments.
fn call(name: &str, args: &[i64]) -> String {
    let letters = wasi::find(WASI_SNAPSHOT_PREVIEW1, name).unwrap().params.chars();
    let consts: String = letters
        .zip(args)
        .map(|(letter, arg)| match letter {
            'I' => format!("(i64.const {arg})"),
            _ => format!("(i32.const {})", *arg as i32),
        })
        .collect();
    format!("(call ${name} {consts})")
}

/// A program with one page of memory, which holds `data` at its address, and with this body.
fn program(module: &str, names: &[&str], data: (u32, &str), body: &str) -> String {
    let imports: String = names.iter().map(|name| import(module, name)).collect();
    let (at, bytes) = data;
    let (paths_at, paths) = PATHS;
    format!(
        r#"(module {imports}
            (memory (export "memory") 1)
            (data (i32.const {paths_at}) "{paths}")
            (data (i32.const {at}) "{bytes}")
            (func (export "_start") {body}))"#
    )
}

/// A program that makes one call of preview 1 and ends with its answer as exit code.
fn caller(name: &str, args: &[i64]) -> String {
    caller_in(WASI_SNAPSHOT_PREVIEW1, name, args, BUFFER)
}

fn caller_in(module: &str, name: &str, args: &[i64], data: (u32, &str)) -> String {
    let body = format!("(call $proc_exit {})", call(name, args));
    program(module, &[name, "proc_exit"], data, &body)
}

fn load(text: &str, wasi: Wasi) -> Result<Guest<Wasi>, LoadError> {
    let limits = Limits {
        module_bytes_max: 1 << 20,
        function_bytes_max: 1 << 20,
        memory_pages_max: 16,
        table_elements_max: 1 << 10,
        stack_bytes_max: 1 << 20,
        fuel_max: None,
    };
    let program = Program::load(&wat::parse_str(text).unwrap(), false, &limits, &Plenty)?;
    Guest::new(&program, wasi, &limits, &Plenty, |imports| link(imports, Itself))
}

fn guest(machine: &Machine, text: &str) -> Guest<Wasi> {
    load(text, machine.wasi_with_files()).unwrap_or_else(|error| panic!("{error}"))
}

/// How a guest ends that gets what it waits for.
fn end(mut guest: Guest<Wasi>) -> End {
    for _ in 0..100 {
        if let Turn::Ended(end) = guest.turn(FUEL) {
            return end;
        }
    }
    panic!("the guest does not end");
}

fn exit_code(machine: &Machine, text: &str) -> u32 {
    match end(guest(machine, text)) {
        End::Exit(code) => code,
        end => panic!("{end}"),
    }
}

fn parked(turn: Turn) -> Until {
    match turn {
        Turn::Parked(until) => until,
        Turn::OutOfFuel => panic!("out of fuel"),
        Turn::Ended(end) => panic!("{end}"),
    }
}

#[test]
fn a_program_may_import_every_call_of_both_snapshots() {
    for module in [WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE] {
        let names: Vec<_> = CALLS
            .iter()
            .map(|call| call.name)
            .filter(|name| wasi::find(module, name).is_some())
            .collect();

        let code = exit_code(&Machine::new(), &program(module, &names, BUFFER, ""));

        assert_eq!(code, 0, "{module}");
    }
}

#[test]
fn a_program_may_import_a_call_twice() {
    let twice = ["fd_write", "fd_write"].map(|name| import(WASI_SNAPSHOT_PREVIEW1, name));
    let imports = twice.concat().replacen("$fd_write", "$again", 1);
    let text =
        format!(r#"(module {imports} (memory (export "memory") 1) (func (export "_start")))"#);

    assert_eq!(exit_code(&Machine::new(), &text), 0);
}

#[test]
fn a_call_that_the_older_snapshot_does_not_have_is_unknown() {
    let text = r#"(module
        (import "wasi_unstable" "sock_accept" (func (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (func (export "_start")))"#;

    let error = load(text, Machine::new().wasi()).err().unwrap();

    assert!(error.to_string().contains("sock_accept"), "{error}");
}

#[test]
fn an_import_of_the_wrong_type_is_named() {
    for name in ["fd_write", "path_open"] {
        let text = format!(
            r#"(module (import "wasi_snapshot_preview1" "{name}" (func (param i64)))
                (memory (export "memory") 1) (func (export "_start")))"#
        );

        let error = load(&text, Machine::new().wasi()).err().unwrap();

        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_guest_without_memory_has_no_good_pointer() {
    let text = format!(
        r#"(module {} {} (func (export "_start") (call $proc_exit {})))"#,
        import(WASI_SNAPSHOT_PREVIEW1, "random_get"),
        import(WASI_SNAPSHOT_PREVIEW1, "proc_exit"),
        call("random_get", &[0, 4]),
    );

    assert_eq!(exit_code(&Machine::new(), &text), Errno::Fault as u32);
}

#[test]
fn exit_ends_the_guest_with_its_code() {
    let body = format!("{} unreachable", call("proc_exit", &[3]));
    let text = program(WASI_SNAPSHOT_PREVIEW1, &["proc_exit"], BUFFER, &body);

    assert_eq!(exit_code(&Machine::new(), &text), 3);
}

#[test]
fn a_guest_writes_and_its_output_arrives() {
    let machine = Machine::new();
    let data = (64, r"\48\00\00\00\03\00\00\00hi\n");
    let text = caller_in(WASI_SNAPSHOT_PREVIEW1, "fd_write", &[1, 64, 1, 0], data);

    assert_eq!(exit_code(&machine, &text), 0);
    assert_eq!(machine.output(), b"hi\n");
}

#[test]
fn a_guest_that_reads_is_parked_until_there_is_input() {
    let machine = Machine::new();
    let mut guest = guest(&machine, &caller("fd_read", &[0, 64, 1, 0]));

    assert_eq!(parked(guest.turn(FUEL)), Until { at_ns: None, events: Events::INPUT });
    assert_eq!(parked(guest.turn(FUEL)), Until { at_ns: None, events: Events::INPUT });
    machine.type_in(b"abc");

    assert!(matches!(end(guest), End::Exit(0)));
}

#[test]
fn a_guest_that_writes_is_parked_until_there_is_room() {
    let machine = Machine::new();
    machine.set_room_bytes(0);
    let mut guest = guest(&machine, &caller("fd_write", &[1, 64, 1, 0]));

    assert_eq!(parked(guest.turn(FUEL)), Until { at_ns: None, events: Events::OUTPUT });
    machine.set_room_bytes(9);

    assert!(matches!(end(guest), End::Exit(0)));
    assert_eq!(machine.output().len(), 4);
}

#[test]
fn a_guest_that_wants_random_bytes_is_parked_while_there_are_none() {
    let machine = Machine::new();
    machine.have_entropy_from_ns(300_000_000);
    let mut guest = guest(&machine, &caller("random_get", &[0, 4]));

    assert_eq!(parked(guest.turn(FUEL)).at_ns, Some(10_000_000));
    machine.set_now_ns(300_000_000);

    assert!(matches!(end(guest), End::Exit(0)));
}

#[test]
fn a_guest_that_sleeps_is_parked_until_its_time_is_up() {
    let machine = Machine::new();
    // One second by the monotonic clock, at the offsets of preview 1.
    let second = (272, r"\01\00\00\00\00\00\00\00\00\ca\9a\3b");
    let text = caller_in(WASI_SNAPSHOT_PREVIEW1, "poll_oneoff", &[256, 512, 1, 0], second);
    let mut guest = guest(&machine, &text);
    machine.set_now_ns(5);

    let until = Until { at_ns: Some(1_000_000_005), events: Events::NONE };
    assert_eq!(parked(guest.turn(FUEL)), until);
    machine.set_now_ns(1_000_000_004);
    assert_eq!(parked(guest.turn(FUEL)), until);
    machine.set_now_ns(1_000_000_005);

    assert!(matches!(end(guest), End::Exit(0)));
}

#[test]
fn a_guest_that_yields_goes_on_at_its_next_turn() {
    let machine = Machine::new();
    let mut guest = guest(&machine, &caller("sched_yield", &[]));

    assert_eq!(parked(guest.turn(FUEL)), Until::NEXT_TURN);

    assert!(matches!(guest.turn(FUEL), Turn::Ended(End::Exit(0))));
}

#[test]
fn a_guest_sees_the_wall_clock() {
    let machine = Machine::new();
    machine.set_now_ns(2_000_000_000);
    let body = format!(
        "(drop {})
         (call $proc_exit (i32.wrap_i64
            (i64.div_u (i64.load (i32.const 8)) (i64.const 1000000000))))",
        call("clock_time_get", &[0, 0, 8])
    );
    let names = ["clock_time_get", "proc_exit"];
    let text = program(WASI_SNAPSHOT_PREVIEW1, &names, BUFFER, &body);

    assert_eq!(u64::from(exit_code(&machine, &text)), WALL_BASE_NS / 1_000_000_000 + 2);
}
