//! Tests of `filestat`, at the offsets that the witx file prints.

use super::*;
use crate::testing::{
    CREATE, FOLLOW, Machine, NOFOLLOW, Program, WALL_BASE_NS, memory_mount, memory_of,
};
use alloc::vec;
use service_files::Access;

const ACCESSED: u32 = 1;
const ACCESSED_NOW: u32 = 2;
const MODIFIED: u32 = 4;
const MODIFIED_NOW: u32 = 8;

fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

/// Accessed and modified.
fn times(filestat: &[u8]) -> (u64, u64) {
    (number(filestat, 40), number(filestat, 48))
}

#[test]
fn the_older_snapshots_filestat_is_8_bytes_shorter() {
    let machine = Machine::new();
    machine.make_terminal();
    let mut wasi = machine.wasi();
    let mut bytes = [0xff; 65];

    let memory = &mut memory_of(&mut bytes);
    let result = wasi.fd_filestat_get::<{ filestat::UNSTABLE_BYTES }>(memory, 0, 0);
    assert_eq!(result, Ok(()));
    assert_eq!((bytes[16], bytes[55], bytes[56]), (2, 0, 0xff));

    let memory = &mut memory_of(&mut bytes);
    let result = wasi.fd_filestat_get::<{ filestat::BYTES }>(memory, 0, 0);
    assert_eq!(result, Ok(()));
    assert_eq!((bytes[16], bytes[63], bytes[64]), (2, 0, 0xff));
}

#[test]
fn a_file_has_device_inode_type_links_length_and_times() {
    let machine = Machine::new();
    let mounts = vec![memory_mount("/", 77, Access::ReadWrite)];
    let mut program = Program::of(machine.wasi_on(mounts));
    machine.set_now_ns(5);
    program.file("file", b"hello");
    assert_eq!(program.link("file", NOFOLLOW, (3, "other")), Ok(()));

    let file = program.filestat_at("file", FOLLOW).unwrap();
    let other = program.filestat_at("other", FOLLOW).unwrap();

    assert_eq!(file, other);
    assert_eq!((number(&file, 0), file[16], number(&file, 24)), (77, 4, 2));
    assert_ne!(number(&file, 8), 0);
    assert_eq!(number(&file, 32), 5);
    assert_eq!(number(&file, 48), WALL_BASE_NS + 5);
    assert_eq!(number(&file, 56), WALL_BASE_NS + 5);
}

#[test]
fn the_older_snapshot_has_its_fields_elsewhere() {
    let mut program = Program::new();
    program.file("file", b"hello");
    let fd = program.open("file", 0).unwrap();
    let newer = program.filestat(fd).unwrap();
    let mut bytes = [0xff; 57];

    let memory = &mut memory_of(&mut bytes);
    let result = program.wasi.fd_filestat_get::<{ filestat::UNSTABLE_BYTES }>(memory, fd, 0);

    assert_eq!(result, Ok(()));
    assert_eq!(bytes[..17], newer[..17]);
    assert_eq!(bytes[20..24], [1, 0, 0, 0]);
    assert_eq!(bytes[24..56], newer[32..]);
    assert_eq!(bytes[56], 0xff);
}

#[test]
fn each_time_is_set_to_what_is_given_or_to_now() {
    let machine = Machine::new();
    let mut program = Program::of(machine.wasi_with_files());
    let fd = program.open("file", CREATE).unwrap();
    machine.set_now_ns(9);
    let now_ns = WALL_BASE_NS + 9;

    for (flags, expected) in [
        (ACCESSED | MODIFIED, (11, 22)),
        (0, (11, 22)),
        (ACCESSED_NOW, (now_ns, 22)),
        (ACCESSED | MODIFIED_NOW, (11, now_ns)),
        (MODIFIED, (11, 22)),
    ] {
        assert_eq!(program.wasi.fd_filestat_set_times(fd, 11, 22, flags), Ok(()));
        assert_eq!(times(&program.filestat(fd).unwrap()), expected, "{flags:#b}");
    }
}

#[test]
fn a_time_that_is_to_be_two_things_is_invalid_and_stays() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();
    let before = program.filestat(fd).unwrap();

    for flags in [ACCESSED | ACCESSED_NOW, MODIFIED | MODIFIED_NOW, 0xf, 1 << 4, u32::MAX] {
        let result = program.wasi.fd_filestat_set_times(fd, 1, 2, flags);
        assert_eq!(result, Err(Errno::Invalid), "{flags:#b}");
    }
    assert_eq!(program.filestat(fd), Ok(before));
}

#[test]
fn a_stream_has_no_times() {
    let mut program = Program::new();

    assert_eq!(program.wasi.fd_filestat_set_times(1, 1, 2, 1), Err(Errno::Invalid));
}
