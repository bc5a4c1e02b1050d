//! Packs built modules into a bundle, after checking that the kernel will take each of them.
//!
//! A kernel that refuses an app says so on a console that nobody may be reading; so what can be
//! known when the image is made is an error then.

use crate::apps::Built;
use crate::manifest::{App, Files, Manifest};
use crate::tail_calls::has_tail_calls;
use abi::threads;
use abi::wasi::Call;
use anyhow::{Context, anyhow, bail, ensure};
use kernel_core::bundle::{Bundle, Files as PackedFiles, Limits, Mount, Service};
use wasmparser::{
    CompositeInnerType, Encoding, FuncType, Import, Parser, Payload, SubType, TypeRef, ValType,
    Validator, WasmFeatures,
};

/// A service, as manifests and the kernel's `Cargo.toml` know it.
struct Known {
    service: Service,
    /// Name in a manifest's `uses`, and of the kernel's feature.
    name: &'static str,
    /// The crate that is it.
    package: &'static str,
    /// The call that it offers under a module's and a call's name.
    find: fn(&str, &str) -> Option<&'static Call>,
}

const SERVICES: [Known; 6] = [
    Known { service: Service::Wasi, name: "wasi", package: "service_wasi", find: wasi_call },
    Known {
        service: Service::Threads,
        name: "threads",
        package: "service_threads",
        find: abi::threads::find,
    },
    Known {
        service: Service::Actors,
        name: "actors",
        package: "service_threads",
        find: abi::actors::find,
    },
    // What it has for apps are the libc shim's sockets.
    Known { service: Service::Net, name: "net", package: "service_net", find: |_, _| None },
    Known {
        service: Service::Display,
        name: "display",
        package: "service_display",
        find: abi::display::find,
    },
    Known { service: Service::System, name: "system", package: "kernel", find: abi::system::find },
];

/// WASI's call, or else that of its socket extension.
fn wasi_call(module: &str, name: &str) -> Option<&'static Call> {
    abi::wasi::find(module, name).or_else(|| abi::wasmedge::find(module, name))
}

/// Each service with its name in a manifest.
pub(crate) fn service_names() -> Vec<(&'static str, Service)> {
    SERVICES.iter().map(|known| (known.name, known.service)).collect()
}

/// Each service's name with the name of its crate, as symbols have it.
pub(crate) fn service_crates() -> Vec<(&'static str, &'static str)> {
    let mut crates: Vec<_> = SERVICES.iter().map(|known| (known.name, known.package)).collect();
    // A crate is there once, whatever it serves.
    crates.dedup_by_key(|(_, package)| *package);
    crates
}

/// What the kernel's interpreter takes: wasmi's features without `simd` and `memory64`.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        .difference(WasmFeatures::SIMD)
        .union(WasmFeatures::MULTI_MEMORY)
        .union(WasmFeatures::TAIL_CALL)
        .union(WasmFeatures::EXTENDED_CONST)
}

/// The bundle of `manifest`'s apps, as bytes; `built` are theirs in the same order.
///
/// `packed_at_s` is in seconds since 1970.
///
/// # Errors
///
/// An app that the kernel would refuse; the error names it and says why.
pub(crate) fn bundle(
    manifest: &Manifest,
    built: &[Built],
    packed_at_s: u64,
) -> anyhow::Result<Vec<u8>> {
    let mut apps = Vec::new();
    for (app, built) in manifest.apps.iter().zip(built) {
        check(app, &built.module)
            .with_context(|| format!("the app `{}` cannot be packed", app.name))?;
        apps.push(packed(app, built));
    }

    let network = manifest.network.iter().map(|(key, text)| (*key, text.as_str())).collect();
    let Manifest { on_crash, when_done, .. } = *manifest;
    Bundle { packed_at_s, on_crash, when_done, network, apps }
        .write()
        .map_err(|error| anyhow!("the apps cannot be bundled: {error}"))
}

/// The module as the kernel takes it for an app with these limits: one with threads is lowered.
///
/// # Errors
///
/// It has threads and cannot be lowered.
pub(crate) fn lowered(module: &[u8], limits: &Limits) -> anyhow::Result<Vec<u8>> {
    let pages_max = u32::try_from(limits.memory_pages_max).unwrap_or(u32::MAX);
    let lowered = lower::lower(module, pages_max).map_err(|error| anyhow!("it {error}"))?;
    Ok(lowered.into_owned())
}

