//! Tests of what moves the bytes of files and changes a file as a whole.

use crate::testing::{
    CREATE, FOLLOW, Machine, Medium, Program, WALL_BASE_NS, memory_mount, memory_of,
};
use abi::Errno;
use alloc::vec;
use service_files::Access;

const APPEND: u32 = 1;
const DSYNC: u32 = 2;
const RSYNC: u32 = 8;
const SYNC: u32 = 16;
const READ_WRITE: (u64, u64) = (1 << 1 | 1 << 2 | 1 << 6, 0);

/// Opens `file` with these flags.
fn open_with(program: &mut Program, fdflags: u32) -> u32 {
    program.open_with(3, b"file", FOLLOW, CREATE, READ_WRITE, fdflags).unwrap()
}

fn length(program: &mut Program, fd: u32) -> u64 {
    let filestat = program.filestat(fd).unwrap();
    u64::from_le_bytes(filestat[32..40].try_into().unwrap())
}

#[test]
fn what_is_written_can_be_read_from_where_it_was_written() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();

    assert_eq!(program.write(fd, b"hello "), Ok(6));
    assert_eq!(program.write(fd, b"world"), Ok(5));
    assert_eq!(program.read(fd, 9), Ok(vec![]));
    assert_eq!(program.seek(fd, 4, 0), Ok(4));
    assert_eq!(program.read(fd, 4), Ok(b"o wo".to_vec()));
    assert_eq!(program.read(fd, 9), Ok(b"rld".to_vec()));
}

#[test]
fn an_offset_of_its_own_leaves_the_position_alone() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();

    assert_eq!(program.pwrite(fd, b"xyz", 4), Ok(3));
    assert_eq!(program.tell(fd), Ok(0));
    assert_eq!(program.pread(fd, 9, 2), Ok(b"\0\0xyz".to_vec()));
    assert_eq!(program.tell(fd), Ok(0));
    assert_eq!(program.pread(fd, 1, 1 << 63), Err(Errno::Invalid));
    assert_eq!(program.pwrite(fd, b"x", u64::MAX), Err(Errno::Invalid));
    assert_eq!(program.pwrite(fd, b"x", (1 << 63) - 1), Err(Errno::FileTooBig));
}

#[test]
fn appended_bytes_go_to_the_end_and_the_position_with_them() {
    let mut program = Program::new();
    program.file("file", b"old");
    let fd = open_with(&mut program, APPEND);

    assert_eq!(program.seek(fd, 0, 0), Ok(0));
    assert_eq!(program.write(fd, b" new"), Ok(4));
    assert_eq!(program.tell(fd), Ok(7));
    assert_eq!(program.pwrite(fd, b"O", 0), Ok(1));
    assert_eq!(program.contents("file"), b"Old new");
}

#[test]
fn buffers_are_gathered_and_scattered_in_their_order() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();
    // Three buffers: 2 bytes at 100, none at 0, 3 bytes at 90.
    let list = [100, 2, 0, 0, 90, 3].map(u32::to_le_bytes).concat();
    program.bytes[..24].copy_from_slice(&list);
    program.bytes[90..93].copy_from_slice(b"cde");
    program.bytes[100..102].copy_from_slice(b"ab");

    let memory = &mut memory_of(&mut program.bytes);
    assert!(program.wasi.fd_write(memory, fd, 0, 3, 32).is_ok());
    assert_eq!(program.bytes[32], 5);
    program.bytes[90..102].fill(0);
    let memory = &mut memory_of(&mut program.bytes);
    assert!(program.wasi.fd_pread(memory, fd, 0, 3, 1, 32).is_ok());
    assert_eq!(program.bytes[32], 4);
    assert_eq!(&program.bytes[90..102], b"de\0\0\0\0\0\0\0\0bc");
}

