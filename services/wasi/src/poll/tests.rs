//! Tests of `poll_oneoff` with subscriptions as the witx file lays them out.

use super::*;
use crate::testing::{Machine, Program, WALL_BASE_NS, finish, memory_of, waits};
use alloc::vec;
use alloc::vec::Vec;
use runtime::Wait;

const EVENTS_AT: u32 = 512;
const COUNT_AT: u32 = 1020;
const RELATIVE: u16 = 0;
const ABSOLUTE: u16 = 1;

/// A subscription of preview 1 as the witx file lays it out.
fn clock(userdata: u8, id: u8, timeout_ns: u64, flags: u16) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[0] = userdata;
    bytes[16] = id;
    bytes[24..32].copy_from_slice(&timeout_ns.to_le_bytes());
    bytes[40..42].copy_from_slice(&flags.to_le_bytes());
    bytes
}

fn stream(userdata: u8, tag: u8, fd: u8) -> Vec<u8> {
    let mut bytes = vec![0; 48];
    bytes[0] = userdata;
    bytes[8] = tag;
    bytes[16] = fd;
    bytes
}

/// One page's worth of guest, whose memory starts with `subscriptions`.
struct Guest {
    machine: Machine,
    wasi: Wasi,
    bytes: Vec<u8>,
    count: u32,
}

impl Guest {
    fn new(subscriptions: &[Vec<u8>]) -> Self {
        let mut bytes = subscriptions.concat();
        bytes.resize(1024, 0xee);
        let machine = Machine::new();
        let wasi = machine.wasi();
        Self { machine, wasi, bytes, count: subscriptions.len() as u32 }
    }

    fn poll(&mut self) -> Result<Outcome<Wasi>, Errno> {
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.poll_oneoff::<{ subscription::BYTES }>(memory, 0, EVENTS_AT, self.count, COUNT_AT)
    }

    fn resume(&mut self, wait: Wait<Wasi>) -> Result<Outcome<Wasi>, Errno> {
        (wait.resume)(&mut memory_of(&mut self.bytes), &mut self.wasi)
    }

    fn events(&self) -> u8 {
        self.bytes[COUNT_AT as usize]
    }

    /// Userdata, errno, type, number of bytes and flags of an event.
    fn event(&self, index: usize) -> (u8, u8, u8, u8, u8) {
        let event = &self.bytes[EVENTS_AT as usize + 32 * index..][..32];
        (event[0], event[8], event[10], event[16], event[24])
    }
}

#[test]
fn a_relative_time_counts_from_the_call_even_when_woken_early() {
    let mut guest = Guest::new(&[clock(7, 1, 50, RELATIVE)]);
    guest.machine.set_now_ns(100);

    let wait = waits(guest.poll());
    assert_eq!(wait.until, Until { at_ns: Some(150), events: Events::NONE });
    assert_eq!(guest.bytes[EVENTS_AT as usize], 0xee);
    guest.machine.set_now_ns(149);
    let still = waits(guest.resume(wait));
    assert_eq!(still.until.at_ns, Some(150));
    guest.machine.set_now_ns(150);

    assert_eq!(finish(guest.resume(still)), Ok(0));
    assert_eq!((guest.events(), guest.event(0)), (1, (7, 0, 0, 0, 0)));
}

#[test]
fn an_absolute_time_is_the_clocks_own() {
    let mut guest =
        Guest::new(&[clock(1, 1, 500, ABSOLUTE), clock(2, 0, WALL_BASE_NS + 400, ABSOLUTE)]);
    guest.machine.set_now_ns(100);

    let wait = waits(guest.poll());
    assert_eq!(wait.until.at_ns, Some(400));
    guest.machine.set_now_ns(400);

    assert_eq!(finish(guest.resume(wait)), Ok(0));
    assert_eq!((guest.events(), guest.event(0)), (1, (2, 0, 0, 0, 0)));
}

