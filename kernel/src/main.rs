//! Joins drivers and services into the image: boot order here, then [`core_loop`].
//!
//! `arch/boot.s` calls [`kernel_main`] on core 0 with MMU and caches on.

#![no_std]
#![no_main]

extern crate alloc;

mod apps;
mod arch;
mod boards;
mod boot_table;
#[cfg(feature = "card")]
mod card;
mod console;
mod core_loop;
mod crash;
#[cfg(feature = "display")]
mod display;
#[cfg(feature = "files")]
mod files;
mod heap;
#[cfg(feature = "run")]
mod host;
mod logger;
#[cfg(feature = "system")]
mod metrics;
#[cfg(feature = "net")]
mod net;
#[cfg(feature = "random")]
mod random;
mod services;
#[cfg(feature = "shell")]
mod shell;
#[cfg(feature = "usb")]
mod usb;
mod wall;
#[cfg(feature = "wasi")]
mod wasi;

use alloc::vec::Vec;
use apps::{Apps, Source};
use arch::{cores, interrupts, mmu, timer};
use core::ops::Range;
use core::slice;
use kernel_core::bundle::Bundle;
use kernel_core::command_line::CommandLine;
use kernel_core::ledger::{Ledger, Stage};
use kernel_core::memory_map;
use kernel_core::paging::PAGE_BYTES;

unsafe extern "C" {
    static __text_start: u8;
    static __bundle_start: u8;
}

/// The boot order. `entry_ticks` and `mmu_ticks` are the counter at the kernel's first
/// instruction and after the MMU went on.
#[unsafe(no_mangle)]
extern "C" fn kernel_main(entry_ticks: u64, mmu_ticks: u64) -> ! {
    let mut ledger = Ledger::new(timer::frequency_hz());
    ledger.stamp(Stage::Entry, entry_ticks);
    ledger.stamp(Stage::Mmu, mmu_ticks);

    // SAFETY: this is core 0, and it comes here once.
    let board = unsafe { boards::init() };
    logger::init();
    ledger.stamp(Stage::Console, timer::ticks());

    let packed = packed_bytes();
    // SAFETY: the regions are RAM that boot.s mapped as data; image and bundle lie below.
    unsafe { heap::add(packed.end.next_multiple_of(PAGE_BYTES)..board.shared_ram.end) };
    ledger.stamp(Stage::Heap, timer::ticks());
    crash::tell_of_the_last();

    let command_line = CommandLine::parse(board.command_line);
    let (source, bytes) = source(&command_line, &packed);
    let bundle = Bundle::read(bytes).unwrap_or_else(|error| no_apps(source, error));
    crash::choose(bundle.on_crash);
    let when_done = bundle.when_done;
    let packed_at_s = bundle.packed_at_s;
    #[cfg(feature = "net")]
    let network = bundle.network.clone();
    wall::begin(packed_at_s);

    #[cfg_attr(not(feature = "card"), expect(unused_mut, reason = "no app comes later"))]
    let mut apps = Apps::new(bundle, source, &command_line);
    let mut waiting: Vec<usize> = (0..apps.len()).filter(|&index| apps.starts(index)).collect();
    // One that needs the card would have to wait for it.
    if let Some(first) = waiting.iter().position(|&index| !apps.needs_card(index)) {
        apps.start(waiting.remove(first));
    }
    ledger.stamp(Stage::Engine, timer::ticks());
    interrupts::unmask();
    ledger.stamp(Stage::FirstWasm, timer::ticks());
    apps.turn();

    boot_table::begin(&ledger);
    // The first app runs: what can come later comes now. The bus needs memory that its controller
    // reaches, which the rest of the RAM may not be.
    #[cfg(feature = "display")]
    if display::start(&board, &apps) {
        ledger.stamp(Stage::Picture, timer::ticks());
        #[cfg(feature = "run")]
        if let (Source::Host(host), Some(frames)) = (source, command_line.frames) {
            display::stop_after(frames, host);
        }
    }
    #[cfg(feature = "usb")]
    usb::start();
    #[cfg(feature = "net")]
    net::configure(&network);
    // SAFETY: the other cores still wait in the spin table, no interrupt handler runs, the bundle
    // is never written, and the ranges are RAM by the board's revision code.
    interrupts::masked(|| unsafe {
        mmu::make_read_only(packed.clone());
        for ram in memory_map::high_ram(board.revision) {
            mmu::map_high_ram(ram.clone());
            heap::add(ram);
        }
    });
    // SAFETY: core 0 comes here once, and the first page is still mapped.
    let cores = unsafe { cores::start() };
    ledger.stamp(Stage::Cores, timer::ticks());
    if let Some(kind) = command_line.crash {
        console::open();
        crash::test(kind);
    }
    #[cfg(feature = "card")]
    if let Source::Image = source {
        card::start(&board);
        let system = card::system();
        waiting.extend(add_apps_of_card(&mut apps, &system));
        #[cfg(feature = "display")]
        display::configure(&board, &apps, &system);
        ledger.stamp(Stage::Card, timer::ticks());
    }
    for index in waiting {
        apps.start(index);
    }
    ledger.stamp(Stage::Ready, timer::ticks());
    crash::boot_is_good();
    boot_table::show(&mut ledger, &board, cores, packed_at_s, packed.end - image_start());
    if command_line.bench_starts.is_some() {
        boot_table::tell_stages(&ledger);
    }
    console::open();

    core_loop::begin(apps, when_done, command_line.bench_starts)
}

