//! The SD card: its FAT file system, its settings, and the apps on it.
//!
//! It comes up once the first app runs, since a card may take a second to wake. What is wrong
//! with it, or with a file on it, is told on the console, and the system goes on.

use crate::arch::timer::{self, GenericTimer};
use crate::boards::{self, Board};
use crate::heap::GuestPool;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use device::{BlockDevice, BlockError};
use driver_emmc::Emmc;
use kernel_core::block_cache::{self, BlockCache};
use kernel_core::bundle::Limits;
use kernel_core::card::{CardApp, LogLevel, System};
use kernel_core::partitions::{self, PartitionError};
use log::LevelFilter;
use service_files::{Access, Check, FatFiles, Handle, Kind, MountError, Opening, Shared};
use spin::{Mutex, Once};

/// How often it is looked after, while something waits to be written.
const LOOK_NS: u64 = 250_000_000;

/// Settings and manifests are written by hand.
const TEXT_BYTES_MAX: u64 = 64 << 10;

/// What the budgets of the card's speed are about.
const BENCH_BYTES: usize = 4 << 20;

const APPS: &str = "apps";
const MODULE_ENDING: &str = ".wasm";

static FILES: Once<Arc<Mutex<FatFiles>>> = Once::new();

/// Where its card was when its files were mounted.
static SLOT: Once<&Emmc> = Once::new();

/// The card's file system, if there is a card.
pub(crate) fn files() -> Option<Shared> {
    let files = FILES.get()?;
    Some(Arc::clone(files) as Shared)
}

/// Why there are no files of a card.
enum Failure {
    Disk(BlockError),
    Partition(PartitionError),
    Mount(MountError),
    NoMemory,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk(error) => write!(f, "{error}"),
            Self::Partition(error) => write!(f, "{error}"),
            Self::Mount(error) => write!(f, "{error}"),
            Self::NoMemory => f.write_str("there is no memory for its cache"),
        }
    }
}

/// Brings the card up, and says what it is or why there is none.
pub(crate) fn start(board: &Board) {
    let Some(slot) = boards::sd_slot(board) else { return };
    match mount(slot) {
        Ok(files) => {
            SLOT.call_once(|| slot);
            FILES.call_once(|| Arc::new(Mutex::new(files)));
            log::info!("card: {} MiB, mounted", slot.blocks() >> 11);
        }
        Err(Failure::Disk(BlockError::Absent)) => log::info!("card: there is none"),
        Err(failure) => log::warn!("card: not used, {failure}"),
    }
}

fn mount(slot: &'static Emmc) -> Result<FatFiles, Failure> {
    slot.revive().map_err(Failure::Disk)?;
    let partition = partitions::find(slot).map_err(Failure::Partition)?;
    let cache = BlockCache::new(slot, &GenericTimer, block_cache::USUAL_BLOCKS)
        .map_err(|_| Failure::NoMemory)?;
    // It stays until power-off, as the slot does.
    let cache: &'static BlockCache<_> = Box::leak(Box::new(cache));
    let (files, report) =
        FatFiles::mount(cache, partition.first_block, partition.blocks, Check::WhenDirty)
            .map_err(Failure::Mount)?;
    if let Some(report) = report {
        log::warn!("card: it was not shut down, {report}");
    }
    Ok(files)
}

/// Writes what has waited for a second, and tells when to call again: `None` is after the next
/// change. `wall_ns` is the time that files are stamped with.
pub(crate) fn look_after(wall_ns: u64) -> Option<u64> {
    static TOLD: Once = Once::new();

    let mut files = FILES.get()?.lock();
    if is_gone() {
        tell_that_it_is_gone(!files.is_clean());
        return None;
    }
    if files.is_clean() {
        return None;
    }
    if files.idle(wall_ns).is_err() && !is_gone() {
        // Only once: it may fail each time.
        TOLD.call_once(|| {
            log::error!("card: it cannot be written; what is not on it yet may be lost");
        });
    }
    (!files.is_clean()).then(|| timer::now_ns() + LOOK_NS)
}

/// Whether the card that was mounted was pulled. Only a reset looks for one again, since it may be
/// another, or may have been changed elsewhere.
fn is_gone() -> bool {
    SLOT.get().is_some_and(|slot| slot.card().is_none())
}

fn tell_that_it_is_gone(is_waiting: bool) {
    static TOLD: Once = Once::new();

    TOLD.call_once(|| {
        let lost = if is_waiting { " what was not on it yet is lost;" } else { "" };
        log::error!("card: it was pulled;{lost} put it back and reset the board");
    });
}

/// Makes all durable, before the power goes.
pub(crate) fn shut_down() {
    let Some(files) = FILES.get() else { return };
    let mut files = files.lock();
    if !files.is_clean() && files.flush().is_err() {
        log::error!("card: not everything could be written");
    }
}

/// Measures the driver below cache and files, on the card's last blocks, which keep what they
/// have, and says what it takes, for `bramble bench`.
pub(crate) fn bench() {
    if let (Some(files), Some(slot)) = (FILES.get(), SLOT.get()) {
        // Nothing else uses the card meanwhile, and nothing waits to be written to these blocks.
        let mut files = files.lock();
        match files.flush().map_err(|_| BlockError::Failed).and_then(|()| transfer_times(slot)) {
            Ok([read_ns, write_ns]) => {
                log::info!("bench: card raw read {read_ns} ns / write {write_ns} ns");
            }
            Err(error) => log::warn!("bench: the card cannot be measured: {error}"),
        }
    }
}

