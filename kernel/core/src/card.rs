//! What a card's files say: `system.toml`, and `NAME.toml` beside an app's `NAME.wasm`.
//!
//! A person writes them on any computer, so every mistake has its line, and the kernel goes on with
//! the defaults. Apps of a card live until power-off, and so do their texts.

use crate::bundle::{Access, App, CORES, Files, Limits, Mount, Priority, Restart, Service, Stdin};
use crate::keys::{LAYOUTS, Layout};
use crate::toml::{self, Mistake, Setting, Value};
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

/// What `system.toml` may set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The name of this board.
    pub host_name: String,
    /// The one app of the card that starts at boot, unless others say `start = true`.
    pub boot_app: Option<String>,
    /// When a connected display is used.
    pub display: Display,
    /// Its columns and rows, if they are not to be the display's own choice.
    pub display_mode: Option<(u32, u32)>,
    /// What the keys of a keyboard type.
    pub keyboard: Layout,
    /// How much the kernel says.
    pub log_level: LogLevel,
    /// Settings of the network, each key with a value, as in a bundle. If there are any, they
    /// replace the bundle's.
    pub network: Vec<(&'static str, &'static str)>,
}

/// When a connected display is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Display {
    /// If there is one.
    Auto,
    /// Even if none can be found.
    On,
    /// Never.
    Off,
}

/// How much the kernel says, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what may be wrong.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
    /// And each step.
    Trace,
}

impl Default for System {
    fn default() -> Self {
        Self {
            host_name: "bramble".into(),
            boot_app: None,
            display: Display::Auto,
            display_mode: None,
            keyboard: LAYOUTS[0].1,
            log_level: LogLevel::Info,
            network: Vec::new(),
        }
    }
}

impl System {
    /// What the file `text` sets, and the defaults for the rest.
    ///
    /// # Errors
    ///
    /// The first [`Mistake`].
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut system = Self::default();
        for Setting { path, line, value } in toml::parse(text)? {
            let given = Given { line, value };
            match parts(&path)[..] {
                ["host_name"] => system.host_name = given.host_name()?,
                ["boot_app"] => system.boot_app = Some(given.text()?),
                ["display"] => system.display = given.one_of(&DISPLAYS)?,
                ["display_mode"] => system.display_mode = Some(given.mode()?),
                ["keyboard"] => system.keyboard = given.one_of(&LAYOUTS)?,
                ["log_level"] => system.log_level = given.one_of(&LOG_LEVELS)?,
                ["network", key] => system.network.extend(given.of_network(key, &path)?),
                _ => return Err(given.unknown(&path)),
            }
        }
        Ok(system)
    }
}

/// The keys of the table `network`: the last is a list.
pub const NETWORK_KEYS: [&str; 4] = ["address", "gateway", "time_server", "name_servers"];

const DISPLAYS: [(&str, Display); 3] =
    [("auto", Display::Auto), ("on", Display::On), ("off", Display::Off)];

const LOG_LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// An app of a card as its manifest has it.
#[derive(Debug, PartialEq, Eq)]
pub struct CardApp {
    /// The app, as one of a bundle.
    pub app: App<'static>,
    /// Whether it starts at boot, if the manifest says.
    pub start: Option<bool>,
}

impl CardApp {
    /// The program `module`, called `name`, with what its manifest `text` grants. Without one it
    /// may use its output, and have threads.
    ///
    /// # Errors
    ///
    /// The first [`Mistake`].
    pub fn new(name: &'static str, module: &'static [u8], text: &str) -> Result<Self, Mistake> {
        let mut card_app = Self { app: App::program(name, module), start: None };
        card_app.app.uses.push(Service::Threads);
        for Setting { path, line, value } in toml::parse(text)? {
            card_app.set(&path, Given { line, value })?;
        }
        Ok(card_app)
    }

    fn set(&mut self, path: &[String], given: Given) -> Result<(), Mistake> {
        let app = &mut self.app;
        match parts(path)[..] {
            ["start"] => self.start = Some(given.flag()?),
            ["tail_calls"] => app.tail_calls = given.flag()?,
            ["uses"] => app.uses = given.services()?,
            ["spawns"] => app.spawns = given.texts()?,
            ["listens"] => app.listens = given.texts()?,
            ["reaches"] => app.reaches = given.texts()?,
            ["kiosk"] => app.kiosk = given.flag()?,
            ["args"] => app.args = given.texts()?,
            ["env", name] => app.env.push((leak(name.into()), leak(given.text()?))),
            ["stdin"] => app.stdin = given.one_of(&STDINS)?,
            ["priority"] => app.priority = given.one_of(&PRIORITIES)?,
            ["core"] => app.core = Some(given.number(0..=u64::from(CORES) - 1)? as u8),
            ["restart"] => app.restart = given.one_of(&RESTARTS)?,
            ["mounts", at, "card"] => {
                mount(&mut app.mounts, at).files = Files::Card(leak(given.text()?));
            }
            ["mounts", at, "memory"] => {
                let files = Files::Memory { bytes_max: given.size_bytes()? };
                *mount(&mut app.mounts, at) =
                    Mount { at: leak(at.into()), files, access: Access::ReadWrite };
            }
            ["mounts", at, "access"] => {
                mount(&mut app.mounts, at).access = given.one_of(&ACCESSES)?;
            }
            ["fuel_max"] => app.limits.fuel_max = Some(given.number(0..=u64::MAX)?),
            [name] => {
                let limit = limit(&mut app.limits, name).ok_or_else(|| given.unknown(path))?;
                *limit = given.number(0..=u64::MAX)?;
            }
            _ => return Err(given.unknown(path)),
        }
        Ok(())
    }
}

