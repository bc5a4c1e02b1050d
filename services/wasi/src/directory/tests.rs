//! Tests of `fd_readdir`, with dirents as the witx file lays them out.

use super::*;
use crate::testing::{CREATE, DIRECTORY, Machine, Medium, Program, memory_of, waits};
use alloc::format;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

/// A dirent: cookie of the next, inode, type and name, which may have been cut off.
#[derive(Debug, PartialEq)]
struct Dirent {
    next: u64,
    inode: u64,
    filetype: u8,
    name: String,
}

/// The whole dirents of a listing.
fn dirents(mut bytes: &[u8]) -> Vec<Dirent> {
    let mut dirents = Vec::new();
    while bytes.len() >= 24 {
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let end = 24 + bytes[16] as usize;
        let Some(name) = bytes.get(24..end) else { break };
        let name = core::str::from_utf8(name).unwrap().to_string();
        dirents.push(Dirent { next: number(0), inode: number(8), filetype: bytes[20], name });
        bytes = &bytes[end..];
    }
    dirents
}

/// All names, as a program finds them that goes on from the last whole one.
fn names(program: &mut Program, fd: u32, room: u32) -> Vec<String> {
    let mut names = Vec::new();
    let mut cookie = 0;
    loop {
        let listing = program.list(fd, room, cookie).unwrap();
        let found = dirents(&listing);
        cookie = found.last().map_or(cookie, |dirent| dirent.next);
        names.extend(found.into_iter().map(|dirent| dirent.name));
        if listing.len() < room as usize {
            return names;
        }
    }
}

#[test]
fn an_empty_directory_lists_itself_and_its_parent() {
    let mut program = Program::new();
    let inode = program.filestat(3).unwrap()[8..16].try_into().unwrap();

    let found = dirents(&program.list(3, 4096, 0).unwrap());

    let (dot, dots) = (".".to_string(), "..".to_string());
    let itself = Dirent { next: 1, inode: u64::from_le_bytes(inode), filetype: 3, name: dot };
    assert_eq!(found, [itself, Dirent { next: 2, inode: 0, filetype: 3, name: dots }]);
}

#[test]
fn each_kind_of_file_is_listed_with_its_type_and_inode() {
    let mut program = Program::new();
    program.file("file", b"");
    assert_eq!(program.make_directory(b"directory"), Ok(()));
    assert_eq!(program.symlink("file", "link"), Ok(()));

    for dirent in &dirents(&program.list(3, 4096, 2).unwrap()) {
        let filestat = program.filestat_at(&dirent.name, 0).unwrap();
        assert_eq!(dirent.inode.to_le_bytes(), filestat[8..16], "{}", dirent.name);
        let expected = match &*dirent.name {
            "file" => 4,
            "directory" => 3,
            "link" => 7,
            name => panic!("{name}"),
        };
        assert_eq!(dirent.filetype, expected);
    }
}

#[test]
fn any_size_of_buffer_that_holds_a_name_finds_all_of_them() {
    let mut program = Program::new();
    let mut expected = vec![".".to_string(), "..".to_string()];
    for index in 0..40 {
        let name = format!("file {index}");
        program.file(&name, b"");
        expected.push(name);
    }
    expected.sort();

    for room in [33, 64, 100, 4096] {
        let mut names = names(&mut program, 3, room);
        names.sort();
        assert_eq!(names, expected, "{room}");
    }
}

#[test]
fn a_name_that_does_not_fit_is_cut_off_and_fills_the_buffer() {
    let mut program = Program::new();
    program.file("a long name", b"");

    for room in 0..35 {
        let listing = program.list(3, room, 2).unwrap();
        assert_eq!(listing.len(), room as usize);
        assert!(dirents(&listing).is_empty());
    }
    let whole = program.list(3, 36, 2).unwrap();
    assert_eq!(whole.len(), 35);
    assert!(whole.ends_with(b"a long name"));
}

#[test]
fn a_listing_goes_on_while_names_come_and_go() {
    let mut program = Program::new();
    for index in 0..60 {
        program.file(&format!("{index}"), b"");
    }

    let mut seen = Vec::new();
    let mut cookie = 0;
    let mut step = 0;
    loop {
        let found = dirents(&program.list(3, 40, cookie).unwrap());
        let Some(dirent) = found.into_iter().next() else { break };
        cookie = dirent.next;
        // Even names that are still to come go, and new ones come.
        if step < 30 {
            assert_eq!(program.unlink(&format!("{}", 2 * step)), Ok(()));
            program.file(&format!("new {step}"), b"");
        }
        step += 1;
        seen.push(dirent.name);
    }

    for odd in (1..60).step_by(2) {
        let count = seen.iter().filter(|name| **name == format!("{odd}")).count();
        assert_eq!(count, 1, "{odd} was seen {count} times");
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "a name was seen twice");
}

#[test]
fn a_large_directory_is_listed_in_several_turns() {
    let mut program = Program::new();
    for index in 0..500 {
        program.file(&format!("a name that is rather long {index:05}"), b"");
    }

    let memory = &mut memory_of(&mut program.bytes);
    let first = waits(program.wasi.fd_readdir(memory, 3, 4096, 64 << 10, 0, 0));
    assert_eq!(first.until, Until::NEXT_TURN);
    let mut turns = 1;
    let mut resume = first.resume;
    while let Outcome::Wait(wait) =
        resume(&mut memory_of(&mut program.bytes), &mut program.wasi).unwrap()
    {
        resume = wait.resume;
        turns += 1;
    }

    let used_bytes = u32::from_le_bytes(program.bytes[..4].try_into().unwrap());
    let listing = &program.bytes[4096..][..used_bytes as usize];
    assert_eq!(dirents(listing).len(), 502);
    assert_eq!(turns, used_bytes.div_ceil(8 << 10) - 1);
}

#[test]
fn only_a_directory_is_listed() {
    let mut program = Program::new();
    let file = program.open("file", CREATE).unwrap();
    let directory = program.open_with(3, b".", 0, DIRECTORY, (0, 0), 0).unwrap();

    assert_eq!(program.list(file, 100, 0), Err(Errno::NotDirectory));
    assert_eq!(program.list(1, 100, 0), Err(Errno::NotDirectory));
    assert_eq!(program.list(directory, 100, 0), Err(Errno::NotCapable));
    assert_eq!(program.list(99, 100, 0), Err(Errno::BadDescriptor));
}

#[test]
fn a_cookie_that_nobody_gave_lists_nothing_or_something_but_never_fails() {
    let mut program = Program::new();
    program.file("file", b"");

    for cookie in [3, 1 << 32, 1 << 63, u64::MAX] {
        let found = dirents(&program.list(3, 100, cookie).unwrap());
        assert!(found.len() <= 1, "{cookie:#x}");
    }
}

#[test]
fn a_file_systems_cookie_past_the_guests_count_is_an_overflow() {
    let mut program = Program::of(Machine::new().wasi_on(Medium::default().mounts()));

    assert_eq!(program.list(3, 100, 0), Err(Errno::Overflow));
}
