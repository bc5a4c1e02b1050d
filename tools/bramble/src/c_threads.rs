//! C programs with threads: those that include `<threads.h>`, of which the C library has the
//! declarations alone. The functions are in `apps/guest/c`.

use crate::{process, workspace};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Sources in `apps/guest/c`.
const SOURCES: [&str; 3] = ["threads.c", "heap.c", "start.s"];

/// What the compiler has to know.
const COMPILER_FLAGS: [&str; 2] = ["-matomics", "-mbulk-memory"];

/// What the linker has to know. The memory's maximum is zeroed once for each thread that an app
/// can have, so it is no more than most programs need.
const LINKER_FLAGS: [&str; 10] = [
    "-Wl,--shared-memory",
    "-Wl,--import-memory",
    "-Wl,--export-memory",
    "-Wl,--max-memory=16777216",
    // The C library was built without atomics; it is called where that does no harm.
    "-Wl,--no-check-features",
    "-Wl,--wrap=malloc",
    "-Wl,--wrap=calloc",
    "-Wl,--wrap=realloc",
    "-Wl,--wrap=aligned_alloc",
    "-Wl,--wrap=free",
];

/// Whether the files that `clang` is to compile include `<threads.h>`, themselves or by others.
pub(crate) fn are_used(mut clang: Command) -> bool {
    let makefile = process::output_of(clang.arg("-M")).unwrap_or_default();
    makefile.split_ascii_whitespace().any(|word| Path::new(word).ends_with("threads.h"))
}

/// Lets `clang` compile files of a program with threads.
pub(crate) fn compile(clang: &mut Command) -> &mut Command {
    clang.args(COMPILER_FLAGS)
}

/// Lets `clang` link a program with threads.
pub(crate) fn link(clang: &mut Command) -> &mut Command {
    clang.args(LINKER_FLAGS).args(SOURCES.map(|name| folder().join(name)))
}

/// Where the sources are.
pub(crate) fn folder() -> PathBuf {
    workspace::root().join("apps/guest/c")
}
