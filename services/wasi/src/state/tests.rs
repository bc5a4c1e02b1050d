//! Tests of `fdstat` and `prestat`.

use super::*;
use crate::testing::{ALL, CREATE, DIRECTORY, FOLLOW, Machine, Program, memory_mount, memory_of};
use alloc::vec;
use service_files::Access;

const NONBLOCK: u32 = 4;

fn fdstat(wasi: &mut Wasi, fd: u32) -> Result<[u8; 24], Errno> {
    let mut bytes = [0xff; 24];
    wasi.fd_fdstat_get(&mut memory_of(&mut bytes), fd, 0)?;
    Ok(bytes)
}

#[test]
fn a_terminal_is_a_character_device_that_cannot_seek_or_tell() {
    let machine = Machine::new();
    machine.make_terminal();
    let mut wasi = machine.wasi();

    for fd in 0..3 {
        let stat = fdstat(&mut wasi, fd).unwrap();
        assert_eq!(stat[0], 2);
        assert_eq!(stat[8] & (1 << 2 | 1 << 5), 0);
    }
}

#[test]
fn a_pipe_has_an_unknown_type() {
    let mut wasi = Machine::new().wasi();

    assert_eq!(fdstat(&mut wasi, 1).unwrap()[0], 0);
}

#[test]
fn input_may_be_read_and_the_outputs_written() {
    let mut wasi = Machine::new().wasi();
    let (read, write) = (1 << 1, 1 << 6);

    assert_eq!(fdstat(&mut wasi, 0).unwrap()[8] & (read | write), read);
    assert_eq!(fdstat(&mut wasi, 1).unwrap()[8] & (read | write), write);
    assert_eq!(fdstat(&mut wasi, 2).unwrap()[8] & (read | write), write);
}

#[test]
fn flags_that_were_set_are_reported() {
    let mut wasi = Machine::new().wasi();

    assert_eq!(wasi.fd_fdstat_set_flags(0, NONBLOCK), Ok(()));

    assert_eq!(fdstat(&mut wasi, 0).unwrap()[2..4], [4, 0]);
    assert_eq!(fdstat(&mut wasi, 1).unwrap()[2..4], [0, 0]);
}

#[test]
fn flags_that_a_stream_cannot_have_are_invalid() {
    let mut wasi = Machine::new().wasi();

    for flags in [1 << 1, 1 << 3, 1 << 4, 1 << 5, 1 << 16, u32::MAX] {
        let result = wasi.fd_fdstat_set_flags(0, flags);
        assert_eq!(result, Err(Errno::Invalid), "{flags:#x}");
    }
}

#[test]
fn no_directory_is_open_from_the_start() {
    let mut wasi = Machine::new().wasi();
    let mut bytes = [0; 8];
    let memory = &mut memory_of(&mut bytes);

    assert_eq!(wasi.fd_prestat_get(memory, 3, 0), Err(Errno::BadDescriptor));
    assert_eq!(wasi.fd_prestat_dir_name(memory, 3, 0, 8), Err(Errno::BadDescriptor));
}

#[test]
fn the_directories_that_were_granted_follow_the_streams_in_their_order() {
    let mounts = ["/", "/data", ""].map(|at| memory_mount(at, 1, Access::ReadWrite));
    let mut wasi = Machine::new().wasi_on(mounts.into());
    let mut bytes = [0xff; 16];

    for (fd, path) in (3..).zip(["/", "/data", ""]) {
        let memory = &mut memory_of(&mut bytes);
        assert_eq!(wasi.fd_prestat_get(memory, fd, 0), Ok(()));
        assert_eq!(wasi.fd_prestat_dir_name(memory, fd, 8, path.len() as u32), Ok(()));
        assert_eq!(bytes[..8], [0, 0, 0, 0, path.len() as u8, 0, 0, 0]);
        assert_eq!(&bytes[8..8 + path.len()], path.as_bytes());
    }
    let memory = &mut memory_of(&mut bytes);
    assert_eq!(wasi.fd_prestat_get(memory, 6, 0), Err(Errno::BadDescriptor));
}

