//! A program that makes its calls with paths and buffers in a memory of its own.

use super::{Machine, finish, memory_of};
use crate::Wasi;
use abi::Errno;
use abi::wasi::filestat;
use alloc::vec;
use alloc::vec::Vec;

/// What `path_open` is asked for with `lookup`, `oflags` and rights, as the witx file numbers them.
pub(crate) const NOFOLLOW: u32 = 0;
pub(crate) const FOLLOW: u32 = 1;
pub(crate) const CREATE: u32 = 1;
pub(crate) const DIRECTORY: u32 = 2;
pub(crate) const EXCLUSIVE: u32 = 4;
pub(crate) const TRUNCATE: u32 = 8;
pub(crate) const ALL: u64 = u64::MAX;
/// Without `fd_write`, which no directory can be opened for.
const ALL_BUT_WRITE: u64 = ALL & !(1 << 6);

const VECTOR_AT: u32 = 0;
const RESULT_AT: u32 = 16;
const PATH_AT: u32 = 1 << 10;
const OTHER_PATH_AT: u32 = 8 << 10;
const BUFFER_AT: u32 = 16 << 10;
const MEMORY_BYTES: usize = 256 << 10;

/// The first directory that a program was granted.
const ROOT: u32 = 3;

/// An app and its memory.
pub(crate) struct Program {
    pub(crate) wasi: Wasi,
    pub(crate) bytes: Vec<u8>,
}

impl Program {
    /// One with an empty directory in memory.
    pub(crate) fn new() -> Self {
        Self::of(Machine::new().wasi_with_files())
    }

    pub(crate) fn of(wasi: Wasi) -> Self {
        Self { wasi, bytes: vec![0; MEMORY_BYTES] }
    }

    /// Puts `path` into the memory and tells its length.
    fn put(&mut self, at: u32, path: &[u8]) -> u32 {
        self.bytes[at as usize..][..path.len()].copy_from_slice(path);
        path.len() as u32
    }

    fn result_u32(&self) -> u32 {
        let bytes = &self.bytes[RESULT_AT as usize..][..4];
        u32::from_le_bytes(bytes.try_into().unwrap())
    }

    fn result_u64(&self) -> u64 {
        let bytes = &self.bytes[RESULT_AT as usize..][..8];
        u64::from_le_bytes(bytes.try_into().unwrap())
    }

    /// Opens a path from the root with all rights; a directory, if the flags say so.
    pub(crate) fn open(&mut self, path: &str, oflags: u32) -> Result<u32, Errno> {
        let base = if oflags & DIRECTORY != 0 { ALL_BUT_WRITE } else { ALL };
        self.open_with(ROOT, path.as_bytes(), FOLLOW, oflags, (base, ALL), 0)
    }

    pub(crate) fn open_with(
        &mut self,
        fd: u32,
        path: &[u8],
        lookup: u32,
        oflags: u32,
        (base, inheriting): (u64, u64),
        fdflags: u32,
    ) -> Result<u32, Errno> {
        let length = self.put(PATH_AT, path);
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_open(
            memory, fd, lookup, PATH_AT, length, oflags, base, inheriting, fdflags, RESULT_AT,
        )?;
        Ok(self.result_u32())
    }

    /// Makes a file that holds `contents`, and closes it.
    pub(crate) fn file(&mut self, path: &str, contents: &[u8]) {
        let fd = self.open(path, CREATE | EXCLUSIVE).unwrap();
        assert_eq!(self.write(fd, contents), Ok(contents.len() as u32));
        assert_eq!(self.wasi.fd_close(fd), Ok(()));
    }

    /// All of the file at a path.
    pub(crate) fn contents(&mut self, path: &str) -> Vec<u8> {
        let fd = self.open(path, 0).unwrap();
        let contents = self.read(fd, 4096).unwrap();
        assert_eq!(self.wasi.fd_close(fd), Ok(()));
        contents
    }

    /// Makes the buffer the one vector of a list.
    fn vector(&mut self, length: u32) {
        self.put(VECTOR_AT, &BUFFER_AT.to_le_bytes());
        self.put(VECTOR_AT + 4, &length.to_le_bytes());
    }

    pub(crate) fn write(&mut self, fd: u32, contents: &[u8]) -> Result<u32, Errno> {
        let length = self.put(BUFFER_AT, contents);
        self.vector(length);
        let memory = &mut memory_of(&mut self.bytes);
        finish(self.wasi.fd_write(memory, fd, VECTOR_AT, 1, RESULT_AT))?;
        Ok(self.result_u32())
    }

    pub(crate) fn pwrite(&mut self, fd: u32, contents: &[u8], offset: u64) -> Result<u32, Errno> {
        let length = self.put(BUFFER_AT, contents);
        self.vector(length);
        let memory = &mut memory_of(&mut self.bytes);
        finish(self.wasi.fd_pwrite(memory, fd, VECTOR_AT, 1, offset, RESULT_AT))?;
        Ok(self.result_u32())
    }

