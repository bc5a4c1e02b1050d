//! Changes to the translation tables that `boot.s` built.

use aarch64_cpu::asm::barrier;
use core::arch::asm;
use core::ops::Range;
use core::ptr::{addr_of_mut, write_volatile};
use kernel_core::paging::{self, BLOCK_BYTES, GIB_BYTES, Kind, Level, PAGE_BYTES};

type Table = [u64; 512];

unsafe extern "C" {
    static mut __table_1: Table;
    static mut __table_2: Table;
    static mut __table_2_high: Table;
    static mut __table_3: Table;
}

/// A level 1 or 2 entry with these bits points to a table of the next level.
const POINTS_TO_TABLE: u64 = 0b11;

/// Maps `ram` above the first gibibyte as data, in whole blocks of 2 MiB.
///
/// # Safety
///
/// - Called on core 0 before other cores run, with interrupts masked: for a moment devices are
///   not mapped.
/// - `ram` is RAM, and no device is in it.
pub(crate) unsafe fn map_high_ram(ram: Range<u64>) {
    const FOURTH_GIB: u64 = 3 * GIB_BYTES;
    // SAFETY: only core 0 runs (contract), and it holds no reference to a table.
    let (table_1, table_2_high) =
        unsafe { (&mut *addr_of_mut!(__table_1), &mut *addr_of_mut!(__table_2_high)) };

    write(table_1, paging::entries(Level::One, 0, ram.clone(), Kind::Data));
    let partly_ram = ram.start < FOURTH_GIB + GIB_BYTES && ram.end > FOURTH_GIB;
    if partly_ram && ram.end < FOURTH_GIB + GIB_BYTES {
        let all = FOURTH_GIB..FOURTH_GIB + GIB_BYTES;
        write(table_2_high, paging::entries(Level::Two, FOURTH_GIB, all, Kind::Device));
        write(table_2_high, paging::entries(Level::Two, FOURTH_GIB, ram, Kind::Data));
        // The devices that this block mapped are mapped by the table too. For the moment
        // between they are not, and nothing uses them.
        write(table_1, [(3, 0)].into_iter());
        flush();
        let table = table_2_high.as_ptr() as u64 | POINTS_TO_TABLE;
        write(table_1, [(3, table)].into_iter());
    }
    flush();
}

/// Takes the right to write from `range`, as far as it fills pages of the first 2 MiB and
/// whole blocks of 2 MiB after them.
///
/// # Safety
///
/// - Called on core 0 before other cores run.
/// - Nothing writes to `range` any more.
pub(crate) unsafe fn make_read_only(range: Range<u64>) {
    // SAFETY: only core 0 runs (contract), and it holds no reference to a table.
    let (table_2, table_3) =
        unsafe { (&mut *addr_of_mut!(__table_2), &mut *addr_of_mut!(__table_3)) };
    write(table_3, paging::entries(Level::Three, 0, range.clone(), Kind::ReadOnly));
    // The first block is a table of pages.
    let blocks = range.start.max(BLOCK_BYTES)..range.end;
    write(table_2, paging::entries(Level::Two, 0, blocks, Kind::ReadOnly));
    flush();
}

/// Makes the page at address 0 fault, so that a null pointer does.
///
/// # Safety
///
/// - Nothing needs the firmware's first page any more.
pub(crate) unsafe fn unmap_first_page() {
    // SAFETY: entries are written whole, and no other code writes this one.
    let table_3 = unsafe { &mut *addr_of_mut!(__table_3) };
    write(table_3, paging::entries(Level::Three, 0, 0..PAGE_BYTES, Kind::Unmapped));
    flush();
}

fn write(table: &mut Table, entries: impl Iterator<Item = (usize, u64)>) {
    for (index, entry) in entries {
        let Some(slot) = table.get_mut(index) else { continue };
        // SAFETY: `slot` is a valid reference; volatile, since the MMU reads it.
        unsafe { write_volatile(slot, entry) };
    }
}

/// Makes all cores see the tables as they are now.
fn flush() {
    barrier::dsb(barrier::ISHST);
    // SAFETY: dropping cached translations changes no mapping.
    unsafe { asm!("tlbi vmalle1is", options(nostack, preserves_flags)) };
    barrier::dsb(barrier::ISH);
    barrier::isb(barrier::SY);
}
