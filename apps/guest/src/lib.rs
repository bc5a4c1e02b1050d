//! Safe wrappers of the calls that guests import.
//!
//! [`actors`] and [`display`] are for all apps, `listener`, `option`, `strokes` and `system` for
//! those with the standard library, the rest for those without: one of these says `app_guest::main!(main)` and has no other
//! start code, since the kernel calls `_start`.
//! Source: WASI preview 1, `wasi_snapshot_preview1.witx`.

#![no_std]

pub mod actors;
pub mod display;
#[cfg(feature = "std")]
mod listeners;
#[cfg(feature = "std")]
mod options;
#[cfg(feature = "std")]
pub mod strokes;
#[cfg(feature = "std")]
pub mod system;

#[cfg(feature = "std")]
pub use listeners::listener;
#[cfg(feature = "std")]
pub use options::option;

/// The `errno` of WASI, as `abi::Errno` numbers it.
pub type Errno = u16;

fn answer<T>(errno: u32, answer: T) -> Result<T, Errno> {
    if errno == 0 { Ok(answer) } else { Err(errno as Errno) }
}

mod imports {
    /// A run of bytes to write (`ciovec`).
    #[repr(C)]
    pub(super) struct Bytes {
        pub(super) at: *const u8,
        pub(super) length_bytes: usize,
    }

    #[link(wasm_import_module = "wasi_snapshot_preview1")]
    unsafe extern "C" {
        /// Writes `runs_length` runs of bytes and stores how many bytes that were.
        pub(super) fn fd_write(
            descriptor: u32,
            runs: *const Bytes,
            runs_length: usize,
            written_bytes: *mut usize,
        ) -> u16;
    }
}

/// A stream that every program has from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Stream {
    /// Standard output.
    Output = 1,
    /// Standard error.
    Error = 2,
}

impl Stream {
    /// Writes as much of `bytes` as fits and says how many bytes that were.
    ///
    /// # Errors
    ///
    /// The `errno` of WASI, as `abi::Errno` numbers it; nothing is written then.
    pub fn write(self, bytes: &[u8]) -> Result<usize, Errno> {
        let run = imports::Bytes { at: bytes.as_ptr(), length_bytes: bytes.len() };
        let mut written_bytes = 0;

        // SAFETY: `run` describes `bytes`, which are borrowed for the whole call, and the kernel
        // writes nothing but `written_bytes`.
        let errno = unsafe { imports::fd_write(self as u32, &run, 1, &mut written_bytes) };

        if errno == 0 { Ok(written_bytes) } else { Err(errno) }
    }
}

/// Makes the function `$main` the start of the program.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        /// What the kernel calls.
        // SAFETY: nothing else in a program is called `_start`.
        #[unsafe(no_mangle)]
        extern "C" fn _start() {
            $main();
        }
    };
}

/// A panic is a trap, which ends the app.
#[cfg(not(feature = "std"))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