#[test]
fn a_time_that_is_up_already_does_not_wait() {
    let mut guest = Guest::new(&[
        clock(1, 0, 0, RELATIVE),
        clock(2, 1, 0, RELATIVE),
        clock(3, 0, 1, ABSOLUTE),
        clock(4, 1, u64::MAX, RELATIVE),
    ]);

    assert_eq!(finish(guest.poll()), Ok(0));
    assert_eq!(guest.events(), 3);
    assert_eq!(guest.event(2), (3, 0, 0, 0, 0));
    assert_eq!(guest.bytes[EVENTS_AT as usize + 3 * 32], 0xee);
}

#[test]
fn input_wakes_before_the_time_is_up() {
    let mut guest = Guest::new(&[clock(1, 1, 50, RELATIVE), stream(2, 1, 0)]);

    let wait = waits(guest.poll());
    assert_eq!(wait.until, Until { at_ns: Some(50), events: Events::INPUT });
    guest.machine.type_in(b"abc");

    assert_eq!(finish(guest.resume(wait)), Ok(0));
    assert_eq!((guest.events(), guest.event(0)), (1, (2, 0, 1, 3, 0)));
}

#[test]
fn polling_takes_no_input() {
    let mut guest = Guest::new(&[stream(1, 1, 0)]);
    guest.machine.type_in(b"abc");

    assert_eq!(finish(guest.poll()), Ok(0));
    assert_eq!(finish(guest.poll()), Ok(0));
    assert_eq!(guest.event(0), (1, 0, 1, 3, 0));
}

#[test]
fn the_end_of_input_is_a_hang_up() {
    let mut guest = Guest::new(&[stream(1, 1, 0)]);
    guest.machine.end_input();

    assert_eq!(finish(guest.poll()), Ok(0));
    assert_eq!(guest.event(0), (1, 0, 1, 0, 1));
}

#[test]
fn output_is_ready_as_soon_as_there_is_room() {
    let mut guest = Guest::new(&[stream(1, 2, 1), stream(2, 2, 2)]);
    guest.machine.set_room_bytes(0);

    let wait = waits(guest.poll());
    assert_eq!(wait.until, Until { at_ns: None, events: Events::OUTPUT });
    guest.machine.set_room_bytes(9);

    assert_eq!(finish(guest.resume(wait)), Ok(0));
    assert_eq!(guest.events(), 2);
    assert_eq!(guest.event(0), (1, 0, 2, 9, 0));
    assert_eq!(guest.event(1), (2, 0, 2, 9, 0));
}

#[test]
fn a_subscription_that_can_never_be_reports_its_own_error() {
    let mut guest = Guest::new(&[
        stream(1, 1, 9),
        stream(2, 2, 0),
        clock(3, 2, 0, RELATIVE),
        clock(4, 9, 0, RELATIVE),
        clock(5, 1, 50, RELATIVE),
    ]);

    assert_eq!(finish(guest.poll()), Ok(0));
    assert_eq!(guest.events(), 4);
    assert_eq!(guest.event(0), (1, 8, 1, 0, 0));
    assert_eq!(guest.event(1), (2, 8, 2, 0, 0));
    assert_eq!(guest.event(2), (3, 28, 0, 0, 0));
    assert_eq!(guest.event(3), (4, 28, 0, 0, 0));
}

#[test]
fn no_subscriptions_too_many_and_unknown_ones_are_invalid() {
    let mut none = Guest::new(&[]);
    let mut unknown = Guest::new(&[stream(1, 3, 0)]);
    let mut many = Guest::new(&[]);
    many.count = 1025;

    for guest in [&mut none, &mut unknown, &mut many] {
        assert_eq!(finish(guest.poll()), Err(Errno::Invalid));
    }
}

