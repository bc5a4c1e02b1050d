//! The table of all calls of WASI preview 1, by which imports are checked and linked.

/// Module name under which a program imports the calls of preview 1.
pub const WASI_SNAPSHOT_PREVIEW1: &str = "wasi_snapshot_preview1";

/// Module name of the snapshot before it. It has the same calls with the same types, but no
/// `sock_accept`; it counts `whence` in another order and lays out `filestat` and
/// `subscription` differently.
pub const WASI_UNSTABLE: &str = "wasi_unstable";

/// A host call: its name and its type after lowering to WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// Name of the import.
    pub name: &'static str,
    /// One letter for each parameter: `i` for i32, `I` for i64.
    pub params: &'static str,
    /// The results in the same letters: an `i` for the errno, or nothing.
    pub results: &'static str,
}

/// The call that `module` offers as `name`; `None` if WASI has no such module or call.
pub fn find(module: &str, name: &str) -> Option<&'static Call> {
    let is_known = match module {
        WASI_SNAPSHOT_PREVIEW1 => true,
        WASI_UNSTABLE => name != "sock_accept",
        _ => false,
    };
    CALLS.iter().find(|call| is_known && call.name == name)
}

/// Every call of preview 1, in the order of the witx file.
pub const CALLS: &[Call] = &[
    call("args_get", "ii", "i"),
    call("args_sizes_get", "ii", "i"),
    call("environ_get", "ii", "i"),
    call("environ_sizes_get", "ii", "i"),
    call("clock_res_get", "ii", "i"),
    call("clock_time_get", "iIi", "i"),
    call("fd_advise", "iIIi", "i"),
    call("fd_allocate", "iII", "i"),
    call("fd_close", "i", "i"),
    call("fd_datasync", "i", "i"),
    call("fd_fdstat_get", "ii", "i"),
    call("fd_fdstat_set_flags", "ii", "i"),
    call("fd_fdstat_set_rights", "iII", "i"),
    call("fd_filestat_get", "ii", "i"),
    call("fd_filestat_set_size", "iI", "i"),
    call("fd_filestat_set_times", "iIIi", "i"),
    call("fd_pread", "iiiIi", "i"),
    call("fd_prestat_get", "ii", "i"),
    call("fd_prestat_dir_name", "iii", "i"),
    call("fd_pwrite", "iiiIi", "i"),
    call("fd_read", "iiii", "i"),
    call("fd_readdir", "iiiIi", "i"),
    call("fd_renumber", "ii", "i"),
    call("fd_seek", "iIii", "i"),
    call("fd_sync", "i", "i"),
    call("fd_tell", "ii", "i"),
    call("fd_write", "iiii", "i"),
    call("path_create_directory", "iii", "i"),
    call("path_filestat_get", "iiiii", "i"),
    call("path_filestat_set_times", "iiiiIIi", "i"),
    call("path_link", "iiiiiii", "i"),
    call("path_open", "iiiiiIIii", "i"),
    call("path_readlink", "iiiiii", "i"),
    call("path_remove_directory", "iii", "i"),
    call("path_rename", "iiiiii", "i"),
    call("path_symlink", "iiiii", "i"),
    call("path_unlink_file", "iii", "i"),
    call("poll_oneoff", "iiii", "i"),
    call("proc_exit", "i", ""),
    call("proc_raise", "i", "i"),
    call("sched_yield", "", "i"),
    call("random_get", "ii", "i"),
    call("sock_accept", "iii", "i"),
    call("sock_recv", "iiiiii", "i"),
    call("sock_send", "iiiii", "i"),
    call("sock_shutdown", "ii", "i"),
];

const fn call(name: &'static str, params: &'static str, results: &'static str) -> Call {
    Call { name, params, results }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_stands_in_the_table_once_with_a_type_of_known_letters() {
        assert_eq!(CALLS.len(), 46);
        for (index, call) in CALLS.iter().enumerate() {
            assert!(CALLS[..index].iter().all(|other| other.name != call.name), "{}", call.name);
            assert!(call.params.chars().all(|letter| "iI".contains(letter)), "{}", call.name);
            assert_eq!(call.results.is_empty(), call.name == "proc_exit", "{}", call.name);
        }
    }

    #[test]
    fn a_call_is_found_with_its_lowered_type() {
        let call = find("wasi_snapshot_preview1", "path_open").unwrap();

        assert_eq!((call.params, call.results), ("iiiiiIIii", "i"));
    }

    #[test]
    fn the_older_snapshot_has_no_sock_accept() {
        assert!(find("wasi_snapshot_preview1", "sock_accept").is_some());
        assert!(find("wasi_unstable", "sock_accept").is_none());
        assert!(find("wasi_unstable", "fd_write").is_some());
    }

    #[test]
    fn other_modules_and_names_are_unknown() {
        assert!(find("env", "fd_write").is_none());
        assert!(find("wasi_snapshot_preview1", "fd_wrote").is_none());
        assert!(find("", "").is_none());
    }
}
