//! The bundle: the apps of an image and what each may use, as the host tool packs them.
//!
//! `bramble image` appends a bundle to the kernel; `bramble run` hands one to a kernel that is
//! already built. Either way the kernel reads it with [`Bundle::read`].
//!
//! Layout: [`MAGIC`], the length in bytes of what follows as a little-endian `u32`, then a
//! [`Bundle`] in [postcard](https://postcard.jamesmunns.com) encoding. Modules are borrowed
//! from the bundle's bytes, never copied.

mod reader;

use alloc::vec::Vec;
use core::fmt;
use reader::Reader;
use serde::{Deserialize, Serialize};

/// The first bytes of every bundle; the last one is the version of the format.
pub const MAGIC: [u8; 8] = *b"BRAMBLE\x06";

/// Bytes of [`MAGIC`] and the length that stand before the encoded bundle.
pub const HEADER_BYTES: usize = 12;

/// Everything an image runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle<'a> {
    /// When the bundle was packed, in seconds since 1970-01-01T00:00:00Z. The wall clock counts
    /// from here until something better is known.
    pub packed_at_s: u64,
    /// What the kernel does after it crashed.
    pub on_crash: OnCrash,
    /// What the kernel does once every app has ended.
    pub when_done: WhenDone,
    /// Settings of the network, each key with a value, as `service-net` reads them.
    #[serde(borrow)]
    pub network: Vec<(&'a str, &'a str)>,
    /// The apps in the order in which they start.
    #[serde(borrow)]
    pub apps: Vec<App<'a>>,
}

/// One app: a module, its surroundings, its rights and its limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App<'a> {
    /// Name in the manifest; its console lines begin with it.
    pub name: &'a str,
    /// The program's arguments, without the zeroth, which is `name`.
    #[serde(borrow)]
    pub args: Vec<&'a str>,
    /// Environment variables in order.
    #[serde(borrow)]
    pub env: Vec<(&'a str, &'a str)>,
    /// Where standard input comes from.
    pub stdin: Stdin,
    /// Services that the app may import from.
    pub uses: Vec<Service>,
    /// Names of the apps that it may start.
    #[serde(borrow)]
    pub spawns: Vec<&'a str>,
    /// The directories that the app finds open when it starts; it reaches no other files.
    #[serde(borrow)]
    pub mounts: Vec<Mount<'a>>,
    /// Ports that it may listen on, as `service-net` reads them.
    #[serde(borrow)]
    pub listens: Vec<&'a str>,
    /// Whom it may reach on the network, as `service-net` reads it.
    #[serde(borrow)]
    pub reaches: Vec<&'a str>,
    /// Its windows cover the screen.
    pub kiosk: bool,
    /// What the app may consume.
    pub limits: Limits,
    /// Before which others it has its turns.
    pub priority: Priority,
    /// The only core that runs it; `None` is any.
    pub core: Option<u8>,
    /// Whether it starts at boot.
    pub start: bool,
    /// What happens when it ends.
    pub restart: Restart,
    /// The module has tail calls: the interpreter takes them only where this is so.
    pub tail_calls: bool,
    /// The WebAssembly module.
    #[serde(borrow)]
    pub module: &'a [u8],
}

/// A service that an image can hold and an app can be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// The libc shim: WASI preview 1.
    Wasi,
    /// Threads of one app: wasi-threads.
    Threads,
    /// Apps that an app starts, and what they say to each other.
    Actors,
    /// The network: what the libc shim's sockets reach.
    Net,
    /// Windows on the screen.
    Display,
    /// What the machine is doing.
    System,
}

/// A directory that an app finds open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount<'a> {
    /// Its path as the app sees it.
    pub at: &'a str,
    /// What is there.
    #[serde(borrow)]
    pub files: Files<'a>,
    /// Whether the app may change it.
    pub access: Access,
}