#[test]
fn a_list_that_is_read_over_ends_there() {
    let mut program = Program::new();
    program.file("file", &[0xff; 16]);
    let fd = program.open("file", 0).unwrap();
    // Two buffers, the first of which holds what says where the second is.
    let list = [8, 8, 64, 8].map(u32::to_le_bytes).concat();
    program.bytes[..16].copy_from_slice(&list);

    let memory = &mut memory_of(&mut program.bytes);
    assert!(program.wasi.fd_read(memory, fd, 0, 2, 32).is_ok());

    assert_eq!(program.bytes[32..36], [8, 0, 0, 0]);
}

#[test]
fn one_call_moves_64_kib_at_most() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();
    let bytes = vec![b'x'; 100 << 10];

    assert_eq!(program.write(fd, &bytes), Ok(64 << 10));
    assert_eq!(program.write(fd, &bytes), Ok(64 << 10));
    assert_eq!(program.seek(fd, 0, 0), Ok(0));
    assert_eq!(program.read(fd, 100 << 10).map(|bytes| bytes.len()), Ok(64 << 10));
}

#[test]
fn a_file_is_read_and_written_only_with_the_right_to() {
    let mut program = Program::new();
    let (read, write) = (1 << 1, 1 << 6);
    let reads = program.open_with(3, b"file", 0, CREATE, (read, 0), 0).unwrap();
    let writes = program.open_with(3, b"file", 0, 0, (write, 0), 0).unwrap();

    assert_eq!(program.write(reads, b"x"), Err(Errno::BadDescriptor));
    assert_eq!(program.read(writes, 1), Err(Errno::BadDescriptor));
    assert_eq!(program.pread(reads, 1, 0), Err(Errno::NotCapable));
    assert_eq!(program.wasi.fd_sync(reads), Err(Errno::NotCapable));
}

#[test]
fn a_directory_is_neither_read_nor_written() {
    let mut program = Program::new();

    assert_eq!(program.read(3, 1), Err(Errno::IsDirectory));
    assert_eq!(program.pwrite(3, b"x", 0), Err(Errno::IsDirectory));
    assert_eq!(program.wasi.fd_allocate(3, 0, 1), Err(Errno::IsDirectory));
    assert_eq!(program.wasi.fd_filestat_set_size(3, 0), Err(Errno::IsDirectory));
    assert_eq!(program.wasi.fd_sync(3), Ok(()));
}

#[test]
fn allocating_lengthens_a_file_and_never_cuts_it() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();

    for (offset, bytes, expected) in [(0, 100, 100), (10, 10, 100), (90, 20, 110)] {
        assert_eq!(program.wasi.fd_allocate(fd, offset, bytes), Ok(()));
        assert_eq!(length(&mut program, fd), expected);
    }
    assert_eq!(program.wasi.fd_allocate(fd, 0, 0), Err(Errno::Invalid));
    assert_eq!(program.wasi.fd_allocate(fd, u64::MAX, 1), Err(Errno::Invalid));
    assert_eq!(program.wasi.fd_allocate(fd, 1, i64::MAX as u64), Err(Errno::FileTooBig));
    assert_eq!(length(&mut program, fd), 110);
}

#[test]
fn a_size_cuts_a_file_or_lengthens_it_by_zeros() {
    let mut program = Program::new();
    program.file("file", b"hello");
    let fd = program.open("file", 0).unwrap();

    assert_eq!(program.wasi.fd_filestat_set_size(fd, 2), Ok(()));
    assert_eq!(program.wasi.fd_filestat_set_size(fd, 4), Ok(()));
    assert_eq!(program.contents("file"), b"he\0\0");
    assert_eq!(program.wasi.fd_filestat_set_size(fd, 1 << 63), Err(Errno::Invalid));
}

#[test]
fn advice_is_taken_if_there_is_such_advice() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();

    assert_eq!(program.wasi.fd_advise(fd, 10, u64::MAX, 5), Ok(()));
    assert_eq!(program.wasi.fd_advise(fd, 0, 0, 6), Err(Errno::Invalid));
    assert_eq!(program.wasi.fd_advise(1, 0, 0, 0), Err(Errno::SeekPipe));
    assert_eq!(program.wasi.fd_advise(99, 0, 0, 0), Err(Errno::BadDescriptor));
}

