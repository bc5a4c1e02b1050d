//! Translation table descriptors: 4 KiB granule, 36-bit addresses, everything mapped one to one.
//!
//! `boot.s` builds the first tables with the numbers below before any Rust runs; later changes
//! (RAM above 1 GiB, read-only apps, the page at address 0) go through [`entries`].
//!
//! Source: Arm ARM DDI 0487, chapter D8, "The AArch64 Virtual Memory System Architecture".

use core::ops::Range;

/// Bytes that one page, level 2 block and level 1 block map.
pub const PAGE_BYTES: u64 = 4 << 10;
/// See [`PAGE_BYTES`].
pub const BLOCK_BYTES: u64 = 2 << 20;
/// See [`PAGE_BYTES`].
pub const GIB_BYTES: u64 = 1 << 30;

/// What memory is mapped as. Nothing is writable and executable at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Code: read and execute.
    Code,
    /// Constants and apps: read.
    ReadOnly,
    /// Data, heap and stacks: read and write.
    Data,
    /// Registers of devices: read and write, in order, one access for each access.
    Device,
    /// Nothing: any access faults.
    Unmapped,
}

/// Index of normal write-back memory in `MAIR_EL1`, as `boot.s` sets it.
const NORMAL: u64 = 0;
/// Index of Device-nGnRE memory in `MAIR_EL1`.
const DEVICE: u64 = 1;

const VALID: u64 = 1;
/// At level 3 a page has this bit set; at levels 1 and 2 a block has it clear.
const PAGE: u64 = 1 << 1;
const READ_ONLY: u64 = 1 << 7;
const INNER_SHAREABLE: u64 = 0b11 << 8;
const ACCESSED: u64 = 1 << 10;
const NO_EXECUTE: u64 = (1 << 53) | (1 << 54);
const NO_EXECUTE_BY_USER: u64 = 1 << 54;

/// The level of a table that an entry stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Entries of 1 GiB.
    One,
    /// Entries of 2 MiB.
    Two,
    /// Entries of 4 KiB.
    Three,
}

impl Level {
    /// Bytes that one entry maps.
    pub const fn entry_bytes(self) -> u64 {
        match self {
            Self::One => GIB_BYTES,
            Self::Two => BLOCK_BYTES,
            Self::Three => PAGE_BYTES,
        }
    }
}

/// The entry that maps `address` to itself as `kind`.
pub const fn entry(level: Level, address: u64, kind: Kind) -> u64 {
    let attributes = match kind {
        Kind::Code => (NORMAL << 2) | INNER_SHAREABLE | READ_ONLY | NO_EXECUTE_BY_USER,
        Kind::ReadOnly => (NORMAL << 2) | INNER_SHAREABLE | READ_ONLY | NO_EXECUTE,
        Kind::Data => (NORMAL << 2) | INNER_SHAREABLE | NO_EXECUTE,
        Kind::Device => (DEVICE << 2) | NO_EXECUTE,
        Kind::Unmapped => return 0,
    };
    let form = match level {
        Level::Three => VALID | PAGE,
        Level::One | Level::Two => VALID,
    };
    address | attributes | ACCESSED | form
}

/// Indices and values of the entries that map `range` as `kind`, in a table of `level` whose
/// first entry maps `table_start`. Parts of `range` that fill no whole entry are left out, and
/// so is what lies outside the table.
pub fn entries(
    level: Level,
    table_start: u64,
    range: Range<u64>,
    kind: Kind,
) -> impl Iterator<Item = (usize, u64)> {
    const ENTRIES: u64 = 512;
    let size = level.entry_bytes();
    let first = range.start.saturating_sub(table_start).div_ceil(size);
    let end = (range.end.saturating_sub(table_start) / size).min(ENTRIES);
    (first..end).map(move |index| (index as usize, entry(level, table_start + index * size, kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    const WRITABLE: u64 = 1 << 7;
    const PRIVILEGED_EXECUTE_NEVER: u64 = 1 << 53;

    #[test]
    fn nothing_is_writable_and_executable() {
        for kind in [Kind::Code, Kind::ReadOnly, Kind::Data, Kind::Device] {
            let entry = entry(Level::Three, 0x8_0000, kind);
            let writable = entry & WRITABLE == 0;
            let executable = entry & PRIVILEGED_EXECUTE_NEVER == 0;
            assert!(!(writable && executable), "{kind:?}");
        }
    }

    #[test]
    fn entries_are_what_boot_s_writes() {
        assert_eq!(entry(Level::Three, 0x8_0000, Kind::Code), 0x0040_0000_0008_0783);
        assert_eq!(entry(Level::Three, 0x9_0000, Kind::ReadOnly), 0x0060_0000_0009_0783);
        assert_eq!(entry(Level::Three, 0xa_0000, Kind::Data), 0x0060_0000_000a_0703);
        assert_eq!(entry(Level::Two, 0x20_0000, Kind::Data), 0x0060_0000_0020_0701);
        assert_eq!(entry(Level::Two, 0x3f00_0000, Kind::Device), 0x0060_0000_3f00_0405);
        assert_eq!(entry(Level::One, 0x4000_0000, Kind::Unmapped), 0);
    }

    #[test]
    fn a_range_maps_the_entries_that_it_fills() {
        let pages: Vec<_> =
            entries(Level::Three, 0x20_0000, 0x20_1800..0x20_4800, Kind::Data).collect();

        assert_eq!(
            pages,
            [
                (2, entry(Level::Three, 0x20_2000, Kind::Data)),
                (3, entry(Level::Three, 0x20_3000, Kind::Data)),
            ]
        );
    }

    #[test]
    fn what_is_outside_the_table_is_left_out() {
        let gib = entries(Level::Two, GIB_BYTES, 0..3 * GIB_BYTES, Kind::Data);

        assert_eq!(gib.count(), 512);
        assert_eq!(entries(Level::Two, GIB_BYTES, 0..GIB_BYTES, Kind::Data).count(), 0);
    }
}