/// The mount at `at`, which is added if there is none: the whole card, to be read.
fn mount<'m>(mounts: &'m mut Vec<Mount<'static>>, at: &str) -> &'m mut Mount<'static> {
    let known = mounts.iter().position(|mount| mount.at == at);
    let index = known.unwrap_or_else(|| {
        let at = leak(at.into());
        mounts.push(Mount { at, files: Files::Card("/"), access: Access::ReadOnly });
        mounts.len() - 1
    });
    &mut mounts[index]
}

fn limit<'l>(limits: &'l mut Limits, name: &str) -> Option<&'l mut u64> {
    match name {
        "module_bytes_max" => Some(&mut limits.module_bytes_max),
        "function_bytes_max" => Some(&mut limits.function_bytes_max),
        "memory_pages_max" => Some(&mut limits.memory_pages_max),
        "table_elements_max" => Some(&mut limits.table_elements_max),
        "stack_bytes_max" => Some(&mut limits.stack_bytes_max),
        "fuel_per_second_max" => Some(&mut limits.fuel_per_second_max),
        "threads_max" => Some(&mut limits.threads_max),
        "channels_max" => Some(&mut limits.channels_max),
        _ => None,
    }
}

const STDINS: [(&str, Stdin); 2] = [("none", Stdin::None), ("console", Stdin::Console)];

const RESTARTS: [(&str, Restart); 3] =
    [("never", Restart::Never), ("on-failure", Restart::OnFailure), ("always", Restart::Always)];

/// The names by which manifests know an app's priority.
pub const PRIORITIES: [(&str, Priority); Priority::COUNT] = [
    ("realtime", Priority::Realtime),
    ("normal", Priority::Normal),
    ("background", Priority::Background),
];

const SERVICES: [(&str, Service); 6] = [
    ("wasi", Service::Wasi),
    ("threads", Service::Threads),
    ("actors", Service::Actors),
    ("net", Service::Net),
    ("display", Service::Display),
    ("system", Service::System),
];

/// The names by which manifests know how files may be used.
pub const ACCESSES: [(&str, Access); 2] =
    [("read-only", Access::ReadOnly), ("read-write", Access::ReadWrite)];

/// A value and its line.
struct Given {
    line: u32,
    value: Value,
}

impl Given {
    fn mistake(&self, why: &str) -> Mistake {
        Mistake { line: self.line, why: why.into() }
    }

    fn unknown(&self, path: &[String]) -> Mistake {
        self.mistake(&["there is no setting `", &path.join("."), "`"].concat())
    }