#[test]
fn the_path_of_a_granted_directory_needs_room_and_leaves_the_rest() {
    let mut wasi = Machine::new().wasi_on(vec![memory_mount("/data", 1, Access::ReadWrite)]);
    let mut bytes = [0xff; 8];

    let short = wasi.fd_prestat_dir_name(&mut memory_of(&mut bytes), 3, 0, 4);
    assert_eq!(short, Err(Errno::NameTooLong));
    let long = wasi.fd_prestat_dir_name(&mut memory_of(&mut bytes), 3, 0, 8);
    assert_eq!(long, Ok(()));
    assert_eq!(&bytes, b"/data\xff\xff\xff");
}

#[test]
fn files_and_directories_have_their_types_and_the_rights_that_suit_them() {
    let mut program = Program::new();
    let file = program.open("file", CREATE).unwrap();
    let directory = program.open(".", DIRECTORY).unwrap();
    let (seek, open, write) = (1 << 2, 1 << 13, 1 << 6);

    assert_eq!((program.state(file).unwrap()[0], program.state(directory).unwrap()[0]), (4, 3));
    assert_eq!(program.rights(file).unwrap().0 & (seek | open | write), seek | write);
    assert_eq!(program.rights(directory).unwrap().0 & (seek | open | write), open);
    assert_eq!(program.rights(directory).unwrap().1 & (seek | open | write), seek | open | write);
}

#[test]
fn a_file_can_have_every_flag_and_a_directory_cannot_change_its_own() {
    let mut program = Program::new();
    let file = program.open("file", CREATE).unwrap();

    assert_eq!(program.wasi.fd_fdstat_set_flags(file, 0b1_1111), Ok(()));
    assert_eq!(program.state(file).unwrap()[2..4], [0b1_1111, 0]);
    assert_eq!(program.wasi.fd_fdstat_set_flags(file, 0b10_0000), Err(Errno::Invalid));
    assert_eq!(program.wasi.fd_fdstat_set_flags(3, 0), Err(Errno::NotCapable));
}

#[test]
fn rights_can_be_given_up_and_never_gained() {
    let mut program = Program::new();
    let file = program.open("file", CREATE).unwrap();
    let (all, inheriting) = program.rights(file).unwrap();
    let (read, write) = (1 << 1, 1 << 6);

    assert_eq!(program.wasi.fd_fdstat_set_rights(file, all & !write, inheriting), Ok(()));
    assert_eq!(program.write(file, b"x"), Err(Errno::BadDescriptor));
    assert_eq!(program.read(file, 1), Ok(vec![]));

    let more = program.wasi.fd_fdstat_set_rights(file, all, inheriting);
    assert_eq!(more, Err(Errno::NotCapable));
    assert_eq!(program.wasi.fd_fdstat_set_rights(file, all & !write & !read, 0), Ok(()));
    assert_eq!(program.read(file, 1), Err(Errno::BadDescriptor));
}

#[test]
fn what_a_directory_does_not_pass_on_nothing_below_it_has() {
    let mut program = Program::new();
    let (base, inheriting) = program.rights(3).unwrap();
    let write = 1 << 6;
    let rights = (base, inheriting & !write);
    let directory = program.open_with(3, b".", FOLLOW, DIRECTORY, rights, 0).unwrap();

    let written = program.open_with(directory, b"file", FOLLOW, CREATE, (write, 0), 0);
    assert_eq!(written, Err(Errno::NotCapable));
    let inherited = program.open_with(directory, b".", FOLLOW, DIRECTORY, (0, write), 0);
    assert_eq!(inherited, Err(Errno::NotCapable));
    assert!(program.open_with(directory, b"file", FOLLOW, CREATE, (2, 0), 0).is_ok());
    assert_eq!(program.open_with(3, b"file", FOLLOW, 0, (ALL, ALL), 0), Ok(6));
}
