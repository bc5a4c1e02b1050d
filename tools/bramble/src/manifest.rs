//! The manifest: which apps an image holds, what each may use and consume.
//!
//! A TOML file with one table per app, in the order in which they start, and at most one table
//! `[system]`. Every mistake is reported with its line, an unknown key with the nearest valid
//! one.

mod mounts;
mod network;
mod value;

use anyhow::{Context, anyhow, ensure};
use kernel_core::bundle::{CORES, Limits, OnCrash, Priority, Restart, Service, Stdin, WhenDone};
use kernel_core::card::PRIORITIES;
pub(crate) use mounts::{Files, Mount};
use std::path::{Path, PathBuf};
use value::{Table, Value};

/// Names that console lines begin with already.
const RESERVED: [&str; 2] = ["system", "kernel"];
const NAME_LENGTH_MAX: usize = 32;

const SYSTEM_KEYS: [&str; 5] = ["services", "card", "on_crash", "when_done", "network"];
const APP_KEYS: [&str; 24] = [
    "uses",
    "spawns",
    "mounts",
    "listens",
    "reaches",
    "kiosk",
    "args",
    "env",
    "stdin",
    "priority",
    "core",
    "start",
    "restart",
    "memory_pages_max",
    "table_elements_max",
    "stack_bytes_max",
    "function_bytes_max",
    "module_bytes_max",
    "fuel_max",
    "fuel_per_second_max",
    "threads_max",
    "channels_max",
    "module",
    "target",
];

/// Linear memory is addressed with 32 bits: 65 536 pages of 64 KiB.
const MEMORY_PAGES: u64 = 1 << 16;
const U32: u64 = u32::MAX as u64;

/// What an image is to hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Which services the kernel is built with.
    pub(crate) services: Services,
    /// Whether the SD card is used, with the apps on it, even if no app of the image uses it.
    pub(crate) card: bool,
    /// What the kernel does after it crashed.
    pub(crate) on_crash: OnCrash,
    /// What the kernel does once every app has ended.
    pub(crate) when_done: WhenDone,
    /// Settings of the network, as a bundle has them.
    pub(crate) network: Vec<(&'static str, String)>,
    /// The apps in the order in which they start.
    pub(crate) apps: Vec<App>,
}

/// Which services an image holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Services {
    /// Those that an app uses.
    #[default]
    Used,
    /// All there are, so that `bramble run` can run any program.
    All,
}

/// One app of the manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct App {
    /// Name of its table; its console lines begin with it.
    pub(crate) name: String,
    /// Where its module comes from.
    pub(crate) source: Source,
    /// The program's arguments, without the zeroth.
    pub(crate) args: Vec<String>,
    /// Environment variables in order.
    pub(crate) env: Vec<(String, String)>,
    /// Where standard input comes from.
    pub(crate) stdin: Stdin,
    /// Services that the app may import from.
    pub(crate) uses: Vec<Service>,
    /// Names of the apps that it may start.
    pub(crate) spawns: Vec<String>,
    /// The directories that it finds open.
    pub(crate) mounts: Vec<Mount>,
    /// Ports that it may listen on.
    pub(crate) listens: Vec<String>,
    /// Whom it may reach.
    pub(crate) reaches: Vec<String>,
    /// Whether its windows cover the screen.
    pub(crate) kiosk: bool,
    /// What the app may consume.
    pub(crate) limits: Limits,
    /// Before which others it has its turns.
    pub(crate) priority: Priority,
    /// The only core that runs it.
    pub(crate) core: Option<u8>,
    /// Whether it starts at boot.
    pub(crate) start: bool,
    /// What happens when it ends.
    pub(crate) restart: Restart,
}

/// Where an app's module comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file, `.wasm` or `.wat`, that is there already.
    Module(PathBuf),
    /// A folder with a Rust package or C files, which is built.
    Folder {
        /// The folder.
        path: PathBuf,
        /// What a Rust package is built for.
        target: GuestTarget,
    },
}

/// What a Rust app is built for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GuestTarget {
    /// The standard library on WASI.
    #[default]
    Wasip1,
    /// No standard library.
    Unknown,
}

