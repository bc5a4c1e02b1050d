//! Every call with bad pointers and closed descriptors, of both snapshots.

use super::{BUFFER, caller, caller_in, exit_code};
use crate::testing::Machine;
use abi::Errno;
use abi::wasi::{self, CALLS, WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE};

/// A call whose every pointer is checked: name, arguments that are well, and which are pointers.
type WithPointers = (&'static str, &'static [i64], &'static [usize]);

/// All calls with pointers.
///
/// Descriptor 3 is a directory. At 64 is [`BUFFER`], at 128 are the paths [`PATHS`](super::PATHS) of 4 bytes, and
/// the zeroes at 256 are a subscription to a clock.
const POINTERS: &[WithPointers] = &[
    ("args_get", &[0, 16], &[0, 1]),
    ("args_sizes_get", &[0, 16], &[0, 1]),
    ("environ_get", &[0, 16], &[0, 1]),
    ("environ_sizes_get", &[0, 16], &[0, 1]),
    ("clock_res_get", &[0, 0], &[1]),
    ("clock_time_get", &[0, 0, 0], &[2]),
    ("fd_fdstat_get", &[0, 0], &[1]),
    ("fd_filestat_get", &[0, 0], &[1]),
    ("fd_pread", &[0, 64, 1, 0, 0], &[1, 4]),
    ("fd_prestat_dir_name", &[3, 0, 4], &[1]),
    ("fd_prestat_get", &[3, 0], &[1]),
    ("fd_pwrite", &[1, 64, 1, 0, 0], &[1, 4]),
    ("fd_read", &[0, 64, 1, 0], &[1, 3]),
    ("fd_readdir", &[3, 0, 4, 0, 16], &[1, 4]),
    ("fd_seek", &[0, 0, 0, 0], &[3]),
    ("fd_tell", &[0, 0], &[1]),
    ("fd_write", &[1, 64, 1, 0], &[1, 3]),
    ("path_create_directory", &[3, 128, 4], &[1]),
    ("path_filestat_get", &[3, 0, 128, 4, 512], &[2, 4]),
    ("path_filestat_set_times", &[3, 0, 128, 4, 0, 0, 0], &[2]),
    ("path_link", &[3, 0, 128, 4, 3, 132, 4], &[2, 5]),
    ("path_open", &[3, 0, 128, 4, 1, 0, 0, 0, 0], &[2, 8]),
    ("path_readlink", &[3, 128, 4, 512, 4, 0], &[1, 3, 5]),
    ("path_remove_directory", &[3, 128, 4], &[1]),
    ("path_rename", &[3, 128, 4, 3, 132, 4], &[1, 4]),
    ("path_symlink", &[128, 4, 3, 132, 4], &[0, 3]),
    ("path_unlink_file", &[3, 128, 4], &[1]),
    ("poll_oneoff", &[256, 512, 1, 0], &[0, 1, 3]),
    ("random_get", &[0, 4], &[0]),
    ("sock_accept", &[0, 0, 0], &[2]),
    ("sock_recv", &[0, 64, 1, 0, 0, 4], &[1, 4, 5]),
    ("sock_send", &[0, 64, 1, 0, 0], &[1, 4]),
];

/// Calls without a pointer.
const PLAIN: &[&str] = &[
    "fd_advise",
    "fd_allocate",
    "fd_close",
    "fd_datasync",
    "fd_fdstat_set_flags",
    "fd_fdstat_set_rights",
    "fd_filestat_set_size",
    "fd_filestat_set_times",
    "fd_renumber",
    "fd_sync",
    "proc_exit",
    "proc_raise",
    "sched_yield",
    "sock_shutdown",
];

/// Those of [`POINTERS`] that this snapshot has.
fn pointers_of(module: &str) -> impl Iterator<Item = &'static WithPointers> {
    POINTERS.iter().filter(move |(name, ..)| wasi::find(module, name).is_some())
}

#[test]
fn every_pointer_past_the_guests_memory_is_the_guests_fault() {
    for module in [WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE] {
        for (name, args, pointers) in pointers_of(module) {
            for (index, bad) in pointers
                .iter()
                .flat_map(|index| [65_535, 65_536, u32::MAX].map(|bad| (*index, i64::from(bad))))
            {
                let machine = Machine::new();
                machine.type_in(b"typed");
                let mut args = args.to_vec();
                args[index] = bad;

                let code = exit_code(&machine, &caller_in(module, name, &args, BUFFER));

                assert_eq!(code, Errno::Fault as u32, "{module} {name} {args:?}");
                assert!(machine.output().is_empty(), "{name} wrote before it checked");
            }
        }
    }
}

#[test]
fn the_same_calls_with_good_pointers_are_no_fault() {
    for module in [WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE] {
        for (name, args, _) in pointers_of(module) {
            let machine = Machine::new();
            machine.type_in(b"typed");

            let code = exit_code(&machine, &caller_in(module, name, args, BUFFER));

            assert_ne!(code, Errno::Fault as u32, "{module} {name}");
        }
    }
}

#[test]
fn a_buffer_past_the_guests_memory_is_the_guests_fault() {
    let calls: [(&str, &[i64]); 4] = [
        ("fd_read", &[0, 64, 1, 0]),
        ("fd_write", &[1, 64, 1, 0]),
        ("fd_pread", &[0, 64, 1, 0, 0]),
        ("fd_pwrite", &[1, 64, 1, 0, 0]),
    ];
    let past = (64, r"\fd\ff\00\00\04\00\00\00");
    let wrapping = (64, r"\fd\ff\ff\ff\04\00\00\00");

    for (name, args) in calls {
        for data in [past, wrapping] {
            let machine = Machine::new();
            machine.type_in(b"typed");

            let code = exit_code(&machine, &caller_in(WASI_SNAPSHOT_PREVIEW1, name, args, data));

            assert_eq!(code, Errno::Fault as u32, "{name} {data:?}");
        }
    }
}

#[test]
fn every_call_of_preview_1_is_there_and_tested_here() {
    for call in CALLS {
        let has_pointers = POINTERS.iter().any(|(name, ..)| *name == call.name);
        assert_ne!(has_pointers, PLAIN.contains(&call.name), "{}", call.name);
    }
}

#[test]
fn every_call_on_a_closed_descriptor_answers_that_it_is_bad() {
    let plain: [(&str, &[i64]); 10] = [
        ("fd_advise", &[9, 0, 0, 0]),
        ("fd_allocate", &[9, 0, 1]),
        ("fd_close", &[9]),
        ("fd_datasync", &[9]),
        ("fd_fdstat_set_flags", &[9, 0]),
        ("fd_fdstat_set_rights", &[9, 0, 0]),
        ("fd_filestat_set_size", &[9, 0]),
        ("fd_filestat_set_times", &[9, 0, 0, 0]),
        ("fd_renumber", &[9, 0]),
        ("sock_shutdown", &[9, 0]),
    ];
    let pointers = POINTERS.iter().map(|(name, args, _)| (*name, *args));
    let of_descriptors = |name: &str| ["fd_", "path_", "sock_"].iter().any(|f| name.starts_with(f));

    for (name, args) in plain.into_iter().chain(pointers).filter(|(name, _)| of_descriptors(name)) {
        let mut args = args.to_vec();
        args[if name == "path_symlink" { 2 } else { 0 }] = 9;

        let code = exit_code(&Machine::new(), &caller(name, &args));

        assert_eq!(code, Errno::BadDescriptor as u32, "{name}");
    }
}
