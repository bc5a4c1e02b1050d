//! `fd_readdir`: the names of a directory.
//!
//! A cookie says where to go on. 0 and 1 stand before `.` and `..`, which no file system lists;
//! from 2 on they are the file system's own, which stay good while names come and go.

use crate::state::filetype;
use crate::{Wasi, check, put, wait};
use abi::Errno;
use abi::wasi::{dirent, rights};
use alloc::string::String;
use runtime::{GuestMemory, Outcome, Until};
use service_files::{Entry, Handle, Kind};

/// Bytes of names that one turn writes at most.
const TURN_BYTES_MAX: u32 = 8 << 10;

/// The first cookie that is the file system's, shifted by as much.
const FIRST_COOKIE: u64 = 2;

/// A guest's call of `fd_readdir`: what of it is still to be done.
#[derive(Clone, Copy)]
struct Request {
    fd: u32,
    at: u32,
    length_bytes: u32,
    cookie: u64,
    used_at: u32,
    used_bytes: u32,
}

impl Wasi {
    /// Writes names of directory `fd` from `cookie` on to the `length_bytes` bytes at `at`, and
    /// the number of bytes used to `used_at`. What does not fit is cut off; if there is room
    /// left, that was the last name.
    ///
    /// A long buffer is filled over several turns, [`TURN_BYTES_MAX`] in each.
    ///
    /// # Errors
    ///
    /// If the medium fails in the middle, the buffer may hold names already.
    pub(crate) fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        at: u32,
        length_bytes: u32,
        cookie: u64,
        used_at: u32,
    ) -> Result<Outcome<Self>, Errno> {
        check(memory, at, length_bytes)?;
        check(memory, used_at, 4)?;
        self.list(memory, Request { fd, at, length_bytes, cookie, used_at, used_bytes: 0 })
    }

    fn list(
        &mut self,
        memory: &mut GuestMemory<'_>,
        mut request: Request,
    ) -> Result<Outcome<Self>, Errno> {
        let directory = self.descriptors.directory(request.fd, rights::FD_READDIR)?;
        let pause_bytes = request.used_bytes.saturating_add(TURN_BYTES_MAX);

        while request.used_bytes < request.length_bytes {
            if request.used_bytes >= pause_bytes {
                return Ok(wait(Until::NEXT_TURN, move |memory, wasi| wasi.list(memory, request)));
            }
            let Some(entry) = entry(directory, request.cookie)? else { break };
            request.write(memory, &header(&entry))?;
            request.write(memory, entry.name.as_bytes())?;
            request.cookie = entry.next;
        }
        memory.write(request.used_at, &request.used_bytes.to_le_bytes())?;
        Ok(Outcome::Return(0))
    }
}

impl Request {
    /// Writes as much of `bytes` behind what was written before as there is room for.
    fn write(&mut self, memory: &mut GuestMemory<'_>, bytes: &[u8]) -> Result<(), Errno> {
        let room_bytes = (self.length_bytes - self.used_bytes) as usize;
        let fitting = &bytes[..bytes.len().min(room_bytes)];
        memory.write(self.at + self.used_bytes, fitting)?;
        self.used_bytes += fitting.len() as u32;
        Ok(())
    }
}

/// The name at `cookie`, in the guest's count of cookies.
fn entry(directory: &Handle, cookie: u64) -> Result<Option<Entry>, Errno> {
    let special = |name: &str, inode| {
        let name = String::from(name);
        Ok(Some(Entry { name, inode, kind: Kind::Directory, next: cookie + 1 }))
    };
    match cookie {
        0 => special(".", directory.status()?.inode),
        // A handle does not know where its directory lies.
        1 => special("..", 0),
        _ => {
            let found = directory.entry(cookie - FIRST_COOKIE)?;
            found.map(shift).transpose()
        }
    }
}

/// `entry` in the guest's count of cookies.
fn shift(entry: Entry) -> Result<Entry, Errno> {
    let next = entry.next.checked_add(FIRST_COOKIE).ok_or(Errno::Overflow)?;
    Ok(Entry { next, ..entry })
}

fn header(entry: &Entry) -> [u8; dirent::BYTES as usize] {
    let mut bytes = [0; dirent::BYTES as usize];
    put(&mut bytes, dirent::NEXT, entry.next.to_le_bytes());
    put(&mut bytes, dirent::INODE, entry.inode.to_le_bytes());
    put(&mut bytes, dirent::NAME_LENGTH, (entry.name.len() as u32).to_le_bytes());
    put(&mut bytes, dirent::FILETYPE, [filetype(entry.kind)]);
    bytes
}

#[cfg(test)]
mod tests;
