//! Disks: numbered blocks of [`BLOCK_BYTES`], read and written whole.

use core::fmt;

/// Bytes in a block, of every disk.
pub const BLOCK_BYTES: usize = 512;

/// A disk, or what behaves like one.
///
/// A buffer's length is a multiple of [`BLOCK_BYTES`], and says how many blocks are meant; an
/// empty one means none, and always succeeds.
pub trait BlockDevice: Sync {
    /// How many blocks there are; 0 while the disk is [`BlockError::Absent`].
    fn blocks(&self) -> u64;

    /// Reads blocks from `first` on until `buffer` is full.
    ///
    /// # Errors
    ///
    /// [`BlockError`]; after [`BlockError::Unaligned`] and [`BlockError::OutOfRange`] `buffer`
    /// is unchanged, after others each of its blocks holds what it held, or what was read.
    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError>;

    /// Writes `data` to the blocks from `first` on.
    ///
    /// # Errors
    ///
    /// [`BlockError`]; after [`BlockError::Unaligned`], [`BlockError::OutOfRange`] and
    /// [`BlockError::ReadOnly`] the disk is unchanged, after others each block holds what it
    /// held, or what was to be written; where the power fails, perhaps neither.
    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError>;

    /// Returns when all that was written is where a loss of power leaves it.
    ///
    /// # Errors
    ///
    /// [`BlockError`]; nobody knows then which of the writes since the last flush arrived.
    fn flush(&self) -> Result<(), BlockError>;

    /// Whether every write fails with [`BlockError::ReadOnly`].
    fn is_read_only(&self) -> bool {
        false
    }

    /// Looks for a disk again, after [`BlockError::Absent`] or at any time.
    ///
    /// It may be another one, or may have been changed elsewhere: whoever calls this forgets
    /// all that they knew about it. A disk that cannot be pulled has nothing to do.
    ///
    /// # Errors
    ///
    /// [`BlockError::Absent`] if there is none, [`BlockError::Unsupported`] if there is one of
    /// no use, others as they happen; in each case the disk is absent.
    fn revive(&self) -> Result<(), BlockError> {
        Ok(())
    }
}

impl<D: BlockDevice + ?Sized> BlockDevice for &D {
    fn blocks(&self) -> u64 {
        (**self).blocks()
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        (**self).read(first, buffer)
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        (**self).write(first, data)
    }

    fn flush(&self) -> Result<(), BlockError> {
        (**self).flush()
    }

    fn is_read_only(&self) -> bool {
        (**self).is_read_only()
    }

    fn revive(&self) -> Result<(), BlockError> {
        (**self).revive()
    }
}

/// Why a [`BlockDevice`] could not do as asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// A block past the end was asked for.
    OutOfRange {
        /// The first block asked for that does not exist.
        block: u64,
    },
    /// The buffer is not a whole number of blocks.
    Unaligned,
    /// There is no disk, or it was pulled. This lasts until [`BlockDevice::revive`], because
    /// the disk that is there next may be another.
    Absent,
    /// The disk did not answer within the limit of its specification, several times.
    Timeout,
    /// The data arrived with a wrong checksum several times, or the disk could not correct it.
    Corrupt,
    /// The disk is protected against writing.
    ReadOnly,
    /// The disk itself says that it failed.
    Failed,
    /// There is a disk, but of a kind or in a state that the driver has no use for.
    Unsupported,
}

impl fmt::Display for BlockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfRange { block } => write!(f, "block {block} is past the end of the disk"),
            Self::Unaligned => f.write_str("the data is not a whole number of blocks"),
            Self::Absent => f.write_str("there is no disk"),
            Self::Timeout => f.write_str("the disk did not answer in time"),
            Self::Corrupt => f.write_str("the disk's data failed its checksum"),
            Self::ReadOnly => f.write_str("the disk is protected against writing"),
            Self::Failed => f.write_str("the disk says that it failed"),
            Self::Unsupported => f.write_str("the disk is of a kind that cannot be used"),
        }
    }
}

/// Checks a transfer of `length_bytes` at block `first` of a disk with `blocks`, and tells how
/// many blocks it has.
///
/// # Errors
///
/// [`BlockError::Unaligned`], [`BlockError::OutOfRange`], and [`BlockError::Absent`] for a disk
/// without blocks.
pub fn check_range(first: u64, length_bytes: usize, blocks: u64) -> Result<u64, BlockError> {
    if !length_bytes.is_multiple_of(BLOCK_BYTES) {
        return Err(BlockError::Unaligned);
    }
    let count = (length_bytes / BLOCK_BYTES) as u64;
    match first.checked_add(count) {
        _ if count == 0 => Ok(0),
        _ if blocks == 0 => Err(BlockError::Absent),
        Some(end) if end <= blocks => Ok(count),
        _ => Err(BlockError::OutOfRange { block: first.max(blocks) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transfer_may_touch_the_last_block_but_not_the_next() {
        assert_eq!(check_range(6, 1024, 8), Ok(2));
        assert_eq!(check_range(7, 1024, 8), Err(BlockError::OutOfRange { block: 8 }));
        assert_eq!(check_range(9, 512, 8), Err(BlockError::OutOfRange { block: 9 }));
    }

    #[test]
    fn a_transfer_past_all_numbers_is_out_of_range() {
        let error = Err(BlockError::OutOfRange { block: u64::MAX });
        assert_eq!(check_range(u64::MAX, 512, 8), error);
    }

    #[test]
    fn a_part_of_a_block_is_unaligned() {
        assert_eq!(check_range(0, 511, 8), Err(BlockError::Unaligned));
        assert_eq!(check_range(0, 513, 8), Err(BlockError::Unaligned));
    }

    #[test]
    fn a_disk_without_blocks_is_absent() {
        assert_eq!(check_range(0, 512, 0), Err(BlockError::Absent));
        assert_eq!(check_range(0, 511, 0), Err(BlockError::Unaligned));
    }

    #[test]
    fn nothing_fits_anywhere() {
        assert_eq!(check_range(8, 0, 8), Ok(0));
        assert_eq!(check_range(0, 0, 0), Ok(0));
        assert_eq!(check_range(u64::MAX, 0, 8), Ok(0));
    }
}