#[test]
fn a_change_has_the_time_of_the_wall_clock() {
    let machine = Machine::new();
    let mut program = Program::of(machine.wasi_with_files());
    let fd = program.open("file", CREATE).unwrap();
    machine.set_now_ns(1234);

    assert_eq!(program.write(fd, b"x"), Ok(1));

    let filestat = program.filestat(fd).unwrap();
    assert_eq!(filestat[48..56], (WALL_BASE_NS + 1234).to_le_bytes());
}

#[test]
fn flags_say_which_calls_are_durable() {
    let medium = Medium::default();
    let mut program = Program::of(Machine::new().wasi_on(medium.mounts()));

    for (flags, reads, writes) in [(0, 0, 0), (DSYNC, 0, 1), (SYNC, 0, 1), (RSYNC, 1, 0)] {
        let fd = program.open_with(3, b"file", 0, 0, READ_WRITE, flags).unwrap();
        let before = medium.syncs();
        assert_eq!(program.read(fd, 1), Ok(b"x".to_vec()));
        assert_eq!(medium.syncs() - before, reads, "{flags:#b}");
        assert_eq!(program.write(fd, b"x"), Ok(1));
        assert_eq!(medium.syncs() - before, reads + writes, "{flags:#b}");
    }
}

#[test]
fn a_medium_that_fails_to_keep_fails_the_call() {
    let medium = Medium::default();
    let mut program = Program::of(Machine::new().wasi_on(medium.mounts()));
    let file = program.open("file", 0).unwrap();
    let fd = program.open_with(3, b"file", 0, 0, READ_WRITE, SYNC).unwrap();
    medium.breaks();

    assert_eq!(program.wasi.fd_sync(file), Err(Errno::Io));
    assert_eq!(program.wasi.fd_datasync(file), Err(Errno::Io));
    assert_eq!(program.write(fd, b"x"), Err(Errno::Io));
}

#[test]
fn a_stream_is_never_made_durable() {
    let mut program = Program::new();

    for fd in 0..3 {
        assert_eq!(program.wasi.fd_sync(fd), Err(Errno::Invalid));
        assert_eq!(program.wasi.fd_datasync(fd), Err(Errno::Invalid));
        assert_eq!(program.wasi.fd_filestat_set_size(fd, 0), Err(Errno::Invalid));
        assert_eq!(program.wasi.fd_allocate(fd, 0, 1), Err(Errno::SeekPipe));
    }
}

#[test]
fn a_file_that_is_read_only_cannot_be_opened_to_be_written() {
    let mount = memory_mount("/", 1, Access::ReadWrite);
    let read_only =
        service_files::Mount { at: "/ro".into(), directory: mount.directory.clone().read_only() };
    let mut program = Program::of(Machine::new().wasi_on(vec![mount, read_only]));
    program.file("file", b"x");

    let written = program.open_with(4, b"file", FOLLOW, 0, READ_WRITE, 0);
    assert_eq!(written, Err(Errno::ReadOnly));
    let cut = program.open_with(4, b"file", FOLLOW, 8, (2, 0), 0);
    assert_eq!(cut, Err(Errno::ReadOnly));
    let made = program.open_with(4, b"other", FOLLOW, CREATE, (2, 0), 0);
    assert_eq!(made, Err(Errno::ReadOnly));
    let read = program.open_with(4, b"file", FOLLOW, CREATE, (2, 0), 0).unwrap();
    assert_eq!(program.read(read, 9), Ok(b"x".to_vec()));
}

#[test]
fn a_full_file_system_takes_what_fits_and_then_says_so() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();
    let bytes = vec![b'x'; 64 << 10];

    let mut written = 0;
    let error = loop {
        match program.write(fd, &bytes) {
            Ok(length) => written += u64::from(length),
            Err(error) => break error,
        }
    };

    assert_eq!(error, Errno::NoSpace);
    assert_eq!(program.tell(fd), Ok(written));
    assert_eq!(length(&mut program, fd), written);
}