/// Adds the apps on the card, and tells which of them start now.
#[cfg(feature = "card")]
fn add_apps_of_card(apps: &mut Apps, system: &kernel_core::card::System) -> Vec<usize> {
    #[cfg(feature = "net")]
    if !system.network.is_empty() {
        net::configure(&system.network);
    }
    let mut starting = Vec::new();
    for (app, starts) in card::apps(system) {
        let name = app.app.name;
        if !apps.add(app.app) {
            log::warn!("card: {name} is left out: the image has an app of that name");
        } else if starts {
            starting.push(apps.len() - 1);
        }
    }
    starting
}

/// Where the apps come from, and their bundle.
fn source(command_line: &CommandLine<'static>, packed: &Range<u64>) -> (Source, &'static [u8]) {
    #[cfg(feature = "run")]
    if let Some(folder) = command_line.run {
        let host = host::Host::new(folder);
        return (Source::Host(host), host.bundle());
    }
    #[cfg(not(feature = "run"))]
    let _ = command_line;
    let length = (packed.end - packed.start) as usize;
    // SAFETY: the host tool put the bundle there, and nothing writes to it.
    let bytes = unsafe { slice::from_raw_parts(packed.start as *const u8, length) };
    (Source::Image, bytes)
}

/// Where the bundle lies that the host tool appended to the image; empty if there is none.
fn packed_bytes() -> Range<u64> {
    const HEADER_BYTES: usize = kernel_core::bundle::HEADER_BYTES;
    let start = &raw const __bundle_start;
    // SAFETY: the memory after the image is RAM, whatever it holds.
    let header = unsafe { slice::from_raw_parts(start, HEADER_BYTES) };
    let length = Bundle::length_bytes(header).unwrap_or(0);
    start as u64..start as u64 + length as u64
}

fn image_start() -> u64 {
    &raw const __text_start as u64
}

/// An image without apps has nothing to do; it says so and sleeps.
fn no_apps(source: Source, error: kernel_core::bundle::BundleError) -> ! {
    #[cfg(feature = "run")]
    if let Source::Host(host) = source {
        host.finish(format_args!("refused cannot be read: {error}"));
    }
    #[cfg(not(feature = "run"))]
    let Source::Image = source;
    log::error!("kernel: {error}; pack one with `bramble image`");
    console::open();
    interrupts::unmask();
    loop {
        aarch64_cpu::asm::wfi();
    }
}