fn packed<'a>(app: &'a App, built: &'a Built) -> kernel_core::bundle::App<'a> {
    let mut folders = built.folders.iter();
    let mounts = app.mounts.iter().map(|mount| {
        let files = match &mount.files {
            Files::Bundle(_) => PackedFiles::Packed(folders.next().map_or(&[], Vec::as_slice)),
            Files::Card(path) => PackedFiles::Card(path),
            Files::Memory { bytes_max } => PackedFiles::Memory { bytes_max: *bytes_max },
        };
        Mount { at: &mount.at, files, access: mount.access }
    });
    kernel_core::bundle::App {
        name: &app.name,
        args: app.args.iter().map(String::as_str).collect(),
        env: app.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        stdin: app.stdin,
        uses: app.uses.clone(),
        spawns: app.spawns.iter().map(String::as_str).collect(),
        mounts: mounts.collect(),
        listens: app.listens.iter().map(String::as_str).collect(),
        reaches: app.reaches.iter().map(String::as_str).collect(),
        kiosk: app.kiosk,
        limits: app.limits,
        priority: app.priority,
        core: app.core,
        start: app.start,
        restart: app.restart,
        tail_calls: has_tail_calls(&built.module),
        module: &built.module,
    }
}

/// Checks that `module` is valid, within the app's limits and imports only what the app may use.
fn check(app: &App, module: &[u8]) -> anyhow::Result<()> {
    let limits = &app.limits;
    let bytes = module.len() as u64;
    within("its module", bytes, "bytes", "module_bytes_max", limits.module_bytes_max)?;

    let mut types = Vec::new();
    let mut has_start = false;
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::Version { encoding: Encoding::Component, .. } => {
                bail!("it is a component, and only plain modules (WASI preview 1) run here")
            }
            Payload::TypeSection(section) => {
                for group in section {
                    types.extend(group?.into_types());
                }
            }
            Payload::ImportSection(section) => {
                for import in section {
                    let import = import?;
                    // Lowering made it, within the limits.
                    if !matches!(import.ty, TypeRef::Memory(_)) || import.module != threads::MODULE
                    {
                        check_import(app, &import, signature(&types, import.ty))?;
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    let pages = memory?.initial;
                    let max = limits.memory_pages_max;
                    within("its memory", pages, "pages of 64 KiB", "memory_pages_max", max)?;
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let elements = table?.ty.initial;
                    let max = limits.table_elements_max;
                    within("a table", elements, "elements", "table_elements_max", max)?;
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    has_start |= export?.name == "_start";
                }
            }
            Payload::CodeSectionEntry(body) => {
                let bytes = body.range().len() as u64;
                let max = limits.function_bytes_max;
                within("a function", bytes, "bytes", "function_bytes_max", max)?;
            }
            _ => {}
        }
    }

    Validator::new_with_features(features()).validate_all(module)?;
    ensure!(has_start, "it has no `_start`: it is a library, not a program");
    Ok(())
}

/// The type of the function that is imported as `import`; `None` if it is not a function.
fn signature(types: &[SubType], import: TypeRef) -> Option<&FuncType> {
    let TypeRef::Func(index) = import else { return None };
    match &types.get(index as usize)?.composite_type.inner {
        CompositeInnerType::Func(signature) => Some(signature),
        _ => None,
    }
}

/// Checks that `what` takes no more `units` than the manifest's `key` allows.
fn within(what: &str, size: u64, units: &str, key: &str, max: u64) -> anyhow::Result<()> {
    ensure!(
        size <= max,
        "{what} takes {size} {units}, and `{key}` is {max}: raise it to {size} or more in the \
         manifest, or make the program smaller"
    );
    Ok(())
}

fn check_import(
    app: &App,
    import: &Import<'_>,
    signature: Option<&FuncType>,
) -> anyhow::Result<()> {
    let Import { module, name, .. } = *import;
    let import = format!("`{name}` from `{module}`");

    let (known, call) = SERVICES
        .iter()
        .find_map(|known| Some((known, (known.find)(module, name)?)))
        .ok_or_else(|| {
            anyhow!(
                "it imports {import}, which no service has; what programs can import is WASI \
                 preview 1, `{}` (built for wasm32-wasip1)",
                abi::wasi::WASI_SNAPSHOT_PREVIEW1
            )
        })?;
    ensure!(
        app.uses.contains(&known.service),
        "it imports {import}, which it is not granted: add \"{}\" to its `uses`",
        known.name
    );

    let ty = |call: &Call| format!("({}) -> ({})", call.params, call.results);
    let found = signature.map_or_else(|| "no function".to_owned(), letters);
    // Of one name there are two calls.
    let other = abi::wasmedge::find(module, name);
    ensure!(
        found == ty(call) || other.is_some_and(|other| found == ty(other)),
        "it imports {import} as {found}, which is {}; i is i32, I is i64",
        ty(call)
    );
    Ok(())
}

/// `signature` in the letters of [`Call`]; types that no call has are `?`.
fn letters(signature: &FuncType) -> String {
    let letters = |types: &[ValType]| -> String {
        let letter = |ty: &ValType| match ty {
            ValType::I32 => 'i',
            ValType::I64 => 'I',
            _ => '?',
        };
        types.iter().map(letter).collect()
    };
    format!("({}) -> ({})", letters(signature.params()), letters(signature.results()))
}

#[cfg(test)]
mod tests;
