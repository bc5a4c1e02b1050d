//! What the libc shim gets from this machine: streams, clock and random bytes.

mod streams;

use crate::apps::{Source, Surroundings};
use alloc::string::String;
use alloc::vec::Vec;
use kernel_core::bundle;
use service_wasi::Wasi;
use streams::Streams;

/// The libc shim's state for `entry`, the app with the number `id`, as it starts.
///
/// # Errors
///
/// One of its mounts is not there; the text is the rest of a sentence about the app.
pub(crate) fn start(
    id: u32,
    entry: &bundle::App<'static>,
    around: Surroundings,
) -> Result<Wasi, String> {
    let mut args = Vec::from([entry.name]);
    match around.args {
        [] => args.extend(&entry.args),
        others => args.extend(others.iter().map(String::as_str)),
    }
    let Streams { input, output, errors } = match around.source {
        Source::Image => Streams::console(id, entry),
        #[cfg(feature = "run")]
        Source::Host(host) => Streams::host(host, entry),
    };
    Ok(Wasi::new(service_wasi::Surroundings {
        args: &args,
        env: &entry.env,
        input,
        output,
        errors,
        #[cfg(feature = "files")]
        mounts: crate::files::mounts(entry, around)?,
        #[cfg(not(feature = "files"))]
        mounts: Vec::new(),
        pool: &crate::heap::GuestPool,
        clock: &crate::arch::timer::GenericTimer,
        wall_base_ns: around.wall_base_ns,
        rng: &crate::random::RANDOM,
    }))
}