    fn text(self) -> Result<String, Mistake> {
        match self.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.mistake("a text is wanted, in quotation marks")),
        }
    }

    fn list(self) -> Result<Vec<String>, Mistake> {
        match self.value {
            Value::List(list) => Ok(list),
            _ => Err(self.mistake("a list is wanted, in brackets")),
        }
    }

    /// A list of texts that stay until power-off.
    fn texts(self) -> Result<Vec<&'static str>, Mistake> {
        Ok(self.list()?.into_iter().map(leak).collect())
    }

    /// What the setting `key` of the network adds, which stands at `path`.
    fn of_network(
        self,
        key: &str,
        path: &[String],
    ) -> Result<impl Iterator<Item = (&'static str, &'static str)>, Mistake> {
        let known = NETWORK_KEYS.iter().find(|known| **known == key);
        let key = *known.ok_or_else(|| self.unknown(path))?;
        let texts = match key {
            "name_servers" => self.texts()?,
            _ => Vec::from([leak(self.text()?)]),
        };
        Ok(texts.into_iter().map(move |text| (key, text)))
    }

    fn number(&self, range: RangeInclusive<u64>) -> Result<u64, Mistake> {
        match self.value {
            Value::Number(number) if range.contains(&number) => Ok(number),
            _ => Err(self.mistake("a whole number is wanted, and none out of its range")),
        }
    }

    fn flag(&self) -> Result<bool, Mistake> {
        match self.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(self.mistake("`true` or `false` is wanted")),
        }
    }

    /// A number of bytes, or a text such as "64K".
    fn size_bytes(&self) -> Result<u64, Mistake> {
        let size = match &self.value {
            Value::Number(number) => Some(*number),
            Value::Text(text) => size_bytes(text),
            _ => None,
        };
        size.ok_or_else(|| self.mistake("a size is wanted, such as \"64K\" or \"1M\""))
    }

    /// Columns and rows, as in "1280x720".
    fn mode(self) -> Result<(u32, u32), Mistake> {
        let wrong = self.mistake("columns and rows are wanted, as in \"1280x720\"");
        let text = self.text()?;
        let mode = text
            .split_once('x')
            .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
        mode.ok_or(wrong)
    }

    fn one_of<T: Copy>(self, choices: &[(&str, T)]) -> Result<T, Mistake> {
        let line = self.line;
        choose(line, &self.text()?, choices)
    }

    fn services(self) -> Result<Vec<Service>, Mistake> {
        let line = self.line;
        self.list()?.iter().map(|name| choose(line, name, &SERVICES)).collect()
    }

    /// A host's name as in the domain name system: RFC 1123, §2.1.
    fn host_name(self) -> Result<String, Mistake> {
        const LENGTH_MAX: usize = 63;
        let wrong = self.mistake("a host name has 1 to 63 letters, digits and inner `-`");
        let name = self.text()?;
        let is_good = (1..=LENGTH_MAX).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !name.starts_with('-')
            && !name.ends_with('-');
        if is_good { Ok(name) } else { Err(wrong) }
    }
}

/// What `choices` has under `name`.
fn choose<T: Copy>(line: u32, name: &str, choices: &[(&str, T)]) -> Result<T, Mistake> {
    let found = choices.iter().find(|(choice, _)| *choice == name);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
        let why = ["`", name, "` is none of ", &names.join(", ")].concat();
        Mistake { line, why }
    })
}

/// The bytes that a size such as `512`, `64K`, `1M` or `2G` means, in powers of 1024.
pub fn size_bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(['K', 'M', 'G']);
    let shift = match &text[digits.len()..] {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// `path` as a pattern can match it.
fn parts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}

