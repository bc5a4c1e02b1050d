//! What the libc shim gets from this machine: streams, clock, random bytes and the network.

mod streams;

use crate::apps::{Source, Standing, Surroundings};
#[cfg(feature = "net")]
use crate::net::AppNetwork;
#[cfg(feature = "net")]
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kernel_core::ready::TaskId;
use runtime::Program;
use service_wasi::Wasi;
use streams::Streams;

/// The libc shim's state for the app `standing`, the task `task`, as it starts to run `program`
/// with these `mounts`.
///
/// # Errors
///
/// Something that its manifest grants cannot be had; the text is the rest of a sentence about the
/// app.
#[cfg_attr(not(feature = "net"), expect(unused_variables, reason = "it could be a server"))]
pub(crate) fn start(
    task: TaskId,
    standing: &Arc<Standing>,
    #[cfg(feature = "files")] mounts: Vec<service_files::Mount>,
    program: &Program,
    around: Surroundings,
) -> Result<Wasi, String> {
    let entry = standing.entry();
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
    #[cfg(not(feature = "files"))]
    let mounts = Vec::new();
    #[cfg_attr(not(feature = "net"), expect(unused_mut, reason = "nothing to add"))]
    let mut env = entry.env.clone();
    #[cfg(feature = "net")]
    let network = AppNetwork::of(standing, program, mounts.len(), around.source)?;
    #[cfg(feature = "net")]
    env.extend(network.iter().filter_map(AppNetwork::variable));

    let wasi = Wasi::new(service_wasi::Surroundings {
        args: &args,
        env: &env,
        input,
        output,
        errors,
        mounts,
        pool: &crate::heap::GuestPool,
        clock: &crate::arch::timer::GenericTimer,
        wall_ns: crate::wall::at_ns,
        rng: &crate::random::RANDOM,
    });
    #[cfg(feature = "net")]
    if let Some(network) = network {
        let listeners = network.listeners();
        return wasi
            .with_network(Box::new(network), &listeners)
            .map_err(|error| alloc::format!("cannot listen: {error}"));
    }
    Ok(wasi)
}
