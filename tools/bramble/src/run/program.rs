//! The program on the host's side: reading it, and packing it for the kernel.

use crate::tail_calls::has_tail_calls;
use abi::{display, system};
use anyhow::{Context, anyhow, ensure};
use kernel_core::bundle::{
    App, Bundle, Limits, Mount, OnCrash, Priority, Restart, Service, Stdin, WhenDone,
};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use wasmparser::{Import, Parser, Payload};

const WASM_MAGIC: &[u8] = b"\0asm";

/// As many as 32 bits address: the board's memory is the limit.
const PAGES_MAX: u64 = 1 << 16;

/// Whom a program reaches that may use the network.
const EVERYBODY: &str = "*:*";

/// Calls of WASI that take from standard input. `poll_oneoff` only waits for it, and is in every
/// program that sleeps.
const READING_CALLS: [&str; 2] = ["fd_read", "fd_pread"];

/// A program that is worth booting for.
pub(super) struct Program {
    /// The file's name without its ending.
    pub(super) name: String,
    /// Whether it can read its standard input. One that cannot must not eat the host's.
    pub(super) reads_stdin: bool,
    module: Vec<u8>,
}

/// What the program is given.
pub(super) struct Rights<'a> {
    pub(super) env: &'a [(String, String)],
    /// The directories that it finds open.
    pub(super) mounts: Vec<Mount<'a>>,
    /// `None`: what the board has.
    pub(super) memory_pages_max: Option<u64>,
    /// `None`: without end.
    pub(super) fuel_max: Option<u64>,
    /// The ports that it may listen on, if it may use the network. It then reaches everybody.
    pub(super) listens: Option<&'a [u16]>,
}

impl Rights<'_> {
    /// The services that `module` may use. The window that it opens, and what it asks of the
    /// machine, are on a board that it has for itself.
    fn services(&self, module: &[u8]) -> Vec<Service> {
        let of_module = [(Service::Display, display::MODULE), (Service::System, system::MODULE)];
        let wanted =
            of_module.into_iter().filter(|(_, name)| imports(module, |i| i.module == *name));
        let net = self.listens.map(|_| Service::Net);
        let others = wanted.map(|(service, _)| service).chain(net);
        [Service::Wasi, Service::Threads].into_iter().chain(others).collect()
    }
}

impl Program {
    /// Reads the module at `path`. Whether it is a valid one, the kernel decides.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too large, or begins unlike any module.
    pub(super) fn load(path: &Path) -> anyhow::Result<Self> {
        let bytes = read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self::new(name, module_of(path, bytes)?)
    }

    fn new(name: String, module: Vec<u8>) -> anyhow::Result<Self> {
        let limit = Limits::default().module_bytes_max;
        ensure!(
            module.len() as u64 <= limit,
            "{name} is too large: a module has at most {limit} bytes"
        );
        ensure!(
            module.starts_with(WASM_MAGIC),
            "{name} is not a WebAssembly module: it does not begin with \\0asm"
        );
        Ok(Self { name, reads_stdin: reads_stdin(&module), module })
    }

    /// The program with its arguments `words`, as the kernel takes it.
    ///
    /// # Errors
    ///
    /// It has threads and cannot be lowered, or is larger than any bundle can be.
    pub(super) fn bundle(&self, words: &[String], rights: &Rights<'_>) -> anyhow::Result<Vec<u8>> {
        // Shared memory is there whole from the beginning, so it has the limit of a packed app.
        let shared_pages_max =
            rights.memory_pages_max.unwrap_or(Limits::default().memory_pages_max);
        let shared_pages_max = u32::try_from(shared_pages_max).unwrap_or(u32::MAX);
        let module = lower::lower(&self.module, shared_pages_max)
            .map_err(|error| anyhow!("{} {error}", self.name))?;
        let listens = rights.listens.unwrap_or_default();
        let listens: Vec<_> = listens.iter().map(u16::to_string).collect();
        let app = App {
            name: &self.name,
            args: words.iter().map(String::as_str).collect(),
            env: rights.env.iter().map(|(name, value)| (&**name, &**value)).collect(),
            stdin: if self.reads_stdin { Stdin::Console } else { Stdin::None },
            uses: rights.services(&module),
            spawns: Vec::new(),
            mounts: rights.mounts.clone(),
            listens: listens.iter().map(String::as_str).collect(),
            reaches: rights.listens.map(|_| EVERYBODY).into_iter().collect(),
            kiosk: false,
            limits: Limits {
                memory_pages_max: rights.memory_pages_max.unwrap_or(PAGES_MAX),
                fuel_max: rights.fuel_max,
                ..Limits::default()
            },
            priority: Priority::Normal,
            core: None,
            start: true,
            restart: Restart::Never,
            tail_calls: has_tail_calls(&module),
            module: &module,
        };
        let bundle = Bundle {
            packed_at_s: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
            on_crash: OnCrash::Reset,
            when_done: WhenDone::PowerOff,
            network: Vec::new(),
            apps: vec![app],
        };
        bundle.write().map_err(|error| anyhow!("cannot pack {}: {error}", self.name))
    }
}