/// A text that stays until power-off, as the apps of a card do.
fn leak(text: String) -> &'static str {
    text.leak()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn app(text: &str) -> CardApp {
        CardApp::new("hi", b"", text).unwrap()
    }

    #[track_caller]
    fn mistake(text: &str) -> Mistake {
        CardApp::new("hi", b"", text).unwrap_err()
    }

    #[test]
    fn an_app_without_a_manifest_has_its_output_and_no_files() {
        let CardApp { app, start } = app("");

        let uses = vec![Service::Wasi, Service::Threads];
        assert_eq!((app.uses, app.mounts, start), (uses, vec![], None));
    }

    #[test]
    fn a_manifest_sets_what_it_names() {
        let CardApp { app, start } =
            app("start = false\ntail_calls = true\nargs = [\"a\", \"b c\"]\nfuel_max = 7\n\
             memory_pages_max = 2\nstdin = \"console\"\nrestart = \"always\"\n\
             env = { HOME = \"/\" }\n");

        assert_eq!((start, app.tail_calls), (Some(false), true));
        assert_eq!((app.args, app.env), (vec!["a", "b c"], vec![("HOME", "/")]));
        assert_eq!((app.limits.fuel_max, app.limits.memory_pages_max), (Some(7), 2));
        assert_eq!((app.stdin, app.restart), (Stdin::Console, Restart::Always));
    }

    #[test]
    fn a_manifest_says_who_goes_first_and_where_and_how_much_it_may_use() {
        let CardApp { app, .. } = app("priority = \"realtime\"\ncore = 3\n\
             fuel_per_second_max = 1_000_000\nthreads_max = 2\nchannels_max = 3\nspawns = [\"a\", \"b\"]\n");

        assert_eq!((app.priority, app.core), (Priority::Realtime, Some(3)));
        let Limits { fuel_per_second_max, threads_max, channels_max, .. } = app.limits;
        assert_eq!((fuel_per_second_max, threads_max, channels_max), (1_000_000, 2, 3));
        assert_eq!(app.spawns, ["a", "b"]);
    }

    #[test]
    fn a_manifest_says_what_an_app_may_do_on_the_network() {
        let CardApp { app, .. } =
            app("uses = [\"wasi\", \"net\"]\nlistens = [\"80\", \"8000-8009\"]\n\
             reaches = [\"example.org:443\"]\n");

        assert_eq!(app.uses, [Service::Wasi, Service::Net]);
        assert_eq!((app.listens, app.reaches), (vec!["80", "8000-8009"], vec!["example.org:443"]));
    }

    #[test]
    fn mounts_are_of_the_card_or_in_memory() {
        let text = "[mounts]\n\"/data\" = { access = \"read-write\", card = \"/notes\" }\n\
             \"/tmp\" = { memory = \"64K\" }\n\"/all\" = { card = \"/\" }\n";

        let (read, write) = (Access::ReadOnly, Access::ReadWrite);
        assert_eq!(
            app(text).app.mounts,
            [
                Mount { at: "/data", files: Files::Card("/notes"), access: write },
                Mount { at: "/tmp", files: Files::Memory { bytes_max: 65536 }, access: write },
                Mount { at: "/all", files: Files::Card("/"), access: read },
            ]
        );
    }

    #[test]
    fn a_mistake_in_a_manifest_has_its_line() {
        assert_eq!(mistake("args = []\nfuel = 7").why, "there is no setting `fuel`");
        assert_eq!(mistake("args = []\nfuel = 7").line, 2);
        assert_eq!(mistake("stdin = \"tty\"").why, "`tty` is none of none, console");
        assert_eq!(
            mistake("uses = [\"usb\"]").why,
            "`usb` is none of wasi, threads, actors, net, display, system"
        );
        assert_eq!(
            mistake("priority = \"high\"").why,
            "`high` is none of realtime, normal, background"
        );
        for text in ["core = 4", "core = 300", "threads_max = \"many\""] {
            let Mistake { line, why } = mistake(text);
            assert_eq!(
                (line, &*why),
                (1, "a whole number is wanted, and none out of its range"),
                "{text}"
            );
        }
        assert_eq!(mistake("args = 7").why, "a list is wanted, in brackets");
        assert_eq!(mistake("[mounts]\n\"/\" = { memory = \"lots\" }").line, 2);
    }

    #[test]
    fn a_system_has_its_settings_and_the_defaults() {
        let text = "host_name = \"kitchen\"\nboot_app = \"radio\"\nlog_level = \"warn\"\n";

        let system = System::parse(text).unwrap();

        assert_eq!((&*system.host_name, system.boot_app.as_deref()), ("kitchen", Some("radio")));
        assert_eq!((system.log_level, system.display), (LogLevel::Warn, Display::Auto));
        assert_eq!(System::parse("# nothing\n"), Ok(System::default()));
    }

    #[test]
    fn a_system_says_what_its_display_and_its_keyboard_are_like() {
        let text = "display = \"on\"\ndisplay_mode = \"1280x720\"\nkeyboard = \"de\"\n";

        let system = System::parse(text).unwrap();

        assert_eq!((system.display, system.display_mode), (Display::On, Some((1280, 720))));
        assert_eq!(system.keyboard, Layout::German);
        assert_eq!(System::default().keyboard, Layout::Us);
    }

    #[test]
    fn a_system_says_where_it_is_on_the_network() {
        let text = "[network]\naddress = \"10.0.0.7/8\"\ngateway = \"10.0.0.1\"\n\
             name_servers = [\"10.0.0.2\", \"10.0.0.3\"]\ntime_server = \"time.example\"\n";

        let expected = [
            ("address", "10.0.0.7/8"),
            ("gateway", "10.0.0.1"),
            ("name_servers", "10.0.0.2"),
            ("name_servers", "10.0.0.3"),
            ("time_server", "time.example"),
        ];
        assert_eq!(System::parse(text).unwrap().network, expected);
    }

    #[test]
    fn a_mistake_in_the_system_has_its_line() {
        for text in [
            "\nhost_name = \"-\"",
            "\nhostname = \"a\"",
            "\ndisplay = \"maybe\"",
            "\ndisplay_mode = \"1280\"",
            "\ndisplay_mode = \"1280x-1\"",
            "\nkeyboard = \"dvorak\"",
            "\nnetwork = \"10.0.0.7\"",
            "\nnetwork.address = [\"10.0.0.7/8\"]",
            "\nnetwork.name_servers = \"10.0.0.2\"",
            "\nnetwork.router = \"10.0.0.1\"",
        ] {
            assert_eq!(System::parse(text).unwrap_err().line, 2, "{text}");
        }
    }

    #[test]
    fn sizes_are_in_powers_of_1024() {
        assert_eq!([size_bytes("512"), size_bytes("64K")], [Some(512), Some(65536)]);
        assert_eq!([size_bytes("1M"), size_bytes("2G")], [Some(1 << 20), Some(2 << 30)]);
        for wrong in ["", "K", "1T", "1KM", "-1", "99999999999999999999", "99999999999999999G"] {
            assert_eq!(size_bytes(wrong), None, "{wrong}");
        }
    }
}