impl GuestTarget {
    /// The compiler's name for it.
    pub(crate) fn triple(self) -> &'static str {
        match self {
            Self::Wasip1 => "wasm32-wasip1",
            Self::Unknown => "wasm32-unknown-unknown",
        }
    }
}

impl Manifest {
    /// Reads the manifest in the file `path`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or says something that it cannot say; the error names file and
    /// line.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        Self::parse(&text, path)
    }

    /// The manifest `text`, whose file is `path`.
    ///
    /// # Errors
    ///
    /// The text says something that it cannot say; the error names file and line, or the file
    /// alone if it names no app.
    pub fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let document = value::Document::parse(text, path)?;
        let mut manifest = Self {
            services: Services::default(),
            card: false,
            on_crash: OnCrash::default(),
            when_done: WhenDone::default(),
            network: Vec::new(),
            apps: Vec::new(),
        };

        for (name, value) in document.table()?.entries() {
            if name.text() == "system" {
                manifest.read_system(&value.table(&SYSTEM_KEYS)?)?;
            } else {
                check_name(name.text()).map_err(|why| name.error(why))?;
                let table = value.table(&APP_KEYS)?;
                let app = App::read(name.text(), &table, folder)?;
                manifest.check_stdin(&app, &table)?;
                manifest.apps.push(app);
            }
        }

        ensure!(!manifest.apps.is_empty(), "{} names no app", path.display());
        manifest.check_spawns(&document)?;
        Ok(manifest)
    }

    fn read_system(&mut self, table: &Table<'_>) -> anyhow::Result<()> {
        if let Some(value) = table.get("services") {
            self.services = value.one_of(&[("used", Services::Used), ("all", Services::All)])?;
        }
        if let Some(value) = table.get("card") {
            self.card = value.flag()?;
        }
        if let Some(value) = table.get("on_crash") {
            self.on_crash = value.one_of(&[("reset", OnCrash::Reset), ("halt", OnCrash::Halt)])?;
        }
        if let Some(value) = table.get("when_done") {
            self.when_done =
                value.one_of(&[("wait", WhenDone::Wait), ("power-off", WhenDone::PowerOff)])?;
        }
        if let Some(value) = table.get("network") {
            self.network = network::settings(value)?;
        }
        Ok(())
    }

    /// Checks that the apps are there which others may start. They can also be on the card, if there
    /// is one.
    fn check_spawns(&self, document: &value::Document) -> anyhow::Result<()> {
        for (_, value) in document.table()?.entries() {
            let table = value.any_table()?;
            let Some(spawns) = table.get("spawns") else { continue };
            spawns.list(|name| {
                let text = name.text()?;
                if self.card || self.apps.iter().any(|app| app.name == text) {
                    return Ok(());
                }
                Err(name.error(anyhow!("there is no app `{text}` that could be started")))
            })?;
        }
        Ok(())
    }

    /// Checks that `app`, whose table is `table`, does not ask for the console of another.
    fn check_stdin(&self, app: &App, table: &Table<'_>) -> anyhow::Result<()> {
        let reader = self.apps.iter().find(|other| other.stdin == Stdin::Console);
        match (reader, table.get("stdin")) {
            (Some(other), Some(value)) if app.stdin == Stdin::Console => Err(value.error(anyhow!(
                "only one app can read the console, and `{}` does already",
                other.name
            ))),
            _ => Ok(()),
        }
    }
}

/// Checks that an app can be called `name`.
///
/// # Errors
///
/// It cannot; the error says why.
pub(crate) fn check_name(name: &str) -> anyhow::Result<()> {
    ensure!(!RESERVED.contains(&name), "no app can be called `{name}`: the kernel's lines are");
    ensure!(
        (1..=NAME_LENGTH_MAX).contains(&name.len()),
        "an app's name has 1 to {NAME_LENGTH_MAX} characters"
    );
    ensure!(
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
        "an app's name is made of a-z, 0-9 and `-`, which `{name}` is not"
    );
    Ok(())
}

