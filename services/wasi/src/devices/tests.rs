//! Tests of descriptors of others, with one that gives pieces of four bytes.

use super::*;
use crate::testing::{Machine, finish, memory_of, waits};
use abi::wasi::{event, eventtype, fdflags, fdstat, filestat, filetype, subscription};
use alloc::sync::Arc;
use alloc::vec;
use core::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use runtime::Until;

const PIECE_BYTES: usize = 4;

/// Where lists of buffers are, results, and what is read.
const VECTORS_AT: u32 = 0;
const RESULT_AT: u32 = 32;
const BUFFER_AT: u32 = 64;

/// Gives so many pieces, each of bytes that say how many came after it.
struct Pieces {
    left: Arc<AtomicU8>,
    is_closed: Arc<AtomicBool>,
}

impl Device for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let piece = buffer.get_mut(..PIECE_BYTES).ok_or(Errno::Invalid)?;
        let left = self.left.load(Relaxed).checked_sub(1).ok_or(Errno::Again)?;
        self.left.store(left, Relaxed);
        piece.fill(left);
        Ok(PIECE_BYTES)
    }

    fn readable_bytes(&self) -> usize {
        usize::from(self.left.load(Relaxed)) * PIECE_BYTES
    }

    fn event(&self) -> Events {
        Events::DISPLAY
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.is_closed.store(true, Relaxed);
    }
}

struct Other;

impl Device for Other {
    fn read(&mut self, _: &mut [u8]) -> Result<usize, Errno> {
        Err(Errno::Io)
    }

    fn readable_bytes(&self) -> usize {
        1
    }

    fn event(&self) -> Events {
        Events::NONE
    }
}

/// An app with a device at descriptor 3 that has so many pieces.
struct Rig {
    wasi: Wasi,
    bytes: [u8; 256],
    left: Arc<AtomicU8>,
    is_closed: Arc<AtomicBool>,
}

impl Rig {
    fn new(pieces: u8) -> Self {
        let (left, is_closed) = (Arc::new(AtomicU8::new(pieces)), Arc::default());
        let device = Pieces { left: Arc::clone(&left), is_closed: Arc::clone(&is_closed) };
        let mut wasi = Machine::new().wasi();
        assert_eq!(wasi.open_device(Box::new(device)), Ok(3));
        Self { wasi, bytes: [0; 256], left, is_closed }
    }

    /// Reads into buffers of these lengths, one behind the other.
    fn read(&mut self, lengths: &[u32]) -> Result<runtime::Outcome<Wasi>, Errno> {
        let mut at = BUFFER_AT;
        for (vector, length) in self.bytes.chunks_exact_mut(8).zip(lengths) {
            vector[..4].copy_from_slice(&at.to_le_bytes());
            vector[4..].copy_from_slice(&length.to_le_bytes());
            at += length;
        }
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.fd_read(memory, 3, VECTORS_AT, lengths.len() as u32, RESULT_AT)
    }

    fn u32_at(&self, at: u32) -> u32 {
        u32::from_le_bytes(self.bytes[at as usize..][..4].try_into().unwrap())
    }

    /// What was read last.
    fn was_read(&self) -> &[u8] {
        &self.bytes[BUFFER_AT as usize..][..self.u32_at(RESULT_AT) as usize]
    }
}

#[test]
fn pieces_are_read_whole_into_one_buffer_after_the_other() {
    let mut rig = Rig::new(3);

    assert_eq!(finish(rig.read(&[4, 4])), Ok(0));
    assert_eq!(rig.was_read(), [2, 2, 2, 2, 1, 1, 1, 1]);
    assert_eq!(finish(rig.read(&[4, 3, 9])), Ok(0));
    assert_eq!(rig.was_read(), [0; 4]);
    assert_eq!(finish(rig.read(&[])), Ok(0));
    assert_eq!(rig.was_read(), []);
}

#[test]
fn a_buffer_shorter_than_a_piece_is_invalid_and_nothing_is_lost() {
    let mut rig = Rig::new(1);

    assert_eq!(finish(rig.read(&[3])), Err(Errno::Invalid));

    assert_eq!(rig.left.load(Relaxed), 1);
}

#[test]
fn who_reads_nothing_waits_for_the_devices_event_or_is_told_so() {
    let mut rig = Rig::new(0);

    let wait = waits(rig.read(&[8]));
    assert_eq!(wait.until, Until { at_ns: None, events: Events::DISPLAY });
    let wait = waits((wait.resume)(&mut memory_of(&mut rig.bytes), &mut rig.wasi));
    rig.left.store(1, Relaxed);
    let resumed = (wait.resume)(&mut memory_of(&mut rig.bytes), &mut rig.wasi);
    assert_eq!(finish(resumed), Ok(0));
    assert_eq!(rig.was_read(), [0; 4]);

    assert_eq!(rig.wasi.fd_fdstat_set_flags(3, fdflags::NONBLOCK.into()), Ok(()));
    assert_eq!(finish(rig.read(&[8])), Err(Errno::Again));
}

