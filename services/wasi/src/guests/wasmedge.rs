//! Programs that use WasmEdge's extension, and which calls they get.

use super::{end, load};
use crate::takes_listeners;
use crate::testing::{FakeNetwork, Machine, Plenty};
use abi::{Errno, wasmedge};
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use runtime::{End, Limits, LoadError, Program};

/// Each call with pointers: its name, arguments that are well, and which are pointers. At 64 is a
/// buffer of 4 bytes or the address of 4 bytes, at 72 one of 128 bytes. Descriptor 3 is a socket.
const POINTERS: &[(&str, &[u32], &[usize])] = &[
    ("sock_open", &[1, 2, 0], &[2]),
    ("sock_bind", &[3, 64, 80], &[1]),
    ("sock_accept", &[3, 0], &[1]),
    ("sock_connect", &[3, 64, 80], &[1]),
    ("sock_recv_from", &[3, 64, 1, 72, 0, 0, 4, 8], &[1, 3, 5, 6, 7]),
    ("sock_send_to", &[3, 64, 1, 64, 80, 0, 0], &[1, 3, 6]),
    ("sock_getlocaladdr", &[3, 64, 0, 4], &[1, 2, 3]),
    ("sock_getpeeraddr", &[3, 64, 0, 4], &[1, 2, 3]),
    ("sock_getsockopt", &[3, 0, 1, 0, 68], &[3, 4]),
    ("sock_setsockopt", &[3, 0, 0, 0, 4], &[3]),
    ("sock_getaddrinfo", &[128, 4, 128, 4, 0, 0, 2, 32], &[0, 2, 4, 5, 7]),
];

/// A program with these imports from preview 1's module, each a name and its parameters, and this
/// body.
fn program(imports: &[(&str, usize)], body: &str) -> String {
    let imports: String = imports
        .iter()
        .map(|(name, params)| {
            let params = "i32 ".repeat(*params);
            format!(
                r#"(import "wasi_snapshot_preview1" "{name}"
                    (func ${name} (param {params}) (result i32)))"#
            )
        })
        .collect();
    format!(
        r#"(module {imports}
            (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
            (memory (export "memory") 1)
            (data (i32.const 64) "\80\00\00\00\04\00\00\00\00\01\00\00\80\00\00\00")
            (data (i32.const 128) "80\00\00")
            (func (export "_start") {body}))"#
    )
}

/// What the program's last call answers that opens a socket for datagrams and makes one other.
fn answer(name: &str, args: &[u32]) -> u32 {
    let call = |name, args: &[u32]| {
        let args: String = args.iter().map(|arg| format!("(i32.const {})", *arg as i32)).collect();
        format!("(call ${name} {args})")
    };
    let opening = call("sock_open", &[1, 1, 16]);
    let body = format!("(drop {opening}) (call $proc_exit {})", call(name, args));
    let mut imports = vec![("sock_open", 3), (name, args.len())];
    imports.dedup_by_key(|import| import.0);

    let network = Box::new(FakeNetwork::default());
    let wasi = Machine::new().wasi().with_network(network, &[]).unwrap();
    match end(load(&program(&imports, &body), wasi).unwrap_or_else(|error| panic!("{error}"))) {
        End::Exit(code) => code,
        end => panic!("{end}"),
    }
}

fn refusal(imports: &[(&str, usize)]) -> Option<LoadError> {
    load(&program(imports, ""), Machine::new().wasi()).err()
}

#[test]
fn a_program_may_import_every_call_of_the_extension() {
    let calls = wasmedge::CALLS.iter().map(|call| (call.name, call.params.len()));
    let shared = [("sock_recv", 6), ("sock_send", 5), ("sock_shutdown", 2)];
    let imports: Vec<_> = calls.chain(shared).collect();

    assert!(refusal(&imports).is_none());
}

#[test]
fn which_sock_accept_is_meant_shows_in_its_type() {
    assert!(refusal(&[("sock_accept", 2)]).is_none());
    assert!(refusal(&[("sock_accept", 3)]).is_none());
    for params in [1, 4] {
        let refusal = refusal(&[("sock_accept", params)]);
        assert!(matches!(refusal, Some(LoadError::WrongImportType { .. })), "{params}");
    }
}

#[test]
fn only_programs_for_preview_1_take_listeners_that_are_open() {
    let limits = Limits {
        module_bytes_max: 1 << 20,
        function_bytes_max: 1 << 20,
        memory_pages_max: 16,
        table_elements_max: 1 << 10,
        stack_bytes_max: 1 << 20,
        fuel_max: None,
    };
    let takes = |imports: &[(&str, usize)]| {
        let module = wat::parse_str(program(imports, "")).unwrap();
        takes_listeners(&Program::load(&module, false, &limits, &Plenty).unwrap())
    };

    assert!(takes(&[("sock_recv", 6), ("sock_accept", 3)]));
    assert!(!takes(&[("sock_recv", 6), ("sock_accept", 2)]));
    assert!(!takes(&[("sock_recv", 6)]));
}

#[test]
fn every_pointer_past_the_guests_memory_is_the_guests_fault() {
    for (name, args, pointers) in POINTERS {
        for index in *pointers {
            for bad in [65_535, 65_536, u32::MAX] {
                let mut args = args.to_vec();
                args[*index] = bad;

                assert_eq!(answer(name, &args), Errno::Fault as u32, "{name} {args:?}");
            }
        }
    }
}

#[test]
fn the_same_calls_with_good_pointers_are_no_fault() {
    // These wait for the network.
    let waits = ["sock_recv_from", "sock_send_to", "sock_getaddrinfo"];
    for (name, args, _) in POINTERS.iter().filter(|(name, ..)| !waits.contains(name)) {
        assert_ne!(answer(name, args), Errno::Fault as u32, "{name}");
    }
}
