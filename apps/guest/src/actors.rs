//! Starting other apps of the image, and talking with them.
//!
//! An app's manifest says which it may start (`spawns`), and it `uses` `"actors"`, as do those of
//! them that call something of this module. Source: `services/abi/src/actors.rs`.

pub use crate::Errno;
use crate::answer;

/// Bytes that arguments, or paths of directories, have at most, with a zero byte behind each.
pub const LIST_BYTES_MAX: usize = 4096;

/// Argument list too long.
const TOO_BIG: Errno = 1;

mod imports {
    #[link(wasm_import_module = "bramble_actors")]
    unsafe extern "C" {
        /// Starts the app of the first word, and stores its number.
        pub(super) fn spawn(
            words: *const u8,
            words_bytes: usize,
            mounts: *const u8,
            mounts_bytes: usize,
            streams: u32,
            actor: *mut u32,
        ) -> u32;

        /// Sends some of the bytes, and stores how many.
        pub(super) fn send(
            actor: u32,
            bytes: *const u8,
            count: usize,
            limit_ns: i64,
            sent: *mut usize,
        ) -> u32;

        /// Stores some bytes, and how many.
        pub(super) fn receive(
            actor: u32,
            bytes: *mut u8,
            count: usize,
            limit_ns: i64,
            received: *mut usize,
        ) -> u32;

        /// Sends no more.
        pub(super) safe fn shutdown(actor: u32) -> u32;

        /// Waits for the end, and stores how it was.
        pub(super) fn wait(actor: u32, limit_ns: i64, ending: *mut [u32; 2]) -> u32;

        /// Ends the app.
        pub(super) safe fn close(actor: u32) -> u32;
    }
}

/// What an app is started with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spawn<'a> {
    /// The app's name in the image, and its arguments; without any it has its manifest's.
    pub words: &'a [&'a str],
    /// Directories of this app that it is to have; with `:ro` behind the path it may only read.
    pub mounts: &'a [&'a str],
    /// Whether what is sent to it is its standard input.
    pub stdin: bool,
    /// Whether its standard output is what is received from it.
    pub stdout: bool,
}

/// How an app ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It exited with this code.
    Exited(u32),
    /// It trapped, or used up its fuel.
    Trapped,
    /// Somebody ended it.
    Killed,
    /// It could not start; why is on the console.
    Refused,
}

/// Another app.
#[derive(Debug, PartialEq, Eq)]
pub struct Actor(u32);

impl Actor {
    /// The app that started this one; calls give "bad file descriptor" if none did.
    pub const PARENT: Self = Self(0);

    /// Calls wait as long as it takes.
    pub const FOREVER: i64 = -1;

    /// Starts an app.
    ///
    /// # Errors
    ///
    /// "Permission denied" if this app may not, "no such file or directory" if there is none,
    /// "capabilities insufficient" for a directory that this one has not got, "resource
    /// unavailable" if there are as many as there may be; nothing has changed.
    pub fn spawn(spawn: Spawn<'_>) -> Result<Self, Errno> {
        let (mut words, mut mounts) = ([0; LIST_BYTES_MAX], [0; LIST_BYTES_MAX]);
        let words = list(spawn.words, &mut words)?;
        let mounts = list(spawn.mounts, &mut mounts)?;
        let streams = u32::from(spawn.stdin) | u32::from(spawn.stdout) << 1;
        let mut actor = 0;

        // SAFETY: both lists are borrowed for the whole call, and the kernel writes nothing but
        // `actor`.
        let errno = unsafe {
            imports::spawn(
                words.as_ptr(),
                words.len(),
                mounts.as_ptr(),
                mounts.len(),
                streams,
                &mut actor,
            )
        };
        answer(errno, Self(actor))
    }

    /// Sends at least one of `bytes`, unless there is none, and says how many.
    ///
    /// # Errors
    ///
    /// "Broken pipe" if nobody will receive them, "resource unavailable" after `limit_ns`
    /// nanoseconds; nothing is sent then.
    pub fn send(&self, bytes: &[u8], limit_ns: i64) -> Result<usize, Errno> {
        let mut sent = 0;
        // SAFETY: `bytes` are borrowed for the whole call, and the kernel writes nothing but `sent`.
        let errno =
            unsafe { imports::send(self.0, bytes.as_ptr(), bytes.len(), limit_ns, &mut sent) };
        answer(errno, sent)
    }

    /// Sends all of `bytes`, however long that takes.
    ///
    /// # Errors
    ///
    /// "Broken pipe" if nobody will receive them; some may have been sent.
    pub fn send_all(&self, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            let sent = self.send(bytes, Self::FOREVER)?;
            bytes = bytes.get(sent..).unwrap_or_default();
        }
        Ok(())
    }

    /// Receives at least one byte into `buffer`, and says how many; 0 are the end.
    ///
    /// # Errors
    ///
    /// "Resource unavailable" after `limit_ns` nanoseconds; nothing is received then.
    pub fn receive(&self, buffer: &mut [u8], limit_ns: i64) -> Result<usize, Errno> {
        let mut received = 0;
        // SAFETY: `buffer` is borrowed for the whole call, and the kernel writes nothing but that
        // and `received`.
        let errno = unsafe {
            imports::receive(self.0, buffer.as_mut_ptr(), buffer.len(), limit_ns, &mut received)
        };
        answer(errno, received)
    }

    /// Sends nothing more: the other receives the end.
    ///
    /// # Errors
    ///
    /// There is no such app.
    pub fn shutdown(&self) -> Result<(), Errno> {
        answer(imports::shutdown(self.0), ())
    }

    /// Waits for its end.
    ///
    /// # Errors
    ///
    /// "Resource unavailable" after `limit_ns` nanoseconds.
    pub fn wait(&self, limit_ns: i64) -> Result<Ending, Errno> {
        let mut ending = [0; 2];
        // SAFETY: the kernel writes nothing but `ending`.
        let errno = unsafe { imports::wait(self.0, limit_ns, &mut ending) };
        let ending = match ending {
            [0, code] => Ending::Exited(code),
            [1, _] => Ending::Trapped,
            [2, _] => Ending::Killed,
            _ => Ending::Refused,
        };
        answer(errno, ending)
    }
}

impl Drop for Actor {
    /// Ends the app, if this one started it and it still runs.
    fn drop(&mut self) {
        imports::close(self.0);
    }
}

/// Writes `texts` one after another to `buffer`, with a zero byte behind each.
fn list<'b>(texts: &[&str], buffer: &'b mut [u8; LIST_BYTES_MAX]) -> Result<&'b [u8], Errno> {
    let mut end = 0;
    for text in texts {
        let place = buffer.get_mut(end..end + text.len() + 1).ok_or(TOO_BIG)?;
        let (place, zero) = place.split_at_mut(text.len());
        place.copy_from_slice(text.as_bytes());
        zero.fill(0);
        end += text.len() + 1;
    }
    Ok(&buffer[..end])
}