/// Where the files of a [`Mount`] are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Files<'a> {
    /// In the bundle: a folder as `service-files` packs it.
    Packed(&'a [u8]),
    /// In memory, none at first.
    Memory {
        /// What they may take.
        bytes_max: u64,
    },
    /// On the SD card: this directory.
    Card(&'a str),
    /// On the host that runs the emulator, under this name; they are in memory meanwhile.
    Host(&'a str),
}

/// Whether files may be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// They may not.
    #[default]
    ReadOnly,
    /// They may.
    ReadWrite,
}

/// What an app may consume. A quota of `None` has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Size of the module itself.
    pub module_bytes_max: u64,
    /// Size of one function's body: it bounds how long a first call can take.
    pub function_bytes_max: u64,
    /// Linear memory, in pages of 64 KiB.
    pub memory_pages_max: u64,
    /// Elements of all tables.
    pub table_elements_max: u64,
    /// Stack of the interpreter.
    pub stack_bytes_max: u64,
    /// Fuel over the app's life: about one unit for each instruction.
    pub fuel_max: Option<u64>,
    /// Fuel in each second, see [`crate::quota`]; `u64::MAX` has no end.
    pub fuel_per_second_max: u64,
    /// Threads beside the first.
    pub threads_max: u64,
    /// Apps that run because it started them, or one of those did: each has a channel.
    pub channels_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            module_bytes_max: 16 << 20,
            function_bytes_max: 256 << 10,
            memory_pages_max: 1024,
            table_elements_max: 1 << 20,
            stack_bytes_max: 1 << 20,
            fuel_max: None,
            fuel_per_second_max: u64::MAX,
            threads_max: 7,
            channels_max: 8,
        }
    }
}

/// Where an app's standard input comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stdin {
    /// Nothing: end of file at once.
    #[default]
    None,
    /// The console, edited by line.
    Console,
}

/// Before which others an app has its turns: the highest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Before all others, so that it waits for no more than a turn when it wakes.
    Realtime,
    /// As most.
    #[default]
    Normal,
    /// When nobody else has anything to do, and now and then in between.
    Background,
}

impl Priority {
    /// How many there are.
    pub const COUNT: usize = 3;

    /// All of them, the highest first.
    pub const ALL: [Self; Self::COUNT] = [Self::Realtime, Self::Normal, Self::Background];
}

/// How many cores there are on every board: the numbers that [`App::core`] may have are below.
pub const CORES: u8 = 4;

/// What happens when an app ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Restart {
    /// It stays ended.
    #[default]
    Never,
    /// It starts again unless it exited with 0.
    OnFailure,
    /// It starts again.
    Always,
}

/// What the kernel does after it printed and recorded a crash of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCrash {
    /// Reset through the watchdog; the record is printed at the next boot.
    #[default]
    Reset,
    /// Stop, so that the console can be read.
    Halt,
}

/// What the kernel does once every app has ended and none is to restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhenDone {
    /// Sleep, so that the console can be read.
    #[default]
    Wait,
    /// Turn the board off.
    PowerOff,
}

/// Why bytes are not a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundleError {
    /// The bytes do not begin with [`MAGIC`]: no bundle, or one of another version.
    NoBundle,
    /// The bytes end before the bundle does.
    Truncated,
    /// The encoding is damaged.
    Damaged,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBundle => "no app bundle of this version",
            Self::Truncated => "the app bundle is cut short",
            Self::Damaged => "the app bundle is damaged",
        })
    }
}

impl<'a> App<'a> {
    /// The program `module` as an app that may use WASI and has the usual limits.
    pub fn program(name: &'a str, module: &'a [u8]) -> Self {
        Self {
            name,
            args: Vec::new(),
            env: Vec::new(),
            stdin: Stdin::None,
            uses: alloc::vec![Service::Wasi],
            spawns: Vec::new(),
            mounts: Vec::new(),
            listens: Vec::new(),
            reaches: Vec::new(),
            kiosk: false,
            limits: Limits::default(),
            priority: Priority::Normal,
            core: None,
            start: true,
            restart: Restart::Never,
            tail_calls: false,
            module,
        }
    }
}

impl<'a> Bundle<'a> {
    /// Reads the bundle that `bytes` begins with; bytes after it are left alone.
    ///
    /// # Errors
    ///
    /// [`BundleError`] says what is wrong with `bytes`.
    pub fn read(bytes: &'a [u8]) -> Result<Self, BundleError> {
        let length_bytes = Self::length_bytes(bytes)?;
        let encoded = bytes.get(HEADER_BYTES..length_bytes).ok_or(BundleError::Truncated)?;
        Reader::new(encoded).bundle().ok_or(BundleError::Damaged)
    }

