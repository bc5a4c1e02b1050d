//! Tests of the table: numbers, their limit, and what closing does.

use super::*;
use crate::testing::{ALL, CREATE, DIRECTORY, Machine, Medium, Program, memory_of};

fn fdstat(wasi: &mut Wasi, fd: u32) -> Result<(), Errno> {
    wasi.fd_fdstat_get(&mut memory_of(&mut [0; 24]), fd, 0)
}

/// The stream that a descriptor stands for.
fn stream(wasi: &mut Wasi, fd: u32) -> Stream {
    match wasi.descriptors.get(fd, 0).unwrap().target {
        Target::Stream(stream) => stream,
        _ => panic!("descriptor {fd} is no stream"),
    }
}

#[test]
fn a_closed_descriptor_is_bad() {
    let mut wasi = Machine::new().wasi();

    assert_eq!(wasi.fd_close(1), Ok(()));

    assert_eq!(fdstat(&mut wasi, 1), Err(Errno::BadDescriptor));
    assert_eq!(wasi.fd_close(1), Err(Errno::BadDescriptor));
    assert!(fdstat(&mut wasi, 2).is_ok());
}

#[test]
fn renumbering_moves_a_descriptor_over_another() {
    let mut wasi = Machine::new().wasi();

    assert_eq!(wasi.fd_renumber(0, 2), Ok(()));

    assert_eq!(fdstat(&mut wasi, 0), Err(Errno::BadDescriptor));
    assert_eq!(stream(&mut wasi, 2), Stream::Input);
}

#[test]
fn renumbering_to_itself_changes_nothing() {
    let mut wasi = Machine::new().wasi();

    assert_eq!(wasi.fd_renumber(1, 1), Ok(()));

    assert_eq!(stream(&mut wasi, 1), Stream::Output);
}

#[test]
fn renumbering_needs_both_to_be_open() {
    let mut wasi = Machine::new().wasi();

    let fresh = wasi.fd_renumber(1, 9);
    let unknown = wasi.fd_renumber(9, 1);

    assert_eq!(fresh, Err(Errno::BadDescriptor));
    assert_eq!(unknown, Err(Errno::BadDescriptor));
    assert!(fdstat(&mut wasi, 1).is_ok());
}

#[test]
fn a_file_gets_the_smallest_free_number() {
    let mut program = Program::new();
    let opened = [0; 3].map(|_| program.open("file", CREATE));
    assert_eq!(opened, [Ok(4), Ok(5), Ok(6)]);

    for fd in [5, 0] {
        assert_eq!(program.wasi.fd_close(fd), Ok(()));
    }

    let again = [0; 3].map(|_| program.open("file", 0));
    assert_eq!(again, [Ok(0), Ok(5), Ok(7)]);
}

#[test]
fn an_app_may_have_4096_descriptors_and_no_more() {
    let mut program = Program::new();
    program.file("file", b"");

    for fd in 4..4096 {
        assert_eq!(program.open("file", 0), Ok(fd));
    }
    assert_eq!(program.open("file", 0), Err(Errno::ManyFiles));
    assert_eq!(program.open("new", CREATE), Err(Errno::ManyFiles));
    assert_eq!(program.filestat_at("new", 0), Err(Errno::NoEntry));

    assert_eq!(program.wasi.fd_close(1234), Ok(()));
    assert_eq!(program.open("file", 0), Ok(1234));
}

#[test]
fn a_thousand_open_files_are_each_their_own() {
    let mut program = Program::new();
    for index in 0_u32..1000 {
        let fd = program.open(&alloc::format!("file {index}"), CREATE).unwrap();
        assert_eq!(program.write(fd, &index.to_le_bytes()), Ok(4));
    }

    for index in 0_u32..1000 {
        assert_eq!(program.pread(4 + index, 9, 0), Ok(index.to_le_bytes().to_vec()));
    }
}

#[test]
fn a_table_that_finds_no_memory_opens_nothing() {
    struct Empty;
    impl Pool for Empty {
        fn can_take(&self, _bytes: usize) -> bool {
            false
        }
    }
    let mut descriptors = Descriptors::new(Vec::new(), &Empty);

    let mut opened = 0;
    let error = loop {
        match descriptors.free() {
            Ok(number) => descriptors.put(number, Descriptor::of_stream(Stream::Input)).unwrap(),
            Err(error) => break error,
        }
        opened += 1;
    };

    assert_eq!(error, Errno::NoMemory);
    assert!(opened < 8, "{opened} were opened");
    assert!(descriptors.get(2, 0).is_ok());
}

#[test]
fn closing_makes_durable_what_was_written_and_nothing_else() {
    let medium = Medium::default();
    let mut program = Program::of(Machine::new().wasi_on(medium.mounts()));
    let (read, written) = (program.open("file", 0).unwrap(), program.open("file", 0).unwrap());
    assert_eq!(program.read(read, 1), Ok(b"x".to_vec()));
    assert_eq!(program.write(written, b"y"), Ok(1));

    assert_eq!(program.wasi.fd_close(read), Ok(()));
    assert_eq!(medium.syncs(), 0);
    assert_eq!(program.wasi.fd_close(written), Ok(()));
    assert_eq!(medium.syncs(), 1);
}

#[test]
fn closing_reports_what_could_not_be_made_durable_and_closes() {
    let medium = Medium::default();
    let mut program = Program::of(Machine::new().wasi_on(medium.mounts()));
    let fd = program.open("file", 0).unwrap();
    assert_eq!(program.write(fd, b"y"), Ok(1));
    medium.breaks();

    assert_eq!(program.wasi.fd_close(fd), Err(Errno::Io));
    assert_eq!(program.wasi.fd_close(fd), Err(Errno::BadDescriptor));
}

#[test]
fn renumbering_over_a_file_that_cannot_be_made_durable_changes_nothing() {
    let medium = Medium::default();
    let mut program = Program::of(Machine::new().wasi_on(medium.mounts()));
    let fd = program.open("file", 0).unwrap();
    assert_eq!(program.write(fd, b"y"), Ok(1));
    medium.breaks();

    assert_eq!(program.wasi.fd_renumber(1, fd), Err(Errno::Io));

    assert_eq!(stream(&mut program.wasi, 1), Stream::Output);
    assert_eq!(program.write(fd, b"z"), Ok(1));
}

#[test]
fn a_directory_that_was_renumbered_over_is_no_longer_the_one_granted() {
    let mut program = Program::new();
    assert_eq!(program.make_directory(b"other"), Ok(()));
    let other = program.open("other", DIRECTORY).unwrap();

    assert_eq!(program.wasi.fd_renumber(other, 3), Ok(()));

    let memory = &mut memory_of(&mut program.bytes);
    assert_eq!(program.wasi.fd_prestat_get(memory, 3, 0), Err(Errno::BadDescriptor));
    assert_eq!(program.open_with(3, b"file", 0, CREATE, (ALL, ALL), 0), Ok(4));
}
