//! What is run: the apps of the image, programs that compute, and programs that each measure one
//! thing and give it as their exit code.

use crate::manifest::Manifest;
use crate::process::Progress;
use crate::tail_calls::has_tail_calls;
use crate::{apps, pack, workspace};
use kernel_core::bundle::App;

/// A date, so that the same image is packed every time.
pub(super) const PACKED_AT_S: u64 = 1_790_000_000;

/// Expands to the names of the programs in `bench/programs` with their bytes.
macro_rules! compute {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../bench/programs/", $name, ".wasm")))),*]
    };
}

/// The programs that compute, by name.
pub(super) const COMPUTE: [(&str, &[u8]); 8] =
    compute!["hello", "fib", "sieve", "nbody", "matmul", "sha256", "memcpy_loop", "membulk"];

/// Does nothing, in one page of memory.
pub(super) const ONE_PAGE: &str = include_str!("../../bench/micro/one-page.wat");
/// Does nothing, in 17 pages.
pub(super) const PAGES_17: &str = include_str!("../../bench/micro/17-pages.wat");
/// Its exit code is nanoseconds of a host call.
pub(super) const HOST_CALL: &str = include_str!("../../bench/micro/host-call.wat");
/// Its exit code is nanoseconds of writing a byte to a file in memory.
pub(super) const FILE_WRITE: &str = include_str!("../../bench/micro/file-write.wat");
/// Its exit code is nanoseconds of parking and going on.
pub(super) const PARK_RESUME: &str = include_str!("../../bench/micro/park-resume.wat");
/// Its exit code is nanoseconds of a long loop.
pub(super) const RESUME: &str = include_str!("../../bench/micro/resume.wat");

/// Sleeps a millisecond, in one page, and has so many functions, one of them imported.
pub(super) fn sleeper(functions: usize) -> String {
    let others = "(func)".repeat(functions.saturating_sub(2));
    format!(
        r#"(module
            (import "wasi_snapshot_preview1" "poll_oneoff"
                (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            ;; At 0 one subscription to the monotonic clock, at 64 its event, at 96 their number.
            (data (i32.const 16) "\01")
            (data (i32.const 24) "\40\42\0f")
            (func (export "_start") (drop (call $poll_oneoff
                (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 96))))
            {others})"#
    )
}

/// The bundle of the apps that ship, built.
///
/// # Errors
///
/// An app cannot be built or packed.
pub(super) fn shipped_apps() -> anyhow::Result<Vec<u8>> {
    let manifest = Manifest::read(&workspace::default_manifest())?;
    let progress = Progress::new(manifest.apps.len());
    let built = apps::build_all(&manifest, PACKED_AT_S, &progress)?;
    pack::bundle(&manifest, &built, PACKED_AT_S)
}

/// The program `module` as an app that may use WASI.
pub(super) fn app<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    App { tail_calls: has_tail_calls(module), ..App::program(name, module) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_a_module_and_every_program_is_valid() {
        let texts = [ONE_PAGE, PAGES_17, HOST_CALL, FILE_WRITE, PARK_RESUME, RESUME];
        let mut modules = texts.map(|text| wat::parse_str(text).unwrap()).to_vec();
        modules.push(wat::parse_str(sleeper(31)).unwrap());

        for module in modules.iter().map(Vec::as_slice).chain(COMPUTE.map(|(_, module)| module)) {
            wasmparser::validate(module).unwrap();
        }
    }
}