    /// How many bytes the bundle takes, header included, of which the first
    /// [`HEADER_BYTES`] are enough to tell.
    ///
    /// # Errors
    ///
    /// [`BundleError::NoBundle`] or [`BundleError::Truncated`].
    pub fn length_bytes(bytes: &[u8]) -> Result<usize, BundleError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(BundleError::NoBundle)?;
        let length = rest.first_chunk::<4>().ok_or(BundleError::Truncated)?;
        Ok(HEADER_BYTES + u32::from_le_bytes(*length) as usize)
    }

    /// The bundle as bytes, header included.
    ///
    /// # Errors
    ///
    /// [`BundleError::Truncated`] if it would be larger than 4 GiB.
    pub fn write(&self) -> Result<Vec<u8>, BundleError> {
        let encoded = postcard::to_allocvec(self).map_err(|_| BundleError::Damaged)?;
        let length = u32::try_from(encoded.len()).map_err(|_| BundleError::Truncated)?;
        Ok([&MAGIC[..], &length.to_le_bytes(), &encoded].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn bundle() -> Bundle<'static> {
        Bundle {
            packed_at_s: 1_790_000_000,
            on_crash: OnCrash::Halt,
            when_done: WhenDone::PowerOff,
            network: vec![("address", "10.0.0.7/8")],
            apps: vec![App {
                name: "hello",
                args: vec!["a", "b c"],
                env: vec![("FOO", "bar")],
                stdin: Stdin::Console,
                uses: vec![Service::Wasi, Service::System],
                spawns: vec!["other"],
                mounts: vec![
                    Mount { at: "/", files: Files::Packed(b"files"), access: Access::ReadOnly },
                    Mount {
                        at: "/tmp",
                        files: Files::Memory { bytes_max: 1 << 20 },
                        access: Access::ReadWrite,
                    },
                ],
                listens: vec!["80", "8000-8009"],
                reaches: vec!["example.org:443"],
                kiosk: true,
                limits: Limits { fuel_max: Some(7), ..Limits::default() },
                priority: Priority::Realtime,
                core: Some(3),
                start: false,
                restart: Restart::OnFailure,
                tail_calls: true,
                module: b"\0asm\x01\0\0\0",
            }],
        }
    }

    #[test]
    fn what_was_written_is_read_back() {
        let bytes = bundle().write().unwrap();

        assert_eq!(Bundle::read(&bytes), Ok(bundle()));
    }

    #[test]
    fn bytes_after_the_bundle_are_left_alone() {
        let mut bytes = bundle().write().unwrap();
        bytes.extend_from_slice(b"something else");

        assert_eq!(Bundle::read(&bytes), Ok(bundle()));
    }

    #[test]
    fn a_bundle_cut_anywhere_is_an_error() {
        let bytes = bundle().write().unwrap();

        for length in 0..bytes.len() {
            assert!(Bundle::read(&bytes[..length]).is_err(), "cut to {length} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_is_read_as_postcard_reads_it() {
        let bytes = bundle().write().unwrap();

        for at in HEADER_BYTES * 8..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            let by_postcard = postcard::from_bytes(&damaged[HEADER_BYTES..]).ok();
            assert_eq!(Bundle::read(&damaged).ok(), by_postcard, "bit {at}");
        }
    }

    #[test]
    fn a_flipped_bit_in_the_header_never_panics() {
        let bytes = bundle().write().unwrap();

        for at in 0..HEADER_BYTES * 8 {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            let _ = Bundle::read(&damaged);
        }
    }

    #[test]
    fn numbers_have_their_ends_where_postcard_has_them() {
        for number in (0..64).flat_map(|bit| [1 << bit, u64::MAX >> bit]) {
            let bytes = Bundle { packed_at_s: number, ..bundle() }.write().unwrap();
            assert_eq!(Bundle::read(&bytes).map(|bundle| bundle.packed_at_s), Ok(number));
        }
        let [mut long, mut large] = [vec![0xff; 9], vec![0xff; 9]];
        long.push(0x81);
        large.push(0x02);
        for number in [long, large] {
            let length = (number.len() as u32).to_le_bytes();
            let bytes = [&MAGIC[..], &length, &number].concat();
            assert_eq!(Bundle::read(&bytes), Err(BundleError::Damaged));
        }
    }

    #[test]
    fn an_older_or_newer_format_is_not_misread() {
        let mut bytes = bundle().write().unwrap();
        bytes[7] += 1;

        assert_eq!(Bundle::read(&bytes), Err(BundleError::NoBundle));
    }
}
