//! What the libc shim gets from this machine: streams, clock and random bytes.

mod streams;

use crate::apps::{Source, Surroundings};
use alloc::vec::Vec;
use kernel_core::bundle;
use service_wasi::Wasi;
use streams::Streams;

/// The libc shim's state for `entry`, the app with the number `id`, as it starts.
pub(crate) fn start(id: u32, entry: &bundle::App<'_>, around: Surroundings) -> Wasi {
    let args: Vec<&str> = core::iter::once(entry.name).chain(entry.args.iter().copied()).collect();
    let Streams { input, output, errors } = match around.source {
        Source::Image => Streams::console(id, entry),
        #[cfg(feature = "run")]
        Source::Host(host) => Streams::host(host, entry),
    };
    Wasi::new(service_wasi::Surroundings {
        args: &args,
        env: &entry.env,
        input,
        output,
        errors,
        clock: &crate::arch::timer::GenericTimer,
        wall_base_ns: around.wall_base_ns,
        rng: &crate::random::RANDOM,
    })
}