#[test]
fn as_many_subscriptions_as_allowed_are_all_answered() {
    let mut bytes = clock(1, 1, 0, RELATIVE).repeat(1024);
    bytes.resize(1024 * (48 + 32) + 4, 0);
    let (events_at, count_at) = (1024 * 48, 1024 * (48 + 32));

    let outcome = Machine::new().wasi().poll_oneoff::<{ subscription::BYTES }>(
        &mut memory_of(&mut bytes),
        0,
        events_at,
        1024,
        count_at,
    );

    assert_eq!(finish(outcome), Ok(0));
    assert_eq!(bytes[count_at as usize..], [0, 4, 0, 0]);
}

#[test]
fn events_may_take_the_place_of_their_subscriptions() {
    let mut guest = Guest::new(&[stream(1, 2, 1), stream(2, 2, 2), stream(3, 2, 1)]);

    let memory = &mut memory_of(&mut guest.bytes);
    let outcome = guest.wasi.poll_oneoff::<{ subscription::BYTES }>(memory, 0, 0, 3, COUNT_AT);

    assert_eq!(finish(outcome), Ok(0));
    assert_eq!((guest.bytes[0], guest.bytes[32], guest.bytes[64]), (1, 2, 3));
}

#[test]
fn the_older_snapshot_has_an_identifier_before_its_clock() {
    let machine = Machine::new();
    let mut wasi = machine.wasi();
    let mut bytes = vec![0; 256];
    bytes[0] = 1;
    bytes[16..24].fill(0xff);
    bytes[24] = 1;
    bytes[32] = 50;
    bytes[56] = 2;
    bytes[56 + 8] = 2;
    bytes[56 + 16] = 1;
    machine.set_room_bytes(0);

    let memory = &mut memory_of(&mut bytes);
    let wait = waits(wasi.poll_oneoff::<{ subscription::UNSTABLE_BYTES }>(memory, 0, 128, 2, 252));
    assert_eq!(wait.until, Until { at_ns: Some(50), events: Events::OUTPUT });
    machine.set_now_ns(50);
    machine.set_room_bytes(9);

    assert_eq!(finish((wait.resume)(&mut memory_of(&mut bytes), &mut wasi)), Ok(0));
    assert_eq!((bytes[252], bytes[128], bytes[160]), (2, 1, 2));
}

#[test]
fn a_file_is_always_ready_with_what_is_left_of_it() {
    let mut program = Program::new();
    program.file("file", b"hello");
    let fd = program.open("file", 0).unwrap();
    assert_eq!(program.seek(fd, 2, 0), Ok(2));
    let mut guest = Guest::new(&[stream(1, 1, fd as u8), stream(2, 2, fd as u8)]);
    guest.wasi = program.wasi;

    assert_eq!(finish(guest.poll()), Ok(0));

    assert_eq!(guest.events(), 2);
    let event = |index: usize| &guest.bytes[EVENTS_AT as usize + 32 * index..][..32];
    assert_eq!(event(0)[8..24], [0, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(event(1)[8..24], [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn a_directory_is_never_ready_but_an_error_at_once() {
    let mut guest = Guest::new(&[stream(1, 1, 3)]);
    guest.wasi = Program::new().wasi;

    assert_eq!(finish(guest.poll()), Ok(0));

    assert_eq!(guest.events(), 1);
    assert_eq!(guest.bytes[EVENTS_AT as usize + 8], Errno::IsDirectory as u8);
}

#[test]
fn a_call_with_a_subscription_of_unknown_type_writes_no_event() {
    let mut guest = Guest::new(&[clock(1, 1, 0, RELATIVE), stream(2, 3, 0)]);
    let before = guest.bytes.clone();

    assert_eq!(finish(guest.poll()), Err(Errno::Invalid));

    assert_eq!(guest.bytes, before);
}

#[test]
fn a_call_that_fails_leaves_the_guests_memory_as_it_was() {
    const UNKNOWN_TAG: u8 = 9;
    let mut guest = Guest::new(&[clock(1, 1, 0, RELATIVE), stream(2, UNKNOWN_TAG, 0)]);
    let before = guest.bytes.clone();

    assert_eq!(finish(guest.poll()), Err(Errno::Invalid));

    assert!(guest.bytes == before);
}
