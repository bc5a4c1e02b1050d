//! Bytes of files: read, written, cut and lengthened.

use super::FatFiles;
use super::chain::Chain;
use super::disk::ZEROS;
use super::node::Open;
use super::table::Table;
use crate::{Kind, Node};
use abi::Errno;
use device::BLOCK_BYTES;

const BLOCK: u64 = BLOCK_BYTES as u64;

/// The largest file: its length has 32 bits.
const LENGTH_MAX: u64 = u32::MAX as u64;

/// A piece of a file that lies in one piece on the disk.
struct Span {
    block: u32,
    /// Where in the first block it begins.
    offset: usize,
    /// Its length: whole blocks, or part of one.
    bytes: usize,
}

impl FatFiles {
    /// Reads as [`crate::FileSystem::read`] does.
    pub(super) fn read_at(
        &mut self,
        file: Node,
        offset: u64,
        buffer: &mut [u8],
    ) -> Result<usize, Errno> {
        let (table, open) = self.file(file)?;
        let left = u64::from(open.slot.size()).saturating_sub(offset);
        let bytes = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let mut done = 0;
        while done < bytes {
            let rest = &mut buffer[done..bytes];
            let span = span(table, &mut open.chain, offset + done as u64, rest.len())?;
            let part = &mut rest[..span.bytes];
            if span.bytes < BLOCK_BYTES {
                let block = table.disk.sector(span.block)?;
                part.copy_from_slice(&block[span.offset..span.offset + span.bytes]);
            } else {
                table.disk.read(span.block, part)?;
            }
            done += span.bytes;
        }
        Ok(bytes)
    }

    /// Writes as [`crate::FileSystem::write`] does. The slot's length follows at the next commit.
    pub(super) fn write_at(
        &mut self,
        file: Node,
        offset: u64,
        bytes: &[u8],
        now_ns: u64,
    ) -> Result<usize, Errno> {
        self.writable(file)?;
        if bytes.is_empty() {
            return Ok(0);
        }
        let room = LENGTH_MAX.checked_sub(offset).filter(|room| *room > 0);
        let room = room.ok_or(Errno::FileTooBig)?;
        let length = room.min(bytes.len() as u64);
        self.begin(now_ns)?;
        let end = self.make_room(file, offset, offset + length)?;
        let bytes = &bytes[..(end - offset) as usize];
        let written = self.fill_and_write(file, offset, bytes);
        let (table, open) = self.file(file)?;
        if written.is_err() {
            trim(table, open);
        }
        written?;
        let size = end.max(open.slot.size().into());
        set_size(table, open, size as u32, now_ns);
        Ok(bytes.len())
    }

    /// Cuts or lengthens as [`crate::FileSystem::resize`] does.
    pub(super) fn set_length(&mut self, file: Node, bytes: u64, now: u64) -> Result<(), Errno> {
        let size = self.writable(file)?;
        let new = u32::try_from(bytes).map_err(|_| Errno::FileTooBig)?;
        self.begin(now)?;
        if new > size {
            self.lengthen(file, new)?;
        }
        let (table, open) = self.file(file)?;
        set_size(table, open, new, now);
        if new < size {
            self.shorten(file)?;
        }
        Ok(())
    }

    fn lengthen(&mut self, file: Node, new: u32) -> Result<(), Errno> {
        let end = self.make_room(file, u64::from(new) - 1, new.into())?;
        let filled = self.fill_and_write(file, end, &[]);
        if filled.is_err() {
            let (table, open) = self.file(file)?;
            trim(table, open);
        }
        filled
    }

    /// Gives away the clusters behind the end of a file that became shorter.
    fn shorten(&mut self, file: Node) -> Result<(), Errno> {
        let (table, open) = self.file(file)?;
        let keep = clusters_for(table, open.slot.size().into());
        if keep == 0 {
            let first = open.chain.first();
            open.chain = Chain::new(0);
            open.slot.set_first(0, table.geometry.width);
            self.doom(first);
            return Ok(());
        }
        // The chain must not be shorter than the length on the disk says.
        self.commit()?;
        let (table, open) = self.file(file)?;
        let rest = open.chain.locate(table, keep, 1)?;
        let last = open.chain.locate(table, keep - 1, 1)?.ok_or(Errno::Io)?;
        table.end(last.cluster)?;
        open.chain.forget_from(keep);
        self.doom(rest.map_or(0, |run| run.cluster));
        Ok(())
    }

    /// Adds clusters until the file reaches `end`, or as far as there are any, and tells where it
    /// may end: behind `offset` at least.
    fn make_room(&mut self, file: Node, offset: u64, end: u64) -> Result<u64, Errno> {
        let (table, open) = self.file(file)?;
        let mut result = grow(table, open, end);
        if result == Err(Errno::NoSpace) && !self.doomed.is_empty() {
            self.commit()?;
            let (table, open) = self.file(file)?;
            result = grow(table, open, end);
        }
        let (table, open) = self.file(file)?;
        match result {
            Ok(()) => Ok(end),
            Err(Errno::NoSpace) => {
                let room = room_of(table, open)?.min(end);
                if room <= offset {
                    trim(table, open);
                    return Err(Errno::NoSpace);
                }
                Ok(room)
            }
            Err(error) => {
                trim(table, open);
                Err(error)
            }
        }
    }

