//! Tests of positions, with `whence` as the two witx files number it.

use super::*;
use crate::testing::{CREATE, Machine, Program, finish, memory_of};

const START: u32 = 0;
const CURRENT: u32 = 1;
const END: u32 = 2;

#[test]
fn a_stream_has_no_position() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = [0; 16];
    let memory = &mut memory_of(&mut bytes);

    assert_eq!(wasi.fd_seek(memory, 0, 0, CURRENT, 0), Err(Errno::SeekPipe));
    assert_eq!(wasi.fd_seek(memory, 0, 0, 3, 0), Err(Errno::Invalid));
    assert_eq!(wasi.fd_seek(memory, 3, 0, CURRENT, 0), Err(Errno::BadDescriptor));
    assert_eq!(wasi.fd_tell(memory, 1, 0), Err(Errno::SeekPipe));
    assert_eq!(wasi.fd_tell(memory, 3, 0), Err(Errno::BadDescriptor));
    assert_eq!(finish(wasi.fd_pread(memory, 0, 0, 1, 0, 8)), Err(Errno::SeekPipe));
    assert_eq!(finish(wasi.fd_pread(memory, 1, 0, 1, 0, 8)), Err(Errno::SeekPipe));
    assert_eq!(finish(wasi.fd_pwrite(memory, 3, 0, 1, 0, 8)), Err(Errno::BadDescriptor));
}

#[test]
fn a_position_moves_from_the_start_itself_and_the_end() {
    let mut program = Program::new();
    program.file("file", b"0123456789");
    let fd = program.open("file", 0).unwrap();

    assert_eq!(program.seek(fd, 4, START), Ok(4));
    assert_eq!(program.read(fd, 2), Ok(b"45".to_vec()));
    assert_eq!(program.seek(fd, -1, CURRENT), Ok(5));
    assert_eq!(program.tell(fd), Ok(5));
    assert_eq!(program.seek(fd, -2, END), Ok(8));
    assert_eq!(program.read(fd, 9), Ok(b"89".to_vec()));
    assert_eq!(program.seek(fd, 7, END), Ok(17));
    assert_eq!(program.read(fd, 9), Ok(b"".to_vec()));
}

#[test]
fn the_older_snapshot_counts_from_current_to_end_to_start() {
    let mut program = Program::new();
    program.file("file", b"0123456789");
    let fd = program.open("file", 0).unwrap();

    for (whence, expected) in [(2, Ok(())), (0, Ok(())), (1, Ok(())), (3, Err(Errno::Invalid))] {
        let memory = &mut memory_of(&mut program.bytes);
        assert_eq!(program.wasi.fd_seek_unstable(memory, fd, 3, whence, 0), expected);
    }
    // 3 from the start, 3 more, and then 3 behind the end.
    assert_eq!(program.tell(fd), Ok(13));
}

#[test]
fn a_position_that_no_file_has_is_refused_and_the_old_one_stays() {
    let mut program = Program::new();
    let fd = program.open("file", CREATE).unwrap();
    assert_eq!(program.seek(fd, 5, START), Ok(5));

    assert_eq!(program.seek(fd, -6, CURRENT), Err(Errno::Invalid));
    assert_eq!(program.seek(fd, -1, START), Err(Errno::Invalid));
    assert_eq!(program.seek(fd, i64::MIN, END), Err(Errno::Invalid));
    assert_eq!(program.seek(fd, i64::MAX, CURRENT), Err(Errno::Overflow));
    assert_eq!(program.tell(fd), Ok(5));
}

#[test]
fn a_directory_has_no_position() {
    let mut program = Program::new();

    assert_eq!(program.seek(3, 0, START), Err(Errno::IsDirectory));
    assert_eq!(program.tell(3), Err(Errno::IsDirectory));
}

#[test]
fn who_may_seek_may_tell_and_who_may_only_tell_may_seek_nowhere() {
    let mut program = Program::new();
    let seeks = program.open_with(3, b"file", 0, CREATE, (1 << 2, 0), 0).unwrap();
    let tells = program.open_with(3, b"file", 0, 0, (1 << 5, 0), 0).unwrap();

    assert_eq!(program.tell(seeks), Ok(0));
    assert_eq!(program.tell(tells), Ok(0));
    assert_eq!(program.seek(tells, 0, CURRENT), Ok(0));
    assert_eq!(program.seek(tells, 1, CURRENT), Err(Errno::NotCapable));
}
