//! Runs other programs, quietly: a line of progress on a terminal, their output only if they
//! fail.

use anyhow::{Context, bail};
use indicatif::{ProgressBar, ProgressStyle};
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(100);

/// A bar on stderr that shows how far long work has come; on anything but a terminal it shows
/// nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A bar for work of `steps` steps.
    pub(crate) fn new(steps: usize) -> Self {
        let bar = ProgressBar::new(steps as u64);
        let style = ProgressStyle::with_template("{spinner} [{pos}/{len}] {prefix} {wide_msg}")
            .expect("the template is well-formed");
        bar.set_style(style);
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// Begins the next step; `what` says what it does.
    pub(crate) fn step(&self, what: &str) {
        self.bar.inc(1);
        self.bar.set_prefix(what.to_owned());
        self.bar.set_message("");
    }

    /// Runs `command` to its end as part of the current step.
    ///
    /// # Errors
    ///
    /// The program is not there, or it failed; its output is then on stderr.
    pub(crate) fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        let name = short_name(command);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{name}`; `make setup` installs the tools"))?;

        let mut output = Vec::new();
        let stderr = child.stderr.take().expect("stderr is piped");
        for line in BufReader::new(stderr).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            self.bar.set_message(line.trim().to_owned());
            output.push(line);
        }

        if child.wait()?.success() {
            return Ok(());
        }
        self.bar.suspend(|| eprintln!("{}", output.join("\n")));
        bail!("`{name}` failed; its output is above")
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// The program without its folder, and its first argument: `cargo build`.
fn short_name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let first = command.get_args().next().unwrap_or_default();
    format!("{} {}", program.to_string_lossy(), first.to_string_lossy())
}

/// A `cargo` command at the root of the checkout, free of settings meant for the host.
///
/// `flags` are the compiler's flags, and the only ones: the caller's `RUSTFLAGS` do not count.
pub(crate) fn cargo(flags: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command
        .current_dir(crate::workspace::root())
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .env_remove("CARGO_TARGET_DIR")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    command
}

/// What `command` prints on stdout, trimmed; `None` if it is not there or fails.
pub(crate) fn output_of(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_program_that_fails_is_an_error_that_names_it() {
        let error = Progress::new(1).run(&mut shell("exit 3")).unwrap_err();

        assert_eq!(error.to_string(), "`sh -c` failed; its output is above");
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error_that_says_what_to_do() {
        let error = Progress::new(1).run(&mut Command::new("no-such-program")).unwrap_err();

        assert!(error.to_string().contains("`make setup`"), "{error}");
    }

    #[test]
    fn what_a_program_prints_is_given_only_if_it_succeeds() {
        assert_eq!(output_of(&mut shell("echo hello")).as_deref(), Some("hello"));
        assert_eq!(output_of(&mut shell("echo hello; exit 1")), None);
    }
}
