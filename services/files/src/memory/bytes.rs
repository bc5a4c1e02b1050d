//! The bytes of a file: pieces of 4 KiB, where a missing one is a hole.

use super::budget::Budget;
use super::pieces::Pieces;
use abi::Errno;

/// Bytes of one piece.
pub(super) const PIECE_BYTES: usize = 4096;

/// Bytes of the longest file, so that every place in it has an offset that a program can seek to.
const LENGTH_MAX_BYTES: u64 = i64::MAX as u64;

/// Reads what lies between `offset` and the end of the file.
pub(super) fn read(pieces: &Pieces, length_bytes: u64, offset: u64, buffer: &mut [u8]) -> usize {
    let left_bytes = length_bytes.saturating_sub(offset);
    let count = usize::try_from(left_bytes).map_or(buffer.len(), |left| left.min(buffer.len()));

    let (mut buffer, _) = buffer.split_at_mut(count);
    let mut offset = offset;
    while !buffer.is_empty() {
        let (key, at, in_piece) = place(offset, buffer.len());
        let (now, later) = buffer.split_at_mut(in_piece);
        match pieces.get(key).and_then(|piece| piece.get(at..at + in_piece)) {
            Some(bytes) => now.copy_from_slice(bytes),
            None => now.fill(0),
        }
        buffer = later;
        offset += in_piece as u64;
    }
    count
}

/// Writes as many bytes as there is room for, and tells how many.
pub(super) fn write(
    pieces: &mut Pieces,
    offset: u64,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<usize, Errno> {
    let end = offset.checked_add(bytes.len() as u64);
    if end.is_none_or(|end| end > LENGTH_MAX_BYTES) {
        return Err(Errno::FileTooBig);
    }

    let mut written = 0;
    while written < bytes.len() {
        let rest = &bytes[written..];
        let (key, at, in_piece) = place(offset + written as u64, rest.len());
        let (now, _) = rest.split_at(in_piece);
        if let Some(held) = pieces.get_mut(key).and_then(|piece| piece.get_mut(at..at + in_piece)) {
            held.copy_from_slice(now);
        } else if let Err(error) = pieces.insert(key, PIECE_BYTES, at, now, budget) {
            return if written > 0 { Ok(written) } else { Err(error) };
        }
        written += in_piece;
    }
    Ok(written)
}

/// Frees what lies behind `length_bytes`, where a longer file shall read as zeros.
pub(super) fn resize(
    pieces: &mut Pieces,
    length_bytes: u64,
    budget: &mut Budget,
) -> Result<(), Errno> {
    if length_bytes > LENGTH_MAX_BYTES {
        return Err(Errno::FileTooBig);
    }
    let (key, at, _) = place(length_bytes, 0);
    pieces.cut(if at == 0 { key } else { key + 1 }, budget);
    if let Some(behind) = pieces.get_mut(key).and_then(|piece| piece.get_mut(at..)) {
        behind.fill(0);
    }
    Ok(())
}

/// The first byte from `offset` on that has memory.
pub(super) fn data_from(pieces: &Pieces, offset: u64) -> Option<u64> {
    let (key, _) = pieces.from(offset / PIECE_BYTES as u64)?;
    Some(offset.max(key * PIECE_BYTES as u64))
}

/// The piece of `offset`, the place in it, and how many of `count` bytes it has from there on.
fn place(offset: u64, count: usize) -> (u64, usize, usize) {
    let at = (offset % PIECE_BYTES as u64) as usize;
    (offset / PIECE_BYTES as u64, at, count.min(PIECE_BYTES - at))
}