#[test]
fn poll_says_how_much_can_be_read_and_waits_for_it() {
    let mut rig = Rig::new(0);
    rig.bytes[subscription::TAG as usize] = eventtype::FD_READ;
    rig.bytes[subscription::DESCRIPTOR as usize] = 3;
    let poll = |rig: &mut Rig| {
        let memory = &mut memory_of(&mut rig.bytes);
        rig.wasi.poll_oneoff::<{ subscription::BYTES }>(memory, 0, BUFFER_AT, 1, 56)
    };

    assert_eq!(waits(poll(&mut rig)).until.events, Events::DISPLAY);
    rig.left.store(2, Relaxed);
    assert_eq!(finish(poll(&mut rig)), Ok(0));

    assert_eq!(rig.u32_at(BUFFER_AT + event::READY_BYTES), 8);
    rig.bytes[subscription::TAG as usize] = eventtype::FD_WRITE;
    assert_eq!(finish(poll(&mut rig)), Ok(0));
    assert_eq!(rig.u32_at(BUFFER_AT + event::ERROR) as u16, Errno::BadDescriptor as u16);
}

#[test]
fn a_device_is_no_terminal() {
    let mut rig = Rig::new(0);
    let memory = &mut memory_of(&mut rig.bytes);

    assert_eq!(rig.wasi.fd_fdstat_get(memory, 3, 0), Ok(()));
    assert_eq!(rig.wasi.fd_filestat_get::<{ filestat::BYTES }>(memory, 3, BUFFER_AT), Ok(()));

    assert_eq!(rig.bytes[fdstat::FILETYPE as usize], filetype::UNKNOWN);
    assert_eq!(rig.bytes[(BUFFER_AT + filestat::FILETYPE) as usize], filetype::UNKNOWN);
}

#[test]
fn a_device_is_closed_when_its_number_is_or_another_gets_it_or_the_app_ends() {
    let mut rig = Rig::new(0);
    assert_eq!(rig.wasi.fd_close(3), Ok(()));
    assert!(rig.is_closed.load(Relaxed));
    assert_eq!(rig.wasi.device::<Pieces>(3).err(), Some(Errno::BadDescriptor));

    let mut rig = Rig::new(0);
    assert_eq!(rig.wasi.fd_renumber(3, 1), Ok(()));
    assert!(!rig.is_closed.load(Relaxed));
    assert!(rig.wasi.device::<Pieces>(1).is_ok());
    assert_eq!(rig.wasi.fd_renumber(0, 1), Ok(()));
    assert!(rig.is_closed.load(Relaxed));

    let Rig { wasi, is_closed, .. } = Rig::new(0);
    drop(wasi);
    assert!(is_closed.load(Relaxed));
}

#[test]
fn a_descriptor_is_found_only_as_what_it_was_opened_as() {
    let mut rig = Rig::new(0);

    assert!(rig.wasi.device::<Pieces>(3).is_ok());
    assert_eq!(rig.wasi.device::<Other>(3).err(), Some(Errno::BadDescriptor));
    assert_eq!(rig.wasi.device::<Pieces>(0).err(), Some(Errno::BadDescriptor));
    assert_eq!(rig.wasi.device::<Pieces>(9).err(), Some(Errno::BadDescriptor));
}

#[test]
fn calls_that_make_no_sense_for_a_device_answer_as_for_a_pipe() {
    let mut rig = Rig::new(1);
    let memory = &mut memory_of(&mut rig.bytes);
    let wasi = &mut rig.wasi;

    assert_eq!(finish(wasi.fd_write(memory, 3, 0, 0, 0)), Err(Errno::BadDescriptor));
    assert_eq!(finish(wasi.fd_pread(memory, 3, 0, 0, 0, 0)), Err(Errno::SeekPipe));
    assert_eq!(wasi.fd_seek(memory, 3, 0, 0, 0), Err(Errno::SeekPipe));
    assert_eq!(wasi.fd_sync(3), Err(Errno::Invalid));
    assert_eq!(wasi.sock_shutdown(3, 1), Err(Errno::NotSocket));
    assert_eq!(wasi.fd_prestat_get(memory, 3, 0), Err(Errno::BadDescriptor));
    assert_eq!(wasi.path_unlink_file(memory, 3, 0, 0), Err(Errno::NotDirectory));
}

#[test]
fn a_device_without_a_free_number_is_dropped() {
    let mut rig = Rig::new(0);
    let others = vec![(); 4096].into_iter().map(|()| rig.wasi.open_device(Box::new(Other)));
    assert_eq!(others.filter(Result::is_ok).count(), 4096 - 4);

    let is_closed = Arc::<AtomicBool>::default();
    let device = Pieces { left: Arc::default(), is_closed: Arc::clone(&is_closed) };
    assert_eq!(rig.wasi.open_device(Box::new(device)), Err(Errno::ManyFiles));
    assert!(is_closed.load(Relaxed));
}
