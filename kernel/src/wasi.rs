//! What the libc shim gets from this machine: streams, clock and random bytes.

mod streams;

use crate::apps::{Source, Surroundings};
use alloc::string::String;
use alloc::vec::Vec;
use kernel_core::bundle;
use kernel_core::ready::TaskId;
use service_wasi::Wasi;
use streams::Streams;

/// The libc shim's state for `entry`, the task `task`, as it starts with these `mounts`.
pub(crate) fn start(
    task: TaskId,
    entry: &bundle::App<'static>,
    #[cfg(feature = "files")] mounts: Vec<service_files::Mount>,
    around: Surroundings,
) -> Wasi {
    let mut args = Vec::from([entry.name]);
    match around.args {
        [] => args.extend(&entry.args),
        others => args.extend(others.iter().map(String::as_str)),
    }
    let Streams { input, output, errors } = match around.source {
        Source::Image => Streams::console(task, entry, around),
        #[cfg(feature = "run")]
        Source::Host(host) => Streams::host(host, entry),
    };
    Wasi::new(service_wasi::Surroundings {
        args: &args,
        env: &entry.env,
        input,
        output,
        errors,
        #[cfg(feature = "files")]
        mounts,
        #[cfg(not(feature = "files"))]
        mounts: Vec::new(),
        pool: &crate::heap::GuestPool,
        clock: &crate::arch::timer::GenericTimer,
        wall_ns: crate::wall::at_ns,
        rng: &crate::random::RANDOM,
    })
}
