//! Tests of reading and writing, with streams that have nothing, some and too much.

use super::*;
use crate::testing::{Machine, finish, memory_of, waits};
use alloc::vec;
use alloc::vec::Vec;
use runtime::{Events, Until};

const NONBLOCK: u32 = 4;

/// A memory of 64 bytes whose first are a list of `vectors` as addresses and lengths; the
/// length of the transfer goes to 56.
fn memory_with(vectors: &[(u32, u32)], contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    for (index, (at, length_bytes)) in vectors.iter().enumerate() {
        bytes[8 * index..][..4].copy_from_slice(&at.to_le_bytes());
        bytes[8 * index + 4..][..4].copy_from_slice(&length_bytes.to_le_bytes());
    }
    bytes[32..32 + contents.len()].copy_from_slice(contents);
    bytes
}

#[test]
fn a_write_gathers_all_buffers() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = memory_with(&[(32, 5), (40, 0), (37, 1)], b"hello\n");

    let outcome = wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 3, 56);

    assert_eq!(finish(outcome), Ok(0));
    assert_eq!(machine.output(), b"hello\n");
    assert_eq!(machine.output_calls(), 2);
    assert_eq!(bytes[56..60], [6, 0, 0, 0]);
}

#[test]
fn output_and_errors_go_apart() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = memory_with(&[(32, 1)], b"x");

    assert_eq!(finish(wasi.fd_write(&mut memory_of(&mut bytes), 2, 0, 1, 56)), Ok(0));

    assert_eq!(machine.output(), b"");
    assert_eq!(machine.errors(), b"x");
}

#[test]
fn a_write_is_short_when_the_rest_does_not_fit() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.set_room_bytes(3);
    let mut bytes = memory_with(&[(32, 2), (34, 2), (36, 2)], b"abcdef");

    assert_eq!(finish(wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 3, 56)), Ok(0));

    assert_eq!(machine.output(), b"abc");
    assert_eq!(bytes[56..60], [3, 0, 0, 0]);
}

#[test]
fn a_write_without_room_waits_for_some() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.set_room_bytes(0);
    let mut bytes = memory_with(&[(32, 2)], b"ab");

    let wait = waits(wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 1, 56));
    assert_eq!(wait.until, Until { at_ns: None, events: Events::OUTPUT });
    let still = waits((wait.resume)(&mut memory_of(&mut bytes), &mut wasi));
    machine.set_room_bytes(9);
    let outcome = (still.resume)(&mut memory_of(&mut bytes), &mut wasi);

    assert_eq!(finish(outcome), Ok(0));
    assert_eq!(machine.output(), b"ab");
}

#[test]
fn a_nonblocking_write_without_room_is_to_be_tried_again() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.set_room_bytes(0);
    let mut bytes = memory_with(&[(32, 2)], b"ab");

    wasi.fd_fdstat_set_flags(1, NONBLOCK).unwrap();
    let outcome = wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 1, 56);

    assert_eq!(finish(outcome), Err(Errno::Again));
}

#[test]
fn a_write_of_nothing_succeeds_without_room() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.set_room_bytes(0);
    let mut bytes = memory_with(&[(32, 0)], b"");
    bytes[56] = 0xff;

    assert_eq!(finish(wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 1, 56)), Ok(0));
    assert_eq!(bytes[56], 0);
}

#[test]
fn a_write_with_one_bad_buffer_writes_none() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = memory_with(&[(32, 2), (63, 2)], b"ab");

    let outcome = wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 2, 56);

    assert_eq!(finish(outcome), Err(Errno::Fault));
    assert_eq!(machine.output(), b"");
}

#[test]
fn one_write_moves_at_most_64_kib() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = memory_with(&[(64, 40 << 10), (64, 40 << 10)], b"");
    bytes.resize(64 << 10, b'x');

    assert_eq!(finish(wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, 2, 56)), Ok(0));

    assert_eq!(machine.output().len(), 64 << 10);
    assert_eq!(bytes[56..60], [0, 0, 1, 0]);
}

#[test]
fn buffers_after_the_first_1024_are_not_looked_at() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = vec![0; 8 * 1025 + 4];
    for vector in bytes[..8 * 1025].chunks_exact_mut(8) {
        vector[4] = 1;
    }
    bytes[8 * 1024..8 * 1025].fill(0xff);

    let outcome = wasi.fd_write(&mut memory_of(&mut bytes), 1, 0, u32::MAX, 8 * 1025);

    assert_eq!(finish(outcome), Ok(0));
    assert_eq!(machine.output().len(), 1024);
}

#[test]
fn a_read_fills_one_buffer_after_the_other() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.type_in(b"abcde");
    let mut bytes = memory_with(&[(32, 2), (40, 8)], b"");

    assert_eq!(finish(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 2, 56)), Ok(0));

    assert_eq!(&bytes[32..34], b"ab");
    assert_eq!(&bytes[40..44], b"cde\0");
    assert_eq!(bytes[56..60], [5, 0, 0, 0]);
}

#[test]
fn a_read_waits_for_the_first_byte_and_then_for_the_end() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = memory_with(&[(32, 8)], b"");

    let wait = waits(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 1, 56));
    assert_eq!(wait.until, Until { at_ns: None, events: Events::INPUT });
    let still = waits((wait.resume)(&mut memory_of(&mut bytes), &mut wasi));
    machine.type_in(b"hi");
    assert_eq!(finish((still.resume)(&mut memory_of(&mut bytes), &mut wasi)), Ok(0));
    assert_eq!((&bytes[32..34], bytes[56]), (&b"hi"[..], 2));

    let wait = waits(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 1, 56));
    machine.end_input();
    assert_eq!(finish((wait.resume)(&mut memory_of(&mut bytes), &mut wasi)), Ok(0));
    assert_eq!(bytes[56], 0);
}

#[test]
fn an_end_after_bytes_is_left_for_the_next_read() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    machine.type_in(b"ab");
    machine.end_input();
    let mut bytes = memory_with(&[(32, 2), (40, 2)], b"");

    assert_eq!(finish(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 2, 56)), Ok(0));
    assert_eq!(bytes[56], 2);
    assert_eq!(machine.ends_read(), 0);

    assert_eq!(finish(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 2, 56)), Ok(0));
    assert_eq!(bytes[56], 0);
}

#[test]
fn a_nonblocking_read_of_nothing_is_to_be_tried_again() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = memory_with(&[(32, 2)], b"");

    wasi.fd_fdstat_set_flags(0, NONBLOCK).unwrap();
    let outcome = wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 1, 56);

    assert_eq!(finish(outcome), Err(Errno::Again));
}

#[test]
fn a_read_into_no_buffers_does_not_wait() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = memory_with(&[(32, 0)], b"");

    assert_eq!(finish(wasi.fd_read(&mut memory_of(&mut bytes), 0, 0, 1, 56)), Ok(0));
}

#[test]
fn a_stream_of_the_other_direction_is_a_bad_descriptor() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = memory_with(&[(32, 1)], b"x");

    for fd in [1, 2, 3, u32::MAX] {
        let outcome = wasi.fd_read(&mut memory_of(&mut bytes), fd, 0, 1, 56);
        assert_eq!(finish(outcome), Err(Errno::BadDescriptor));
    }
    for fd in [0, 3, u32::MAX] {
        let outcome = wasi.fd_write(&mut memory_of(&mut bytes), fd, 0, 1, 56);
        assert_eq!(finish(outcome), Err(Errno::BadDescriptor));
    }
}
