//! Threads inside one app, on all cores.

mod corpus;
mod ends;
mod memory;
mod rust;
mod stress;

use super::*;
use kernel_core::bundle::Service;
use std::borrow::Cow;
use std::sync::OnceLock;

/// Pages of 64 KiB that a program with threads may have here, as `bramble build` makes them.
const PAGES_MAX: u32 = 256;

/// The module `wasm` as the kernel takes it.
fn lowered(wasm: &[u8]) -> Vec<u8> {
    lower::lower(wasm, PAGES_MAX).map(Cow::into_owned).unwrap_or_else(|error| panic!("it {error}"))
}

/// An app that may have threads.
fn app_with_threads<'a>(name: &'a str, module: &'a [u8]) -> App<'a> {
    let limits = Limits { memory_pages_max: PAGES_MAX.into(), ..Limits::default() };
    App { limits, uses: vec![Service::Wasi, Service::Threads], ..App::program(name, module) }
}

/// The stress programs, which are one module with the name of a program as its argument.
fn stress_module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/image/threads/stress");
    MODULE.get_or_init(|| lowered(&build(&sources)))
}

/// A stress program, which ends by itself.
fn stress_app<'a>(name: &'a str, seed: &'a str) -> App<'a> {
    App { args: vec![name, seed], ..app_with_threads(name, stress_module()) }
}