    pub(crate) fn read(&mut self, fd: u32, length: u32) -> Result<Vec<u8>, Errno> {
        self.vector(length);
        let memory = &mut memory_of(&mut self.bytes);
        finish(self.wasi.fd_read(memory, fd, VECTOR_AT, 1, RESULT_AT))?;
        Ok(self.buffer())
    }

    pub(crate) fn pread(&mut self, fd: u32, length: u32, offset: u64) -> Result<Vec<u8>, Errno> {
        self.vector(length);
        let memory = &mut memory_of(&mut self.bytes);
        finish(self.wasi.fd_pread(memory, fd, VECTOR_AT, 1, offset, RESULT_AT))?;
        Ok(self.buffer())
    }

    /// As much of the buffer as the result says.
    pub(crate) fn buffer(&self) -> Vec<u8> {
        self.bytes[BUFFER_AT as usize..][..self.result_u32() as usize].to_vec()
    }

    pub(crate) fn seek(&mut self, fd: u32, offset: i64, whence: u32) -> Result<u64, Errno> {
        self.wasi.fd_seek(&mut memory_of(&mut self.bytes), fd, offset, whence, RESULT_AT)?;
        Ok(self.result_u64())
    }

    pub(crate) fn tell(&mut self, fd: u32) -> Result<u64, Errno> {
        self.wasi.fd_tell(&mut memory_of(&mut self.bytes), fd, RESULT_AT)?;
        Ok(self.result_u64())
    }

    /// Rights of a descriptor, base and inheriting.
    pub(crate) fn rights(&mut self, fd: u32) -> Result<(u64, u64), Errno> {
        let state = self.state(fd)?;
        let right = |at: usize| u64::from_le_bytes(state[at..at + 8].try_into().unwrap());
        Ok((right(8), right(16)))
    }

    /// The `fdstat` of a descriptor.
    pub(crate) fn state(&mut self, fd: u32) -> Result<[u8; 24], Errno> {
        self.wasi.fd_fdstat_get(&mut memory_of(&mut self.bytes), fd, BUFFER_AT)?;
        Ok(self.bytes[BUFFER_AT as usize..][..24].try_into().unwrap())
    }

    /// The `filestat` of a descriptor.
    pub(crate) fn filestat(&mut self, fd: u32) -> Result<[u8; 64], Errno> {
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.fd_filestat_get::<{ filestat::BYTES }>(memory, fd, BUFFER_AT)?;
        Ok(self.bytes[BUFFER_AT as usize..][..64].try_into().unwrap())
    }

    /// The `filestat` at a path from the root.
    pub(crate) fn filestat_at(&mut self, path: &str, lookup: u32) -> Result<[u8; 64], Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_filestat_get::<{ filestat::BYTES }>(
            memory, ROOT, lookup, PATH_AT, length, BUFFER_AT,
        )?;
        Ok(self.bytes[BUFFER_AT as usize..][..64].try_into().unwrap())
    }

    pub(crate) fn make_directory(&mut self, path: &[u8]) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path);
        self.wasi.path_create_directory(&mut memory_of(&mut self.bytes), ROOT, PATH_AT, length)
    }

    pub(crate) fn remove_directory(&mut self, path: &str) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        self.wasi.path_remove_directory(&mut memory_of(&mut self.bytes), ROOT, PATH_AT, length)
    }

    pub(crate) fn unlink(&mut self, path: &str) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        self.wasi.path_unlink_file(&mut memory_of(&mut self.bytes), ROOT, PATH_AT, length)
    }

    pub(crate) fn link(&mut self, path: &str, lookup: u32, to: (u32, &str)) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        let to_length = self.put(OTHER_PATH_AT, to.1.as_bytes());
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_link(memory, ROOT, lookup, PATH_AT, length, to.0, OTHER_PATH_AT, to_length)
    }

    pub(crate) fn rename(&mut self, path: &str, to: (u32, &str)) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        let to_length = self.put(OTHER_PATH_AT, to.1.as_bytes());
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_rename(memory, ROOT, PATH_AT, length, to.0, OTHER_PATH_AT, to_length)
    }

    pub(crate) fn symlink(&mut self, target: &str, path: &str) -> Result<(), Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        let target_length = self.put(OTHER_PATH_AT, target.as_bytes());
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_symlink(memory, OTHER_PATH_AT, target_length, ROOT, PATH_AT, length)
    }

    pub(crate) fn read_link(&mut self, path: &str, room: u32) -> Result<Vec<u8>, Errno> {
        let length = self.put(PATH_AT, path.as_bytes());
        let memory = &mut memory_of(&mut self.bytes);
        self.wasi.path_readlink(memory, ROOT, PATH_AT, length, BUFFER_AT, room, RESULT_AT)?;
        Ok(self.buffer())
    }

    /// The dirents of a directory from `cookie` on, as far as `room` bytes hold them.
    pub(crate) fn list(&mut self, fd: u32, room: u32, cookie: u64) -> Result<Vec<u8>, Errno> {
        let memory = &mut memory_of(&mut self.bytes);
        finish(self.wasi.fd_readdir(memory, fd, BUFFER_AT, room, cookie, RESULT_AT))?;
        Ok(self.buffer())
    }
}
