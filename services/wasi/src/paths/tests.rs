//! Tests of the calls that go by a path: flags, rights, and what the guest may send as a path.
//! How paths are walked is tested with what walks them.

use super::*;
use crate::testing::{
    ALL, CREATE, DIRECTORY, EXCLUSIVE, FOLLOW, Machine, NOFOLLOW, Program, TRUNCATE, memory_mount,
    memory_of,
};
use alloc::vec;
use alloc::vec::Vec;

#[test]
fn a_file_is_made_cut_or_refused_as_the_flags_say() {
    let mut program = Program::new();

    assert_eq!(program.open("file", 0), Err(Errno::NoEntry));
    program.file("file", b"hello");
    assert_eq!(program.open("file", CREATE | EXCLUSIVE), Err(Errno::Exists));
    assert_eq!(program.open("file", DIRECTORY), Err(Errno::NotDirectory));
    assert_eq!(program.contents("file"), b"hello");
    assert!(program.open("file", TRUNCATE).is_ok());
    assert_eq!(program.contents("file"), b"");
}

#[test]
fn flags_that_there_are_not_are_invalid() {
    let mut program = Program::new();

    assert_eq!(program.open("file", CREATE | 16), Err(Errno::Invalid));
    let lookup = program.open_with(3, b"file", 2, CREATE, (ALL, ALL), 0);
    assert_eq!(lookup, Err(Errno::Invalid));
    let fdflags = program.open_with(3, b"file", FOLLOW, CREATE, (ALL, ALL), 1 << 5);
    assert_eq!(fdflags, Err(Errno::Invalid));
    assert_eq!(program.filestat_at("file", 2), Err(Errno::Invalid));
    assert_eq!(program.filestat_at("file", FOLLOW), Err(Errno::NoEntry));
}

#[test]
fn a_directory_is_opened_to_be_read_and_never_to_be_written() {
    let mut program = Program::new();
    let write = 1 << 6;

    assert_eq!(program.open_with(3, b".", FOLLOW, 0, (write, 0), 0), Err(Errno::IsDirectory));
    assert_eq!(program.open(".", TRUNCATE), Err(Errno::IsDirectory));
    assert!(program.open_with(3, b".", FOLLOW, 0, (!write, ALL), 0).is_ok());
}

#[test]
fn each_call_needs_its_right() {
    let path_rights = (9..=26).filter(|bit| *bit != 14 && !(21..=23).contains(bit));
    for bit in path_rights {
        let mut program = Program::new();
        program.file("file", b"");
        let (base, inheriting) = program.rights(3).unwrap();
        assert_eq!(program.wasi.fd_fdstat_set_rights(3, base & !(1 << bit), inheriting), Ok(()));

        let result = match bit {
            9 => program.make_directory(b"directory"),
            10 => program.open("new", CREATE).map(|_| ()),
            11 | 12 => program.link("file", NOFOLLOW, (3, "new")),
            13 => program.open("file", 0).map(|_| ()),
            15 => program.read_link("file", 9).map(|_| ()),
            16 | 17 => program.rename("file", (3, "new")),
            18 => program.filestat_at("file", 0).map(|_| ()),
            19 => program.open("file", TRUNCATE).map(|_| ()),
            20 => set_times(&mut program, "file", NOFOLLOW),
            24 => program.symlink("file", "new"),
            25 => program.remove_directory("directory"),
            26 => program.unlink("file"),
            bit => panic!("{bit}"),
        };
        assert_eq!(result, Err(Errno::NotCapable), "right {bit}");
    }
}

/// Sets when the file at `path` was modified to 7.
fn set_times(program: &mut Program, path: &str, lookup: u32) -> Result<(), Errno> {
    program.bytes[..path.len()].copy_from_slice(path.as_bytes());
    let memory = &mut memory_of(&mut program.bytes);
    program.wasi.path_filestat_set_times(memory, 3, lookup, 0, path.len() as u32, 0, 7, 4)
}

fn modified(filestat: &[u8; 64]) -> u64 {
    u64::from_le_bytes(filestat[48..56].try_into().unwrap())
}

#[test]
fn status_and_times_are_the_links_or_what_it_leads_to() {
    let mut program = Program::new();
    program.file("file", b"");
    assert_eq!(program.symlink("file", "link"), Ok(()));

    assert_eq!(program.filestat_at("link", NOFOLLOW).unwrap()[16], 7);
    assert_eq!(program.filestat_at("link", FOLLOW).unwrap()[16], 4);
    assert_eq!(set_times(&mut program, "link", NOFOLLOW), Ok(()));
    assert_eq!(modified(&program.filestat_at("link", NOFOLLOW).unwrap()), 7);
    assert_ne!(modified(&program.filestat_at("file", NOFOLLOW).unwrap()), 7);
    assert_eq!(set_times(&mut program, "link", FOLLOW), Ok(()));
    assert_eq!(modified(&program.filestat_at("file", NOFOLLOW).unwrap()), 7);
}