    /// Writes `bytes` at `offset`, and zeros between the old end and there. The clusters exist.
    fn fill_and_write(&mut self, file: Node, offset: u64, bytes: &[u8]) -> Result<(), Errno> {
        let (table, open) = self.file(file)?;
        let mut at = u64::from(open.slot.size());
        while at < offset {
            let count = (offset - at).min(ZEROS.len() as u64) as usize;
            at += put(table, &mut open.chain, at, &ZEROS[..count])? as u64;
        }
        let mut done = 0;
        while done < bytes.len() {
            done += put(table, &mut open.chain, offset + done as u64, &bytes[done..])?;
        }
        Ok(())
    }

    /// The file `node`, if it is one.
    fn file(&mut self, node: Node) -> Result<(&mut Table, &mut Open), Errno> {
        let open = self.held.get(node).ok_or(Errno::BadDescriptor)?;
        match open.kind() {
            Kind::File => Ok((&mut self.table, open)),
            _ => Err(Errno::IsDirectory),
        }
    }

    /// The length of `node`, if it is a file that may be changed.
    fn writable(&mut self, node: Node) -> Result<u32, Errno> {
        let is_read_only = self.is_read_only;
        let (_, open) = self.file(node)?;
        match (is_read_only, open.slot.is_read_only()) {
            (true, _) => Err(Errno::ReadOnly),
            (_, true) => Err(Errno::Access),
            _ => Ok(open.slot.size()),
        }
    }
}

/// Writes the front of `bytes`, as far as it lies in one piece, and tells how far.
fn put(table: &mut Table, chain: &mut Chain, offset: u64, bytes: &[u8]) -> Result<usize, Errno> {
    let span = span(table, chain, offset, bytes.len())?;
    let part = &bytes[..span.bytes];
    if span.bytes < BLOCK_BYTES {
        table.disk.change(span.block, span.offset, part)?;
    } else {
        table.disk.write(span.block, part)?;
    }
    Ok(span.bytes)
}

/// Where on the disk the file goes on at `offset`, and for how many of `bytes` in one piece.
fn span(table: &mut Table, chain: &mut Chain, offset: u64, bytes: usize) -> Result<Span, Errno> {
    let cluster_bytes = u64::from(table.geometry.cluster_bytes());
    let index = (offset / cluster_bytes) as u32;
    let within = offset % cluster_bytes;
    let wanted = (within + bytes as u64).div_ceil(cluster_bytes) as u32;
    let run = chain.locate(table, index, wanted)?.ok_or(Errno::Io)?;
    let room = u64::from(run.count) * cluster_bytes - within;
    let block = table.geometry.block_of(run.cluster) + (within / BLOCK) as u32;
    let offset = (within % BLOCK) as usize;
    let bytes = room.min(bytes as u64) as usize;
    let bytes = if offset == 0 && bytes >= BLOCK_BYTES {
        bytes - bytes % BLOCK_BYTES
    } else {
        bytes.min(BLOCK_BYTES - offset)
    };
    Ok(Span { block, offset, bytes })
}

/// Adds clusters until the file could be `end` bytes long; on an error there are as many as could
/// be had.
fn grow(table: &mut Table, open: &mut Open, end: u64) -> Result<(), Errno> {
    let wanted = clusters_for(table, end);
    let mut have = clusters_for(table, open.slot.size().into());
    while have < wanted {
        // What a failed attempt left behind the end is used first.
        if let Some(run) = open.chain.locate(table, have, wanted - have)? {
            have += run.count;
            continue;
        }
        let last = match have {
            0 => None,
            _ => open.chain.locate(table, have - 1, 1)?,
        };
        let near = last.map_or(table.hint, |last| last.cluster + 1);
        let run = table.take(near, wanted - have)?;
        match last {
            Some(last) => table.join(last.cluster, run.cluster)?,
            None => open.chain = Chain::new(run.cluster),
        }
        have += run.count;
    }
    Ok(())
}

/// How long the file could be with the clusters that it has.
fn room_of(table: &mut Table, open: &mut Open) -> Result<u64, Errno> {
    let mut have = clusters_for(table, open.slot.size().into());
    while let Some(run) = open.chain.locate(table, have, u32::MAX)? {
        have += run.count;
    }
    Ok(u64::from(have) * u64::from(table.geometry.cluster_bytes()))
}

/// Frees the clusters behind the end of the file, which no slot on the disk counts on. If that
/// fails they are nobody's until the next repair.
fn trim(table: &mut Table, open: &mut Open) {
    let keep = clusters_for(table, open.slot.size().into());
    let Ok(Some(rest)) = open.chain.locate(table, keep, 1) else { return };
    if keep == 0 {
        open.chain = Chain::new(0);
        open.slot.set_first(0, table.geometry.width);
        open.is_dirty = true;
    } else {
        let Ok(Some(last)) = open.chain.locate(table, keep - 1, 1) else { return };
        if table.end(last.cluster).is_err() {
            return;
        }
        open.chain.forget_from(keep);
    }
    // The error has been told already.
    let _ = table.release(rest.cluster);
}

fn clusters_for(table: &Table, bytes: u64) -> u32 {
    bytes.div_ceil(table.geometry.cluster_bytes().into()) as u32
}

fn set_size(table: &Table, open: &mut Open, size: u32, now_ns: u64) {
    let first = if size == 0 { 0 } else { open.chain.first() };
    open.slot.set_first(first, table.geometry.width);
    open.slot.set_size(size);
    open.slot.set_modified(now_ns);
    open.is_dirty = true;
}
