//! What came of the tests, by file.

use super::script::{Case, plan};
use super::unfit::{EXCEPTIONS, Unfit};
use super::{APPS_MAX, TestFile, run};
use std::collections::HashMap;
use std::fmt;
use std::fs;
use std::path::Path;

/// The results of some files.
pub(super) struct Report {
    rows: Vec<Row>,
    broken: Vec<String>,
}

/// Those of one file.
struct Row {
    file: String,
    apps: usize,
    run: u32,
    passed: u32,
    skipped: Vec<(u32, Unfit)>,
}

impl Report {
    /// Puts `files` to the image.
    pub(super) fn of<'a>(files: impl Iterator<Item = TestFile<'a>>) -> Self {
        let plans: Vec<_> = files.map(|file| (file.name().to_owned(), plan(&file))).collect();
        let cases: Vec<_> = plans.iter().flat_map(|(_, plan)| &plan.cases).collect();
        let endings: HashMap<_, _> = cases.chunks(APPS_MAX).flat_map(run).collect();

        let mut report = Self { rows: Vec::new(), broken: Vec::new() };
        for (file, plan) in plans {
            let (mut run, mut passed) = (0, 0);
            for case in &plan.cases {
                run += case.asserts;
                match finding(case, endings.get(&case.name)) {
                    None => passed += case.asserts,
                    Some(finding) => report.broken.push(format!("{}: {finding}", case.name)),
                }
            }
            let apps = plan.cases.len();
            report.rows.push(Row { file, apps, run, passed, skipped: plan.skipped });
        }
        report
    }

    /// Assertions that held.
    pub(super) fn passed(&self) -> u32 {
        self.rows.iter().map(|row| row.passed).sum()
    }

    /// What did not go as it should, a line each.
    pub(super) fn broken(&self) -> &[String] {
        &self.broken
    }

    /// Exceptions that were not met.
    pub(super) fn stale_exceptions(&self) -> Vec<String> {
        let is_met = |file: &str, line, reason| {
            self.rows.iter().any(|row| row.file == file && row.skipped.contains(&(line, reason)))
        };
        let all = EXCEPTIONS.iter().flat_map(|exception| {
            exception.lines.iter().map(|line| (exception.file, *line, exception.reason))
        });
        all.filter(|(file, line, reason)| !is_met(file, *line, *reason))
            .map(|(file, line, _)| format!("{file}:{line}"))
            .collect()
    }

    /// Writes it to `path`, beside which the build keeps its own.
    pub(super) fn save(&self, path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, self.to_string()).unwrap();
    }
}

/// What is wrong with how the app of `case` ended.
fn finding(case: &Case, ending: Option<&String>) -> Option<String> {
    let Some(ending) = ending else { return Some("it did not end".to_owned()) };
    if *ending == case.ending {
        return None;
    }
    let code = ending.strip_prefix("exited with code ").and_then(|code| code.parse().ok());
    Some(match code.and_then(super::driver::broken_line) {
        Some(line) => format!("the assertion at line {line} does not hold"),
        None => format!("it {ending}, not {}", case.ending),
    })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<28} {:>5} {:>7} {:>7}  skipped", "file", "apps", "run", "passed")?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        let apps = self.rows.iter().map(|row| row.apps).sum();
        let run = self.rows.iter().map(|row| row.run).sum();
        let skipped = self.rows.iter().flat_map(|row| row.skipped.clone()).collect();
        let all = Row { file: "all".to_owned(), apps, run, passed: self.passed(), skipped };
        writeln!(f, "{all}")?;
        for reason in Unfit::ALL {
            writeln!(f, "{reason}: {}", reason.explanation())?;
        }
        Ok(())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, apps, run, passed, skipped } = self;
        write!(f, "{file:<28} {apps:>5} {run:>7} {passed:>7}")?;
        let mut separator = "  ";
        for reason in Unfit::ALL {
            let count = skipped.iter().filter(|(_, why)| *why == reason).count();
            if count > 0 {
                write!(f, "{separator}{count} {reason}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
