//! Finds the tools that images and apps are built with.

use crate::process;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names that a C compiler for guests may have; the first that can is used.
const CLANGS: [&str; 9] = [
    "clang",
    "clang-22",
    "clang-21",
    "clang-20",
    "clang-19",
    "clang-18",
    "clang-17",
    "/opt/homebrew/opt/llvm/bin/clang",
    "/usr/local/opt/llvm/bin/clang",
];

/// Where packages put WASI's C library: Debian, Arch, Fedora, Homebrew.
const WASI_SYSROOTS: [&str; 5] = [
    "/usr",
    "/usr/share/wasi-sysroot",
    "/usr/wasm32-wasi",
    "/opt/homebrew/opt/wasi-libc/share/wasi-sysroot",
    "/usr/local/opt/wasi-libc/share/wasi-sysroot",
];

/// What the target is called, now and formerly.
const WASI_TRIPLES: [&str; 2] = ["wasm32-wasip1", "wasm32-wasi"];

/// WASI's C library.
#[derive(Clone, Debug)]
pub(crate) struct WasiLibc {
    /// The folder with `include` and `lib`.
    pub(crate) sysroot: PathBuf,
    /// Name of the target, and of the folders in `include` and `lib`.
    pub(crate) triple: &'static str,
}

/// A C compiler for guests, with the library.
#[derive(Clone, Debug)]
pub(crate) struct WasiClang {
    /// The compiler.
    pub(crate) clang: PathBuf,
    /// The library that it compiles against.
    pub(crate) libc: WasiLibc,
}

/// The folder of the Rust compiler.
pub(crate) fn rust_sysroot() -> Option<PathBuf> {
    // At the root of the checkout, where `rust-toolchain.toml` chooses the compiler.
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]).current_dir(crate::workspace::root());
    process::output_of(&mut rustc).map(PathBuf::from)
}

/// Whether rustup has installed the standard library for `triple`.
pub(crate) fn has_rust_target(triple: &str) -> bool {
    rust_sysroot()
        .is_some_and(|sysroot| sysroot.join("lib/rustlib").join(triple).join("lib").is_dir())
}

/// Whether the standard library's source is there.
pub(crate) fn has_rust_source() -> bool {
    let library = "lib/rustlib/src/rust/library/core/Cargo.toml";
    rust_sysroot().is_some_and(|sysroot| sysroot.join(library).is_file())
}

/// The folder of the wasi-sdk, if `WASI_SDK_PATH` names one.
fn wasi_sdk() -> Option<PathBuf> {
    std::env::var_os("WASI_SDK_PATH").map(PathBuf::from)
}

impl WasiLibc {
    /// Finds the library: the wasi-sdk's, or the system's.
    pub(crate) fn find() -> Option<Self> {
        Self::all().into_iter().next()
    }

    /// Every library, once under each name of its target.
    fn all() -> Vec<Self> {
        let sdk = wasi_sdk().map(|sdk| sdk.join("share/wasi-sysroot"));
        let sysroots = sdk.into_iter().chain(WASI_SYSROOTS.map(PathBuf::from));
        sysroots
            .flat_map(|sysroot| {
                WASI_TRIPLES.map(|triple| Self { sysroot: sysroot.clone(), triple })
            })
            .filter(|libc| libc.lib().join("libc.a").is_file())
            .collect()
    }

    /// The folder with the library and the start code.
    pub(crate) fn lib(&self) -> PathBuf {
        self.sysroot.join("lib").join(self.triple)
    }
}

impl WasiClang {
    /// Finds a compiler that can: the wasi-sdk's, or the system's.
    pub(crate) fn find() -> Option<Self> {
        let sdk = wasi_sdk().map(|sdk| sdk.join("bin/clang"));
        let clangs: Vec<_> = sdk.into_iter().chain(CLANGS.map(PathBuf::from)).collect();
        // A compiler has its routines under one of the target's names.
        WasiLibc::all().into_iter().find_map(|libc| {
            let clang = clangs.iter().find(|clang| can_compile(clang, libc.triple))?.clone();
            Some(Self { clang, libc })
        })
    }
}

/// Whether `clang` has the run-time routines of the target `triple`, and so the linker.
fn can_compile(clang: &Path, triple: &str) -> bool {
    let routines = process::output_of(
        Command::new(clang).arg(format!("--target={triple}")).arg("-print-libgcc-file-name"),
    );
    let linker = process::output_of(
        Command::new(clang).arg(format!("--target={triple}")).arg("-print-prog-name=wasm-ld"),
    );
    routines.is_some_and(|file| Path::new(&file).is_file())
        && linker.is_some_and(|linker| {
            process::output_of(Command::new(linker).arg("--version")).is_some()
        })
}
