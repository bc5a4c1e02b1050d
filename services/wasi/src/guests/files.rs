//! Files as guests see them, in both snapshots.

use super::{BUFFER, call, exit_code, program};
use crate::testing::Machine;
use abi::Errno;
use abi::wasi::{WASI_SNAPSHOT_PREVIEW1, WASI_UNSTABLE};
use alloc::format;

/// Makes the file `old!` of 4 bytes, as descriptor 4.
fn make_file() -> alloc::string::String {
    let open = call("path_open", &[3, 0, 128, 4, 1, 1 << 2 | 1 << 6, 0, 0, 0]);
    format!("(drop {open}) (drop {})", call("fd_write", &[4, 64, 1, 0]))
}

#[test]
fn a_guest_makes_a_file_and_finds_it_again() {
    let machine = Machine::new();
    let open = |oflags| call("path_open", &[3, 0, 128, 4, oflags, 1 << 6, 0, 0, 0]);
    // What was made first is descriptor 4; what is then opened exclusively exists.
    let body = format!(
        "(drop {}) (drop {}) (drop {}) (call $proc_exit {})",
        open(1),
        call("fd_write", &[4, 64, 1, 0]),
        call("fd_close", &[4]),
        open(5)
    );
    let names = ["path_open", "fd_write", "fd_close", "proc_exit"];
    let text = program(WASI_SNAPSHOT_PREVIEW1, &names, BUFFER, &body);

    assert_eq!(exit_code(&machine, &text), Errno::Exists as u32);
}

#[test]
fn each_snapshot_has_its_own_layout_of_what_is_known_about_a_file() {
    for (module, length_at) in [(WASI_SNAPSHOT_PREVIEW1, 512 + 32), (WASI_UNSTABLE, 512 + 24)] {
        let status = call("path_filestat_get", &[3, 0, 128, 4, 512]);
        let body = format!(
            "{} (drop {status}) (call $proc_exit (i32.load (i32.const {length_at})))",
            make_file()
        );
        let names = ["path_open", "fd_write", "path_filestat_get", "proc_exit"];
        let text = program(module, &names, BUFFER, &body);

        assert_eq!(exit_code(&Machine::new(), &text), 4, "{module}");
    }
}

#[test]
fn each_snapshot_has_its_own_number_for_the_end_of_a_file() {
    for (module, end) in [(WASI_SNAPSHOT_PREVIEW1, 2), (WASI_UNSTABLE, 1)] {
        let seek = call("fd_seek", &[4, 5, end, 512]);
        let body =
            format!("{} (drop {seek}) (call $proc_exit (i32.load (i32.const 512)))", make_file());
        let names = ["path_open", "fd_write", "fd_seek", "proc_exit"];
        let text = program(module, &names, BUFFER, &body);

        assert_eq!(exit_code(&Machine::new(), &text), 9, "{module}");
    }
}