#[test]
fn a_symbolic_link_tells_as_much_of_its_path_as_there_is_room_for() {
    let mut program = Program::new();
    assert_eq!(program.symlink("target", "link"), Ok(()));

    assert_eq!(program.read_link("link", 10), Ok(b"target".to_vec()));
    assert_eq!(program.read_link("link", 4), Ok(b"targ".to_vec()));
    assert_eq!(program.read_link("link", 0), Ok(vec![]));
    assert_eq!(program.open_with(3, b"link", NOFOLLOW, 0, (2, 0), 0), Err(Errno::Loop));
}

#[test]
fn a_file_can_get_a_second_name_and_another_instead() {
    let mut program = Program::new();
    program.file("file", b"hello");

    assert_eq!(program.link("file", NOFOLLOW, (3, "second")), Ok(()));
    assert_eq!(program.rename("file", (3, "third")), Ok(()));
    assert_eq!(program.contents("second"), b"hello");
    assert_eq!(program.contents("third"), b"hello");
    assert_eq!(program.unlink("second"), Ok(()));
    assert_eq!(program.unlink("second"), Err(Errno::NoEntry));
}

#[test]
fn a_file_that_lost_its_name_is_there_as_long_as_it_is_open() {
    let mut program = Program::new();
    program.file("file", b"hello");
    let fd = program.open("file", 0).unwrap();

    assert_eq!(program.unlink("file"), Ok(()));

    assert_eq!(program.open("file", 0), Err(Errno::NoEntry));
    assert_eq!(program.read(fd, 9), Ok(b"hello".to_vec()));
    assert_eq!(program.filestat(fd).unwrap()[24], 0);
}

#[test]
fn nothing_moves_from_one_mount_to_another() {
    let mounts = ["/", "/other"].map(|at| memory_mount(at, 1, Access::ReadWrite));
    let mut program = Program::of(Machine::new().wasi_on(mounts.into()));
    program.file("file", b"");

    assert_eq!(program.rename("file", (4, "file")), Err(Errno::CrossDevice));
    assert_eq!(program.link("file", NOFOLLOW, (4, "file")), Err(Errno::CrossDevice));
}

#[test]
fn a_path_goes_from_a_directory_and_from_nothing_else() {
    let mut program = Program::new();
    let file = program.open("file", CREATE).unwrap();
    let open = |program: &mut Program, fd| program.open_with(fd, b"x", FOLLOW, 0, (2, 0), 0);

    assert_eq!(open(&mut program, file), Err(Errno::NotDirectory));
    assert_eq!(open(&mut program, 1), Err(Errno::NotDirectory));
    assert_eq!(open(&mut program, 99), Err(Errno::BadDescriptor));
    assert_eq!(program.rename("file", (file, "x")), Err(Errno::NotDirectory));
    assert_eq!(program.link("file", NOFOLLOW, (99, "x")), Err(Errno::BadDescriptor));
}

#[test]
fn there_is_no_way_out_of_a_directory() {
    let mut program = Program::new();
    assert_eq!(program.make_directory(b"inner"), Ok(()));
    let inner = program.open("inner", DIRECTORY).unwrap();

    for path in ["..", "../inner", "/", "/etc", "x/../.."] {
        let opened = program.open_with(inner, path.as_bytes(), FOLLOW, 0, (2, 0), 0);
        assert!(matches!(opened, Err(Errno::NotPermitted | Errno::NoEntry)), "{path}");
    }
    assert_eq!(program.symlink("/etc", "link"), Err(Errno::NotPermitted));
}

#[test]
fn a_path_that_is_not_utf8_is_an_illegal_sequence() {
    let mut program = Program::new();

    for path in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80"] {
        assert_eq!(program.make_directory(path), Err(Errno::IllegalSequence));
        let opened = program.open_with(3, path, FOLLOW, CREATE, (2, 0), 0);
        assert_eq!(opened, Err(Errno::IllegalSequence));
    }
    assert_eq!(program.make_directory("ä€😀".as_bytes()), Ok(()));
}

#[test]
fn a_name_may_have_255_bytes_and_a_path_4096() {
    let mut program = Program::new();
    assert_eq!(program.make_directory(&[b'n'; 255]), Ok(()));
    assert_eq!(program.make_directory(&[b'n'; 256]), Err(Errno::NameTooLong));

    // 2 048 times `./`, but for the last slash, which a name takes the place of.
    let mut path: Vec<u8> = b"./".repeat(2047);
    path.extend(b"ab");
    assert_eq!(path.len(), 4096);
    assert_eq!(program.make_directory(&path), Ok(()));
    path.insert(0, b'.');
    path.insert(1, b'/');
    assert_eq!(program.make_directory(&path), Err(Errno::NameTooLong));
    assert!(program.filestat_at("ab", 0).is_ok());
}

#[test]
fn a_path_with_a_nul_or_without_a_byte_names_nothing() {
    let mut program = Program::new();

    assert_eq!(program.make_directory(b"a\0b"), Err(Errno::Invalid));
    assert_eq!(program.make_directory(b""), Err(Errno::NoEntry));
}