impl App {
    fn read(name: &str, table: &Table<'_>, folder: &Path) -> anyhow::Result<Self> {
        let uses = match table.get("uses") {
            Some(value) => value.list(|service| service.one_of(&crate::pack::service_names()))?,
            None => Vec::new(),
        };
        let stdin = match table.get("stdin") {
            Some(value) => value.one_of(&[("none", Stdin::None), ("console", Stdin::Console)])?,
            None => Stdin::default(),
        };
        let network::Rights { listens, reaches } = network::rights(table, &uses)?;

        Ok(Self {
            name: name.to_owned(),
            source: read_source(name, table, folder)?,
            args: table.get("args").map_or(Ok(Vec::new()), |value| value.list(Value::text))?,
            env: table.get("env").map_or(Ok(Vec::new()), read_env)?,
            stdin,
            uses,
            spawns: table.get("spawns").map_or(Ok(Vec::new()), |value| value.list(Value::text))?,
            mounts: table
                .get("mounts")
                .map_or(Ok(Vec::new()), |value| mounts::read(value, folder))?,
            listens,
            reaches,
            kiosk: table.get("kiosk").map_or(Ok(false), Value::flag)?,
            limits: read_limits(table)?,
            priority: table
                .get("priority")
                .map_or(Ok(Priority::default()), |value| value.one_of(&PRIORITIES))?,
            core: table.get("core").map(read_core).transpose()?,
            start: table.get("start").map_or(Ok(true), Value::flag)?,
            restart: table.get("restart").map_or(Ok(Restart::default()), read_restart)?,
        })
    }
}

fn read_source(name: &str, table: &Table<'_>, folder: &Path) -> anyhow::Result<Source> {
    let target = match table.get("target") {
        Some(value) => Some(value.one_of(
            &[GuestTarget::Wasip1, GuestTarget::Unknown].map(|target| (target.triple(), target)),
        )?),
        None => None,
    };

    match (table.get("module"), target) {
        (Some(module), Some(_)) => {
            Err(module.error(anyhow!("a `module` is built already: it has no `target`")))
        }
        (Some(module), None) => Ok(Source::Module(folder.join(module.text()?))),
        (None, target) => {
            Ok(Source::Folder { path: folder.join(name), target: target.unwrap_or_default() })
        }
    }
}

fn read_env(value: &Value<'_>) -> anyhow::Result<Vec<(String, String)>> {
    let mut env = Vec::new();
    for (name, value) in value.any_table()?.entries() {
        if name.text().is_empty() || name.text().contains(['=', '\0']) {
            return Err(name.error(anyhow!("a variable's name is not empty and has no `=`")));
        }
        env.push((name.text().to_owned(), value.text()?));
    }
    Ok(env)
}

fn read_restart(value: &Value<'_>) -> anyhow::Result<Restart> {
    value.one_of(&[
        ("never", Restart::Never),
        ("on-failure", Restart::OnFailure),
        ("always", Restart::Always),
    ])
}

fn read_core(value: &Value<'_>) -> anyhow::Result<u8> {
    Ok(value.number(u64::from(CORES) - 1)? as u8)
}

fn read_limits(table: &Table<'_>) -> anyhow::Result<Limits> {
    let default = Limits::default();
    let limit = |key, default, max| match table.get(key) {
        Some(value) => value.number(max),
        None => Ok(default),
    };
    let fuel_per_second_max = match table.get("fuel_per_second_max") {
        Some(value) => value.number_in(1..=u64::MAX)?,
        None => default.fuel_per_second_max,
    };

    Ok(Limits {
        module_bytes_max: limit("module_bytes_max", default.module_bytes_max, U32)?,
        function_bytes_max: limit("function_bytes_max", default.function_bytes_max, U32)?,
        memory_pages_max: limit("memory_pages_max", default.memory_pages_max, MEMORY_PAGES)?,
        table_elements_max: limit("table_elements_max", default.table_elements_max, U32)?,
        stack_bytes_max: limit("stack_bytes_max", default.stack_bytes_max, U32)?,
        fuel_max: table.get("fuel_max").map(|value| value.number(u64::MAX)).transpose()?,
        fuel_per_second_max,
        threads_max: limit("threads_max", default.threads_max, U32)?,
        channels_max: limit("channels_max", default.channels_max, U32)?,
    })
}

#[cfg(test)]
mod tests;