/// What it takes to read [`BENCH_BYTES`], and to write them again.
fn transfer_times(slot: &Emmc) -> Result<[u64; 2], BlockError> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(BENCH_BYTES).map_err(|_| BlockError::Failed)?;
    bytes.resize(BENCH_BYTES, 0);
    let first = slot.blocks().saturating_sub((BENCH_BYTES / device::BLOCK_BYTES) as u64);

    let begin_ns = timer::now_ns();
    slot.read(first, &mut bytes)?;
    let read_ns = timer::now_ns();
    slot.write(first, &bytes)?;
    Ok([read_ns - begin_ns, timer::now_ns() - read_ns])
}

/// What `system.toml` says, or the defaults; the log's level is set by it.
pub(crate) fn system() -> System {
    let text = root().and_then(|card| read_text(&card, "system.toml")).unwrap_or_default();
    let system = System::parse(&text).unwrap_or_else(|mistake| {
        log::warn!("card: system.toml, {mistake}; the defaults hold");
        System::default()
    });
    log::set_max_level(match system.log_level {
        LogLevel::Error => LevelFilter::Error,
        LogLevel::Warn => LevelFilter::Warn,
        LogLevel::Info => LevelFilter::Info,
        LogLevel::Debug => LevelFilter::Debug,
        LogLevel::Trace => LevelFilter::Trace,
    });
    system
}

/// The apps on the card, those first that come first by name, each with whether it starts now.
pub(crate) fn apps(system: &System) -> Vec<(CardApp, bool)> {
    let Some(folder) = root().and_then(|card| open_folder(&card, APPS)) else {
        return Vec::new();
    };
    let mut apps = Vec::new();
    for name in names(&folder) {
        match read_app(&folder, &name) {
            Ok(app) => {
                let is_chosen = system.boot_app.as_ref().is_none_or(|chosen| *chosen == name);
                let starts = app.start.unwrap_or(is_chosen);
                log::info!("card: {name}, {}", if starts { "starts" } else { "does not start" });
                apps.push((app, starts));
            }
            Err(why) => log::warn!("card: {name} is left out: {why}"),
        }
    }
    if let Some(chosen) = &system.boot_app
        && apps.iter().all(|(app, _)| app.app.name != chosen)
    {
        log::warn!("card: system.toml starts {chosen}, and there is no apps/{chosen}.wasm");
    }
    apps
}

fn root() -> Option<Handle> {
    Some(Handle::root(files()?, 0, Access::ReadOnly))
}

fn open_folder(directory: &Handle, name: &str) -> Option<Handle> {
    directory.open(name, Opening { directory: true, ..Opening::default() }, 0).ok()
}

/// The apps' names, in order: those of the files that end in `.wasm`.
fn names(folder: &Handle) -> Vec<String> {
    let mut names = Vec::new();
    let mut cookie = 0;
    loop {
        match folder.entry(cookie) {
            Ok(Some(entry)) => {
                cookie = entry.next;
                let name = entry.name.strip_suffix(MODULE_ENDING);
                // What some computers leave beside each file begins with a dot.
                let name = name.filter(|name| entry.kind == Kind::File && !name.starts_with('.'));
                names.extend(name.map(String::from));
            }
            Ok(None) => break,
            Err(error) => {
                log::warn!("card: the folder apps cannot be read to its end: {error}");
                break;
            }
        }
    }
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    if names.len() < count {
        log::warn!("card: the folder apps comes back to itself; check the card with a PC's fsck");
    }
    names
}

fn read_app(folder: &Handle, name: &str) -> Result<CardApp, String> {
    let said = |why: &dyn fmt::Display| alloc::format!("{why}");
    let module = read(folder, &[name, MODULE_ENDING].concat(), Limits::default().module_bytes_max)
        .map_err(|error| said(&error))?;
    let manifest = [name, ".toml"].concat();
    let text = match folder.status_at(&manifest, false) {
        Ok(_) => {
            read_text(folder, &manifest).ok_or_else(|| [&manifest, " cannot be read"].concat())?
        }
        Err(_) => String::new(),
    };
    CardApp::new(String::from(name).leak(), module.leak(), &text)
        .map_err(|mistake| alloc::format!("{manifest}, {mistake}"))
}

/// The text of a file; `None` if there is none, or it is none.
fn read_text(folder: &Handle, name: &str) -> Option<String> {
    String::from_utf8(read(folder, name, TEXT_BYTES_MAX).ok()?).ok()
}

fn read(folder: &Handle, name: &str, bytes_max: u64) -> Result<Vec<u8>, abi::Errno> {
    let file = folder.open(name, Opening::default(), 0)?;
    let length = file.status()?.length_bytes;
    let length_bytes = usize::try_from(length).map_err(|_| abi::Errno::FileTooBig)?;
    if length > bytes_max {
        return Err(abi::Errno::FileTooBig);
    }
    if !runtime::Pool::can_take(&GuestPool, length_bytes) {
        return Err(abi::Errno::NoMemory);
    }
    let mut bytes = vec![0; length_bytes];
    let count = file.read(0, &mut bytes)?;
    bytes.truncate(count);
    Ok(bytes)
}
