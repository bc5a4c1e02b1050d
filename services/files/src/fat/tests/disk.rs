//! A disk in memory that remembers what was written when, and fails when told.

use super::std;
use super::*;
use alloc::collections::BTreeMap;
use alloc::format;
use device::{BLOCK_BYTES, BlockDevice, BlockError};
use spin::Mutex;
use std::io::{Seek, SeekFrom, Write};
use std::process::Command;
use std::{env, fs, println};

pub(super) type Block = [u8; BLOCK_BYTES];

/// Blocks that are not all zero.
pub(super) type Blocks = BTreeMap<u64, Block>;

/// What happened to the disk.
#[derive(Clone)]
pub(super) enum Event {
    Write(u64, alloc::boxed::Box<Block>),
    Flush,
}

#[derive(Default)]
struct State {
    blocks: Blocks,
    /// What happened, if somebody wants to know.
    events: Option<Vec<Event>>,
    /// Accesses until one fails, and how many do then.
    good: Option<usize>,
    bad: usize,
    accesses: usize,
    largest_read: usize,
}

/// A disk in memory.
pub(super) struct Ram {
    total: u64,
    is_read_only: bool,
    state: Mutex<State>,
}

impl Ram {
    pub(super) fn new(total: u64) -> &'static Self {
        let state = Mutex::new(State::default());
        alloc::boxed::Box::leak(alloc::boxed::Box::new(Self { total, is_read_only: false, state }))
    }

    /// A disk with the same blocks that is protected against writing.
    pub(super) fn protected(&self) -> &'static Self {
        let state = Mutex::new(State { blocks: self.save(), ..State::default() });
        let ram = Self { total: self.total, is_read_only: true, state };
        alloc::boxed::Box::leak(alloc::boxed::Box::new(ram))
    }

    pub(super) fn blocks_total(&self) -> u64 {
        self.total
    }

    pub(super) fn save(&self) -> Blocks {
        self.state.lock().blocks.clone()
    }

    pub(super) fn load(&self, blocks: Blocks) {
        *self.state.lock() = State { blocks, ..State::default() };
    }

    /// Remembers from now on what happens.
    pub(super) fn record(&self) {
        self.state.lock().events = Some(Vec::new());
    }

    /// How much has happened.
    pub(super) fn event_count(&self) -> usize {
        self.state.lock().events.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn events(&self) -> Vec<Event> {
        self.state.lock().events.take().unwrap_or_default()
    }

    /// Lets `good` accesses pass, and `bad` ones fail after them.
    pub(super) fn fail_after(&self, good: usize, bad: usize) {
        let mut state = self.state.lock();
        (state.good, state.bad) = (Some(good), bad);
    }

    /// Bytes of the largest read so far, and accesses; both are counted anew then.
    pub(super) fn accesses(&self) -> (usize, usize) {
        let mut state = self.state.lock();
        (core::mem::take(&mut state.largest_read), core::mem::take(&mut state.accesses))
    }

    pub(super) fn peek(&self, block: u64) -> Block {
        self.state.lock().blocks.get(&block).copied().unwrap_or([0; BLOCK_BYTES])
    }

    pub(super) fn poke(&self, block: u64, offset: usize, bytes: &[u8]) {
        let mut data = self.peek(block);
        data[offset..offset + bytes.len()].copy_from_slice(bytes);
        apply(&mut self.state.lock().blocks, block, data);
    }
}

pub(super) fn apply(blocks: &mut Blocks, block: u64, data: Block) {
    if data == [0; BLOCK_BYTES] {
        blocks.remove(&block);
    } else {
        blocks.insert(block, data);
    }
}

impl State {
    fn access(&mut self) -> Result<(), BlockError> {
        self.accesses += 1;
        match (&mut self.good, self.bad) {
            (Some(0), 1..) => {
                self.bad -= 1;
                Err(BlockError::Timeout)
            }
            (Some(good), 1..) => {
                *good -= 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl BlockDevice for Ram {
    fn blocks(&self) -> u64 {
        self.total
    }

    fn read(&self, first: u64, buffer: &mut [u8]) -> Result<(), BlockError> {
        device::check_range(first, buffer.len(), self.total)?;
        self.state.lock().access()?;
        for (block, part) in (first..).zip(buffer.chunks_mut(BLOCK_BYTES)) {
            part.copy_from_slice(&self.peek(block));
        }
        let mut state = self.state.lock();
        state.largest_read = state.largest_read.max(buffer.len());
        Ok(())
    }

    fn write(&self, first: u64, data: &[u8]) -> Result<(), BlockError> {
        device::check_range(first, data.len(), self.total)?;
        assert!(first >= FIRST, "nothing before the partition is written");
        if self.is_read_only {
            return Err(BlockError::ReadOnly);
        }
        let mut state = self.state.lock();
        state.access()?;
        for (block, part) in (first..).zip(data.chunks(BLOCK_BYTES)) {
            let part: Block = part.try_into().expect("the length was checked");
            apply(&mut state.blocks, block, part);
            if let Some(events) = &mut state.events {
                events.push(Event::Write(block, alloc::boxed::Box::new(part)));
            }
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), BlockError> {
        let mut state = self.state.lock();
        state.access()?;
        if let Some(events) = &mut state.events {
            events.push(Event::Flush);
        }
        Ok(())
    }

    fn is_read_only(&self) -> bool {
        self.is_read_only
    }
}

/// Fails if `fsck.fat` of the package `dosfstools` finds anything in the volume.
pub(super) fn fsck(card: &Ram, first: u64) {
    let path = env::temp_dir().join(format!("bramble-fat-{}-{:p}", std::process::id(), card));
    let mut image = fs::File::create(&path).expect("a file for the image");
    image.set_len((card.total - first) * BLOCK_BYTES as u64).expect("room for the image");
    for (block, data) in card.save().into_iter().filter(|(block, _)| *block >= first) {
        let at = (block - first) * BLOCK_BYTES as u64;
        image.seek(SeekFrom::Start(at)).expect("the image can be sought");
        image.write_all(&data).expect("the image can be written");
    }
    let output = Command::new("/usr/sbin/fsck.fat").arg("-n").arg(&path).output();
    fs::remove_file(&path).expect("the image is removed");
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{said}");
        }
        Err(_) if env::var_os("CI").is_none() => {
            println!("SKIPPED: fsck.fat is not here; it comes with the package dosfstools");
        }
        Err(error) => panic!("fsck.fat: {error}; it comes with the package dosfstools"),
    }
}
