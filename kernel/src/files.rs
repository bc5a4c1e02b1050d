//! The directories that an app finds open: of the bundle, in memory, on the card, or lent by the
//! host.

use crate::apps::Surroundings;
use crate::heap::GuestPool;
#[cfg(feature = "run")]
use crate::host::Host;
use abi::Errno;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use kernel_core::bundle::{self, Files};
use service_files::{Access, FileSystem, Handle, MemoryFiles, Mount, PackedFiles, Room};
use spin::Mutex;

/// The device that a file on the card has for those who ask; an app's other mounts come after.
#[cfg(feature = "card")]
const CARD_DEVICE: u64 = 1;
const FIRST_DEVICE: u64 = 2;

impl Room for GuestPool {
    fn can_take(&self, bytes: usize) -> bool {
        runtime::Pool::can_take(self, bytes)
    }
}

/// The mounts that `entry` grants.
///
/// # Errors
///
/// One of them is not there; the text is the rest of a sentence about the app.
pub(crate) fn mounts(
    entry: &bundle::App<'static>,
    around: Surroundings,
) -> Result<Vec<Mount>, String> {
    #[cfg(feature = "actors")]
    if let Some(inheritance) = around.inheritance {
        return Ok(inheritance.mounts.clone());
    }
    let now_ns = crate::wall::now_ns();
    let mounts = (FIRST_DEVICE..).zip(&entry.mounts).map(|(device, mount)| {
        let directory = directory(mount, device, around, now_ns)
            .map_err(|why| format!("cannot have {}: {why}", mount.at))?;
        Ok(Mount { at: mount.at.into(), directory })
    });
    mounts.collect()
}

fn directory(
    mount: &bundle::Mount<'static>,
    device: u64,
    around: Surroundings,
    now_ns: u64,
) -> Result<Handle, String> {
    let access = match mount.access {
        bundle::Access::ReadOnly => Access::ReadOnly,
        bundle::Access::ReadWrite => Access::ReadWrite,
    };
    match mount.files {
        Files::Packed(folder) => {
            let files = PackedFiles::new(folder).map_err(|error| format!("{error}"))?;
            Ok(root(files, device, Access::ReadOnly))
        }
        Files::Memory { bytes_max } => in_memory(bytes_max, device, now_ns).map_err(told),
        Files::Card(path) => on_card(path, access),
        Files::Host(name) => lent(name, device, access, around, now_ns),
    }
}

fn root(files: impl FileSystem + 'static, device: u64, access: Access) -> Handle {
    Handle::root(Arc::new(Mutex::new(files)), device, access)
}

fn in_memory(bytes_max: u64, device: u64, now_ns: u64) -> Result<Handle, Errno> {
    let files = MemoryFiles::new(bytes_max, &GuestPool, now_ns)?;
    Ok(root(files, device, Access::ReadWrite))
}

fn told(error: Errno) -> String {
    format!("{error}")
}

#[cfg(feature = "card")]
fn on_card(path: &str, access: Access) -> Result<Handle, String> {
    let files = crate::card::files().ok_or("there is no card")?;
    let card = Handle::root(files, CARD_DEVICE, access);
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return Ok(card);
    }
    let opening = service_files::Opening { directory: true, ..Default::default() };
    card.open(path, opening, 0).map_err(|error| format!("{path} on the card: {error}"))
}

#[cfg(not(feature = "card"))]
fn on_card(_: &str, _: Access) -> Result<Handle, String> {
    Err("this image has no driver for cards".into())
}

#[cfg(feature = "run")]
fn lent(
    name: &'static str,
    device: u64,
    access: Access,
    around: Surroundings,
    now_ns: u64,
) -> Result<Handle, String> {
    let crate::apps::Source::Host(host) = around.source else {
        return Err("no host lends it".into());
    };
    let files = in_memory(u64::MAX, device, now_ns).map_err(told)?;
    let folder = host.folder(name).ok_or("the host does not lend it")?;
    service_files::folder::load(&folder, &files).map_err(|error| format!("{error}"))?;
    drop(folder);
    if access == Access::ReadOnly {
        return Ok(files.read_only());
    }
    LENT.lock().push((name, files.clone()));
    Ok(files)
}

#[cfg(not(feature = "run"))]
fn lent(_: &str, _: u64, _: Access, _: Surroundings, _: u64) -> Result<Handle, String> {
    Err("no host lends it".into())
}

/// What the host gets back when its program has ended.
#[cfg(feature = "run")]
static LENT: Mutex<Vec<(&str, Handle)>> = Mutex::new(Vec::new());

/// Gives the host its folders back.
#[cfg(feature = "run")]
pub(crate) fn give_back(host: Host) {
    for (name, files) in LENT.lock().drain(..) {
        if host.take_back(name, &files).is_err() {
            // The host finds the folder cut short, and says so.
            log::error!("kernel: the host could not take {name} back");
        }
    }
}