/// The file's bytes; of one that is too large only so many that it shows.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = Limits::default().module_bytes_max + 1;
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn module_of(path: &Path, bytes: Vec<u8>) -> anyhow::Result<Vec<u8>> {
    if path.extension().is_none_or(|extension| extension != "wat") {
        return Ok(bytes);
    }
    let module = wat::Parser::new().parse_bytes(Some(path), &bytes)?;
    Ok(module.into_owned())
}

/// Whether `module` imports a call that takes from standard input.
fn reads_stdin(module: &[u8]) -> bool {
    imports(module, |import| READING_CALLS.contains(&import.name))
}

/// Whether `module` imports something that is `wanted`. What cannot be parsed imports nothing.
fn imports(module: &[u8], wanted: impl Fn(&Import<'_>) -> bool) -> bool {
    for payload in Parser::new(0).parse_all(module) {
        match payload {
            Ok(Payload::ImportSection(imports)) => {
                return imports.into_iter().any(|import| import.is_ok_and(|i| wanted(&i)));
            }
            Ok(_) => {}
            Err(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_RIGHTS: Rights<'_> = Rights {
        env: &[],
        mounts: Vec::new(),
        memory_pages_max: None,
        fuel_max: None,
        listens: None,
    };

    fn program(text: &str) -> Program {
        Program::new("test".into(), wat::parse_str(text).unwrap()).unwrap()
    }

    #[test]
    fn what_the_program_is_given_is_what_the_kernel_reads() {
        let program = program("(module)");
        let env = [("HOME".to_owned(), "/".to_owned())];
        let rights =
            Rights { env: &env, memory_pages_max: Some(3), fuel_max: Some(9), ..NO_RIGHTS };

        let bytes = program.bundle(&["a b".to_owned(), String::new()], &rights).unwrap();

        let bundle = Bundle::read(&bytes).unwrap();
        let app = &bundle.apps[0];
        assert_eq!((app.name, &app.args[..]), ("test", &["a b", ""][..]));
        assert_eq!(app.env, [("HOME", "/")]);
        assert_eq!((app.limits.memory_pages_max, app.limits.fuel_max), (3, Some(9)));
        assert_eq!(app.module, program.module);
    }

    #[test]
    fn a_program_reaches_the_network_only_if_it_is_asked_for() {
        let rights = |listens| {
            let bytes = program("(module)").bundle(&[], &Rights { listens, ..NO_RIGHTS }).unwrap();
            let app = &Bundle::read(&bytes).unwrap().apps[0];
            let own =
                |texts: &[&str]| texts.iter().map(|text| text.to_string()).collect::<Vec<_>>();
            (app.uses.contains(&Service::Net), own(&app.listens), own(&app.reaches))
        };

        assert_eq!(rights(None), (false, vec![], vec![]));
        assert_eq!(rights(Some(&[])), (true, vec![], vec!["*:*".to_owned()]));
        assert_eq!(rights(Some(&[80, 443])).1, ["80", "443"]);
    }

    #[test]
    fn a_program_that_imports_windows_may_open_them() {
        let uses = |text: &str| {
            let bytes = program(text).bundle(&[], &NO_RIGHTS).unwrap();
            Bundle::read(&bytes).unwrap().apps[0].uses.clone()
        };

        let window = uses(r#"(module (import "bramble_display" "open" (func)))"#);
        assert_eq!(window, [Service::Wasi, Service::Threads, Service::Display]);
        assert_eq!(uses("(module)"), [Service::Wasi, Service::Threads]);
    }

    #[test]
    fn only_a_program_that_can_read_gets_the_hosts_input() {
        let reader = program(r#"(module (import "wasi_snapshot_preview1" "fd_read" (func)))"#);
        let writer = program(r#"(module (import "wasi_snapshot_preview1" "fd_write" (func)))"#);
        let sleeper = program(r#"(module (import "wasi_snapshot_preview1" "poll_oneoff" (func)))"#);

        for (program, stdin) in
            [(reader, Stdin::Console), (writer, Stdin::None), (sleeper, Stdin::None)]
        {
            let bytes = program.bundle(&[], &NO_RIGHTS).unwrap();
            assert_eq!(Bundle::read(&bytes).unwrap().apps[0].stdin, stdin);
        }
    }

    #[test]
    fn a_damaged_module_is_left_to_the_kernel() {
        let program = Program::new("test".into(), b"\0asm\x01\0\0\0\x02\xff".to_vec()).unwrap();

        assert!(!program.reads_stdin);
    }

    #[test]
    fn a_file_that_never_ends_is_not_read_for_ever() {
        let error = Program::load(Path::new("/dev/zero")).err().unwrap();

        assert!(error.to_string().starts_with("zero is too large"), "{error}");
    }

    #[test]
    fn what_does_not_begin_like_a_module_is_not_booted() {
        let error = Program::new("notes".into(), b"#!/bin/sh".to_vec()).err().unwrap();

        assert!(error.to_string().starts_with("notes is not a WebAssembly module"), "{error}");
    }
}
